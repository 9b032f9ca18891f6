//! What is written for a reference: the standard header, or that of the free-threaded marshaler (SYN 10.2, 10.5).

use super::Stream;
use complus_core::{
    attribute::MarshalFlags,
    error::{MarshalError, Result},
};
use uuid::Uuid;

/// "MEOW".
const SIGNATURE: u32 = 0x574f_454d;
/// The kinds that there are here.
const STANDARD: u32 = 1;
const CUSTOM: u32 = 4;
/// The references that a normal packet hands over; a proxy gives them away again without asking the object.
const PUBLIC_REFERENCES: u32 = 5;
/// SORF_NOPING.
const NO_PING: u32 = 0x1000;

/// CLSID of the in-process free marshaler.
pub(super) const FREE_MARSHALER: Uuid = Uuid::from_u128(0x0000_033a_0000_0000_c000_0000_0000_0046);
/// CLSID of the standard marshaler.
pub(super) const STANDARD_MARSHALER: Uuid = Uuid::from_u128(0x0000_0017_0000_0000_c000_0000_0000_0046);

/// Bytes of a standard packet.
pub(super) const STANDARD_SIZE: u32 = 4 + 4 + 16 + 4 + 4 + 8 + 8 + 16 + 4;

/// A packet as it is in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packet {
    Standard(Standard),
    /// The free-threaded marshaler's; what it wrote follows.
    Free {
        interface: Uuid,
    },
}

/// A packet of the standard marshaler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standard {
    pub(super) interface: Uuid,
    pub(super) flags: MarshalFlags,
    /// Number of the object's apartment.
    pub(super) exporter: u64,
    /// Number of its slot.
    pub(super) object: u64,
    /// The packet's own place in it.
    pub(super) pointer: Uuid,
}

impl Standard {
    pub(super) fn write(&self, stream: &Stream) {
        let table = matches!(self.flags, MarshalFlags::TableStrong | MarshalFlags::TableWeak);
        let flags = if self.flags == MarshalFlags::NoPing { NO_PING } else { 0 };
        let references = if table { 0 } else { PUBLIC_REFERENCES };
        stream.write(&SIGNATURE.to_le_bytes());
        stream.write(&STANDARD.to_le_bytes());
        stream.write(&self.interface.to_bytes_le());
        stream.write(&flags.to_le_bytes());
        stream.write(&references.to_le_bytes());
        stream.write(&self.exporter.to_le_bytes());
        stream.write(&self.object.to_le_bytes());
        stream.write(&self.pointer.to_bytes_le());
        // No string bindings: it stays in the house.
        stream.write(&[0; 4]);
    }

    fn read(stream: &Stream, interface: Uuid) -> Result<Self> {
        let (flags, references) = (number(stream)?, number(stream)?);
        let flags = match (references, flags & NO_PING) {
            (0, _) => MarshalFlags::TableWeak, // Spent, both kinds of table packets are the same.
            (_, 0) => MarshalFlags::Normal,
            _ => MarshalFlags::NoPing,
        };
        let (exporter, object) = (u64::from_le_bytes(stream.read()?), u64::from_le_bytes(stream.read()?));
        let pointer = guid(stream)?;
        stream.read::<4>()?;
        Ok(Self { interface, flags, exporter, object, pointer })
    }
}

/// Writes the header of a packet of the free-threaded marshaler, with the size of what follows.
pub(super) fn write_free(stream: &Stream, interface: Uuid, size: u32) {
    stream.write(&SIGNATURE.to_le_bytes());
    stream.write(&CUSTOM.to_le_bytes());
    stream.write(&interface.to_bytes_le());
    stream.write(&FREE_MARSHALER.to_bytes_le());
    stream.write(&0_u32.to_le_bytes());
    stream.write(&size.to_le_bytes());
}

/// Reads a packet; of a free one, the header.
///
/// # Errors
/// STG_E_READFAULT when the stream ends before the packet does, RPC_E_INVALID_OBJREF when it is none.
pub(super) fn read(stream: &Stream) -> Result<Packet> {
    if number(stream)? != SIGNATURE {
        return Err(MarshalError::InvalidPacket.into());
    }
    let (kind, interface) = (number(stream)?, guid(stream)?);
    match kind {
        STANDARD => Standard::read(stream, interface).map(Packet::Standard),
        CUSTOM if guid(stream)? == FREE_MARSHALER => {
            stream.read::<8>()?;
            Ok(Packet::Free { interface })
        }
        _ => Err(MarshalError::InvalidPacket.into()),
    }
}

pub(super) fn number(stream: &Stream) -> Result<u32> {
    stream.read().map(u32::from_le_bytes)
}

pub(super) fn guid(stream: &Stream) -> Result<Uuid> {
    stream.read().map(Uuid::from_bytes_le)
}
