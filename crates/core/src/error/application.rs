use super::ErrorKind;
use crate::hresult::{self, HResult};

/// Why something could not be done with an instance of an application (SEC A.9, D.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplicationError {
    /// There is no instance, or it has ended.
    #[error("no instance of the application is running; start it first")]
    NotRunning,
    /// It is not paused.
    #[error("the instance is not paused; there is nothing to resume")]
    NotPaused,
    /// A library application has no process of its own.
    #[error("a library application is recycled with the process that it is in")]
    LibraryNotRecycled,
    /// The application runs as a service.
    #[error("an application that runs as a service cannot be recycled")]
    ServiceNotRecycled,
    /// It was recycled before.
    #[error("the instance was recycled before; it ends with its last object")]
    AlreadyRecycled,
    /// It is paused.
    #[error("a paused instance cannot be recycled; resume it first")]
    PausedNotRecycled,
    /// It was recycled.
    #[error("a recycled instance cannot be paused; it takes no activations any more")]
    RecycledNotPaused,
}

impl ApplicationError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::NotRunning => hresult::COMADMIN_E_APP_NOT_RUNNING,
            Self::NotPaused => hresult::CO_E_SERVER_NOT_PAUSED,
            Self::LibraryNotRecycled => hresult::COMADMIN_E_CANTRECYCLELIBRARYAPPS,
            Self::ServiceNotRecycled => hresult::COMADMIN_E_CANTRECYCLESERVICEAPPS,
            Self::AlreadyRecycled => hresult::COMADMIN_E_PROCESSALREADYRECYCLED,
            Self::PausedNotRecycled => hresult::COMADMIN_E_PAUSEDPROCESSMAYNOTBERECYCLED,
            Self::RecycledNotPaused => hresult::COMADMIN_E_RECYCLEDPROCESSMAYNOTBEPAUSED,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::NotRunning => ErrorKind::Unavailable,
            Self::LibraryNotRecycled | Self::ServiceNotRecycled => ErrorKind::Configuration,
            Self::NotPaused | Self::AlreadyRecycled | Self::PausedNotRecycled | Self::RecycledNotPaused => {
                ErrorKind::Misuse
            }
        }
    }
}
