//! Many asynchronous calls: apart from each other and in their order, whatever happens in between.

mod support;

use complus::{
    Compat, FailFast,
    hresult::{CO_E_ASYNC_WORK_REJECTED, E_FAIL, HResult, S_OK},
    prelude::*,
};
use std::{
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc,
    },
    thread,
};
use support::*;

fn synchronized() -> ServiceConfig {
    ServiceConfig::new().thread_pool(ThreadPool::Mta).synchronization(SynchronizationConfig::New)
}

/// Keeps an activity busy until the barrier is met.
fn hold(activity: &Activity) -> Arc<Barrier> {
    let (held, inside) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (release, entered) = (held.clone(), inside.clone());
    let call = move || {
        entered.wait();
        release.wait();
    };
    activity.asynchronous_call(call).unwrap();
    inside.wait();
    held
}

/// What ran, in its order.
type Order = Arc<Mutex<Vec<u32>>>;

fn note(activity: &Activity, order: &Order, number: u32) {
    let order = order.clone();
    activity.asynchronous_call(move || order.lock().unwrap().push(number)).unwrap();
}

/// What ran when everything before has run: a synchronous call stands behind it in the line.
fn ran(activity: &Activity, order: &Order) -> Vec<u32> {
    let order = order.clone();
    activity.call(move || order.lock().unwrap().clone()).unwrap()
}

/// Two producers make `rounds` calls each into each of `count` activities.
fn no_overlap_and_in_order(runtime: &Runtime, count: usize, rounds: u32) {
    #[derive(Default)]
    struct Witness {
        inside: AtomicBool,
        next: [AtomicU32; 2],
    }
    let activities: Vec<_> =
        (0..count).map(|_| (Activity::create(&synchronized()).unwrap(), Arc::new(Witness::default()))).collect();
    let (done, all_done) = mpsc::channel();
    thread::scope(|scope| {
        for producer in 0..2 {
            let (activities, done) = (&activities, done.clone());
            scope.spawn(move || {
                let _bound = runtime.enter();
                for number in 0..rounds {
                    for (activity, witness) in activities {
                        let (witness, done) = (witness.clone(), done.clone());
                        let call = move || {
                            let alone = !witness.inside.swap(true, Ordering::AcqRel);
                            let in_order = witness.next[producer].load(Ordering::Relaxed) == number;
                            witness.next[producer].store(number + 1, Ordering::Relaxed);
                            witness.inside.store(false, Ordering::Release);
                            done.send((alone, in_order)).unwrap();
                        };
                        activity.asynchronous_call(call).unwrap();
                    }
                }
            });
        }
    });
    drop(done);
    let seen: Vec<_> = all_done.iter().collect();
    assert_eq!(seen.len(), 2 * count * rounds as usize);
    assert!(seen.iter().all(|(alone, in_order)| *alone && *in_order));
}

#[test]
fn many_calls_of_many_activities_do_not_overlap_and_keep_their_order() {
    let runtime = Runtime::builder().build().unwrap();
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
    no_overlap_and_in_order(&runtime, 100, 1_000);
    every_machine(|world| no_overlap_and_in_order(&world.runtime, 10, 50));
}

#[test]
fn a_machine_that_is_let_go_under_load_runs_all_that_it_accepted() {
    let (done, all_done) = mpsc::channel();
    let releases: Vec<_> = {
        let runtime = Runtime::builder().build().unwrap();
        let _bound = runtime.enter();
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        let activities: Vec<_> = (0..20).map(|_| Activity::create(&synchronized()).unwrap()).collect();
        let releases = activities.iter().map(hold).collect();
        for number in 0..500 {
            for activity in &activities {
                let done = done.clone();
                activity.asynchronous_call(move || done.send(number).unwrap()).unwrap();
            }
        }
        releases
    };
    drop(done);
    for held in &releases {
        held.wait();
    }
    // This ends when the last call is gone, run or not.
    assert_eq!(all_done.iter().count(), 20 * 500);
}

#[test]
fn a_synchronous_call_keeps_its_place_between_asynchronous_ones() {
    every_machine(|world| {
        let activity = Activity::create(&synchronized()).unwrap();
        let order = Order::default();
        let held = hold(&activity);
        (0..50).for_each(|number| note(&activity, &order, number));
        assert_eq!(activity.waiting_calls(), 50);
        let (runtime, inside, seen) = (world.runtime.clone(), activity.clone(), order.clone());
        let waiter = thread::spawn(move || {
            let _bound = runtime.enter();
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            inside.call(move || seen.lock().unwrap().push(50)).unwrap();
        });
        while activity.waiting_calls() < 51 {
            thread::yield_now();
        }
        (51..400).for_each(|number| note(&activity, &order, number));
        held.wait();
        waiter.join().unwrap();
        assert_eq!(ran(&activity, &order), (0..400).collect::<Vec<_>>());
        assert_eq!(activity.waiting_calls(), 0);
    });
}

#[test]
fn calls_of_two_objects_in_one_activity_stand_in_one_line() {
    every_machine(|_| {
        let order = Order::default();
        let inherits = ServiceConfig::new()
            .thread_pool(ThreadPool::Mta)
            .synchronization(SynchronizationConfig::IfContainerIsSynchronized);
        let domain = enter(&own_activity());
        let objects = [(); 2].map(|()| Activity::create(&inherits).unwrap());
        assert_eq!(objects[0].activity_id(), objects[1].activity_id());
        assert!(objects[0].activity_id().is_some());
        // This thread is in the activity, so nothing runs yet; two of one object stand together, then one of the other.
        (0..99).for_each(|number| note(&objects[usize::from(number % 3 == 2)], &order, number));
        domain.leave().unwrap();
        assert_eq!(ran(&objects[0], &order), (0..99).collect::<Vec<_>>());
    });
}

#[test]
fn a_call_that_fails_in_a_row_is_notified_and_the_others_run() {
    every_machine(|_| {
        let activity = Activity::create(&synchronized()).unwrap();
        let (order, held) = (Order::default(), hold(&activity));
        let (told, hears) = mpsc::channel();
        (0..5).for_each(|number| note(&activity, &order, number));
        activity.asynchronous_call((|| E_FAIL).on_error(move |error| told.send(error).unwrap())).unwrap();
        (5..10).for_each(|number| note(&activity, &order, number));
        held.wait();
        assert_eq!(hears.iter().collect::<Vec<_>>(), [E_FAIL]);
        assert_eq!(ran(&activity, &order), (0..10).collect::<Vec<_>>());
    });
}

#[test]
fn calls_of_many_kinds_keep_their_order() {
    struct Noted(Order, u32);
    impl ServiceCall for Noted {
        fn on_call(&self) -> HResult {
            self.0.lock().unwrap().push(self.1);
            S_OK
        }
    }
    every_machine(|_| {
        for pool in [ThreadPool::Mta, ThreadPool::Sta] {
            let activity = Activity::create(&synchronized().thread_pool(pool)).unwrap();
            let (order, held) = (Order::default(), hold(&activity));
            let (told, hears) = mpsc::channel();
            for number in 0..700 {
                let noted = Noted(order.clone(), number);
                // Kinds change after one call, after some, and stay for more than one piece of work holds.
                let kind = if number < 100 { number % 5 } else { number / 20 % 5 };
                let accepted = match if number > 360 { 4 } else { kind } {
                    0 => activity.asynchronous_call(Arc::new(noted)),
                    1 => activity.asynchronous_call(Arc::new(noted) as Arc<dyn ServiceCall>),
                    2 => {
                        let told = told.clone();
                        let fails = move || (noted.on_call(), E_FAIL).1;
                        activity.asynchronous_call(fails.on_error(move |error| told.send((number, error)).unwrap()))
                    }
                    3 => {
                        let large = [number; 3000];
                        activity.asynchronous_call(move || Noted(noted.0.clone(), large[2999]).on_call())
                    }
                    _ => activity.asynchronous_call(move || noted.on_call()),
                };
                accepted.unwrap();
            }
            drop(told);
            assert_eq!(activity.waiting_calls(), 700);
            held.wait();
            assert_eq!(ran(&activity, &order), (0..700).collect::<Vec<_>>());
            let failed = (0..100).filter(|n| n % 5 == 2).chain((100..360).filter(|n| n / 20 % 5 == 2));
            // They are told of when they have left the activity, beside the calls that follow.
            let mut heard: Vec<_> = hears.iter().collect();
            heard.sort_by_key(|(number, _)| *number);
            assert_eq!(heard, failed.map(|number| (number, E_FAIL)).collect::<Vec<_>>());
        }
    });
}

#[test]
fn a_call_that_panics_in_a_row_is_contained_and_the_others_run() {
    let contain = Compat { failfast: FailFast::Contain, ..Compat::default() };
    every_machine_with(
        |builder| builder.compat(contain),
        |_| {
            let activity = Activity::create(&synchronized()).unwrap();
            let (order, held) = (Order::default(), hold(&activity));
            (0..5).for_each(|number| note(&activity, &order, number));
            activity.asynchronous_call(|| -> () { std::panic::resume_unwind(Box::new("lost")) }).unwrap();
            (5..10).for_each(|number| note(&activity, &order, number));
            held.wait();
            assert_eq!(ran(&activity, &order), (0..10).collect::<Vec<_>>());
        },
    );
}

#[test]
fn each_call_of_a_row_begins_in_the_context_of_the_object_and_in_a_causality_of_its_own() {
    every_machine(|_| {
        let activity = Activity::create(&synchronized()).unwrap();
        let own = activity.call(place).unwrap();
        let held = hold(&activity);
        let (tell, told) = mpsc::channel();
        for number in 0..12 {
            let (tell, inside) = (tell.clone(), activity.clone());
            let call = move || {
                let begins = place();
                if number % 3 == 1 {
                    std::mem::forget(enter(&ServiceConfig::new()));
                }
                // The activity lets in whoever is inside, and nobody else: this call.
                let again = inside.synchronous_call(|| S_OK);
                tell.send((begins, again)).unwrap();
            };
            activity.asynchronous_call(call).unwrap();
        }
        drop(tell);
        held.wait();
        let seen: Vec<_> = told.iter().collect();
        assert_eq!(seen.len(), 12);
        for (begins, again) in seen {
            assert_eq!((begins.context, begins.activity, again), (own.context, own.activity, Ok(S_OK)));
        }
    });
}

#[test]
fn calls_that_wait_behind_one_that_runs_count_against_the_limit() {
    every_machine(|world| {
        let activity = Activity::create(&synchronized()).unwrap();
        let held = hold(&activity);
        world.runtime.process().thread_pools().set_knobs(|knobs| knobs.max_queued_requests = 10);
        let order = Order::default();
        note(&activity, &order, 0);
        // The second to wait stops in its turn.
        let (stopped, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (stops, goes_on) = (stopped.clone(), go_on.clone());
        let call = move || {
            stops.wait();
            goes_on.wait();
        };
        activity.asynchronous_call(call).unwrap();
        (1..9).for_each(|number| note(&activity, &order, number));
        assert_eq!(activity.waiting_calls(), 10);
        assert_eq!(code(activity.asynchronous_call(|| ())), CO_E_ASYNC_WORK_REJECTED);
        held.wait();
        stopped.wait();
        assert_eq!(activity.waiting_calls(), 8);
        (9..11).for_each(|number| note(&activity, &order, number));
        assert_eq!(code(activity.asynchronous_call(|| ())), CO_E_ASYNC_WORK_REJECTED);
        go_on.wait();
        assert_eq!(ran(&activity, &order), (0..11).collect::<Vec<_>>());
    });
}

#[test]
fn calls_that_wait_for_each_other_all_get_a_thread() {
    every_machine(|_| {
        let together = Arc::new(Barrier::new(7));
        let activities: Vec<_> = (0..6).map(|_| Activity::create(&synchronized()).unwrap()).collect();
        for _ in 0..3 {
            for activity in &activities {
                let together = together.clone();
                let call = move || {
                    together.wait();
                };
                activity.asynchronous_call(call).unwrap();
            }
            together.wait();
        }
    });
}
