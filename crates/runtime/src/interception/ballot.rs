//! The vote of the domains in a brought transaction.

use complus_core::context::Flags;
use complus_sync::atomic::{AtomicUsize, Ordering};
use complus_transaction::Voter;

/// Answers the owner's commit for a domain in a brought transaction and all that joined it there: yes unless
/// one of those that are open is inconsistent. One that was left has counted its vote: an abort vote has
/// doomed the transaction. A domain does not hold the commit up: the owner may commit what is consistent but
/// not finished (TXN 11.2, 6).
#[derive(Default)]
pub(crate) struct Ballot {
    inconsistent: AtomicUsize,
}

impl Ballot {
    /// A ballot of which so many contexts are inconsistent already.
    pub(crate) fn of(inconsistent: usize) -> Self {
        Self { inconsistent: AtomicUsize::new(inconsistent) }
    }

    /// The flags of an open context changed.
    pub(crate) fn changed(&self, before: Flags, after: Flags) {
        match (before.consistent, after.consistent) {
            (true, false) => self.inconsistent.fetch_add(1, Ordering::AcqRel),
            (false, true) => self.inconsistent.fetch_sub(1, Ordering::AcqRel),
            _ => return,
        };
    }

    /// A context was left; its vote is counted.
    pub(crate) fn left(&self, flags: Flags) {
        self.changed(flags, Flags::INITIAL);
    }
}

impl Voter for Ballot {
    fn vote(&self) -> bool {
        self.inconsistent.load(Ordering::Acquire) == 0
    }
}
