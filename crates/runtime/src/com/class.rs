//! CoGetClassObject and what belongs to it. `None` stands for NULL; a result that fails is written as `None`.

use super::marshal::{code, into};
use crate::{Reference, apartment, class, thread};
use complus_core::{
    attribute::{ClassContext, RegistrationUse},
    error::{ApartmentError, ClassError, Result},
    hresult::{HResult, REGDB_E_CLASSNOTREG},
};
use uuid::Uuid;

/// CoGetClassObject: E_INVALIDARG without a place for the result, then as
/// [`get_class_object`](crate::class::get_class_object).
pub fn co_get_class_object(
    clsid: Uuid,
    contexts: ClassContext,
    interface: Uuid,
    result: Option<&mut Option<Reference>>,
) -> HResult {
    code(into(result, || class::get_class_object(clsid, contexts, interface)))
}

/// CoCreateInstance: E_POINTER without a place for the result, then as [`create_instance`](crate::class::create_instance).
pub fn co_create_instance(
    clsid: Uuid,
    contexts: ClassContext,
    interface: Uuid,
    result: Option<&mut Option<Reference>>,
) -> HResult {
    if result.is_none() {
        return ClassError::NullResult.hresult();
    }
    code(into(result, || class::create_instance(clsid, contexts, interface)))
}

/// CoRegisterClassObject: E_INVALIDARG without class object or place for the cookie, then as
/// [`register_class_object`](crate::class::register_class_object).
pub fn co_register_class_object(
    clsid: Uuid,
    object: Option<&Reference>,
    contexts: ClassContext,
    r#use: RegistrationUse,
    cookie: Option<&mut Option<u32>>,
) -> HResult {
    let register = || {
        let object = object.ok_or(ClassError::NullArgument)?;
        class::register_class_object(clsid, object, contexts, r#use)
    };
    code(into(cookie, register))
}

/// CoRevokeClassObject: as [`revoke_class_object`](crate::class::revoke_class_object).
pub fn co_revoke_class_object(cookie: u32) -> HResult {
    code(class::revoke_class_object(cookie))
}

/// CoRegisterPSClsid: which class marshals an interface, for the whole process, until it uses COM no more.
/// CO_E_NOTINITIALIZED on a thread without apartment.
pub fn co_register_ps_clsid(interface: Uuid, clsid: Uuid) -> HResult {
    code(class::register_proxy_stub_class(interface, clsid))
}

/// CoGetPSClsid.
///
/// # Errors
/// CO_E_NOTINITIALIZED; REGDB_E_IIDNOTREG.
pub fn co_get_ps_clsid(interface: Uuid) -> Result<Uuid> {
    class::proxy_stub_class(interface)
}

/// CoFreeUnusedLibraries: as [`free_unused_libraries`](crate::class::free_unused_libraries).
pub fn co_free_unused_libraries() {
    let _ = class::free_unused_libraries();
}

/// RoGetActivationFactory, as far as it concerns apartments: it keeps the MTA on behalf of this thread, made if there is
/// none, until the thread leaves COM or ends (SYN 6.6). REGDB_E_CLASSNOTREG, as there are no runtime classes here;
/// CO_E_NOTINITIALIZED on a thread without apartment, which it does not initialise.
pub fn ro_get_activation_factory(_runtime_class: &str, _interface: Uuid) -> HResult {
    match apartment::keep_mta_for_thread() {
        Ok(()) => REGDB_E_CLASSNOTREG,
        Err(error) => error.hresult(),
    }
}

/// IDispenserManager::RegisterDispenser, as far as it concerns apartments: the process has an MTA from now on (SYN 6.6).
/// CO_E_NOTINITIALIZED on a thread without apartment.
pub fn register_dispenser(_name: &str) -> HResult {
    let keep = || -> Result<()> {
        let (machine, process) = thread::here()?;
        let is_initialized = thread::bound(|binding| binding.apartment().is_some())?;
        if !is_initialized {
            return Err(ApartmentError::NotInitialized.into());
        }
        process.apartments.host_mta(|| machine.new_context_number());
        Ok(())
    };
    code(keep())
}
