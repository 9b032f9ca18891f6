//! The global interface table (SYN 10.4).

use super::marshal::Pointer;
use crate::error::MarshalError;

/// What AddRef and Release on the table return: nobody owns it.
pub const REFERENCE_COUNT: u32 = 1;

/// RegisterInterfaceInGlobal: takes a strong reference until it is revoked.
///
/// # Errors
/// [`MarshalError::NullArgument`] without object.
#[inline]
pub const fn register(given: bool) -> Result<(), MarshalError> {
    if given { Ok(()) } else { Err(MarshalError::NullArgument) }
}

/// Where GetInterfaceFromGlobal is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// In the apartment that registered the object.
    Owner,
    /// In another one.
    Other,
    /// On a thread without apartment, in a process without MTA.
    Nowhere,
}

impl Reader {
    /// Every reader.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Other, Self::Nowhere];
}

/// GetInterfaceFromGlobal: `known` if the cookie stands for an object, `supports` if that has the interface asked
/// for, which need not be the one registered, `agile` if it aggregates the free-threaded marshaler.
///
/// # Errors
/// [`MarshalError::NotInitialized`], [`MarshalError::UnknownCookie`], [`MarshalError::NoInterface`], in this order.
pub const fn get(reader: Reader, known: bool, supports: bool, agile: bool) -> Result<Pointer, MarshalError> {
    match reader {
        Reader::Nowhere => Err(MarshalError::NotInitialized),
        _ if !known => Err(MarshalError::UnknownCookie),
        _ if !supports => Err(MarshalError::NoInterface),
        Reader::Owner => Ok(Pointer::Raw),
        Reader::Other if agile => Ok(Pointer::Raw),
        Reader::Other => Ok(Pointer::Proxy),
    }
}

/// RevokeInterfaceFromGlobal, from any apartment.
///
/// # Errors
/// [`MarshalError::UnknownCookie`] for one that was never given out or is revoked already.
#[inline]
pub const fn revoke(known: bool) -> Result<(), MarshalError> {
    if known { Ok(()) } else { Err(MarshalError::UnknownCookie) }
}
