//! An indirect reference: an object that lives in another context, through the proxy of this one.

use super::{Object, Slot, proxy::Proxy, spare};
use crate::{interception::Context, thread};
use complus_core::{
    error::{MarshalError, Result},
    rules::call_out::Use,
};
use complus_sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

/// A counted hold on a proxy.
pub(super) struct Indirect {
    /// Always there; taken out as it is dropped.
    proxy: Option<Arc<Proxy>>,
    /// The instance behind it, if that is the same as long as the object lives: calls into a plain context go there
    /// without asking the slot.
    shortcut: OnceLock<Arc<dyn Object>>,
    /// A call was made.
    called: AtomicBool,
}

/// What a call needs that goes straight to the instance.
pub(crate) struct Shortcut<'a> {
    pub(crate) instance: &'a dyn Object,
    pub(crate) context: &'a Context,
    /// The number of the context that the proxy belongs to.
    pub(crate) from: u64,
}

/// The same for a call that holds the instance itself.
pub(crate) struct FirstCall<'a> {
    pub(crate) instance: Arc<dyn Object>,
    pub(crate) context: &'a Context,
    pub(crate) from: u64,
}

impl Indirect {
    pub(super) const fn new(proxy: Arc<Proxy>) -> Self {
        Self { proxy: Some(proxy), shortcut: OnceLock::new(), called: AtomicBool::new(false) }
    }

    pub(super) fn proxy(&self) -> Result<&Arc<Proxy>> {
        self.proxy.as_ref().ok_or_else(|| MarshalError::NotConnected.into())
    }

    /// As [`Proxy::server`].
    ///
    /// # Errors
    /// The same.
    pub(super) fn server(&self, r#use: Use) -> Result<(&Arc<Slot>, u64)> {
        self.proxy()?.server(r#use)
    }

    /// The straight way to the instance, if there is one; the caller's context is still to be compared.
    #[inline]
    pub(super) fn shortcut(&self) -> Option<Shortcut<'_>> {
        let instance = &**self.shortcut.get()?;
        let (context, from) = self.proxy.as_ref()?.open_context()?;
        Some(Shortcut { instance, context, from })
    }

    /// Lets later calls go straight to `instance`.
    pub(super) fn set_shortcut(&self, instance: Arc<dyn Object>) {
        let _ = self.shortcut.set(instance);
    }

    /// The instance for the first call, if this thread has lent the context: it finds the component without help.
    #[inline]
    pub(super) fn first_call(&self) -> Option<FirstCall<'_>> {
        if self.called.load(Ordering::Relaxed) {
            return None;
        }
        self.called.store(true, Ordering::Relaxed);
        let (context, from) = self.proxy.as_ref()?.open_context()?;
        let component = context.properties.component().filter(|_| context.properties.plain)?;
        thread::look(|binding| binding.com.as_ref()?.spares.have_lent(component, context.number()).then_some(()))?;
        Some(FirstCall { instance: component.only_instance()?, context, from })
    }

    /// The instance has panicked, and serves no more: the next call finds out, step by step.
    #[cold]
    pub(super) fn lose_instance(&self) {
        if let Some(proxy) = &self.proxy {
            proxy.lose_instance();
        }
    }

    /// Gives it up, and waits until the object knows.
    ///
    /// # Errors
    /// What keeps a call from being made into the object's context.
    pub(super) fn release(mut self) -> Result<()> {
        drop(self.shortcut.take());
        self.proxy.take().and_then(Arc::into_inner).map_or(Ok(()), Proxy::release)
    }
}

impl Clone for Indirect {
    fn clone(&self) -> Self {
        Self {
            proxy: self.proxy.clone(),
            shortcut: self.shortcut.clone(),
            called: AtomicBool::new(self.called.load(Ordering::Relaxed)),
        }
    }
}

impl PartialEq for Indirect {
    fn eq(&self, other: &Self) -> bool {
        self.proxy.as_ref().zip(other.proxy.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b))
    }
}

impl Drop for Indirect {
    fn drop(&mut self) {
        drop(self.shortcut.take()); // the component still has the instance, if it still has one
        if let Some(proxy) = self.proxy.take() {
            spare::let_go(proxy);
        }
    }
}
