//! Activities of components: callbacks into them, who waits, for how long, and a storm of calls (ACT 8.2, 8.4, SYN-J).

use crate::{
    interception::IN_ACTIVITY,
    placement::SYNCHRONIZED,
    support::{Latch, METHOD, Story, World, code, components::*, here, mta, mta_thread, synchronized, until},
};
use complus::{
    Activity, ContextCallback, ENTER_ACTIVITY_WITH_NO_LOCK, GlobalInterfaceTable, Method, Reference, event::What,
    hresult::*, iid, logical_thread_id, prelude::*,
};
use std::{
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};
use uuid::Uuid;

/// The door into the component's context.
fn door(object: &Reference) -> ContextCallback {
    inside(object, || ContextCallback::current().unwrap())
}

#[test]
fn act_h09_a_callback_into_a_components_context_runs_there_and_its_code_comes_back() {
    with_components(&[("X", SYNCHRONIZED)], |_, _| {
        let (x, story) = (create("X"), Story::default());
        let (door, own) = (door(&x), place_of(&x));
        let method = |interface, number| Method { interface, number };
        let (tell, strange) = (story.clone(), HResult(0x0004_0777));
        let callback = move || {
            tell.tell(place() == own);
            strange
        };
        assert_eq!(door.call(method(PROBE, 5), callback), Ok(strange));
        assert_eq!(door.call(method(PROBE, 5), || E_NOTIMPL).map_err(|error| error.hresult()), Err(E_NOTIMPL));
        assert_eq!(story.take(), ["true"]);
        for wrong in [method(PROBE, 2), method(iid::UNKNOWN, 5)] {
            let tell = story.clone();
            assert_eq!(code(door.call(wrong, move || tell.tell("never"))), E_INVALIDARG);
        }
        assert!(story.take().is_empty());
    });
}

/// Somebody of another causality is in a method of the object until the latch is opened.
fn occupy(world: &World, object: &Reference, story: &Story) -> (Latch, JoinHandle<()>) {
    let (object, story, latch, entered) = (object.clone(), story.clone(), Latch::default(), Latch::default());
    let (leave, enter) = (latch.clone(), entered.clone());
    let holder = mta_thread(&world.runtime, move || {
        inside(&object, move || {
            story.tell("enters");
            enter.open();
            leave.wait();
            story.tell("leaves");
        });
    });
    entered.wait();
    (latch, holder)
}

/// Somebody waits for an activity by now; it is known where somebody observes.
fn until_somebody_waits(world: &World) {
    let waits = |what: &What| matches!(what, What::ActivityWaiting { .. });
    until(|| !world.observed || world.log.events().iter().any(|event| waits(&event.what)));
}

#[test]
fn act_h10_a_callback_waits_for_a_busy_activity_unless_it_takes_no_lock() {
    with_components(&[("X", SYNCHRONIZED)], |world, _| {
        let (x, story) = (create("X"), Story::default());
        let door = door(&x);
        let (latch, holder) = occupy(world, &x, &story);
        let tell = story.clone();
        door.call(Method { interface: ENTER_ACTIVITY_WITH_NO_LOCK, number: 5 }, move || tell.tell("no lock")).unwrap();
        let tell = story.clone();
        let waiter = mta_thread(&world.runtime, move || door.call(METHOD, move || tell.tell("called back")));
        until_somebody_waits(world);
        latch.open();
        holder.join().unwrap();
        assert_eq!(waiter.join().unwrap(), Ok(S_OK));
        assert_eq!(story.take(), ["enters", "no lock", "leaves", "called back"]);
    });
}

#[test]
fn act_h12_objects_of_an_activity_run_one_causality_at_a_time_and_let_it_call_back() {
    with_components(
        &[("X", SYNCHRONIZED), ("A", IN_ACTIVITY), ("N", "transaction = \"not_supported\"")],
        |world, _| {
            let [a, b] = inside(&create("X"), || ["A", "A"].map(|class| create(class).marshal_for(PROBE).unwrap()))
                .map(|passed| passed.unmarshal().unwrap());
            assert_eq!(place_of(&a).activity, place_of(&b).activity);
            assert_ne!(place_of(&a).token, place_of(&b).token);
            let story = Story::default();
            let (latch, holder) = occupy(world, &a, &story);
            let (tell, other) = (story.clone(), b.clone());
            let waiter = mta_thread(&world.runtime, move || inside(&other, move || tell.tell("the other enters")));
            until_somebody_waits(world);
            latch.open();
            holder.join().unwrap();
            waiter.join().unwrap();
            assert_eq!(story.take(), ["enters", "leaves", "the other enters"]);
            // Back into the activity, through an object that is in none.
            let cookie = GlobalInterfaceTable.register(&b, PROBE).unwrap();
            let chain = inside(&a, move || {
                let outside = create("N");
                let own = (logical_thread_id(), place().activity);
                let back = inside(&outside, move || {
                    let b = GlobalInterfaceTable.get(cookie, PROBE).unwrap();
                    (place().activity, inside(&b, || (logical_thread_id(), place().activity)))
                });
                (own, back)
            });
            assert_eq!((chain.1.0, chain.1.1), (None, chain.0));
            GlobalInterfaceTable.revoke(cookie).unwrap();
        },
    );
}

#[test]
fn act_h13_an_imported_activity_brings_its_time_out_along() {
    const TIMEOUT: Duration = Duration::from_millis(20);
    with_components(&[("A", IN_ACTIVITY)], |world, _| {
        for timeout in [Some(TIMEOUT), None] {
            let client = Activity::create(&synchronized()).unwrap();
            let property = client.call(|| here().info().activity_property().unwrap().unwrap()).unwrap();
            let server = world.runtime.start_process();
            let runtime = world.runtime.clone();
            let imported = complus::context::ActivityProperty { timeout, ..property };
            thread::spawn(move || {
                let _bound = server.enter();
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                let config = mta().synchronization(SynchronizationConfig::IfContainerIsSynchronized);
                let activity = Activity::create_in_activity(&config, &imported).unwrap();
                let a = activity.call(|| create("A").marshal_for(PROBE).unwrap()).unwrap().unmarshal().unwrap();
                let (entered, latch) = (Latch::default(), Latch::default());
                let enter = |run: Box<dyn FnOnce() + Send>| {
                    let (server, a) = (server.clone(), a.clone());
                    thread::spawn(move || {
                        let _bound = server.enter();
                        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                        call(&a, || {
                            run();
                            Ok(())
                        })
                    })
                };
                let (tell, leave) = (entered.clone(), latch.clone());
                let holder = enter(Box::new(move || {
                    tell.open();
                    leave.wait();
                }));
                entered.wait();
                let waiter = enter(Box::new(|| ()));
                if timeout.is_some() {
                    until(|| {
                        let _ = runtime.advance(if activity.waiting_calls() == 1 { TIMEOUT } else { Duration::ZERO });
                        waiter.is_finished()
                    });
                    assert_eq!(code(waiter.join().unwrap()), CONTEXT_E_SYNCH_TIMEOUT);
                    latch.open();
                } else {
                    until(|| activity.waiting_calls() == 1);
                    let _ = runtime.advance(TIMEOUT * 5);
                    assert_eq!(activity.waiting_calls(), 1);
                    latch.open();
                    waiter.join().unwrap().unwrap();
                }
                holder.join().unwrap().unwrap();
            })
            .join()
            .unwrap();
        }
    });
}

/// SYN-J1: who is in the activity, as the objects in it see it: a causality, and how often.
#[derive(Clone, Default)]
struct Inside(Arc<Mutex<(Option<Uuid>, u32, u32)>>);

impl Inside {
    fn enter(&self) {
        let own = logical_thread_id().unwrap();
        let mut inside = self.0.lock().unwrap();
        assert!(inside.0.is_none_or(|other| other == own), "two causalities in one activity");
        *inside = (Some(own), inside.1 + 1, inside.2 + 1);
    }

    fn leave(&self) {
        let mut inside = self.0.lock().unwrap();
        inside.1 -= 1;
        if inside.1 == 0 {
            inside.0 = None;
        }
    }
}

#[test]
fn syn_j1_objects_of_an_activity_that_are_called_and_called_back_never_overlap() {
    const THREADS: u64 = 4;
    const CALLS: u64 = 40;
    let classes = [("X", SYNCHRONIZED), ("A", IN_ACTIVITY), ("N", "transaction = \"not_supported\"")];
    with_components(&classes, |world, _| {
        let x = create("X");
        let objects: [u32; 3] =
            inside(&x, || [(); 3].map(|()| GlobalInterfaceTable.register(&create("A"), PROBE).unwrap()));
        let outside = GlobalInterfaceTable.register(&create("N"), PROBE).unwrap();
        let (seen, found) = (Inside::default(), |cookie: u32| GlobalInterfaceTable.get(cookie, PROBE).unwrap());
        let work = |seed: u64| {
            let seen = seen.clone();
            move || {
                let mut random = seed * 2 + 1;
                let mut next = move || {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed);
                    (random >> 33) as usize
                };
                for _ in 0..CALLS {
                    let (first, second, calls_out) = (objects[next() % 3], objects[next() % 3], next() % 2 == 0);
                    let (seen, inner) = (seen.clone(), seen.clone());
                    inside(&found(first), move || {
                        seen.enter();
                        if calls_out {
                            inside(&found(outside), move || {
                                inside(&found(second), move || {
                                    inner.enter();
                                    inner.leave();
                                });
                            });
                        }
                        seen.leave();
                        u64::from(calls_out) + 1
                    });
                }
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|seed| mta_thread(&world.runtime, work(seed))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let (owner, depth, entries) = *seen.0.lock().unwrap();
        assert_eq!((owner, depth), (None, 0));
        assert!(u64::from(entries) > THREADS * CALLS, "some called back");
        for cookie in objects.into_iter().chain([outside]) {
            GlobalInterfaceTable.revoke(cookie).unwrap();
        }
    });
}
