//! The rows of complus itself. Each runs on a machine of its own, bound to the thread, in the MTA.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use complus::{RuntimeBuilder, event::Event, prelude::*};
use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

use crate::components::{METHOD, request, with_class};
use crate::timed::{Row, add_rows, timed};

const ROWS: &[Row] = &[
    ("inherit", inherit),
    ("inherit_transaction", inherit_transaction),
    ("inherit_timed_transaction", inherit_timed_transaction),
    ("new_transaction", new_transaction),
    ("new_untimed_transaction", new_untimed_transaction),
    ("depth_1", depth_1),
    ("depth_10000", depth_10000),
    ("observed", observed),
    ("closure_inherit", closure_inherit),
    ("set_complete", set_complete),
    ("failed_enter", failed_enter),
    ("explicit_runtime", explicit_runtime),
    ("method_call", method_call),
];

/// Adds the rows of complus to the group.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>) {
    add_rows(group, "complus", ROWS);
}

/// Runs `body` on a thread in the MTA of a machine built by `builder`.
fn machine(builder: RuntimeBuilder, body: impl FnOnce(&Runtime) -> Duration) -> Duration {
    let runtime = builder.build().expect("the machine is consistent");
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).expect("the thread is fresh");
    body(&runtime)
}

/// Runs `body` in a domain.
fn inside(config: &ServiceConfig, body: impl FnOnce() -> Duration) -> Duration {
    ServiceDomain::run(config, body).expect("the domain is entered").value
}

#[inline(always)]
fn enter_leave(config: &ServiceConfig) {
    let domain = ServiceDomain::enter(config).expect("the domain is entered");
    black_box(&domain);
    domain.leave().expect("the domain is left");
}

fn synchronized() -> ServiceConfig {
    ServiceConfig::new().synchronization(SynchronizationConfig::New)
}

fn transactional() -> ServiceConfig {
    synchronized().transaction(TransactionConfig::New)
}

fn untimed() -> ServiceConfig {
    transactional().transaction_timeout(Duration::ZERO)
}

/// Everything is inherited from a caller in an activity.
fn inherit(n: u64) -> Duration {
    let config = ServiceConfig::inheriting();
    machine(Runtime::builder(), |_| inside(&synchronized(), || timed(n, |_| enter_leave(&config))))
}

/// Everything is inherited from a caller in an activity and in a transaction without time-out.
fn inherit_transaction(n: u64) -> Duration {
    let config = ServiceConfig::inheriting();
    machine(Runtime::builder(), |_| inside(&untimed(), || timed(n, |_| enter_leave(&config))))
}

/// The same with the default time-out: the clock is read at enter and at leave, to be exact.
fn inherit_timed_transaction(n: u64) -> Duration {
    let config = ServiceConfig::inheriting();
    machine(Runtime::builder(), |_| inside(&transactional(), || timed(n, |_| enter_leave(&config))))
}

/// The root of a new transaction, with the default time-out, in a new activity.
fn new_transaction(n: u64) -> Duration {
    let config = transactional();
    machine(Runtime::builder(), |_| timed(n, |_| enter_leave(&config)))
}

/// The same without time-out: no clock.
fn new_untimed_transaction(n: u64) -> Duration {
    let config = untimed();
    machine(Runtime::builder(), |_| timed(n, |_| enter_leave(&config)))
}

fn at_depth(depth: usize, n: u64) -> Duration {
    let config = ServiceConfig::inheriting();
    machine(Runtime::builder(), |_| {
        let domains: Vec<_> =
            (0..depth).map(|_| ServiceDomain::enter(&config).expect("the domain is entered")).collect();
        let time = timed(n, |_| enter_leave(&config));
        for domain in domains.into_iter().rev() {
            domain.leave().expect("the domain is left");
        }
        time
    })
}

/// One domain lies beneath.
fn depth_1(n: u64) -> Duration {
    at_depth(1, n)
}

/// Ten thousand lie beneath.
fn depth_10000(n: u64) -> Duration {
    at_depth(10_000, n)
}

/// As `inherit`, while somebody is told of every event.
fn observed(n: u64) -> Duration {
    let config = ServiceConfig::inheriting();
    let observer = Arc::new(|event: &Event| {
        black_box(event);
    });
    machine(Runtime::builder().observer(observer), |_| inside(&synchronized(), || timed(n, |_| enter_leave(&config))))
}

/// As `inherit`, around a closure.
fn closure_inherit(n: u64) -> Duration {
    let config = ServiceConfig::inheriting();
    machine(Runtime::builder(), |_| {
        inside(&synchronized(), || {
            timed(n, |call| {
                black_box(ServiceDomain::run(&config, || black_box(call)).expect("the domain is entered"));
            })
        })
    })
}

/// The vote alone, in a domain with a transaction.
fn set_complete(n: u64) -> Duration {
    machine(Runtime::builder(), |_| {
        inside(&untimed(), || {
            timed(n, |_| {
                let context = ObjectContext::current().expect("a domain has an object context");
                context.set_complete().expect("the context is current");
            })
        })
    })
}

/// An entry that is refused: a domain takes no thread pool.
fn failed_enter(n: u64) -> Duration {
    let config = ServiceConfig::inheriting().thread_pool(ThreadPool::Sta);
    machine(Runtime::builder(), |_| {
        inside(&synchronized(), || timed(n, |_| assert!(black_box(ServiceDomain::enter(&config)).is_err())))
    })
}

/// As `inherit`, with the machine named.
fn explicit_runtime(n: u64) -> Duration {
    let config = ServiceConfig::inheriting();
    machine(Runtime::builder(), |runtime| {
        inside(&synchronized(), || {
            timed(n, |_| {
                let domain = ServiceDomain::enter_in(runtime, &config).expect("the domain is entered");
                black_box(&domain);
                domain.leave().expect("the domain is left");
            })
        })
    })
}

/// The equivalent of `new_transaction` with a component: one with the same services is made, called once, and let go.
fn method_call(n: u64) -> Duration {
    with_class("events_enabled = false", "transaction = \"requires_new\"\nsynchronization = \"requires_new\"", |_| {
        let request = request();
        timed(n, |_| {
            let object = request.create().expect("the object is made");
            let done = object.call(METHOD, |_| ObjectContext::current()?.set_complete());
            done.expect("the transaction commits");
        })
    })
}
