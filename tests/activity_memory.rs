//! What activity objects and their calls ask of the allocator, on all threads: counted, not guessed.

use complus::prelude::*;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::{
    alloc::System,
    sync::{Arc, Barrier},
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn synchronized() -> ServiceConfig {
    ServiceConfig::new().thread_pool(ThreadPool::Mta).synchronization(SynchronizationConfig::New)
}

/// Bytes of a million activity objects at rest, with the tables that hold them.
fn bytes_of_a_million(config: &ServiceConfig) -> usize {
    let region = Region::new(ALLOCATOR);
    let activities: Vec<_> = (0..1_000_000).map(|_| Activity::create(config).unwrap()).collect();
    let change = region.change();
    let handles = activities.capacity() * size_of::<Activity>();
    change.bytes_allocated - change.bytes_deallocated - handles
}

/// Allocations, on all threads, of a hundred asynchronous calls: the first holds the activity until all are accepted.
/// `submit` is given what call number so and so waits for, if it waits for anything.
fn allocations_of_a_hundred(barrier: &Arc<Barrier>, submit: impl Fn(u32, Option<Arc<Barrier>>)) -> usize {
    let region = Region::new(ALLOCATOR);
    for number in 0..100 {
        submit(number, (number == 0 || number == 99).then(|| barrier.clone()));
    }
    barrier.wait();
    barrier.wait();
    region.change().allocations
}

fn wait(barrier: Option<Arc<Barrier>>) {
    barrier.map(|barrier| barrier.wait());
}

/// One test, since everything that another one asks for would be counted too.
#[test]
fn activities_are_small_and_an_asynchronous_call_is_one_allocation_at_most() {
    let runtime = Runtime::builder().build().unwrap();
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();

    let bytes = bytes_of_a_million(&synchronized().transaction(TransactionConfig::New));
    assert!(bytes <= 200_000_000, "{bytes} bytes");

    let barrier = Arc::new(Barrier::new(2));
    let activities = [(); 2].map(|()| Activity::create(&synchronized()).unwrap());
    // Both threads that the pool starts at once are busy, so both are there from now on.
    let both = Arc::new(Barrier::new(3));
    for activity in &activities {
        let both = both.clone();
        let call = move || {
            both.wait();
        };
        activity.asynchronous_call(call).unwrap();
    }
    both.wait();
    // Once everything is in its place. What happens now and then (a timer that looks after a pool whose threads are
    // all busy) does not happen every time.
    let fewest = |submit: &dyn Fn(u32, Option<Arc<Barrier>>)| {
        (0..100).map(|_| allocations_of_a_hundred(&barrier, submit)).min().unwrap()
    };
    // No two that follow each other are of one kind: each is one allocation.
    let of_two_kinds = fewest(&|number, barrier| {
        let accepted = match number % 2 {
            0 => activities[0].asynchronous_call(move || wait(barrier)),
            _ => activities[0].asynchronous_call(move || wait(barrier)),
        };
        accepted.unwrap();
    });
    assert_eq!(of_two_kinds, 100);
    // A list for the first one, and a new one whenever the activity's thread has just taken what stood there: a few for
    // the hundred, whatever the threads do.
    let of_one_kind = fewest(&|_, barrier| activities[0].asynchronous_call(move || wait(barrier)).unwrap());
    assert!((1..=10).contains(&of_one_kind), "{of_one_kind}");
}
