//! Ten million asynchronous calls over a thousand synchronized activities, by two producers: no two calls of an activity
//! overlap, and each activity runs the calls of a producer in the order in which that made them.
//!
//! usage: `ten_million [CALLS]`. Prints the figures; fails on a violation.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use complus::prelude::*;

#[path = "support/drive.rs"]
mod drive;

use drive::Latch;

const ACTIVITIES: usize = 1_000;
const PRODUCERS: usize = 2;

/// What is seen inside an activity.
#[derive(Default)]
struct Witness {
    /// A call is inside.
    inside: AtomicBool,
    /// The next call of each producer.
    next: [AtomicU32; PRODUCERS],
    overlaps: AtomicU64,
    disorders: AtomicU64,
}

impl Witness {
    fn see(&self, producer: usize, number: u32) {
        if self.inside.swap(true, Ordering::AcqRel) {
            self.overlaps.fetch_add(1, Ordering::Relaxed);
        }
        let next = &self.next[producer];
        if next.load(Ordering::Relaxed) != number {
            self.disorders.fetch_add(1, Ordering::Relaxed);
        }
        next.store(number + 1, Ordering::Relaxed);
        self.inside.store(false, Ordering::Release);
    }
}

#[expect(clippy::print_stdout, reason = "a program prints its figures")]
fn main() -> ExitCode {
    let argument = std::env::args().nth(1).map(|calls| calls.replace('_', "").parse());
    let Ok(calls) = argument.unwrap_or(Ok(10_000_000_u64)) else {
        println!("usage: ten_million [CALLS]");
        return ExitCode::FAILURE;
    };
    let runtime = Runtime::builder().build().expect("the machine is consistent");
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).expect("the thread is fresh");
    let config = ServiceConfig::new().thread_pool(ThreadPool::Mta).synchronization(SynchronizationConfig::New);
    let make = |_| (Activity::create(&config).expect("the activity is made"), Arc::new(Witness::default()));
    let activities: Vec<_> = (0..ACTIVITIES).map(make).collect();

    let rounds = u32::try_from(calls.div_ceil((ACTIVITIES * PRODUCERS) as u64)).expect("so many are never made");
    let calls = u64::from(rounds) * (ACTIVITIES * PRODUCERS) as u64;
    let latch = Latch::new(calls);
    let start = Instant::now();
    thread::scope(|scope| {
        for producer in 0..PRODUCERS {
            let (runtime, activities, latch) = (&runtime, &activities, &latch);
            scope.spawn(move || {
                let _bound = runtime.enter();
                for number in 0..rounds {
                    for (activity, witness) in activities {
                        let (witness, latch) = (witness.clone(), latch.clone());
                        let call = move || {
                            witness.see(producer, number);
                            latch.hit();
                        };
                        activity.asynchronous_call(call).expect("the call is accepted");
                    }
                }
            });
        }
    });
    let posted = start.elapsed();
    latch.wait();
    let ran = start.elapsed();

    let sum = |count: fn(&Witness) -> &AtomicU64| -> u64 {
        activities.iter().map(|(_, witness)| count(witness).load(Ordering::Relaxed)).sum()
    };
    let (overlaps, disorders) = (sum(|witness| &witness.overlaps), sum(|witness| &witness.disorders));
    let every = |(_, witness): &(Activity, Arc<Witness>)| {
        witness.next.iter().all(|next| next.load(Ordering::Relaxed) == rounds)
    };
    let complete = activities.iter().all(every);
    println!("{calls} calls, {ACTIVITIES} activities, {PRODUCERS} producers");
    println!("accepted in {posted:.2?}, run in {ran:.2?}: {:.0} ns a call", ran.as_secs_f64() * 1e9 / calls as f64);
    println!("threads of the pool: {}", runtime.process().thread_pools().started_mta_threads());
    println!("overlaps: {overlaps}, calls out of order: {disorders}, every call run once: {complete}");
    if overlaps == 0 && disorders == 0 && complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
