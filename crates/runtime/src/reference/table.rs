//! The global interface table of a process (SYN 10.4).

use super::{Holder, Object, Reference, Slot, iid, marshal, proxy::Proxy, slot};
use crate::thread;
use complus_core::{
    attribute::MarshalFlags,
    error::{MarshalError, Result},
    rules::{
        activity_lock::Call,
        connection::Cause,
        interface_table::{self, REFERENCE_COUNT, Reader},
        marshal::{self as rules, At, Hold, Packet, Pointer, Stage},
    },
};
use complus_sync::{
    Arc, DashMap, Weak,
    atomic::{AtomicU32, Ordering},
};
use uuid::Uuid;

/// What is registered in a process.
#[derive(Default)]
pub(crate) struct GlobalTable {
    last: AtomicU32,
    entries: DashMap<u32, Entry>,
}

/// A table-strong packet.
#[derive(Clone)]
enum Entry {
    /// Of an object that is the same in every context.
    Free(Arc<dyn Object>),
    /// Of any other, since when it is connected.
    Standard(Weak<Slot>, u64),
}

/// IGlobalInterfaceTable: cookies in place of references, for those who keep them across apartments. There is one table
/// in each process; nobody owns it.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::attribute::ApartmentModel;
/// # use std::sync::Arc;
/// # struct Account;
/// # impl Object for Account { fn supports(&self, _: uuid::Uuid) -> bool { false } }
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// # let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded)?;
/// let account = Reference::new(Arc::new(Account))?;
/// let cookie = GlobalInterfaceTable.register(&account, iid::UNKNOWN)?;
/// assert_eq!(GlobalInterfaceTable.get(cookie, iid::UNKNOWN)?, account);
/// GlobalInterfaceTable.revoke(cookie)?;
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct GlobalInterfaceTable;

impl GlobalInterfaceTable {
    /// RegisterInterfaceInGlobal: a cookie, never zero, that keeps the object until it is revoked.
    ///
    /// # Errors
    /// As for [`Reference::marshal`].
    pub fn register(self, reference: &Reference, interface: Uuid) -> Result<u32> {
        let (_, process) = thread::here()?;
        Holder::current()?;
        reference.may_marshal(interface)?;
        let entry = match reference.free_object() {
            Some(object) => Entry::Free(object.clone()),
            None => {
                let (slot, epoch) = reference.connect(Hold::Strong)?;
                Entry::Standard(Arc::downgrade(&slot), epoch)
            }
        };
        let table = &process.references.table;
        let cookie = table.last.fetch_add(1, Ordering::Relaxed) + 1;
        table.entries.insert(cookie, entry);
        Ok(cookie)
    }

    /// GetInterfaceFromGlobal: a reference that is valid in the current context, for any interface of the object.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED; E_INVALIDARG for a cookie that was never given out or is revoked; CO_E_OBJNOTREG when the
    /// object was disconnected; E_NOINTERFACE.
    pub fn get(self, cookie: u32, interface: Uuid) -> Result<Reference> {
        let (_, process) = thread::here()?;
        let holder = Holder::current();
        let entry = process.references.table.entries.get(&cookie).map(|entry| entry.value().clone());
        let Ok(holder) = holder else {
            return Err(interface_table::get(Reader::Nowhere, entry.is_some(), false, false)
                .map_or_else(Into::into, |_: Pointer| MarshalError::NotInitialized.into()));
        };
        match entry {
            None => Err(MarshalError::UnknownCookie.into()),
            Some(Entry::Free(object)) => {
                let supports = super::object::object_supports(&*object, interface);
                interface_table::get(Reader::Other, true, supports, true)?;
                Reference::here(object)
            }
            Some(Entry::Standard(slot, epoch)) => {
                let slot = slot.upgrade().filter(|slot| slot.is_connected(epoch));
                let Some(slot) = slot else { return Err(gone().into()) };
                let (itself, through_proxy) = slot::supports(&slot, interface);
                let at_home = slot.holder() == holder;
                let (reader, supports) = if at_home { (Reader::Owner, itself) } else { (Reader::Other, through_proxy) };
                Ok(match interface_table::get(reader, true, supports, false)? {
                    Pointer::Raw => Reference::raw(&slot)?,
                    Pointer::Proxy => marshal::proxy(&process, holder, &slot, epoch, Hold::None),
                    Pointer::DeadProxy => Proxy::dead(holder).into(),
                })
            }
        }
    }

    /// RevokeInterfaceFromGlobal, from any apartment.
    ///
    /// # Errors
    /// E_INVALIDARG for a cookie that was never given out or is revoked.
    pub fn revoke(self, cookie: u32) -> Result<()> {
        let (_, process) = thread::here()?;
        let entry = process.references.table.entries.remove(&cookie);
        interface_table::revoke(entry.is_some())?;
        if let Some((_, Entry::Standard(slot, epoch))) = entry
            && let Some(slot) = slot.upgrade()
        {
            slot.release(epoch, Hold::Strong, Cause::PacketReleased).deliver(Call::FinalRelease);
        }
        Ok(())
    }

    /// AddRef: the table counts nobody.
    pub fn add_ref(self) -> u32 {
        REFERENCE_COUNT
    }

    /// Release: the table counts nobody.
    pub fn release(self) -> u32 {
        REFERENCE_COUNT
    }
}

/// What unmarshaling a table-strong packet of an object says that was let go of.
fn gone() -> MarshalError {
    let packet = Packet { flags: MarshalFlags::TableStrong, stage: Stage::Used };
    let object = rules::Object { connected: false, supports: false };
    packet.unmarshal(At::Abroad, object, false, &mut ()).1.err().unwrap_or(MarshalError::NotRegistered)
}

/// The table as an object, which CoCreateInstance(CLSID_StdGlobalInterfaceTable) gives.
impl Object for GlobalInterfaceTable {
    fn supports(&self, interface: Uuid) -> bool {
        interface == iid::GLOBAL_INTERFACE_TABLE
    }

    fn is_free_threaded(&self) -> bool {
        true
    }
}
