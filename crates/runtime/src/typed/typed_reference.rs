//! [`Ref`]: an interface pointer.

use super::{Component, Instance, Interface, instance};
use crate::reference::{Object, Reference};
use complus_core::error::{Error, Result};
use complus_sync::Arc;
use std::{fmt, marker::PhantomData};

/// A counted reference to an object, of which the interface is known: `Ref<dyn Account>` is what a COM programmer calls an
/// `IAccount*`. It implements `Account`, so methods are called straight on it.
///
/// Everything else is as for a [`Reference`]: it is valid in one context; in the object's own it is the object itself, in
/// any other a proxy; a clone is AddRef, dropping is Release, which never blocks; equality is COM's identity.
pub struct Ref<I: ?Sized> {
    reference: Reference,
    interface: PhantomData<fn(&I)>,
}

impl<I: Interface + ?Sized> Ref<I> {
    /// A reference to `object` in the current context, as `new` and a pointer give it: no activation, no services of its
    /// own.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment; E_NOINTERFACE.
    pub fn new<T: Component>(object: T) -> Result<Self> {
        Reference::new(Arc::new(T::Instance::new(object)))?.try_into()
    }

    /// A reference to `component` itself, whose method runs: the one that others hold, in the current context. See
    /// [`Reference::to_self`], which is the same without types.
    ///
    /// ```text
    /// impl Account for AccountComponent {
    ///     fn open_with(&self, bank: Ref<dyn Bank>) -> Result<()> {
    ///         bank.register(Ref::to_self(self)?)
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// As for [`Reference::to_self`]; E_NOINTERFACE for an interface that the component has not declared.
    pub fn to_self<T: Component>(component: &T) -> Result<Self> {
        let is_it = |object: &dyn Object| instance::of::<T>(object).is_some_and(|it| std::ptr::eq(it, component));
        Reference::found(std::ptr::from_ref(component).addr(), is_it)?.try_into()
    }

    /// Whether calls on it are intercepted.
    pub fn is_proxy(&self) -> bool {
        self.reference.is_proxy()
    }

    /// QueryInterface: another interface of the same object.
    ///
    /// # Errors
    /// As for [`Reference::query`].
    pub fn cast<J: Interface + ?Sized>(&self) -> Result<Ref<J>> {
        Ref::try_from(&self.reference)
    }

    /// The reference without its type.
    pub fn as_reference(&self) -> &Reference {
        &self.reference
    }

    /// Release that waits: an object that is let go of by it has ended when this returns.
    ///
    /// # Errors
    /// As for [`Reference::release`]. The reference is gone all the same.
    pub fn release(self) -> Result<()> {
        self.reference.release()
    }

    /// One that is known to have the interface.
    pub(super) fn known(reference: Reference) -> Self {
        Self { reference, interface: PhantomData }
    }
}

/// QueryInterface.
///
/// # Errors
/// As for [`Reference::query`].
impl<I: Interface + ?Sized> TryFrom<&Reference> for Ref<I> {
    type Error = Error;

    fn try_from(reference: &Reference) -> Result<Self> {
        reference.query(I::IID).map(Self::known)
    }
}

/// The same of a reference that is not needed any more.
impl<I: Interface + ?Sized> TryFrom<Reference> for Ref<I> {
    type Error = Error;

    fn try_from(reference: Reference) -> Result<Self> {
        Self::try_from(&reference)
    }
}

/// The reference without its type.
impl<I: ?Sized> From<Ref<I>> for Reference {
    fn from(typed: Ref<I>) -> Self {
        typed.reference
    }
}

impl<I: ?Sized> Clone for Ref<I> {
    fn clone(&self) -> Self {
        Self { reference: self.reference.clone(), interface: PhantomData }
    }
}

/// The same object in the same context, whatever the interfaces (ACT 8.1 I3).
impl<I: ?Sized, J: ?Sized> PartialEq<Ref<J>> for Ref<I> {
    fn eq(&self, other: &Ref<J>) -> bool {
        self.reference == other.reference
    }
}

impl<I: ?Sized> Eq for Ref<I> {}

impl<I: Interface + ?Sized> fmt::Debug for Ref<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ref").field("interface", &I::NAME).field("is_proxy", &self.is_proxy()).finish()
    }
}
