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

mod class;
mod marshal;

pub use class::{
    co_create_instance, co_free_unused_libraries, co_get_class_object, co_get_ps_clsid, co_register_class_object,
    co_register_ps_clsid, co_revoke_class_object, register_dispenser, ro_get_activation_factory,
};
pub use marshal::{
    co_create_free_threaded_marshaler, co_disconnect_object, co_get_interface_and_release_stream,
    co_lock_object_external, co_marshal_inter_thread_interface_in_stream, co_marshal_interface,
    co_release_marshal_data, co_unmarshal_interface, get_interface_from_global, register_interface_in_global,
    revoke_interface_from_global, ro_get_agile_reference,
};

use crate::{
    Activity, Apartment, ContextToken, ObjectContext, ServiceCall, ServiceConfig, ServiceDomain, StatusSink,
    interception::{self, Vote},
    thread,
};
use complus_core::{
    attribute::{ApartmentModel, ApartmentType, ApartmentTypeQualifier, TransactionStatus},
    error::{CallError, DomainError, Result},
    event::{Diagnostic, What},
    hresult::{HResult, S_FALSE, S_OK},
};
use complus_sync::Arc;
use std::{
    num::NonZeroU64,
    panic::{AssertUnwindSafe, catch_unwind},
};
use uuid::Uuid;

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

/// CoCreateActivity. `interface` is IID_IServiceActivity or IID_IUnknown.
///
/// # Errors
/// E_INVALIDARG without a configuration, E_NOINTERFACE for another interface, then as for [`Activity::create`].
pub fn co_create_activity(config: Option<&ServiceConfig>, interface: Uuid) -> Result<Activity> {
    let config = config.ok_or(CallError::InvalidArgument)?;
    if interface != IID_SERVICE_ACTIVITY && interface != IID_UNKNOWN {
        return Err(DomainError::UnsupportedInterface.into());
    }
    Activity::create(config)
}

/// IServiceActivity::SynchronousCall: what OnCall answered, or why it did not run.
pub fn synchronous_call(activity: &Activity, call: Option<Arc<dyn ServiceCall>>) -> HResult {
    let result = call.ok_or_else(|| CallError::InvalidArgument.into()).and_then(|call| activity.synchronous_call(call));
    result.unwrap_or_else(HResult::from)
}

/// IServiceActivity::AsynchronousCall: S_OK when it was accepted.
pub fn asynchronous_call(activity: &Activity, call: Option<Arc<dyn ServiceCall>>) -> HResult {
    let result =
        call.ok_or_else(|| CallError::InvalidArgument.into()).and_then(|call| activity.asynchronous_call(call));
    result.map_or_else(HResult::from, |()| S_OK)
}

/// IID_IServiceActivity.
pub const IID_SERVICE_ACTIVITY: Uuid = Uuid::from_u128(0x6753_2e0c_9e2f_4450_a354_0356_3394_4e17);
/// IID_IUnknown.
pub const IID_UNKNOWN: Uuid = Uuid::from_u128(0x0000_0000_0000_0000_c000_0000_0000_0046);

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
