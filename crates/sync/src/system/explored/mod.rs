//! The means of the explorer, shuttle, in the system's shape.
//!
//! Its threads are coroutines of one thread of the system, and it knows no real time: what waits for a
//! moment of the system's clock panics and says so; what only limits a wait that should end by itself waits
//! without limit, since the explorer itself finds out that nobody can go on.

mod local;
mod lock;

pub use local::{First, LocalKey};
pub use lock::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use shuttle::sync::atomic;

use std::time::Duration;

/// Threads, as in the standard library; without `sleep`.
pub mod thread {
    pub use shuttle::thread::{
        Builder, JoinHandle, Result, Scope, ScopedJoinHandle, Thread, ThreadId, current, panicking, scope, spawn,
        yield_now,
    };
}

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

fn no_real_time() -> ! {
    panic!("the explorer knows no real time: give the machine a virtual clock")
}
