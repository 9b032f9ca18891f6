//! The instance of a component: made, constructed, activated, deactivated, let go of (ACT 7.1, 7.2).

use super::{Component, Stage};
use crate::{
    class,
    interception::{self, masked},
    object_pool,
    reference::Object,
};
use complus_catalog::schema::component::{CONSTRUCTION_REQUIRED, POOLING_REQUIRED, SYNCHRONIZATION_REQUIRED};
use complus_core::{
    attribute::SynchronizationAttribute,
    context::Flags,
    error::{ActivationError, CallError, CatalogError, Error, MarshalError, Result},
    event::ObjectStep,
    hresult::S_OK,
    object_pool::Lease,
    rules::{
        leave::Role,
        life_cycle::{self, Step},
    },
};
use complus_sync::Arc;

/// What a component has of its class; with its lease, if it comes from a pool.
pub(super) enum Instance {
    /// Nothing.
    None,
    /// An instance that was never active here.
    Made(Arc<dyn Object>, Option<Lease>),
    /// An active one.
    Active(Arc<dyn Object>, Option<Lease>),
}

impl Instance {
    fn kind(&self) -> life_cycle::Instance {
        match self {
            Self::None => life_cycle::Instance::None,
            Self::Made(..) => life_cycle::Instance::Made,
            Self::Active(..) => life_cycle::Instance::Active,
        }
    }

    fn becomes_active(&mut self) {
        *self = match std::mem::replace(self, Self::None) {
            Self::Made(object, lease) => Self::Active(object, lease),
            other => other,
        };
    }

    fn object(&self) -> Option<&Arc<dyn Object>> {
        match self {
            Self::None => None,
            Self::Made(object, _) | Self::Active(object, _) => Some(object),
        }
    }
}

impl Component {
    /// The instance, active or not.
    pub(super) fn instance(&self) -> Option<Arc<dyn Object>> {
        self.instance.lock().object().cloned()
    }

    /// The active instance.
    pub(super) fn active(&self) -> Option<Arc<dyn Object>> {
        match &*self.instance.lock() {
            Instance::Active(object, _) => Some(object.clone()),
            _ => None,
        }
    }

    pub(super) fn is_active(&self) -> bool {
        matches!(*self.instance.lock(), Instance::Active(..))
    }

    /// What the creation of the object does, up to its activation: an instance is made, or taken from the pool, if one
    /// is wanted before the first call (ACT 7.2).
    ///
    /// # Errors
    /// The factory's; those of ACT 7.7.
    pub(crate) fn create(&self) -> Result<()> {
        self.demands()?;
        self.take_steps(|step| step != Step::Activate, true)
    }

    /// The rest of it: the object becomes active, unless that waits for the first call.
    ///
    /// # Errors
    /// CO_E_ACTIVATIONFAILED, or the code of Activate.
    pub(crate) fn created(&self) -> Result<()> {
        self.take_steps(|step| step == Step::Activate, true)
    }

    /// An active instance for a method.
    ///
    /// # Errors
    /// As for [`create`](Self::create) and [`created`](Self::created); RPC_E_DISCONNECTED for one that is activated but
    /// once, and was not, or is no more.
    pub(super) fn activate(&self) -> Result<Arc<dyn Object>> {
        if let Some(active) = self.active() {
            return Ok(active);
        }
        if !self.is_just_in_time() {
            return Err(CallError::Disconnected.into());
        }
        self.take_steps(|_| true, false)?;
        self.active().ok_or_else(|| ActivationError::ActivationFailed.into())
    }

    /// What the class insists on (ACT 7.7).
    fn demands(&self) -> Result<()> {
        let requires = self.class().requires();
        if requires & POOLING_REQUIRED != 0 && !self.is_pooled() {
            return Err(ActivationError::NotPooled.into());
        }
        if requires & CONSTRUCTION_REQUIRED != 0 && !self.class().constructed {
            return Err(ActivationError::NotConstructed.into());
        }
        let synchronized = !matches!(
            self.class().synchronization(),
            SynchronizationAttribute::Disabled | SynchronizationAttribute::NotSupported
        );
        if requires & SYNCHRONIZATION_REQUIRED != 0 && !synchronized {
            return Err(CatalogError::NoSynchronization.into());
        }
        Ok(())
    }

    fn take_steps(&self, wanted: impl Fn(Step) -> bool, creation: bool) -> Result<()> {
        let (life, instance) = (self.life(), self.instance.lock().kind());
        let idle = life.pooled; // the pool makes one where it has none
        let steps = |step: Step| if wanted(step) { self.take(step) } else { Ok(()) };
        if creation {
            life_cycle::creation(life, idle).try_for_each(steps)
        } else {
            life_cycle::call(life, instance, idle).try_for_each(steps)
        }
    }

    fn take(&self, step: Step) -> Result<()> {
        let _making = self.stage.set(Stage::Making);
        match step {
            Step::CheckOut => {
                let (object, lease) = self.check_out()?;
                *self.instance.lock() = Instance::Made(object, Some(lease));
                Ok(())
            }
            Step::Create => {
                // Out of its reach at every creation, not only in the call that made the context (\[ctor-context\]).
                let object = masked(|| class::load(self.configured.factory()?)?.make_instance())?;
                self.tell(ObjectStep::Created);
                *self.instance.lock() = Instance::Made(object, None);
                Ok(())
            }
            Step::Construct => {
                let object = self.instance().ok_or(MarshalError::NotConnected)?;
                let construct = || object_pool::construct(&self.machine, self.class(), &*object);
                masked(construct).inspect_err(|_| self.destroy())
            }
            Step::Activate => self.activate_instance(),
            Step::Deactivate | Step::CanBePooled | Step::CheckIn | Step::Destroy => Ok(()),
        }
    }

    fn activate_instance(&self) -> Result<()> {
        let object = self.instance().ok_or(MarshalError::NotConnected)?;
        self.flags.put(Flags::INITIAL);
        let _activating = self.stage.set(Stage::Activating);
        let controls = life_cycle::controls(self.own_context, self.is_pooled());
        let result = match object.control().filter(|_| controls) {
            Some(control) => control.activate(),
            None => Ok(()),
        };
        let code = result.as_ref().map_or_else(Error::hresult, |()| S_OK);
        self.tell(ObjectStep::Activated(code));
        match result {
            Ok(()) => {
                self.instance.lock().becomes_active();
                if let Some(instance) = self.process.instance() {
                    instance.count_activation(&self.machine);
                }
                Ok(())
            }
            Err(_) => {
                drop(object);
                self.doom();
                self.destroy();
                Err(life_cycle::failure(Step::Activate, code, self.machine.compat.lifecycle_errors))
            }
        }
    }

    /// Ends the activation, if there is one: counts the vote, if `votes`; Deactivate, CanBePooled, and the instance
    /// goes back to its pool or ends (TXN 8.2, 8.3). What was made and never activated ends as well.
    ///
    /// # Errors
    /// RPC_E_SERVERFAULT if the instance panicked: its transaction is doomed, and the process ends (AD-30).
    pub(crate) fn deactivate(&self, votes: bool) -> Result<()> {
        let instance = std::mem::replace(&mut *self.instance.lock(), Instance::None);
        let was_active = matches!(instance, Instance::Active(..));
        // A root that does not want to commit asks for the abort itself, as it ends the transaction.
        let is_root = self.membership.as_ref().is_some_and(|own| own.role == Role::Root);
        if was_active && votes && !is_root && !self.flags.get().consistent {
            self.doom();
        }
        self.flags.put(Flags::INITIAL);
        let (Instance::Made(object, lease) | Instance::Active(object, lease)) = instance else { return Ok(()) };
        if !was_active {
            return self.let_go(object, lease, false);
        }
        let closing = self.stage.set(Stage::Closing);
        let pooled = self.is_pooled();
        let mut poolable = Some(pooled);
        if let Some(control) = object.control().filter(|_| life_cycle::controls(self.own_context, pooled)) {
            let deactivated = self.machine.guarded(|| control.deactivate());
            self.tell(ObjectStep::Deactivated);
            poolable = deactivated
                .and_then(|()| if pooled { self.machine.guarded(|| control.can_be_pooled()) } else { Some(false) });
            if pooled {
                self.tell(ObjectStep::CanBePooled(poolable == Some(true)));
            }
        } else {
            self.tell(ObjectStep::Deactivated);
        }
        drop(closing);
        if pooled && poolable != Some(true) {
            self.doom();
        }
        let gone = self.let_go(object, lease, poolable == Some(true));
        if poolable.is_none() { self.panicked() } else { gone }
    }

    /// Its instance panicked where nobody called it.
    fn panicked(&self) -> Result<()> {
        self.doom();
        self.machine.fail_fast(&self.process);
        Err(CallError::ServerFault.into())
    }

    /// The instance goes without having been deactivated: it failed, or its method panicked.
    pub(crate) fn destroy(&self) {
        let instance = std::mem::replace(&mut *self.instance.lock(), Instance::None);
        if let Instance::Made(object, lease) | Instance::Active(object, lease) = instance {
            let _ = self.let_go(object, lease, false);
        }
    }

    fn let_go(&self, object: Arc<dyn Object>, lease: Option<Lease>, poolable: bool) -> Result<()> {
        let dropped = if self.is_pooled() {
            self.check_in(object, lease, poolable)
        } else {
            let dropped = self.machine.guarded(|| interception::destroy(object));
            self.tell(ObjectStep::Destroyed);
            dropped
        };
        dropped.map_or_else(|| self.panicked(), Ok)
    }
}
