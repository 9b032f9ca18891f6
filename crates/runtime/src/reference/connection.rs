//! CoDisconnectObject and CoLockObjectExternal (SYN 10.6).

use super::{Kind, Reference};
use complus_core::{
    error::{MarshalError, Result},
    rules::{activity_lock::Call, call_out::Use},
};

/// CoDisconnectObject: lets go of the object, whoever holds it from outside; their calls are RPC_E_DISCONNECTED from now
/// on. The object itself may call it, in the middle of a call. Without effect for an object that nobody holds from
/// outside, for one that is free-threaded, and for a proxy.
///
/// # Errors
/// Those of [`Reference::call`] that concern the reference.
pub fn disconnect_object(reference: &Reference) -> Result<()> {
    match &reference.0 {
        Kind::Direct(direct) if direct.free => {}
        Kind::Direct(direct) => {
            direct.may_use(Use::Method)?;
            let object = direct.object.as_ref().ok_or(MarshalError::NotConnected)?;
            direct.slot(object).disconnect().deliver(Call::FinalRelease);
        }
        Kind::Proxy(proxy) => drop(proxy.server(Use::Method)?),
    }
    Ok(())
}

/// CoLockObjectExternal: takes a lock that keeps the object as a strong reference from outside does, or gives one back.
/// `last_unlock_releases` says whether table-weak packets go with the last one. Giving back one that was never taken has
/// no effect.
///
/// # Errors
/// Those of [`Reference::call`] that concern the reference.
pub fn lock_object_external(reference: &Reference, lock: bool, last_unlock_releases: bool) -> Result<()> {
    let (slot, object) = match &reference.0 {
        Kind::Direct(direct) => {
            direct.may_use(Use::Method)?;
            let object = direct.object.clone().ok_or(MarshalError::NotConnected)?;
            (direct.slot(&object), object)
        }
        Kind::Proxy(proxy) => {
            let (slot, epoch) = proxy.server(Use::Method)?;
            (slot.clone(), slot.object(epoch)?)
        }
    };
    if lock {
        slot.lock(&object);
    } else {
        slot.unlock(last_unlock_releases).deliver(Call::FinalRelease);
    }
    Ok(())
}
