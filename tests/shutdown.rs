//! The end of a process's pools: nothing that was accepted is lost, nothing new is accepted, no thread is left.

mod support;

use complus::{
    Schedule, Shutdown, VirtualClock,
    event::What,
    hresult::{CO_E_ASYNC_WORK_REJECTED, RPC_E_DISCONNECTED, S_OK},
    prelude::*,
    pump_messages,
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use support::*;

/// An activity object of every kind.
fn every_kind() -> Vec<Activity> {
    let synchronized = |config: ServiceConfig| config.synchronization(SynchronizationConfig::New);
    let kinds = [mta(), sta(), bound_sta()];
    let both = kinds.into_iter().flat_map(|config| [config.clone(), synchronized(config)]);
    both.map(|config| Activity::create(&config).unwrap()).collect()
}

/// Submits `count` calls to each object; counts those that have run.
fn submit(objects: &[Activity], count: usize) -> Arc<AtomicUsize> {
    let ran = Arc::new(AtomicUsize::new(0));
    for _ in 0..count {
        for object in objects {
            let ran = ran.clone();
            let call = move || {
                std::thread::yield_now();
                ran.fetch_add(1, Ordering::SeqCst);
            };
            object.asynchronous_call(call).unwrap();
        }
    }
    ran
}

/// What has to be so afterwards.
fn is_over(world: &World, objects: &[Activity]) {
    let process = world.runtime.process();
    let pools = process.thread_pools();
    assert_eq!((pools.started_mta_threads(), pools.started_sta_threads(), pools.queued_requests()), (0, 0, 0));
    for object in objects {
        assert_eq!(
            code(object.asynchronous_call(|| -> () { unreachable!("it was rejected") })),
            CO_E_ASYNC_WORK_REJECTED
        );
    }
    if world.observed {
        let told = world.log.take_whats();
        let count = |wanted: What| told.iter().filter(|what| **what == wanted).count();
        assert_eq!(count(What::ThreadStarted), count(What::ThreadEnded), "{told:?}");
        assert!(count(What::ThreadStarted) > 0);
    }
    assert!(process.is_alive());
}

#[test]
fn a_shutdown_runs_what_was_accepted_and_ends_the_threads() {
    every_mta_machine(|world| {
        let objects = every_kind();
        let ran = submit(&objects, 50);
        assert_eq!(world.runtime.process().shutdown(), Ok(Shutdown::Complete));
        assert_eq!(ran.load(Ordering::SeqCst), 50 * objects.len());
        is_over(world, &objects);
        // A second one finds nothing to do.
        assert_eq!(world.runtime.process().shutdown(), Ok(Shutdown::Complete));
    });
}

#[test]
fn afterwards_calls_that_need_no_thread_of_a_pool_go_on() {
    every_mta_machine(|world| {
        let objects = every_kind();
        world.runtime.process().shutdown().unwrap();
        let results = objects.iter().map(|it| it.synchronous_call(|| S_OK).map_err(|error| error.hresult()));
        let expected = [Ok(S_OK), Ok(S_OK), Err(RPC_E_DISCONNECTED), Err(RPC_E_DISCONNECTED)];
        assert_eq!(results.collect::<Vec<_>>()[..4], expected);
        assert_eq!(code(objects[4].synchronous_call(|| S_OK)), RPC_E_DISCONNECTED);
    });
    every_machine(|world| {
        let objects = every_kind();
        world.runtime.process().shutdown().unwrap();
        for object in &objects {
            assert_eq!(code(object.synchronous_call(|| S_OK)), RPC_E_DISCONNECTED);
        }
        assert_eq!(code(Activity::create(&bound_sta()).unwrap().synchronous_call(|| S_OK)), RPC_E_DISCONNECTED);
    });
}

#[test]
fn a_shutdown_waits_for_calls_in_the_line_of_an_activity() {
    every_mta_machine(|world| {
        let object = Activity::create(&synchronized()).unwrap();
        let (inside, latch) = (Latch::default(), Latch::default());
        let (is_inside, waits, called) = (inside.clone(), latch.clone(), object.clone());
        let owner = mta_thread(&world.runtime, move || {
            let call = move || {
                is_inside.open();
                waits.wait();
            };
            called.call(call).unwrap();
        });
        inside.wait();
        let ran = submit(std::slice::from_ref(&object), 10);
        let process = world.runtime.process();
        let ends = mta_thread(&world.runtime, move || process.shutdown());
        until(|| object.asynchronous_call(|| ()).is_err());
        // Those ahead of the first that was rejected are accepted, and still in the line.
        assert!(object.waiting_calls() >= 10);
        assert_eq!(ran.load(Ordering::SeqCst), 0);
        latch.open();
        owner.join().unwrap();
        assert_eq!(ends.join().unwrap(), Ok(Shutdown::Complete));
        assert_eq!((ran.load(Ordering::SeqCst), object.waiting_calls()), (10, 0));
        is_over(world, &[object]);
    });
}

#[test]
fn a_thread_of_a_pool_hands_the_waiting_over() {
    every_mta_machine(|world| {
        let objects = every_kind();
        for which in 0..objects.len() {
            // Each in a process of its own: a process is shut down once.
            let process = world.runtime.start_process();
            let _bound = process.enter();
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            let objects = every_kind();
            let before = submit(&objects, 10);
            let (own, (told, hears)) = (process.clone(), std::sync::mpsc::channel());
            objects[which].asynchronous_call(move || told.send(own.shutdown()).unwrap()).unwrap();
            assert_eq!(hears.recv().unwrap(), Ok(Shutdown::HandedOver));
            let pools = process.thread_pools();
            until(|| pools.started_mta_threads() + pools.started_sta_threads() == 0);
            assert_eq!(before.load(Ordering::SeqCst), 10 * objects.len());
            assert_eq!(code(objects[which].asynchronous_call(|| ())), CO_E_ASYNC_WORK_REJECTED);
        }
    });
}

#[test]
fn from_inside_an_activity_the_waiting_is_handed_over() {
    every_machine(|world| {
        let domain = enter(&own_activity());
        let sharing = mta().synchronization(SynchronizationConfig::IfContainerIsSynchronized);
        let object = Activity::create(&sharing).unwrap();
        let ran = submit(std::slice::from_ref(&object), 10);
        assert_eq!(world.runtime.process().shutdown(), Ok(Shutdown::HandedOver));
        assert_eq!(ran.load(Ordering::SeqCst), 0, "they wait for this thread to leave");
        domain.leave().unwrap();
        let process = world.runtime.process();
        until(|| ran.load(Ordering::SeqCst) == 10 && process.thread_pools().started_mta_threads() == 0);
    });
}

#[test]
fn a_caller_with_an_sta_runs_the_calls_that_are_bound_to_it() {
    every_machine(|world| {
        let object = Activity::create(&sta()).unwrap();
        object.bind_to_current_thread().unwrap();
        let own = std::thread::current().id();
        let (told, hears) = std::sync::mpsc::channel();
        object.asynchronous_call(move || told.send(std::thread::current().id()).unwrap()).unwrap();
        assert!(hears.try_recv().is_err());
        assert_eq!(world.runtime.process().shutdown(), Ok(Shutdown::Complete));
        assert_eq!(hears.try_recv(), Ok(own));
        assert_eq!(pump_messages(), Ok(0));
    });
}

#[test]
fn a_dead_process_is_not_waited_for() {
    every_mta_machine(|world| {
        let process = world.runtime.start_process();
        let (busy, latch) = (Latch::default(), Latch::default());
        let (is_busy, waits) = (busy.clone(), latch.clone());
        let thread = {
            let _bound = process.enter();
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            let blocks = move || {
                is_busy.open();
                waits.wait();
            };
            let object = Activity::create(&mta()).unwrap();
            object.asynchronous_call(blocks).unwrap();
            busy.wait();
            let ends = process.clone();
            let thread = mta_thread(&world.runtime, move || ends.shutdown());
            until(|| object.asynchronous_call(|| ()).is_err());
            thread
        };
        process.kill();
        assert_eq!(code(thread.join().unwrap()), RPC_E_DISCONNECTED);
        assert_eq!(code(process.shutdown()), RPC_E_DISCONNECTED);
        latch.open();
    });
}

#[test]
fn it_takes_turns_under_a_deterministic_schedule() {
    let run = |seed| {
        let log = Recorder::default();
        let builder = Runtime::builder().seed(1).clock(VirtualClock::new()).schedule(Schedule::Deterministic(seed));
        let runtime = builder.observer(log.observer()).build().unwrap();
        let process = runtime.process();
        let thread = runtime.spawn(move || {
            let apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            let objects = every_kind();
            let ran = submit(&objects, 5);
            assert_eq!(process.shutdown(), Ok(Shutdown::Complete));
            drop((objects, apartment));
            ran.load(Ordering::SeqCst)
        });
        runtime.start();
        assert_eq!(thread.join().unwrap(), 30);
        log.take()
    };
    for seed in 0..20 {
        assert_eq!(run(seed), run(seed));
    }
}

#[test]
fn a_machine_that_is_dropped_under_load_loses_nothing_that_was_accepted() {
    for virtually in [false, true] {
        for _ in 0..20 {
            let builder = Runtime::builder();
            let builder = if virtually { builder.clock(VirtualClock::new()) } else { builder };
            let runtime = builder.build().unwrap();
            let ran = {
                let _bound = runtime.enter();
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                let objects = every_kind();
                let ran = submit(&objects, 50);
                drop(runtime);
                ran
            };
            until(|| ran.load(Ordering::SeqCst) == 300);
            // Each call keeps the counter until it is over; none runs twice.
            until(|| Arc::strong_count(&ran) == 1);
            assert_eq!(ran.load(Ordering::SeqCst), 300);
        }
    }
}
