//! Making an object by the name of its class.

use super::{Component, Interface, Ref};
use crate::{Runtime, class};
use complus_core::{
    attribute::ClassContext,
    error::{ClassError, Result},
};
use uuid::Uuid;

/// What names a class: a CLSID, or a text with a ProgID or with a CLSID in braces.
pub trait ClassName {
    /// The CLSID, on this machine.
    ///
    /// # Errors
    /// CO_E_CLASSSTRING for a ProgID that no class has, and for a text in braces that is no CLSID.
    fn clsid(&self, runtime: &Runtime) -> Result<Uuid>;
}

impl ClassName for Uuid {
    fn clsid(&self, _: &Runtime) -> Result<Uuid> {
        Ok(*self)
    }
}

/// CLSIDFromString, which takes a ProgID, too.
impl ClassName for str {
    fn clsid(&self, runtime: &Runtime) -> Result<Uuid> {
        if self.starts_with('{') {
            return self.parse().map_err(|_| ClassError::UnknownName.into());
        }
        runtime.catalog().snapshot().classes().clsid(self).ok_or_else(|| ClassError::UnknownName.into())
    }
}

impl ClassName for String {
    fn clsid(&self, runtime: &Runtime) -> Result<Uuid> {
        self.as_str().clsid(runtime)
    }
}

impl<C: ClassName + ?Sized> ClassName for &C {
    fn clsid(&self, runtime: &Runtime) -> Result<Uuid> {
        (**self).clsid(runtime)
    }
}

/// CoCreateInstance: a new object of a class, as a reference to its interface `I` for the current context.
///
/// # Errors
/// CO_E_NOTINITIALIZED on a thread without apartment; CO_E_CLASSSTRING for a text that names no class, REGDB_E_CLASSNOTREG
/// for a CLSID that is none's; E_NOINTERFACE; the codes of [`class::create_instance`].
pub fn create_instance<I: Interface + ?Sized>(class: impl ClassName) -> Result<Ref<I>> {
    let clsid = class.clsid(&Runtime::current())?;
    class::create_instance(clsid, ClassContext::ALL, I::IID).map(Ref::known)
}

/// What the function that makes a component may give: one, or one unless it fails.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the function that makes a `{T}` has to give one, or a `Result` of one",
    label = "gives `{Self}`"
)]
pub trait Created<T> {
    /// The component.
    fn created(self) -> Result<T>;
}

impl<T: Component> Created<T> for T {
    fn created(self) -> Result<T> {
        Ok(self)
    }
}

impl<T: Component> Created<T> for Result<T> {
    fn created(self) -> Result<T> {
        self
    }
}
