//! Initialize spies.

use crate::{InitializeSpy, SpyCookie, apartment};
use complus_core::error::{ApartmentError, Result};
use std::rc::Rc;

/// CoRegisterInitializeSpy. E_NOINTERFACE cannot happen: a spy has the interface by its type. The place for the cookie
/// keeps what it holds when the call fails.
///
/// # Errors
/// E_INVALIDARG without a spy or a place for the cookie.
pub fn co_register_initialize_spy(spy: Option<Rc<dyn InitializeSpy>>, cookie: Option<&mut SpyCookie>) -> Result<()> {
    let (Some(spy), Some(cookie)) = (spy, cookie) else { return Err(ApartmentError::InvalidArgument.into()) };
    *cookie = apartment::register_initialize_spy(spy)?;
    Ok(())
}

/// CoRevokeInitializeSpy.
///
/// # Errors
/// E_INVALIDARG for a cookie that is not registered on this thread.
pub fn co_revoke_initialize_spy(cookie: SpyCookie) -> Result<()> {
    apartment::revoke_initialize_spy(cookie)
}
