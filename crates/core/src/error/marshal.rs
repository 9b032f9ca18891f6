use super::ErrorKind;
use crate::hresult::{self, HResult};

/// Why a reference could not be moved to another apartment (SYN 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MarshalError {
    /// The object, the stream, or the place for the result is missing.
    #[error("the object, the stream, or the place for the result is missing")]
    NullArgument,
    /// The stream is at its end.
    #[error("there is no packet at this position of the stream; rewind it first")]
    NothingToRead,
    /// The thread is in no apartment and the process has no MTA.
    #[error("the thread is in no apartment; initialize one first, or keep an MTA thread alive")]
    NotInitialized,
    /// Nobody can marshal the interface.
    #[error("the interface has no marshaler; declare it as one that can be called from other contexts")]
    NoMarshaler,
    /// What is in the stream is no packet of this process.
    #[error("the stream holds no packet that can be read here; rewind it to the start of one")]
    InvalidPacket,
    /// The object lacks the interface.
    #[error("the object does not implement the interface")]
    NoInterface,
    /// The packet was for one use, which it has had, or it was released.
    #[error("the packet has been used or released; marshal the object again")]
    NotConnected,
    /// The object of a table packet is gone.
    #[error("the object is gone, and the packet did not keep it alive")]
    NotRegistered,
    /// The object refuses to be marshaled.
    #[error("the object refuses to be marshaled")]
    NotSupported,
    /// The option is no value of its enumeration.
    #[error("the option is outside its enumeration")]
    InvalidOption,
    /// The table has no such cookie.
    #[error("the cookie was never given out, or has been revoked")]
    UnknownCookie,
    /// Something else than an activity property of version 1.1.
    #[error("these bytes are no activity property of version 1.1")]
    BadActivityProperty,
    /// The activity is of another machine.
    #[error("no activity of this machine has that id; import what a process of the same machine exported")]
    UnknownActivity,
}

impl MarshalError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::NullArgument | Self::InvalidOption | Self::UnknownCookie | Self::UnknownActivity => {
                hresult::E_INVALIDARG
            }
            Self::NothingToRead => hresult::STG_E_READFAULT,
            Self::InvalidPacket => hresult::RPC_E_INVALID_OBJREF,
            Self::NotInitialized => hresult::CO_E_NOTINITIALIZED,
            Self::NoMarshaler | Self::NoInterface => hresult::E_NOINTERFACE,
            Self::NotConnected => hresult::CO_E_OBJNOTCONNECTED,
            Self::NotRegistered => hresult::CO_E_OBJNOTREG,
            Self::NotSupported => hresult::CO_E_NOT_SUPPORTED,
            Self::BadActivityProperty => hresult::RPC_E_INVALID_OBJREF,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::NullArgument
            | Self::InvalidOption
            | Self::UnknownCookie
            | Self::NothingToRead
            | Self::InvalidPacket
            | Self::BadActivityProperty
            | Self::UnknownActivity => ErrorKind::InvalidArgument,
            Self::NotInitialized => ErrorKind::NotInitialized,
            Self::NoMarshaler | Self::NoInterface | Self::NotSupported => ErrorKind::Configuration,
            Self::NotConnected | Self::NotRegistered => ErrorKind::Disconnected,
        }
    }
}
