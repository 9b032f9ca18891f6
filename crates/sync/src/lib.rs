//! What the runtime uses of the operating system: locks, threads, clocks, timers, schedules.
//!
//! Everything above this crate takes these from here and nowhere else, so that one place decides how a
//! thread waits and what time it is. With the feature `shuttle` that place is an explorer of interleavings,
//! under the same names; it is for tests that run everything inside `explore`. With the feature `loom` it is a model
//! checker of memory orderings, for tests of single parts inside `loom::model`.
//!
//! * [`Clock`]: the system's coarse monotonic clock, or a [`VirtualClock`] that a test advances.
//! * [`Timers`]: things to do at a moment, on either clock.
//! * [`Signal`]: where a thread waits until somebody wakes it.
//! * [`Schedule`]: threads run freely, or one at a time in an order that a seed decides.

mod clock;
mod counter;
#[cfg(feature = "shuttle")]
pub mod explore;
mod schedule;
mod signal;
mod system;
mod timer;

pub use clock::{Clock, VirtualClock};
pub use counter::Counter;
pub use schedule::{Schedule, Scheduler, Stalled, Turn};
pub use signal::Signal;
pub use system::*;
pub use timer::{TimerKey, Timers};

#[cfg(all(feature = "loom", not(feature = "shuttle")))]
#[doc(hidden)]
pub use loom;
#[cfg(feature = "shuttle")]
#[doc(hidden)]
pub use shuttle;
