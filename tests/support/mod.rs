//! What the test files share: machines of every kind, a recorder, a snapshot of where the thread is.

#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod applications;
pub(crate) mod components;
pub(crate) mod pools;

use complus::{
    HResult, Method, Result, RuntimeBuilder, VirtualClock,
    attribute::TransactionVote,
    context_token,
    event::{Diagnostic, Event, Observer, What},
    id::{ActivityId, ContextId, TransactionId},
    prelude::*,
};
use std::{
    cell::RefCell,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

/// An observer that keeps everything it is told.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Event>>>);

impl Observer for Recorder {
    fn observe(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Recorder {
    /// What was told so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    /// What was told so far, and forgets it.
    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// What happened, without where, and forgets it.
    pub(crate) fn take_whats(&self) -> Vec<What> {
        self.take().into_iter().map(|event| event.what).collect()
    }

    /// The diagnostics so far.
    pub(crate) fn diagnostics(&self) -> Vec<Diagnostic> {
        let diagnostic = |event: Event| match event.what {
            What::Diagnostic(diagnostic) => Some(diagnostic),
            _ => None,
        };
        self.events().into_iter().filter_map(diagnostic).collect()
    }

    /// Whether the simulated process died.
    pub(crate) fn saw_failfast(&self) -> bool {
        self.events().iter().any(|event| event.what == What::Failfast)
    }

    /// This recorder as a machine takes it.
    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        Arc::new(self.clone())
    }
}

/// A machine of some kind, with this thread bound to it and initialised.
pub(crate) struct World {
    /// The machine.
    pub(crate) runtime: Runtime,
    /// What it told; stays empty if nobody observes.
    pub(crate) log: Recorder,
    /// Whether somebody observes.
    pub(crate) observed: bool,
    clock: Option<VirtualClock>,
}

impl World {
    /// A machine that a test has built and bound itself, which is observed.
    pub(crate) fn of(runtime: Runtime, log: Recorder) -> Self {
        Self { runtime, log, observed: true, clock: None }
    }

    /// Whether time stands still until it is advanced.
    pub(crate) fn is_virtual(&self) -> bool {
        self.clock.is_some()
    }

    /// A little more than `seconds` pass, on the machine's own clock.
    pub(crate) fn wait(&self, seconds: u64) {
        if self.clock.is_some() {
            self.runtime.advance(Duration::from_secs(seconds)).unwrap();
        } else {
            // The system clock is coarse: its step is some milliseconds.
            std::thread::sleep(Duration::from_secs(seconds) + Duration::from_millis(60));
        }
    }

    /// The diagnostics must be these; not checked where nobody observes.
    #[track_caller]
    pub(crate) fn assert_diagnostics(&self, expected: &[Diagnostic]) {
        if self.observed {
            assert_eq!(self.log.diagnostics(), expected);
        }
    }
}

/// Lets threads through once it is open.
#[derive(Clone, Default)]
pub(crate) struct Latch(Arc<(Mutex<bool>, Condvar)>);

impl Latch {
    /// Opens it.
    pub(crate) fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    /// Waits until it is open.
    pub(crate) fn wait(&self) {
        drop(self.0.1.wait_while(self.0.0.lock().unwrap(), |open| !*open).unwrap());
    }
}

/// What happened, in its order.
#[derive(Clone, Default)]
pub(crate) struct Story(Arc<Mutex<Vec<String>>>);

impl Story {
    /// Something happens.
    pub(crate) fn tell(&self, what: impl std::fmt::Display) {
        self.0.lock().unwrap().push(what.to_string());
    }

    /// What happened since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// What happened so far.
    pub(crate) fn told(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Waits until something is so that another thread brings about.
#[track_caller]
pub(crate) fn until(mut so: impl FnMut() -> bool) {
    while !so() {
        std::thread::yield_now();
    }
}

/// A thread of the program, in the MTA of its machine's first process.
pub(crate) fn mta_thread<T: Send + 'static>(
    runtime: &Runtime,
    run: impl FnOnce() -> T + Send + 'static,
) -> std::thread::JoinHandle<T> {
    let process = runtime.process();
    std::thread::spawn(move || {
        let _bound = process.enter();
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        run()
    })
}

/// A configuration for activity objects in the MTA.
pub(crate) fn mta() -> ServiceConfig {
    ServiceConfig::new().thread_pool(ThreadPool::Mta)
}

/// A configuration for activity objects in the STA pool.
pub(crate) fn sta() -> ServiceConfig {
    ServiceConfig::new().thread_pool(ThreadPool::Sta)
}

/// A configuration for activity objects that live in one STA of the pool.
pub(crate) fn bound_sta() -> ServiceConfig {
    sta().binding(Binding::BindToPoolThread)
}

/// A configuration for activity objects in the MTA with an activity of their own.
pub(crate) fn synchronized() -> ServiceConfig {
    mta().synchronization(SynchronizationConfig::New)
}

/// A method that says nothing.
pub(crate) const METHOD: Method = Method { interface: uuid::Uuid::from_u128(0x5151), number: 5 };

/// The same with the main thread in the MTA.
#[track_caller]
pub(crate) fn every_mta_machine(test: impl Fn(&World) + Sync) {
    every_bare_machine(
        |builder| builder,
        |world| {
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            test(world);
        },
    );
}

/// Runs `test` on a system and on a virtual clock, each with and without an observer, in an STA of its own.
#[track_caller]
pub(crate) fn every_machine(test: impl Fn(&World) + Sync) {
    every_machine_with(|builder| builder, test);
}

/// The same, with the machine built further.
#[track_caller]
pub(crate) fn every_machine_with(
    build: impl Fn(RuntimeBuilder) -> RuntimeBuilder + Sync,
    test: impl Fn(&World) + Sync,
) {
    every_bare_machine(build, |world| {
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        test(world);
    });
}

/// The same, without an apartment.
#[track_caller]
pub(crate) fn every_bare_machine(
    build: impl Fn(RuntimeBuilder) -> RuntimeBuilder + Sync,
    test: impl Fn(&World) + Sync,
) {
    let run = |virtually: bool, observed: bool| {
        let log = Recorder::default();
        let clock = virtually.then(VirtualClock::new);
        let mut builder = Runtime::builder();
        if let Some(clock) = &clock {
            builder = builder.clock(clock.clone());
        }
        if observed {
            builder = builder.observer(log.observer());
        }
        let runtime = build(builder).build().unwrap();
        let _bound = runtime.enter();
        test(&World { runtime: runtime.clone(), log, observed, clock });
    };
    std::thread::scope(|scope| {
        let kinds = [(false, false), (false, true), (true, false), (true, true)];
        let threads =
            kinds.map(|(virtually, observed)| (virtually, observed, scope.spawn(move || run(virtually, observed))));
        for (virtually, observed, thread) in threads {
            if let Err(panic) = thread.join() {
                eprintln!("on a machine with virtual clock: {virtually}, observed: {observed}");
                std::panic::resume_unwind(panic);
            }
        }
    });
}

/// The code of a call that has to fail.
#[track_caller]
pub(crate) fn code<T>(result: Result<T>) -> HResult {
    match result {
        Ok(_) => panic!("succeeded"),
        Err(error) => error.hresult(),
    }
}

/// Enters a domain that has to be entered.
#[track_caller]
pub(crate) fn enter(config: &ServiceConfig) -> ServiceDomain {
    ServiceDomain::enter(config).unwrap()
}

/// The object context of this code.
#[track_caller]
pub(crate) fn here() -> ObjectContext {
    ObjectContext::current().unwrap()
}

/// A configuration with this transaction setting.
pub(crate) fn transaction(value: TransactionConfig) -> ServiceConfig {
    ServiceConfig::new().transaction(value)
}

/// A configuration for a new transaction.
pub(crate) fn root() -> ServiceConfig {
    transaction(TransactionConfig::New)
}

/// A configuration for the caller's transaction, or a new one.
pub(crate) fn joining() -> ServiceConfig {
    transaction(TransactionConfig::CreateIfNecessary)
}

/// A configuration with this synchronization setting.
pub(crate) fn synchronization(value: SynchronizationConfig) -> ServiceConfig {
    ServiceConfig::new().synchronization(value)
}

/// A configuration for an activity of its own.
pub(crate) fn own_activity() -> ServiceConfig {
    synchronization(SynchronizationConfig::New)
}

/// Where the thread is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) token: Option<complus::ContextToken>,
    pub(crate) context: Option<ContextId>,
    pub(crate) activity: Option<ActivityId>,
    pub(crate) transaction: Option<TransactionId>,
    pub(crate) vote: Option<TransactionVote>,
}

/// Where the thread is; asking changes nothing.
pub(crate) fn place() -> Place {
    let context = ObjectContext::current().ok();
    Place {
        token: context_token().ok(),
        context: context.map(|it| it.context_id().unwrap()),
        activity: context.and_then(|it| it.activity_id().unwrap()),
        transaction: context.and_then(|it| it.transaction_id().unwrap()),
        vote: context.and_then(|it| it.state().my_transaction_vote().ok()),
    }
}

/// A client's status object: keeps every status that it is told, and where it was told.
#[derive(Default)]
pub(crate) struct Told(pub(crate) RefCell<Vec<(HResult, Option<ContextId>)>>);

impl StatusSink for Told {
    fn set_transaction_status(&self, status: HResult) -> HResult {
        self.0.borrow_mut().push((status, place().context));
        complus::hresult::E_FAIL // ignored (S-21)
    }
}

impl Told {
    /// The statuses told.
    pub(crate) fn statuses(&self) -> Vec<HResult> {
        self.0.borrow().iter().map(|(status, _)| *status).collect()
    }
}

/// Leaves by the COM-shaped call and gives what the status object was told.
pub(crate) fn co_leave() -> Vec<HResult> {
    let told = Told::default();
    complus::com::co_leave_service_domain(Some(&told));
    told.statuses()
}
