//! The references of a process: slots of its objects, proxies in its contexts, and what keeps them.

use super::{
    Holder, Object, Residence, itself::Known, marshal::FreePackets, proxy::Proxy, slot::Slot, table::GlobalTable,
};
use crate::component;
use complus_sync::{Arc, DashMap, Weak};

/// What the references of a process hang on.
#[derive(Default)]
pub(crate) struct References {
    /// A slot keeps the address of its object from being used again.
    slots: DashMap<Key, Weak<Slot>>,
    /// By their numbers.
    numbered: DashMap<u64, Weak<Slot>>,
    /// Those whose objects somebody holds from outside.
    kept: DashMap<u64, Arc<Slot>>,
    /// By context, number of the slot, and its epoch: one object has one proxy in a context (ACT 8.1 I3).
    proxies: DashMap<(u64, u64, u64), Weak<Proxy>>,
    pub(super) known: Known,
    pub(super) free: FreePackets,
    pub(super) table: GlobalTable,
}

/// Which slot it is: that of the object at an address, in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    address: usize,
    /// None for a component, which has but one context.
    context: Option<u64>,
}

impl Key {
    fn of(object: &Arc<dyn Object>, residence: &Residence) -> Self {
        let context = (!component::is_component(&**object)).then(|| residence.context.number());
        Self { address: address(Arc::as_ptr(object)), context }
    }
}

/// Where an object is: what tells it from others while it lives.
pub(super) fn address(object: *const dyn Object) -> usize {
    object.cast::<()>() as usize
}

impl References {
    /// The slot of an object in its context, made if need be.
    pub(super) fn slot(&self, object: &Arc<dyn Object>, residence: &Residence) -> Arc<Slot> {
        let key = Key::of(object, residence);
        if let Some(slot) = self.slots.get(&key).and_then(|slot| slot.upgrade()) {
            return slot;
        }
        // Made out here: asking the object is a call of foreign code.
        let number = residence.context.machine.new_context_number();
        let fresh = Slot::new(number, key, object, residence.clone());
        let mut entry = self.slots.entry(key).or_insert_with(|| Arc::downgrade(&fresh));
        let slot = match entry.upgrade() {
            Some(slot) => slot,
            None => {
                *entry = Arc::downgrade(&fresh);
                fresh.clone()
            }
        };
        drop(entry);
        self.numbered.insert(slot.number, Arc::downgrade(&slot));
        slot
    }

    /// The slot with this number, if it is there.
    pub(super) fn numbered(&self, number: u64) -> Option<Arc<Slot>> {
        self.numbered.get(&number)?.upgrade()
    }

    pub(super) fn keep(&self, slot: &Arc<Slot>) {
        self.kept.insert(slot.number, slot.clone());
    }

    pub(super) fn keep_no_longer(&self, slot: &Slot) {
        self.kept.remove(&slot.number);
    }

    /// Whether nobody holds an object from outside.
    pub(crate) fn is_unused(&self) -> bool {
        self.kept.is_empty()
    }

    /// A slot goes.
    pub(super) fn forget(&self, slot: &Slot) {
        self.numbered.remove(&slot.number);
        self.slots.remove_if(&slot.key, |_, other| std::ptr::eq(other.as_ptr(), slot));
    }

    /// The proxy of `holder` for the slot, made if need be; whether it was made.
    pub(super) fn proxy(
        &self,
        holder: Holder,
        slot: &Arc<Slot>,
        epoch: u64,
        make: impl FnOnce() -> Proxy,
    ) -> (Arc<Proxy>, bool) {
        let mut entry = self.proxies.entry((holder.context, slot.number, epoch)).or_default();
        if let Some(proxy) = entry.upgrade() {
            return (proxy, false);
        }
        let proxy = Arc::new(make());
        *entry = Arc::downgrade(&proxy);
        (proxy, true)
    }

    /// A proxy goes.
    pub(super) fn forget_proxy(&self, holder: Holder, slot: &Slot, epoch: u64, proxy: &Proxy) {
        let key = (holder.context, slot.number, epoch);
        self.proxies.remove_if(&key, |_, other| std::ptr::eq(other.as_ptr(), proxy));
    }

    /// An apartment ends: its proxies give back what they hold, its objects are let go of (SYN 6.2). Without effect
    /// the second time.
    pub(crate) fn apartment_ended(&self, apartment: u64) {
        // Taken out first: what follows calls foreign code.
        let proxies: Vec<Arc<Proxy>> = self.proxies.iter().filter_map(|proxy| proxy.upgrade()).collect();
        proxies.iter().filter(|proxy| proxy.holder().apartment == apartment).for_each(|proxy| proxy.end());
        let slots: Vec<Arc<Slot>> = self.kept.iter().map(|slot| slot.value().clone()).collect();
        slots.iter().filter(|slot| slot.holder().apartment == apartment).for_each(|slot| slot.disconnect().clean_up());
    }
}
