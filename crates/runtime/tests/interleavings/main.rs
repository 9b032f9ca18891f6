//! Stories of threads on one machine, each run under many interleavings; `complus_sync::explore` says how to replay
//! one that fails. A thread that never ends fails a story too: then none of its threads can go on.

mod activity_lock;
mod apartments;
mod asynchronous_calls;
mod domains;
mod ending_instances;
mod mta_pool;
mod object_pool_changes;
mod object_pools;
mod parked_calls;
mod process_death;
mod shared_transactions;
mod sta_pool;
mod support;

use complus_core::attribute::{ApartmentModel, TransactionConfig};
use complus_runtime::{Apartment, Runtime, RuntimeBuilder, ServiceConfig, ServiceDomain};
use complus_sync::{Schedule, VirtualClock};

/// The machines to try: threads that the machine does not schedule differ much from those that it does.
const SCHEDULES: [Schedule; 2] = [Schedule::Free, Schedule::Deterministic(1)];

/// A machine of a seed and a virtual clock: nothing about it differs from one interleaving to the next.
fn machine() -> RuntimeBuilder {
    Runtime::builder().clock(VirtualClock::new()).seed(1)
}

/// The machines to try where pools run: with a system clock, which stands still here, a machine under a free schedule
/// leaves its pools' threads to the system.
fn machines() -> [fn() -> RuntimeBuilder; 3] {
    [
        || Runtime::builder().seed(1),
        || machine().schedule(Schedule::Free),
        || machine().schedule(Schedule::Deterministic(1)),
    ]
}

/// Runs `body` with this thread bound to the machine, in its MTA.
fn in_mta<T>(runtime: &Runtime, body: impl FnOnce() -> T) -> T {
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
    body()
}

fn root() -> ServiceConfig {
    ServiceConfig::new().transaction(TransactionConfig::New)
}

fn enter(config: &ServiceConfig) -> ServiceDomain {
    ServiceDomain::enter(config).unwrap()
}
