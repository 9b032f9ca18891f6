//! A thread's place in the schedule.

use super::{
    Schedule, Scheduler, Stalled,
    table::{State, Table},
};
use crate::{Arc, Condvar, MutexGuard, system::Limit};
use std::{fmt, time::Duration};

/// A thread's place in the schedule; dropped when the thread ends.
pub struct Turn {
    scheduler: Scheduler,
    thread: usize,
    changed: Arc<Condvar>,
}

impl Turn {
    pub(super) fn new(scheduler: Scheduler, (thread, changed): (usize, Arc<Condvar>)) -> Self {
        Self { scheduler, thread, changed }
    }

    /// The scheduler that it is a place of.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// Waits for the first turn; called on the thread itself. Until it comes here the thread may have been
    /// given the turn already: then everybody waits for it.
    pub fn begin(&self) {
        drop(self.wait(self.scheduler.table()));
    }

    /// A switch point: under a deterministic schedule another thread may go on here.
    pub fn switch(&self) {
        if self.scheduler.schedule() != Schedule::Free {
            let mut table = self.scheduler.table();
            table.pick();
            drop(self.wait(table));
        }
    }

    /// Blocks until `ready` gives something; it is asked at first, and again whenever a thread ends or
    /// somebody calls [`Scheduler::wake`]. `None` if all threads block or park, so that it never can.
    pub fn block_until<T>(&self, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
        loop {
            let changes = self.scheduler.table().changes();
            if let Some(value) = ready() {
                return Some(value);
            }
            let mut table = self.scheduler.table();
            if table.changes() != changes {
                continue;
            }
            table.stop(self.thread, State::Blocked);
            if self.wait(table).take_hopeless(self.thread) {
                return None;
            }
        }
    }

    /// Waits until every other registered thread blocks, parks or has ended.
    ///
    /// # Errors
    /// [`Stalled`] when they do not within `limit` of real time; the thread then goes on.
    pub fn rest(&self, limit: Duration) -> Result<(), Stalled> {
        let limit = Limit::new(limit);
        let mut table = self.scheduler.table();
        table.stop(self.thread, State::Resting);
        while !table.may_run(self.thread) {
            if limit.wait(&self.changed, &mut table) {
                table.seize(self.thread);
                return Err(Stalled);
            }
        }
        Ok(())
    }

    /// Parks at a signal until somebody calls [`Scheduler::unpark`] with it. `announce` is called first, with
    /// the threads held still, and says whether to park at all; `timed`: the system's clock will end this.
    pub(crate) fn park(&self, signal: usize, timed: bool, announce: impl FnOnce() -> bool) {
        let mut table = self.scheduler.table();
        if announce() {
            table.stop(self.thread, State::Parked { signal, timed });
            drop(self.wait(table));
        }
    }

    fn wait<'a>(&'a self, mut table: MutexGuard<'a, Table>) -> MutexGuard<'a, Table> {
        while !table.may_run(self.thread) {
            self.changed.wait(&mut table);
        }
        table
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.scheduler.table().end(self.thread);
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("thread", &self.thread).finish_non_exhaustive()
    }
}
