//! Service domains: CoEnterServiceDomain and CoLeaveServiceDomain.

use crate::{
    ServiceConfig, ServiceDomain, StatusSink,
    interception::{self, Vote},
    thread,
};
use complus_core::{
    attribute::TransactionStatus,
    error::{DomainError, Result},
    event::{Diagnostic, What},
};
use std::{
    num::NonZeroU64,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// CoEnterServiceDomain: to be paired with [`co_leave_service_domain`] on the same thread.
///
/// # Errors
/// As for [`ServiceDomain::enter`].
pub fn co_enter_service_domain(config: &ServiceConfig) -> Result<()> {
    ServiceDomain::enter(config).map(std::mem::forget)
}

/// CoLeaveServiceDomain: leaves the domain on top. Without one it has no effect but a diagnostic.
pub fn co_leave_service_domain(status: Option<&dyn StatusSink>) {
    let _ = try_leave_service_domain(status);
}

/// CoLeaveServiceDomain, checked.
///
/// # Errors
/// CONTEXT_E_NOCONTEXT when no domain is on top of this thread's stack (S-22, S-23).
pub fn try_leave_service_domain(status: Option<&dyn StatusSink>) -> Result<()> {
    let top = thread::bound(|binding| {
        let top = binding.stack.leavable(None).ok()?;
        NonZeroU64::new(top.number)
    })?;
    let machine = thread::machine();
    let emit = |diagnostic| machine.iter().for_each(|machine| machine.emit_here(What::Diagnostic(diagnostic)));
    let Some(context) = top else {
        emit(Diagnostic::LeaveWithoutEnter);
        return Err(DomainError::NotEntered.into());
    };
    let left = interception::leave_domain(context, Vote::AsSet)?;
    if let Some(sink) = status
        && left != TransactionStatus::NoTransaction
        && catch_unwind(AssertUnwindSafe(|| sink.set_transaction_status(left.hresult()))).is_err()
    {
        emit(Diagnostic::CallbackPanicked);
    }
    Ok(())
}
