//! The word of an activity's lock: who is inside, how often and with what to come, and whether somebody waits.
//!
//! What is done inside has happened before whoever enters next does anything (O10): the one who leaves releases the
//! word or hands it over under the mutex of the line, the next one acquires it. Where a method says so the line is
//! locked; then nobody can free a word that says that somebody waits.
//!
//! Its atomics come from the module above, so that the test of orderings runs this very file under a model checker:
//! `crates/sync/tests/orderings`.

use super::atomics::{AtomicU32, AtomicU64, Ordering};
use complus_core::activity_lock::{self, Entry};

pub(crate) struct Word {
    state: AtomicU64,
    /// Nested entries of the owner; only the owner's chain of calls touches it.
    depth: AtomicU32,
    /// Calls that are to be run one after another by the thread inside, taken from the line together with the one that
    /// runs; only that thread changes it.
    ahead: AtomicU32,
}

impl Word {
    /// Of an activity that `causality` is in, once; zero is nobody.
    pub(super) fn of(causality: u64) -> Self {
        let state = AtomicU64::new(activity_lock::handed_to(causality, false));
        Self { state, depth: AtomicU32::new(u32::from(causality != 0)), ahead: AtomicU32::new(0) }
    }

    /// Number of the causality inside; zero is nobody.
    pub(super) fn owner(&self) -> u64 {
        activity_lock::owner(self.state.load(Ordering::Acquire))
    }

    /// How often it is inside; for the owner.
    pub(super) fn depth(&self) -> u32 {
        self.depth.load(Ordering::Relaxed)
    }

    /// How many calls the thread inside runs after this one.
    pub(super) fn ahead(&self) -> usize {
        self.ahead.load(Ordering::Relaxed) as usize
    }

    /// Enters if that needs no waiting; answers whether it did.
    #[inline]
    pub(super) fn try_enter(&self, causality: u64) -> bool {
        let state = self.state.load(Ordering::Relaxed);
        match activity_lock::try_enter(state, causality) {
            Entry::Take(taken) => {
                if self.state.compare_exchange(state, taken, Ordering::Acquire, Ordering::Relaxed).is_err() {
                    return false;
                }
                self.depth.store(1, Ordering::Relaxed);
                true
            }
            Entry::Reenter => {
                // Only the owner's chain of calls comes here, one after another.
                self.depth.store(self.depth.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                true
            }
            Entry::Wait => false,
        }
    }

    /// Leaves if nobody waits; answers whether it did.
    #[inline]
    pub(super) fn try_leave(&self) -> bool {
        let depth = self.depth.load(Ordering::Relaxed);
        if depth > 1 {
            self.depth.store(depth - 1, Ordering::Relaxed);
            return true;
        }
        let state = self.state.load(Ordering::Relaxed);
        activity_lock::try_leave(state)
            .is_some_and(|free| self.state.compare_exchange(state, free, Ordering::Release, Ordering::Relaxed).is_ok())
    }

    /// Enters if nobody is inside; answers whether it did.
    #[inline]
    pub(super) fn take(&self, causality: u64) -> bool {
        let taken = activity_lock::handed_to(causality, false);
        let took = self.state.load(Ordering::Relaxed) == 0
            && self.state.compare_exchange(0, taken, Ordering::Acquire, Ordering::Relaxed).is_ok();
        if took {
            self.depth.store(1, Ordering::Relaxed);
        }
        took
    }

    /// Enters if nobody is inside, and answers `true`; otherwise says that somebody waits. The line is locked.
    pub(super) fn take_or_announce(&self, causality: u64) -> bool {
        loop {
            let state = self.state.load(Ordering::Relaxed);
            let waits = activity_lock::with_waiters(state);
            if state == 0 {
                if self.take(causality) {
                    return true;
                }
            } else if state == waits
                || self.state.compare_exchange_weak(state, waits, Ordering::Relaxed, Ordering::Relaxed).is_ok()
            {
                return false;
            }
        }
    }

    /// Enters, also again, and answers `true`; or says that somebody waits. The line is locked.
    pub(super) fn enter_or_announce(&self, causality: u64) -> bool {
        if activity_lock::owner(self.state.load(Ordering::Relaxed)) == causality {
            self.depth.store(self.depth.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            return true;
        }
        self.take_or_announce(causality)
    }

    /// Passes the lock to the next causality of a row, after which so many come; whether others wait shows at the end of
    /// the row.
    #[inline]
    pub(super) fn pass_to(&self, causality: u64, ahead: usize) {
        self.set_ahead(ahead);
        self.state.store(activity_lock::handed_to(causality, true), Ordering::Release);
    }

    /// Whoever is inside goes on as `causality`.
    pub(super) fn rename(&self, causality: u64) {
        let renamed = |state| Some(activity_lock::handed_to(causality, activity_lock::try_leave(state).is_none()));
        let _ = self.state.fetch_update(Ordering::AcqRel, Ordering::Relaxed, renamed);
    }

    /// What was to come went back into the line, which is locked: somebody waits. For the owner.
    pub(super) fn put_back(&self) {
        self.set_ahead(0);
        let announced = |state| Some(activity_lock::with_waiters(state));
        let _ = self.state.fetch_update(Ordering::Release, Ordering::Relaxed, announced);
    }

    /// Says that nobody waits any more. The line is locked, and empty.
    pub(super) fn denounce(&self) {
        let alone = |state| Some(activity_lock::without_waiters(state));
        let _ = self.state.fetch_update(Ordering::Release, Ordering::Relaxed, alone);
    }

    /// Hands the lock to whom `state` names, with so many calls to come after the first, or to nobody. The line is
    /// locked, and the caller inside.
    pub(super) fn hand_over(&self, state: u64, ahead: usize) {
        self.set_ahead(ahead);
        if state != 0 {
            self.depth.store(1, Ordering::Relaxed);
        }
        self.state.store(state, Ordering::Release);
    }

    #[inline]
    fn set_ahead(&self, ahead: usize) {
        self.ahead.store(u32::try_from(ahead).unwrap_or(u32::MAX), Ordering::Relaxed);
    }
}
