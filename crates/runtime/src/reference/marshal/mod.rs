//! Moving references to other contexts by packets in streams (SYN 10.2, 10.3).

mod free_threaded;
mod packet;
mod stream;
mod transfer;

pub(crate) use free_threaded::FreePackets;
pub use free_threaded::FreeThreadedMarshaler;
pub use stream::Stream;
pub use transfer::Marshaled;

use super::{
    Holder, Kind, Object, Reference, Slot, object,
    proxy::Proxy,
    slot::{self, PacketPlace},
};
use crate::{process::ProcessState, thread};
use complus_core::{
    attribute::{MarshalContext, MarshalFlags},
    error::{CallError, MarshalError, Result},
    rules::{
        activity_lock::Call,
        agility::{self, Unmarshaler},
        call_out::Use,
        connection::Cause,
        marshal::{self as rules, At, Hold, Packet, Pointer, Stage},
    },
};
use complus_sync::Arc;
use uuid::Uuid;

impl Reference {
    /// CoMarshalInterface: writes a packet for `interface` at the stream's position. A proxy's packet is for the object
    /// itself. For `destination` in the process, a free-threaded object is written as itself.
    ///
    /// # Errors
    /// E_NOINTERFACE when the object lacks the interface or nobody marshals it, CO_E_NOT_SUPPORTED for an object with
    /// INoMarshal; those of [`call`](Self::call) that concern the reference. Nothing is written then.
    pub fn marshal(
        &self,
        interface: Uuid,
        destination: MarshalContext,
        flags: MarshalFlags,
        stream: &Stream,
    ) -> Result<()> {
        Holder::current()?;
        match self.free_object() {
            Some(object) if agility::unmarshaler(destination) == Unmarshaler::Free => {
                self.may_marshal(interface)?;
                packet::write_free(stream, interface, agility::PACKET_SIZE);
                free_threaded::write(object, flags, stream)
            }
            _ => marshal_standard(self, interface, destination, flags, stream),
        }
    }

    /// Whether a packet for `interface` can be made.
    pub(super) fn may_marshal(&self, interface: Uuid) -> Result<()> {
        match &self.0 {
            Kind::Direct(direct) => {
                direct.may_use(Use::Method)?;
                may_marshal(direct.object()?, interface)
            }
            Kind::Proxy(proxy) => {
                let (slot, epoch) = proxy.server(Use::Method)?;
                may_marshal(&*slot.object(epoch)?, interface)
            }
        }
    }

    /// The object, where this is the object itself.
    fn direct_object(&self) -> Option<&Arc<dyn Object>> {
        match &self.0 {
            Kind::Direct(direct) => direct.object.as_ref(),
            Kind::Proxy(_) => None,
        }
    }
}

/// Whether a packet of an object for `interface` can be made.
pub(super) fn may_marshal(object: &dyn Object, interface: Uuid) -> Result<()> {
    if object.no_marshal() {
        return Err(MarshalError::NotSupported.into());
    }
    Ok(rules::marshal(true, object::is_marshalable(object, interface))?)
}

impl Stream {
    /// CoMarshalInterThreadInterfaceInStream: a stream with a packet for one use in this process, at its start.
    ///
    /// # Errors
    /// As for [`Reference::marshal`].
    pub fn between_threads(reference: &Reference, interface: Uuid) -> Result<Self> {
        let stream = Self::new();
        reference.marshal(interface, MarshalContext::InProcess, MarshalFlags::Normal, &stream)?;
        stream.rewind();
        Ok(stream)
    }

    /// CoUnmarshalInterface: reads a packet, and gives a reference that is valid in the current context: the object
    /// itself at home, a proxy elsewhere. A normal packet is spent by it, also when it fails.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED on a thread without apartment, STG_E_READFAULT at the end of the stream,
    /// RPC_E_INVALID_OBJREF for what is no packet, CO_E_OBJNOTCONNECTED for a normal packet that is spent,
    /// CO_E_OBJNOTREG for a table packet whose object is gone, E_NOINTERFACE.
    pub fn unmarshal(&self, interface: Uuid) -> Result<Reference> {
        let holder = self.ready()?;
        match packet::read(self)? {
            packet::Packet::Free { .. } => free_threaded::unmarshal(self, interface),
            packet::Packet::Standard(packet) => unmarshal_standard(&packet, interface, holder),
        }
    }

    /// CoReleaseMarshalData: reads a packet and gives back what it holds. Without effect the second time.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED, STG_E_READFAULT, RPC_E_INVALID_OBJREF.
    pub fn release_marshal_data(&self) -> Result<()> {
        self.ready()?;
        match packet::read(self)? {
            packet::Packet::Free { .. } => free_threaded::release(self),
            packet::Packet::Standard(packet) => {
                if let Some(slot) = find(&packet)? {
                    let place = PacketPlace::from_id(packet.pointer);
                    let released = slot.step_packet(place, spent(packet.flags), |packet, _| packet.release());
                    slot.release(place.epoch, released, Cause::PacketReleased).deliver(Call::FinalRelease);
                }
                Ok(())
            }
        }
    }

    fn ready(&self) -> Result<Holder> {
        let holder = Holder::current();
        rules::unmarshal_arguments(true, holder.is_ok(), self.is_at_end())?;
        holder
    }
}

/// A packet that the slot knows no more.
const fn spent(flags: MarshalFlags) -> Packet {
    Packet { flags, stage: Stage::Released }
}

/// Writes a packet of the standard marshaler.
fn marshal_standard(
    reference: &Reference,
    interface: Uuid,
    destination: MarshalContext,
    flags: MarshalFlags,
    stream: &Stream,
) -> Result<()> {
    reference.may_marshal(interface)?;
    let packet = Packet::new(flags);
    let (slot, epoch) = reference.connect(packet.hold())?;
    let in_process = matches!(destination, MarshalContext::InProcess | MarshalContext::CrossContext);
    let number = slot.enter_packet(packet, in_process);
    let standard = packet::Standard {
        interface,
        flags,
        exporter: slot.holder().apartment,
        object: slot.number,
        pointer: PacketPlace { epoch, number }.id(),
    };
    standard.write(stream);
    Ok(())
}

fn unmarshal_standard(packet: &packet::Standard, interface: Uuid, holder: Holder) -> Result<Reference> {
    let (machine, process) = thread::here()?;
    let strict = machine.compat.strict_misuse;
    let place = PacketPlace::from_id(packet.pointer);
    let Some(slot) = find(packet)? else {
        let at = if holder.apartment == packet.exporter { At::Home } else { At::Abroad };
        let gone = rules::Object { connected: false, supports: false };
        return match spent(packet.flags).unmarshal(at, gone, strict, &mut ()).1? {
            Pointer::DeadProxy => Ok(Proxy::dead(holder).into()),
            Pointer::Raw | Pointer::Proxy => Err(CallError::Disconnected.into()),
        };
    };
    let (itself, through_proxy) = slot::supports(&slot, interface);
    let (at, supports) = if slot.holder() == holder { (At::Home, itself) } else { (At::Abroad, through_proxy) };
    let (given_up, pointer) = slot.step_packet(place, spent(packet.flags), |packet, connected| {
        let (after, result) = packet.unmarshal(at, rules::Object { connected, supports }, strict, &mut ());
        let given_up = if after.hold() == packet.hold() { Hold::None } else { packet.hold() };
        (after, (given_up, result))
    });
    let cause = if at == At::Home { Cause::UnmarshaledAtHome } else { Cause::PacketReleased };
    match pointer {
        Ok(Pointer::Proxy) => Ok(proxy(&process, holder, &slot, place.epoch, given_up)),
        other => {
            let reference = match other {
                Ok(Pointer::Raw) => Reference::raw(&slot),
                Ok(_) => Ok(Proxy::dead(holder).into()),
                Err(error) => Err(error.into()),
            };
            slot.release(place.epoch, given_up, cause).deliver(Call::FinalRelease);
            reference
        }
    }
}

/// A proxy in the context of `holder`, which takes over a strong reference, or takes one of its own.
pub(super) fn proxy(
    process: &Arc<ProcessState>,
    holder: Holder,
    slot: &Arc<Slot>,
    epoch: u64,
    given: Hold,
) -> Reference {
    if given != Hold::Strong && slot.reconnect(epoch, Hold::Strong).is_err() {
        return Proxy::dead(holder).into(); // It was let go of just now.
    }
    Proxy::connected(process, holder, slot, epoch).into()
}

/// The slot of a packet, of this process or of another one of the machine; `None` if it is gone.
///
/// # Errors
/// RPC_E_INVALID_OBJREF for a packet that was to stay in another process.
fn find(packet: &packet::Standard) -> Result<Option<Arc<Slot>>> {
    let (machine, process) = thread::here()?;
    if let Some(slot) = process.references.numbered(packet.object) {
        return Ok(Some(slot));
    }
    let found = machine.processes().iter().find_map(|process| process.references.numbered(packet.object));
    match found {
        Some(slot) if slot.stays_in_process(PacketPlace::from_id(packet.pointer)) => {
            Err(MarshalError::InvalidPacket.into())
        }
        found => Ok(found),
    }
}
