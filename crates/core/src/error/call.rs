use super::ErrorKind;
use crate::hresult::{self, HResult};

/// Why a call to another context or apartment was not made, or did not come back (SYN 4, 7.5, 7.6, 8, 10.1, SWC 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The callee's message filter refused the call, or the caller's gave it up.
    #[error("the callee's message filter refused the call; register a filter that retries, or call later")]
    Rejected,
    /// The callee's message filter asked to try again, and the caller has no filter that would.
    #[error("the callee is busy; register a message filter that retries, or call later")]
    RetryLater,
    /// The caller's message filter gave the call up while it waited.
    #[error("the message filter cancelled the call; the callee may still run it")]
    Canceled,
    /// A message would have to be posted out of an inter-task sent message.
    #[error("the thread is handling a message that another task sent; call after it has returned")]
    CantPost,
    /// A call out of an input-synchronous call, or out of a sent message while a call is outstanding.
    #[error("the thread is handling a message that another thread sent and waits for; call after it has returned")]
    InputSync,
    /// A call out of an asynchronous call.
    #[error("the thread is handling an asynchronous call, which may call nobody; call after it has returned")]
    Asynchronous,
    /// A call out of a message filter.
    #[error("a message filter may not call out; decide from what it was told")]
    External,
    /// The reference belongs to another apartment.
    #[error("the reference belongs to another apartment; marshal it to this one")]
    WrongThread,
    /// The object or its apartment is gone.
    #[error("the object was disconnected, or its apartment has ended; get a new reference")]
    Disconnected,
    /// The callee's apartment ended while it ran the call.
    #[error("the callee's apartment ended during the call, which may have had effects")]
    ServerDied,
    /// The callee's apartment ended before it ran the call.
    #[error("the callee's apartment ended before the call began; it had no effect")]
    ServerDiedDidNotExecute,
    /// The caller's apartment, to which the reference belonged, is gone.
    #[error("the apartment that this reference belonged to has ended; get a new reference")]
    NotConnected,
    /// The callee panicked.
    #[error("the callee panicked")]
    ServerFault,
    /// The thread is in no apartment and the process has no MTA.
    #[error("the thread is in no apartment; initialize one first, or keep an MTA thread alive")]
    NotInitialized,
    /// No call of this kind accepts the argument.
    #[error("the call object is missing")]
    InvalidArgument,
    /// The wait for the activity would never end.
    #[error("waiting for the activity would close a cycle; release one activity before calling the other")]
    WouldDeadlock,
    /// The wait for the activity lasted too long.
    #[error("the activity was not free in time; the call did not run")]
    ActivityTimeout,
    /// The pool takes no more work.
    #[error("the thread pool's queue is full; submit later, or raise the limit")]
    WorkRejected,
    /// The transaction of the callee is over.
    #[error("the callee's transaction is over; get a new reference")]
    OldReference,
    /// The transaction of the callee will abort.
    #[error("the callee's transaction is aborting; it takes no more work")]
    Aborting,
    /// A transaction would have to begin for the call, and the transaction manager does not answer.
    #[error("the callee's transaction cannot begin; the transaction manager cannot be reached")]
    ManagerUnavailable,
    /// The call succeeded and voted for commit, and its transaction aborted.
    #[error("the work succeeded, but its transaction aborted")]
    Aborted,
    /// The thread serves no call.
    #[error("the thread serves no call, so there is no call context")]
    NotInCall,
    /// Nobody calls an object that is being activated.
    #[error("there is no security call context in Activate; ask in a method")]
    NoSecurityInActivate,
    /// The call context has no such interface.
    #[error("the call has no context of that kind; it came without security")]
    NoCallInterface,
    /// Cancellation of calls is off already.
    #[error("cancellation of calls is off on this thread; each disable needs an enable before it")]
    CancelDisabled,
}

impl CallError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::Rejected => hresult::RPC_E_CALL_REJECTED,
            Self::RetryLater => hresult::RPC_E_SERVERCALL_RETRYLATER,
            Self::Canceled => hresult::RPC_E_CALL_CANCELED,
            Self::CantPost => hresult::RPC_E_CANTPOST_INSENDCALL,
            Self::InputSync => hresult::RPC_E_CANTCALLOUT_ININPUTSYNCCALL,
            Self::Asynchronous => hresult::RPC_E_CANTCALLOUT_INASYNCCALL,
            Self::External => hresult::RPC_E_CANTCALLOUT_INEXTERNALCALL,
            Self::WrongThread => hresult::RPC_E_WRONG_THREAD,
            Self::Disconnected => hresult::RPC_E_DISCONNECTED,
            Self::ServerDied => hresult::RPC_E_SERVER_DIED,
            Self::ServerDiedDidNotExecute => hresult::RPC_E_SERVER_DIED_DNE,
            Self::NotConnected => hresult::CO_E_OBJNOTCONNECTED,
            Self::ServerFault => hresult::RPC_E_SERVERFAULT,
            Self::NotInitialized => hresult::CO_E_NOTINITIALIZED,
            Self::InvalidArgument => hresult::E_INVALIDARG,
            Self::WouldDeadlock => hresult::CONTEXT_E_WOULD_DEADLOCK,
            Self::ActivityTimeout => hresult::CONTEXT_E_SYNCH_TIMEOUT,
            Self::WorkRejected => hresult::CO_E_ASYNC_WORK_REJECTED,
            Self::OldReference => hresult::CONTEXT_E_OLDREF,
            Self::Aborting => hresult::CONTEXT_E_ABORTING,
            Self::ManagerUnavailable => hresult::CONTEXT_E_TMNOTAVAILABLE,
            Self::Aborted => hresult::CONTEXT_E_ABORTED,
            Self::NotInCall => hresult::RPC_E_CALL_COMPLETE,
            Self::NoSecurityInActivate => hresult::CO_E_NO_SECCTX_IN_ACTIVATE,
            Self::NoCallInterface => hresult::E_NOINTERFACE,
            Self::CancelDisabled => hresult::CO_E_CANCEL_DISABLED,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::Rejected | Self::RetryLater | Self::Canceled | Self::ServerFault | Self::ManagerUnavailable => {
                ErrorKind::Unavailable
            }
            Self::CantPost
            | Self::InputSync
            | Self::Asynchronous
            | Self::External
            | Self::WouldDeadlock
            | Self::CancelDisabled => ErrorKind::Misuse,
            Self::WrongThread | Self::NotInCall | Self::NoCallInterface | Self::NoSecurityInActivate => {
                ErrorKind::Context
            }
            Self::Disconnected | Self::ServerDied | Self::ServerDiedDidNotExecute | Self::NotConnected => {
                ErrorKind::Disconnected
            }
            Self::NotInitialized => ErrorKind::NotInitialized,
            Self::InvalidArgument => ErrorKind::InvalidArgument,
            Self::ActivityTimeout | Self::WorkRejected => ErrorKind::Limit,
            Self::OldReference | Self::Aborting | Self::Aborted => ErrorKind::Transaction,
        }
    }
}
