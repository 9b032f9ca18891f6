use super::ErrorKind;
use crate::hresult::{self, HResult};

/// Why CoWaitForMultipleHandles ended without a signalled handle (SYN 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// There is no place for the index.
    #[error("there is no place to write the index of the signalled handle to")]
    NoIndex,
    /// There is no list of handles.
    #[error("there is no list of handles")]
    NoList,
    /// The list of handles is empty.
    #[error("there is no handle to wait for")]
    NothingToWaitFor,
    /// More objects than one wait can take.
    #[error("one call waits for 56 objects at most")]
    TooMany,
    /// A semaphore would count beyond its maximum, or the arguments of a new one make no sense.
    #[error("a semaphore counts from 0 to its maximum, which is not 0")]
    Count,
    /// The time is over. The code has the failure bit, whatever its name says.
    #[error("no handle was signalled in time")]
    TimedOut,
}

impl WaitError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::NoIndex | Self::NoList | Self::TooMany | Self::Count => hresult::E_INVALIDARG,
            Self::NothingToWaitFor => hresult::RPC_E_NO_SYNC,
            Self::TimedOut => hresult::RPC_S_CALLPENDING,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::NoIndex | Self::NoList | Self::NothingToWaitFor | Self::TooMany | Self::Count => {
                ErrorKind::InvalidArgument
            }
            Self::TimedOut => ErrorKind::Unavailable,
        }
    }
}
