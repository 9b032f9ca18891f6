//! The means of the explorer of interleavings, shuttle. Its threads are coroutines of one thread of the system.

mod local;

pub use local::{First, LocalKey};
pub use shuttle::sync::atomic;

pub(super) use shuttle::sync;

/// Threads, as in the standard library; without `sleep`.
pub mod thread {
    pub use shuttle::thread::{
        Builder, JoinHandle, Result, Scope, ScopedJoinHandle, Thread, ThreadId, current, panicking, scope, spawn,
        yield_now,
    };
}
