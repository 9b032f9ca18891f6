//! A context that is there without a thread being in it: an activity object's, an apartment's default one.

use super::facts::{bring, promoted};
use crate::{
    activity::ActivityLock,
    apartment::{Home, Method},
    component::Component,
    machine::Machine,
    process::ProcessState,
    thread::frame::{Details, Owned, SharedTransaction},
};
use complus_core::{attribute::IsolationLevel, error::Result, rules::leave::Role};
use complus_sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};
use complus_transaction::{Ballot, Transaction, TransactionProxy};

/// What a context is made of, beside its number and its apartment.
#[derive(Default)]
pub(crate) struct Properties {
    pub(crate) lock: Option<Arc<ActivityLock>>,
    pub(crate) transaction: TransactionProperty,
    /// Its partition's number in the machine; 0 is the global one.
    pub(crate) partition: u16,
    pub(crate) details: Option<Box<Details>>,
    /// It is an activity object's in the MTA, with nothing but an activity that was made with it, or none: what the
    /// fast path asks first, kept beside what it follows from.
    pub(crate) plain: bool,
}

/// The transaction of a context in which calls come and go.
#[derive(Default)]
pub(crate) enum TransactionProperty {
    /// None.
    #[default]
    None,
    /// A stream of its own, with the values of its transactions; each call begins the next one (S-31). Without a
    /// time-out of its own it is the machine's at that moment; a flag, since an option would not fit beside the level.
    Own { isolation: IsolationLevel, own_timeout: bool, timeout: u32 },
    /// A stream of its own whose transaction stays until a call sets the done flag, the other reading of S-31.
    UntilDone { isolation: IsolationLevel, own_timeout: bool, timeout: u32, current: Box<Mutex<Current>> },
    /// Somebody else's, which calls only vote on.
    Joined(Box<Joined>),
    /// A configured object lives in the context, and knows.
    Component(Arc<Component>),
}

impl Properties {
    /// The configured object that lives in the context.
    #[inline]
    pub(crate) fn component(&self) -> Option<&Arc<Component>> {
        match &self.transaction {
            TransactionProperty::Component(component) => Some(component),
            _ => None,
        }
    }
}

/// The transaction that calls leave open for the next one, until one of them is done.
#[derive(Default)]
pub(crate) enum Current {
    /// None.
    #[default]
    None,
    /// It is open and no call runs.
    Open {
        owned: Owned,
        /// The consistent flag of the last call: it lasts until another call changes it (TXN 5.1).
        consistent: bool,
    },
    /// A call runs in it; one that is made meanwhile joins.
    Running(Transaction),
}

/// A transaction that was the creator's, or was brought.
pub(crate) struct Joined {
    pub(crate) role: Role,
    pub(crate) source: Source,
}

/// Where a joined transaction is found.
pub(crate) enum Source {
    /// It is this one.
    Transaction(Transaction, Option<Arc<Ballot>>),
    /// A proxy knows; it may carry one after another, and is asked at each call.
    Proxy(Arc<dyn TransactionProxy>),
}

impl Source {
    /// The transaction, with what a frame needs of it. The binding must not be borrowed.
    ///
    /// # Errors
    /// XACT_E_NOTRANSACTION when a proxy carries none.
    pub(super) fn find(&self) -> Result<Box<SharedTransaction>> {
        match self {
            Self::Transaction(transaction, ballot) => {
                let mut shared = SharedTransaction::new(transaction.participant());
                shared.ballot.clone_from(ballot);
                Ok(shared)
            }
            Self::Proxy(proxy) => Ok(bring(promoted(proxy)?, Some(proxy.clone()))?),
        }
    }
}

/// Somewhere that calls can be made into.
pub(crate) trait InContext: Send + Sync {
    /// The context.
    fn target(&self) -> Target<'_>;
}

/// A context that a call is made into.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    /// The machine.
    pub(crate) machine: &'a Arc<Machine>,
    /// The process.
    pub(crate) process: &'a Arc<ProcessState>,
    /// Number of the context.
    pub(crate) number: u64,
    /// Number of its transaction stream, if it has one of its own.
    pub(crate) stream: u64,
    /// Its apartment.
    pub(crate) home: &'a Home,
    /// Everything else.
    pub(crate) properties: &'a Properties,
    /// It is an apartment's default context, which has no services.
    pub(crate) is_default: bool,
    /// What for it is entered.
    pub(crate) visit: Visit,
    /// The method that is called, where it is known.
    pub(crate) method: Option<Method>,
}

impl Target<'_> {
    /// The same for a call of this method.
    pub(crate) fn calling(self, method: Method) -> Self {
        Self { method: Some(method), ..self }
    }
}

/// What for a context is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// To run code in it: a method, a callback.
    Call,
    /// To make its object: there is no object context yet (ACT 7.1 \[ctor-context\]).
    Creation,
    /// To let an object go.
    Release,
    /// To run a callback: its object does not notice (ACT 8.4 \[callback-jit\]).
    Callback,
}

/// A context that is entered for something else than a call.
pub(crate) struct Visiting {
    context: Arc<Context>,
    visit: Visit,
}

impl Visiting {
    /// To make its object.
    pub(crate) fn creation(context: Arc<Context>) -> Self {
        Self { context, visit: Visit::Creation }
    }

    /// To run a callback.
    pub(crate) fn callback(context: Arc<Context>) -> Self {
        Self { context, visit: Visit::Callback }
    }

    /// To let an object go.
    pub(crate) fn release(context: Arc<Context>) -> Self {
        Self { context, visit: Visit::Release }
    }
}

impl InContext for Visiting {
    fn target(&self) -> Target<'_> {
        Target { visit: self.visit, ..self.context.target() }
    }
}

/// A context that objects live in: an apartment's default context, or one with services.
pub(crate) struct Context {
    pub(crate) machine: Arc<Machine>,
    pub(crate) process: Arc<ProcessState>,
    pub(crate) number: Number,
    pub(crate) home: Home,
    pub(crate) properties: Properties,
    pub(crate) is_default: bool,
}

impl Context {
    /// Its number.
    #[inline(always)]
    pub(crate) fn number(&self) -> u64 {
        self.number.0.load(Ordering::Relaxed)
    }

    /// Makes another context of it, which nobody knows yet: whoever was in it has left, and refers to it no more.
    pub(crate) fn renumber(&self, number: u64) {
        self.number.0.store(number, Ordering::Relaxed);
    }
}

/// The number of a context. It is another one once the context, forgotten by everybody, is used again.
pub(crate) struct Number(AtomicU64);

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(AtomicU64::new(number))
    }
}

impl InContext for Context {
    fn target(&self) -> Target<'_> {
        Target {
            machine: &self.machine,
            process: &self.process,
            number: self.number(),
            stream: self.number(),
            home: &self.home,
            properties: &self.properties,
            is_default: self.is_default,
            visit: Visit::Call,
            method: None,
        }
    }
}
