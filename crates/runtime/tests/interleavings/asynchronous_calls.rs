//! Asynchronous calls are run once each, in the order in which they were accepted, in one line with the synchronous
//! ones (O5, O6); none is left behind when the program lets go of the machine.

use super::{in_mta, machine, machines, support::*};
use complus_core::{
    attribute::SynchronizationConfig,
    hresult::{E_FAIL, S_OK},
};
use complus_runtime::{Activity, Knobs, OnError, PoolSettings, Runtime, ServiceConfig};
use complus_sync::{Arc, explore::explore};

/// Accepted by one thread, numbered; run in a room for one.
fn submit(activity: &Activity, name: u32, room: &Room, story: &Story<u32>) {
    let (room, story) = (room.clone(), story.clone());
    let call = move || {
        room.enter();
        story.tell(name);
        room.leave();
    };
    activity.asynchronous_call(call).unwrap();
}

/// The names of what the thread `tens` submitted, in the order in which they ran.
fn of(told: &[u32], tens: u32) -> Vec<u32> {
    told.iter().copied().filter(|name| name / 10 == tens).collect()
}

fn two_submit_while_a_third_calls(runtime: &Runtime, config: &ServiceConfig) {
    let activity =
        in_mta(runtime, || Activity::create(&config.clone().synchronization(SynchronizationConfig::New)).unwrap());
    let (room, story) = (Room::default(), Story::new());
    let submitting = [1, 2].map(|tens| {
        let (activity, room, story) = (activity.clone(), room.clone(), story.clone());
        mta_thread(runtime, move || [1, 2].iter().for_each(|ones| submit(&activity, 10 * tens + ones, &room, &story)))
    });
    let (own, own_room, own_story) = (activity.clone(), room.clone(), story.clone());
    let calling = mta_thread(runtime, move || {
        submit(&own, 31, &own_room, &own_story);
        let told = own_story.clone();
        // It stands behind what this thread submitted before (O6).
        let before = own.call(move || {
            own_room.visit();
            told.told()
        });
        assert_eq!(of(&before.unwrap(), 3), [31]);
    });
    submitting.into_iter().for_each(|thread| thread.join().unwrap());
    calling.join().unwrap();
    in_mta(runtime, || submit(&activity, 0, &room, &story));
    story.wait_for(6);
    let told = story.told();
    assert_eq!((of(&told, 1), of(&told, 2), told.len()), (vec![11, 12], vec![21, 22], 6));
    assert_eq!(told[5], 0, "it was accepted last");
}

#[test]
fn calls_of_two_threads_run_once_each_in_the_order_of_their_acceptance() {
    for machine in machines() {
        for config in [mta(), sta()] {
            explore(300, move || {
                let runtime = machine().build().unwrap();
                runtime.start();
                two_submit_while_a_third_calls(&runtime, &config);
            });
        }
    }
}

#[test]
fn a_row_of_calls_that_one_thread_runs_keeps_its_order_whoever_else_comes() {
    for machine in machines() {
        explore(300, move || {
            let runtime = machine().build().unwrap();
            runtime.start();
            in_mta(&runtime, || {
                let (activity, room, story) = (synchronized(), Room::default(), Story::new());
                let calling = {
                    let (activity, room) = (activity.clone(), room.clone());
                    mta_thread(&runtime, move || activity.call(move || room.visit()).unwrap())
                };
                for name in 0..4 {
                    let (inside, told, hears) = (room.clone(), story.clone(), story.clone());
                    let call = move || {
                        inside.enter();
                        told.tell(name);
                        inside.leave();
                        // One that fails ends the row: somebody has to be told, outside the activity.
                        if name == 1 { E_FAIL } else { S_OK }
                    };
                    activity.asynchronous_call(call.on_error(move |_| hears.tell(10 + name))).unwrap();
                }
                let last = story.clone();
                assert!(activity.call(move || last.told().ends_with(&[3]) || last.told().ends_with(&[11])).unwrap());
                calling.join().unwrap();
                story.wait_for(5);
                let (calls, errors): (Vec<_>, Vec<_>) = story.told().into_iter().partition(|name| *name < 10);
                assert_eq!((calls, errors), (vec![0, 1, 2, 3], vec![11]));
            });
        });
    }
}

#[test]
fn a_thread_whose_turn_is_over_goes_on_with_what_waits_and_loses_nothing() {
    explore(60, || {
        let knobs = Knobs { mta_max_threads: 1, ..Knobs::new(1) };
        let runtime = machine().thread_pools(PoolSettings::new().knobs(knobs)).build().unwrap();
        let activities = in_mta(&runtime, || [synchronized(), synchronized()]);
        let submitting = activities.map(|activity| {
            let (room, story) = (Room::default(), Story::new());
            mta_thread(&runtime, move || {
                (0..70).for_each(|name| submit(&activity, name, &room, &story));
                story.wait_for(70);
                assert_eq!(story.told(), (0..70).collect::<Vec<_>>());
            })
        });
        submitting.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn calls_outside_any_activity_run_once_each() {
    for machine in machines() {
        for config in [mta(), sta()] {
            explore(300, move || {
                let runtime = machine().build().unwrap();
                runtime.start();
                let activity = Arc::new(in_mta(&runtime, || Activity::create(&config).unwrap()));
                let story = Story::new();
                let submitting = [1, 2].map(|tens| {
                    let (activity, story) = (activity.clone(), story.clone());
                    mta_thread(&runtime, move || {
                        for ones in [1, 2] {
                            let story = story.clone();
                            activity.asynchronous_call(move || story.tell(10 * tens + ones)).unwrap();
                        }
                    })
                });
                submitting.into_iter().for_each(|thread| thread.join().unwrap());
                story.wait_for(4);
                let mut told = story.told();
                told.sort_unstable();
                assert_eq!(told, [11, 12, 21, 22]);
            });
        }
    }
}

#[test]
fn what_was_accepted_is_done_though_the_program_has_let_go_of_the_machine() {
    for machine in machines() {
        for config in [mta(), sta(), mta().synchronization(SynchronizationConfig::New)] {
            explore(300, move || {
                let runtime = machine().build().unwrap();
                runtime.start();
                let activity = in_mta(&runtime, || Activity::create(&config).unwrap());
                let story = Story::new();
                for name in [1, 2] {
                    let story = story.clone();
                    let call = move || story.tell(name);
                    mta_thread(&runtime, {
                        let activity = activity.clone();
                        move || activity.asynchronous_call(call).unwrap()
                    })
                    .join()
                    .unwrap();
                }
                drop((runtime, activity));
                story.wait_for(2);
            });
        }
    }
}
