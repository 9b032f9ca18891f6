//! Instructions per enter+leave and per synchronous call, counted by callgrind.
//!
//! One build gives the same counts on every run; what atomics cost, they do not show.

#![expect(missing_docs, reason = "the macros of gungraun make public items without documentation")]

use std::hint::black_box;

use ::complus::prelude::*;
use gungraun::prelude::*;

#[path = "support/intrusive.rs"]
mod intrusive;

/// Operations per row, so that what a row does once vanishes: divide the counts by this.
const OPERATIONS: u64 = 10_000;

// The floor row of the same name in `enter_leave`.
#[library_benchmark]
fn by_value_intrusive() {
    intrusive::with_root(|root| {
        for _ in 0..black_box(OPERATIONS) {
            root.enter_leave();
        }
    });
}

library_benchmark_group!(name = floor, benchmarks = by_value_intrusive);

fn rounds(outer: &ServiceConfig, config: &ServiceConfig) {
    let runtime = Runtime::builder().build().expect("the machine is consistent");
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).expect("the thread is fresh");
    let body = || {
        for _ in 0..black_box(OPERATIONS) {
            let domain = ServiceDomain::enter(config).expect("the domain is entered");
            black_box(&domain);
            domain.leave().expect("the domain is left");
        }
    };
    ServiceDomain::run(outer, body).expect("the domain is entered");
}

// The complus row of the same name in `enter_leave`.
#[library_benchmark]
fn inherit() {
    rounds(&ServiceConfig::new().synchronization(SynchronizationConfig::New), &ServiceConfig::inheriting());
}

// The complus row of the same name in `enter_leave`.
#[library_benchmark]
fn new_transaction() {
    let config = ServiceConfig::new().transaction(TransactionConfig::New).synchronization(SynchronizationConfig::New);
    rounds(&ServiceConfig::new(), &config);
}

fn in_activity(config: &ServiceConfig, body: impl FnOnce(&Activity)) {
    let runtime = Runtime::builder().build().expect("the machine is consistent");
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).expect("the thread is fresh");
    body(&Activity::create(config).expect("the activity is made"));
}

fn calls(activity: &Activity) {
    for call in 0..black_box(OPERATIONS) {
        let called = activity.synchronous_call(move || {
            black_box(call);
        });
        black_box(called.expect("the call succeeds"));
    }
}

fn synchronized() -> ServiceConfig {
    ServiceConfig::new().thread_pool(ThreadPool::Mta).synchronization(SynchronizationConfig::New)
}

// The row `uncontended` of `activity_sync`.
#[library_benchmark]
fn synchronous_call() {
    in_activity(&synchronized(), calls);
}

// The row `reentrant` of `activity_sync`.
#[library_benchmark]
fn reentrant_call() {
    in_activity(&synchronized(), |activity| {
        let inside = activity.clone();
        activity.call(move || calls(&inside)).expect("the call succeeds");
    });
}

library_benchmark_group!(name = complus, benchmarks = [inherit, new_transaction, synchronous_call, reentrant_call]);

main!(library_benchmark_groups = [floor, complus]);
