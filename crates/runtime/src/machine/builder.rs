//! Building a machine.

use super::{Machine, Runtime, gate};
use crate::{
    administration::CatalogManager,
    application::{Applications, MemoryProbe},
    class::InProcessClasses,
    interception::Policy,
    observation,
    pool::PoolSettings,
    process::{Partition, Partitions, ProcessState},
};
use complus_catalog::{Catalog, Options, TransactionTimeout};
use complus_core::{Compat, Result, event::Observer};
use complus_sync::{
    Arc, Clock, Mutex, Schedule, Scheduler, Timers,
    atomic::{AtomicU32, AtomicU64},
};
use complus_transaction::TransactionManager;
use std::time::Duration;

/// Limits after which an entry answers E_OUTOFMEMORY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open contexts on one thread.
    pub depth: usize,
    /// Contexts of scopes in one machine, which may travel between threads.
    pub contexts: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 1 << 20, contexts: 1 << 24 }
    }
}

/// Builds a [`Runtime`].
#[derive(Default)]
#[must_use]
pub struct RuntimeBuilder {
    clock: Option<Clock>,
    schedule: Schedule,
    seed: Option<u64>,
    compat: Compat,
    observers: Vec<Arc<dyn Observer>>,
    partitions: Option<Vec<Partition>>,
    principal: Option<Arc<str>>,
    limits: Limits,
    default_timeout: Option<u32>,
    vote_wait: Option<Duration>,
    pools: PoolSettings,
    catalog: Option<Catalog>,
    policies: Vec<Arc<dyn Policy>>,
    memory: Option<Arc<dyn MemoryProbe>>,
}

impl RuntimeBuilder {
    /// The clock; the system's by default.
    pub fn clock(mut self, clock: impl Into<Clock>) -> Self {
        self.clock = Some(clock.into());
        self
    }

    /// The schedule; free by default.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// The seed of all ids; random by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The policy switches.
    pub fn compat(mut self, compat: Compat) -> Self {
        self.compat = compat;
        self
    }

    /// Adds an observer.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Enables partitions, and adds these to the global one.
    pub fn partitions(mut self, partitions: impl IntoIterator<Item = Partition>) -> Self {
        self.partitions.get_or_insert_default().extend(partitions);
        self
    }

    /// The principal of threads that assume no other.
    pub fn principal(mut self, principal: &str) -> Self {
        self.principal = Some(Arc::from(principal));
        self
    }

    /// The limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The machine-wide transaction time-out in seconds; zero means never. It is in force whatever the catalog says;
    /// without it the catalog's TransactionTimeout is, as it stands when a transaction begins: 60 seconds unless somebody
    /// changed it.
    pub fn default_timeout(mut self, seconds: u32) -> Self {
        self.default_timeout = Some(seconds);
        self
    }

    /// How long the vote of a transaction without time-out waits for participants that are in a call, before it is a
    /// veto; 5 seconds by default (T-29). In one with a time-out it waits until that.
    pub fn vote_wait(mut self, longest: Duration) -> Self {
        self.vote_wait = Some(longest);
        self
    }

    /// How the thread pools of its processes are set up: processors, sizes, limits.
    pub fn thread_pools(mut self, settings: PoolSettings) -> Self {
        self.pools = settings;
        self
    }

    /// Adds a policy: it stands at the borders of all contexts, after those that were added before.
    pub fn policy(mut self, policy: Arc<dyn Policy>) -> Self {
        self.policies.push(policy);
        self
    }

    /// The class registration database; an empty one by default. While partitions are enabled in it, its partitions are
    /// the machine's, beside those of [`partitions`](Self::partitions).
    pub fn catalog(mut self, catalog: Catalog) -> Self {
        self.catalog = Some(catalog);
        self
    }

    /// Who says how much memory is left, for the low-memory gates of activation; plenty by default. It can be a closure.
    pub fn memory(mut self, probe: impl MemoryProbe + 'static) -> Self {
        self.memory = Some(Arc::new(probe));
        self
    }

    /// Makes the machine.
    ///
    /// # Errors
    /// E_INVALIDARG when a partition was declared twice.
    pub fn build(self) -> Result<Runtime> {
        let clock = self.clock.unwrap_or_default();
        let seed = self.seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
        let mut bits = 0;
        if !self.observers.is_empty() {
            bits |= gate::OBSERVED;
        }
        if clock.as_virtual().is_some() {
            bits |= gate::VIRTUAL;
        }
        if !self.policies.is_empty() {
            bits |= gate::POLICIES;
        }
        let catalog = self
            .catalog
            .unwrap_or_else(|| Catalog::new(Options { compat: self.compat, seed: Some(seed), ..Options::default() }));
        let partitions = Partitions::new(self.partitions, catalog.clone())?;
        let own = self.default_timeout.map(TransactionTimeout::fixed);
        let default_timeout = own.unwrap_or_else(|| catalog.transaction_timeout());
        let followed = default_timeout.clone();
        Ok(Runtime::assemble(Machine {
            seed,
            scheduler: Scheduler::new(self.schedule),
            manager: TransactionManager::following(clock.clone(), seed, move || followed.seconds()),
            default_timeout,
            compat: self.compat,
            observer: observation::all(self.observers),
            partitions,
            principal: self.principal.unwrap_or_else(|| Arc::from("INTERACTIVE USER")),
            limits: self.limits,
            vote_wait: self.vote_wait.unwrap_or(Duration::from_secs(5)),
            classes: InProcessClasses::default(),
            administration: CatalogManager::new(catalog.clone()),
            catalog,
            policies: self.policies.into(),
            process: ProcessState::new(1, self.pools.clone(), Arc::default()),
            others: Mutex::default(),
            applications: Applications::default(),
            memory: self.memory,
            processes: AtomicU32::new(1),
            pools: self.pools,
            timers: Arc::new(Timers::new(clock.clone())),
            clock,
            gate: AtomicU32::new(bits),
            faults: AtomicU32::new(0),
            threads: AtomicU32::new(0),
            blocks: AtomicU64::new(0),
            left_over: Mutex::default(),
            foreign_causalities: Mutex::default(),
            serial: Runtime::new_serial(),
            shared_contexts: AtomicU64::new(0),
        }))
    }
}

impl std::fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RuntimeBuilder").finish_non_exhaustive()
    }
}
