//! Time where there is none: what searches interleavings and orderings sees the clock of the system stand still.
//!
//! Who waits for a moment of that clock waits without limit, and so does who only limits a wait that should end by
//! itself: the search finds out that nobody can go on.

use super::lock::{Condvar, MutexGuard};
use std::time::Duration;

/// What a limit in real time becomes: none.
pub(crate) struct Limit;

impl Limit {
    pub(crate) fn new(_limit: Duration) -> Self {
        Self
    }

    pub(crate) fn wait<T>(&self, changed: &Condvar, guard: &mut MutexGuard<'_, T>) -> bool {
        changed.wait(guard);
        false
    }
}

/// The clock of the system stands still.
pub(crate) fn coarse() -> u64 {
    0
}
