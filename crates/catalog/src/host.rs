//! [`Host`]: what administration asks of the machine that its threads belong to.

use complus_core::error::CatalogError;
use complus_sync::{Arc, Clock, Schedule, Scheduler, Signal, Timers};
use std::{fmt, time::Duration};

/// Wakes a thread that waits.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// The machine of an administrator, and its transaction if there is one. Without a host threads wait for another writer by
/// the system's means, and a transaction takes writes until it is committed or dropped.
pub trait Host: Send + Sync + fmt::Debug {
    /// Asked before each write in a transaction: whether it still takes work.
    ///
    /// # Errors
    /// Why it does not; the write then fails with this, and nothing is changed.
    fn takes_work(&self) -> Result<(), CatalogError>;

    /// What wakes the calling thread when it is in [`wait`](Self::wait). Called from other threads, with no lock held.
    fn waker(&self) -> Waker;

    /// Waits until `ready` is true: asks at once, and whenever the thread was woken. `limit` is the longest time; the end
    /// of the machine may end the wait, too.
    fn wait(&self, limit: Option<Duration>, ready: &mut dyn FnMut() -> bool);
}

/// No machine: a thread waits by the system's means, on the system's clock.
pub(crate) struct Unhosted {
    signal: Signal,
    timers: Timers,
}

impl Unhosted {
    pub(crate) fn new() -> Self {
        Self { signal: Signal::new(&Scheduler::new(Schedule::Free)), timers: Timers::new(Clock::system()) }
    }
}

impl fmt::Debug for Unhosted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unhosted")
    }
}

impl Host for Unhosted {
    fn takes_work(&self) -> Result<(), CatalogError> {
        Ok(())
    }

    fn waker(&self) -> Waker {
        let signal = self.signal.clone();
        Arc::new(move || signal.set())
    }

    fn wait(&self, limit: Option<Duration>, ready: &mut dyn FnMut() -> bool) {
        let nanoseconds = |limit: Duration| u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        let deadline = limit.map(|limit| self.timers.clock().now().saturating_add(nanoseconds(limit)));
        while !ready() {
            match deadline {
                None => self.signal.wait(None),
                Some(deadline) => {
                    if !self.signal.wait_until(None, &self.timers, deadline) {
                        return;
                    }
                }
            }
        }
    }
}
