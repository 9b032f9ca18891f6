//! Time: nanoseconds since the clock was made.

use crate::{
    Arc,
    atomic::{AtomicU64, Ordering},
    system::coarse,
    timer::Queue,
};
use std::{fmt, time::Duration};

/// What time it is for a machine.
///
/// The system clock is the platform's *coarse* monotonic clock: reading it costs a few nanoseconds, and
/// it moves in steps of some milliseconds, which is fine for time-outs counted in seconds.
#[derive(Clone)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    System { origin: u64 },
    Virtual(VirtualClock),
}

impl Clock {
    /// The system's clock, starting at zero now.
    ///
    /// Under the explorer of interleavings (feature `shuttle`) it stands still: what is to happen at a moment needs a
    /// virtual clock there.
    pub fn system() -> Self {
        Self(Kind::System { origin: coarse() })
    }

    /// Nanoseconds since the clock was made.
    #[inline]
    pub fn now(&self) -> u64 {
        match &self.0 {
            Kind::System { origin } => coarse().wrapping_sub(*origin),
            Kind::Virtual(clock) => clock.now(),
        }
    }

    /// The virtual clock, if it is one.
    pub fn as_virtual(&self) -> Option<&VirtualClock> {
        match &self.0 {
            Kind::System { .. } => None,
            Kind::Virtual(clock) => Some(clock),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl From<VirtualClock> for Clock {
    fn from(clock: VirtualClock) -> Self {
        Self(Kind::Virtual(clock))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.as_virtual().is_some() { "virtual" } else { "system" };
        write!(f, "Clock({kind}, {:?})", Duration::from_nanos(self.now()))
    }
}

/// A clock that stands still until somebody advances it. Clones are the same clock.
#[derive(Clone, Default)]
pub struct VirtualClock {
    now: Arc<AtomicU64>,
    pub(crate) timers: Arc<Queue>,
}

impl VirtualClock {
    /// A clock at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nanoseconds since it was made.
    #[inline]
    pub fn now(&self) -> u64 {
        self.now.load(Ordering::Acquire)
    }

    /// Moves on by `by`, from deadline to deadline: at each, its timers fire in the order in which they
    /// were set, and `rest` is called so that threads they woke can come to rest.
    pub fn advance<E>(&self, by: Duration, mut rest: impl FnMut() -> Result<(), E>) -> Result<(), E> {
        let end = self.now().saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX));
        rest()?;
        loop {
            match self.timers.take_due(end) {
                Some((deadline, action)) => {
                    self.now.fetch_max(deadline, Ordering::AcqRel);
                    action();
                    rest()?;
                }
                None if self.now.fetch_max(end, Ordering::AcqRel) >= end => return Ok(()),
                // Who sets a timer from now on sees the end; one that was set until now is found once more.
                None => {}
            }
        }
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VirtualClock({:?})", Duration::from_nanos(self.now()))
    }
}

#[cfg(all(test, not(any(feature = "shuttle", feature = "loom"))))]
mod tests {
    use super::*;
    use crate::{Mutex, Timers};

    #[test]
    fn the_system_clock_moves_on() {
        let clock = Clock::system();
        let start = clock.now();
        std::thread::sleep(Duration::from_millis(30));
        let elapsed = clock.now() - start;
        assert!(elapsed >= 10_000_000, "{elapsed}");
    }

    #[test]
    fn timers_fire_in_order_of_deadline_then_of_creation_and_see_their_own_time() {
        let clock = VirtualClock::new();
        let timers = Timers::new(clock.clone().into());
        let fired = Arc::new(Mutex::new(Vec::new()));
        for (name, deadline) in [("late", 30), ("first", 10), ("second", 10), ("beyond", 41)] {
            let (fired, clock) = (fired.clone(), clock.clone());
            timers.set(deadline, Box::new(move || fired.lock().push((name, clock.now()))));
        }
        clock.advance(Duration::from_nanos(40), || Ok::<_, ()>(())).unwrap();
        assert_eq!(*fired.lock(), [("first", 10), ("second", 10), ("late", 30)]);
        assert_eq!(clock.now(), 40);
    }
}
