//! A proxy: how a context holds an object that lives in another one.

use super::{Holder, Object, slot::Slot};
use crate::{activation::Configured, component::Component, interception::Context, process::ProcessState};
use complus_core::{
    error::{Error, Result},
    rules::{
        activity_lock::Call,
        call_out::{Failure, Use, seen_by_caller},
        connection::Cause,
        marshal::Hold,
    },
};
use complus_sync::{
    Arc, Weak,
    atomic::{AtomicU8, Ordering},
};

/// One context's hold on an object. AddRef and Release are local until the last one (ACT 8.1 I6).
pub(crate) struct Proxy {
    holder: Holder,
    /// The object, and since when; none for one that is gone.
    server: Option<(Arc<Slot>, u64)>,
    state: AtomicU8,
    /// The process in whose table it stands.
    process: Weak<ProcessState>,
}

/// It holds a strong reference.
const HOLDS: u8 = 0;
/// It never did, or gave it back.
const EMPTY: u8 = 1;
/// The apartment that it belonged to has ended.
const STALE: u8 = 2;

impl Proxy {
    /// The proxy of `holder` for an object. A strong reference is handed over to it, and given back if it has one.
    pub(super) fn connected(process: &Arc<ProcessState>, holder: Holder, slot: &Arc<Slot>, epoch: u64) -> Arc<Self> {
        let make = || Self {
            holder,
            server: Some((slot.clone(), epoch)),
            state: AtomicU8::new(HOLDS),
            process: Arc::downgrade(process),
        };
        let (proxy, is_new) = process.references.proxy(holder, slot, epoch, make);
        if !is_new {
            slot.release(epoch, Hold::Strong, Cause::PacketReleased).deliver(Call::FinalRelease);
        }
        proxy
    }

    /// A proxy without object: every call on it is RPC_E_DISCONNECTED.
    pub(super) fn dead(holder: Holder) -> Arc<Self> {
        Arc::new(Self { holder, server: None, state: AtomicU8::new(EMPTY), process: Weak::new() })
    }

    /// The context that it belongs to.
    pub(crate) fn holder(&self) -> Holder {
        self.holder
    }

    /// The object's slot, and since when it is connected, if the proxy may be used here. A stale one belongs nowhere.
    ///
    /// # Errors
    /// CO_E_OBJNOTCONNECTED after the end of its apartment; RPC_E_WRONG_THREAD, CO_E_NOTINITIALIZED; RPC_E_DISCONNECTED
    /// for one without object.
    pub(crate) fn server(&self, r#use: Use) -> Result<(&Arc<Slot>, u64)> {
        if self.state.load(Ordering::Acquire) == STALE {
            return Err(seen_by_caller(Failure::CallersApartmentGone).into());
        }
        self.holder.may_use(r#use)?;
        let gone = || Error::from(seen_by_caller(Failure::Disconnected));
        self.server.as_ref().map(|(slot, epoch)| (slot, *epoch)).ok_or_else(gone)
    }

    /// The object's context and the number of its own one, if it holds the object still.
    #[inline]
    pub(super) fn open_context(&self) -> Option<(&Context, u64)> {
        let (slot, epoch) = self.server.as_ref()?;
        let open = self.state.load(Ordering::Acquire) == HOLDS && slot.is_still_held(*epoch);
        open.then_some((&slot.residence.context, self.holder.context))
    }

    /// The object.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED.
    pub(super) fn object(&self) -> Result<Arc<dyn Object>> {
        let (slot, epoch) = self.server.as_ref().ok_or(seen_by_caller(Failure::Disconnected))?;
        Ok(slot.object(*epoch)?)
    }

    /// Ends the instance of the component behind it; no call goes straight there any more.
    pub(super) fn lose_instance(&self) {
        if let (Some((slot, _)), Some(component)) = (&self.server, self.component()) {
            slot.close_shortcuts();
            component.destroy();
        }
    }

    /// The object's context.
    pub(super) fn context(&self) -> Option<&Arc<Context>> {
        Some(&self.server.as_ref()?.0.residence.context)
    }

    /// The component that lives there.
    pub(super) fn component(&self) -> Option<&Arc<Component>> {
        self.context()?.properties.component()
    }

    /// Whether it is the only reference that there ever was to a component in a plain context without activity, to which
    /// nobody else refers: it can be kept for another object.
    #[inline]
    pub(super) fn is_alone(self: &Arc<Self>) -> bool {
        let Some((slot, epoch)) = self.server.as_ref().filter(|_| Arc::strong_count(self) == 1) else { return false };
        let context = &slot.residence.context;
        context.properties.plain
            && context.properties.lock.is_none()
            && self.state.load(Ordering::Acquire) == HOLDS
            && slot.has_one_holder(*epoch)
            && Arc::strong_count(context) == 1
            && context.properties.component().is_some_and(Component::is_alone)
    }

    /// Whether it was kept for objects of this class that are wanted from the context `from`.
    pub(super) fn is_spare_of(&self, configured: &Arc<Configured>, from: u64) -> bool {
        let of_class = |component: &Arc<Component>| Arc::ptr_eq(&component.configured, configured);
        self.holder.context == from && self.open_context().is_some() && self.component().is_some_and(of_class)
    }

    /// One more strong reference to its object, wherever this thread is.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED.
    pub(super) fn reconnect(&self) -> Result<(Arc<Slot>, u64)> {
        let (slot, epoch) = self.server.as_ref().ok_or(seen_by_caller(Failure::Disconnected))?;
        slot.reconnect(*epoch, Hold::Strong)?;
        Ok((slot.clone(), *epoch))
    }

    /// Gives back what it holds, and waits until the object knows.
    ///
    /// # Errors
    /// What keeps a call from being made into the object's context.
    pub(super) fn release(self) -> Result<()> {
        match (self.state.swap(EMPTY, Ordering::AcqRel), &self.server) {
            (HOLDS, Some((slot, epoch))) => slot.release(*epoch, Hold::Strong, Cause::ProxyReleased).deliver_and_wait(),
            _ => Ok(()),
        }
    }

    /// Its apartment ends: gives back what it holds; it is of no use afterwards.
    pub(super) fn end(&self) {
        self.give_back(STALE, Call::CleanupRelease);
    }

    fn give_back(&self, after: u8, call: Call) {
        if self.state.swap(after, Ordering::AcqRel) == HOLDS
            && let Some((slot, epoch)) = &self.server
        {
            slot.release(*epoch, Hold::Strong, Cause::ProxyReleased).deliver(call);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let (Some((slot, epoch)), Some(process)) = (&self.server, self.process.upgrade()) {
            process.references.forget_proxy(self.holder, slot, *epoch, self);
        }
        self.give_back(EMPTY, Call::FinalRelease);
    }
}
