//! Activity objects on real threads.

mod support;

use complus::{
    Clock, VirtualClock,
    event::Event,
    hresult::{E_FAIL, S_FALSE, S_OK},
    prelude::*,
};
use std::{
    future::Future,
    sync::{Arc, Barrier, Mutex, mpsc},
    task::{Context, Poll, Waker},
};
use support::*;

#[test]
fn a_synchronous_call_runs_in_the_context_of_the_object() {
    every_machine(|_| {
        for pool in [ThreadPool::Mta, ThreadPool::Sta] {
            let config = ServiceConfig::new()
                .thread_pool(pool)
                .binding(Binding::BindToPoolThread)
                .synchronization(SynchronizationConfig::New);
            let activity = Activity::create(&config).unwrap();
            let inside = activity.call(place).unwrap();
            assert_eq!(inside.activity, activity.activity_id());
            assert_eq!(activity.synchronous_call(|| S_FALSE).unwrap(), S_FALSE);
            assert_eq!(code(activity.synchronous_call(|| E_FAIL)), E_FAIL);
            assert_eq!(activity.call(place).unwrap().context, inside.context);
        }
    });
}

#[test]
fn asynchronous_calls_of_a_synchronized_object_run_one_after_another_in_their_order() {
    every_machine(|_| {
        for config in [mta(), sta()] {
            let activity = Activity::create(&config.synchronization(SynchronizationConfig::New)).unwrap();
            let order = Arc::new(Mutex::new(Vec::new()));
            for n in 0..100 {
                let order = order.clone();
                activity.asynchronous_call(move || order.lock().unwrap().push(n)).unwrap();
            }
            // A synchronous call stands behind them in the line.
            let seen = order.clone();
            let count = activity.call(move || seen.lock().unwrap().len()).unwrap();
            assert_eq!(count, 100);
            assert_eq!(*order.lock().unwrap(), (0..100).collect::<Vec<_>>());
        }
    });
}

#[test]
fn calls_of_an_object_without_activity_run_beside_each_other() {
    every_machine(|_| {
        for config in [mta(), sta()] {
            let activity = Activity::create(&config).unwrap();
            let both = Arc::new(Barrier::new(3));
            for _ in 0..2 {
                let both = both.clone();
                activity
                    .asynchronous_call(move || {
                        both.wait();
                    })
                    .unwrap();
            }
            both.wait();
        }
    });
}

#[test]
fn a_call_that_fails_is_notified() {
    every_machine(|_| {
        let activity = Activity::create(&mta()).unwrap();
        let (told, hears) = mpsc::channel();
        activity
            .asynchronous_call((|| E_FAIL).on_error(move |error| {
                let _ = told.send(error);
            }))
            .unwrap();
        assert_eq!(hears.recv().unwrap(), E_FAIL);
        assert_eq!(activity.synchronous_call(|| ()).unwrap(), S_OK);
    });
}

#[test]
fn a_machine_that_nobody_uses_ends_with_the_threads_of_its_pools() {
    for clock in [Clock::system(), VirtualClock::new().into()] {
        for config in [mta(), sta(), bound_sta()] {
            let alive = Arc::new(());
            let kept = alive.clone();
            let observer = move |_: &Event| _ = &kept;
            let runtime = Runtime::builder().clock(clock.clone()).observer(Arc::new(observer)).build().unwrap();
            {
                let _bound = runtime.enter();
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                let activity = Activity::create(&config).unwrap();
                let (told, hears) = mpsc::channel();
                activity.asynchronous_call(move || told.send(()).unwrap()).unwrap();
                hears.recv().unwrap();
            }
            drop(runtime);
            until(|| Arc::strong_count(&alive) == 1);
        }
    }
}

/// One poll on a thread of the MTA that the machine has not seen before.
fn polled_elsewhere<F: Future + Send>(world: &World, future: &mut std::pin::Pin<Box<F>>) -> Poll<F::Output>
where
    F::Output: Send,
{
    let poll = || {
        let _bound = world.runtime.enter();
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    };
    std::thread::scope(|threads| threads.spawn(poll).join().unwrap())
}

#[test]
fn a_scope_that_travels_stays_inside_its_activity() {
    every_mta_machine(|world| {
        let sharing = mta().synchronization(SynchronizationConfig::IfContainerIsSynchronized);
        let travels = async move {
            let object = Activity::create(&sharing).unwrap();
            for _ in 0..3 {
                assert_eq!(object.call(place).unwrap().activity, place().activity);
                let mut paused = false;
                std::future::poll_fn(|_| {
                    if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
            }
            object
        };
        let mut scope = Box::pin(ServiceDomain::scope(&own_activity(), travels));
        for _ in 0..3 {
            assert!(polled_elsewhere(world, &mut scope).is_pending());
        }
        let Poll::Ready(Ok(done)) = polled_elsewhere(world, &mut scope) else { panic!("it is ready now") };
        // It was left by the thread that polled it last.
        done.value.call(|| ()).unwrap();
    });
}
