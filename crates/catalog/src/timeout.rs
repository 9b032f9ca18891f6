//! [`TransactionTimeout`]: the machine's time-out of transactions, for those who begin many.

use complus_sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use std::time::Duration;

/// The time-out of a root transaction that has none of its own (SEC A.5, TXN 8.4), as the database has it at this moment.
///
/// A look costs one atomic load. A clone is the same value.
#[derive(Clone, Debug)]
pub struct TransactionTimeout(Arc<AtomicU32>);

impl TransactionTimeout {
    /// One that follows no database: always so many seconds, and zero is for ever.
    pub fn fixed(seconds: u32) -> Self {
        Self(Arc::new(AtomicU32::new(seconds)))
    }

    /// As a snapshot has it.
    pub(crate) fn of(timeout: Option<Duration>) -> Self {
        Self::fixed(seconds(timeout))
    }

    /// In seconds; zero is for ever.
    #[inline]
    pub fn seconds(&self) -> u32 {
        // Nothing else is read because of it.
        self.0.load(Ordering::Relaxed)
    }

    /// A newer state is the committed one.
    pub(crate) fn follow(&self, timeout: Option<Duration>) {
        self.0.store(seconds(timeout), Ordering::Relaxed);
    }
}

fn seconds(timeout: Option<Duration>) -> u32 {
    timeout.map_or(0, |timeout| u32::try_from(timeout.as_secs()).unwrap_or(u32::MAX))
}
