//! The means of the explorer of interleavings, shuttle. Its threads are coroutines of one thread of the system.

mod local;
pub mod thread;

pub use local::{First, LocalKey};
pub use shuttle::sync::atomic;

pub(super) use shuttle::sync;
