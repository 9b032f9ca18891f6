//! The consistent flag and the done flag (ACT 1.4, TXN 5.1).

use crate::attribute::TransactionVote;

/// The two flags of a context: its vote, and whether it is finished.
///
/// Setting a flag counts nothing: *done* is looked at when the outermost method returns,
/// *consistent* when the context is deactivated. The last value written is the one that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags {
    /// The vote: may the transaction commit as far as this context is concerned?
    pub consistent: bool,
    /// Deactivate when the running method returns?
    pub done: bool,
}

impl Flags {
    /// Every activation starts consistent and not done.
    pub const INITIAL: Self = Self { consistent: true, done: false };

    /// IObjectContext::SetComplete: consistent and done.
    #[inline]
    pub fn set_complete(&mut self) {
        *self = Self { consistent: true, done: true };
    }

    /// IObjectContext::SetAbort: inconsistent and done.
    #[inline]
    pub fn set_abort(&mut self) {
        *self = Self { consistent: false, done: true };
    }

    /// IObjectContext::EnableCommit: consistent, not done; the state at the start.
    #[inline]
    pub fn enable_commit(&mut self) {
        *self = Self { consistent: true, done: false };
    }

    /// IObjectContext::DisableCommit: inconsistent, not done.
    #[inline]
    pub fn disable_commit(&mut self) {
        *self = Self { consistent: false, done: false };
    }

    /// IContextState::SetMyTransactionVote: the consistent flag alone.
    #[inline]
    pub fn vote(&mut self, vote: TransactionVote) {
        self.consistent = vote == TransactionVote::Commit;
    }

    /// IContextState::SetDeactivateOnReturn: the done flag alone.
    #[inline]
    pub fn deactivate_on_return(&mut self, done: bool) {
        self.done = done;
    }

    /// IContextState::GetMyTransactionVote.
    #[inline]
    pub const fn my_vote(self) -> TransactionVote {
        if self.consistent { TransactionVote::Commit } else { TransactionVote::Abort }
    }
}

impl Default for Flags {
    fn default() -> Self {
        Self::INITIAL
    }
}
