//! A thread of the STA pool that has been idle for long ends, or something is bound to it, never both.

use super::{SCHEDULES, in_mta, machine, support::*};
use complus_core::{
    attribute::{Binding, SynchronizationConfig},
    hresult::S_OK,
};
use complus_runtime::{Activity, Knobs, PoolSettings, Runtime, RuntimeBuilder};
use complus_sync::{explore::explore, thread};
use std::time::Duration;

const DELAY: Duration = Duration::from_secs(1);

/// A machine whose STA pool lets every thread go that was idle for a second.
fn without_minimum() -> RuntimeBuilder {
    let knobs = Knobs { min_threads: 0, max_threads: 2, delete_delay: DELAY, ..Knobs::new(1) };
    machine().thread_pools(PoolSettings::new().knobs(knobs))
}

/// Lets a thread of the pool serve one call, and time pass while `other` does something.
fn idle<T: Send + 'static>(runtime: &Runtime, other: impl FnOnce(&Runtime) -> T + Send + 'static) -> T {
    runtime.start();
    let activity = in_mta(runtime, || Activity::create(&sta()).unwrap());
    in_mta(runtime, || activity.call(|| ()).unwrap());
    let (clock, here) = (runtime.clone(), runtime.clone());
    let advancing = thread::spawn(move || clock.advance(DELAY).unwrap());
    let result = mta_thread(runtime, move || other(&here)).join().unwrap();
    advancing.join().unwrap();
    result
}

/// Everything is let go, and all threads end.
fn empties(runtime: &Runtime) {
    runtime.advance(3 * DELAY).unwrap();
    assert_eq!(runtime.process().thread_pools().started_sta_threads(), 0);
}

#[test]
fn what_is_bound_while_a_thread_ends_for_idleness_has_a_thread() {
    for schedule in SCHEDULES {
        explore(800, move || {
            let runtime = without_minimum().schedule(schedule).build().unwrap();
            let codes = idle(&runtime, |_| {
                let activity = Activity::create(&sta().binding(Binding::BindToPoolThread)).unwrap();
                let story = Story::new();
                let told = story.clone();
                activity.asynchronous_call(move || told.tell(())).unwrap();
                story.wait_for(1);
                [code(activity.synchronous_call(|| S_OK)), code(activity.synchronous_call(|| S_OK))]
            });
            assert_eq!(codes, [S_OK; 2]);
            empties(&runtime);
        });
    }
}

#[test]
fn calls_that_any_thread_may_serve_find_one_while_another_ends_for_idleness() {
    for schedule in SCHEDULES {
        for config in [sta(), sta().synchronization(SynchronizationConfig::New)] {
            explore(400, move || {
                let runtime = without_minimum().schedule(schedule).build().unwrap();
                let config = config.clone();
                let codes = idle(&runtime, move |_| {
                    let (activity, story) = (Activity::create(&config).unwrap(), Story::new());
                    let told = story.clone();
                    activity.asynchronous_call(move || told.tell(())).unwrap();
                    let codes = [code(activity.synchronous_call(|| S_OK)), code(activity.synchronous_call(|| S_OK))];
                    story.wait_for(1);
                    codes
                });
                assert_eq!(codes, [S_OK; 2]);
                empties(&runtime);
            });
        }
    }
}

#[test]
fn an_object_that_is_unbound_while_it_is_called_has_a_thread_for_every_call() {
    for schedule in SCHEDULES {
        explore(400, move || {
            let runtime = without_minimum().schedule(schedule).build().unwrap();
            let codes = idle(&runtime, |here| {
                let activity = Activity::create(&sta().binding(Binding::BindToPoolThread)).unwrap();
                let own = activity.clone();
                let unbinding = mta_thread(here, move || own.unbind_from_thread().unwrap());
                let codes = [code(activity.synchronous_call(|| S_OK)), code(activity.synchronous_call(|| S_OK))];
                unbinding.join().unwrap();
                codes
            });
            assert_eq!(codes, [S_OK; 2]);
            empties(&runtime);
        });
    }
}
