//! The means of the model checker of memory orderings, loom: an atomic answers every value that its orderings allow.
//!
//! For the small parts that are free of locks, and for what of this crate they need; there are no thread-locals.

pub use loom::sync::atomic;

pub(super) use loom::sync;

/// Threads, as in the standard library.
pub mod thread {
    pub use loom::thread::{Builder, JoinHandle, Thread, ThreadId, current, spawn, yield_now};
}
