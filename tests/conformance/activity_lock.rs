//! The lock of an activity: who enters, who waits, in which order, for how long.

use crate::support::*;
use complus::{
    Compat, ContextCallback, DeadlockPolicy, ENTER_ACTIVITY_WITH_NO_LOCK, MessageQueue, Method,
    event::What,
    hresult::{CONTEXT_E_SYNCH_TIMEOUT, CONTEXT_E_WOULD_DEADLOCK, RPC_E_DISCONNECTED},
    id::ActivityId,
    message_loop,
    prelude::*,
};
use std::{
    sync::{Arc, Barrier, Mutex, mpsc},
    thread::JoinHandle,
    time::Duration,
};

/// A configuration for an activity object in the MTA that shares its creator's activity.
fn sharing() -> ServiceConfig {
    mta().synchronization(SynchronizationConfig::IfContainerIsSynchronized)
}

/// An activity object that was made inside a call of another.
fn created_inside(x: &Activity, config: ServiceConfig) -> Activity {
    x.call(move || Activity::create(&config).unwrap()).unwrap()
}

/// A thread is inside `activity` until it is let go.
struct Inside {
    latch: Latch,
    thread: JoinHandle<()>,
}

impl Inside {
    /// Comes back when the thread is inside; the story tells when it enters and leaves.
    fn enter(world: &World, activity: &Activity, story: &Story, name: &'static str) -> Self {
        let (inside, latch) = (Latch::default(), Latch::default());
        let (is_inside, waits, tells, activity) = (inside.clone(), latch.clone(), story.clone(), activity.clone());
        let thread = mta_thread(&world.runtime, move || {
            let called = activity.call(move || {
                tells.tell(format!("{name} enters"));
                is_inside.open();
                waits.wait();
                tells.tell(format!("{name} leaves"));
            });
            called.unwrap();
        });
        inside.wait();
        Self { latch, thread }
    }

    fn let_go(self) {
        self.latch.open();
        self.thread.join().unwrap();
    }
}

/// A thread that calls `activity` once, and has to wait for it; comes back when it does.
fn waits_for(world: &World, activity: &Activity, story: &Story, name: &'static str) -> JoinHandle<complus::Result<()>> {
    let waiting = activity.waiting_calls();
    let (called, tells) = (activity.clone(), story.clone());
    let thread = mta_thread(&world.runtime, move || {
        called.call(move || {
            tells.tell(format!("{name} enters"));
            tells.tell(format!("{name} leaves"));
        })
    });
    until(|| activity.waiting_calls() == waiting + 1);
    if world.observed {
        // It has said so as well.
        let waits = What::ActivityWaiting { activity: activity.activity_id() };
        until(|| world.log.events().iter().filter(|event| event.what == waits).count() > waiting);
    }
    thread
}

/// What was told of an activity's lock.
fn of_activity(world: &World, activity: Option<ActivityId>) -> Vec<What> {
    use What::*;
    let is_lock = |what: &What| {
        matches!(
            what,
            ActivityEntered
                | ActivityReentered { .. }
                | ActivityLeftSame { .. }
                | ActivityLeft
                | ActivityTimedOut { .. }
                | ActivityWaiting { .. }
        )
    };
    let events = world.log.events().into_iter().filter(|event| {
        let waits = event.what == ActivityWaiting { activity };
        event.activity == activity && !matches!(event.what, ActivityWaiting { .. }) || waits
    });
    events.map(|event| event.what).filter(is_lock).collect()
}

#[test]
fn swc_69_calls_of_a_synchronized_object_never_overlap() {
    every_machine(|_| {
        let activity = Activity::create(&synchronized()).unwrap();
        let story = Story::default();
        let (told, hears) = mpsc::channel();
        let latch = Latch::default();
        for name in ["first", "second"] {
            let (story, told, latch) = (story.clone(), told.clone(), latch.clone());
            let call = move || {
                story.tell(format!("{name} enters"));
                if name == "first" {
                    latch.wait();
                }
                story.tell(format!("{name} leaves"));
                told.send(place().activity).unwrap();
            };
            activity.asynchronous_call(call).unwrap();
        }
        until(|| activity.waiting_calls() == 1 && !story.told().is_empty());
        latch.open();
        let ids = [hears.recv().unwrap(), hears.recv().unwrap()];
        assert_eq!(ids, [activity.activity_id(); 2]);
        assert!(ids[0].is_some());
        assert_eq!(story.told(), ["first enters", "first leaves", "second enters", "second leaves"]);
    });
}

#[test]
fn swc_70_calls_of_two_synchronized_objects_may_overlap() {
    every_machine(|_| {
        let config = synchronized();
        let objects = [Activity::create(&config).unwrap(), Activity::create(&config).unwrap()];
        let both = Arc::new(Barrier::new(2));
        let (told, hears) = mpsc::channel();
        for activity in &objects {
            let (both, told) = (both.clone(), told.clone());
            let call = move || {
                both.wait();
                told.send(place().activity.unwrap()).unwrap();
            };
            activity.asynchronous_call(call).unwrap();
        }
        let ids = [hears.recv().unwrap(), hears.recv().unwrap()];
        assert_ne!(ids[0], ids[1]);
        assert!(objects.iter().all(|activity| ids.contains(&activity.activity_id().unwrap())));
    });
}

#[test]
fn syn_b1_a_second_causality_waits_until_the_first_has_left() {
    every_mta_machine(|world| {
        let (x, story) = (Activity::create(&synchronized()).unwrap(), Story::default());
        let c1 = Inside::enter(world, &x, &story, "C1");
        let c2 = waits_for(world, &x, &story, "C2");
        assert_eq!(story.told(), ["C1 enters"]);
        c1.let_go();
        c2.join().unwrap().unwrap();
        assert_eq!(story.told(), ["C1 enters", "C1 leaves", "C2 enters", "C2 leaves"]);
        if world.observed {
            let expected = [
                What::ActivityEntered,
                What::ActivityWaiting { activity: x.activity_id() },
                What::ActivityLeft,
                What::ActivityEntered,
                What::ActivityLeft,
            ];
            assert_eq!(of_activity(world, x.activity_id()), expected);
        }
    });
}

#[test]
fn syn_b2_objects_of_one_activity_exclude_each_other() {
    every_mta_machine(|world| {
        let (x, story) = (Activity::create(&synchronized()).unwrap(), Story::default());
        let y = created_inside(&x, sharing());
        assert_eq!(y.activity_id(), x.activity_id());
        let c1 = Inside::enter(world, &x, &story, "C1");
        let c2 = waits_for(world, &y, &story, "C2");
        assert_eq!(story.told(), ["C1 enters"]);
        c1.let_go();
        c2.join().unwrap().unwrap();
        assert_eq!(story.told(), ["C1 enters", "C1 leaves", "C2 enters", "C2 leaves"]);
    });
}

#[test]
fn syn_b3_objects_of_different_activities_do_not() {
    every_mta_machine(|world| {
        let (x, story) = (Activity::create(&synchronized()).unwrap(), Story::default());
        let y = created_inside(&x, synchronized());
        assert!(y.activity_id().is_some() && y.activity_id() != x.activity_id());
        let c1 = Inside::enter(world, &x, &story, "C1");
        y.call(|| ()).unwrap();
        assert_eq!(story.told(), ["C1 enters"]);
        c1.let_go();
    });
}

#[test]
fn syn_b4_a_callback_through_an_object_without_activity_enters_again() {
    every_mta_machine(|world| {
        let x = Activity::create(&synchronized()).unwrap();
        let y = created_inside(&x, sharing());
        // z lives in the STA pool: the causality goes to another thread and comes back on it.
        for z in [mta(), bound_sta()] {
            let z = Activity::create(&z).unwrap();
            assert_eq!(z.activity_id(), None);
            let (back, seen) = (y.clone(), Arc::new(Mutex::new(None)));
            let sees = seen.clone();
            world.log.take();
            x.call(move || {
                z.call(move || {
                    assert_eq!(place().activity, None);
                    *sees.lock().unwrap() = Some(back.call(place).unwrap());
                })
                .unwrap();
            })
            .unwrap();
            assert_eq!(seen.lock().unwrap().take().unwrap().activity, x.activity_id());
            if world.observed {
                let expected = [
                    What::ActivityEntered,
                    What::ActivityReentered { depth: 2 },
                    What::ActivityLeftSame { depth: 1 },
                    What::ActivityLeft,
                ];
                assert_eq!(of_activity(world, x.activity_id()), expected);
            }
        }
    });
}

#[test]
fn syn_b5_a_callback_into_the_callers_activity_is_admitted_while_the_callee_stays_locked() {
    every_mta_machine(|world| {
        let (x, u) = (Activity::create(&synchronized()).unwrap(), Activity::create(&synchronized()).unwrap());
        let (story, back_inside, go_on) = (Story::default(), Latch::default(), Latch::default());
        let (x1, x2, u1, tells, opens, waits) =
            (x.clone(), x.clone(), u.clone(), story.clone(), back_inside.clone(), go_on.clone());
        let c1 = mta_thread(&world.runtime, move || {
            x1.call(move || {
                u1.call(move || {
                    x2.call(move || {
                        tells.tell("C1 is back in A");
                        opens.open();
                        waits.wait();
                        tells.tell("C1 goes on");
                    })
                })
            })
        });
        back_inside.wait();
        let c2 = waits_for(world, &u, &story, "C2");
        let c3 = waits_for(world, &x, &story, "C3");
        assert_eq!(story.told(), ["C1 is back in A"]);
        go_on.open();
        c1.join().unwrap().unwrap().unwrap().unwrap();
        c2.join().unwrap().unwrap();
        c3.join().unwrap().unwrap();
        let told = story.told();
        assert_eq!(told[..2], ["C1 is back in A", "C1 goes on"]);
        assert_eq!(told.len(), 6);
    });
}

#[test]
fn syn_b7_waiters_enter_in_the_order_of_their_arrival() {
    every_mta_machine(|world| {
        let (a, story) = (Activity::create(&synchronized()).unwrap(), Story::default());
        let c1 = Inside::enter(world, &a, &story, "C1");
        let names = ["C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9"];
        let waiting = names.map(|name| waits_for(world, &a, &story, name));
        c1.let_go();
        waiting.into_iter().for_each(|thread| thread.join().unwrap().unwrap());
        let order: Vec<_> = story.told().into_iter().filter(|told| told.ends_with("enters")).collect();
        let expected = ["C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9"].map(|name| format!("{name} enters"));
        assert_eq!(order, expected);
        assert_eq!(a.waiting_calls(), 0);
    });
}

#[test]
fn syn_b9_a_wait_that_lasts_too_long_ends_with_synch_timeout() {
    const TIMEOUT: Duration = Duration::from_millis(100);
    every_mta_machine(|world| {
        let (a, story) = (Activity::create(&synchronized()).unwrap(), Story::default());
        a.set_activity_timeout(Some(TIMEOUT));
        let c1 = Inside::enter(world, &a, &story, "C1");
        let began = world.runtime.now();
        let c2 = waits_for(world, &a, &story, "C2");
        if world.is_virtual() {
            world.runtime.advance(TIMEOUT - Duration::from_nanos(1)).unwrap();
            assert_eq!(a.waiting_calls(), 1, "not yet");
            world.runtime.advance(Duration::from_nanos(1)).unwrap();
        }
        assert_eq!(code(c2.join().unwrap()), CONTEXT_E_SYNCH_TIMEOUT);
        let waited = world.runtime.now() - began;
        assert!(if world.is_virtual() { waited == TIMEOUT } else { waited >= TIMEOUT }, "{waited:?}");
        if world.is_virtual() {
            world.runtime.advance(TIMEOUT * 4).unwrap();
        }
        assert_eq!(a.waiting_calls(), 0);
        if world.observed {
            let a = a.activity_id();
            let expected = [
                What::ActivityEntered,
                What::ActivityWaiting { activity: a },
                What::ActivityTimedOut { timeout: TIMEOUT },
            ];
            assert_eq!(of_activity(world, a), expected);
            let timed_out = world.log.events().into_iter().find(|it| it.what == expected[2]).unwrap();
            assert_eq!(timed_out.activity, a);
            let waited = world.log.events().into_iter().find(|it| it.what == expected[1]).unwrap();
            assert_eq!((timed_out.causality, timed_out.thread), (waited.causality, waited.thread));
        }
        c1.let_go();
        a.call(|| ()).unwrap();
        assert_eq!(story.told(), ["C1 enters", "C1 leaves"], "the call that gave up never ran");
    });
}

#[test]
fn syn_b10_a_wait_lasts_as_long_as_it_has_to() {
    every_mta_machine(|world| {
        let (a, story) = (Activity::create(&synchronized()).unwrap(), Story::default());
        let c1 = Inside::enter(world, &a, &story, "C1");
        let c2 = waits_for(world, &a, &story, "C2");
        if world.is_virtual() {
            for _ in 0..2 {
                world.runtime.advance(Duration::from_millis(500)).unwrap();
                assert_eq!((a.waiting_calls(), story.told().len()), (1, 1));
            }
            world.runtime.advance(Duration::from_secs(1_000_000)).unwrap();
        }
        c1.let_go();
        c2.join().unwrap().unwrap();
        assert_eq!(story.told(), ["C1 enters", "C1 leaves", "C2 enters", "C2 leaves"]);
    });
}

/// Two causalities, each inside one activity, call into the other's.
fn cross(world: &World, story: &Story) -> (Activity, Activity, [JoinHandle<complus::Result<()>>; 2]) {
    let (a, b) = (Activity::create(&synchronized()).unwrap(), Activity::create(&synchronized()).unwrap());
    let both = Arc::new(Barrier::new(2));
    let threads = [(&a, &b, "C1"), (&b, &a, "C2")].map(|(own, other, name)| {
        let (own, other, both, story) = (own.clone(), other.clone(), both.clone(), story.clone());
        mta_thread(&world.runtime, move || {
            let tells = story.clone();
            let inner = own.call(move || {
                both.wait();
                let tells_inside = tells.clone();
                let called = other.call(move || tells_inside.tell(format!("{name} is in both")));
                if called.is_err() {
                    tells.tell(format!("{name} gives up"));
                }
                called
            });
            inner.unwrap()
        })
    });
    (a, b, threads)
}

#[test]
fn syn_b12_one_call_of_a_cycle_would_deadlock_and_the_other_completes() {
    every_mta_machine(|world| {
        let story = Story::default();
        let (a, b, threads) = cross(world, &story);
        let results = threads.map(|thread| thread.join().unwrap());
        let (failed, completed) = if results[0].is_err() { (0, 1) } else { (1, 0) };
        assert_eq!(code(results[failed]), CONTEXT_E_WOULD_DEADLOCK);
        assert_eq!(results[completed], Ok(()));
        let names = ["C1", "C2"];
        let expected = [format!("{} gives up", names[failed]), format!("{} is in both", names[completed])];
        assert_eq!(story.told(), expected);
        assert_eq!((a.waiting_calls(), b.waiting_calls()), (0, 0));
        assert!(world.runtime.process().deadlocks().is_empty());
    });
}

#[test]
fn syn_b13_a_cycle_that_hangs_is_seen_as_one() {
    let compat = Compat { deadlock: DeadlockPolicy::Hang, ..Compat::default() };
    let hangs = |world: &World| {
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        let story = Story::default();
        let (a, b, threads) = cross(world, &story);
        let process = world.runtime.process();
        until(|| !process.deadlocks().is_empty());
        if world.is_virtual() {
            // Nothing happens any more, however long one waits.
            world.runtime.advance(Duration::from_secs(86_400)).unwrap();
        }
        let cycles = process.deadlocks();
        assert_eq!(cycles.len(), 1);
        let [(first, waits_for), (second, waits_for_too)] = cycles[0][..] else { panic!("{cycles:?}") };
        assert_ne!(first, second);
        let (a, b) = (a.activity_id().unwrap(), b.activity_id().unwrap());
        assert!([(a, b), (b, a)].contains(&(waits_for, waits_for_too)));
        assert_eq!(story.told(), [""; 0]);
        // Nothing but the end of the process lets them go.
        process.kill();
        threads.into_iter().for_each(|thread| assert_eq!(code(thread.join().unwrap()), RPC_E_DISCONNECTED));
        assert_eq!(story.told().len(), 2, "both give up");
    };
    every_bare_machine(|builder| builder.compat(compat), hangs);
}

/// Objects in one STA, as doors into their contexts: x with its activity if it has one, and w, which has nothing to do
/// with it. The thread serves its queue until it is told to quit.
struct InSta {
    x: ContextCallback,
    w: ContextCallback,
    /// An activity object in the activity of x, to see who waits.
    beside: Activity,
    queue: MessageQueue,
    thread: JoinHandle<()>,
}

impl InSta {
    fn start(world: &World, config: ServiceConfig) -> Self {
        let (tells, hears) = mpsc::channel();
        let runtime = world.runtime.clone();
        let thread = std::thread::spawn(move || {
            let _bound = runtime.enter();
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            let door = |config: &ServiceConfig| {
                let domain = enter(config);
                let found = (ContextCallback::current().unwrap(), Activity::create(&sharing()).unwrap());
                domain.leave().unwrap();
                found
            };
            let ((x, beside), (w, _)) = (door(&config), door(&ServiceConfig::new()));
            tells.send((x, w, beside, MessageQueue::current().unwrap())).unwrap();
            message_loop().unwrap();
        });
        let (x, w, beside, queue) = hears.recv().unwrap();
        Self { x, w, beside, queue, thread }
    }

    fn end(self) {
        self.queue.post_quit().unwrap();
        self.thread.join().unwrap();
    }

    /// C1 is inside x and makes a call to a thread of the MTA, which comes back when the latch opens; the STA's thread
    /// pumps meanwhile.
    fn call_out(&self, world: &World, story: &Story) -> (Latch, JoinHandle<()>) {
        let (out, is_out, latch) = (Activity::create(&mta()).unwrap(), Latch::default(), Latch::default());
        let (x, tells, opens, waits) = (self.x.clone(), story.clone(), is_out.clone(), latch.clone());
        let c1 = mta_thread(&world.runtime, move || {
            let outer = move || {
                tells.tell("C1 enters");
                let inner = move || {
                    opens.open();
                    waits.wait();
                };
                out.call(inner).unwrap();
                tells.tell("C1 leaves");
            };
            x.call(METHOD, outer).unwrap();
        });
        is_out.wait();
        (latch, c1)
    }

    fn call(&self, world: &World, door: &ContextCallback, story: &Story, name: &'static str) -> JoinHandle<()> {
        let (door, tells) = (door.clone(), story.clone());
        mta_thread(&world.runtime, move || {
            door.call(METHOD, move || tells.tell(name)).unwrap();
        })
    }
}

/// The frames of calls on the thread of an STA: how deep each was when it was entered.
fn depths(world: &World, queue: &MessageQueue) -> Vec<usize> {
    let mut depth = 0;
    let mut depths = Vec::new();
    for event in world.log.events().into_iter().filter(|event| event.thread == queue.thread()) {
        match event.what {
            What::CallEntered { .. } => {
                depth += 1;
                depths.push(depth);
            }
            What::CallReturned { .. } => depth -= 1,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    depths
}

#[test]
fn syn_b18_a_call_for_an_object_in_an_sta_waits_for_the_activity_and_without_one_is_dispatched_on_top() {
    every_mta_machine(|world| {
        let (in_sta, story) = (InSta::start(world, own_activity()), Story::default());
        let (latch, c1) = in_sta.call_out(world, &story);
        let c2 = in_sta.call(world, &in_sta.x, &story, "C2");
        until(|| in_sta.beside.waiting_calls() == 1);
        assert_eq!(story.told(), ["C1 enters"]);
        latch.open();
        [c1, c2].into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(story.told(), ["C1 enters", "C1 leaves", "C2"]);
        if world.observed {
            assert_eq!(depths(world, &in_sta.queue), [1, 1]);
            let a = in_sta.beside.activity_id();
            let expected = [
                What::ActivityEntered,
                What::ActivityWaiting { activity: a },
                What::ActivityLeft,
                What::ActivityEntered,
                What::ActivityLeft,
            ];
            // The domain in which the objects were made is over.
            assert_eq!(of_activity(world, a).split_off(1), expected);
        }
        in_sta.end();

        world.log.take();
        let (in_sta, story) = (InSta::start(world, ServiceConfig::new()), Story::default());
        let (latch, c1) = in_sta.call_out(world, &story);
        in_sta.call(world, &in_sta.x, &story, "C2").join().unwrap();
        latch.open();
        c1.join().unwrap();
        assert_eq!(story.told(), ["C1 enters", "C2", "C1 leaves"]);
        if world.observed {
            assert_eq!(depths(world, &in_sta.queue), [1, 2]);
        }
        in_sta.end();
    });
}

#[test]
fn syn_b20_a_call_for_another_object_of_the_sta_is_dispatched_past_one_that_waits() {
    every_mta_machine(|world| {
        let (in_sta, story) = (InSta::start(world, own_activity()), Story::default());
        let (latch, c1) = in_sta.call_out(world, &story);
        let c2 = in_sta.call(world, &in_sta.x, &story, "C2");
        until(|| in_sta.beside.waiting_calls() == 1);
        in_sta.call(world, &in_sta.w, &story, "C3").join().unwrap();
        assert_eq!(story.told(), ["C1 enters", "C3"]);
        assert_eq!(in_sta.beside.waiting_calls(), 1);
        latch.open();
        [c1, c2].into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(story.told(), ["C1 enters", "C3", "C1 leaves", "C2"]);
        if world.observed {
            assert_eq!(depths(world, &in_sta.queue), [1, 2, 1]);
        }
        in_sta.end();
    });
}

#[test]
fn syn_b23_a_callback_waits_for_the_activity_unless_it_asks_for_no_lock() {
    every_mta_machine(|world| {
        let (a, story) = (Activity::create(&synchronized()).unwrap(), Story::default());
        let door = a.call(|| ContextCallback::current().unwrap()).unwrap();
        let c1 = Inside::enter(world, &a, &story, "C1");
        let no_lock = Method { interface: ENTER_ACTIVITY_WITH_NO_LOCK, number: 5 };
        let seen = Arc::new(Mutex::new(None));
        let (sees, tells) = (seen.clone(), story.clone());
        let at_once = move || {
            *sees.lock().unwrap() = Some(place().activity);
            tells.tell("no lock");
        };
        door.call(no_lock, at_once).unwrap();
        assert_eq!(seen.lock().unwrap().take(), Some(a.activity_id()), "in the context, and its activity");
        let tells = story.clone();
        let called = door.clone();
        let c2 = mta_thread(&world.runtime, move || called.call(METHOD, move || tells.tell("C2")).unwrap());
        until(|| a.waiting_calls() == 1);
        assert_eq!(story.told(), ["C1 enters", "no lock"]);
        c1.let_go();
        c2.join().unwrap();
        assert_eq!(story.told(), ["C1 enters", "no lock", "C1 leaves", "C2"]);
    });
}
