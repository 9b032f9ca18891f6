//! The rows of complus itself: a machine of its own with a catalog, and the calling thread in the MTA.

use std::hint::black_box;
use std::time::{Duration, Instant};

use complus::{
    Compat, Reference,
    catalog::{Catalog, Creator, Found, Reader},
    prelude::*,
    rules::placement::{self, Origin},
};
use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;
use uuid::Uuid;

use crate::classes::{CLASSES, by_two, clsid, clsids, wanted};
use crate::components::{METHOD, catalog, request, with_class};
use crate::timed::{Row, add_rows, timed};

const ROWS: &[Row] = &[
    ("lookup_decision", lookup_decision),
    ("lookup_decision_2_readers", lookup_decision_2_readers),
    ("create_in_callers_context", create_in_callers_context),
    ("create_in_own_context", create_in_own_context),
    ("create_pooled", create_pooled),
    ("enter_leave", enter_leave),
    ("activity_call", activity_call),
    ("proxy_call", proxy_call),
    ("proxy_call_synchronized", proxy_call_synchronized),
    ("proxy_call_tracked", proxy_call_tracked),
    ("proxy_call_just_in_time", proxy_call_just_in_time),
    ("proxy_call_transaction", proxy_call_transaction),
];

/// Adds the rows of complus to the group.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>) {
    add_rows(group, "complus", ROWS);
}

/// A thousand classes with every setting of transactions.
fn many() -> Catalog {
    catalog("events_enabled = false", (0..CLASSES).map(clsid), |number| {
        let transactions = ["disabled", "not_supported", "supported", "required", "requires_new"];
        format!("transaction = \"{}\"", transactions[number % 5])
    })
}

/// Finds a class and decides on its placement, as an activation from a context with an activity does.
#[inline(always)]
fn look_up(reader: &mut Reader, clsid: u128, compat: &Compat, turn: u64) {
    let snapshot = reader.snapshot();
    let found = snapshot.locate(Uuid::from_u128(clsid), &Creator::default(), &mut ());
    let Ok(Found::Configured { component, .. }) = found else { unreachable!("every class is configured") };
    let isolation = black_box(turn & 1 == 0).then_some(IsolationLevel::Serializable);
    let origin = Origin {
        default_context: false,
        activity: black_box(turn & 2 == 0),
        transaction: isolation,
        ..Origin::DEFAULT_CONTEXT
    };
    let _ = black_box(placement::component(component, &origin, compat, &mut ()));
}

fn lookup_decision(iterations: u64) -> Duration {
    let (catalog, clsids, compat) = (many(), clsids(), Compat::default());
    let mut reader = catalog.reader();
    timed(iterations, |turn| look_up(&mut reader, *wanted(&clsids, turn), &compat, turn))
}

/// The time of all look-ups of two threads; each has a reader of its own.
fn lookup_decision_2_readers(iterations: u64) -> Duration {
    let (catalog, clsids, compat) = (many(), clsids(), Compat::default());
    by_two(iterations, || catalog.reader(), |reader, turn| look_up(reader, *wanted(&clsids, turn), &compat, turn))
}

/// Makes an object of the only class and lets it go, so many times.
fn creations(iterations: u64) -> Duration {
    let request = request();
    timed(iterations, |_| drop(black_box(request.create().expect("the object is made"))))
}

const QUIET: &str = "events_enabled = false";
const RAW: &str = "transaction = \"disabled\"";
const OWN: &str = "transaction = \"not_supported\"";

/// Inside a service domain, whose context the objects share.
fn create_in_callers_context(iterations: u64) -> Duration {
    with_class(QUIET, RAW, |_| {
        let _domain = ServiceDomain::enter(&ServiceConfig::new()).expect("the domain is entered");
        creations(iterations)
    })
}

fn create_in_own_context(iterations: u64) -> Duration {
    with_class(QUIET, OWN, |_| creations(iterations))
}

/// An object is made, called once, which takes an instance from the pool, and let go.
fn create_pooled(iterations: u64) -> Duration {
    let pooled = format!("{OWN}\nobject_pooling_enabled = true\nmax_pool_size = 4");
    with_class(QUIET, &pooled, |_| {
        let request = request();
        timed(iterations, |_| {
            let object = request.create().expect("the object is made");
            black_box(call(&object));
        })
    })
}

#[inline(always)]
fn call(object: &Reference) -> u64 {
    object.call(METHOD, |_| Ok(black_box(1))).expect("the call succeeds")
}

fn calls(application: &str, properties: &str, iterations: u64) -> Duration {
    with_class(application, properties, |_| {
        let object = request().create().expect("the object is made");
        assert!(object.is_proxy(), "the context is its own");
        timed(iterations, |_| {
            black_box(call(&object));
        })
    })
}

/// What calls through a proxy are compared with.
fn enter_leave(iterations: u64) -> Duration {
    with_class(QUIET, RAW, |_| {
        let config = ServiceConfig::inheriting();
        timed(iterations, |_| {
            let domain = ServiceDomain::enter(&config).expect("the domain is entered");
            black_box(domain.leave().expect("the domain is left"));
        })
    })
}

/// What a synchronized call adds at least.
fn activity_call(iterations: u64) -> Duration {
    with_class(QUIET, RAW, |_| {
        let config = ServiceConfig::new().thread_pool(ThreadPool::Mta).synchronization(SynchronizationConfig::New);
        let activity = Activity::create(&config).expect("the activity is made");
        timed(iterations, |turn| {
            let called = activity.synchronous_call(move || {
                black_box(turn);
            });
            black_box(called.expect("the call succeeds"));
        })
    })
}

fn proxy_call(iterations: u64) -> Duration {
    calls(QUIET, OWN, iterations)
}

fn proxy_call_synchronized(iterations: u64) -> Duration {
    calls(QUIET, &format!("{OWN}\nsynchronization = \"required\""), iterations)
}

fn proxy_call_tracked(iterations: u64) -> Duration {
    calls("events_enabled = true", &format!("{OWN}\nevent_tracking_enabled = true"), iterations)
}

/// A call that leaves its object active.
fn proxy_call_just_in_time(iterations: u64) -> Duration {
    calls(QUIET, &format!("{OWN}\njust_in_time_activation = true"), iterations)
}

/// A call that is done: the object is activated, the transaction begins and commits, the object is deactivated.
fn proxy_call_transaction(iterations: u64) -> Duration {
    with_class(QUIET, "transaction = \"required\"", |_| {
        let object = request().create().expect("the object is made");
        let start = Instant::now();
        for _ in 0..iterations {
            let done = object.call(METHOD, |_| ObjectContext::current()?.set_complete());
            done.expect("the transaction commits");
        }
        start.elapsed()
    })
}
