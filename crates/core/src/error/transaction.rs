use super::ErrorKind;
use crate::hresult::{self, HResult};

/// Why a call on a transaction failed (TXN 2.4, 15.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// The transaction has ended.
    #[error("the transaction has already ended")]
    Ended,
    /// Commit of a transaction that has aborted.
    #[error("the transaction has aborted")]
    Aborted,
    /// A participant's handle may not commit.
    #[error("this handle belongs to a participant; only the owner of a transaction commits it")]
    CommitPrevented,
    /// Commit or abort is already under way.
    #[error("the transaction is already being ended")]
    AlreadyInProgress,
    /// Enlisting is too late.
    #[error("the transaction is no longer active; nothing can enlist")]
    NotActive,
    /// The transaction is doomed; resources are refused.
    #[error("the transaction is doomed; it takes no more resources")]
    Doomed,
    /// The outcome is unknown.
    #[error("the outcome is unknown")]
    InDoubt,
    /// The transaction manager does not answer.
    #[error("the transaction manager cannot be reached")]
    ManagerUnavailable,
    /// A TIP URL names no transaction here.
    #[error("the URL names no transaction that this machine knows")]
    UnknownUrl,
    /// A resource is locked by another transaction.
    #[error("another transaction holds the resource")]
    Locked,
}

impl TransactionError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::Ended => hresult::XACT_E_NOTRANSACTION,
            Self::Aborted => hresult::XACT_E_ABORTED,
            Self::CommitPrevented => hresult::XACT_E_COMMITPREVENTED,
            Self::AlreadyInProgress => hresult::XACT_E_ALREADYINPROGRESS,
            Self::NotActive => hresult::XACT_E_WRONGSTATE,
            Self::Doomed => hresult::XACT_E_ABORTING,
            Self::InDoubt => hresult::XACT_E_INDOUBT,
            Self::ManagerUnavailable => hresult::XACT_E_TMNOTAVAILABLE,
            Self::UnknownUrl => hresult::XACT_E_TIP_PULL_FAILED,
            Self::Locked => hresult::XACT_E_NOTCURRENT,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::ManagerUnavailable => ErrorKind::Unavailable,
            Self::UnknownUrl => ErrorKind::InvalidArgument,
            _ => ErrorKind::Transaction,
        }
    }
}
