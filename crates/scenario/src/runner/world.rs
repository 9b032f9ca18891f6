//! What the threads of a scenario share: resource managers, transactions, activity objects, names, the trace.

use super::{
    barriers::Barriers,
    calls::CallState,
    recorder::Recorder,
    references::{Held, Made},
};
use crate::{
    model::Scenario,
    trace::{Failure, StepPlace},
};
use complus_core::{
    HResult,
    attribute::{ApartmentType, IsolationLevel},
    id::{ActivityId, ContextId, PartitionId, TransactionId},
    rules,
};
use complus_runtime::{Activity, MessageQueue, Runtime};
use complus_sync::{Arc, Mutex};
use complus_transaction::{Transaction, VolatileStore};
use std::collections::BTreeMap;

/// A context that was entered, by a domain or by a call; or what an activity object has for all of its contexts.
#[derive(Clone, Debug)]
pub(super) struct Entered {
    /// An activity object's contexts come with its calls.
    pub(super) context: Option<ContextId>,
    /// It is the default context of some apartment.
    pub(super) is_default: bool,
    pub(super) transaction: Option<TransactionId>,
    pub(super) activity: Option<ActivityId>,
    /// Where the two come from, as the machine or its rules have it.
    pub(super) origin: (rules::transaction::Transaction, rules::synchronization::Activity),
    pub(super) partition: PartitionId,
    pub(super) isolation: Option<IsolationLevel>,
    /// It sees a side-by-side assembly: nothing in the machine tells.
    pub(super) assembly: bool,
    /// Where it was entered from.
    pub(super) caller: Caller,
    /// How its transaction stood when it was left.
    pub(super) status: Option<HResult>,
    /// Number of the thread in the trace.
    pub(super) thread: usize,
    pub(super) apartment: Option<ApartmentType>,
}

/// The context that a domain was entered from, a call made from, or an activity object made in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Caller {
    pub(super) context: Option<ContextId>,
    pub(super) transaction: Option<TransactionId>,
    pub(super) activity: Option<ActivityId>,
    /// Number of the thread in the trace.
    pub(super) thread: usize,
}

/// What became of the last thing made under a name.
#[derive(Clone)]
pub(super) enum Named {
    Domain(ContextId),
    Object(Box<Entered>),
    Call(Arc<CallState>),
    Reference(Box<Made>),
    Refused(HResult),
}

#[derive(Default)]
pub(super) struct Shared {
    pub(super) transactions: BTreeMap<String, Transaction>,
    pub(super) domains: BTreeMap<ContextId, Entered>,
    pub(super) activities: BTreeMap<String, Activity>,
    /// References that threads hold, in the order in which they came to them.
    pub(super) references: Vec<(String, Held)>,
    /// The apartments of contexts that objects live in.
    pub(super) apartments: BTreeMap<ContextId, ApartmentType>,
    pub(super) names: BTreeMap<String, Named>,
    /// Calls that have not ended, by their names and by those of their activity objects.
    pub(super) open_calls: BTreeMap<String, usize>,
    pub(super) barriers: Barriers,
    /// Queues of threads that wait and serve meanwhile: a quit makes them look again.
    pub(super) pumping: Vec<MessageQueue>,
    pub(super) failures: Vec<Failure>,
    /// Threads of the file that have not ended.
    pub(super) running: usize,
    /// Steps still allowed.
    pub(super) steps: usize,
    /// The main STA exists.
    pub(super) main_sta: bool,
    /// The process was ended because nothing could go on: what fails from now on fails because of that.
    pub(super) killed: bool,
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
        let (barriers, running) = (Barriers::of(&scenario), scenario.threads.len());
        let shared = Shared { barriers, running, steps, ..Shared::default() };
        Self { scenario, runtime, recorder, managers, shared: Mutex::new(shared) }
    }

    /// Whether some thread failed, which ends the scenario.
    pub(super) fn stopped(&self) -> bool {
        !self.shared.lock().failures.is_empty()
    }

    /// A thread failed at `step`.
    pub(super) fn fail(&self, thread: usize, step: StepPlace, message: String) {
        let thread = self.recorder.thread_name(thread);
        let mut shared = self.shared.lock();
        if !shared.killed {
            shared.failures.push(Failure { thread, step, message });
        }
        drop(shared);
        self.wake();
    }

    /// Lets every thread that waits for something in here look at it again.
    pub(super) fn wake(&self) {
        let pumping = std::mem::take(&mut self.shared.lock().pumping);
        // A queue that is gone has nobody to be woken.
        pumping.iter().for_each(|queue| _ = queue.post_quit());
        self.runtime.wake();
    }

    /// The domain whose context is `id`.
    pub(super) fn domain(&self, id: ContextId) -> Option<Entered> {
        self.shared.lock().domains.get(&id).cloned()
    }

    /// The apartment of an object's context, once that was entered.
    pub(super) fn apartment(&self, id: ContextId) -> Option<ApartmentType> {
        self.shared.lock().apartments.get(&id).copied()
    }

    /// A component's context was entered: what it has now is known.
    pub(super) fn note_inside(&self, entered: &Entered) {
        let mut shared = self.shared.lock();
        if let Some(known) = entered.context.and_then(|id| shared.domains.get_mut(&id)) {
            (known.transaction, known.isolation) = (entered.transaction, entered.isolation);
            (known.activity, known.apartment) = (entered.activity, entered.apartment);
        }
    }

    /// A transaction begun outside.
    pub(super) fn transaction(&self, name: &str) -> Option<Transaction> {
        self.shared.lock().transactions.get(name).cloned()
    }

    /// What a name stands for now.
    pub(super) fn named(&self, name: &str) -> Option<Named> {
        self.shared.lock().names.get(name).cloned()
    }

    pub(super) fn name(&self, name: &str, named: Named) {
        self.shared.lock().names.insert(name.into(), named);
    }

    /// A call on `names` begins (`true`) or has ended.
    pub(super) fn count_call<'n>(&self, names: impl Iterator<Item = &'n str>, begins: bool) {
        let mut shared = self.shared.lock();
        for name in names {
            let open = shared.open_calls.entry(name.into()).or_default();
            *open = if begins { *open + 1 } else { open.saturating_sub(1) };
        }
    }
}
