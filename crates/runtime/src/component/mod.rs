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
mod rest;
mod stage;
mod stream;
mod voter;

pub(crate) use aggregate::{Aggregate, is_component, only_instance, serve, serve_directly, stands_for};
pub(crate) use flags::ContextFlags;
pub(crate) use stage::Stage;
pub(crate) use stream::{Begins, Stream};

use crate::{
    activation::Configured, apartment::Resident, interception::Context, machine::Machine, object_pool::User,
    process::ProcessState, reference::Object,
};
use complus_catalog::Class;
use complus_core::{
    context::UserProperties,
    event::{ObjectStep, What},
    rules::{leave::Role, life_cycle::Life},
};
use complus_sync::{
    Arc, Mutex, OnceLock, Weak,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};
use complus_transaction::Transaction;
use instance::Instance;

/// A configured object, in a context of its own or in its creator's.
pub(crate) struct Component {
    pub(crate) machine: Arc<Machine>,
    pub(crate) process: Arc<ProcessState>,
    /// The class that it is an object of.
    pub(crate) configured: Arc<Configured>,
    /// It has a context of its own.
    own_context: bool,
    membership: Option<Membership>,
    /// The user properties of its context.
    pub(crate) properties: Mutex<UserProperties>,
    /// Somebody has changed them, or there were some to begin with.
    has_properties: AtomicBool,
    /// What keeps the thread of the STA that its context is in, if that is one of the pool.
    resident: Option<Arc<Resident>>,
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
    /// Its own context.
    context: OnceLock<Weak<Context>>,
    /// What references to it are made of.
    object: OnceLock<Weak<dyn Object>>,
    /// The number of its context, once it was made known; 0 before.
    known: AtomicU64,
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
    pub(crate) configured: Arc<Configured>,
    pub(crate) own_context: bool,
    pub(crate) membership: Option<Membership>,
    pub(crate) properties: UserProperties,
    pub(crate) resident: Option<Arc<Resident>>,
}

impl Component {
    /// One that has no instance yet.
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let Parts { machine, process, configured, own_context, membership, properties, resident } = parts;
        let (class, application) = (&configured.class, configured.application.id);
        let pools = &process.object_pools;
        let pool = configured.factory().ok().and_then(|it| pools.of(&machine, &process, class, application, it));
        let pool = pool.map(User::of);
        let component = Arc::new_cyclic(|this| Self {
            this: this.clone(),
            machine,
            process,
            configured,
            own_context,
            membership,
            has_properties: AtomicBool::new(properties != UserProperties::default()),
            properties: Mutex::new(properties),
            resident,
            flags: ContextFlags::new(),
            calls: AtomicU32::new(0),
            lost: AtomicBool::new(false),
            released: AtomicBool::new(false),
            stage: stage::Current::new(),
            instance: Mutex::new(Instance::None),
            pool,
            context: OnceLock::new(),
            object: OnceLock::new(),
            known: AtomicU64::new(0),
        });
        if let Some(root) = component.membership.as_ref().filter(|own| own.role == Role::Root) {
            root.stream.set_root(&component);
        }
        component
    }

    /// What the catalog says of its class.
    pub(crate) fn class(&self) -> &Class {
        &self.configured.class
    }

    /// Whether its instances come from a pool.
    fn is_pooled(&self) -> bool {
        self.class().pool.is_some()
    }

    /// The object that references are made of: the instance itself where nobody has to know how it lives on.
    pub(crate) fn object(self: &Arc<Self>) -> Arc<dyn Object> {
        let lives_on = self.own_context || self.is_pooled();
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

    /// The active instance, if it is the only one as long as the object lives.
    pub(crate) fn only_instance(&self) -> Option<Arc<dyn Object>> {
        self.active().filter(|_| !self.is_just_in_time())
    }

    /// Whether an instance is the same for everybody, which it cannot be if it comes and goes.
    pub(crate) fn is_agile(&self, instance: &dyn Object) -> bool {
        instance.is_free_threaded() && !self.class().component.just_in_time && !self.is_pooled()
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
            let number = context.number();
            if self.known.swap(number, Ordering::AcqRel) != number {
                self.process.components.insert(number, self.this());
            }
        }
    }

    fn make_unknown(&self) {
        if self.known.load(Ordering::Acquire) != 0 {
            self.process.components.remove(&self.known.swap(0, Ordering::AcqRel));
        }
    }

    /// Whether its objects are activated just in time.
    pub(crate) fn is_just_in_time(&self) -> bool {
        self.own_context && self.class().component.just_in_time
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
            pooled: self.is_pooled(),
            constructed: self.class().constructed,
            controlled: true,
        }
    }

    /// The component whose context has this number, of those that were made known.
    pub(crate) fn known(process: &ProcessState, context: u64) -> Option<Arc<Self>> {
        process.components.get(&context)?.upgrade()
    }

    fn tell(&self, step: ObjectStep) {
        self.machine.emit_here(What::Object { class: self.class().clsid, step });
    }
}

impl Drop for Component {
    fn drop(&mut self) {
        self.return_to_pool();
        self.make_unknown();
    }
}
