use super::ErrorKind;
use crate::hresult::{self, HResult};

/// A rule of the machine itself that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// An observer called into the runtime that it observes.
    #[error("an observer called into the runtime while it was being told of an event; note the event and call later")]
    CalledFromObserver,
    /// The virtual clock could not bring all threads to rest in time.
    #[error(
        "a thread of the machine neither rested nor ended while the virtual clock was advanced; let it block in the machine only"
    )]
    ClockStalled,
    /// The runtime has a system clock, which nobody can advance.
    #[error("only a virtual clock can be advanced; build the runtime with one")]
    NoVirtualClock,
    /// A partition was declared twice, or one replaces the global partition.
    #[error("a partition was declared twice")]
    DuplicatePartition,
    /// More partitions than a context can name.
    #[error("a machine has at most 65536 partitions, the global one included")]
    TooManyPartitions,
    /// The system gave no thread.
    #[error("the system gave no thread; end some, or raise its limit")]
    NoThread,
    /// The thread is being torn down.
    #[error("the thread is ending; nothing can be entered any more")]
    ThreadEnding,
}

impl RuntimeError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::CalledFromObserver | Self::ThreadEnding => hresult::E_UNEXPECTED,
            Self::ClockStalled => hresult::RPC_E_TIMEOUT,
            Self::NoVirtualClock | Self::DuplicatePartition => hresult::E_INVALIDARG,
            Self::TooManyPartitions | Self::NoThread => hresult::E_OUTOFMEMORY,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::CalledFromObserver | Self::NoVirtualClock => ErrorKind::Misuse,
            Self::ClockStalled => ErrorKind::Unavailable,
            Self::DuplicatePartition => ErrorKind::InvalidArgument,
            Self::TooManyPartitions | Self::NoThread => ErrorKind::Limit,
            Self::ThreadEnding => ErrorKind::Disconnected,
        }
    }
}
