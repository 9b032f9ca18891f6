//! A reference on its way from one context to another, as an argument or a result of a call (ACT 8.1 I1).

use super::super::{Holder, Kind, Object, Reference, Residence, Slot};
use crate::thread;
use complus_core::{
    error::{MarshalError, Result},
    rules::{activity_lock::Call, connection::Cause, marshal::Hold},
};
use complus_sync::Arc;
use std::fmt;
use uuid::Uuid;

/// A reference between two contexts: a packet for one use that needs no stream. Dropped unused, it gives back what it
/// holds.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::attribute::ApartmentModel;
/// # use std::sync::Arc;
/// # struct Account;
/// # impl Object for Account { fn supports(&self, _: uuid::Uuid) -> bool { false } }
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// # let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
/// let account = Reference::new(Arc::new(Account))?;
/// let on_its_way = account.marshal_for(iid::UNKNOWN)?;
/// assert_eq!(on_its_way.unmarshal()?, account); // home again, the object itself
/// # Ok::<(), complus_core::Error>(())
/// ```
#[must_use = "dropped, it gives back what it holds"]
pub struct Marshaled {
    content: Content,
    interface: Uuid,
}

enum Content {
    /// The same in every context of its process, where it has this residence.
    Free(Arc<dyn Object>, Residence),
    Standard {
        slot: Arc<Slot>,
        epoch: u64,
    },
    /// Unmarshaled.
    Nothing,
}

impl Reference {
    /// The reference as it travels with a call, for `interface`.
    ///
    /// # Errors
    /// As for [`marshal`](Self::marshal).
    pub fn marshal_for(&self, interface: Uuid) -> Result<Marshaled> {
        self.may_marshal(interface)?;
        let content = match self.free_at_home() {
            Some((object, residence)) => Content::Free(object.clone(), residence.clone()),
            None => {
                let (slot, epoch) = self.connect(Hold::Strong)?;
                Content::Standard { slot, epoch }
            }
        };
        Ok(Marshaled { content, interface })
    }
}

impl Marshaled {
    /// What holds a strong reference to the object of `slot`.
    pub(crate) fn standard(slot: Arc<Slot>, epoch: u64, interface: Uuid) -> Self {
        Self { content: Content::Standard { slot, epoch }, interface }
    }

    /// The reference in the current context: the object itself at home, a proxy elsewhere.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED; E_NOINTERFACE.
    pub fn unmarshal(mut self) -> Result<Reference> {
        let holder = Holder::current()?;
        match std::mem::replace(&mut self.content, Content::Nothing) {
            Content::Free(object, residence) => {
                let (_, process) = thread::here()?;
                if Arc::ptr_eq(&process, &residence.context.process) {
                    return Reference::here(object)?.query(self.interface);
                }
                let slot = residence.context.process.references.slot(&object, &residence);
                let epoch = slot.connect(&object, Hold::Strong);
                Ok(super::proxy(&process, holder, &slot, epoch, Hold::Strong))
            }
            Content::Standard { slot, epoch } if slot.holder() == holder => {
                let reference = Reference::raw(&slot);
                slot.release(epoch, Hold::Strong, Cause::UnmarshaledAtHome).deliver(Call::FinalRelease);
                reference
            }
            Content::Standard { slot, epoch } => {
                let (_, process) = thread::here()?;
                Ok(super::proxy(&process, holder, &slot, epoch, Hold::Strong))
            }
            Content::Nothing => Err(MarshalError::NotConnected.into()),
        }
    }
}

impl Drop for Marshaled {
    fn drop(&mut self) {
        if let Content::Standard { slot, epoch } = &self.content {
            slot.release(*epoch, Hold::Strong, Cause::PacketReleased).deliver(Call::FinalRelease);
        }
    }
}

impl fmt::Debug for Marshaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marshaled").field("interface", &self.interface).finish_non_exhaustive()
    }
}

const _: () = {
    // It travels with calls.
    const fn travels<T: Send + Sync + 'static>() {}
    travels::<(Marshaled, Reference, Kind)>();
};
