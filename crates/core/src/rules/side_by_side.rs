//! Side-by-side assembly: SWC 6.3 and the side-by-side rows of SWC 3.

use crate::{
    attribute::SxsConfig,
    error::DomainError,
    explain::{Explain, Reason},
};
use alloc::format;

/// What is known of the assembly that a configuration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// A directory was set.
    pub directory: bool,
    /// The manifest in it can be found and read.
    pub readable: bool,
}

/// The assembly a new context sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assembly {
    /// None.
    None,
    /// The caller's.
    Callers,
    /// The configured one.
    New,
}

/// The assembly of a service domain: a directory is mandatory for a new one, a name is not (S-09).
#[inline]
pub fn service_domain(
    setting: SxsConfig,
    caller: bool,
    named: impl FnOnce() -> Named,
    explain: &mut impl Explain,
) -> Result<Assembly, DomainError> {
    let result = match (setting, caller) {
        (SxsConfig::No, _) | (SxsConfig::Inherit, false) => Ok(Assembly::None),
        (SxsConfig::Inherit, true) => Ok(Assembly::Callers),
        (SxsConfig::New, _) => match named() {
            Named { directory: true, readable: true } => Ok(Assembly::New),
            _ => Err(DomainError::SideBySide),
        },
    };
    explain.because(|| Reason {
        rule: "SWC 6.3",
        inputs: format!("setting {setting}, caller {}", if caller { "has an assembly" } else { "has none" }),
        verdict: match result {
            Ok(Assembly::None) => "no assembly".into(),
            Ok(Assembly::Callers) => "the caller's assembly".into(),
            Ok(Assembly::New) => "the configured assembly".into(),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "ne-comsvcs-csc_sxsconfig",
    });
    result
}
