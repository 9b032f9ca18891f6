//! Barriers: places where threads and asynchronous calls wait for each other, again and again.

use super::{outcome::StepError, worker::Worker};
use crate::model::{Action, Scenario, Step};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Barriers(BTreeMap<String, Barrier>);

#[derive(Default)]
struct Barrier {
    expected: usize,
    arrived: usize,
    generation: u64,
}

impl Barriers {
    /// Each thread that names a barrier comes to it, and so does each asynchronous call: it has a thread of its own.
    pub(super) fn of(scenario: &Scenario) -> Self {
        let mut barriers = Self::default();
        let mut parties: Vec<&[Step]> = scenario.threads.iter().map(|thread| &thread.steps[..]).collect();
        while let Some(steps) = parties.pop() {
            let mut names = BTreeSet::new();
            let mut blocks = vec![steps];
            while let Some(block) = blocks.pop() {
                for step in block {
                    match &step.action {
                        Action::Barrier(name) | Action::Pump(Some(name)) => _ = names.insert(name),
                        Action::AsynchronousCall(call) => {
                            parties.push(&call.body);
                            parties.extend(step.on_error());
                        }
                        _ => blocks.extend(step.body()),
                    }
                }
            }
            names.into_iter().for_each(|name| barriers.0.entry(name.clone()).or_default().expected += 1);
        }
        barriers
    }

    /// Somebody comes to the barrier; answers which round it is.
    fn arrive(&mut self, name: &str) -> Option<u64> {
        let barrier = self.0.get_mut(name)?;
        let generation = barrier.generation;
        barrier.arrived += 1;
        if barrier.arrived == barrier.expected {
            (barrier.arrived, barrier.generation) = (0, generation + 1);
        }
        Some(generation)
    }

    fn has_passed(&self, name: &str, generation: u64) -> bool {
        self.0.get(name).is_none_or(|barrier| barrier.generation != generation)
    }
}

impl Worker<'_> {
    /// Waits for all others at the barrier; `serving` says whether an STA serves its queue meanwhile.
    pub(super) fn barrier(&self, name: &str, serving: bool) -> Result<(), StepError> {
        let world = self.world;
        let Some(generation) = world.shared.lock().barriers.arrive(name) else { return Ok(()) };
        world.wake();
        let passed = || {
            let shared = world.shared.lock();
            let open = shared.barriers.has_passed(name, generation);
            (open || !shared.failures.is_empty()).then_some(open)
        };
        let passed = if serving { self.serve_until(passed)? } else { world.runtime.block_until(passed) };
        match passed {
            Some(true) => Ok(()),
            Some(false) => Err(StepError {
                is_consequence: true,
                ..StepError::runner("another thread failed before it came to this barrier")
            }),
            None => Err(StepError::runner(format!(
                "nobody else comes to the barrier `{name}`: every thread waits or has ended"
            ))),
        }
    }
}
