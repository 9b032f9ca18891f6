//! Numbers for everybody in the program: what a static counts with.

use std::sync::atomic::{AtomicU64, Ordering};

/// Gives each who asks a number of its own, one after another.
///
/// It is the system's also under the explorer, which runs several tests at once, each on a thread of the system:
/// what a static holds is the only thing that they share.
#[derive(Debug)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Begins with `first`.
    pub const fn new(first: u64) -> Self {
        Self(AtomicU64::new(first))
    }

    /// The next number.
    #[inline]
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
