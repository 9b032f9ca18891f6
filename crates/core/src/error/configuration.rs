use crate::hresult::{self, HResult};

/// A value that a setter of the service configuration refuses (SWC 1.3, 2.1, S-01, S-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// A number outside the setter's enumeration.
    #[error("the number is no value of this setting's enumeration; nothing was changed")]
    OutOfRange,
    /// A duration that is no whole number of seconds that fits 32 bits.
    #[error("a time-out is a whole number of seconds, at most 4294967295; zero means never")]
    Timeout,
}

impl ConfigurationError {
    /// The exact code: always E_INVALIDARG.
    pub const fn hresult(self) -> HResult {
        hresult::E_INVALIDARG
    }
}
