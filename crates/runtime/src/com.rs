//! The calls in the shape that COM gives them, for code that is ported line by line.
//!
//! ```
//! use complus_runtime::{Runtime, ServiceConfig, StatusObject, com};
//! use complus_core::{attribute::{ApartmentModel, TransactionConfig}, hresult::S_OK};
//! # let runtime = Runtime::builder().build()?;
//! # let _bound = runtime.enter();
//! com::co_initialize_ex(ApartmentModel::Multithreaded)?;
//! let status = StatusObject::new();
//! com::co_enter_service_domain(&ServiceConfig::new().transaction(TransactionConfig::New))?;
//! com::co_leave_service_domain(Some(&status));
//! assert_eq!(status.transaction_status(), S_OK);
//! com::co_uninitialize();
//! # Ok::<(), complus_core::Error>(())
//! ```

use crate::{
    Apartment, ContextToken, ObjectContext, ServiceConfig, ServiceDomain, StatusSink,
    interception::{self, Vote},
    thread,
};
use complus_core::{
    attribute::{ApartmentModel, ApartmentType, ApartmentTypeQualifier, TransactionStatus},
    error::{DomainError, Result},
    event::{Diagnostic, What},
    hresult::{HResult, S_FALSE, S_OK},
};
use std::{
    num::NonZeroU64,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// CoInitializeEx: S_OK the first time, S_FALSE again; each success needs one [`co_uninitialize`].
///
/// # Errors
/// RPC_E_CHANGED_MODE.
pub fn co_initialize_ex(model: ApartmentModel) -> Result<HResult> {
    let apartment = Apartment::initialize(model)?;
    let result = if apartment.was_initialized() { S_FALSE } else { S_OK };
    apartment.forget();
    Ok(result)
}

/// CoUninitialize.
pub fn co_uninitialize() {
    Apartment::uninitialize();
}

/// CoGetApartmentType.
///
/// # Errors
/// CO_E_NOTINITIALIZED.
pub fn co_get_apartment_type() -> Result<(ApartmentType, ApartmentTypeQualifier)> {
    crate::apartment_type()
}

/// CoGetContextToken.
///
/// # Errors
/// CO_E_NOTINITIALIZED.
pub fn co_get_context_token() -> Result<ContextToken> {
    crate::context_token()
}

/// GetObjectContext.
///
/// # Errors
/// CONTEXT_E_NOCONTEXT in a default context, and where there is none.
pub fn get_object_context() -> Result<ObjectContext> {
    ObjectContext::current()
}

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
