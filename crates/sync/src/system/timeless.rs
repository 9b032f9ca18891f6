//! Time where there is none: what searches interleavings and orderings knows no clock of the system.
//!
//! What waits for a moment of that clock panics and says so; what only limits a wait that should end by itself waits
//! without limit, since the search itself finds out that nobody can go on.

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

/// There is no clock of the system here.
pub(crate) fn coarse() -> u64 {
    no_real_time()
}

pub(super) fn no_real_time() -> ! {
    panic!("the explorer knows no real time: give the machine a virtual clock")
}
