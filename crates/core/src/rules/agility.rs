//! The free-threaded marshaler and agile references (SYN 10.5).

use super::marshal::{Hold, Pointer, Stage};
use crate::{
    attribute::{AgileReferenceOptions, MarshalContext, MarshalFlags},
    error::MarshalError,
};

/// The size of an in-process packet: flags, a slot for the pointer, and the process's secret.
pub const PACKET_SIZE: u32 = 4 + 8 + 16;

/// Who unmarshals what the free-threaded marshaler wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmarshaler {
    /// The in-process free marshaler: it copies the raw pointer.
    Free,
    /// The standard marshaler.
    Standard,
}

/// Who unmarshals, by destination.
#[inline]
pub const fn unmarshaler(destination: MarshalContext) -> Unmarshaler {
    match destination {
        MarshalContext::InProcess => Unmarshaler::Free,
        MarshalContext::Local
        | MarshalContext::NoSharedMemory
        | MarshalContext::DifferentMachine
        | MarshalContext::CrossContext => Unmarshaler::Standard,
    }
}

/// What a packet of the free-threaded marshaler keeps of its object: a normal one until it is unmarshaled or
/// released, a table-strong one until it is released, a table-weak one nothing. Unmarshaling gives the raw pointer at
/// any stage; nobody counts the uses.
#[inline]
pub const fn hold(flags: MarshalFlags, stage: Stage) -> Hold {
    match (flags, stage) {
        (MarshalFlags::Normal | MarshalFlags::NoPing, Stage::Fresh)
        | (MarshalFlags::TableStrong, Stage::Fresh | Stage::Used) => Hold::Strong,
        _ => Hold::None,
    }
}

/// RoGetAgileReference, by the number of its option, and by what the object is.
///
/// # Errors
/// [`MarshalError::NotInitialized`], [`MarshalError::InvalidOption`], [`MarshalError::NoInterface`],
/// [`MarshalError::NotSupported`] for an object that implements INoMarshal; in this order.
pub fn reference(
    initialized: bool,
    option: i32,
    supports: bool,
    no_marshal: bool,
) -> Result<AgileReferenceOptions, MarshalError> {
    if !initialized {
        return Err(MarshalError::NotInitialized);
    }
    let option = AgileReferenceOptions::try_from(option).map_err(|_| MarshalError::InvalidOption)?;
    match (supports, no_marshal) {
        (false, _) => Err(MarshalError::NoInterface),
        (true, true) => Err(MarshalError::NotSupported),
        (true, false) => Ok(option),
    }
}

/// What an agile reference resolves to: the object itself in the apartment where the reference was made, on any of
/// its threads; a proxy in another, unless the object is agile.
#[inline]
pub const fn resolve(same_apartment: bool, agile: bool) -> Pointer {
    if same_apartment || agile { Pointer::Raw } else { Pointer::Proxy }
}
