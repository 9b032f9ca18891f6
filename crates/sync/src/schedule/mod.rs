//! Schedules: which of the threads that a machine knows may run.
//!
//! Under [`Schedule::Free`] all of them, as the system likes. Under [`Schedule::Deterministic`] exactly
//! one at a time: a thread gives up its turn where it blocks, parks or comes to a switch point, and a
//! generator seeded by the schedule picks the next among those that can go on. The same seed gives the
//! same order.
//!
//! Two ways to wait: a thread **blocks** for a condition that another thread of the machine makes true
//! ([`Turn::block_until`]), and is told when none can any more; it **parks** at a [`Signal`](crate::Signal),
//! which anybody may set at any time, and which wakes that thread alone.

mod table;
mod turn;

pub use turn::Turn;

use crate::{Arc, Mutex, MutexGuard, system::Limit};
use std::{fmt, time::Duration};
use table::{State, Table};

/// How the threads of a machine are scheduled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schedule {
    /// By the system.
    #[default]
    Free,
    /// One at a time, in an order that the seed decides.
    Deterministic(u64),
}

/// A thread neither blocked nor parked nor ended within the time allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stalled;

/// The scheduler of one machine. Clones are the same scheduler.
#[derive(Clone)]
pub struct Scheduler {
    table: Arc<Mutex<Table>>,
    schedule: Schedule,
}

impl Scheduler {
    /// A scheduler without threads.
    pub fn new(schedule: Schedule) -> Self {
        let random = match schedule {
            Schedule::Free => None,
            Schedule::Deterministic(seed) => Some(fastrand::Rng::with_seed(seed)),
        };
        Self { table: Arc::new(Mutex::new(Table::new(random))), schedule }
    }

    /// The schedule it follows.
    pub fn schedule(&self) -> Schedule {
        self.schedule
    }

    /// Whether both are the same scheduler.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table)
    }

    /// Makes a thread known, ready to run; it takes turns from now on, also if the others are running
    /// already, or all at rest. Order of calls is part of the deterministic order.
    pub fn register(&self) -> Turn {
        let mut table = self.table();
        let place = table.add();
        if table.is_started() && table.current().is_none() {
            table.pick();
        }
        drop(table);
        Turn::new(self.clone(), place)
    }

    /// Lets the registered threads go: the first turn is given, unless somebody has it.
    pub fn start(&self) {
        let mut table = self.table();
        table.start();
        if table.current().is_none() {
            table.pick();
        }
    }

    /// Lets every blocked thread look at its condition again.
    pub fn wake(&self) {
        self.table().wake_blocked();
    }

    /// Lets go who parks at the signal.
    pub(crate) fn unpark(&self, signal: usize) {
        self.table().unpark(signal);
    }

    /// Whether every registered thread blocks, parks or has ended: none can run, none waits for the others
    /// to come to rest.
    pub fn is_quiescent(&self) -> bool {
        !self.table().any(|state| matches!(state, State::Ready | State::Resting))
    }

    /// Waits until every registered thread blocks, parks or has ended; for a thread that is not registered
    /// itself.
    ///
    /// # Errors
    /// [`Stalled`] when they do not within `limit` of real time.
    pub fn wait_until_at_rest(&self, limit: Duration) -> Result<(), Stalled> {
        let limit = Limit::new(limit);
        let mut table = self.table();
        let at_rest = table.at_rest();
        while table.any(|state| state == State::Ready) {
            if limit.wait(&at_rest, &mut table) {
                return Err(Stalled);
            }
        }
        Ok(())
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock()
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler").field("schedule", &self.schedule).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(any(feature = "shuttle", feature = "loom"))))]
mod tests {
    use super::*;

    fn order(seed: u64) -> Vec<usize> {
        let scheduler = Scheduler::new(Schedule::Deterministic(seed));
        let log = Arc::new(Mutex::new(Vec::new()));
        let threads: Vec<_> = (0..3)
            .map(|name| {
                let (turn, log) = (scheduler.register(), log.clone());
                std::thread::spawn(move || {
                    turn.begin();
                    for _ in 0..5 {
                        log.lock().push(name);
                        turn.switch();
                    }
                })
            })
            .collect();
        scheduler.start();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        Arc::into_inner(log).unwrap().into_inner()
    }

    #[test]
    fn the_same_seed_gives_the_same_order_and_another_seed_another() {
        let first = order(1);
        assert_eq!(first.len(), 15);
        assert!((0..20).all(|_| order(1) == first));
        assert!((2..12).any(|seed| order(seed) != first));
    }

    #[test]
    fn a_thread_waits_for_what_another_one_does() {
        let scheduler = Scheduler::new(Schedule::Deterministic(3));
        let value = Arc::new(Mutex::new(None));
        let (waiter, maker) = (scheduler.register(), scheduler.register());
        let seen = value.clone();
        let waiting = std::thread::spawn(move || {
            waiter.begin();
            waiter.block_until(|| *seen.lock())
        });
        let making = std::thread::spawn(move || {
            maker.begin();
            *value.lock() = Some(7);
        });
        scheduler.start();
        making.join().unwrap();
        assert_eq!(waiting.join().unwrap(), Some(7));
    }

    #[test]
    fn threads_that_all_wait_for_ever_are_told_so() {
        let scheduler = Scheduler::new(Schedule::Deterministic(4));
        let turns = [scheduler.register(), scheduler.register()];
        let threads = turns.map(|turn| {
            std::thread::spawn(move || {
                turn.begin();
                turn.block_until(|| None::<()>)
            })
        });
        scheduler.start();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap().is_none()));
    }
}
