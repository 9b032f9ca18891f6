//! Voters: participants with a veto and nothing to store.
//!
//! [`Ballot`] is the one that COM+ contexts share.

use complus_core::{context::Flags, two_phase_commit::Outcome};
use complus_sync::atomic::{AtomicUsize, Ordering};

/// Takes part in a transaction with a veto only: this is how a COM+ context votes on a brought
/// transaction (TXN 11.2).
///
/// Called without any lock of the transaction held. A panic counts as a veto.
pub trait Voter: Send + Sync {
    /// Asked once, before any resource manager; `false` aborts the transaction.
    fn vote(&self) -> bool;

    /// Told how it ended.
    fn outcome(&self, outcome: Outcome) {
        let _ = outcome;
    }
}

/// The vote of the COM+ contexts in a transaction that does not end with its root on one thread: yes unless
/// one of those that are open is inconsistent. One that was left has counted its vote: an abort vote has
/// doomed the transaction. A context does not hold the commit up: the owner may commit what is consistent but
/// not finished (TXN 11.2, 6).
#[derive(Debug, Default)]
pub struct Ballot {
    inconsistent: AtomicUsize,
}

impl Ballot {
    /// So many contexts more are open and inconsistent.
    pub fn add_inconsistent(&self, contexts: usize) {
        self.inconsistent.fetch_add(contexts, Ordering::AcqRel);
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
        self.inconsistent.load(Ordering::Acquire) == 0
    }
}
