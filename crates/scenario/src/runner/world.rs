//! What the threads of a scenario share: resource managers, transactions, domains, barriers, the trace.

use super::recorder::Recorder;
use crate::{
    model::{Action, Scenario, Step},
    trace::{Failure, StepPlace},
};
use complus_core::{
    HResult,
    attribute::IsolationLevel,
    id::{ActivityId, ContextId, PartitionId, TransactionId},
    rules,
};
use complus_runtime::Runtime;
use complus_sync::{Arc, Mutex};
use complus_transaction::{Transaction, VolatileStore};
use std::collections::{BTreeMap, BTreeSet};

/// A domain that was entered.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    pub(super) context: ContextId,
    pub(super) transaction: Option<TransactionId>,
    pub(super) activity: Option<ActivityId>,
    /// Where the two come from, as the machine reported it.
    pub(super) origin: (rules::transaction::Transaction, rules::synchronization::Activity),
    pub(super) partition: PartitionId,
    pub(super) isolation: Option<IsolationLevel>,
    /// It sees a side-by-side assembly: nothing in the machine tells.
    pub(super) assembly: bool,
    /// The transaction and the activity of the context it was entered from.
    pub(super) caller: (Option<TransactionId>, Option<ActivityId>),
    /// How its transaction stood when it was left.
    pub(super) status: Option<HResult>,
}

/// What became of the last entry under a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named {
    Entered(ContextId),
    Refused(HResult),
}

#[derive(Default)]
pub(super) struct Shared {
    pub(super) transactions: BTreeMap<String, Transaction>,
    pub(super) domains: BTreeMap<ContextId, Domain>,
    pub(super) names: BTreeMap<String, Named>,
    pub(super) barriers: BTreeMap<String, Barrier>,
    pub(super) failures: Vec<Failure>,
    /// Steps still allowed.
    pub(super) steps: usize,
    /// The main STA exists.
    pub(super) main_sta: bool,
}

/// A place where threads wait for each other, again and again.
#[derive(Default)]
pub(super) struct Barrier {
    pub(super) expected: usize,
    pub(super) arrived: usize,
    pub(super) generation: u64,
}

pub(super) struct World {
    pub(super) scenario: Arc<Scenario>,
    pub(super) runtime: Runtime,
    pub(super) recorder: Arc<Recorder>,
    pub(super) managers: BTreeMap<String, VolatileStore>,
    pub(super) shared: Mutex<Shared>,
}

impl World {
    pub(super) fn new(scenario: Arc<Scenario>, runtime: Runtime, recorder: Arc<Recorder>, steps: usize) -> Self {
        let store = |manager: &crate::model::Manager| {
            let store = VolatileStore::with_floor(&manager.name, manager.floor);
            manager.seeds.iter().for_each(|(key, balance)| store.seed(key, *balance));
            (manager.name.clone(), store)
        };
        let managers = scenario.managers.iter().map(store).collect();
        let mut barriers: BTreeMap<String, Barrier> = BTreeMap::new();
        for thread in &scenario.threads {
            let mut names = BTreeSet::new();
            barriers_in(&thread.steps, &mut names);
            names.into_iter().for_each(|name| barriers.entry(name.clone()).or_default().expected += 1);
        }
        let shared = Shared { barriers, steps, ..Shared::default() };
        Self { scenario, runtime, recorder, managers, shared: Mutex::new(shared) }
    }

    /// Whether some thread failed, which ends the scenario.
    pub(super) fn stopped(&self) -> bool {
        !self.shared.lock().failures.is_empty()
    }

    /// A thread failed at `step`.
    pub(super) fn fail(&self, thread: usize, step: StepPlace, message: String) {
        let thread = self.scenario.threads.get(thread).map(|thread| thread.name.clone()).unwrap_or_default();
        self.shared.lock().failures.push(Failure { thread, step, message });
        self.runtime.wake();
    }

    /// The domain whose context is `id`.
    pub(super) fn domain(&self, id: ContextId) -> Option<Domain> {
        self.shared.lock().domains.get(&id).cloned()
    }

    /// A transaction begun outside.
    pub(super) fn transaction(&self, name: &str) -> Option<Transaction> {
        self.shared.lock().transactions.get(name).cloned()
    }
}

fn barriers_in<'s>(steps: &'s [Step], names: &mut BTreeSet<&'s String>) {
    for step in steps {
        if let Action::Barrier(name) = &step.action {
            names.insert(name);
        }
        barriers_in(step.body().unwrap_or_default(), names);
    }
}
