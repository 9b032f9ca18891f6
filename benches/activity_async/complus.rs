//! The rows of complus itself: activity objects in the MTA, each synchronized, on a machine with its own pool.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use complus::prelude::*;
use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

use crate::drive::{Latch, drive};
use crate::timed::{Row, add_rows};

/// Each row with the one that has the same shape and a transaction for each call, or no activity at all, where that is
/// of interest.
pub(crate) const ROWS: &[&[Row]] = &[
    &[("1p_1a", synchronized::<1, 1>), ("1p_unsynchronized", unsynchronized)],
    &[("2p_1a", synchronized::<2, 1>)],
    &[("1p_1000a", synchronized::<1, 1_000>)],
    &[("2p_1000a", synchronized::<2, 1_000>)],
    &[("4p_1000a", synchronized::<4, 1_000>)],
    &[("1p_100000a", synchronized::<1, 100_000>)],
    &[("2p_100000a", synchronized::<2, 100_000>)],
    &[("1p_1000000a", synchronized::<1, 1_000_000>)],
];

/// Adds some rows of complus.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>, index: usize) {
    add_rows(group, "complus", ROWS[index]);
}

/// A machine with activity objects.
struct World {
    runtime: Runtime,
    activities: Vec<Activity>,
}

impl World {
    fn new(count: usize, config: &ServiceConfig) -> Self {
        let runtime = Runtime::builder().build().expect("the machine is consistent");
        let activities = {
            let _bound = runtime.enter();
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).expect("the thread is fresh");
            (0..count).map(|_| Activity::create(config).expect("the activity is made")).collect()
        };
        Self { runtime, activities }
    }

    fn drive(&self, n: u64, producers: u64, activities: usize) -> Duration {
        drive(n, producers, activities, || {
            let bound = self.runtime.enter();
            move |activity: usize, latch: Arc<Latch>| {
                let _bound = &bound;
                let accepted = self.activities[activity].asynchronous_call(move || latch.hit());
                accepted.expect("the call is accepted");
            }
        })
    }
}

static FEW: OnceLock<World> = OnceLock::new();
static MANY: OnceLock<World> = OnceLock::new();
static UNSYNCHRONIZED: OnceLock<World> = OnceLock::new();

/// Makes all activity objects, so that no row is charged with them.
pub(crate) fn prepare() {
    let unsynchronized = ServiceConfig::new().thread_pool(ThreadPool::Mta);
    let synchronized = unsynchronized.clone().synchronization(SynchronizationConfig::New);
    FEW.get_or_init(|| World::new(1_000, &synchronized));
    MANY.get_or_init(|| World::new(1_000_000, &synchronized));
    UNSYNCHRONIZED.get_or_init(|| World::new(1, &unsynchronized));
}

/// `P` producers call into `A` activities.
fn synchronized<const P: u64, const A: usize>(n: u64) -> Duration {
    let world = if A <= 1_000 { &FEW } else { &MANY };
    world.get().expect("it is prepared").drive(n, P, A)
}

/// One producer calls into a context without activity: calls may run beside each other.
fn unsynchronized(n: u64) -> Duration {
    UNSYNCHRONIZED.get().expect("it is prepared").drive(n, 1, 1)
}
