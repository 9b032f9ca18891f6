//! Reaching contexts: CoGetObjectContext, CoGetContextToken and their siblings.

use crate::{CallContext, ContextReference, ContextToken, ObjectContext, ThreadingInfo, apartment};
use complus_core::{
    attribute::ApartmentType,
    error::{ApartmentError, ContextError, Result},
};
use complus_sync::Arc;
use uuid::Uuid;

/// CoGetObjectContext. An error stands for a pointer that is set to NULL.
///
/// # Errors
/// CO_E_NOTINITIALIZED, E_NOINTERFACE.
pub fn co_get_object_context(interface: Uuid) -> Result<ContextReference> {
    ContextReference::current(interface)
}

/// CoGetDefaultContext.
///
/// # Errors
/// E_INVALIDARG for APTTYPE_STA, CO_E_NOTINITIALIZED, E_NOINTERFACE.
pub fn co_get_default_context(kind: ApartmentType, interface: Uuid) -> Result<ContextReference> {
    ContextReference::of_default(kind, interface)
}

/// CoGetContextToken. The place keeps what it holds when the call fails.
///
/// # Errors
/// CO_E_NOTINITIALIZED; in an apartment, E_POINTER without a place.
pub fn co_get_context_token(token: Option<&mut Option<ContextToken>>) -> Result<()> {
    let current = crate::context_token()?;
    *token.ok_or(ContextError::NoPlace)? = Some(current);
    Ok(())
}

/// GetObjectContext.
///
/// # Errors
/// CONTEXT_E_NOCONTEXT in a default context, and where there is none.
pub fn get_object_context() -> Result<ObjectContext> {
    ObjectContext::current()
}

/// CoGetCallContext.
///
/// # Errors
/// RPC_E_CALL_COMPLETE outside a call, E_NOINTERFACE.
pub fn co_get_call_context(interface: Uuid) -> Result<Arc<dyn CallContext>> {
    apartment::call_context(interface)
}

/// CoSwitchCallContext: the one before.
///
/// # Errors
/// As for [`switch_call_context`](crate::switch_call_context).
pub fn co_switch_call_context(context: Option<Arc<dyn CallContext>>) -> Result<Option<Arc<dyn CallContext>>> {
    apartment::switch_call_context(context)
}

impl ThreadingInfo {
    /// GetCurrentLogicalThreadId with a place for the result.
    ///
    /// # Errors
    /// E_INVALIDARG without one.
    pub fn get_current_logical_thread_id(&self, id: Option<&mut Uuid>) -> Result<()> {
        let id = id.ok_or(ApartmentError::InvalidArgument)?;
        *id = self.current_logical_thread_id()?;
        Ok(())
    }
}
