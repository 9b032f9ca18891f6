//! What comes of a step.

use super::worker::Block;
use complus_core::{Error, HResult, hresult};

/// Why a step failed.
pub(super) struct StepError {
    pub(super) hresult: HResult,
    pub(super) message: String,
    /// It comes of a failure that has been told already.
    pub(super) is_consequence: bool,
}

impl StepError {
    /// A failure that no HRESULT of COM+ names.
    pub(super) fn runner(message: impl Into<String>) -> Self {
        Self { hresult: hresult::E_UNEXPECTED, message: message.into(), is_consequence: false }
    }
}

impl From<Error> for StepError {
    fn from(error: Error) -> Self {
        Self { hresult: error.hresult(), message: error.to_string(), is_consequence: false }
    }
}

/// What performing a step came to.
pub(super) enum Performed<'s> {
    /// It is done.
    Done,
    /// It is done, with this code of success.
    Returned(HResult),
    /// Its block is to be carried out; the step ends with it.
    Opened(Block<'s>),
    /// It panicked.
    Panicked(String),
    /// It was an expectation and said so itself.
    Expected,
}

/// How the step before went, for an expectation without a target.
pub(super) struct Last {
    pub(super) hresult: HResult,
    pub(super) status: Option<HResult>,
}
