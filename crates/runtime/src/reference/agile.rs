//! Agile references: what can be resolved in every apartment (SYN 10.5).

use super::{Holder, Object, Reference, Slot, iid, marshal, slot};
use crate::thread;
use complus_core::{
    attribute::AgileReferenceOptions,
    error::{MarshalError, Result},
    rules::{
        activity_lock::Call,
        agility,
        connection::Cause,
        marshal::{Hold, Pointer},
    },
};
use complus_sync::{Arc, Mutex};
use std::fmt;
use uuid::Uuid;

/// IAgileReference: keeps an object, and gives a reference to it in whatever context it is resolved. It may be used and
/// dropped anywhere. Clones are the same.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::attribute::*;
/// # use std::sync::Arc;
/// # struct Account;
/// # impl Object for Account { fn supports(&self, _: uuid::Uuid) -> bool { false } }
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// # let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded)?;
/// let account = Reference::new(Arc::new(Account))?;
/// let agile = AgileReference::new(&account, iid::UNKNOWN, AgileReferenceOptions::Default)?;
/// assert_eq!(agile.resolve(iid::UNKNOWN)?, account);
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone)]
pub struct AgileReference(Arc<Inner>);

struct Inner {
    /// Where it was made.
    maker: Holder,
    state: Mutex<State>,
}

#[derive(Clone)]
enum State {
    /// Of an object that is the same in every context.
    Free(Arc<dyn Object>),
    /// Not marshaled yet.
    Delayed(Reference),
    /// Connected since then.
    Marshaled(Arc<Slot>, u64),
}

impl AgileReference {
    /// RoGetAgileReference.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED; E_NOINTERFACE; CO_E_NOT_SUPPORTED for an object with INoMarshal; those of
    /// [`Reference::call`] that concern the reference.
    pub fn new(reference: &Reference, interface: Uuid, options: AgileReferenceOptions) -> Result<Self> {
        Self::numbered(reference, interface, options.value())
    }

    /// The same by the number of the option.
    ///
    /// # Errors
    /// Also E_INVALIDARG for a number that is no option.
    pub(crate) fn numbered(reference: &Reference, interface: Uuid, option: i32) -> Result<Self> {
        let maker = Holder::current();
        let asked = maker.is_ok().then(|| reference.query(interface).is_ok());
        let refuses = maker.is_ok() && reference.may_marshal(interface) == Err(MarshalError::NotSupported.into());
        let option = agility::reference(maker.is_ok(), option, asked.unwrap_or(false), refuses)?;
        let state = match (reference.free_object(), option) {
            (Some(object), _) => State::Free(object.clone()),
            (None, AgileReferenceOptions::DelayedMarshal) => State::Delayed(reference.clone()),
            (None, AgileReferenceOptions::Default) => {
                reference.may_marshal(interface)?;
                let (slot, epoch) = reference.connect(Hold::Strong)?;
                State::Marshaled(slot, epoch)
            }
        };
        Ok(Self(Arc::new(Inner { maker: maker?, state: Mutex::new(state) })))
    }

    /// Resolve: a reference that is valid in the current context: the one it was made of where it was made, a proxy
    /// elsewhere, the object itself everywhere if it is free-threaded.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED; RPC_E_DISCONNECTED when the object was let go of; E_NOINTERFACE.
    pub fn resolve(&self, interface: Uuid) -> Result<Reference> {
        let holder = Holder::current()?;
        let (_, process) = thread::here()?;
        let state = self.0.state.lock().clone();
        let (slot, epoch) = match state {
            State::Free(object) => return Reference::here(object)?.query(interface),
            State::Delayed(reference) if holder == self.0.maker => return reference.query(interface),
            State::Delayed(reference) => self.marshal(&reference)?,
            State::Marshaled(slot, epoch) => (slot, epoch),
        };
        slot.object(epoch)?;
        let (itself, through_proxy) = slot::supports(&slot, interface);
        let (reference, supports) = match agility::resolve(slot.holder() == holder, false) {
            Pointer::Raw => (Reference::raw(&slot)?, itself),
            Pointer::Proxy | Pointer::DeadProxy => {
                (marshal::proxy(&process, holder, &slot, epoch, Hold::None), through_proxy)
            }
        };
        if supports { Ok(reference) } else { Err(MarshalError::NoInterface.into()) }
    }
}

impl AgileReference {
    /// Connects what was not marshaled yet; nothing is locked meanwhile, as the object may be told.
    fn marshal(&self, reference: &Reference) -> Result<(Arc<Slot>, u64)> {
        let (slot, epoch) = reference.connect_from_elsewhere()?;
        let mut state = self.0.state.lock();
        let (before, surplus) = match &*state {
            State::Delayed(_) => (std::mem::replace(&mut *state, State::Marshaled(slot.clone(), epoch)), false),
            State::Free(_) | State::Marshaled(..) => (state.clone(), true), // Another thread was faster.
        };
        drop(state);
        drop(before);
        if surplus {
            slot.release(epoch, Hold::Strong, Cause::PacketReleased).deliver(Call::FinalRelease);
        }
        Ok((slot, epoch))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let State::Marshaled(slot, epoch) = self.state.get_mut() {
            slot.release(*epoch, Hold::Strong, Cause::PacketReleased).deliver(Call::FinalRelease);
        }
    }
}

/// It is itself an object that is the same everywhere.
impl Object for AgileReference {
    fn supports(&self, interface: Uuid) -> bool {
        interface == iid::AGILE_REFERENCE
    }

    fn is_free_threaded(&self) -> bool {
        true
    }
}

impl fmt::Debug for AgileReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgileReference").finish_non_exhaustive()
    }
}
