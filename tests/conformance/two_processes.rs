//! An activity that spans two processes: its id travels, its lock does not.

use crate::support::*;
use complus::{
    Process,
    context::ActivityProperty,
    error::ErrorKind,
    event::What,
    hresult::{CONTEXT_E_WOULD_DEADLOCK, E_INVALIDARG, RPC_E_DISCONNECTED, RPC_E_INVALID_OBJREF},
    prelude::*,
};
use std::time::Duration;

/// A thread in the MTA of some process.
fn thread_in<T: Send + 'static>(
    process: &Process,
    run: impl FnOnce() -> T + Send + 'static,
) -> std::thread::JoinHandle<T> {
    let process = process.clone();
    std::thread::spawn(move || {
        let _bound = process.enter();
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        run()
    })
}

/// The activity property of an object's context, as it goes over the wire.
fn exported(o: &Activity) -> [u8; ActivityProperty::LENGTH] {
    o.call(|| here().info().activity_property().unwrap().unwrap().encode()).unwrap()
}

/// What the other process makes of an activation request with this property.
fn activated(process: &Process, wire: [u8; ActivityProperty::LENGTH], config: ServiceConfig) -> Activity {
    let client = ActivityProperty::decode(&wire).unwrap();
    thread_in(process, move || Activity::create_in_activity(&config, &client).unwrap()).join().unwrap()
}

/// A configuration for objects that share their client's activity.
fn required() -> ServiceConfig {
    mta().synchronization(SynchronizationConfig::NewIfNecessary)
}

/// Somebody of `process` is inside `activity` until the latch opens.
fn inside(process: &Process, activity: &Activity) -> (Latch, std::thread::JoinHandle<complus::Result<()>>) {
    let (is_inside, latch) = (Latch::default(), Latch::default());
    let (activity, opens, waits) = (activity.clone(), is_inside.clone(), latch.clone());
    let thread = thread_in(process, move || {
        activity.call(move || {
            opens.open();
            waits.wait();
        })
    });
    is_inside.wait();
    (latch, thread)
}

#[test]
fn syn_b15_each_process_has_its_own_lock_of_the_activity() {
    every_mta_machine(|world| {
        let (p1, p2) = (world.runtime.process(), world.runtime.start_process());
        let o = Activity::create(&synchronized()).unwrap();
        let p = activated(&p2, exported(&o), required());
        assert_eq!(p.activity_id(), o.activity_id());
        assert!(p.activity_id().is_some());

        // C1 is inside o, and C2 is admitted to p.
        let (latch_1, c1) = inside(&p1, &o);
        let (latch_2, c2) = inside(&p2, &p);
        latch_1.open();
        c1.join().unwrap().unwrap();

        // C1 inside o calls p while C2 is inside p: it waits there, and only there.
        let story = Story::default();
        let (called, from, tells) = (p.clone(), o.clone(), story.clone());
        let c1 = thread_in(&p1, move || {
            let back = from.clone();
            from.call(move || {
                called.call(move || {
                    tells.tell("C1 is in p");
                    // And back into process 1, whose lock knows its causality.
                    back.call(place)
                })
            })
        });
        until(|| p.waiting_calls() == 1);
        assert_eq!((o.waiting_calls(), story.told().len()), (0, 0));
        world.log.take();
        latch_2.open();
        c2.join().unwrap().unwrap();
        let back = c1.join().unwrap().unwrap().unwrap().unwrap();
        assert_eq!(back.activity, o.activity_id());
        assert_eq!(story.told(), ["C1 is in p"]);
        if world.observed {
            let told = world.log.take_whats();
            assert!(told.contains(&What::ActivityReentered { depth: 2 }), "{told:?}");
        }
        // Other settings of the server's side decide as for any client in an activity (MS-COM 3.9.4).
        let none = mta().synchronization(SynchronizationConfig::NoSynchronization);
        assert_eq!(activated(&p2, exported(&o), none).activity_id(), None);
        let supported = mta().synchronization(SynchronizationConfig::IfContainerIsSynchronized);
        assert_eq!(activated(&p2, exported(&o), supported).activity_id(), o.activity_id());
        let new = activated(&p2, exported(&o), synchronized()).activity_id();
        assert!(new.is_some() && new != o.activity_id());
    });
}

#[test]
fn syn_b17_the_activation_request_carries_version_id_and_time_out() {
    every_mta_machine(|world| {
        let o = Activity::create(&synchronized()).unwrap();
        let wire = exported(&o);
        let id = o.activity_id().unwrap().guid();
        assert_eq!(wire[..4], [1, 0, 1, 0], "MaxVersion 1, MinVersion 1");
        assert_eq!(wire[4..20], id.to_bytes_le());
        assert_eq!(wire[20..], [0xFF; 4], "INFINITE");

        // A finite time-out travels along, and holds in the other process (Y-10).
        o.set_activity_timeout(Some(Duration::from_millis(100)));
        let wire = exported(&o);
        assert_eq!(wire[20..], [100, 0, 0, 0]);
        let p2 = world.runtime.start_process();
        let p = activated(&p2, wire, required());
        let onwards = {
            let p = p.clone();
            thread_in(&p2, move || exported(&p)).join().unwrap()
        };
        assert_eq!(onwards, wire);

        // Outside any activity nothing is sent.
        let outside = Activity::create(&mta()).unwrap();
        assert_eq!(outside.call(|| here().info().activity_property()).unwrap().unwrap(), None);

        // Bytes of something else, and activities of another machine, are refused.
        let mut bad = wire;
        bad[2] = 2;
        assert_eq!(ActivityProperty::decode(&bad).unwrap_err().hresult(), RPC_E_INVALID_OBJREF);
        let foreign = ActivityProperty { activity: uuid::Uuid::from_u128(7), timeout: None };
        let refused = Activity::create_in_activity(&required(), &foreign).unwrap_err();
        assert_eq!((refused.hresult(), refused.kind()), (E_INVALIDARG, ErrorKind::InvalidArgument));
    });
}

#[test]
fn a_caller_in_another_process_is_let_go_when_the_callees_dies() {
    every_mta_machine(|world| {
        let p1 = world.runtime.process();
        for config in [mta(), bound_sta()] {
            let p2 = world.runtime.start_process();
            let callee = thread_in(&p2, move || Activity::create(&config).unwrap()).join().unwrap();
            let (latch, c1) = inside(&p1, &callee);
            assert!(p2.is_alive());
            p2.kill();
            assert_eq!(code(c1.join().unwrap()), RPC_E_DISCONNECTED);
            latch.open();
        }
        assert!(p1.is_alive());
    });
}

#[test]
fn a_cycle_through_two_processes_would_deadlock_as_well() {
    every_mta_machine(|world| {
        let processes = [world.runtime.process(), world.runtime.start_process()];
        let objects = [0, 1]
            .map(|n: usize| thread_in(&processes[n], || Activity::create(&synchronized()).unwrap()).join().unwrap());
        let both = std::sync::Arc::new(std::sync::Barrier::new(2));
        let threads = [(0, 1), (1, 0)].map(|(own, other): (usize, usize)| {
            let (own, other, both, process) =
                (objects[own].clone(), objects[other].clone(), both.clone(), processes[own].clone());
            thread_in(&process, move || {
                own.call(move || {
                    both.wait();
                    other.call(|| ())
                })
            })
        });
        let results = threads.map(|thread| thread.join().unwrap().unwrap());
        let refused = |result: &&complus::Result<()>| result.is_err_and(|it| it.hresult() == CONTEXT_E_WOULD_DEADLOCK);
        assert_eq!(results.iter().filter(refused).count(), 1, "{results:?}");
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    });
}
