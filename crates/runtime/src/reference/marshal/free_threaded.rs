//! The free-threaded marshaler: in its process an object is marshaled as itself (SYN 10.5).

use super::{
    Stream,
    packet::{self, FREE_MARSHALER, STANDARD_MARSHALER, STANDARD_SIZE},
};
use crate::{
    machine::Machine,
    process::ProcessState,
    reference::{Object, Reference, registry::address},
    thread,
};
use complus_core::{
    attribute::{MarshalContext, MarshalFlags},
    error::{MarshalError, Result},
    rules::{
        agility::{self, PACKET_SIZE, Unmarshaler},
        marshal::{Hold, Stage},
    },
};
use complus_sync::{Arc, DashMap, Weak};
use uuid::Uuid;

/// What the packets of the free-threaded marshaler hold, by the address of the object. Nobody counts their uses.
#[derive(Default)]
pub(crate) struct FreePackets(DashMap<usize, Held>);

struct Held {
    object: Weak<dyn Object>,
    packets: Vec<Arc<dyn Object>>,
}

impl FreePackets {
    fn hold(&self, object: &Arc<dyn Object>, hold: Hold) -> usize {
        // Those that are gone make room: their addresses may be used again.
        self.0.retain(|_, held| held.object.strong_count() > 0);
        let key = address(Arc::as_ptr(object));
        let fresh = || Held { object: Arc::downgrade(object), packets: Vec::new() };
        let mut held = self.0.entry(key).or_insert_with(fresh);
        if hold == Hold::Strong {
            held.packets.push(object.clone());
        }
        key
    }

    fn find(&self, key: usize) -> Option<Arc<dyn Object>> {
        self.0.get(&key)?.object.upgrade()
    }

    /// Gives back what one packet held, if any does.
    fn give_back(&self, key: usize) -> Option<Arc<dyn Object>> {
        self.0.get_mut(&key)?.packets.pop()
    }
}

/// Writes what a free packet is made of: flags, the pointer, and the secret of the process.
pub(super) fn write(object: &Arc<dyn Object>, flags: MarshalFlags, stream: &Stream) -> Result<()> {
    let (machine, process) = thread::here()?;
    let pointer = process.references.free.hold(object, agility::hold(flags, Stage::Fresh)) as u64;
    stream.write(&flags.value().to_le_bytes());
    stream.write(&pointer.to_le_bytes());
    stream.write(&secret(&machine, &process).to_bytes_le());
    Ok(())
}

/// Reads it back: the object itself. A normal packet is spent by it, which nobody enforces.
///
/// # Errors
/// RPC_E_INVALID_OBJREF for one of another process, CO_E_OBJNOTCONNECTED when the object is gone, E_NOINTERFACE.
pub(super) fn unmarshal(stream: &Stream, interface: Uuid) -> Result<Reference> {
    let (flags, key, process) = read(stream)?;
    let object = process.references.free.find(key).ok_or(MarshalError::NotConnected)?;
    if agility::hold(flags, Stage::Used) == Hold::None {
        drop(process.references.free.give_back(key));
    }
    Reference::here(object)?.query(interface)
}

/// Gives back what the packet holds.
///
/// # Errors
/// RPC_E_INVALID_OBJREF for one of another process.
pub(super) fn release(stream: &Stream) -> Result<()> {
    let (flags, key, process) = read(stream)?;
    if agility::hold(flags, Stage::Fresh) == Hold::Strong {
        drop(process.references.free.give_back(key));
    }
    Ok(())
}

fn read(stream: &Stream) -> Result<(MarshalFlags, usize, Arc<ProcessState>)> {
    let (machine, process) = thread::here()?;
    let flags = i32::from_le_bytes(stream.read()?);
    let pointer = u64::from_le_bytes(stream.read()?);
    let is_ours = packet::guid(stream)? == secret(&machine, &process);
    match (MarshalFlags::try_from(flags), usize::try_from(pointer)) {
        (Ok(flags), Ok(key)) if is_ours => Ok((flags, key, process)),
        _ => Err(MarshalError::InvalidPacket.into()),
    }
}

/// What only packets of this process know.
fn secret(machine: &Machine, process: &ProcessState) -> Uuid {
    machine.process_id(process).guid()
}

/// What CoCreateFreeThreadedMarshaler makes, for objects that want to call it themselves; those that answer
/// [`Object::is_free_threaded`] need not.
#[derive(Clone, Copy, Debug, Default)]
pub struct FreeThreadedMarshaler;

impl FreeThreadedMarshaler {
    /// GetUnmarshalClass: the class that reads what is written for `destination`.
    pub fn unmarshal_class(self, destination: MarshalContext) -> Uuid {
        match agility::unmarshaler(destination) {
            Unmarshaler::Free => FREE_MARSHALER,
            Unmarshaler::Standard => STANDARD_MARSHALER,
        }
    }

    /// GetMarshalSizeMax: how many bytes that are.
    pub fn size_max(self, destination: MarshalContext) -> u32 {
        match agility::unmarshaler(destination) {
            Unmarshaler::Free => PACKET_SIZE,
            Unmarshaler::Standard => STANDARD_SIZE,
        }
    }

    /// MarshalInterface: within the process the object itself, else as the standard marshaler does.
    ///
    /// # Errors
    /// As for [`Reference::marshal`].
    pub fn marshal(
        self,
        reference: &Reference,
        interface: Uuid,
        destination: MarshalContext,
        flags: MarshalFlags,
        stream: &Stream,
    ) -> Result<()> {
        match reference.direct_object() {
            Some(object) if agility::unmarshaler(destination) == Unmarshaler::Free => write(object, flags, stream),
            _ => super::marshal_standard(reference, interface, destination, flags, stream),
        }
    }

    /// UnmarshalInterface.
    ///
    /// # Errors
    /// As for [`Stream::unmarshal`].
    pub fn unmarshal(self, stream: &Stream, interface: Uuid) -> Result<Reference> {
        unmarshal(stream, interface)
    }

    /// ReleaseMarshalData.
    ///
    /// # Errors
    /// STG_E_READFAULT, RPC_E_INVALID_OBJREF.
    pub fn release(self, stream: &Stream) -> Result<()> {
        release(stream)
    }

    /// DisconnectObject: without effect, as nothing is connected.
    pub fn disconnect(self) {}
}
