//! The system's means: locks, atomics, threads, thread-locals; or, under the same names, so that the same code runs on
//! either, those of a search that a test makes: with the feature `shuttle` through interleavings, with the feature
//! `loom` through what memory orderings allow. With both it is `shuttle`.
//!
//! What is the same for all stands here. A `DashMap` or a `OnceLock` stays the system's also under the
//! explorer, all of whose threads are one thread of the system: whoever waited for one would wait for ever.
//! So no guard of a `DashMap` is held, and no `OnceLock` initialised, across a lock, an atomic or another
//! point where the explorer may switch. In return they must not be iterated over where the order counts.

#[cfg(feature = "shuttle")]
mod explored;
#[cfg(any(feature = "shuttle", feature = "loom"))]
mod lock;
#[cfg(not(any(feature = "shuttle", feature = "loom")))]
mod native;
#[cfg(all(feature = "loom", not(feature = "shuttle")))]
mod ordered;
#[cfg(any(feature = "shuttle", feature = "loom"))]
mod timeless;

#[cfg(feature = "shuttle")]
pub use explored::{First, LocalKey, atomic, thread};
#[cfg(any(feature = "shuttle", feature = "loom"))]
pub use lock::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
#[cfg(not(any(feature = "shuttle", feature = "loom")))]
pub use native::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic, thread, thread_local};
#[cfg(all(feature = "loom", not(feature = "shuttle")))]
pub use ordered::{atomic, thread};

#[cfg(feature = "shuttle")]
use explored::sync;
#[cfg(all(feature = "loom", not(feature = "shuttle")))]
use ordered::sync;

#[cfg(not(any(feature = "shuttle", feature = "loom")))]
pub(crate) use native::{Limit, coarse};
#[cfg(any(feature = "shuttle", feature = "loom"))]
pub(crate) use timeless::{Limit, coarse};

pub use dashmap::DashMap;
pub use std::{
    cell::{Cell, RefCell},
    sync::{Arc, OnceLock, Weak},
};
