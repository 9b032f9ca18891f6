//! Voters: participants with a veto and nothing to store.

use complus_core::two_phase_commit::Outcome;

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
