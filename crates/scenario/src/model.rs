//! What a scenario file says, as plain data.

use crate::expectation::Expectation;
use complus_core::{
    Compat, HResult,
    attribute::{IsolationLevel, TransactionVote},
    id::PartitionId,
};
use complus_diagnostic::Span;
use complus_runtime::ServiceConfig;
use std::time::Duration;

/// A scenario: a machine, and what its threads do.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows.
    pub title: String,
    /// The seed the file asks for.
    pub seed: Option<u64>,
    /// The policy switches.
    pub compat: Compat,
    /// Resource managers.
    pub managers: Vec<Manager>,
    /// Partitions beside the global one; partitions are enabled if there is any.
    pub partitions: Vec<PartitionDeclaration>,
    /// Whom threads run as.
    pub principal: Option<String>,
    /// The machine's default time-out.
    pub default_timeout: Option<Duration>,
    /// The threads, in the order of the file.
    pub threads: Vec<Thread>,
    /// The file.
    pub source: crate::Source,
}

/// A resource manager with balances in memory.
#[derive(Clone, Debug)]
pub struct Manager {
    /// Its name.
    pub name: String,
    /// Balances below this refuse to prepare.
    pub floor: Option<i64>,
    /// Balances at the start.
    pub seeds: Vec<(String, i64)>,
}

/// A partition and its members.
#[derive(Clone, Debug)]
pub struct PartitionDeclaration {
    /// Its name in the file.
    pub name: String,
    /// Its id.
    pub id: PartitionId,
    /// Who belongs to it; everyone if nobody is named.
    pub members: Vec<String>,
}

/// The apartment of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApartmentChoice {
    /// A single-threaded one that is not the main one.
    Sta,
    /// A single-threaded one; the main one, since it is the first.
    MainSta,
    /// The multithreaded one.
    Mta,
    /// None.
    None,
}

/// A thread and its steps.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Its name.
    pub name: String,
    /// Its apartment.
    pub apartment: ApartmentChoice,
    /// What it does.
    pub steps: Vec<Step>,
}

/// A step of a thread.
#[derive(Clone, Debug)]
pub struct Step {
    /// The node, without its block.
    pub span: Span,
    /// Its line, from 1.
    pub line: usize,
    /// What it does.
    pub action: Action,
}

/// A service domain to be entered.
#[derive(Clone, Debug)]
pub struct Enter {
    /// Its name: `as=`.
    pub name: Option<String>,
    /// Its configuration, without a brought transaction.
    pub config: ServiceConfig,
    /// The transaction it brings, by name.
    pub bring: Option<String>,
    /// The partition it asks for.
    pub partition_id: Option<PartitionId>,
    /// Side-by-side directory and name.
    pub assembly: (Option<String>, Option<String>),
    /// Whether application and context name of the tracker are given.
    pub tracker: (bool, bool),
    /// Its block; the end leaves. Without one it stays open until a `leave`.
    pub body: Option<Vec<Step>>,
}

/// Work on a resource manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Take part.
    Enlist,
    /// Add to a balance.
    Add(String, i64),
    /// Assign a balance.
    Set(String, i64),
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Enter a service domain.
    Enter(Box<Enter>),
    /// Leave the domain on top.
    Leave,
    /// Begin a transaction outside COM+.
    Begin {
        /// Its name.
        name: String,
        /// Its level.
        isolation: Option<IsolationLevel>,
        /// Its time-out.
        timeout: Option<Duration>,
    },
    /// Commit a transaction begun outside.
    Commit(String),
    /// Abort a transaction begun outside.
    Abort(String),
    /// IObjectContext::SetComplete.
    SetComplete,
    /// IObjectContext::SetAbort.
    SetAbort,
    /// IObjectContext::EnableCommit.
    EnableCommit,
    /// IObjectContext::DisableCommit.
    DisableCommit,
    /// IContextState::SetMyTransactionVote.
    Vote(TransactionVote),
    /// IContextState::SetDeactivateOnReturn.
    Done(bool),
    /// Work on a resource manager.
    Work {
        /// Its name.
        manager: String,
        /// In a transaction begun outside; else in the context's.
        transaction: Option<String>,
        /// The work.
        work: Work,
    },
    /// The manager refuses its next prepare request.
    RefusePrepare(String),
    /// Fail with this code.
    Fail(HResult),
    /// Panic with this text.
    Panic(String),
    /// A panic is expected inside, with this text if one is given.
    ExpectPanic {
        /// The text.
        text: Option<String>,
        /// What panics.
        body: Vec<Step>,
    },
    /// Set a property of the context.
    Property(String, String),
    /// Advance the clock.
    Advance(Duration),
    /// Wait for all other threads that name this barrier.
    Barrier(String),
    /// Do this so many times.
    Repeat(u32, Vec<Step>),
    /// Run as another principal.
    AsUser(String, Vec<Step>),
    /// A remark in the trace.
    Note(String),
    /// Whether the transaction manager can be reached from now on.
    ManagerAvailable(bool),
    /// The next so many entries fail with E_FAIL.
    InjectFault(u32),
    /// Something has to hold.
    Expect(Box<Expectation>),
}

impl Step {
    /// The block of the step, if it has one.
    pub fn body(&self) -> Option<&[Step]> {
        match &self.action {
            Action::Enter(enter) => enter.body.as_deref(),
            Action::ExpectPanic { body, .. } | Action::Repeat(_, body) | Action::AsUser(_, body) => Some(body),
            _ => None,
        }
    }
}
