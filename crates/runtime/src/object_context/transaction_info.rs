//! IContextTransactionInfo: the transaction behind the context (ACT 9.6, TXN 13).

use super::ObjectContext;
use complus_core::{
    attribute::IsolationLevel,
    error::{ContextError, Result},
    rules::leave::Role,
};
use complus_sync::Arc;
use complus_transaction::{Transaction, TransactionProxy};
use uuid::Uuid;

/// The transaction of the current context. All methods are E_UNEXPECTED outside it.
#[derive(Clone, Copy, Debug)]
pub struct ContextTransactionInfo(pub(super) ObjectContext);

impl ContextTransactionInfo {
    /// FetchTransaction: a participant's handle; `None` when there is none.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn fetch_transaction(&self) -> Result<Option<Transaction>> {
        self.0.info().transaction()
    }

    /// GetTxIsolationLevelAndTimeout: the root's values; the time-out in seconds, zero means never.
    ///
    /// # Errors
    /// CONTEXT_E_NOTRANSACTION, E_UNEXPECTED.
    pub fn isolation_level_and_timeout(&self) -> Result<(IsolationLevel, u32)> {
        let found = self.0.with(|binding| {
            let owned = binding.transaction()?;
            Some((owned.stream.isolation, owned.stream.timeout))
        })?;
        found.ok_or_else(|| ContextError::NoTransaction.into())
    }

    /// RegisterTransactionProxy: the root commits through `proxy` from now on. The answer is what its
    /// [`commit`](TransactionProxy::commit) is given.
    ///
    /// # Errors
    /// E_NOTIMPL outside the root context of an automatic transaction, XACT_E_XTIONEXISTS the second time,
    /// E_UNEXPECTED.
    pub fn register_transaction_proxy(&self, proxy: Arc<dyn TransactionProxy>) -> Result<Uuid> {
        self.0.with(|binding| {
            let Some((owner, role)) = binding.stack.top().map(|top| (top.transaction, top.role)) else {
                return Err(ContextError::NoContext.into());
            };
            if role != Role::Root {
                return Err(ContextError::NotRoot.into());
            }
            // A component's transaction outlives the call, and so does its proxy.
            if let Some(component) = binding.stack.top().and_then(|top| top.component())
                && let Some(membership) = component.membership()
            {
                return membership.stream.register_proxy(proxy);
            }
            // The proxy's manager decides from now on, so the transaction has to be reachable.
            let id = binding.share_transaction(owner, None).ok_or(ContextError::NotRoot)?.id().guid();
            let owned = binding.transaction_mut().and_then(|owned| owned.shared.as_mut());
            let shared = owned.ok_or(ContextError::NotRoot)?;
            if shared.proxy.is_some() {
                return Err(ContextError::ProxyExists.into());
            }
            shared.proxy = Some((id, proxy));
            Ok(id)
        })?
    }
}
