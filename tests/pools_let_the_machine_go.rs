//! Threads of a pool that wait for work keep no machine alive; they end with it.

use complus::{
    VirtualClock,
    event::{Event, Observer},
    prelude::*,
};
use std::sync::{Arc, Weak};

/// Lives as long as the machine that it observes.
struct Witness;

impl Observer for Witness {
    fn observe(&self, _: &Event) {}
}

/// A machine whose pools have run calls, and rest; what is left of it once the program holds it no more.
fn used_and_dropped(pool: ThreadPool) -> Weak<Witness> {
    let witness = Arc::new(Witness);
    let weak = Arc::downgrade(&witness);
    let runtime = Runtime::builder().clock(VirtualClock::new()).observer(witness).build().unwrap();
    {
        let _bound = runtime.enter();
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        let activity = Activity::create(&ServiceConfig::new().thread_pool(pool)).unwrap();
        activity.asynchronous_call(|| ()).unwrap();
        // Every thread of the pool comes to rest.
        runtime.advance(std::time::Duration::from_millis(1)).unwrap();
        assert!(weak.upgrade().is_some());
    }
    weak
}

#[test]
fn a_machine_goes_when_its_last_user_goes_although_its_pools_have_threads() {
    for pool in [ThreadPool::Mta, ThreadPool::Sta] {
        assert!(used_and_dropped(pool).upgrade().is_none(), "{pool}");
    }
}
