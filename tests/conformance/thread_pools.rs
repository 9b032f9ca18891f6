//! Thread pools: where the calls of activity objects run, how many threads there are, what is rejected.

use crate::support::*;
use complus::{
    Knobs, PoolSettings, apartment_type,
    attribute::ApartmentType,
    event::What,
    hresult::{CO_E_ASYNC_WORK_REJECTED, S_OK},
    id::ContextId,
    prelude::*,
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::{self, ThreadId},
};

/// Where an asynchronous call ran.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ran {
    thread: ThreadId,
    apartment: ApartmentType,
    context: Option<ContextId>,
}

fn here_now() -> Ran {
    Ran { thread: thread::current().id(), apartment: apartment_type().unwrap().0, context: place().context }
}

/// Where an asynchronous call of `activity` runs now.
fn runs(activity: &Activity) -> Ran {
    let (told, hears) = mpsc::channel();
    activity.asynchronous_call(move || told.send(here_now()).unwrap()).unwrap();
    hears.recv().unwrap()
}

/// Two asynchronous calls of an object that wait for each other: where they ran.
fn meet(activity: &Activity) -> [Ran; 2] {
    let (both, (told, hears)) = (Arc::new(Barrier::new(2)), mpsc::channel());
    for _ in 0..2 {
        let (both, told) = (both.clone(), told.clone());
        let call = move || {
            both.wait();
            told.send(here_now()).unwrap();
        };
        activity.asynchronous_call(call).unwrap();
    }
    [hears.recv().unwrap(), hears.recv().unwrap()]
}

#[test]
fn swc_68_two_calls_that_wait_for_each_other_both_finish_in_the_mta() {
    every_machine(|_| {
        let [one, two] = meet(&Activity::create(&mta()).unwrap());
        assert_ne!(one.thread, two.thread);
        assert_eq!((one.apartment, two.apartment), (ApartmentType::Mta, ApartmentType::Mta));
        assert_eq!(one.context, two.context, "one context");
    });
}

#[test]
fn syn_c3_two_items_of_an_object_without_activity_reach_their_barrier() {
    every_mta_machine(|_| {
        let config = mta().synchronization(SynchronizationConfig::NoSynchronization);
        let [one, two] = meet(&Activity::create(&config).unwrap());
        assert_ne!(one.thread, two.thread);
    });
}

#[test]
fn syn_c5_two_items_that_meet_run_on_two_stas() {
    every_machine(|_| {
        let activity = Activity::create(&sta().binding(Binding::NoBinding)).unwrap();
        for _ in 0..20 {
            let [one, two] = meet(&activity);
            assert_ne!(one.thread, two.thread);
            assert_eq!((one.apartment, two.apartment), (ApartmentType::Sta, ApartmentType::Sta));
            assert_ne!(one.context, two.context, "a context lives in one apartment");
        }
    });
}

#[test]
fn swc_72_an_unbound_object_runs_on_two_threads_at_once() {
    let two = Knobs { min_threads: 2, max_threads: 2, ..Knobs::default() };
    let test = |_: &World| {
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        let activity = Activity::create(&sta()).unwrap();
        let [one, two] = meet(&activity);
        assert_ne!(one.thread, two.thread);
        let synchronized = Activity::create(&sta().synchronization(SynchronizationConfig::New)).unwrap();
        let ids = [synchronized.call(|| place().activity).unwrap(), synchronized.call(|| place().activity).unwrap()];
        assert_eq!(ids, [synchronized.activity_id(); 2], "the activity is one in all of them");
    };
    every_bare_machine(|builder| builder.thread_pools(PoolSettings::new().knobs(two)), test);
}

#[test]
fn swc_71_a_bound_object_runs_on_one_thread_in_one_context() {
    every_machine(|_| {
        let activity = Activity::create(&bound_sta()).unwrap();
        let first = runs(&activity);
        assert_eq!(first.apartment, ApartmentType::Sta);
        assert!(first.context.is_some());
        for _ in 0..50 {
            assert_eq!(runs(&activity), first);
        }
        assert_eq!(activity.call(here_now).unwrap(), first);
    });
}

#[test]
fn syn_c4_twenty_items_of_a_bound_object_see_one_sta_that_is_not_the_main_one() {
    every_mta_machine(|_| {
        // Nobody else has an STA in this process, so that a first one would be the main STA.
        let activity = Activity::create(&bound_sta()).unwrap();
        let (told, hears) = mpsc::channel();
        for _ in 0..20 {
            let told = told.clone();
            activity.asynchronous_call(move || told.send(here_now()).unwrap()).unwrap();
        }
        let ran: Vec<_> = hears.iter().take(20).collect();
        assert!(ran.iter().all(|it| it.thread == ran[0].thread && it.apartment == ApartmentType::Sta), "{ran:?}");
    });
}

#[test]
fn swc_73_bind_to_current_thread_inside_on_call_binds_what_comes_later() {
    every_machine(|world| {
        let activity = Activity::create(&sta()).unwrap();
        let (own, (told, hears)) = (activity.clone(), mpsc::channel());
        let call = move || {
            assert_eq!(own.bind_to_current_thread(), Ok(()));
            told.send(here_now()).unwrap();
        };
        activity.asynchronous_call(call).unwrap();
        let bound = hears.recv().unwrap();
        for _ in 0..20 {
            assert_eq!(runs(&activity), bound);
            assert_eq!(activity.call(here_now).unwrap(), bound);
        }
        if world.observed {
            assert!(world.log.take_whats().contains(&What::ThreadBound { activities: 1 }));
        }
    });
}

/// How often objects were bound and freed.
fn bindings(world: &World) -> Vec<What> {
    let is_binding = |what: &What| matches!(what, What::ThreadBound { .. } | What::ThreadUnbound { .. });
    world.log.take_whats().into_iter().filter(is_binding).collect()
}

#[test]
fn swc_74_unbind_frees_once_and_has_no_effect_the_second_time() {
    every_machine(|world| {
        let activity = Activity::create(&sta()).unwrap();
        let own = activity.clone();
        activity.call(move || own.bind_to_current_thread().unwrap()).unwrap();
        assert_eq!(activity.unbind_from_thread(), Ok(()));
        assert_eq!(activity.unbind_from_thread(), Ok(()));
        if world.observed {
            assert_eq!(bindings(world), [What::ThreadBound { activities: 1 }, What::ThreadUnbound { activities: 0 }]);
        }
        // Free again: two calls that meet run on two threads.
        let [one, two] = meet(&activity);
        assert_ne!(one.thread, two.thread);
    });
}

#[test]
fn swc_75_binding_has_no_effect_in_the_mta() {
    every_mta_machine(|world| {
        let activity = Activity::create(&mta()).unwrap();
        assert_eq!(activity.bind_to_current_thread(), Ok(()));
        let [one, two] = meet(&activity);
        assert_ne!(one.thread, two.thread);
        // Nor for an object of the STA pool, on a thread of the MTA.
        let activity = Activity::create(&sta()).unwrap();
        assert_eq!(activity.bind_to_current_thread(), Ok(()));
        let [one, two] = meet(&activity);
        assert_ne!(one.thread, two.thread);
        assert_eq!(bindings(world), []);
    });
}

#[test]
fn syn_c13_binding_and_freeing_from_a_pool_thread() {
    every_machine(|world| {
        let activity = Activity::create(&sta()).unwrap();
        let own = activity.clone();
        let bound = activity
            .call(move || {
                own.bind_to_current_thread().unwrap();
                here_now()
            })
            .unwrap();
        assert_eq!(bound.apartment, ApartmentType::Sta);
        assert!((0..10).all(|_| runs(&activity) == bound));
        let own = activity.clone();
        activity.call(move || own.unbind_from_thread().unwrap()).unwrap();
        let [one, two] = meet(&activity);
        assert_ne!(one.thread, two.thread);

        let in_mta = Activity::create(&mta()).unwrap();
        let own = in_mta.clone();
        let both = in_mta.call(move || [own.bind_to_current_thread(), own.unbind_from_thread()]).unwrap();
        assert_eq!(both, [Ok(()), Ok(())]);
        let [one, two] = meet(&in_mta);
        assert_ne!(one.thread, two.thread);
        if world.observed {
            assert_eq!(bindings(world).len(), 2);
        }
    });
}

/// Fills a pool: one call blocks the only thread, `limit` more are queued, the next is rejected and never runs.
#[track_caller]
fn rejects(config: &ServiceConfig, limit: u32) {
    let one =
        Knobs { min_threads: 1, max_threads: 1, mta_max_threads: 1, max_queued_requests: limit, ..Knobs::default() };
    let test = |world: &World| {
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        let activity = Activity::create(config).unwrap();
        let ran = Arc::new(AtomicUsize::new(0));
        let (busy, latch) = (Latch::default(), Latch::default());
        let (is_busy, waits, counts) = (busy.clone(), latch.clone(), ran.clone());
        let first = move || {
            is_busy.open();
            waits.wait();
            counts.fetch_add(1, Ordering::SeqCst);
        };
        activity.asynchronous_call(first).unwrap();
        busy.wait();
        for _ in 0..limit {
            let counts = ran.clone();
            activity.asynchronous_call(move || _ = counts.fetch_add(1, Ordering::SeqCst)).unwrap();
        }
        let rejected = Arc::new(());
        for _ in 0..3 {
            let kept = rejected.clone();
            let call = move || {
                drop(kept);
                unreachable!("it was rejected")
            };
            let result = activity.asynchronous_call(move || -> HResult { call() });
            assert_eq!(code(result), CO_E_ASYNC_WORK_REJECTED);
        }
        assert_eq!(Arc::strong_count(&rejected), 1, "no reference is kept");
        latch.open();
        // What was accepted runs, and then there is room again.
        until(|| ran.load(Ordering::SeqCst) == limit as usize + 1);
        assert_eq!(activity.synchronous_call(|| S_OK).unwrap(), S_OK);
        let (told, hears) = mpsc::channel();
        until(|| {
            let told = told.clone();
            activity.asynchronous_call(move || told.send(()).unwrap()).is_ok()
        });
        hears.recv().unwrap();
        if world.observed {
            let told = world.log.take_whats();
            assert!(told.iter().filter(|what| **what == What::CallRejected).count() >= 3);
        }
        assert!(world.runtime.is_alive());
    };
    every_bare_machine(|builder| builder.thread_pools(PoolSettings::new().knobs(one)), test);
}

#[test]
fn swc_77_a_full_queue_rejects_and_the_call_never_runs() {
    for config in [mta(), sta(), bound_sta(), synchronized()] {
        rejects(&config, 1);
    }
}

#[test]
fn syn_c17_the_third_call_is_rejected_when_two_may_wait() {
    for config in [mta(), sta(), bound_sta(), synchronized()] {
        rejects(&config, 2);
    }
}

#[test]
fn syn_c2_items_of_ten_threads_start_in_the_order_of_submission_and_never_overlap() {
    every_mta_machine(|world| {
        let activity = Activity::create(&synchronized()).unwrap();
        let (submitted, started) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let inside = Arc::new(AtomicUsize::new(0));
        let all = Arc::new(Barrier::new(10));
        let submitters: Vec<_> = (0..10)
            .map(|name| {
                let (activity, all) = (activity.clone(), all.clone());
                let (submitted, started, inside) = (submitted.clone(), started.clone(), inside.clone());
                mta_thread(&world.runtime, move || {
                    all.wait();
                    for n in 0..10 {
                        let (starts, counts) = (started.clone(), inside.clone());
                        let call = move || {
                            assert_eq!(counts.fetch_add(1, Ordering::SeqCst), 0, "nobody else is inside");
                            starts.lock().unwrap().push((name, n));
                            thread::yield_now();
                            assert_eq!(counts.fetch_sub(1, Ordering::SeqCst), 1, "nobody else came in");
                        };
                        // What is recorded first is queued first.
                        let mut order = submitted.lock().unwrap();
                        order.push((name, n));
                        activity.asynchronous_call(call).unwrap();
                    }
                })
            })
            .collect();
        submitters.into_iter().for_each(|thread| thread.join().unwrap());
        // A synchronous call stands behind them all (O6).
        let seen = started.clone();
        let started = activity.call(move || seen.lock().unwrap().clone()).unwrap();
        assert_eq!(started.len(), 100);
        assert_eq!(started, *submitted.lock().unwrap());
        assert!(world.runtime.is_alive(), "no assertion failed on a pool's thread");
    });
}

/// The nominal number of threads under these settings, and how many run `items` calls that block: of one unbound
/// object, or each of a bound one of its own.
fn threads_for(settings: PoolSettings, items: usize, bound: bool) -> (u32, usize) {
    let runtime = Runtime::builder().thread_pools(settings).build().unwrap();
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
    let nominal = runtime.process().thread_pools().sta_thread_count();
    let (latch, (told, hears)) = (Latch::default(), mpsc::channel());
    let unbound = Activity::create(&sta()).unwrap();
    for _ in 0..items {
        let activity = if bound { Activity::create(&bound_sta()).unwrap() } else { unbound.clone() };
        let (latch, told) = (latch.clone(), told.clone());
        let call = move || {
            latch.wait();
            told.send(thread::current().id()).unwrap();
        };
        activity.asynchronous_call(call).unwrap();
    }
    let started = runtime.process().thread_pools().started_sta_threads();
    latch.open();
    let used: BTreeSet<_> = hears.iter().take(items).map(|id| format!("{id:?}")).collect();
    assert_eq!(used.len(), started as usize, "every thread had something to do");
    assert!(runtime.process().thread_pools().sta_thread_count() >= nominal);
    (nominal, used.len())
}

#[test]
fn syn_c14_the_sta_pool_has_the_size_that_follows_from_the_processors() {
    let cpus = |count| PoolSettings::new().processors(count);
    let (nominal, used) = threads_for(cpus(1), 50, false);
    assert_eq!(nominal, 8);
    assert!((8..=10).contains(&used), "{used}");
    assert_eq!(threads_for(cpus(1), 200, false), (8, 10));
    assert_eq!(threads_for(cpus(4), 400, false), (11, 40));
    let mts = || PoolSettings::new().emulate_mts();
    assert_eq!(threads_for(mts(), 50, true), (1, 50));
    assert_eq!(threads_for(mts(), 150, true), (1, 100));
}
