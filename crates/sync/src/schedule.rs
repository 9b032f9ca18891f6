//! Schedules: which of the threads that a machine knows may run.
//!
//! Under [`Schedule::Free`] all of them, as the system likes. Under [`Schedule::Deterministic`] exactly
//! one at a time: a thread gives up its turn where it blocks or at a switch point, and a generator seeded
//! by the schedule picks the next among those that can go on. The same seed gives the same order.

use crate::{Condvar, Mutex, MutexGuard};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// How the threads of a machine are scheduled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schedule {
    /// By the system.
    #[default]
    Free,
    /// One at a time, in an order that the seed decides.
    Deterministic(u64),
}

/// A thread neither blocked nor ended within the time allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stalled;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Can run.
    Ready,
    /// Waits for something that another thread of the machine does.
    Blocked,
    /// Waits until all others block or have ended.
    Resting,
    /// Has returned.
    Ended,
}

struct Inner {
    random: Option<fastrand::Rng>,
    threads: Vec<State>,
    /// Who has the turn; only under a deterministic schedule.
    current: Option<usize>,
    /// Counts what may have changed the condition of a blocked thread.
    changes: u64,
    /// Threads whose condition can never come true.
    hopeless: Vec<bool>,
}

impl Inner {
    /// Hands the turn to one of the ready threads; if none is ready, to one that rests; if none rests,
    /// whoever blocks does so for good.
    fn pick(&mut self) {
        if !self.threads.contains(&State::Ready) {
            if let Some(resting) = self.threads.iter().position(|state| *state == State::Resting) {
                self.threads[resting] = State::Ready;
            } else {
                for (state, hopeless) in self.threads.iter_mut().zip(&mut self.hopeless) {
                    if *state == State::Blocked {
                        (*state, *hopeless) = (State::Ready, true);
                    }
                }
            }
        }
        if let Some(random) = &mut self.random {
            let states = self.threads.iter().enumerate();
            let ready: Vec<usize> = states.filter(|(_, state)| **state == State::Ready).map(|(i, _)| i).collect();
            self.current = if ready.is_empty() { None } else { Some(ready[random.usize(..ready.len())]) };
        }
    }

    /// Lets every blocked thread look at its condition again.
    fn wake(&mut self) {
        self.changes += 1;
        self.threads.iter_mut().filter(|state| **state == State::Blocked).for_each(|state| *state = State::Ready);
    }

    fn may_run(&self, thread: usize) -> bool {
        self.threads[thread] == State::Ready && (self.random.is_none() || self.current == Some(thread))
    }
}

/// The scheduler of one machine. Clones are the same scheduler.
#[derive(Clone)]
pub struct Scheduler {
    inner: Arc<(Mutex<Inner>, Condvar)>,
    schedule: Schedule,
}

impl Scheduler {
    /// A scheduler without threads.
    pub fn new(schedule: Schedule) -> Self {
        let random = match schedule {
            Schedule::Free => None,
            Schedule::Deterministic(seed) => Some(fastrand::Rng::with_seed(seed)),
        };
        let inner = Inner { random, threads: Vec::new(), current: None, changes: 0, hopeless: Vec::new() };
        Self { inner: Arc::new((Mutex::new(inner), Condvar::new())), schedule }
    }

    /// The schedule it follows.
    pub fn schedule(&self) -> Schedule {
        self.schedule
    }

    /// Makes a thread known, ready to run. Order of calls is part of the deterministic order.
    pub fn register(&self) -> Turn {
        let mut inner = self.inner.0.lock();
        inner.threads.push(State::Ready);
        inner.hopeless.push(false);
        Turn { scheduler: self.clone(), thread: inner.threads.len() - 1 }
    }

    /// Lets the registered threads go: the first turn is given, unless somebody has it.
    pub fn start(&self) {
        let mut inner = self.inner.0.lock();
        if inner.current.is_none() {
            inner.pick();
        }
        self.inner.1.notify_all();
    }

    /// Lets every blocked thread look at its condition again.
    pub fn wake(&self) {
        self.inner.0.lock().wake();
        self.inner.1.notify_all();
    }

    /// Waits until every registered thread blocks or has ended; for a thread that is not registered itself.
    pub fn wait_until_at_rest(&self, limit: Duration) -> Result<(), Stalled> {
        let deadline = Instant::now() + limit;
        let mut inner = self.inner.0.lock();
        while inner.threads.contains(&State::Ready) {
            if self.inner.1.wait_until(&mut inner, deadline).timed_out() {
                return Err(Stalled);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler").field("schedule", &self.schedule).finish_non_exhaustive()
    }
}

/// A thread's place in the schedule; dropped when the thread ends.
#[derive(Debug)]
pub struct Turn {
    scheduler: Scheduler,
    thread: usize,
}

impl Turn {
    /// Waits for the first turn; called on the thread itself.
    pub fn begin(&self) {
        let inner = self.scheduler.inner.0.lock();
        drop(self.wait(inner));
    }

    /// A switch point: under a deterministic schedule another thread may go on here.
    pub fn switch(&self) {
        if self.scheduler.schedule != Schedule::Free {
            let mut inner = self.scheduler.inner.0.lock();
            inner.pick();
            self.scheduler.inner.1.notify_all();
            drop(self.wait(inner));
        }
    }

    /// Blocks until `ready` gives something; it is asked at first, and again whenever a thread ends or
    /// somebody calls [`Scheduler::wake`]. `None` if all threads block, so that it never can.
    pub fn block_until<T>(&self, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
        let (lock, changed) = &*self.scheduler.inner;
        loop {
            let changes = lock.lock().changes;
            if let Some(value) = ready() {
                return Some(value);
            }
            let mut inner = lock.lock();
            if inner.changes != changes {
                continue;
            }
            inner.threads[self.thread] = State::Blocked;
            inner.pick();
            changed.notify_all();
            let mut inner = self.wait(inner);
            if std::mem::take(&mut inner.hopeless[self.thread]) {
                return None;
            }
        }
    }

    /// Waits until every other registered thread blocks or has ended.
    ///
    /// # Errors
    /// [`Stalled`] when they do not within `limit` of real time; the thread then goes on.
    pub fn rest(&self, limit: Duration) -> Result<(), Stalled> {
        let deadline = Instant::now() + limit;
        let mut inner = self.scheduler.inner.0.lock();
        inner.threads[self.thread] = State::Resting;
        inner.pick();
        self.scheduler.inner.1.notify_all();
        while !inner.may_run(self.thread) {
            if self.scheduler.inner.1.wait_until(&mut inner, deadline).timed_out() {
                inner.threads[self.thread] = State::Ready;
                inner.current = inner.random.is_some().then_some(self.thread);
                return Err(Stalled);
            }
        }
        Ok(())
    }

    fn wait<'a>(&'a self, mut inner: MutexGuard<'a, Inner>) -> MutexGuard<'a, Inner> {
        while !inner.may_run(self.thread) {
            self.scheduler.inner.1.wait(&mut inner);
        }
        inner
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut inner = self.scheduler.inner.0.lock();
        inner.threads[self.thread] = State::Ended;
        inner.wake();
        if inner.random.is_none() || inner.current == Some(self.thread) {
            inner.pick();
        }
        self.scheduler.inner.1.notify_all();
    }
}

#[cfg(test)]
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
