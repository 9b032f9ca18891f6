//! [`Error`]: what went wrong, as an HRESULT with a reason.
//!
//! An error is eight bytes and never allocates: a service domain that cannot be entered must not
//! cost more than one that can. The reason is an enumeration per subject ([`source`] gives it);
//! the text says what to do about it.
//!
//! [`source`]: core::error::Error::source

mod activation;
mod apartment;
mod application;
mod call;
mod catalog;
mod class;
mod component;
mod configuration;
mod context;
mod domain;
mod marshal;
mod runtime;
mod transaction;
mod wait;

pub use activation::ActivationError;
pub use apartment::ApartmentError;
pub use application::ApplicationError;
pub use call::CallError;
pub use catalog::CatalogError;
pub use class::ClassError;
pub use component::ComponentError;
pub use configuration::ConfigurationError;
pub use context::ContextError;
pub use domain::DomainError;
pub use marshal::MarshalError;
pub use runtime::RuntimeError;
pub use transaction::TransactionError;
pub use wait::WaitError;

use crate::hresult::HResult;
use core::fmt;

/// `Result` with [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// A failed call of the runtime: an HRESULT, a kind, and a reason.
///
/// ```
/// use complus_core::error::{DomainError, Error, ErrorKind};
/// let error = Error::from(DomainError::ThreadPool);
/// assert_eq!(error.hresult(), complus_core::hresult::CO_E_THREADPOOL_CONFIG);
/// assert_eq!(error.kind(), ErrorKind::Configuration);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Error {
    hresult: HResult,
    cause: Cause,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Bare,
    Activation(ActivationError),
    Apartment(ApartmentError),
    Application(ApplicationError),
    Call(CallError),
    Catalog(CatalogError),
    Class(ClassError),
    Component(ComponentError),
    Configuration(ConfigurationError),
    Context(ContextError),
    Domain(DomainError),
    Marshal(MarshalError),
    Runtime(RuntimeError),
    Transaction(TransactionError),
    Wait(WaitError),
}

/// What sort of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument that no call of this kind accepts.
    InvalidArgument,
    /// The thread is in no apartment.
    NotInitialized,
    /// The settings contradict each other or the machine.
    Configuration,
    /// The caller may not do this.
    AccessDenied,
    /// The call needs a context, or another context.
    Context,
    /// The transaction is over, doomed, or there is none.
    Transaction,
    /// A part of the machine cannot be reached.
    Unavailable,
    /// A limit is reached.
    Limit,
    /// The process, apartment or context is gone.
    Disconnected,
    /// A rule of the library was broken by the program.
    Misuse,
    /// Any other HRESULT.
    Other,
}

impl Error {
    /// The exact code.
    #[inline]
    pub const fn hresult(&self) -> HResult {
        self.hresult
    }

    /// The sort of failure.
    pub const fn kind(&self) -> ErrorKind {
        match self.cause {
            Cause::Bare => ErrorKind::Other,
            Cause::Activation(e) => e.kind(),
            Cause::Apartment(e) => e.kind(),
            Cause::Application(e) => e.kind(),
            Cause::Call(e) => e.kind(),
            Cause::Catalog(e) => e.kind(),
            Cause::Class(e) => e.kind(),
            Cause::Component(e) => e.kind(),
            Cause::Configuration(_) => ErrorKind::InvalidArgument,
            Cause::Context(e) => e.kind(),
            Cause::Domain(e) => e.kind(),
            Cause::Marshal(e) => e.kind(),
            Cause::Runtime(e) => e.kind(),
            Cause::Transaction(e) => e.kind(),
            Cause::Wait(e) => e.kind(),
        }
    }

    fn reason(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.cause {
            Cause::Bare => None,
            Cause::Activation(e) => Some(e),
            Cause::Apartment(e) => Some(e),
            Cause::Application(e) => Some(e),
            Cause::Call(e) => Some(e),
            Cause::Catalog(e) => Some(e),
            Cause::Class(e) => Some(e),
            Cause::Component(e) => Some(e),
            Cause::Configuration(e) => Some(e),
            Cause::Context(e) => Some(e),
            Cause::Domain(e) => Some(e),
            Cause::Marshal(e) => Some(e),
            Cause::Runtime(e) => Some(e),
            Cause::Transaction(e) => Some(e),
            Cause::Wait(e) => Some(e),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.reason(), self.hresult.meaning()) {
            (Some(reason), _) => write!(f, "{}: {reason}", self.hresult),
            (None, Some(meaning)) => write!(f, "{}: {meaning}", self.hresult),
            (None, None) => write!(f, "{}", self.hresult),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.reason()
    }
}

impl From<HResult> for Error {
    fn from(hresult: HResult) -> Self {
        Self { hresult, cause: Cause::Bare }
    }
}

impl From<Error> for HResult {
    fn from(error: Error) -> Self {
        error.hresult
    }
}

macro_rules! causes {
    ($($cause:ident($inner:ty)),+ $(,)?) => {$(
        impl From<$inner> for Error {
            #[inline]
            fn from(inner: $inner) -> Self {
                Self { hresult: inner.hresult(), cause: Cause::$cause(inner) }
            }
        }
    )+};
}
causes!(
    Activation(ActivationError),
    Apartment(ApartmentError),
    Application(ApplicationError),
    Call(CallError),
    Catalog(CatalogError),
    Class(ClassError),
    Component(ComponentError),
    Configuration(ConfigurationError),
    Context(ContextError),
    Domain(DomainError),
    Marshal(MarshalError),
    Runtime(RuntimeError),
    Transaction(TransactionError),
    Wait(WaitError),
);

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), 8);
        assert_eq!(size_of::<Result<()>>(), 8);
    }

    #[test]
    fn the_text_names_the_code_and_gives_advice() {
        let text = Error::from(DomainError::ThreadPool).to_string();
        assert!(text.starts_with("CO_E_THREADPOOL_CONFIG (0x80004031): "), "{text}");
        assert!(text.contains("CoCreateActivity"), "{text}");
    }
}
