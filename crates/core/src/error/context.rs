use super::ErrorKind;
use crate::hresult::{self, HResult};

/// Why a call on an object context failed (ACT 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContextError {
    /// A default context offers no object context.
    #[error("the code runs in a default context; enter a service domain, or configure the component")]
    NoContext,
    /// An object context was used outside the context it came from.
    #[error("an object context works only inside its own context; ask for the current one")]
    ForeignContext,
    /// The context has no just-in-time activation, so no done flag and no vote.
    #[error("the context has neither just-in-time activation nor a transaction; configure one of them")]
    NoJit,
    /// The context has no transaction.
    #[error("the context is in no transaction; configure one to vote or to ask for its details")]
    NoTransaction,
    /// A value outside its enumeration.
    #[error("the value is outside its enumeration")]
    InvalidArgument,
    /// No property of that name.
    #[error("the context has no property of that name")]
    NoSuchProperty,
    /// The code asked for IIS intrinsics and there are none.
    #[error("the work did not start in IIS, or the domain hides the intrinsics; inherit them")]
    NoIisIntrinsics,
    /// Partitions are switched off on this machine.
    #[error("partitions are disabled on this machine; enable them in the runtime's builder")]
    PartitionsDisabled,
    /// A transaction proxy belongs to the root of an automatic transaction.
    #[error("only the root context of an automatic transaction takes a transaction proxy")]
    NotRoot,
    /// A transaction proxy is registered already.
    #[error("the transaction already has a proxy")]
    ProxyExists,
    /// The context's transaction is over.
    #[error("the context's transaction has ended; a new one needs a new entry")]
    OldReference,
    /// The assembly asked about is not that of the context.
    #[error("the context runs with another side-by-side assembly")]
    OtherAssembly,
    /// The context has no such interface.
    #[error("the context does not offer that interface; a default context offers the four basic ones only")]
    NoInterface,
    /// There is no place for the result.
    #[error("there is no place to write the result to")]
    NoPlace,
}

impl ContextError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::NoContext => hresult::CONTEXT_E_NOCONTEXT,
            Self::ForeignContext => hresult::E_UNEXPECTED,
            Self::NoJit => hresult::CONTEXT_E_NOJIT,
            Self::NoTransaction => hresult::CONTEXT_E_NOTRANSACTION,
            Self::InvalidArgument | Self::NoSuchProperty => hresult::E_INVALIDARG,
            Self::NoIisIntrinsics => hresult::CO_E_NOIISINTRINSICS,
            Self::PartitionsDisabled => hresult::COMADMIN_E_PARTITIONS_DISABLED,
            Self::NotRoot => hresult::E_NOTIMPL,
            Self::ProxyExists => hresult::XACT_E_XTIONEXISTS,
            Self::OldReference => hresult::CONTEXT_E_OLDREF,
            Self::OtherAssembly => hresult::E_FAIL,
            Self::NoInterface => hresult::E_NOINTERFACE,
            Self::NoPlace => hresult::E_POINTER,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::NoContext
            | Self::ForeignContext
            | Self::NoJit
            | Self::NoIisIntrinsics
            | Self::OtherAssembly
            | Self::NoInterface => ErrorKind::Context,
            Self::NoTransaction | Self::OldReference => ErrorKind::Transaction,
            Self::InvalidArgument | Self::NoSuchProperty | Self::NoPlace => ErrorKind::InvalidArgument,
            Self::PartitionsDisabled => ErrorKind::Configuration,
            Self::NotRoot | Self::ProxyExists => ErrorKind::Misuse,
        }
    }
}
