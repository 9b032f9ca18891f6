use super::ErrorKind;
use crate::hresult::{self, HResult};

/// A rule of components that was broken by one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// The state is borrowed by a method that is still running.
    #[error(
        "the state is borrowed by a method that is still running; end the borrow before calling out, and give the component an activity"
    )]
    StateBorrowed,
    /// A component that is bound to its thread was reached on another one.
    #[error("the component lives on another thread; call it through a reference")]
    WrongThread,
    /// An object asked for itself, and is none that others can refer to.
    #[error(
        "nobody has a reference to this object: it is being made or let go of, or was never given out; ask for it in a method that is called through a reference"
    )]
    NotGivenOut,
}

impl ComponentError {
    /// The exact code.
    pub const fn hresult(self) -> HResult {
        match self {
            Self::StateBorrowed | Self::NotGivenOut => hresult::E_UNEXPECTED,
            Self::WrongThread => hresult::RPC_E_WRONG_THREAD,
        }
    }

    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::StateBorrowed | Self::NotGivenOut => ErrorKind::Misuse,
            Self::WrongThread => ErrorKind::Context,
        }
    }
}
