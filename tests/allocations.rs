//! The hot paths ask for no memory: counted by an allocator, not guessed.

mod support;

use allocation_counter::measure;
use complus::{
    Activation, ClassFactory, Object,
    hresult::{E_FAIL, S_FALSE},
    prelude::*,
};
use std::{hint::black_box, sync::Arc, time::Duration};
use support::components::{PLAIN, QUIET, RAW, catalog, clsid};
use uuid::Uuid;

/// Counts the allocations of a thousand rounds of `round`, on a machine of its own, once the thread's places
/// are warm.
fn allocations(outer: &ServiceConfig, round: impl Fn(&Runtime)) -> u64 {
    let runtime = Runtime::builder().build().unwrap();
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
    let body = || {
        (0..100).for_each(|_| round(&runtime));
        measure(|| (0..1000).for_each(|_| round(&runtime))).count_total
    };
    ServiceDomain::run(outer, body).unwrap().value
}

fn enter_leave(config: &ServiceConfig) {
    ServiceDomain::enter(black_box(config)).unwrap().leave().unwrap();
}

fn transactional() -> ServiceConfig {
    ServiceConfig::new().transaction(TransactionConfig::New).synchronization(SynchronizationConfig::New)
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(&ServiceConfig::new(), |_| drop(black_box(Box::new(1)))), 1000);
}

#[test]
fn a_domain_that_inherits_everything_asks_for_no_memory() {
    let config = ServiceConfig::inheriting();
    for outer in [ServiceConfig::new(), transactional(), transactional().transaction_timeout(Duration::ZERO)] {
        assert_eq!(allocations(&outer, |_| enter_leave(&config)), 0);
    }
}

#[test]
fn a_new_transaction_in_a_new_activity_asks_for_no_memory() {
    assert_eq!(allocations(&ServiceConfig::new(), |_| enter_leave(&transactional())), 0);
}

#[test]
fn a_vote_and_a_refused_entry_ask_for_no_memory() {
    assert_eq!(allocations(&transactional(), |_| ObjectContext::current().unwrap().set_complete().unwrap()), 0);
    let pool = ServiceConfig::inheriting().thread_pool(ThreadPool::Sta);
    assert_eq!(allocations(&ServiceConfig::new(), |_| assert!(ServiceDomain::enter(&pool).is_err())), 0);
    let binding = ServiceConfig::inheriting().binding(Binding::BindToPoolThread);
    assert_eq!(allocations(&transactional(), |_| assert!(ServiceDomain::enter(&binding).is_err())), 0);
}

#[test]
fn naming_the_machine_and_running_a_closure_ask_for_no_memory() {
    let config = ServiceConfig::inheriting();
    let explicit = |runtime: &Runtime| {
        let _ = ServiceDomain::enter_in(runtime, &config).unwrap().leave().unwrap();
    };
    let closure = |_: &Runtime| {
        let _ = ServiceDomain::run(&config, || 1).unwrap();
    };
    assert_eq!(allocations(&ServiceConfig::new(), explicit), 0);
    assert_eq!(allocations(&ServiceConfig::new(), closure), 0);
}

/// The same for rounds with an activity object.
fn allocations_with(config: &ServiceConfig, round: impl Fn(&Activity)) -> u64 {
    let runtime = Runtime::builder().build().unwrap();
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
    let activity = Activity::create(config).unwrap();
    (0..100).for_each(|_| round(&activity));
    measure(|| (0..1000).for_each(|_| round(&activity))).count_total
}

#[test]
fn a_synchronous_call_asks_for_no_memory() {
    let plain = ServiceConfig::new().thread_pool(ThreadPool::Mta);
    for config in [plain.clone().synchronization(SynchronizationConfig::New), plain] {
        let calls = |activity: &Activity| {
            assert_eq!(activity.synchronous_call(|| black_box(S_FALSE)), Ok(S_FALSE));
            assert_eq!(activity.call(|| black_box(7)), Ok(7));
        };
        assert_eq!(allocations_with(&config, calls), 0);
    }
}

#[test]
fn a_reentrant_call_asks_for_no_memory() {
    let config = ServiceConfig::new().thread_pool(ThreadPool::Mta).synchronization(SynchronizationConfig::New);
    let calls = |activity: &Activity| {
        let inside = activity.clone();
        let call = move || inside.synchronous_call(|| black_box(S_FALSE)).map_or(E_FAIL, |result| result);
        assert_eq!(activity.synchronous_call(call), Ok(S_FALSE));
    };
    assert_eq!(allocations_with(&config, calls), 0);
}

#[test]
fn an_object_that_goes_the_way_of_one_before_it_asks_for_no_memory() {
    for properties in [RAW, PLAIN_OWN, POOLED] {
        let runtime = Runtime::builder().catalog(catalog(QUIET, &[("Class", properties)])).build().unwrap();
        let object: Arc<dyn Object> = Arc::new(Idle);
        runtime.register_factory("probe", move || Arc::new(IdleClass(object.clone())));
        let _bound = runtime.enter();
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        let request = Activation::of(clsid("Class"));
        let round = || {
            let object = request.create().unwrap();
            object.call(PLAIN, |_| Ok(())).unwrap();
        };
        (0..100).for_each(|_| round());
        let count = measure(|| (0..1000).for_each(|_| round())).count_total;
        assert_eq!(count, 0, "{properties}");
    }
}

const PLAIN_OWN: &str = "transaction = \"not_supported\"";
const POOLED: &str = "transaction = \"not_supported\"\nobject_pooling_enabled = true";

/// An object that does nothing, of a class that has but one.
struct Idle;

impl Object for Idle {
    fn supports(&self, _: Uuid) -> bool {
        true
    }
}

struct IdleClass(Arc<dyn Object>);

impl ClassFactory for IdleClass {
    fn create_instance(&self) -> complus::Result<Arc<dyn Object>> {
        Ok(self.0.clone())
    }
}
