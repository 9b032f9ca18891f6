//! The rows of complus itself: a machine of its own, and the calling thread in the MTA.

use std::hint::black_box;
use std::time::Duration;

use complus::prelude::*;
use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

use crate::timed::{Row, add_rows, timed};

const ROWS: &[Row] = &[
    ("uncontended", uncontended),
    ("reentrant", reentrant),
    ("unsynchronized", unsynchronized),
    ("with_a_value", with_a_value),
    ("new_transaction", new_transaction),
];

/// Adds the rows of complus to the group.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>) {
    add_rows(group, "complus", ROWS);
}

fn synchronized() -> ServiceConfig {
    ServiceConfig::new().thread_pool(ThreadPool::Mta).synchronization(SynchronizationConfig::New)
}

/// Runs `body` with an activity object, on a thread in the MTA.
fn with_activity<T>(config: &ServiceConfig, body: impl FnOnce(&Activity) -> T) -> T {
    let runtime = Runtime::builder().build().expect("the machine is consistent");
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).expect("the thread is fresh");
    body(&Activity::create(config).expect("the activity is made"))
}

/// SynchronousCall of a closure that answers S_OK, `n` times.
fn calls(activity: &Activity, n: u64) -> Duration {
    timed(n, |call| {
        let called = activity.synchronous_call(move || {
            black_box(call);
        });
        black_box(called.expect("the call succeeds"));
    })
}

/// A call into a free activity.
fn uncontended(n: u64) -> Duration {
    with_activity(&synchronized(), |activity| calls(activity, n))
}

/// A call out of the activity into itself: the same causality is inside already.
fn reentrant(n: u64) -> Duration {
    with_activity(&synchronized(), |activity| {
        let inside = activity.clone();
        activity.call(move || calls(&inside, n)).expect("the call succeeds")
    })
}

/// A call into a context without activity.
fn unsynchronized(n: u64) -> Duration {
    with_activity(&ServiceConfig::new().thread_pool(ThreadPool::Mta), |activity| calls(activity, n))
}

/// As `uncontended`, of a closure with a value of its own.
fn with_a_value(n: u64) -> Duration {
    with_activity(&synchronized(), |activity| {
        timed(n, |call| {
            black_box(activity.call(move || black_box(call)).expect("the call succeeds"));
        })
    })
}

/// As `uncontended`, with a transaction for each call.
fn new_transaction(n: u64) -> Duration {
    with_activity(&synchronized().transaction(TransactionConfig::New), |activity| calls(activity, n))
}
