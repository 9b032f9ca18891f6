//! The instance of a component: made, constructed, activated, deactivated, let go of (ACT 7.1, 7.2).

use super::Component;
use crate::{class, interception::guarded, object_pool, reference::Object};
use complus_catalog::schema::component::{CONSTRUCTION_REQUIRED, POOLING_REQUIRED};
use complus_core::{
    context::Flags,
    error::{ActivationError, Error, MarshalError, Result},
    event::{Diagnostic, ObjectStep, What},
    hresult::S_OK,
    rules::life_cycle::{self, Step},
};
use complus_sync::{Arc, atomic::Ordering};

/// What a component has of its class.
pub(super) enum Instance {
    /// Nothing.
    None,
    /// An instance that was never active here.
    Made(Arc<dyn Object>),
    /// An active one.
    Active(Arc<dyn Object>),
}

impl Instance {
    fn kind(&self) -> life_cycle::Instance {
        match self {
            Self::None => life_cycle::Instance::None,
            Self::Made(_) => life_cycle::Instance::Made,
            Self::Active(_) => life_cycle::Instance::Active,
        }
    }

    fn object(&self) -> Option<&Arc<dyn Object>> {
        match self {
            Self::None => None,
            Self::Made(object) | Self::Active(object) => Some(object),
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
            Instance::Active(object) => Some(object.clone()),
            _ => None,
        }
    }

    pub(super) fn is_active(&self) -> bool {
        matches!(*self.instance.lock(), Instance::Active(_))
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
    /// As for [`create`](Self::create) and [`created`](Self::created).
    pub(super) fn activate(&self) -> Result<Arc<dyn Object>> {
        if let Some(active) = self.active() {
            return Ok(active);
        }
        self.take_steps(|_| true, false)?;
        self.active().ok_or_else(|| ActivationError::ActivationFailed.into())
    }

    /// What the class insists on (ACT 7.7).
    fn demands(&self) -> Result<()> {
        let requires = self.class.requires();
        if requires & POOLING_REQUIRED != 0 && self.class.pool.is_none() {
            return Err(ActivationError::NotPooled.into());
        }
        if requires & CONSTRUCTION_REQUIRED != 0 && !self.class.constructed {
            return Err(ActivationError::NotConstructed.into());
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
        match step {
            Step::CheckOut => {
                let object = self.check_out()?;
                *self.instance.lock() = Instance::Made(object);
                Ok(())
            }
            Step::Create => {
                let object = class::load(&self.factory)?.make_instance()?;
                self.tell(ObjectStep::Created);
                *self.instance.lock() = Instance::Made(object);
                Ok(())
            }
            Step::Construct => {
                let object = self.instance().ok_or(MarshalError::NotConnected)?;
                object_pool::construct(&self.machine, &self.class, &*object).inspect_err(|_| self.destroy())
            }
            Step::Activate => self.activate_instance(),
            Step::Deactivate | Step::CanBePooled | Step::CheckIn | Step::Destroy => Ok(()),
        }
    }

    fn activate_instance(&self) -> Result<()> {
        let object = self.instance().ok_or(MarshalError::NotConnected)?;
        self.flags.put(Flags::INITIAL);
        let controls = life_cycle::controls(self.own_context, self.class.pool.is_some());
        let result = match object.control().filter(|_| controls) {
            Some(control) => control.activate(),
            None => Ok(()),
        };
        let code = result.as_ref().map_or_else(Error::hresult, |()| S_OK);
        self.tell(ObjectStep::Activated(code));
        match result {
            Ok(()) => {
                *self.instance.lock() = Instance::Active(object);
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
    pub(super) fn deactivate(&self, votes: bool) {
        let instance = std::mem::replace(&mut *self.instance.lock(), Instance::None);
        let was_active = matches!(instance, Instance::Active(_));
        if was_active && votes && !self.flags.get().consistent {
            self.doom();
        }
        self.flags.put(Flags::INITIAL);
        let (Instance::Made(object) | Instance::Active(object)) = instance else { return };
        if !was_active {
            return self.let_go(object, false);
        }
        self.closing.store(true, Ordering::Release);
        let pooled = self.class.pool.is_some();
        let mut poolable = pooled;
        if let Some(control) = object.control().filter(|_| life_cycle::controls(self.own_context, pooled)) {
            if guarded(|| control.deactivate()).is_none() {
                self.machine.emit_here(What::Diagnostic(Diagnostic::CallbackPanicked));
                poolable = false;
            }
            self.tell(ObjectStep::Deactivated);
            if pooled {
                poolable = poolable && guarded(|| control.can_be_pooled()).unwrap_or(false);
                self.tell(ObjectStep::CanBePooled(poolable));
            }
        } else {
            self.tell(ObjectStep::Deactivated);
        }
        self.closing.store(false, Ordering::Release);
        if pooled && !poolable {
            self.doom();
        }
        self.let_go(object, poolable);
    }

    /// The instance goes without having been deactivated: it failed, or its method panicked.
    pub(super) fn destroy(&self) {
        let instance = std::mem::replace(&mut *self.instance.lock(), Instance::None);
        if let Instance::Made(object) | Instance::Active(object) = instance {
            self.let_go(object, false);
        }
    }

    fn let_go(&self, object: Arc<dyn Object>, poolable: bool) {
        if self.class.pool.is_some() {
            self.check_in(object, poolable);
        } else {
            drop(object);
            self.tell(ObjectStep::Destroyed);
        }
    }
}
