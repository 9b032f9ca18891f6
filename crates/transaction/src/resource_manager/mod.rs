//! Resource managers: what does the work that a transaction makes atomic.

mod volatile;

pub use volatile::VolatileStore;

use complus_core::{id::TransactionId, two_phase_commit::Vote};

/// A store that takes part in transactions.
///
/// Enlisting one twice in a transaction is once. All methods are called without any lock of the
/// transaction held; a panic counts as a refusal before the decision, and as done after it.
pub trait ResourceManager: Send + Sync {
    /// Its name, which tells it from others in the same transaction and in traces.
    fn name(&self) -> &str;

    /// Phase one: make sure that commit can be carried out, or undo and refuse.
    fn prepare(&self, transaction: TransactionId) -> Vote;

    /// Phase two: keep the work. Repeated notices and unknown transactions are no errors.
    fn commit(&self, transaction: TransactionId);

    /// Phase two, or an abort before it: undo the work.
    fn abort(&self, transaction: TransactionId);

    /// Asked instead of [`prepare`](Self::prepare) where it is the only one: it may commit at once
    /// ([`Vote::SinglePhase`]), refuse, say it does not know ([`Vote::Unknown`]), or just prepare.
    fn commit_single_phase(&self, transaction: TransactionId) -> Vote {
        self.prepare(transaction)
    }
}
