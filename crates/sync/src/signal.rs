//! The one way in which a thread waits: for a token that somebody leaves.

use crate::{
    Arc, Condvar, Mutex, MutexGuard, Scheduler, Timers, Turn,
    atomic::{AtomicU32, Ordering},
};
use std::{fmt, time::Duration};

/// The token is there; then nobody is announced as waiting.
const TOKEN: u32 = 1;
/// Somebody waits by the system's means.
const WAITING: u32 = 2;
/// Somebody waits in the schedule.
const PARKED: u32 = 4;

/// A place to wait: somebody leaves a token, a thread takes it. Clones are the same signal.
///
/// Setting it twice leaves one token; a token left before anybody waits is not lost. Meant for one thread
/// that waits; if several do, each token ends the wait of one of them.
///
/// A thread registered with the signal's scheduler waits *parked*: at rest, its turn given away, and ready
/// again when this signal is set. Any other waits by the system's means. `set` may come from everywhere.
#[derive(Clone)]
pub struct Signal(Arc<Place>);

struct Place {
    state: AtomicU32,
    lock: Mutex<()>,
    changed: Condvar,
    scheduler: Scheduler,
}

impl Signal {
    /// A signal without a token, for threads of `scheduler` and others.
    pub fn new(scheduler: &Scheduler) -> Self {
        let place = Place {
            state: AtomicU32::new(0),
            lock: Mutex::new(()),
            changed: Condvar::new(),
            scheduler: scheduler.clone(),
        };
        Self(Arc::new(place))
    }

    /// Leaves the token and wakes who waits. One atomic swap if nobody does.
    #[inline]
    pub fn set(&self) {
        let before = self.0.state.swap(TOKEN, Ordering::AcqRel);
        if before & (WAITING | PARKED) != 0 {
            self.notify(before);
        }
    }

    /// Takes the token without waiting; whether it was there.
    #[inline]
    pub fn take(&self) -> bool {
        self.0.state.compare_exchange(TOKEN, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Waits for the token and takes it. `turn`: the thread's place in the schedule, if it is registered.
    pub fn wait(&self, turn: Option<&Turn>) {
        while !self.take() {
            match self.turn_here(turn) {
                Some(turn) => turn.park(self.id(), false, || self.announce(PARKED)),
                None => self.wait_natively(|place, guard| place.changed.wait(guard)),
            }
        }
    }

    /// Waits for the token until `deadline`, in nanoseconds of the clock of `timers`, and takes it; false if
    /// the deadline came first.
    ///
    /// A registered thread, and any on a virtual clock, is woken by a timer; any other waits by the system's
    /// means, never shorter than to the deadline as that clock shows it.
    pub fn wait_until(&self, turn: Option<&Turn>, timers: &Timers, deadline: u64) -> bool {
        if self.take() {
            return true;
        }
        let clock = timers.clock();
        if clock.now() >= deadline {
            return false;
        }
        let (turn, is_system) = (self.turn_here(turn), clock.as_virtual().is_none());
        let by_timer = turn.is_some() || !is_system;
        let timer = by_timer.then(|| {
            let signal = self.clone();
            timers.set(deadline, Box::new(move || signal.look_again()))
        });
        let has_token = loop {
            if self.take() {
                break true;
            }
            // Asked once more after announcing oneself: from there on the timer knows whom to wake.
            let is_early = |flag| self.announce(flag) && clock.now() < deadline;
            match turn {
                Some(turn) => turn.park(self.id(), is_system, || is_early(PARKED)),
                None if by_timer => self.wait_natively(|place, guard| {
                    if clock.now() < deadline {
                        place.changed.wait(guard);
                    }
                }),
                None => self.wait_natively(|place, guard| {
                    let left = Duration::from_nanos(deadline.saturating_sub(clock.now()));
                    place.changed.wait_for(guard, left + crate::timer::TICK);
                }),
            }
            if clock.now() >= deadline {
                break self.take();
            }
        };
        if let Some(timer) = timer {
            timers.cancel(timer);
        }
        has_token
    }

    /// The thread's turn, if it is one of the signal's scheduler.
    fn turn_here<'a>(&self, turn: Option<&'a Turn>) -> Option<&'a Turn> {
        turn.filter(|turn| turn.scheduler().is(&self.0.scheduler))
    }

    /// Its name in the schedule.
    fn id(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Says that somebody waits; false if the token is there.
    fn announce(&self, flag: u32) -> bool {
        let place = &self.0.state;
        let with = |state| (state != TOKEN).then_some(state | flag);
        place.fetch_update(Ordering::AcqRel, Ordering::Acquire, with).is_ok()
    }

    /// Holds the lock that wakers take, announces the thread, and waits unless the token is there.
    fn wait_natively(&self, wait: impl FnOnce(&Place, &mut MutexGuard<'_, ()>)) {
        let mut guard = self.0.lock.lock();
        if self.announce(WAITING) {
            wait(&self.0, &mut guard);
        }
    }

    /// Lets who waits look at the clock, without leaving a token.
    fn look_again(&self) {
        // A write even where nothing changes: whoever announces himself after it sees the time as it is now.
        let before = self.0.state.fetch_and(TOKEN, Ordering::AcqRel);
        self.notify(before);
    }

    #[cold]
    fn notify(&self, before: u32) {
        if before & WAITING != 0 {
            // Who announced himself holds the lock until he waits.
            drop(self.0.lock.lock());
            self.0.changed.notify_all();
        }
        if before & PARKED != 0 {
            self.0.scheduler.unpark(self.id());
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_set = self.0.state.load(Ordering::Relaxed) == TOKEN;
        f.debug_struct("Signal").field("is_set", &is_set).finish_non_exhaustive()
    }
}
