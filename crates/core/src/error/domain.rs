use super::ErrorKind;
use crate::hresult::{self, HResult};

/// Why a service domain was not entered or not left, or an activity object not created (SWC 3, 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainError {
    /// A side-by-side assembly was asked for that cannot be had.
    #[error("a new side-by-side assembly needs a directory with a readable manifest")]
    SideBySide,
    /// A pool or a binding was chosen, which only an activity object may.
    #[error("a domain runs on the caller's thread; thread pool and binding are for CoCreateActivity")]
    ThreadPool,
    /// An activity object was asked for without a pool.
    #[error("an activity object needs a thread pool; choose the STA pool, the MTA or that of the caller's apartment")]
    NoThreadPool,
    /// An activity object has no such interface.
    #[error("an activity object has IServiceActivity and IUnknown only")]
    UnsupportedInterface,
    /// Tracking was asked for without an application name.
    #[error("the tracker needs an application name; the work is reported under it")]
    Tracker,
    /// A new partition was asked for without an id.
    #[error("a new partition needs the partition's id")]
    PartitionIdMissing,
    /// The caller is no member of the partition, or there is no such partition.
    #[error("the caller may not use this partition, or it does not exist")]
    PartitionDenied,
    /// Partitions are switched off.
    #[error("partitions are disabled on this machine; only the global partition may be named")]
    PartitionsDisabled,
    /// The transaction to join is already over.
    #[error("the transaction to join has already committed or aborted")]
    TransactionOver,
    /// A new transaction is needed and the transaction manager does not answer.
    #[error("a new transaction is needed and the transaction manager cannot be reached")]
    ManagerUnavailable,
    /// A brought transaction together with a new activity, under strict misuse.
    #[error("a brought transaction would span two activities; ask for synchronization if necessary instead of new")]
    BroughtTransactionInNewActivity,
    /// Too many open domains on this thread, or too many contexts in the process.
    #[error("the limit on open domains or contexts is reached")]
    TooManyContexts,
    /// The process of this thread is dead.
    #[error("the process of this thread has ended (failfast); bind the thread to a live one")]
    ProcessDead,
    /// A fault injected by a test.
    #[error("an internal fault was injected")]
    InjectedFault,
    /// Leave without a matching enter on this thread.
    #[error("no service domain is open here; each leave needs its own successful enter on the same thread")]
    NotEntered,
    /// A future in a domain was polled in another apartment.
    #[error("the domain belongs to another apartment; poll its future where it was entered, or enter it in the MTA")]
    WrongApartment,
}

impl DomainError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::SideBySide => hresult::CO_E_SXS_CONFIG,
            Self::ThreadPool | Self::NoThreadPool => hresult::CO_E_THREADPOOL_CONFIG,
            Self::UnsupportedInterface => hresult::E_NOINTERFACE,
            Self::Tracker => hresult::CO_E_TRACKER_CONFIG,
            Self::PartitionIdMissing | Self::BroughtTransactionInNewActivity => hresult::E_INVALIDARG,
            Self::PartitionDenied => hresult::COMADMIN_E_PARTITION_ACCESSDENIED,
            Self::PartitionsDisabled => hresult::COMADMIN_E_PARTITIONS_DISABLED,
            Self::TransactionOver => hresult::XACT_E_NOTRANSACTION,
            Self::ManagerUnavailable => hresult::CONTEXT_E_TMNOTAVAILABLE,
            Self::TooManyContexts => hresult::E_OUTOFMEMORY,
            Self::ProcessDead => hresult::RPC_E_DISCONNECTED,
            Self::InjectedFault => hresult::E_FAIL,
            Self::NotEntered => hresult::CONTEXT_E_NOCONTEXT,
            Self::WrongApartment => hresult::RPC_E_WRONG_THREAD,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::SideBySide | Self::ThreadPool | Self::NoThreadPool | Self::Tracker | Self::PartitionsDisabled => {
                ErrorKind::Configuration
            }
            Self::PartitionIdMissing | Self::BroughtTransactionInNewActivity | Self::UnsupportedInterface => {
                ErrorKind::InvalidArgument
            }
            Self::PartitionDenied => ErrorKind::AccessDenied,
            Self::TransactionOver => ErrorKind::Transaction,
            Self::ManagerUnavailable | Self::InjectedFault => ErrorKind::Unavailable,
            Self::TooManyContexts => ErrorKind::Limit,
            Self::ProcessDead => ErrorKind::Disconnected,
            Self::NotEntered | Self::WrongApartment => ErrorKind::Context,
        }
    }
}
