//! Carrying out a scenario: a machine on a virtual clock, and its threads in the order a seed decides.
//!
//! ```text
//! run  ->  World (machine, managers, names)  ->  thread: Worker  ->  step by step
//!      |                                                |- steps       work, votes, transactions, time
//!      |                                                |- domains     enter, leave
//!      |                                                |- activities  create, bind, release
//!      |                                                |- calls       a Worker of its own, where the machine runs it
//!      |                                                |- references, invocations, instances   objects and their methods
//!      |                                                |- barriers, serving   waiting, pumping
//!      |                                                |- panics      unwinding through open blocks
//!      |                                                '- expects     what has to hold
//!      '->  closing: the end, or what keeps it from coming
//! ```
//!
//! A worker keeps its own stack of open blocks instead of calling itself, so that a thread's stack is no
//! limit; guards of domains lie in it, and a panic is a real one that unwinds through them. Only calls nest on the
//! thread's stack, as they do in a program.

mod activities;
mod barriers;
mod calls;
mod closing;
mod domains;
mod expects;
mod identities;
mod instances;
mod invocations;
mod order;
mod outcome;
mod panics;
mod recorder;
mod references;
mod serving;
mod steps;
mod thread;
mod worker;
mod world;

use crate::{
    model::{ApartmentChoice, Scenario},
    trace::{Names, Run},
};
use complus_core::{Error, attribute::ApartmentModel};
use complus_runtime::{Apartment, Runtime};
use complus_sync::{Arc, Schedule, VirtualClock};
use recorder::Recorder;
use std::time::Duration;
use world::World;

/// How a scenario is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The seed; else the file's, else 42.
    pub seed: Option<u64>,
    /// Steps of all threads together; one more is a failure, since a `repeat` may ask for any number.
    pub steps: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: None, steps: 200_000 }
    }
}

const SEED: u64 = 42;

/// Runs a scenario. The same file and seed give the same run, record by record.
///
/// # Errors
/// When the machine cannot be built as the file describes it. What goes wrong later is in the [`Run`].
pub fn run(scenario: &Scenario, options: &Options) -> Result<Run, Error> {
    let seed = options.seed.or(scenario.seed).unwrap_or(SEED);
    let clock = VirtualClock::new();
    let names = scenario.threads.iter().map(|thread| thread.name.clone()).collect();
    let recorder = Arc::new(Recorder::new(clock.clone(), names));
    let runtime = machine(scenario, seed, clock, recorder.clone())?;
    let world = Arc::new(World::new(Arc::new(scenario.clone()), runtime.clone(), recorder.clone(), options.steps));

    instances::register(&world);

    let host = runtime.clone();
    let bound = host.enter();
    let main_sta = hold_main_sta(scenario)?;
    let workers: Vec<_> = (0..scenario.threads.len())
        .map(|index| {
            let world = world.clone();
            runtime.spawn(move || thread::run(&world, index))
        })
        .collect();
    let closing = {
        let world = world.clone();
        runtime.spawn(move || closing::close(&world))
    };
    runtime.start();
    let own_fault = |index| {
        let step = crate::trace::StepPlace { line: 1, span: Default::default() };
        world.fail(index, step, "the runner itself failed on this thread; please report it".into());
    };
    if closing.join().unwrap_or(false) {
        let failed = workers.into_iter().map(|worker| worker.join().is_err()).enumerate();
        failed.filter(|(_, failed)| *failed).for_each(|(index, _)| own_fault(index));
    } else {
        own_fault(0);
    }
    let failures = std::mem::take(&mut world.shared.lock().failures);
    drop((main_sta, bound));
    let (records, threads) = recorder.take();
    let names = Names::of(&records).with_names(scenario.names());
    Ok(Run { title: scenario.title.clone(), seed, threads, names, records, failures })
}

fn machine(scenario: &Scenario, seed: u64, clock: VirtualClock, recorder: Arc<Recorder>) -> Result<Runtime, Error> {
    let mut builder = Runtime::builder()
        .seed(seed)
        .clock(clock)
        .schedule(Schedule::Deterministic(seed))
        .compat(scenario.compat)
        .thread_pools(scenario.pools.settings())
        .observer(recorder);
    if let Some(timeout) = scenario.default_timeout {
        builder = builder.default_timeout(seconds(timeout));
    }
    if let Some(principal) = &scenario.principal {
        builder = builder.principal(principal);
    }
    if let Some(catalog) = &scenario.catalog {
        builder = builder.catalog(catalog.clone());
    }
    builder.build()
}

/// The first STA of a process is its main one. A thread that asks for a plain STA gets one because the
/// runner's own thread, which stands for the program's first thread, has taken that role.
fn hold_main_sta(scenario: &Scenario) -> Result<Option<Apartment>, Error> {
    let any = |choice| scenario.threads.iter().any(|thread| thread.apartment == choice);
    let needed = any(ApartmentChoice::Sta) && !any(ApartmentChoice::MainSta);
    needed.then(|| Apartment::initialize(ApartmentModel::ApartmentThreaded)).transpose()
}

/// Whole seconds; a fraction counts as a second begun.
fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))).unwrap_or(u32::MAX)
}
