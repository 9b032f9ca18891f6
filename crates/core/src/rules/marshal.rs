//! The life of a marshal packet: what it holds, what unmarshaling and releasing it gives (SYN 10.2, 10.3).

use crate::{
    attribute::MarshalFlags,
    error::MarshalError,
    explain::{Explain, Reason},
};
use alloc::format;

/// What CoMarshalInterface and CoMarshalInterThreadInterfaceInStream look at: that object and stream (or the place
/// for it) are given, and that somebody marshals the interface.
///
/// # Errors
/// [`MarshalError::NullArgument`], [`MarshalError::NoMarshaler`].
#[inline]
pub const fn marshal(given: bool, marshaler: bool) -> Result<(), MarshalError> {
    match (given, marshaler) {
        (false, _) => Err(MarshalError::NullArgument),
        (true, false) => Err(MarshalError::NoMarshaler),
        (true, true) => Ok(()),
    }
}

/// What CoUnmarshalInterface looks at before it reads the packet: that stream and place for the result are given,
/// that the thread is in an apartment, even implicitly, and that the stream is not at its end. CoReleaseMarshalData
/// and CoGetInterfaceAndReleaseStream look at the same.
///
/// # Errors
/// [`MarshalError::NullArgument`], [`MarshalError::NotInitialized`], [`MarshalError::NothingToRead`], in this order.
#[inline]
pub const fn unmarshal_arguments(given: bool, initialized: bool, at_end: bool) -> Result<(), MarshalError> {
    match (given, initialized, at_end) {
        (false, ..) => Err(MarshalError::NullArgument),
        (true, false, _) => Err(MarshalError::NotInitialized),
        (true, true, true) => Err(MarshalError::NothingToRead),
        (true, true, false) => Ok(()),
    }
}

/// What a packet keeps of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// A strong reference.
    Strong,
    /// An entry in the table of weak references.
    Weak,
    /// Nothing, or nothing any more.
    None,
}

/// How far a packet has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Neither unmarshaled nor released.
    Fresh,
    /// Unmarshaled. A table packet is as good as fresh.
    Used,
    /// Released by CoReleaseMarshalData.
    Released,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 3] = [Self::Fresh, Self::Used, Self::Released];
}

/// A packet of the standard marshaler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// How it was marshaled.
    pub flags: MarshalFlags,
    /// How far it has come.
    pub stage: Stage,
}

/// Where a packet is unmarshaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// In the apartment of the object.
    Home,
    /// In another one.
    Abroad,
}

/// What unmarshaling gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// The object itself.
    Raw,
    /// A proxy.
    Proxy,
    /// A proxy without object: each call on it gives RPC_E_DISCONNECTED.
    DeadProxy,
}

/// What the packet finds of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// Somebody still holds it from outside, this packet included: its stub is there.
    pub connected: bool,
    /// It has the interface that is asked for.
    pub supports: bool,
}

impl Packet {
    /// A packet just written.
    #[inline]
    pub const fn new(flags: MarshalFlags) -> Self {
        Self { flags, stage: Stage::Fresh }
    }

    /// What it keeps of its object.
    #[inline]
    pub const fn hold(&self) -> Hold {
        match (self.flags, self.stage) {
            (_, Stage::Released) | (MarshalFlags::Normal | MarshalFlags::NoPing, Stage::Used) => Hold::None,
            (MarshalFlags::Normal | MarshalFlags::NoPing, Stage::Fresh) | (MarshalFlags::TableStrong, _) => {
                Hold::Strong
            }
            (MarshalFlags::TableWeak, _) => Hold::Weak,
        }
    }

    /// CoReleaseMarshalData: the packet afterwards, and what it gave back. A second time does nothing.
    #[inline]
    pub const fn release(self) -> (Self, Hold) {
        (Self { stage: Stage::Released, ..self }, self.hold())
    }

    /// CoUnmarshalInterface, once the packet was read: the packet afterwards, and the result (SYN 10.2). A normal
    /// packet is spent by it even when it fails; what it held goes to the new proxy, or back at home. `strict` is
    /// [`Compat::strict_misuse`](crate::Compat::strict_misuse).
    ///
    /// # Errors
    /// [`MarshalError::NotConnected`] for a normal packet that is spent, at home, and abroad if `strict` and it was
    /// unmarshaled before (Y-31); [`MarshalError::NotRegistered`] for a table packet whose object is gone;
    /// [`MarshalError::NoInterface`].
    pub fn unmarshal(
        self,
        at: At,
        object: Object,
        strict: bool,
        explain: &mut impl Explain,
    ) -> (Self, Result<Pointer, MarshalError>) {
        let table = matches!(self.flags, MarshalFlags::TableStrong | MarshalFlags::TableWeak);
        let result = match (at, self.stage) {
            _ if table && !object.connected => Err(MarshalError::NotRegistered),
            (At::Home, Stage::Used | Stage::Released) if !table => Err(MarshalError::NotConnected),
            (At::Home, _) if !object.connected => Err(MarshalError::NotConnected),
            (At::Abroad, Stage::Used) if !table && strict => Err(MarshalError::NotConnected),
            (At::Abroad, _) if !object.connected => Ok(Pointer::DeadProxy),
            _ if !object.supports => Err(MarshalError::NoInterface),
            (At::Home, _) => Ok(Pointer::Raw),
            (At::Abroad, _) => Ok(Pointer::Proxy),
        };
        explain.because(|| Reason {
            rule: "SYN 10.2",
            inputs: format!("{self:?}, {at:?}, {object:?}"),
            verdict: match result {
                Ok(pointer) => format!("{pointer:?}"),
                Err(error) => format!("{}", error.hresult()),
            },
            source: "wine: ole32/tests/marshal.c",
        });
        let stage = if self.stage == Stage::Fresh { Stage::Used } else { self.stage };
        (Self { stage, ..self }, result)
    }
}
