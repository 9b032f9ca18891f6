//! Who may run: the states of a machine's threads, and the choice of the next.

use crate::{Arc, Condvar};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Can run.
    Ready,
    /// Waits for something that another thread of the machine does.
    Blocked,
    /// Waits at a signal, which somebody outside may set as well.
    Parked {
        signal: usize,
        /// The system's clock will wake it.
        timed: bool,
    },
    /// Waits until all others block, park or have ended.
    Resting,
    /// Has returned.
    Ended,
}

struct Place {
    state: State,
    /// Its condition can never come true.
    hopeless: bool,
    /// Its thread waits here while it may not run.
    changed: Arc<Condvar>,
}

pub(super) struct Table {
    random: Option<fastrand::Rng>,
    places: Vec<Place>,
    /// Turns are being taken.
    started: bool,
    /// Who has the turn; only under a deterministic schedule.
    current: Option<usize>,
    /// Counts what may have changed the condition of a blocked thread.
    changes: u64,
    /// Who is not a thread of the schedule waits here until nobody is ready.
    at_rest: Arc<Condvar>,
}

impl Table {
    /// No threads; they run one at a time if `random` chooses.
    pub(super) fn new(random: Option<fastrand::Rng>) -> Self {
        Self { random, places: Vec::new(), started: false, current: None, changes: 0, at_rest: Arc::default() }
    }

    /// A place for a thread that is ready, and where it waits. The place of one that has ended is used again.
    pub(super) fn add(&mut self) -> (usize, Arc<Condvar>) {
        let place = Place { state: State::Ready, hopeless: false, changed: Arc::default() };
        let changed = place.changed.clone();
        if let Some(free) = self.places.iter().position(|place| place.state == State::Ended) {
            self.places[free] = place;
            return (free, changed);
        }
        self.places.push(place);
        (self.places.len() - 1, changed)
    }

    pub(super) fn start(&mut self) {
        self.started = true;
    }

    pub(super) fn is_started(&self) -> bool {
        self.started
    }

    pub(super) fn is_free(&self) -> bool {
        self.random.is_none()
    }

    pub(super) fn current(&self) -> Option<usize> {
        self.current
    }

    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) fn may_run(&self, thread: usize) -> bool {
        self.places[thread].state == State::Ready && (self.is_free() || self.current == Some(thread))
    }

    /// Whether some thread is in a state that `which` accepts.
    pub(super) fn any(&self, which: impl Fn(State) -> bool) -> bool {
        self.places.iter().any(|place| which(place.state))
    }

    /// Where to wait until nobody is ready.
    pub(super) fn at_rest(&self) -> Arc<Condvar> {
        self.at_rest.clone()
    }

    /// The thread stops, and the turn goes on.
    pub(super) fn stop(&mut self, thread: usize, state: State) {
        self.places[thread].state = state;
        self.pick();
    }

    /// The thread has returned, which may be what blocked ones wait for.
    pub(super) fn end(&mut self, thread: usize) {
        self.places[thread].state = State::Ended;
        self.wake_blocked();
        if self.is_free() || self.current == Some(thread) {
            self.pick();
        }
    }

    /// The thread goes on, whoever else runs.
    pub(super) fn seize(&mut self, thread: usize) {
        self.places[thread].state = State::Ready;
        self.current = (!self.is_free()).then_some(thread);
    }

    /// Whether the thread was let go because its condition can never come true; tells it once.
    pub(super) fn take_hopeless(&mut self, thread: usize) -> bool {
        std::mem::take(&mut self.places[thread].hopeless)
    }

    /// Hands the turn to one of the ready threads; if none is ready, to one that rests; if none rests,
    /// whoever blocks does so for good, unless the system's clock will wake another.
    pub(super) fn pick(&mut self) {
        if !self.any(|state| state == State::Ready) {
            if let Some(resting) = self.places.iter().position(|place| place.state == State::Resting) {
                self.let_go(resting);
            } else if !self.any(|state| matches!(state, State::Parked { timed: true, .. })) {
                for thread in 0..self.places.len() {
                    if self.places[thread].state == State::Blocked {
                        self.places[thread].hopeless = true;
                        self.let_go(thread);
                    }
                }
            }
        }
        let states = self.places.iter().enumerate();
        let mut ready = states.filter(|(_, place)| place.state == State::Ready).map(|(thread, _)| thread);
        let Some(random) = &mut self.random else {
            if ready.next().is_none() {
                self.at_rest.notify_all();
            }
            return;
        };
        let ready: Vec<usize> = ready.collect();
        self.current = if ready.is_empty() { None } else { Some(ready[random.usize(..ready.len())]) };
        match self.current {
            Some(thread) => {
                self.places[thread].changed.notify_one();
            }
            None => {
                self.at_rest.notify_all();
            }
        }
    }

    /// Lets every blocked thread look at its condition again.
    pub(super) fn wake_blocked(&mut self) {
        self.changes += 1;
        self.wake(|state| state == State::Blocked);
    }

    /// Lets go who parks at the signal.
    pub(super) fn unpark(&mut self, at: usize) {
        self.wake(|state| matches!(state, State::Parked { signal, .. } if signal == at));
    }

    /// Lets threads go, and hands out the turn if nobody has it.
    fn wake(&mut self, which: impl Fn(State) -> bool) {
        let mut some = false;
        for thread in 0..self.places.len() {
            if which(self.places[thread].state) {
                self.let_go(thread);
                some = true;
            }
        }
        if some && self.current.is_none() {
            self.pick();
        }
    }

    fn let_go(&mut self, thread: usize) {
        self.places[thread].state = State::Ready;
        if self.is_free() {
            self.places[thread].changed.notify_one();
        }
    }
}
