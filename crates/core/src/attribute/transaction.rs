//! Isolation levels, votes and the status of a left domain (SWC 1.4, 9.2, TXN 2).

use super::attribute;
use crate::hresult::{self, HResult};

attribute! {
    /// Isolation level of a transaction. Order is strength; `Any` is *no wish*.
    IsolationLevel: "COMAdminTxIsolationLevelOptions" {
        /// Whatever the enclosing transaction has; at a root, serializable.
        Any = 0 "COMAdminTxIsolationLevelAny",
        /// READ UNCOMMITTED.
        ReadUncommitted = 1 "COMAdminTxIsolationLevelReadUnCommitted",
        /// READ COMMITTED.
        ReadCommitted = 2 "COMAdminTxIsolationLevelReadCommitted",
        /// REPEATABLE READ.
        RepeatableRead = 3 "COMAdminTxIsolationLevelRepeatableRead",
        /// SERIALIZABLE.
        Serializable = 4 "COMAdminTxIsolationLevelSerializable",
    }
}

impl IsolationLevel {
    /// The level in the transaction manager's own units (TXN 2.2); `Any` is "unspecified", -1.
    ///
    /// ```
    /// use complus_core::attribute::IsolationLevel;
    /// assert_eq!(IsolationLevel::Serializable.dtc_value(), 0x10_0000);
    /// ```
    pub const fn dtc_value(self) -> i32 {
        match self {
            Self::Any => -1,
            Self::ReadUncommitted => 0x100,
            Self::ReadCommitted => 0x1000,
            Self::RepeatableRead => 0x1_0000,
            Self::Serializable => 0x10_0000,
        }
    }
}

attribute! {
    /// A vote through IContextState::SetMyTransactionVote.
    TransactionVote: "TransactionVote" {
        /// The work is consistent.
        Commit = 0 "TxCommit",
        /// The work must not be kept.
        Abort = 1 "TxAbort",
    }
}

attribute! {
    /// How the transaction of a left domain stands; the numbers are those of the managed enumeration.
    TransactionStatus: "TransactionStatus" {
        /// The root committed.
        Committed = 0 "Committed",
        /// An interior domain is content; the outcome lies with the root.
        LocallyOk = 1 "LocallyOk",
        /// The domain was in no transaction.
        NoTransaction = 2 "NoTransaction",
        /// The transaction is doomed and will abort.
        Aborting = 3 "Aborting",
        /// The transaction has aborted.
        Aborted = 4 "Aborted",
        /// Nobody knows whether the root's commit happened.
        InDoubt = 5 "InDoubt",
    }
}

impl TransactionStatus {
    /// The HRESULT that ITransactionStatus carries for this status (SWC 7.3).
    pub const fn hresult(self) -> HResult {
        match self {
            Self::Committed => hresult::S_OK,
            Self::LocallyOk => hresult::XACT_S_LOCALLY_OK,
            Self::NoTransaction => hresult::XACT_E_NOTRANSACTION,
            Self::Aborting => hresult::XACT_E_ABORTING,
            Self::Aborted => hresult::XACT_E_ABORTED,
            Self::InDoubt => hresult::XACT_E_INDOUBT,
        }
    }

    /// The status that an HRESULT of ITransactionStatus stands for.
    pub fn from_hresult(hr: HResult) -> Option<Self> {
        Self::ALL.iter().copied().find(|s| s.hresult() == hr)
    }
}
