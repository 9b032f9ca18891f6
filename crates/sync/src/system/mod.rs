//! The system's means: locks, atomics, threads, thread-locals; or, with the feature `shuttle`, those of an
//! explorer of interleavings under the same names, so that the same code runs on either.
//!
//! What is the same for both stands here. A `DashMap` or a `OnceLock` stays the system's also under the
//! explorer, all of whose threads are one thread of the system: whoever waited for one would wait for ever.
//! So no guard of a `DashMap` is held, and no `OnceLock` initialised, across a lock, an atomic or another
//! point where the explorer may switch. In return they must not be iterated over where the order counts.

#[cfg(feature = "shuttle")]
mod explored;
#[cfg(not(feature = "shuttle"))]
mod native;

#[cfg(feature = "shuttle")]
pub use explored::{
    Condvar, First, LocalKey, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic, thread,
};
#[cfg(not(feature = "shuttle"))]
pub use native::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic, thread, thread_local};

#[cfg(feature = "shuttle")]
pub(crate) use explored::{Limit, coarse};
#[cfg(not(feature = "shuttle"))]
pub(crate) use native::{Limit, coarse};

pub use dashmap::DashMap;
pub use std::{
    cell::{Cell, RefCell},
    sync::{Arc, OnceLock, Weak},
};
