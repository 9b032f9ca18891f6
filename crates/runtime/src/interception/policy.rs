//! Policies of the program: who stands at the borders of contexts beside the runtime's own services (ACT 8.2).
//!
//! The runtime's policies fire in their fixed order: activity, transaction, just-in-time activation. Those of the
//! program come between the transaction and just-in-time activation: they see the context as the method will see it,
//! and Activate runs inside of everything else (ACT 7.3 \[policy-order\]). They fire in the order in which they were
//! given to the machine, and on the way back in the opposite one.

use super::{Target, facts::guarded};
use crate::{apartment::Method, machine::Machine};
use complus_core::{
    error::Result,
    event::{Diagnostic, What},
    hresult::HResult,
    id::ContextId,
};

/// What a policy is told of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossingCall {
    /// The method, where it is known: a context is also entered to run code that is none.
    pub method: Option<Method>,
    /// The context that is entered.
    pub callee: Option<ContextId>,
}

/// Watches every call that crosses the border of a context, and may refuse it. Calls inside a context are plain and not
/// seen. Given to a machine by [`RuntimeBuilder::policy`](crate::RuntimeBuilder::policy).
///
/// Runs on the thread of the moment, in the context of the moment. A panic is taken as a refusal on the way in, and
/// ignored on the way out; it is reported as a diagnostic.
pub trait Policy: Send + Sync {
    /// Client leave: the caller is about to call.
    fn leaves_caller(&self, call: &CrossingCall) {
        let _ = call;
    }

    /// Server enter: the context was entered, the method has not run.
    ///
    /// # Errors
    /// The code with which the call is refused; neither the method nor later policies run.
    fn enters_callee(&self, call: &CrossingCall) -> Result<()> {
        let _ = call;
        Ok(())
    }

    /// Server leave: the method has returned this code, or was refused with it.
    fn leaves_callee(&self, call: &CrossingCall, result: HResult) {
        let _ = (call, result);
    }

    /// Client return: the caller goes on.
    fn returns_to_caller(&self, call: &CrossingCall, result: HResult) {
        let _ = (call, result);
    }
}

/// The call as policies see it.
fn crossing(target: Target<'_>) -> CrossingCall {
    CrossingCall { method: target.method, callee: target.machine.context_id(target.number) }
}

/// Runs a call between the policies of the caller's side.
pub(crate) fn calling<T>(
    target: Target<'_>,
    call: impl FnOnce() -> Result<T>,
    code: impl FnOnce(&Result<T>) -> HResult,
) -> Result<T> {
    let machine = target.machine;
    if machine.policies.is_empty() {
        return call();
    }
    let crossing = crossing(target);
    for policy in machine.policies.iter() {
        undisturbed(machine, || policy.leaves_caller(&crossing));
    }
    let answer = call();
    let result = code(&answer);
    for policy in machine.policies.iter().rev() {
        undisturbed(machine, || policy.returns_to_caller(&crossing, result));
    }
    answer
}

/// Runs the body of a call between the policies of the callee's side.
pub(super) fn serving(target: Target<'_>, body: &mut dyn FnMut() -> HResult) -> HResult {
    let machine = target.machine;
    if machine.policies.is_empty() {
        return body();
    }
    let crossing = crossing(target);
    let mut entered = 0;
    let refused = machine.policies.iter().find_map(|policy| {
        let refused = match guarded(|| policy.enters_callee(&crossing)) {
            Some(answer) => answer.err().map(|error| error.hresult()),
            None => {
                machine.emit_here(What::Diagnostic(Diagnostic::CallbackPanicked));
                Some(complus_core::hresult::E_UNEXPECTED)
            }
        };
        entered += usize::from(refused.is_none());
        refused
    });
    let result = refused.unwrap_or_else(body);
    for policy in machine.policies[..entered].iter().rev() {
        undisturbed(machine, || policy.leaves_callee(&crossing, result));
    }
    result
}

fn undisturbed(machine: &Machine, call: impl FnOnce()) {
    if guarded(call).is_none() {
        machine.emit_here(What::Diagnostic(Diagnostic::CallbackPanicked));
    }
}
