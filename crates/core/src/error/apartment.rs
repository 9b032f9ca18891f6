use super::ErrorKind;
use crate::hresult::{self, HResult};

/// Why a thread could not join an apartment, or needs one (ACT 2, SYN 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApartmentError {
    /// The thread is in no apartment and the process has no MTA.
    #[error("the thread is in no apartment; call Apartment::initialize first, or keep an MTA thread alive")]
    NotInitialized,
    /// The thread already is in an apartment of the other kind.
    #[error("the thread already is in an apartment of the other kind; its model cannot change while it is initialised")]
    ChangedMode,
    /// The named apartment does not exist.
    #[error("the process has no apartment of that kind; this call creates none")]
    NoSuchApartment,
    /// APTTYPE_STA does not say which one.
    #[error("a process may have many single-threaded apartments; name CURRENT, MTA, NA or MAINSTA")]
    Ambiguous,
    /// The reserved argument is not null, a flag has no meaning, or a place for a result is missing.
    #[error("the reserved argument must be null, the flags those of COINIT, and the places for results given")]
    InvalidArgument,
    /// The cookie was never given out, was given back, or is of another thread.
    #[error("the cookie is not in use here; give each one back once, a spy's on the thread that registered it")]
    UnknownCookie,
    /// Only a single-threaded apartment has a message filter.
    #[error("only a thread that initialised a single-threaded apartment has a message filter")]
    NoMessageFilter,
    /// The thread is in no apartment that it could be told about.
    #[error("the thread is in no apartment; initialize one first")]
    NotInApartment,
}

impl ApartmentError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::NotInitialized | Self::NoSuchApartment => hresult::CO_E_NOTINITIALIZED,
            Self::ChangedMode => hresult::RPC_E_CHANGED_MODE,
            Self::Ambiguous | Self::InvalidArgument | Self::UnknownCookie => hresult::E_INVALIDARG,
            Self::NotInApartment => hresult::E_FAIL,
            Self::NoMessageFilter => hresult::CO_E_NOT_SUPPORTED,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::NotInitialized | Self::NoSuchApartment | Self::NotInApartment => ErrorKind::NotInitialized,
            Self::ChangedMode | Self::NoMessageFilter => ErrorKind::Misuse,
            Self::Ambiguous | Self::InvalidArgument | Self::UnknownCookie => ErrorKind::InvalidArgument,
        }
    }
}
