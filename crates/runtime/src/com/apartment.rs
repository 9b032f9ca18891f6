//! Apartments: CoInitializeEx and its family, what a thread is told of itself.

use crate::{Apartment, MtaUsageCookie, apartment, thread};
use complus_core::{
    attribute::{ApartmentType, ApartmentTypeQualifier, CoInit},
    error::{ApartmentError, Result},
    hresult::HResult,
    rules::{apartment_type, initialization},
};
use uuid::Uuid;

/// CoInitialize: CoInitializeEx for a single-threaded apartment.
///
/// # Errors
/// As for [`co_initialize_ex`].
pub fn co_initialize(reserved: Option<&()>) -> Result<HResult> {
    co_initialize_ex(reserved, CoInit::APARTMENT_THREADED)
}

/// CoInitializeEx: S_OK the first time, S_FALSE again; each success needs one [`co_uninitialize`]. The code is what the
/// thread's spies made of it. A model will do for the flags.
///
/// # Errors
/// E_INVALIDARG unless `reserved` is `None` and the flags have names, RPC_E_CHANGED_MODE; any code that a spy put in
/// the place of the result.
pub fn co_initialize_ex(reserved: Option<&()>, flags: impl Into<CoInit>) -> Result<HResult> {
    let flags = flags.into();
    initialization::model(flags, reserved.is_none())?;
    let (made, hresult) = apartment::initialize(flags)?;
    let error = made.map(Apartment::forget).err();
    match error {
        Some(error) if error.hresult() == hresult => Err(error),
        _ if hresult.is_failure() => Err(hresult.into()),
        _ => Ok(hresult),
    }
}

/// CoUninitialize.
pub fn co_uninitialize() {
    Apartment::uninitialize();
}

/// OleInitialize: S_OK the first time that OLE is initialised on the thread, S_FALSE again.
///
/// # Errors
/// RPC_E_CHANGED_MODE.
pub fn ole_initialize() -> Result<HResult> {
    apartment::ole_initialize()
}

/// OleUninitialize.
pub fn ole_uninitialize() {
    apartment::ole_uninitialize();
}

/// CoIncrementMTAUsage.
///
/// # Errors
/// As for [`increment_mta_usage`](crate::increment_mta_usage).
pub fn co_increment_mta_usage() -> Result<MtaUsageCookie> {
    apartment::increment_mta_usage()
}

/// CoDecrementMTAUsage.
///
/// # Errors
/// As for [`decrement_mta_usage`](crate::decrement_mta_usage).
pub fn co_decrement_mta_usage(cookie: MtaUsageCookie) -> Result<()> {
    apartment::decrement_mta_usage(cookie)
}

/// CoGetApartmentType: both results are written, also on a thread without apartment (APTTYPE_CURRENT).
///
/// # Errors
/// E_INVALIDARG when a place for a result is missing, and nothing is written; CO_E_NOTINITIALIZED.
pub fn co_get_apartment_type(
    apartment: Option<&mut ApartmentType>,
    qualifier: Option<&mut ApartmentTypeQualifier>,
) -> Result<()> {
    apartment_type::results(apartment.is_some(), qualifier.is_some())?;
    let answer = apartment::query()?;
    if let (Some(apartment), Some(qualifier)) = (apartment, qualifier) {
        (*apartment, *qualifier) = (answer.apartment, answer.qualifier);
    }
    if answer.hresult.is_failure() { Err(ApartmentError::NotInitialized.into()) } else { Ok(()) }
}

/// CoGetCurrentProcess: a number that no other thread of the machine has, and no process.
///
/// # Errors
/// E_UNEXPECTED when the thread is ending or an observer calls.
pub fn co_get_current_process() -> Result<u32> {
    thread::bound(|binding| binding.thread | (1 << 31))
}

/// CoGetCurrentLogicalThreadId.
///
/// # Errors
/// E_INVALIDARG without a place for it.
pub fn co_get_current_logical_thread_id(id: Option<&mut Uuid>) -> Result<()> {
    let id = id.ok_or(ApartmentError::InvalidArgument)?;
    *id = apartment::logical_thread_id()?;
    Ok(())
}

/// CoEnableCallCancellation. The reserved argument has no meaning.
///
/// # Errors
/// As for [`enable_call_cancellation`](crate::enable_call_cancellation).
pub fn co_enable_call_cancellation() -> Result<()> {
    apartment::enable_call_cancellation()
}

/// CoDisableCallCancellation.
///
/// # Errors
/// CO_E_CANCEL_DISABLED when it is not enabled.
pub fn co_disable_call_cancellation() -> Result<()> {
    apartment::disable_call_cancellation()
}
