//! Asynchronous calls awaited by async programs, on two executors.

mod support;

use complus::{
    Compat, FailFast, Knobs, PoolSettings,
    hresult::{
        CO_E_ASYNC_WORK_REJECTED, CONTEXT_E_ABORTED, CONTEXT_E_OLDREF, E_UNEXPECTED, RPC_E_DISCONNECTED,
        RPC_E_SERVERFAULT, S_OK,
    },
    prelude::*,
};
use std::{
    future::Future,
    pin::pin,
    sync::mpsc,
    task::{Context, Poll, Waker},
};
use support::*;

/// On tokio's executor of two threads.
fn on_tokio<F: Future + Send + 'static>(future: F) -> F::Output
where
    F::Output: Send,
{
    let executor = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let task = executor.spawn(future);
    executor.block_on(task).unwrap()
}

/// Calls of every kind of object, a hundred of each under way at a time; their values and their errors come back.
async fn calls(objects: Vec<Activity>) -> usize {
    let mut values = 0;
    for object in objects {
        let under_way: Vec<_> = (0..100).map(|n| object.call_async(move || (n, place().activity))).collect();
        for (n, call) in under_way.into_iter().enumerate() {
            assert_eq!(call.await.unwrap(), (n, object.activity_id()));
            values += 1;
        }
    }
    values
}

/// An activity object of every kind.
fn every_kind() -> Vec<Activity> {
    let kinds = [mta(), sta(), bound_sta(), synchronized(), sta().synchronization(SynchronizationConfig::New)];
    kinds.iter().map(|config| Activity::create(config).unwrap()).collect()
}

#[test]
fn values_arrive_on_tokio() {
    every_mta_machine(|_| assert_eq!(on_tokio(calls(every_kind())), 500));
}

#[test]
fn values_arrive_on_smol() {
    every_machine(|_| assert_eq!(smol::block_on(calls(every_kind())), 500));
}

#[test]
fn the_future_is_ready_when_the_transaction_is_over() {
    every_mta_machine(|_| {
        let activity = Activity::create(&mta().transaction(TransactionConfig::New)).unwrap();
        let shared = smol::block_on(activity.call_async(|| here().share().unwrap())).unwrap();
        assert_eq!(shared.transaction_state(), Some(complus::context::StreamState::Committed));
        let doomed = activity.call_async(|| here().info().transaction().unwrap().unwrap().doom());
        assert_eq!(code(smol::block_on(doomed)), CONTEXT_E_ABORTED);
    });
}

#[test]
fn what_keeps_a_call_from_running_is_its_result() {
    every_mta_machine(|_| {
        let domain = enter(&root());
        let activity = Activity::create(&mta().transaction(TransactionConfig::IfContainerIsTransactional)).unwrap();
        domain.leave().unwrap();
        let never = activity.call_async(|| unreachable!("its transaction is over"));
        let result: complus::Result<()> = smol::block_on(never);
        assert_eq!(code(result), CONTEXT_E_OLDREF);
    });
}

#[test]
fn a_rejected_call_is_ready_at_once() {
    let one = Knobs { mta_max_threads: 1, max_queued_requests: 1, ..Knobs::default() };
    let test = |_: &World| {
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        let activity = Activity::create(&mta()).unwrap();
        let (busy, latch) = (Latch::default(), Latch::default());
        let (is_busy, waits) = (busy.clone(), latch.clone());
        let first = activity.call_async(move || {
            is_busy.open();
            waits.wait();
            1
        });
        busy.wait();
        let second = activity.call_async(|| 2);
        let mut third = pin!(activity.call_async(|| 3));
        let mut context = Context::from_waker(Waker::noop());
        match third.as_mut().poll(&mut context) {
            Poll::Ready(result) => assert_eq!(code(result), CO_E_ASYNC_WORK_REJECTED),
            Poll::Pending => panic!("pending"),
        }
        assert!(matches!(third.poll(&mut context), Poll::Ready(Err(error)) if error.hresult() == E_UNEXPECTED));
        latch.open();
        assert_eq!(smol::block_on(smol::future::zip(first, second)), (Ok(1), Ok(2)));
    };
    every_bare_machine(|builder| builder.thread_pools(PoolSettings::new().knobs(one)), test);
}

#[test]
fn calls_that_a_dying_process_loses_are_disconnected() {
    every_mta_machine(|world| {
        for config in [synchronized(), bound_sta()] {
            let process = world.runtime.start_process();
            let _bound = process.enter();
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            let activity = Activity::create(&config).unwrap();
            let (busy, latch) = (Latch::default(), Latch::default());
            let (is_busy, waits) = (busy.clone(), latch.clone());
            let running = activity.call_async(move || {
                is_busy.open();
                waits.wait();
            });
            busy.wait();
            let lost: Vec<_> =
                (0..10).map(|_| activity.call_async(|| -> () { unreachable!("the process is dead") })).collect();
            process.kill();
            latch.open();
            for call in lost {
                assert_eq!(code(smol::block_on(call)), RPC_E_DISCONNECTED);
            }
            assert_eq!(smol::block_on(running), Ok(()), "it was under way, and came to its end");
            assert_eq!(code(smol::block_on(activity.call_async(|| ()))), RPC_E_DISCONNECTED);
        }
        assert!(world.runtime.is_alive());
    });
}

#[test]
fn a_call_that_panics_is_a_server_fault() {
    for failfast in [FailFast::KillInstance, FailFast::Contain] {
        let compat = Compat { failfast, ..Compat::default() };
        every_bare_machine(
            |builder| builder.compat(compat),
            |world| {
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                let activity = Activity::create(&synchronized()).unwrap();
                let bad = || -> i32 { panic!("as the test wants") };
                assert_eq!(code(smol::block_on(activity.call_async(bad))), RPC_E_SERVERFAULT);
                assert_eq!(world.runtime.is_alive(), failfast == FailFast::Contain);
            },
        );
    }
}

#[test]
fn a_future_that_is_dropped_leaves_its_call_alone() {
    every_mta_machine(|_| {
        let activity = Activity::create(&synchronized()).unwrap();
        let (told, hears) = mpsc::channel();
        drop(activity.call_async(move || told.send(7).unwrap()));
        assert_eq!(hears.recv(), Ok(7));
        assert_eq!(activity.synchronous_call(|| S_OK).unwrap(), S_OK);
    });
}
