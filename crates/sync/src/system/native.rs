//! The system's own means.

pub use parking_lot::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use std::{sync::atomic, thread, thread_local};

use std::time::{Duration, Instant};

/// A limit in real time to waits that are expected to end by themselves.
pub(crate) struct Limit(Instant);

impl Limit {
    /// From now on.
    pub(crate) fn new(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    /// Waits until notified; whether the limit came first.
    pub(crate) fn wait<T>(&self, changed: &Condvar, guard: &mut MutexGuard<'_, T>) -> bool {
        changed.wait_until(guard, self.0).timed_out()
    }
}

/// The coarse monotonic clock, in nanoseconds.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
pub(crate) fn coarse() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
    time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned()
}

/// The coarse monotonic clock, in nanoseconds; its ticks are fractions of 2^-32 s.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn coarse() -> u64 {
    let ticks = coarsetime::Instant::now_without_cache_update().as_ticks();
    ((u128::from(ticks) * 1_000_000_000) >> 32) as u64
}
