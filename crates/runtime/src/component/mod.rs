//! Components: what a context has because a configured object lives in it (ACT 7, TXN 5 to 8).
//!
//! The object that others hold references to is an [`Aggregate`]: it stays as long as they do. Behind it instances of
//! the class come and go: with just-in-time activation one is let go of whenever it is done, and a pooled one is only
//! lent. The [`Component`] knows which instance there is, the two flags of the context, and the
//! [transaction stream](Stream) that the context belongs to.
//!
//! A call goes `interception::run` -> [`call::begin`] (transaction) -> frame -> [`Aggregate::serve`] (just-in-time
//! activation, auto-done) -> the method -> [`call::finish`] (deactivation, vote, commit).

mod aggregate;
pub(crate) mod call;
mod ending;
mod flags;
mod instance;
mod pool;
mod stage;
mod stream;
mod voter;

pub(crate) use aggregate::{Aggregate, only_instance, serve, serve_directly, stands_for};
pub(crate) use flags::ContextFlags;
pub(crate) use stage::Stage;
pub(crate) use stream::{Begins, Stream};

use crate::{
    apartment::Resident, class::InProcessClass, interception::Context, machine::Machine, object_pool::User,
    process::ProcessState, reference::Object,
};
use complus_catalog::Class;
use complus_core::{
    context::UserProperties,
    event::{ObjectStep, What},
    object_pool::Lease,
    rules::{leave::Role, life_cycle::Life, security::Switches},
};
use complus_sync::{
    Arc, Mutex, OnceLock, Weak,
    atomic::{AtomicBool, AtomicU32, AtomicU64},
};
use complus_transaction::Transaction;
use instance::Instance;
use uuid::Uuid;

/// A configured object, in a context of its own or in its creator's.
pub(crate) struct Component {
    pub(crate) machine: Arc<Machine>,
    pub(crate) process: Arc<ProcessState>,
    pub(crate) class: Class,
    /// The application that it is configured in.
    pub(crate) application: Uuid,
    pub(crate) security: Switches,
    factory: Arc<InProcessClass>,
    /// The methods that are done when they return, by interface and place.
    auto_complete: Box<[(Uuid, u16)]>,
    /// It has a context of its own.
    own_context: bool,
    membership: Option<Membership>,
    /// The user properties of its context.
    pub(crate) properties: Mutex<UserProperties>,
    /// What keeps the thread of the STA that its context is in, if that is one of the pool.
    _resident: Option<Arc<Resident>>,
    pub(crate) flags: ContextFlags,
    /// Calls that its context serves at the moment.
    calls: AtomicU32,
    /// It lost a transaction that it was at work in, and nobody was told yet (T-16).
    lost: AtomicBool,
    /// Nobody holds it any more.
    released: AtomicBool,
    stage: stage::Current,
    instance: Mutex<Instance>,
    /// The pool that its instances come from.
    pool: Option<User>,
    /// Of the instance, if it comes from a pool.
    lease: Mutex<Option<Lease>>,
    /// Its own context.
    context: OnceLock<Weak<Context>>,
    /// What references to it are made of.
    object: OnceLock<Weak<dyn Object>>,
    /// The number of its context, once it was made known.
    known: OnceLock<u64>,
    this: Weak<Self>,
}

/// What a component's context is to a transaction stream.
pub(crate) struct Membership {
    pub(crate) stream: Arc<Stream>,
    pub(crate) role: Role,
    /// The unit of the stream that it takes part in, counted from 1; 0 before the first.
    unit: AtomicU64,
}

impl Membership {
    pub(crate) fn new(stream: Arc<Stream>, role: Role) -> Self {
        Self { stream, role, unit: AtomicU64::new(0) }
    }
}

/// What a component is made of.
pub(crate) struct Parts {
    pub(crate) machine: Arc<Machine>,
    pub(crate) process: Arc<ProcessState>,
    pub(crate) class: Class,
    pub(crate) application: Uuid,
    pub(crate) security: Switches,
    pub(crate) factory: Arc<InProcessClass>,
    pub(crate) own_context: bool,
    pub(crate) membership: Option<Membership>,
    pub(crate) properties: UserProperties,
    pub(crate) resident: Option<Arc<Resident>>,
}

impl Component {
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let Parts {
            machine,
            process,
            class,
            application,
            security,
            factory,
            own_context,
            membership,
            properties,
            resident,
        } = parts;
        let just_in_time = own_context && class.services.just_in_time;
        let methods = class.interfaces().filter(|_| just_in_time).flat_map(|interface| {
            let done = interface.methods().filter(|method| method.auto_complete());
            done.filter_map(move |method| Some((interface.iid(), u16::try_from(method.index()).ok()?)))
        });
        let auto_complete = methods.collect();
        let pool = process.object_pools.of(&machine, &process, &class, application, &factory).map(User::of);
        let component = Arc::new_cyclic(|this| Self {
            this: this.clone(),
            auto_complete,
            machine,
            process,
            class,
            application,
            security,
            factory,
            own_context,
            membership,
            properties: Mutex::new(properties),
            _resident: resident,
            flags: ContextFlags::new(),
            calls: AtomicU32::new(0),
            lost: AtomicBool::new(false),
            released: AtomicBool::new(false),
            stage: stage::Current::new(),
            instance: Mutex::new(Instance::None),
            pool,
            lease: Mutex::new(None),
            context: OnceLock::new(),
            object: OnceLock::new(),
            known: OnceLock::new(),
        });
        if let Some(root) = component.membership.as_ref().filter(|own| own.role == Role::Root) {
            root.stream.set_root(&component);
        }
        component
    }

    /// The object that references are made of: the instance itself where nobody has to know how it lives on.
    pub(crate) fn object(self: &Arc<Self>) -> Arc<dyn Object> {
        let lives_on = self.own_context || self.class.pool.is_some();
        let object = match self.instance().filter(|instance| !lives_on || self.is_agile(&**instance)) {
            Some(instance) => instance,
            None => Aggregate::of(self.clone()),
        };
        let _ = self.object.set(Arc::downgrade(&object));
        object
    }

    /// The object that references to it were made of, and its own context, while there are any.
    pub(crate) fn given_out(&self) -> Option<(Arc<dyn Object>, Arc<Context>)> {
        Some((self.object.get()?.upgrade()?, self.context()?))
    }

    /// Whether `is_it` holds of its instance, if that is at the object's service: from Activate to Deactivate.
    pub(crate) fn has_instance(&self, is_it: impl Fn(&dyn Object) -> bool) -> bool {
        self.stage.get() != Stage::Making && self.instance().is_some_and(|instance| is_it(&*instance))
    }

    /// Whether an instance is the same for everybody, which it cannot be if it comes and goes.
    fn is_agile(&self, instance: &dyn Object) -> bool {
        instance.is_free_threaded() && !self.class.services.just_in_time && self.class.pool.is_none()
    }

    fn this(&self) -> Weak<Self> {
        self.this.clone()
    }

    /// Says which context is its own.
    pub(crate) fn settle_in(&self, context: &Arc<Context>) {
        let _ = self.context.set(Arc::downgrade(context));
    }

    /// Its own context, while somebody refers to it.
    pub(crate) fn context(&self) -> Option<Arc<Context>> {
        self.context.get()?.upgrade()
    }

    /// Lets frames of its context that do not name it find it by the context's number.
    fn make_known(&self) {
        if let Some(context) = self.context() {
            let _ = self.known.set(context.number);
            self.process.components.insert(context.number, self.this());
        }
    }

    /// Whether its objects are activated just in time.
    pub(crate) fn is_just_in_time(&self) -> bool {
        self.own_context && self.class.services.just_in_time
    }

    /// The transaction of its context, asked about where no call runs in it; `None` without one.
    ///
    /// # Errors
    /// CONTEXT_E_TMNOTAVAILABLE where it would have to begin.
    pub(crate) fn transaction_in_gap(&self) -> complus_core::error::Result<Option<Transaction>> {
        match &self.membership {
            Some(membership) => membership.stream.asked(self, membership),
            None => Ok(None),
        }
    }

    /// The stream that its context belongs to.
    pub(crate) fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    /// Whether its flags may be set: not while it is deactivated (T-21).
    pub(crate) fn takes_flags(&self) -> bool {
        self.stage.get() != Stage::Closing
    }

    /// Whether its Activate runs.
    pub(crate) fn is_activating(&self) -> bool {
        self.stage.get() == Stage::Activating
    }

    /// Its life, as the rules see it. Whether the class has IObjectControl is asked of each instance.
    fn life(&self) -> Life {
        Life {
            just_in_time: self.is_just_in_time(),
            pooled: self.class.pool.is_some(),
            constructed: self.class.constructed,
            controlled: true,
        }
    }

    /// The component whose context has this number, of those that were made known.
    pub(crate) fn known(process: &ProcessState, context: u64) -> Option<Arc<Self>> {
        process.components.get(&context)?.upgrade()
    }

    fn tell(&self, step: ObjectStep) {
        self.machine.emit_here(What::Object { class: self.class.clsid, step });
    }
}

impl Drop for Component {
    fn drop(&mut self) {
        self.return_to_pool();
        if let Some(number) = self.known.get() {
            self.process.components.remove(number);
        }
    }
}
