//! The machine: what threads are bound to, and what outlives them.

mod builder;

pub use builder::{Limits, RuntimeBuilder};

use crate::{
    administration::CatalogManager,
    application::{Applications, MemoryProbe},
    class::InProcessClasses,
    interception::Policy,
    observation::TransactionEvents,
    pool::PoolSettings,
    process::{Partitions, Process, ProcessState},
    thread::{self, Binding},
};
use complus_catalog::{Catalog, TransactionTimeout};
use complus_core::{
    Compat, FailFast,
    error::{DomainError, Result, RuntimeError},
    event::{Observer, What},
    id::{ActivityId, CausalityId, ContextId, ProcessId, StreamId},
};
use complus_sync::{
    Arc, Clock, Counter, Mutex, OnceLock, Scheduler, Timers, Turn, Weak,
    atomic::{AtomicU32, AtomicU64, Ordering},
    thread::JoinHandle,
};
use complus_transaction::TransactionManager;
use std::{fmt, marker::PhantomData, num::NonZeroU64, ops::Range, rc::Rc, time::Duration};
use uuid::Uuid;

/// A machine: clock, seed, schedule, transaction manager, process, observers and switches.
///
/// There is one per process by default, made on first use; a test makes as many as it likes. Clones are
/// the same machine.
///
/// ```
/// use complus_runtime::{Apartment, Runtime, ServiceConfig, ServiceDomain};
/// use complus_core::attribute::ApartmentModel;
/// let runtime = Runtime::builder().seed(42).build()?;
/// let _bound = runtime.enter();
/// let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
/// ServiceDomain::enter(&ServiceConfig::new())?.leave()?;
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Runtime(pub(crate) Arc<Machine>);

pub(crate) struct Machine {
    pub(crate) seed: u64,
    pub(crate) clock: Clock,
    pub(crate) scheduler: Scheduler,
    pub(crate) manager: TransactionManager,
    pub(crate) compat: Compat,
    /// The only observer, or one that tells all of them.
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) partitions: Partitions,
    pub(crate) principal: Arc<str>,
    pub(crate) limits: Limits,
    /// How long a vote waits in a transaction without end.
    pub(crate) vote_wait: Duration,
    /// Of a root transaction that has no other: the program's word, else the catalog's.
    pub(crate) default_timeout: TransactionTimeout,
    /// What its registry says of in-process classes.
    pub(crate) classes: InProcessClasses,
    /// What is known of configured classes.
    pub(crate) catalog: Catalog,
    /// The program's own policies, in their order.
    pub(crate) policies: Box<[Arc<dyn Policy>]>,
    /// The same as a resource manager.
    pub(crate) administration: Arc<CatalogManager>,
    /// The host program.
    pub(crate) process: Arc<ProcessState>,
    /// The other processes.
    pub(crate) others: Mutex<Vec<Weak<ProcessState>>>,
    /// Those of them that were started for applications.
    pub(crate) applications: Applications,
    /// Who says how much memory is left.
    pub(crate) memory: Option<Arc<dyn MemoryProbe>>,
    /// Deadlines of those who wait.
    pub(crate) timers: Arc<Timers>,
    /// What keeps an entry from the fast path; see [`gate`].
    pub(crate) gate: AtomicU32,
    /// Injected faults still to come.
    faults: AtomicU32,
    threads: AtomicU32,
    processes: AtomicU32,
    /// How the pools of a new process are set up.
    pub(crate) pools: PoolSettings,
    blocks: AtomicU64,
    left_over: Mutex<Vec<Range<u64>>>,
    /// Logical thread ids that programs chose, with the numbers of their causalities.
    pub(crate) foreign_causalities: Mutex<Vec<(Uuid, u64)>>,
    /// Tells it from other machines, in the upper part of its contexts' numbers.
    pub(crate) serial: u64,
    /// Open domains of all threads that were counted on the slow path; see [`Limits::contexts`].
    pub(crate) shared_contexts: AtomicU64,
}

/// Bits of [`Machine::gate`].
pub(crate) mod gate {
    /// Somebody observes.
    pub(crate) const OBSERVED: u32 = 1;
    /// A process is dead.
    pub(crate) const DEAD: u32 = 2;
    /// The clock is virtual: every new transaction is armed.
    pub(crate) const VIRTUAL: u32 = 4;
    /// A fault is to be injected.
    pub(crate) const FAULT: u32 = 8;
    /// The transaction manager cannot be reached.
    pub(crate) const NO_MANAGER: u32 = 16;
    /// The program has policies of its own.
    pub(crate) const POLICIES: u32 = 32;
}

/// Numbers come in blocks, one at a time for a thread.
const BLOCK: u64 = 1 << 24;

/// The part of a context's number that its id is made from. The part above tells machines apart that one
/// thread is bound to in turn.
pub(crate) const ID_BITS: u64 = (1 << 48) - 1;

static MACHINES: Counter = Counter::new(0);

impl Machine {
    pub(crate) fn context_id(&self, number: u64) -> Option<ContextId> {
        NonZeroU64::new(number & ID_BITS).map(|number| ContextId::new(self.seed, number))
    }

    pub(crate) fn activity_id(&self, number: u64) -> Option<ActivityId> {
        NonZeroU64::new(number & ID_BITS).map(|number| ActivityId::new(self.seed, number))
    }

    pub(crate) fn stream_id(&self, number: u64) -> StreamId {
        StreamId::new(self.seed, NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN))
    }

    pub(crate) fn causality_id(&self, number: u64) -> Option<CausalityId> {
        NonZeroU64::new(number & ID_BITS).map(|number| CausalityId::new(self.seed, number))
    }

    /// Its processes, the host program first.
    pub(crate) fn processes(&self) -> Vec<Arc<ProcessState>> {
        let others = self.others.lock();
        std::iter::once(self.process.clone()).chain(others.iter().filter_map(Weak::upgrade)).collect()
    }

    /// Starts another process.
    pub(crate) fn new_process(&self) -> Arc<ProcessState> {
        let mut others = self.others.lock();
        others.retain(|other| other.strong_count() > 0);
        let number = self.processes.fetch_add(1, Ordering::Relaxed) + 1;
        let state = ProcessState::new(number, self.pools.clone(), self.process.waits.clone());
        others.push(Arc::downgrade(&state));
        state
    }

    /// A number for a thread that is bound now.
    pub(crate) fn new_thread(&self) -> u32 {
        self.threads.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A number for a causality that begins now: from this thread's own block, if it is bound here.
    pub(crate) fn new_causality(self: &Arc<Self>) -> Result<u64> {
        if let Some(own) = self.own_causality() {
            return Ok(own);
        }
        let own = thread::bound(|binding| self.number_of(binding))?;
        Ok(own.unwrap_or_else(|| self.new_context_number()) & ID_BITS)
    }

    /// The same where everything is let in: on a thread that is bound here and tells no observer, in a machine without
    /// dead processes and faults. `None` elsewhere.
    #[inline]
    pub(crate) fn admitted_causality(self: &Arc<Self>) -> Option<u64> {
        if self.gate() & (gate::DEAD | gate::FAULT) == 0 { self.own_causality() } else { None }
    }

    #[inline]
    fn own_causality(self: &Arc<Self>) -> Option<u64> {
        thread::try_active(|binding| self.number_of(binding)).map(|number| number & ID_BITS)
    }

    #[inline]
    fn number_of(self: &Arc<Self>, binding: &mut Binding) -> Option<u64> {
        let here = binding.machine.as_ref().is_some_and(|machine| Arc::ptr_eq(machine, self));
        here.then(|| binding.number())
    }

    /// A number for a context that no thread of the machine makes.
    pub(crate) fn new_context_number(&self) -> u64 {
        let mut numbers = self.numbers();
        let number = numbers.next().unwrap_or_default();
        self.give_back(numbers);
        number
    }

    /// Numbers for a thread: what another one left over, else a new block.
    pub(crate) fn numbers(&self) -> Range<u64> {
        if let Some(left_over) = self.left_over.lock().pop() {
            return left_over;
        }
        let block = self.blocks.fetch_add(1, Ordering::Relaxed) + 1;
        let first = self.serial | ((block * BLOCK) & ID_BITS);
        first..first + BLOCK
    }

    /// Takes back numbers that a thread did not use.
    pub(crate) fn give_back(&self, numbers: Range<u64>) {
        if !numbers.is_empty() {
            self.left_over.lock().push(numbers);
        }
    }

    #[inline]
    pub(crate) fn gate(&self) -> u32 {
        self.gate.load(Ordering::Relaxed)
    }

    pub(crate) fn set_gate(&self, bit: u32, closed: bool) {
        if closed {
            self.gate.fetch_or(bit, Ordering::AcqRel);
        } else {
            self.gate.fetch_and(!bit, Ordering::AcqRel);
        }
    }

    #[inline]
    pub(crate) fn is_observed(&self) -> bool {
        self.gate() & gate::OBSERVED != 0
    }

    /// Takes one injected fault, if there is one, and refuses a dead process.
    pub(crate) fn admit(&self, process: &ProcessState) -> Result<()> {
        let bits = self.gate();
        if bits & gate::DEAD != 0 && process.is_dead() {
            return Err(DomainError::ProcessDead.into());
        }
        if bits & gate::FAULT != 0 {
            let took = self.faults.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1));
            match took {
                Ok(left) => {
                    if left == 1 {
                        self.set_gate(gate::FAULT, false);
                    }
                    return Err(DomainError::InjectedFault.into());
                }
                Err(_) => {
                    self.set_gate(gate::FAULT, false);
                }
            }
        }
        Ok(())
    }

    /// The failfast action (SEC D.8). Under the default the process dies: its transactions abort, and nothing
    /// is entered any more; the host lives on.
    pub(crate) fn fail_fast(&self, process: &ProcessState) {
        match self.compat.failfast {
            FailFast::KillInstance => self.kill(process),
            // The call is lost, and its transaction with it; the process lives on.
            FailFast::Contain => {}
            FailFast::AbortProcess => std::process::abort(),
        }
    }

    /// The same for the process that this thread is in.
    pub(crate) fn fail_fast_here(&self) {
        if let Ok((_, process)) = thread::here() {
            self.fail_fast(&process);
        }
    }

    /// Ends a process: nothing is entered in it any more, and whoever waits in it, or from another one for it, is let
    /// go.
    pub(crate) fn kill(&self, process: &ProcessState) {
        if process.mark_dead() {
            self.set_gate(gate::DEAD, true);
            self.emit_here(What::Failfast);
            // Before anybody is woken: whoever asks next finds it ended.
            if let Some(instance) = process.instance() {
                instance.killed(self);
            }
            let others: Vec<_> = self.others.lock().iter().filter_map(Weak::upgrade).collect();
            self.process.wake();
            others.iter().for_each(|other| other.wake());
            process.abandon();
        }
    }
}

/// The pools let their threads go. Nobody waits for them: what they still do holds the machine, so it is not here yet.
impl Drop for Machine {
    fn drop(&mut self) {
        self.process.pools.stop();
        self.others.get_mut().iter().filter_map(Weak::upgrade).for_each(|process| process.pools.stop());
    }
}

static DEFAULT: OnceLock<Runtime> = OnceLock::new();

impl Runtime {
    /// Starts building a machine.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::default()
    }

    /// The process-wide default machine: system clock, free schedule, a random seed.
    pub fn process_default() -> Self {
        DEFAULT.get_or_init(|| Self::builder().build().expect("the defaults are consistent")).clone()
    }

    /// The machine that this thread is bound to, else the default one.
    pub fn current() -> Self {
        thread::machine().map_or_else(Self::process_default, Self)
    }

    /// Binds the thread to this machine until the guard is dropped. Bindings nest; when one ends, domains
    /// that are still open in it are left with abort votes, and its apartment is left.
    pub fn enter(&self) -> Bound {
        Bound::to(self.0.clone(), self.0.process.clone())
    }

    /// Its class registration database.
    pub fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    /// The seed of its ids.
    pub fn seed(&self) -> u64 {
        self.0.seed
    }

    /// Its transaction manager.
    pub fn transaction_manager(&self) -> &TransactionManager {
        &self.0.manager
    }

    /// Its policy switches.
    pub fn compat(&self) -> &Compat {
        &self.0.compat
    }

    /// Time since it was built.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.0.clock.now())
    }

    /// Moves a virtual clock on, from deadline to deadline; after each, the threads that the machine knows
    /// come to rest before time goes on.
    ///
    /// # Errors
    /// E_INVALIDARG on a system clock; RPC_E_TIMEOUT when a thread does not come to rest within ten seconds
    /// of real time.
    pub fn advance(&self, by: Duration) -> Result<()> {
        const LIMIT: Duration = Duration::from_secs(10);
        let clock = self.0.clock.as_virtual().ok_or(RuntimeError::NoVirtualClock)?;
        let turn = thread::turn();
        clock.advance(by, || {
            self.0.scheduler.wake();
            match &turn {
                Some(turn) => turn.rest(LIMIT).map_err(|_| RuntimeError::ClockStalled)?,
                None => self.0.scheduler.wait_until_at_rest(LIMIT).map_err(|_| RuntimeError::ClockStalled)?,
            }
            Ok(())
        })
    }

    /// Starts a thread that the machine knows: it is bound to it, and takes turns under a deterministic
    /// schedule once [`start`](Self::start) was called.
    pub fn spawn<T: Send + 'static>(&self, run: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        let (runtime, turn) = (self.clone(), self.0.scheduler.register());
        complus_sync::thread::spawn(move || {
            turn.begin();
            let turn = Rc::new(turn);
            let _bound = runtime.enter();
            thread::set_turn(turn);
            run()
        })
    }

    /// Lets the threads made by [`spawn`](Self::spawn) take turns.
    pub fn start(&self) {
        self.0.scheduler.start();
    }

    /// A point at which, under a deterministic schedule, another thread of the machine may go on.
    pub fn switch_point(&self) {
        if let Some(turn) = thread::turn() {
            turn.switch();
        }
    }

    /// Blocks a thread made by [`spawn`](Self::spawn) until `ready` gives something; `None` when all threads
    /// of the machine block, so that it never can.
    pub fn block_until<T>(&self, ready: impl FnMut() -> Option<T>) -> Option<T> {
        let turn: Option<Rc<Turn>> = thread::turn();
        turn.and_then(|turn| turn.block_until(ready))
    }

    /// Lets blocked threads look at their conditions again.
    pub fn wake(&self) {
        self.0.scheduler.wake();
    }

    /// Makes the next `count` domain entries fail with E_FAIL, as an internal fault would.
    pub fn inject_faults(&self, count: u32) {
        self.0.faults.store(count, Ordering::Release);
        self.0.set_gate(gate::FAULT, true);
    }

    /// Its first process, the host program: the one that [`enter`](Self::enter) puts a thread into.
    pub fn process(&self) -> Process {
        Process { machine: self.0.clone(), state: self.0.process.clone() }
    }

    /// Starts another simulated process.
    pub fn start_process(&self) -> Process {
        Process { machine: self.0.clone(), state: self.0.new_process() }
    }

    /// The id of its first process, the host program.
    pub fn process_id(&self) -> ProcessId {
        self.0.process_id(&self.0.process)
    }

    /// Whether its first process is alive: it dies by failfast ([`Compat::failfast`]).
    pub fn is_alive(&self) -> bool {
        !self.0.process.is_dead()
    }

    /// Puts a remark into the trace. Without effect when an observer calls.
    pub fn note(&self, text: &str) {
        if self.0.is_observed() && thread::refuse_observers().is_ok() {
            self.0.emit_here(What::Note(Arc::from(text)));
        }
    }

    pub(crate) fn new_serial() -> u64 {
        MACHINES.next() << 48
    }

    pub(crate) fn assemble(machine: Machine) -> Self {
        let machine = Arc::new(machine);
        machine.manager.report_to(Arc::new(TransactionEvents(Arc::downgrade(&machine))));
        Self(machine)
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("seed", &self.0.seed).field("clock", &self.0.clock).finish_non_exhaustive()
    }
}

/// A thread's binding to a machine; ends when dropped.
#[derive(Debug)]
#[must_use = "the binding ends when this is dropped"]
pub struct Bound {
    depth: usize,
    not_send: PhantomData<*const ()>,
}

impl Bound {
    pub(crate) fn to(machine: Arc<Machine>, process: Arc<ProcessState>) -> Self {
        Self { depth: thread::bind(machine, process), not_send: PhantomData }
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        thread::unbind(self.depth);
    }
}
