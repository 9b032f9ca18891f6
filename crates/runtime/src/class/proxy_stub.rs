//! CoRegisterPSClsid: which class makes proxies and stubs for an interface, noted for the whole process.

use crate::{reference::Holder, thread};
use complus_core::error::{ClassError, Result};
use uuid::Uuid;

/// CoRegisterPSClsid: holds until the process uses COM no more.
///
/// # Errors
/// CO_E_NOTINITIALIZED.
pub(crate) fn register_proxy_stub_class(interface: Uuid, clsid: Uuid) -> Result<()> {
    let (_, process) = thread::here()?;
    Holder::current()?;
    process.classes.proxy_stubs.insert(interface, clsid);
    Ok(())
}

/// CoGetPSClsid.
///
/// # Errors
/// CO_E_NOTINITIALIZED; REGDB_E_IIDNOTREG (ACT 8.1 I4).
pub(crate) fn proxy_stub_class(interface: Uuid) -> Result<Uuid> {
    let (_, process) = thread::here()?;
    Holder::current()?;
    let found = process.classes.proxy_stubs.get(&interface).map(|clsid| *clsid.value());
    found.ok_or_else(|| ClassError::NoProxyStub.into())
}
