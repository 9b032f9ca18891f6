use super::ErrorKind;
use crate::hresult::{self, HResult};

/// Why a component was not activated (ACT 3.3, 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivationError {
    /// It must run in its creator's context, and cannot.
    #[error("the component must run in its creator's context, and needs one of its own; clear one of the settings")]
    OutsideClientContext,
    /// The component, or its application, is disabled.
    #[error("the component or its application is disabled; enable it in the catalog")]
    Disabled,
    /// The instance of the application takes no activations for now.
    #[error("the application is paused; resume it")]
    Paused,
    /// The instance of the application is ending, and no other can be started.
    #[error("the application's process is ending and no other can be started; try again")]
    Stopping,
    /// The threading model that is registered is not the one that was recorded at installation.
    #[error("the component's threading model has changed since it was installed; install it again")]
    ThreadingModelChanged,
    /// The component wants a stronger isolation level than its transaction runs at.
    #[error("the component's isolation level is stronger than its transaction's; the transaction will abort")]
    IsolationLevel,
    /// There is not enough memory left for another object.
    #[error("the machine has too little memory left for another activation")]
    OutOfMemory,
    /// A transaction has to begin at creation, and the transaction manager does not answer.
    #[error("the component's transaction cannot begin; the transaction manager cannot be reached")]
    ManagerUnavailable,
    /// Aggregation over the border of a context, or of a pooled object.
    #[error("an object in another context, or a pooled one, cannot be aggregated; create it without outer object")]
    NoAggregation,
    /// The constructor failed, or there is no IObjectConstruct.
    #[error("the object could not be constructed; the trace has the code of its constructor")]
    InitializationFailed,
    /// Activate failed.
    #[error("the object could not be activated; the trace has the code of its Activate")]
    ActivationFailed,
    /// The component wants to be pooled and is not.
    #[error("the component works only when its objects are pooled; switch object pooling on")]
    NotPooled,
    /// The component wants a constructor string and gets none.
    #[error("the component works only with a constructor string; switch construction on")]
    NotConstructed,
    /// The pool had no object to give in time.
    #[error("the pool had no object to give in time; raise its maximum or the creation time-out")]
    PoolTimeout,
    /// A service pool is used before it was initialized, or after it was shut down.
    #[error("the service pool is not open; initialize it first")]
    PoolNotInitialized,
    /// A service pool is initialized twice.
    #[error("the service pool is open already; shut it down first")]
    PoolInitialized,
    /// The limits of a service pool contradict each other, or are out of range.
    #[error("a pool has 1 to 1048576 objects at most, and its minimum is not above that")]
    PoolSize,
    /// The registered ThreadingModel is none of the five.
    #[error("the class is registered with an unknown ThreadingModel; use Apartment, Free, Both, Neutral or none")]
    BadThreadingModel,
}

impl ActivationError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::OutsideClientContext => hresult::CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT,
            Self::Disabled => hresult::CO_E_CLASS_DISABLED,
            Self::Paused => hresult::CO_E_SERVER_PAUSED,
            Self::ThreadingModelChanged => hresult::CO_E_THREADINGMODEL_CHANGED,
            Self::IsolationLevel => hresult::CO_E_ISOLEVELMISMATCH,
            Self::OutOfMemory => hresult::E_OUTOFMEMORY,
            Self::Stopping => hresult::CO_E_SERVER_STOPPING,
            Self::ManagerUnavailable => hresult::CONTEXT_E_TMNOTAVAILABLE,
            Self::NoAggregation => hresult::CLASS_E_NOAGGREGATION,
            Self::BadThreadingModel => hresult::REGDB_E_BADTHREADINGMODEL,
            Self::InitializationFailed => hresult::CO_E_INITIALIZATIONFAILED,
            Self::ActivationFailed => hresult::CO_E_ACTIVATIONFAILED,
            Self::NotPooled => hresult::CO_E_NOTPOOLED,
            Self::NotConstructed => hresult::CO_E_NOTCONSTRUCTED,
            Self::PoolNotInitialized => hresult::CO_E_NOTINITIALIZED,
            Self::PoolInitialized => hresult::E_UNEXPECTED,
            Self::PoolSize => hresult::E_INVALIDARG,
            Self::PoolTimeout => hresult::CO_E_ACTIVATIONFAILED_TIMEOUT,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::OutsideClientContext | Self::ThreadingModelChanged | Self::BadThreadingModel => {
                ErrorKind::Configuration
            }
            Self::Disabled | Self::Paused | Self::Stopping | Self::ManagerUnavailable => ErrorKind::Unavailable,
            Self::InitializationFailed | Self::ActivationFailed | Self::PoolTimeout => ErrorKind::Unavailable,
            Self::NotPooled | Self::NotConstructed => ErrorKind::Configuration,
            Self::PoolNotInitialized => ErrorKind::NotInitialized,
            Self::PoolSize => ErrorKind::InvalidArgument,
            Self::NoAggregation | Self::PoolInitialized => ErrorKind::Misuse,
            Self::IsolationLevel => ErrorKind::Transaction,
            Self::OutOfMemory => ErrorKind::Limit,
        }
    }
}
