//! A context seen from elsewhere.

use crate::{Runtime, thread::Binding};
use complus_core::{
    context::StreamState,
    error::{ContextError, Result},
    id::{ActivityId, ContextId, TransactionId},
};
use complus_transaction::Transaction;

/// A handle on a context that travels between threads and outlives the context.
///
/// It tells the context's ids, and gives a participant's handle on its transaction while there is one.
#[derive(Clone, Debug)]
pub struct SharedContext {
    runtime: Runtime,
    context: ContextId,
    activity: Option<ActivityId>,
    transaction: Option<Transaction>,
}

impl SharedContext {
    pub(super) fn of(binding: &mut Binding) -> Result<Self> {
        let machine = binding.machine.clone().ok_or(ContextError::NoContext)?;
        let (number, owner) =
            binding.stack.top().map(|top| (top.number, top.transaction)).ok_or(ContextError::NoContext)?;
        let activity = binding.activity_number().and_then(|activity| machine.activity_id(activity));
        let transaction = binding.share_transaction(owner, None);
        let context = machine.context_id(number).ok_or(ContextError::NoContext)?;
        Ok(Self { runtime: Runtime(machine), context, activity, transaction })
    }

    /// The machine that the context belongs to.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Its id.
    pub fn context_id(&self) -> ContextId {
        self.context
    }

    /// The id of its activity.
    pub fn activity_id(&self) -> Option<ActivityId> {
        self.activity
    }

    /// The id of its transaction, also when that is over.
    pub fn transaction_id(&self) -> Option<TransactionId> {
        self.transaction.as_ref().map(Transaction::id)
    }

    /// Its transaction; `None` if it has none.
    ///
    /// # Errors
    /// CONTEXT_E_OLDREF when the transaction is over: the context's stream has no current one any more.
    pub fn transaction(&self) -> Result<Option<Transaction>> {
        match &self.transaction {
            Some(transaction) if transaction.state().is_over() => Err(ContextError::OldReference.into()),
            transaction => Ok(transaction.clone()),
        }
    }

    /// What has become of its transaction.
    pub fn transaction_state(&self) -> Option<StreamState> {
        self.transaction.as_ref().map(Transaction::state)
    }
}
