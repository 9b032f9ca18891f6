//! How the outcome of a domain reaches the program (SWC 7.3).

use complus_core::{
    attribute::TransactionStatus,
    hresult::{HResult, S_OK, XACT_E_NOTRANSACTION},
};
use complus_sync::atomic::{AtomicI32, Ordering};

/// ITransactionStatus, the half that COM+ calls.
///
/// Called exactly once per domain that used a transaction, on the leaving thread, in the outer context,
/// before the leave returns. What it answers is ignored, and so is a panic (S-21).
pub trait StatusSink {
    /// Told the status.
    fn set_transaction_status(&self, status: HResult) -> HResult;
}

impl<F: Fn(HResult)> StatusSink for F {
    fn set_transaction_status(&self, status: HResult) -> HResult {
        self(status);
        S_OK
    }
}

/// The library's own status object: reads XACT_E_NOTRANSACTION until a domain with a transaction was left.
#[derive(Debug)]
pub struct StatusObject(AtomicI32);

impl StatusObject {
    /// An object that no domain has reported to.
    pub const fn new() -> Self {
        Self(AtomicI32::new(XACT_E_NOTRANSACTION.0))
    }

    /// GetTransactionStatus.
    pub fn transaction_status(&self) -> HResult {
        HResult(self.0.load(Ordering::Acquire))
    }

    /// The same as an enumeration.
    pub fn status(&self) -> Option<TransactionStatus> {
        TransactionStatus::from_hresult(self.transaction_status())
    }
}

impl Default for StatusObject {
    fn default() -> Self {
        Self::new()
    }
}

impl StatusSink for StatusObject {
    fn set_transaction_status(&self, status: HResult) -> HResult {
        self.0.store(status.0, Ordering::Release);
        S_OK
    }
}
