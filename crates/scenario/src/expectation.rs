//! What an `expect` step asks for.

use complus_core::{
    HResult,
    attribute::{ApartmentType, IsolationLevel, TransactionVote},
    id::PartitionId,
};

/// An `expect` step: everything in it has to hold.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// The domain, activity object or call it is about; without one the current context or the step before.
    pub target: Option<String>,
    /// What has to hold, in the order of the file.
    pub checks: Vec<Check>,
}

impl Expectation {
    /// The HRESULT that the step before has to give, if one is expected.
    pub fn hresult(&self) -> Option<HResult> {
        self.checks.iter().find_map(|check| match check {
            Check::HResult(hresult) => Some(*hresult),
            _ => None,
        })
    }
}

/// One thing that has to hold.
#[derive(Clone, Debug)]
pub enum Check {
    /// The step before gave this code.
    HResult(HResult),
    /// The transaction of the domain, now left, stood so.
    Status(HResult),
    /// Which context it is.
    Context(Identity),
    /// Which transaction it has.
    Transaction(Identity),
    /// Which activity it has.
    Activity(Identity),
    /// On which thread the call ran.
    Thread(ThreadIdentity),
    /// The apartment of the thread, or of the named thing.
    Apartment(ApartmentType),
    /// Whether there is a transaction.
    InTransaction(bool),
    /// The partition.
    Partition(PartitionId),
    /// The vote of the current context.
    Vote(TransactionVote),
    /// The level of the transaction.
    Isolation(IsolationLevel),
    /// A committed balance.
    Balance {
        /// The resource manager.
        manager: String,
        /// The account.
        key: String,
        /// The balance.
        balance: i64,
    },
    /// A property of the current context; `None`: there is none of this name.
    Property {
        /// Its name.
        name: String,
        /// Its value.
        value: Option<String>,
    },
    /// Whether calls through the reference are intercepted.
    Proxy(bool),
    /// What the object keeps under a name; `None`: nothing.
    State {
        /// The name.
        name: String,
        /// The value.
        value: Option<String>,
    },
    /// The events on this thread since the last such expectation.
    Events(Vec<EventPattern>),
}

/// Which context, transaction or activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// One made for this domain.
    New,
    /// That of the context from which the domain was entered.
    Same,
    /// None.
    None,
    /// The apartment's default context.
    Default,
    /// The one brought along.
    Brought,
    /// That of a named domain, or a transaction begun by this name.
    SameAs(String),
}

/// Which thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThreadIdentity {
    /// The one that made the call.
    Same,
    /// Another one than that.
    Other,
    /// A thread of the file, or the one on which a named call ran.
    SameAs(String),
    /// Another one than that.
    OtherThan(String),
}

/// The pattern that stands for any number of events.
pub const ANY_EVENTS: &str = "..";

/// An event by its name, and perhaps by its detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPattern {
    /// The name.
    pub name: String,
    /// The detail: a reason, a diagnostic, a resource manager.
    pub detail: Option<String>,
}
