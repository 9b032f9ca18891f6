//! The error object of a thread: IErrorInfo, which says more of a failure than its code.

use crate::thread;
use complus_core::{error::Result, hresult::HResult};
use complus_sync::Arc;
use uuid::Uuid;

/// An error object. The one that a thread has set stays with it until somebody takes it.
///
/// A call that runs on another thread brings back what its callee has set there; the caller's own gives way to it, also
/// if it is nothing. When the runtime replaces a method's success because the transaction did not commit, the error object
/// says so, with the component's ProgID as its source, and whatever the method has set is gone (TXN 7.3, T-19).
///
/// ```
/// # use complus_runtime::*;
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// ErrorInfo::new("Bank.Account", "The account is closed.").set()?;
/// assert_eq!(ErrorInfo::take()?.unwrap().description(), "The account is closed.");
/// assert!(ErrorInfo::take()?.is_none());
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorInfo {
    source: Arc<str>,
    description: Arc<str>,
    interface: Option<Uuid>,
}

impl ErrorInfo {
    /// An error object: `source` is the ProgID of whoever raises the error.
    pub fn new(source: &str, description: &str) -> Self {
        Self { source: source.into(), description: description.into(), interface: None }
    }

    /// The same of an error that this interface defines.
    #[must_use]
    pub fn of_interface(self, interface: Uuid) -> Self {
        Self { interface: Some(interface), ..self }
    }

    /// GetGUID: the interface that defines the error; `None` stands for GUID_NULL.
    pub fn interface(&self) -> Option<Uuid> {
        self.interface
    }

    /// GetSource: the ProgID of whoever raised the error.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// GetDescription: what went wrong.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// SetErrorInfo: this is the error object of the thread from now on.
    ///
    /// # Errors
    /// E_UNEXPECTED from an observer and while the thread ends.
    pub fn set(self) -> Result<()> {
        let before = thread::bound(|binding| binding.com_mut().error.replace(Box::new(self)))?;
        drop(before);
        Ok(())
    }

    /// GetErrorInfo: takes the error object of the thread away; `None` stands for S_FALSE.
    ///
    /// # Errors
    /// E_UNEXPECTED from an observer and while the thread ends.
    pub fn take() -> Result<Option<Self>> {
        thread::refuse_observers()?;
        Ok(replace(None).map(|error| *error))
    }
}

/// Gives the thread this error object, or none, in place of the one that it has.
pub(crate) fn replace(error: Option<Box<ErrorInfo>>) -> Option<Box<ErrorInfo>> {
    thread::try_active(|binding| match (&mut binding.com, error) {
        (Some(com), error) => std::mem::replace(&mut com.error, error),
        (None, None) => None, // as nearly always
        (None, error) => std::mem::replace(&mut binding.com_mut().error, error),
    })
}

/// A method's success is replaced by this code, as its transaction did not commit: so says the error object (T-19).
#[cold]
pub(crate) fn not_committed(progid: &str, code: HResult) {
    let before = replace(Some(Box::new(ErrorInfo::new(progid, code.meaning().unwrap_or_default()))));
    drop(before);
}
