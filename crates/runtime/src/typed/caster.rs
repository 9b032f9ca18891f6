//! A caster: from an object of which only the interfaces are known to one of these.

use crate::reference::Object;
use complus_core::error::{MarshalError, Result};
use std::any::Any;

/// Gives an object as `I`, if it is an object of the right type, and on the right thread.
///
/// Objects hand out theirs from [`Object::caster`](crate::Object::caster):
///
/// ```
/// use complus_runtime::{Object, typed::Caster};
/// use std::any::Any;
/// use uuid::Uuid;
/// trait Account {
///     fn balance(&self) -> i64;
/// }
/// const IID_ACCOUNT: Uuid = Uuid::from_u128(0x5f1a_7b5e_0000_4000_8000_0000_0000_0001);
/// struct Savings(i64);
/// impl Account for Savings {
///     fn balance(&self) -> i64 {
///         self.0
///     }
/// }
/// static ACCOUNT: Caster<dyn Account> = Caster::new(|object| object.downcast_ref::<Savings>().map(|it| it as _));
/// impl Object for Savings {
///     fn supports(&self, interface: Uuid) -> bool {
///         interface == IID_ACCOUNT
///     }
///     fn caster(&self, interface: Uuid) -> Option<&'static (dyn Any + Send + Sync)> {
///         (interface == IID_ACCOUNT).then_some(&ACCOUNT as _)
///     }
/// }
/// assert_eq!(ACCOUNT.cast(&Savings(7)).map(|account| account.balance()), Some(7));
/// ```
#[derive(Debug)]
pub struct Caster<I: ?Sized + 'static>(Cast<I>);

type Cast<I> = for<'a> fn(&'a dyn Any) -> Option<&'a I>;

impl<I: ?Sized + 'static> Caster<I> {
    /// One that casts like this.
    pub const fn new(cast: for<'a> fn(&'a dyn Any) -> Option<&'a I>) -> Self {
        Self(cast)
    }

    /// The object as `I`.
    pub fn cast<'a>(&self, object: &'a dyn Any) -> Option<&'a I> {
        (self.0)(object)
    }
}

/// The object as an interface of Rust.
///
/// # Errors
/// E_NOINTERFACE when it has no caster for it, or cannot be called here.
pub(super) fn cast<I: super::Interface + ?Sized>(object: &dyn Object) -> Result<&I> {
    let caster = object.caster(I::IID).and_then(|caster| caster.downcast_ref::<Caster<I>>());
    caster.and_then(|caster| caster.cast(object)).ok_or_else(|| MarshalError::NoInterface.into())
}
