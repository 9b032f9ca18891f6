//! How the code of an object finds the reference that others hold to it (ACT 8.1 I5).
//!
//! COM's `this` can be handed out; Rust's `&self` cannot, since nobody knows who counts it. So a process remembers the
//! objects that were given out as they are, by the place of `self` in their methods. An object in a context of its own is
//! found by that context, which knows what others hold in its place.

use super::{Holder, Marshaled, Object, Reference, iid};
use crate::{
    component::{self, Component},
    thread,
};
use complus_core::{
    error::{CallError, ComponentError, Result},
    rules::marshal::Hold,
};
use complus_sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicUsize, Ordering},
};
use std::{any::Any, collections::HashMap};

impl Reference {
    /// SafeRef: the reference that others hold to `object`, whose method runs; to be passed on, or kept for later. In its
    /// own context it is no proxy, and over a border it is translated as any reference is.
    ///
    /// For a component with a context of its own, and for a pooled one, it is to the object that stays while instances come
    /// and go, not to the instance. Calls on it from within are direct: they go to the active instance, count as part of the
    /// call that is running, and neither activate, nor deactivate, nor touch the flags. Where another context was entered
    /// since, as that of a service domain, such a component is a proxy there, while an object that shares a context with
    /// others becomes one of that context, like a plain pointer.
    ///
    /// It counts as any other does. An object that keeps it keeps itself, for ever.
    ///
    /// ```
    /// use complus_runtime::{Method, Object, Reference};
    /// # use complus_runtime::{Apartment, Runtime, iid};
    /// # use complus_core::attribute::ApartmentModel;
    /// # use std::sync::Arc;
    /// # let runtime = Runtime::builder().build()?;
    /// # let _bound = runtime.enter();
    /// # let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
    /// # const METHOD: Method = Method { interface: iid::UNKNOWN, number: 3 };
    /// # struct Account;
    /// # impl Object for Account {
    /// #     fn supports(&self, _: uuid::Uuid) -> bool {
    /// #         false
    /// #     }
    /// # }
    /// let account = Reference::new(Arc::new(Account))?;
    /// let itself = account.call(METHOD, Reference::to_self)?;
    /// assert_eq!(itself, account);
    /// # Ok::<(), complus_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// E_UNEXPECTED for an object that nobody can have a reference to: in its constructor and in Construct, from Deactivate
    /// on, while it is dropped, and if it was never given out; RPC_E_DISCONNECTED when it was let go of meanwhile;
    /// CO_E_NOTINITIALIZED when the thread is in no apartment.
    pub fn to_self(object: &dyn Object) -> Result<Self> {
        let kind = Any::type_id(object);
        Self::found(object.self_address(), |it| std::ptr::addr_eq(it, object) && Any::type_id(it) == kind)
    }

    /// The same for the object that `is_it` holds of, with this [`Object::self_address`].
    ///
    /// # Errors
    /// As for [`to_self`](Self::to_self).
    pub(crate) fn found(address: usize, is_it: impl Fn(&dyn Object) -> bool) -> Result<Self> {
        let holder = Holder::current()?;
        let (components, process) = thread::bound(|binding| (binding.components(), binding.process.clone()))?;
        if let Some(component) = components.iter().find(|component| component.has_instance(&is_it)) {
            return Self::of_component(component, holder);
        }
        let known = process.and_then(|process| process.references.known.find(address));
        match known.filter(|known| component::stands_for(&**known, &is_it)) {
            Some(object) => Self::here(object),
            None => Err(ComponentError::NotGivenOut.into()),
        }
    }

    /// What others hold of a component with a context of its own, for the context `holder`, the current one.
    fn of_component(component: &Component, holder: Holder) -> Result<Self> {
        let (object, context) = component.given_out().ok_or(CallError::Disconnected)?;
        if context.number() == holder.context || object.is_free_threaded() {
            return Self::in_context(object, context);
        }
        let residence = super::Residence { apartment: holder.apartment, context };
        let slot = residence.context.process.references.slot(&object, &residence);
        let epoch = slot.connect(&object, Hold::Strong);
        Marshaled::standard(slot, epoch, iid::UNKNOWN).unmarshal()
    }
}

/// The objects of a process that were given out as they are, or what stands for them. Those that are gone are forgotten
/// whenever there are twice as many as at the last look, so that it costs each of them the same.
#[derive(Default)]
pub(super) struct Known {
    table: Mutex<Table>,
    /// The address of the one that came last, while it is remembered: a class may give out the same one time and again.
    last: AtomicUsize,
}

#[derive(Default)]
struct Table {
    by_address: HashMap<usize, Weak<dyn Object>>,
    look_at: usize,
}

impl Known {
    /// Few enough to keep.
    const FEW: usize = 16;

    /// Remembers it.
    pub(super) fn add(&self, object: &Arc<dyn Object>) {
        let address = object.self_address(); // Asked out here: it is foreign code.
        // What is remembered keeps its address from being used again.
        if self.last.load(Ordering::Acquire) == address {
            return;
        }
        let mut table = self.table.lock();
        let mut gone = Vec::new();
        if table.by_address.len() >= table.look_at.max(Self::FEW) {
            gone.extend(table.by_address.extract_if(|_, object| object.strong_count() == 0));
            table.look_at = table.by_address.len() * 2;
        }
        let before = table.by_address.insert(address, Arc::downgrade(object));
        self.last.store(address, Ordering::Release);
        drop(table);
        drop((gone, before)); // now that none of them is the last one
    }

    fn find(&self, address: usize) -> Option<Arc<dyn Object>> {
        self.table.lock().by_address.get(&address)?.upgrade()
    }
}
