//! Timers: things to do at a moment of a clock.

use crate::{
    Arc, Clock, Condvar, Mutex, OnceLock,
    atomic::{AtomicBool, AtomicU64, Ordering},
    thread::{self, JoinHandle},
};
use std::{collections::BTreeMap, fmt, time::Duration};

type Action = Box<dyn FnOnce() + Send>;

/// Added to waits that are to end at a moment of the system clock: the coarse clock lags, and who wakes too
/// early would have to wait again.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// Names a timer that is set: its deadline and its order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerKey {
    deadline: u64,
    order: u64,
}

/// Timers in order of deadline, then of creation.
#[derive(Default)]
pub(crate) struct Queue {
    entries: Mutex<BTreeMap<TimerKey, Action>>,
    orders: AtomicU64,
    changed: Condvar,
}

impl Queue {
    fn set(&self, deadline: u64, action: Action) -> TimerKey {
        let key = TimerKey { deadline, order: self.orders.fetch_add(1, Ordering::Relaxed) };
        let mut entries = self.entries.lock();
        entries.insert(key, action);
        if entries.keys().next() == Some(&key) {
            self.changed.notify_all();
        }
        key
    }

    fn cancel(&self, key: TimerKey) {
        let action = self.entries.lock().remove(&key);
        drop(action); // outside the lock: what it holds may set or cancel timers when dropped
    }

    pub(crate) fn take_due(&self, now: u64) -> Option<(u64, Action)> {
        let mut entries = self.entries.lock();
        let entry = entries.first_entry().filter(|entry| entry.key().deadline <= now)?;
        let (key, action) = entry.remove_entry();
        Some((key.deadline, action))
    }
}

/// The timers of a machine. On a system clock a thread serves them, started by the first one set and
/// ended with the last handle; on a virtual clock they fire in [`VirtualClock::advance`](crate::VirtualClock::advance).
pub struct Timers {
    queue: Arc<Queue>,
    clock: Clock,
    server: OnceLock<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

impl Timers {
    /// Timers on `clock`.
    pub fn new(clock: Clock) -> Self {
        let queue = clock.as_virtual().map_or_else(Arc::default, |clock| clock.timers.clone());
        Self { queue, clock, server: OnceLock::new(), stop: Arc::default() }
    }

    /// The clock they follow.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Calls `action` when the clock has reached `deadline` (nanoseconds).
    pub fn set(&self, deadline: u64, action: Action) -> TimerKey {
        if self.clock.as_virtual().is_none() {
            self.server.get_or_init(|| self.serve());
        }
        self.queue.set(deadline, action)
    }

    /// Forgets a timer, if it has not fired.
    pub fn cancel(&self, key: TimerKey) {
        self.queue.cancel(key);
    }

    fn serve(&self) -> JoinHandle<()> {
        let (queue, clock, stop) = (self.queue.clone(), self.clock.clone(), self.stop.clone());
        let run = move || {
            while !stop.load(Ordering::Acquire) {
                if let Some((_, action)) = queue.take_due(clock.now()) {
                    action();
                    continue;
                }
                let mut entries = queue.entries.lock();
                if stop.load(Ordering::Acquire) {
                    return;
                }
                let now = clock.now();
                match entries.keys().next().map(|key| key.deadline) {
                    None => queue.changed.wait(&mut entries),
                    Some(deadline) if deadline > now => {
                        queue.changed.wait_for(&mut entries, Duration::from_nanos(deadline - now) + TICK);
                    }
                    Some(_) => {}
                }
            }
        };
        thread::Builder::new().name("complus-timers".into()).spawn(run).expect("the system refuses a thread for timers")
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        let Some(server) = self.server.take() else { return };
        {
            let _entries = self.queue.entries.lock();
            self.stop.store(true, Ordering::Release);
            self.queue.changed.notify_all();
        }
        // A timer's own action may drop the last handle: then nobody waits for the thread.
        if server.thread().id() != thread::current().id() {
            let _ = server.join();
        }
    }
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers").field("set", &self.queue.entries.lock().len()).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(any(feature = "shuttle", feature = "loom"))))]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_timer_on_the_system_clock_fires_after_its_deadline() {
        let clock = Clock::system();
        let timers = Timers::new(clock.clone());
        let (send, receive) = mpsc::channel();
        let deadline = clock.now() + 20_000_000;
        let late = { clock.clone() };
        timers.set(deadline, Box::new(move || send.send(late.now()).unwrap()));
        assert!(receive.recv().unwrap() >= deadline);
    }

    #[test]
    fn a_cancelled_timer_does_not_fire() {
        let clock = Clock::system();
        let timers = Timers::new(clock.clone());
        let (send, receive) = mpsc::channel::<()>();
        let key = timers.set(clock.now() + 20_000_000, Box::new(move || send.send(()).unwrap()));
        timers.cancel(key);
        assert_eq!(receive.recv(), Err(mpsc::RecvError));
    }
}
