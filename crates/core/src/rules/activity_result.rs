//! What becomes of the result of a call on an activity object (SWC 8.3, 8.5).

use super::leave::Role;
use crate::{
    context::StreamState,
    error::CallError,
    explain::{Explain, Reason},
    hresult::HResult,
};
use alloc::format;

/// How OnCall, or OnError, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this code.
    Returned(HResult),
    /// With a panic.
    Panicked,
}

/// What was asked of the call's transaction at its return, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// What the activity object is to the transaction.
    pub role: Role,
    /// Commit was attempted.
    pub wanted_commit: bool,
    /// What became of it; `None` without transaction.
    pub outcome: Option<StreamState>,
}

impl Unit {
    /// No transaction.
    pub const NONE: Self = Self { role: Role::None, wanted_commit: false, outcome: None };

    /// The commit of a root failed: the only thing that changes a success (S-27, AD-28).
    #[inline]
    pub const fn commit_failed(&self) -> bool {
        matches!(self, Self { role: Role::Root, wanted_commit: true, outcome: Some(StreamState::Aborted) })
    }
}

/// What SynchronousCall returns: the code of OnCall, success or failure, as it is (SWC 8.3).
///
/// # Errors
/// [`CallError::Aborted`] if OnCall succeeded and asked for commit, and the transaction aborted;
/// [`CallError::ServerFault`] if it panicked, whatever the failfast policy does besides.
pub fn synchronous(ended: Ended, unit: Unit, explain: &mut impl Explain) -> Result<HResult, CallError> {
    let result = match ended {
        Ended::Panicked => Err(CallError::ServerFault),
        Ended::Returned(hresult) if hresult.is_success() && unit.commit_failed() => Err(CallError::Aborted),
        Ended::Returned(hresult) => Ok(hresult),
    };
    explain.because(|| Reason {
        rule: "SWC 8.3 (S-27)",
        inputs: format!("OnCall {ended:?}, {unit:?}"),
        verdict: format!("{}", result.unwrap_or_else(CallError::hresult)),
        source: "nf-comsvcs-iserviceactivity-synchronouscall",
    });
    result
}

/// How an asynchronous call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The context could not be entered, for this reason; OnCall did not run.
    NotEntered(HResult),
    /// OnCall ran.
    Ran(Ended, Unit),
}

/// Who hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// Nobody.
    Nothing,
    /// OnError is called with this code, once, after the context was left.
    OnError(HResult),
    /// The error is lost but for a diagnostic.
    Diagnostic(HResult),
    /// The process ends, as the failfast policy says.
    FailFast,
}

/// Who hears of an asynchronous call's end; `notify` if the call object has IAsyncErrorNotify (SWC 8.5, S-28).
pub fn asynchronous(work: Work, notify: bool, explain: &mut impl Explain) -> Report {
    let error = match work {
        Work::Ran(Ended::Panicked, _) => None,
        Work::NotEntered(hresult) => Some(hresult),
        Work::Ran(Ended::Returned(hresult), unit) if hresult.is_success() && unit.commit_failed() => {
            Some(CallError::Aborted.hresult())
        }
        Work::Ran(Ended::Returned(hresult), _) => Some(hresult),
    };
    let report = match error {
        None => Report::FailFast,
        Some(hresult) if hresult.is_success() => Report::Nothing,
        Some(hresult) if notify => Report::OnError(hresult),
        Some(hresult) => Report::Diagnostic(hresult),
    };
    explain.because(|| Reason {
        rule: "SWC 8.5",
        inputs: format!("{work:?}, IAsyncErrorNotify {}", if notify { "there" } else { "missing" }),
        verdict: format!("{report:?}"),
        source: "nf-comsvcs-iasyncerrornotify-onerror",
    });
    report
}

/// What comes after OnError: nothing, or the end of the process if it fails itself (SWC 8.5).
#[inline]
pub const fn after_on_error(ended: Ended) -> Report {
    match ended {
        Ended::Returned(hresult) if hresult.is_success() => Report::Nothing,
        Ended::Returned(_) | Ended::Panicked => Report::FailFast,
    }
}
