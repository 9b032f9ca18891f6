//! CoMarshalInterface and what belongs to it. `None` stands for NULL; a result that fails is written as `None`.

use crate::{AgileReference, FreeThreadedMarshaler, GlobalInterfaceTable, Object, Reference, Stream, reference};
use complus_core::{
    attribute::{MarshalContext, MarshalFlags},
    error::{MarshalError, Result},
    hresult::{HResult, S_OK},
};
use uuid::Uuid;

/// Writes a result, or nothing where it failed.
///
/// # Errors
/// E_INVALIDARG without a place for it; `make` is not called then.
pub(super) fn into<T>(result: Option<&mut Option<T>>, make: impl FnOnce() -> Result<T>) -> Result<()> {
    let place = result.ok_or(MarshalError::NullArgument)?;
    *place = None;
    *place = Some(make()?);
    Ok(())
}

/// The code of a call without result.
pub(super) fn code(result: Result<()>) -> HResult {
    result.map_or_else(HResult::from, |()| S_OK)
}

fn given<T>(argument: Option<T>) -> Result<T> {
    argument.ok_or_else(|| MarshalError::NullArgument.into())
}

/// CoMarshalInterface: E_INVALIDARG without stream or object, then as [`Reference::marshal`].
pub fn co_marshal_interface(
    stream: Option<&Stream>,
    interface: Uuid,
    object: Option<&Reference>,
    destination: MarshalContext,
    flags: MarshalFlags,
) -> HResult {
    code(given(stream.zip(object)).and_then(|(stream, object)| object.marshal(interface, destination, flags, stream)))
}

/// CoUnmarshalInterface: E_INVALIDARG without stream or place for the result, then as [`Stream::unmarshal`].
pub fn co_unmarshal_interface(
    stream: Option<&Stream>,
    interface: Uuid,
    result: Option<&mut Option<Reference>>,
) -> HResult {
    code(into(result, || given(stream)?.unmarshal(interface)))
}

/// CoReleaseMarshalData: E_INVALIDARG without stream, then as [`Stream::release_marshal_data`].
pub fn co_release_marshal_data(stream: Option<&Stream>) -> HResult {
    code(given(stream).and_then(Stream::release_marshal_data))
}

/// CoMarshalInterThreadInterfaceInStream: E_INVALIDARG without object (Y-32) or place for the stream, then as
/// [`Stream::between_threads`].
pub fn co_marshal_inter_thread_interface_in_stream(
    interface: Uuid,
    object: Option<&Reference>,
    result: Option<&mut Option<Stream>>,
) -> HResult {
    code(into(result, || Stream::between_threads(given(object)?, interface)))
}

/// CoGetInterfaceAndReleaseStream: as [`co_unmarshal_interface`]; the stream is gone afterwards.
pub fn co_get_interface_and_release_stream(
    stream: Option<Stream>,
    interface: Uuid,
    result: Option<&mut Option<Reference>>,
) -> HResult {
    co_unmarshal_interface(stream.as_ref(), interface, result)
}

/// CoDisconnectObject: E_INVALIDARG without object, or if `reserved` is not zero; then as
/// [`disconnect_object`](crate::disconnect_object).
pub fn co_disconnect_object(object: Option<&Reference>, reserved: u32) -> HResult {
    code(given(object.filter(|_| reserved == 0)).and_then(reference::disconnect_object))
}

/// CoLockObjectExternal: E_INVALIDARG without object, then as
/// [`lock_object_external`](crate::lock_object_external).
pub fn co_lock_object_external(object: Option<&Reference>, lock: bool, last_unlock_releases: bool) -> HResult {
    code(given(object).and_then(|object| reference::lock_object_external(object, lock, last_unlock_releases)))
}

/// CoCreateFreeThreadedMarshaler.
pub fn co_create_free_threaded_marshaler() -> FreeThreadedMarshaler {
    FreeThreadedMarshaler
}

/// RoGetAgileReference, by the number of its option: CO_E_NOTINITIALIZED, E_INVALIDARG for a number that is no option
/// and without object or place for the result; then as [`AgileReference::new`].
pub fn ro_get_agile_reference(
    option: i32,
    interface: Uuid,
    object: Option<&Reference>,
    result: Option<&mut Option<AgileReference>>,
) -> HResult {
    code(into(result, || AgileReference::numbered(given(object)?, interface, option)))
}

/// IGlobalInterfaceTable::RegisterInterfaceInGlobal: E_INVALIDARG without object or place for the cookie, then as
/// [`GlobalInterfaceTable::register`].
pub fn register_interface_in_global(
    object: Option<&Reference>,
    interface: Uuid,
    cookie: Option<&mut Option<u32>>,
) -> HResult {
    code(into(cookie, || GlobalInterfaceTable.register(given(object)?, interface)))
}

/// IGlobalInterfaceTable::GetInterfaceFromGlobal: as [`GlobalInterfaceTable::get`].
pub fn get_interface_from_global(cookie: u32, interface: Uuid, result: Option<&mut Option<Reference>>) -> HResult {
    code(into(result, || GlobalInterfaceTable.get(cookie, interface)))
}

/// IGlobalInterfaceTable::RevokeInterfaceFromGlobal: as [`GlobalInterfaceTable::revoke`].
pub fn revoke_interface_from_global(cookie: u32) -> HResult {
    code(GlobalInterfaceTable.revoke(cookie))
}

/// SafeRef: the object's reference to itself, as [`Reference::to_self`]; `None` stands for NULL, which it gives where that
/// fails or the object lacks the interface.
pub fn safe_ref(interface: Uuid, object: Option<&dyn Object>) -> Option<Reference> {
    Reference::to_self(object?).and_then(|itself| itself.query(interface)).ok()
}
