//! Tracker: SWC 6.5 and the tracker rows of SWC 3.

use crate::{
    attribute::TrackerConfig,
    error::DomainError,
    explain::{Explain, Reason},
};
use alloc::format;

/// How a domain's work is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracking {
    /// Not at all.
    Off,
    /// Under both configured names.
    Named,
    /// Under the application name and the text of the context id.
    NamedByContextId,
}

/// How a service domain is tracked. Nothing flows from the caller; an application name is mandatory,
/// a context name is not (S-09). An empty name is no name.
#[inline]
pub fn service_domain(
    setting: TrackerConfig,
    application: impl FnOnce() -> bool,
    context: impl FnOnce() -> bool,
    explain: &mut impl Explain,
) -> Result<Tracking, DomainError> {
    let result = match setting {
        TrackerConfig::DontUse => Ok(Tracking::Off),
        TrackerConfig::Use if !application() => Err(DomainError::Tracker),
        TrackerConfig::Use if context() => Ok(Tracking::Named),
        TrackerConfig::Use => Ok(Tracking::NamedByContextId),
    };
    explain.because(|| Reason {
        rule: "SWC 6.5",
        inputs: format!("setting {setting}"),
        verdict: match result {
            Ok(Tracking::Off) => "not tracked".into(),
            Ok(Tracking::Named) => "tracked under both names".into(),
            Ok(Tracking::NamedByContextId) => "tracked under the application name and the context id".into(),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "ne-comsvcs-csc_trackerconfig",
    });
    result
}
