use super::ErrorKind;
use crate::hresult::{self, HResult};

/// Why a class object or an instance was not to be had (SYN 6.5, 10.6, 14.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClassError {
    /// A class object, or the place for the result, is missing.
    #[error("the class object, or the place for the result, is missing")]
    NullArgument,
    /// The place for a new instance is missing.
    #[error("the place for the new instance is missing")]
    NullResult,
    /// The thread is in no apartment and the process has no MTA.
    #[error("the thread is in no apartment; initialize one first, or keep an MTA thread alive")]
    NotInitialized,
    /// Nobody has registered the class where this thread can see it.
    #[error("the class is not registered for this apartment and this class context; register it first")]
    NotRegistered,
    /// The apartment has registered the class already.
    #[error("this apartment has registered the class already; revoke that first")]
    AlreadyRegistered,
    /// The class object belongs to another apartment.
    #[error("another apartment registered the class object; revoke it there")]
    WrongThread,
    /// The registration is not known.
    #[error("the cookie was never given out, or has been revoked")]
    UnknownCookie,
    /// The interface has no proxy/stub class.
    #[error("the interface has no proxy/stub class in this process; register one first")]
    NoProxyStub,
    /// There is no class of this name.
    #[error("no class has this CLSID text or ProgID; register it, or put it into the catalog")]
    UnknownName,
    /// A text that is no moniker.
    #[error("the text is no moniker; write new: and a CLSID or a ProgID, before it partition: and an id and a slash")]
    BadMoniker,
}

impl ClassError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::NullArgument | Self::UnknownCookie => hresult::E_INVALIDARG,
            Self::NullResult => hresult::E_POINTER,
            Self::NotInitialized => hresult::CO_E_NOTINITIALIZED,
            Self::NotRegistered => hresult::REGDB_E_CLASSNOTREG,
            Self::AlreadyRegistered => hresult::CO_E_OBJISREG,
            Self::WrongThread => hresult::RPC_E_WRONG_THREAD,
            Self::NoProxyStub => hresult::REGDB_E_IIDNOTREG,
            Self::UnknownName => hresult::CO_E_CLASSSTRING,
            Self::BadMoniker => hresult::MK_E_SYNTAX,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::NullArgument | Self::NullResult | Self::UnknownCookie => ErrorKind::InvalidArgument,
            Self::UnknownName | Self::BadMoniker => ErrorKind::InvalidArgument,
            Self::NotInitialized => ErrorKind::NotInitialized,
            Self::NotRegistered | Self::AlreadyRegistered | Self::NoProxyStub => ErrorKind::Configuration,
            Self::WrongThread => ErrorKind::Context,
        }
    }
}
