//! What an object of a component is made of: whether it may be used on any thread, or on one only.

use super::Component;
use crate::reference::{Object, ObjectConstruct, ObjectControl};
use complus_core::error::{ComponentError, Result};
use fragile::Fragile;
use std::any::Any;
use uuid::Uuid;

/// What can be an object of the component `T`.
pub trait Instance<T>: Object + Sized {
    /// An object of it.
    fn new(component: T) -> Self;

    /// The component.
    ///
    /// # Errors
    /// RPC_E_WRONG_THREAD on another thread than that of one that is bound to its own.
    fn get(&self) -> Result<&T>;
}

/// The component behind an object, if it is one of `T`'s and may be used on this thread.
#[doc(hidden)]
pub fn of<T: Component>(object: &dyn Any) -> Option<&T> {
    object.downcast_ref::<T::Instance>()?.get().ok()
}

/// A type that several threads may use at once.
#[diagnostic::on_unimplemented(
    message = "several threads may call `{Self}` at once, so it has to be `Send` and `Sync`",
    label = "is not `Send` and `Sync`",
    note = "keep state in an `ActivityCell`, or bind the component to one thread: `threading = Apartment`"
)]
pub trait ThreadSafe: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> ThreadSafe for T {}

/// Compiles for those alone.
#[doc(hidden)]
pub const fn called_by_any_thread<T: ThreadSafe>() {}

/// An object of a component with `threading = Both`, `Free` or `Neutral`: any thread may call it.
#[derive(Debug)]
pub struct AnyThread<T>(T);

impl<T: Component + ThreadSafe> Instance<T> for AnyThread<T> {
    fn new(component: T) -> Self {
        Self(component)
    }

    fn get(&self) -> Result<&T> {
        Ok(&self.0)
    }
}

impl<T: Component + ThreadSafe> Object for AnyThread<T> {
    fn supports(&self, interface: Uuid) -> bool {
        T::DESCRIPTION.has(interface)
    }

    fn caster(&self, interface: Uuid) -> Option<&'static (dyn Any + Send + Sync)> {
        T::caster(interface)
    }

    fn control(&self) -> Option<&dyn ObjectControl> {
        T::CONTROL.map(|control| control(&self.0))
    }

    fn construction(&self) -> Option<&dyn ObjectConstruct> {
        T::CONSTRUCTION.map(|construction| construction(&self.0))
    }

    fn self_address(&self) -> usize {
        std::ptr::from_ref(&self.0).addr()
    }

    fn is_free_threaded(&self) -> bool {
        T::DESCRIPTION.free_threaded_marshaler
    }
}

/// An object of a component with `threading = Apartment` or `Main`: it is made, called and dropped on its thread.
#[derive(Debug)]
pub struct OneThread<T>(Option<Fragile<T>>);

impl<T: Component> Instance<T> for OneThread<T> {
    fn new(component: T) -> Self {
        Self(Some(Fragile::new(component)))
    }

    fn get(&self) -> Result<&T> {
        let component = self.0.as_ref().and_then(|component| component.try_get().ok());
        component.ok_or_else(|| ComponentError::WrongThread.into())
    }
}

/// References are dropped at home. Where that is no more, because its thread has ended, nobody may drop the component.
impl<T> Drop for OneThread<T> {
    fn drop(&mut self) {
        if let Some(component) = self.0.take()
            && !component.is_valid()
        {
            std::mem::forget(component);
        }
    }
}

impl<T: Component> Object for OneThread<T> {
    fn supports(&self, interface: Uuid) -> bool {
        T::DESCRIPTION.has(interface)
    }

    fn caster(&self, interface: Uuid) -> Option<&'static (dyn Any + Send + Sync)> {
        T::caster(interface)
    }

    fn self_address(&self) -> usize {
        self.get().map_or(0, |component| std::ptr::from_ref(component).addr())
    }

    fn control(&self) -> Option<&dyn ObjectControl> {
        T::CONTROL.map(|_| self as _)
    }

    fn construction(&self) -> Option<&dyn ObjectConstruct> {
        T::CONSTRUCTION.map(|_| self as _)
    }
}

impl<T: Component> OneThread<T> {
    fn own_control(&self) -> Result<Option<&dyn ObjectControl>> {
        let component = self.get()?;
        Ok(T::CONTROL.map(|control| control(component)))
    }
}

/// Asked for on any thread, used on its own.
impl<T: Component> ObjectControl for OneThread<T> {
    fn activate(&self) -> Result<()> {
        self.own_control()?.map_or(Ok(()), ObjectControl::activate)
    }

    fn deactivate(&self) {
        if let Ok(Some(control)) = self.own_control() {
            control.deactivate();
        }
    }

    fn can_be_pooled(&self) -> bool {
        self.own_control().is_ok_and(|control| control.is_some_and(ObjectControl::can_be_pooled))
    }
}

/// The same.
impl<T: Component> ObjectConstruct for OneThread<T> {
    fn construct(&self, string: &str) -> Result<()> {
        let component = self.get()?;
        T::CONSTRUCTION.map_or(Ok(()), |construction| construction(component).construct(string))
    }
}
