//! The call context: what describes the call that a thread serves (SYN 6.10, ACT 8.5).

use crate::thread::{self, Binding};
use complus_core::{
    error::{CallError, Result},
    stack::PushedBy,
};
use complus_sync::Arc;
use uuid::Uuid;

/// ISecurityCallContext.
const SECURITY_CALL_CONTEXT: Uuid = Uuid::from_u128(0xcafc_823e_b441_11d1_b82b_0000_f875_7e2a);

/// An object that describes a call.
pub trait CallContext: Send + Sync {
    /// Whether it has this interface.
    fn offers(&self, interface: Uuid) -> bool;
}

/// CoGetCallContext: the object that describes the call which the thread serves.
///
/// # Errors
/// RPC_E_CALL_COMPLETE outside a call; E_NOINTERFACE for an interface that the object lacks, and in a call that came
/// without security (O-42); CO_E_NO_SECCTX_IN_ACTIVATE for ISecurityCallContext in Activate (ACT 7.1 L3).
pub fn call_context(interface: Uuid) -> Result<Arc<dyn CallContext>> {
    if interface == SECURITY_CALL_CONTEXT && thread::bound(|binding| is_activating(binding))? {
        return Err(CallError::NoSecurityInActivate.into());
    }
    let (is_served, context) = thread::bound(|binding| match serving(binding) {
        Some(position) => {
            let frame = binding.stack.get(position);
            (true, frame.and_then(|frame| frame.rare.as_deref()?.call_context.clone()))
        }
        None => (false, binding.com.as_ref().and_then(|com| com.call_context.clone())),
    })?;
    match context {
        Some(context) if context.offers(interface) => Ok(context),
        None if !is_served => Err(CallError::NotInCall.into()),
        Some(_) | None => Err(CallError::NoCallInterface.into()),
    }
}

/// CoSwitchCallContext: puts `context` in the place of the object that describes the call, until the call returns;
/// answers the one before. Both are moved: nobody's reference is counted.
///
/// # Errors
/// E_UNEXPECTED when the thread is ending or an observer calls.
pub fn switch_call_context(context: Option<Arc<dyn CallContext>>) -> Result<Option<Arc<dyn CallContext>>> {
    thread::bound(|binding| {
        let place = match serving(binding).and_then(|position| binding.stack.get_mut(position)) {
            // The rare part keeps the call's return off the fast path.
            Some(frame) => &mut frame.rare_mut().call_context,
            None => &mut binding.com_mut().call_context,
        };
        std::mem::replace(place, context)
    })
}

/// Whether the object is being activated in whose context the thread is.
fn is_activating(binding: &Binding) -> bool {
    let frame = serving(binding).and_then(|position| binding.stack.get(position));
    frame.and_then(|frame| frame.component()).is_some_and(|component| component.is_activating())
}

/// Position of the innermost call that the thread serves.
fn serving(binding: &Binding) -> Option<usize> {
    let is_call = |pushed_by| matches!(pushed_by, PushedBy::Call | PushedBy::DefaultCall | PushedBy::Masked);
    binding.stack.frames().iter().rposition(|frame| is_call(frame.pushed_by))
}
