//! IObjectContextInfo, IObjectContextInfo2, IObjectContextActivity: who and where the context is (ACT 9.4).

use super::ObjectContext;
use crate::interception::share_activity;
use complus_core::{
    context::ActivityProperty,
    error::{ContextError, Result},
    id::{ActivityId, ContextId, PartitionId, TransactionId},
};
use complus_transaction::Transaction;
use uuid::Uuid;

/// Ids of the current context. All methods are E_UNEXPECTED outside it.
#[derive(Clone, Copy, Debug)]
pub struct ObjectContextInfo(pub(super) ObjectContext);

impl ObjectContextInfo {
    /// IsInTransaction.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn is_in_transaction(&self) -> Result<bool> {
        self.0.is_in_transaction()
    }

    /// GetTransaction: a participant's handle, to enlist by hand; `None` stands for S_FALSE and NULL. In the context of
    /// a root that is between two transactions it begins the next one.
    ///
    /// # Errors
    /// CONTEXT_E_TMNOTAVAILABLE where it would have to begin; E_UNEXPECTED.
    pub fn transaction(&self) -> Result<Option<Transaction>> {
        let found = self.0.with(|binding| {
            let owner = binding.stack.top()?.transaction;
            binding.share_transaction(owner, None)
        })?;
        match found {
            Some(transaction) => Ok(Some(transaction)),
            None => Ok(self.in_gap()?.map(|transaction| transaction.participant())),
        }
    }

    /// GetTransactionId: the same for all members; `None` stands for S_FALSE and GUID_NULL. In the context of a root
    /// that is between two transactions it begins the next one.
    ///
    /// # Errors
    /// CONTEXT_E_TMNOTAVAILABLE where it would have to begin; E_UNEXPECTED.
    pub fn transaction_id(&self) -> Result<Option<TransactionId>> {
        match self.0.with(|binding| binding.transaction_id())? {
            Some(id) => Ok(Some(id)),
            None => Ok(self.in_gap()?.map(|transaction| transaction.id())),
        }
    }

    /// The transaction of a component's stream, while no call runs in it (ACT 9.4 \[stream-gap\]).
    fn in_gap(&self) -> Result<Option<Transaction>> {
        match self.0.with(|binding| binding.stack.top()?.component().cloned())? {
            Some(component) => component.transaction_in_gap(),
            None => Ok(None),
        }
    }

    /// GetActivityId; `None` stands for GUID_NULL.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn activity_id(&self) -> Result<Option<ActivityId>> {
        self.0.with(|binding| binding.machine.as_ref()?.activity_id(binding.activity_number()?))
    }

    /// The activity as an activation request carries it to another process, where
    /// [`Activity::create_in_activity`](crate::Activity::create_in_activity) takes it; `None` outside any activity.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn activity_property(&self) -> Result<Option<ActivityProperty>> {
        let found = self.0.with(|binding| {
            let process = binding.process.clone()?;
            // From now on others may come, so there has to be a lock, and this thread inside.
            let lock = share_activity(binding, &process)?;
            let activity = binding.machine.as_ref()?.activity_id(lock.number())?.guid();
            Some(ActivityProperty { activity, timeout: lock.timeout() })
        })?;
        Ok(found)
    }

    /// GetContextId.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn context_id(&self) -> Result<ContextId> {
        let id = self.0.with(|binding| binding.machine.as_ref()?.context_id(binding.stack.top()?.number))?;
        id.ok_or_else(|| ContextError::NoContext.into())
    }

    /// GetPartitionId.
    ///
    /// # Errors
    /// COMADMIN_E_PARTITIONS_DISABLED, E_UNEXPECTED.
    pub fn partition_id(&self) -> Result<PartitionId> {
        let found = self.0.with(|binding| {
            let (machine, top) = (binding.machine.as_ref()?, binding.stack.top()?);
            machine.partitions.enabled().then(|| machine.partitions.id(top.partition))
        })?;
        found.ok_or_else(|| ContextError::PartitionsDisabled.into())
    }

    /// GetApplicationId: the application of the component that the context was made for; GUID_NULL in a domain, which
    /// belongs to no application.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn application_id(&self) -> Result<Uuid> {
        self.0.with(|binding| Some(binding.component()?.configured.application.id)).map(Option::unwrap_or_default)
    }

    /// GetApplicationInstanceId: what the process is to the application; GUID_NULL in a domain, likewise.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn application_instance_id(&self) -> Result<Uuid> {
        let id = self.0.with(|binding| {
            let component = binding.component()?;
            Some(component.machine.instance_id(&component.process).guid())
        });
        id.map(Option::unwrap_or_default)
    }
}
