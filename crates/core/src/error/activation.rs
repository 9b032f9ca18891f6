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
    /// The threading model that is registered is not the one that was recorded at installation.
    #[error("the component's threading model has changed since it was installed; install it again")]
    ThreadingModelChanged,
    /// The component wants a stronger isolation level than its transaction runs at.
    #[error("the component's isolation level is stronger than its transaction's; the transaction will abort")]
    IsolationLevel,
    /// There is not enough memory left for another object.
    #[error("the machine has too little memory left for another activation")]
    OutOfMemory,
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
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::OutsideClientContext | Self::ThreadingModelChanged => ErrorKind::Configuration,
            Self::Disabled | Self::Paused => ErrorKind::Unavailable,
            Self::IsolationLevel => ErrorKind::Transaction,
            Self::OutOfMemory => ErrorKind::Limit,
        }
    }
}
