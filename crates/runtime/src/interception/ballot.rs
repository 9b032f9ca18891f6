//! The vote of a domain in a brought transaction.

use complus_sync::atomic::{AtomicBool, Ordering};
use complus_transaction::Voter;

/// Answers the owner's commit on behalf of one open domain: yes while its context is consistent, and once it
/// was left (its vote then is part of the transaction). A domain does not hold the commit up: the owner may
/// commit what is consistent but not finished (TXN 11.2, 6).
pub(crate) struct Ballot(AtomicBool);

impl Ballot {
    pub(crate) fn new() -> Self {
        Self(AtomicBool::new(true))
    }

    /// The context's consistent flag changed, or the context is gone.
    pub(crate) fn set(&self, consistent: bool) {
        self.0.store(consistent, Ordering::Release);
    }
}

impl Voter for Ballot {
    fn vote(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
