//! Nothing that the pool of the MTA accepted is lost, whatever its threads are about to do, and no thread is left when
//! the machine is gone.

use super::{SCHEDULES, in_mta, machine, machines, support::*};
use complus_core::event::{Event, Observer, What};
use complus_runtime::{Activity, Knobs, PoolSettings, RuntimeBuilder};
use complus_sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
    explore::explore,
    thread,
};
use std::time::Duration;

const DELAY: Duration = Duration::from_secs(1);

/// A machine whose pool has one thread at most, that ends after a second of idleness.
fn one_thread() -> RuntimeBuilder {
    let knobs = Knobs { mta_max_threads: 1, delete_delay: DELAY, ..Knobs::new(1) };
    machine().thread_pools(PoolSettings::new().knobs(knobs))
}

/// Counts the threads that began and ended.
#[derive(Default)]
struct Threads {
    started: AtomicU32,
    ended: AtomicU32,
}

impl Observer for Threads {
    fn observe(&self, event: &Event) {
        match event.what {
            What::ThreadStarted => self.started.fetch_add(1, Ordering::Relaxed),
            What::ThreadEnded => self.ended.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
    }
}

#[test]
fn a_call_that_comes_while_the_thread_ends_for_idleness_is_run() {
    for schedule in SCHEDULES {
        // The thread that was there may run it, or another one.
        ends(800, [1, 2], move || {
            let threads = Arc::new(Threads::default());
            let runtime = one_thread().schedule(schedule).observer(threads.clone()).build().unwrap();
            runtime.start();
            let (activity, story) = (in_mta(&runtime, || Activity::create(&mta()).unwrap()), Story::new());
            let submit = move |activity: &Activity, story: &Story<()>| {
                let story = story.clone();
                activity.asynchronous_call(move || story.tell(())).unwrap();
            };
            in_mta(&runtime, || submit(&activity, &story));
            story.wait_for(1);
            let clock = runtime.clone();
            let advancing = thread::spawn(move || clock.advance(DELAY).unwrap());
            let (own, told) = (activity.clone(), story.clone());
            let submitting = mta_thread(&runtime, move || submit(&own, &told));
            [advancing, submitting].into_iter().for_each(|thread| thread.join().unwrap());
            story.wait_for(2);
            // All come to rest, and are let go.
            runtime.advance(2 * DELAY).unwrap();
            assert_eq!(runtime.process().thread_pools().started_mta_threads(), 0);
            assert_eq!(threads.started.load(Ordering::Relaxed), threads.ended.load(Ordering::Relaxed));
            threads.started.load(Ordering::Relaxed)
        });
    }
}

#[test]
fn calls_that_come_while_threads_fall_asleep_are_run() {
    for machine in machines() {
        explore(600, move || {
            let runtime = machine().build().unwrap();
            runtime.start();
            let (activity, story) = (in_mta(&runtime, || Activity::create(&mta()).unwrap()), Story::new());
            let submitting = [(); 2].map(|()| {
                let (activity, story) = (activity.clone(), story.clone());
                mta_thread(&runtime, move || {
                    for _ in 0..3 {
                        let told = story.clone();
                        activity.asynchronous_call(move || told.tell(())).unwrap();
                    }
                })
            });
            submitting.into_iter().for_each(|thread| thread.join().unwrap());
            story.wait_for(6);
        });
    }
}

#[test]
fn calls_that_wait_for_each_other_have_a_thread_each() {
    // Under a deterministic schedule a call must not wait by other means than the machine's.
    for machine in machines().into_iter().take(2) {
        explore(800, move || {
            let runtime = machine().thread_pools(PoolSettings::new().processors(2)).build().unwrap();
            runtime.start();
            let activity = in_mta(&runtime, || Activity::create(&mta()).unwrap());
            let meetings = [(); 2].map(|()| Story::new());
            let submitting = [(); 2].map(|()| {
                let (activity, meetings) = (activity.clone(), meetings.clone());
                mta_thread(&runtime, move || {
                    for meeting in meetings {
                        let call = meeting.clone();
                        let meets = move || {
                            call.tell(());
                            call.wait_for(2);
                        };
                        activity.asynchronous_call(meets).unwrap();
                        // The next come when threads begin to look around, or to sleep.
                        meeting.wait_for(2);
                    }
                })
            });
            submitting.into_iter().for_each(|thread| thread.join().unwrap());
        });
    }
}

#[test]
fn the_last_handle_may_be_let_go_while_a_thread_of_the_pool_finishes_the_last_call() {
    for machine in machines() {
        explore(800, move || {
            let runtime = machine().build().unwrap();
            runtime.start();
            let (activity, story) = (in_mta(&runtime, synchronized), Story::new());
            let (own, told) = (activity.clone(), story.clone());
            let submitting = mta_thread(&runtime, move || {
                // The call itself may be the last that holds the machine.
                let inner = own.clone();
                let call = move || {
                    inner.call(|| ()).unwrap();
                    told.tell(());
                };
                own.asynchronous_call(call).unwrap();
            });
            let dropping = thread::spawn(move || drop((runtime, activity)));
            [submitting, dropping].into_iter().for_each(|thread| thread.join().unwrap());
            story.wait_for(1);
        });
    }
}

#[test]
fn a_machine_that_is_let_go_by_several_at_once_leaves_no_thread() {
    for machine in machines() {
        explore(600, move || {
            let threads = Arc::new(Threads::default());
            let runtime = machine().observer(threads.clone()).build().unwrap();
            runtime.start();
            let story = Story::new();
            let callers = [(); 2].map(|()| {
                let (runtime, story) = (runtime.clone(), story.clone());
                thread::spawn(move || {
                    let activity = in_mta(&runtime, || Activity::create(&sta()).unwrap());
                    let called = activity.clone();
                    in_mta(&runtime, || called.asynchronous_call(move || story.tell(())).unwrap());
                    drop(runtime);
                })
            });
            drop(runtime);
            callers.into_iter().for_each(|thread| thread.join().unwrap());
            story.wait_for(2);
        });
    }
}
