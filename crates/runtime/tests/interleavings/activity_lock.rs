//! One causality at a time is inside an activity; the others wait in the order of their arrival, and nobody waits for
//! ever (O1, O2, O3, O4, SYN 4.7).

use super::{SCHEDULES, in_mta, machine, support::*};
use complus_core::hresult::{CONTEXT_E_SYNCH_TIMEOUT, CONTEXT_E_WOULD_DEADLOCK, S_OK};
use complus_runtime::{Activity, Runtime};
use complus_sync::{Arc, Mutex, explore::explore};
use std::time::Duration;

/// Enters, and enters again from inside.
fn visit_twice(activity: &Activity, room: &Room) {
    let (again, room) = (activity.clone(), room.clone());
    let call = move || {
        room.enter();
        let nested = room.clone();
        // Who is inside is not held up (O3), and did not get out meanwhile (O4).
        again.call(move || nested.leave()).unwrap();
        room.visit();
    };
    activity.call(call).unwrap();
}

/// Nobody is inside any more, and nobody waits.
fn is_free(activity: &Activity, runtime: &Runtime) {
    assert_eq!(activity.waiting_calls(), 0);
    assert!(runtime.process().deadlocks().is_empty());
    let own = activity.clone();
    mta_thread(runtime, move || own.call(|| ()).unwrap()).join().unwrap();
}

#[test]
fn three_causalities_are_never_inside_together() {
    explore(1_000, || {
        let runtime = machine().build().unwrap();
        in_mta(&runtime, || {
            let (activity, room) = (synchronized(), Room::default());
            let threads = [(); 3].map(|()| {
                let (activity, room) = (activity.clone(), room.clone());
                mta_thread(&runtime, move || visit_twice(&activity, &room))
            });
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            is_free(&activity, &runtime);
        });
    });
}

#[test]
fn causalities_of_threads_that_the_machine_schedules_are_never_inside_together_either() {
    for schedule in SCHEDULES {
        explore(600, move || {
            let runtime = machine().schedule(schedule).build().unwrap();
            let (activity, room) = (in_mta(&runtime, synchronized), Room::default());
            let threads = [(); 2].map(|()| {
                let (here, activity, room) = (runtime.clone(), activity.clone(), room.clone());
                runtime.spawn(move || {
                    in_mta(&here, || {
                        here.switch_point();
                        visit_twice(&activity, &room);
                    })
                })
            });
            runtime.start();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            is_free(&activity, &runtime);
        });
    }
}

#[test]
fn waiters_enter_in_the_order_of_their_arrival_and_a_newcomer_passes_nobody() {
    explore(1_000, || {
        let runtime = machine().build().unwrap();
        in_mta(&runtime, || {
            let (activity, story) = (synchronized(), Story::new());
            let call = |name: u32| {
                let (activity, story) = (activity.clone(), story.clone());
                mta_thread(&runtime, move || activity.call(move || story.tell(name)).unwrap())
            };
            let waiters = Arc::new(Mutex::new(Vec::new()));
            // The main thread is inside while two come to wait, one after the other.
            let first = activity.call({
                let (activity, runtime, story) = (activity.clone(), runtime.clone(), story.clone());
                let waiters = waiters.clone();
                move || {
                    for name in [1, 2] {
                        let (own, told) = (activity.clone(), story.clone());
                        let waiter = mta_thread(&runtime, move || own.call(move || told.tell(name)).unwrap());
                        waiters.lock().push(waiter);
                        until(|| activity.waiting_calls() == name as usize);
                    }
                    story.tell(0);
                }
            });
            first.unwrap();
            let late = call(3);
            let waiters = std::mem::take(&mut *waiters.lock());
            waiters.into_iter().chain([late]).for_each(|thread| thread.join().unwrap());
            let told = story.told();
            assert_eq!((told.len(), &told[..2]), (4, &[0, 1][..]));
            let place = |name| told.iter().position(|told| *told == name).unwrap();
            assert!(place(1) < place(2), "{told:?}");
            is_free(&activity, &runtime);
        });
    });
}

#[test]
fn a_waiter_whose_time_is_over_was_either_let_in_or_never_ran() {
    ends(1_500, [S_OK, CONTEXT_E_SYNCH_TIMEOUT], || {
        let runtime = machine().build().unwrap();
        in_mta(&runtime, || {
            let (activity, story) = (synchronized(), Story::new());
            activity.set_activity_timeout(Some(Duration::from_secs(1)));
            let (own, told) = (activity.clone(), story.clone());
            let spawned = Arc::new(Mutex::new(None));
            let (place, here) = (spawned.clone(), runtime.clone());
            let inside = move || {
                let waiter = own.clone();
                let waiting = mta_thread(&here, move || code(waiter.call(move || told.tell(()))));
                until(|| own.waiting_calls() == 1);
                let clock = here.clone();
                let advancing = mta_thread(&here, move || clock.advance(Duration::from_secs(1)).unwrap());
                *place.lock() = Some((waiting, advancing));
            };
            activity.call(inside).unwrap();
            let (waiting, advancing) = spawned.lock().take().unwrap();
            advancing.join().unwrap();
            let code = waiting.join().unwrap();
            assert_eq!(story.told().len(), usize::from(code == S_OK));
            is_free(&activity, &runtime);
            code
        })
    });
}

#[test]
fn who_gives_up_does_not_hold_up_those_behind() {
    ends(1_500, [S_OK, CONTEXT_E_SYNCH_TIMEOUT], || {
        let runtime = machine().build().unwrap();
        in_mta(&runtime, || {
            let (activity, room) = (synchronized(), Room::default());
            let call = |activity: &Activity| {
                let (activity, room) = (activity.clone(), room.clone());
                mta_thread(&runtime, move || code(activity.call(move || room.visit())))
            };
            let spawned = Arc::new(Mutex::new(Vec::new()));
            let (own, threads, here) = (activity.clone(), spawned.clone(), runtime.clone());
            let inside_room = room.clone();
            let inside = move || {
                inside_room.enter();
                for (count, timeout) in [(1, Some(Duration::from_secs(1))), (2, None)] {
                    own.set_activity_timeout(timeout);
                    let (waiter, room) = (own.clone(), inside_room.clone());
                    threads.lock().push(mta_thread(&here, move || code(waiter.call(move || room.visit()))));
                    until(|| own.waiting_calls() == count);
                }
                let clock = here.clone();
                threads.lock().push(mta_thread(&here, move || code(clock.advance(Duration::from_secs(1)))));
                inside_room.leave();
            };
            activity.call(inside).unwrap();
            let late = call(&activity);
            let codes: Vec<_> =
                std::mem::take(&mut *spawned.lock()).into_iter().map(|thread| thread.join().unwrap()).collect();
            assert_eq!((codes[1], codes[2], late.join().unwrap()), (S_OK, S_OK, S_OK));
            is_free(&activity, &runtime);
            codes[0]
        })
    });
}

#[test]
fn of_two_that_want_what_the_other_one_has_one_is_told_of_the_deadlock_and_the_other_goes_on() {
    for schedule in SCHEDULES {
        ends(600, [[CONTEXT_E_WOULD_DEADLOCK, S_OK], [S_OK, CONTEXT_E_WOULD_DEADLOCK]], move || {
            let runtime = machine().schedule(schedule).build().unwrap();
            let activities = in_mta(&runtime, || [synchronized(), synchronized()]);
            let rooms = [Room::default(), Room::default()];
            let inside = Story::new();
            let threads = [0, 1].map(|name| {
                let (first, second) = (activities[name].clone(), activities[1 - name].clone());
                let (own, other, inside) = (rooms[name].clone(), rooms[1 - name].clone(), inside.clone());
                mta_thread(&runtime, move || {
                    let call = move || {
                        own.enter();
                        inside.tell(());
                        inside.wait_for(2);
                        let result = code(second.call(move || other.visit()));
                        own.leave();
                        result
                    };
                    first.call(call).unwrap()
                })
            });
            let codes = threads.map(|thread| thread.join().unwrap());
            activities.iter().for_each(|activity| is_free(activity, &runtime));
            codes
        });
    }
}
