//! Voters: participants with a veto and nothing to store.
//!
//! [`Ballot`] is the one that COM+ contexts share.

use complus_core::{context::Flags, two_phase_commit::Outcome};
use complus_sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use std::fmt;

/// Takes part in a transaction with a veto only: this is how a COM+ context votes on a brought
/// transaction (TXN 11.2).
///
/// Called without any lock of the transaction held. A panic counts as a veto.
pub trait Voter: Send + Sync {
    /// Asked once, before any resource manager; `false` aborts the transaction. It may wait.
    fn vote(&self) -> bool;

    /// The transaction is aborted while somebody is asked, maybe this one: nobody wants to know the answer any more.
    /// Called on the thread that aborts.
    fn overtaken(&self) {}

    /// Told how it ended.
    fn outcome(&self, outcome: Outcome) {
        let _ = outcome;
    }
}

/// The vote of the COM+ contexts in a transaction that does not end with its root on one thread: yes unless
/// one of those that are open is inconsistent. One that was left has counted its vote: an abort vote has
/// doomed the transaction. A context does not hold the commit up: the owner may commit what is consistent but
/// not finished (TXN 11.2, 6).
///
/// What does hold it up is somebody who is asked [first](Self::ask_first).
#[derive(Default)]
pub struct Ballot {
    inconsistent: AtomicUsize,
    first: Mutex<Vec<Arc<dyn Voter>>>,
}

impl Ballot {
    /// So many contexts more are open and inconsistent.
    pub fn add_inconsistent(&self, contexts: usize) {
        self.inconsistent.fetch_add(contexts, Ordering::AcqRel);
    }

    /// Asks `voter` before it looks at the contexts, and tells it what becomes of the transaction.
    pub fn ask_first(&self, voter: Arc<dyn Voter>) {
        self.first.lock().push(voter);
    }

    fn each_first(&self) -> Vec<Arc<dyn Voter>> {
        self.first.lock().clone()
    }

    /// The flags of an open context changed.
    pub fn changed(&self, before: Flags, after: Flags) {
        match (before.consistent, after.consistent) {
            (true, false) => self.inconsistent.fetch_add(1, Ordering::AcqRel),
            (false, true) => self.inconsistent.fetch_sub(1, Ordering::AcqRel),
            _ => return,
        };
    }

    /// A context was left; its vote is counted.
    pub fn left(&self, flags: Flags) {
        self.changed(flags, Flags::INITIAL);
    }
}

impl Voter for Ballot {
    fn vote(&self) -> bool {
        self.each_first().iter().all(|first| first.vote()) && self.inconsistent.load(Ordering::Acquire) == 0
    }

    fn overtaken(&self) {
        self.each_first().iter().for_each(|first| first.overtaken());
    }

    fn outcome(&self, outcome: Outcome) {
        let first = std::mem::take(&mut *self.first.lock());
        first.iter().for_each(|first| first.outcome(outcome));
    }
}

impl fmt::Debug for Ballot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ballot").field("inconsistent", &self.inconsistent).finish_non_exhaustive()
    }
}
