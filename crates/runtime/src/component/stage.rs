//! What the runtime does with the instance of a component at the moment.

use complus_sync::atomic::{AtomicU8, Ordering};

/// A stage in the life of an instance in which it takes no calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    /// None of them.
    Serving,
    /// It is made and constructed.
    Making,
    /// Activate runs.
    Activating,
    /// Deactivate or CanBePooled runs: the vote was read.
    Closing,
}

/// The current stage. Whoever is inside has the activity, so plain stores do.
pub(super) struct Current(AtomicU8);

impl Current {
    pub(super) const fn new() -> Self {
        Self(AtomicU8::new(Stage::Serving as u8))
    }

    pub(super) fn get(&self) -> Stage {
        match self.0.load(Ordering::Acquire) {
            1 => Stage::Making,
            2 => Stage::Activating,
            3 => Stage::Closing,
            _ => Stage::Serving,
        }
    }

    /// The stage until the guard is dropped, also by a panic.
    pub(super) fn set(&self, stage: Stage) -> Passing<'_> {
        let before = self.0.load(Ordering::Acquire);
        self.0.store(stage as u8, Ordering::Release);
        Passing { current: &self.0, before }
    }
}

/// A stage that passes.
pub(super) struct Passing<'a> {
    current: &'a AtomicU8,
    before: u8,
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        self.current.store(self.before, Ordering::Release);
    }
}
