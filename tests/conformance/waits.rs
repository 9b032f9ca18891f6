//! Waiting for handles (SYN 7.3).

use crate::{support::*, threads::*};
use complus::{
    ContextCallback, Event, IncomingCall, MessageFilter, MessageQueue, PendingType, Semaphore, WaitHandle,
    attribute::{ApartmentType, ObjectWaitFlags, WaitFlags},
    com::*,
    hresult::*,
    message_loop,
    prelude::*,
    pump_messages, register_message_filter,
    rules::{
        message::Message as Kind,
        wait::{MAXIMUM_OBJECTS, WAIT_IO_COMPLETION},
    },
    set_window_procedure, wait_for_handles,
};
use std::{
    cell::RefCell,
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use ApartmentModel::{ApartmentThreaded, Multithreaded};

const AT_ONCE: Option<Duration> = Some(Duration::ZERO);
const DEFAULT: WaitFlags = WaitFlags::DEFAULT;

/// CoWaitForMultipleHandles with no time: the code, and the index that was written over one that never is.
fn wait(flags: WaitFlags, handles: &[WaitHandle]) -> (HResult, u32) {
    let mut index = 77;
    let result = co_wait_for_multiple_handles(flags, AT_ONCE, Some(handles), Some(&mut index));
    (result.map_or_else(|error| error.hresult(), |()| S_OK), index)
}

const PENDING: (HResult, u32) = (RPC_S_CALLPENDING, 0);

fn unset() -> [WaitHandle; 1] {
    [Event::manual_reset(false).handle()]
}

/// The window messages that the thread handles from now on, by their numbers.
fn handled() -> Rc<RefCell<Vec<u32>>> {
    let handled = Rc::new(RefCell::new(Vec::new()));
    let notes = handled.clone();
    set_window_procedure(move |message| {
        notes.borrow_mut().push(message.number);
        0
    })
    .unwrap();
    handled
}

fn numbers(queue: &MessageQueue) -> Vec<u32> {
    queue.peek().iter().map(|message| message.number).collect()
}

/// In each kind of apartment, and in none.
fn everywhere(test: impl Fn(&World) + Sync) {
    every_bare_machine(
        |builder| builder,
        |world| {
            test(world);
            for model in [ApartmentThreaded, Multithreaded] {
                let _apartment = Apartment::initialize(model).unwrap();
                test(world);
            }
        },
    );
}

/// While `wait` runs here, another thread has called into this STA and waits; answers how often its call has run.
fn with_a_call_pending<T>(world: &World, queue: &MessageQueue, wait: impl FnOnce(&AtomicU32) -> T) -> T {
    let (ran, door) = (Arc::new(AtomicU32::new(0)), ContextCallback::current().unwrap());
    thread::scope(|scope| {
        let (counts, before) = (ran.clone(), queue.len());
        scope.spawn(move || {
            let _bound = world.runtime.enter();
            let _apartment = Apartment::initialize(Multithreaded).unwrap();
            let method = move || {
                counts.fetch_add(1, Ordering::SeqCst);
            };
            assert_eq!(door.call(METHOD, method), Ok(S_OK));
        });
        until(|| queue.len() == before + 1);
        wait(&ran)
    })
}

#[test]
fn syn_e6_the_arguments_of_a_wait() {
    everywhere(|_| {
        let set = [Event::manual_reset(true).handle()];
        let wait = co_wait_for_multiple_handles;
        assert_eq!(code(wait(DEFAULT, AT_ONCE, Some(&set), None)), E_INVALIDARG);
        assert_eq!(code(wait(DEFAULT, AT_ONCE, None, None)), E_INVALIDARG);
        let mut index = 77;
        assert_eq!(code(wait(DEFAULT, AT_ONCE, None, Some(&mut index))), E_INVALIDARG);
        assert_eq!(std::mem::replace(&mut index, 77), 0);
        assert_eq!(code(wait(DEFAULT, AT_ONCE, Some(&[]), Some(&mut index))), RPC_E_NO_SYNC);
        assert_eq!(index, 0);
        assert_eq!(code(wait_for_handles(DEFAULT, None, &[])), RPC_E_NO_SYNC);
    });
}

#[test]
fn the_newer_sibling_takes_fifty_six_objects() {
    everywhere(|_| {
        let handles = vec![Event::manual_reset(true).handle(); MAXIMUM_OBJECTS + 1];
        let mut index = 77;
        let both = ObjectWaitFlags::DISPATCH_CALLS | ObjectWaitFlags::DISPATCH_WINDOW_MESSAGES;
        let most = Some(&handles[1..]);
        assert_eq!(co_wait_for_multiple_objects(both, AT_ONCE, most, Some(&mut index)), Ok(()));
        assert_eq!(std::mem::replace(&mut index, 77), 0);
        assert_eq!(code(co_wait_for_multiple_objects(both, AT_ONCE, Some(&handles), Some(&mut index))), E_INVALIDARG);
        assert_eq!(index, 0);
        assert_eq!(code(co_wait_for_multiple_objects(both, AT_ONCE, Some(&[]), Some(&mut index))), RPC_E_NO_SYNC);
        assert_eq!(co_wait_for_multiple_handles(DEFAULT, AT_ONCE, Some(&handles), Some(&mut index)), Ok(()));
    });
}

#[test]
fn syn_e7_a_signalled_handle_ends_the_wait_before_anything_is_dispatched() {
    every_machine(|world| {
        let queue = MessageQueue::current().unwrap();
        let handled = handled();
        queue.post(Kind::Dde, 1).unwrap();
        with_a_call_pending(world, &queue, |ran| {
            assert_eq!(wait(DEFAULT, &[Event::auto_reset(true).handle()]), (S_OK, 0));
            assert_eq!((ran.load(Ordering::SeqCst), handled.borrow().len(), queue.len()), (0, 0, 2));
            assert_eq!(pump_messages(), Ok(2));
            assert_eq!(ran.load(Ordering::SeqCst), 1);
        });
    });
}

#[test]
fn syn_e8_a_wait_that_times_out_has_dispatched_the_calls() {
    every_machine(|world| {
        let queue = MessageQueue::current().unwrap();
        let handled = handled();
        queue.post(Kind::Posted, 1).unwrap();
        with_a_call_pending(world, &queue, |ran| {
            assert_eq!(wait(DEFAULT, &unset()), PENDING);
            assert_eq!(ran.load(Ordering::SeqCst), 1);
        });
        assert_eq!(numbers(&queue), [1]);
        assert!(handled.borrow().is_empty());
    });
}

#[test]
fn syn_e9_dde_comes_before_sent_messages_and_posted_ones_stay() {
    every_bare_machine(
        |builder| builder,
        |world| {
            // The same division on a main STA and on another one.
            let _main = StaThread::start(world);
            for _ in 0..2 {
                let _apartment = Apartment::initialize(ApartmentThreaded).unwrap();
                let (queue, handled) = (MessageQueue::current().unwrap(), handled());
                let (posted, dde) = (Kind::Posted, Kind::Dde);
                for (kind, number) in [(posted, 0), (dde, 1), (posted, 2), (dde, 3)] {
                    queue.post(kind, number).unwrap();
                }
                thread::scope(|scope| {
                    let sends = queue.clone();
                    let sender = scope.spawn(move || {
                        let _bound = world.runtime.enter();
                        sends.send(4)
                    });
                    until(|| queue.len() == 5);
                    queue.post(Kind::Posted, 5).unwrap();
                    assert_eq!(wait(DEFAULT, &unset()), PENDING);
                    assert_eq!(sender.join().unwrap(), Ok(0));
                });
                assert_eq!(*handled.borrow(), [1, 3, 4]);
                // What stays counts as seen.
                assert!(!queue.has_new());
                assert_eq!(numbers(&queue), [0, 2, 5]);
                pump_messages().unwrap();
            }
        },
    );
}

#[test]
fn syn_e10_a_thread_without_sta_dispatches_nothing() {
    every_bare_machine(
        |builder| builder,
        |_| {
            let (queue, handled) = (MessageQueue::current().unwrap(), handled());
            let check = || {
                for (kind, number) in [(Kind::Dde, 1), (Kind::Paint, 2), (Kind::Posted, 3)] {
                    queue.post(kind, number).unwrap();
                }
                assert_eq!(wait(DEFAULT, &unset()), PENDING);
                assert_eq!(wait(WaitFlags::INPUT_AVAILABLE, &unset()), PENDING);
                assert_eq!(queue.len(), 3);
                assert!(handled.borrow().is_empty());
                assert_eq!(pump_messages(), Ok(3));
                assert_eq!(handled.take(), [1, 2, 3]);
            };
            check();
            let _apartment = Apartment::initialize(Multithreaded).unwrap();
            check();
        },
    );
}

/// SYN 6.9: inside a neutral call the thread waits as its own apartment does.
#[test]
fn a_wait_in_a_neutral_call_pumps_on_a_thread_of_an_sta() {
    every_machine(|world| {
        let queue = MessageQueue::current().unwrap();
        let neutral = ContextCallback::of_default(ApartmentType::Na).unwrap();
        with_a_call_pending(world, &queue, |ran| {
            let waits = || assert_eq!(wait(DEFAULT, &unset()), PENDING);
            assert_eq!(neutral.call(METHOD, waits), Ok(S_OK));
            assert_eq!(ran.load(Ordering::SeqCst), 1);
        });
    });
}

/// Counts what it is asked.
#[derive(Default)]
struct Counts {
    incoming: AtomicU32,
    pending: AtomicU32,
}

impl MessageFilter for Counts {
    fn handle_incoming_call(&self, _: IncomingCall) -> i32 {
        self.incoming.fetch_add(1, Ordering::SeqCst);
        0
    }

    fn message_pending(&self, _: u32, _: Duration, _: PendingType) -> i32 {
        self.pending.fetch_add(1, Ordering::SeqCst);
        2
    }
}

#[test]
fn syn_w52_a_filter_and_a_quit_do_not_keep_calls_out_of_a_wait() {
    every_machine(|world| {
        let (queue, filter) = (MessageQueue::current().unwrap(), Arc::new(Counts::default()));
        register_message_filter(Some(filter.clone())).unwrap();
        queue.post_quit().unwrap();
        with_a_call_pending(world, &queue, |ran| {
            assert_eq!(wait(DEFAULT, &unset()), PENDING);
            assert_eq!(ran.load(Ordering::SeqCst), 1);
        });
        assert_eq!(filter.incoming.load(Ordering::SeqCst), 1);
        assert_eq!(filter.pending.load(Ordering::SeqCst), 0);
        assert_eq!(message_loop(), Ok(()));
        assert!(queue.is_empty());
    });
}

#[test]
fn syn_w57_how_a_wait_ends() {
    everywhere(|_| {
        let (set, reset) = (Event::manual_reset(true), Event::manual_reset(false));
        let all = WaitFlags::WAIT_ALL;
        assert_eq!(wait(DEFAULT, &[reset.handle(), set.handle()]), (S_OK, 1));
        assert_eq!(wait(DEFAULT, &[reset.handle()]), PENDING);
        assert_eq!(wait(all, &[set.handle(), set.handle()]), (S_OK, 0));
        assert_eq!(wait(all, &[set.handle(), reset.handle()]), PENDING);
        // All or nothing is taken.
        let automatic = Event::auto_reset(true);
        assert_eq!(wait(all, &[automatic.handle(), reset.handle()]), PENDING);
        assert_eq!(wait(all, &[automatic.handle(), set.handle()]), (S_OK, 0));
        assert_eq!(wait(DEFAULT, &[automatic.handle()]), PENDING);
        // A queued procedure ends an alertable wait only, and after a signalled handle.
        let queue = MessageQueue::current().unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        for n in 0..2 {
            let order = order.clone();
            queue.queue_procedure(move || order.lock().unwrap().push(n)).unwrap();
        }
        queue.queue_procedure(|| panic!("contained")).unwrap();
        assert_eq!(wait(DEFAULT, &[reset.handle()]), PENDING);
        assert_eq!(wait(WaitFlags::ALERTABLE, &[set.handle()]), (S_OK, 0));
        assert!(order.lock().unwrap().is_empty());
        queue.post(Kind::Dde, 1).unwrap();
        assert_eq!(wait(WaitFlags::ALERTABLE, &[reset.handle()]), (S_OK, WAIT_IO_COMPLETION));
        assert_eq!(*order.lock().unwrap(), [0, 1]);
        assert_eq!(queue.len(), 1); // nothing was dispatched
        assert_eq!(wait(WaitFlags::ALERTABLE, &[reset.handle()]), PENDING);
        pump_messages().unwrap();
    });
}

#[test]
fn input_wakes_the_pump_and_never_ends_a_wait() {
    every_machine(|_| {
        let (queue, handled) = (MessageQueue::current().unwrap(), handled());
        queue.post(Kind::Posted, 1).unwrap();
        queue.post(Kind::Dde, 2).unwrap();
        assert_eq!(wait(WaitFlags::INPUT_AVAILABLE, &unset()), PENDING);
        assert_eq!(*handled.borrow(), [2]);
        assert_eq!(numbers(&queue), [1]);
    });
}

#[test]
fn syn_w58_each_wait_takes_the_first_semaphore_that_counts() {
    everywhere(|_| {
        let semaphores = [0; 2].map(|_| Semaphore::new(1, 1).unwrap());
        let handles = [semaphores[0].handle(), semaphores[1].handle()];
        assert_eq!([0; 3].map(|_| wait(DEFAULT, &handles)), [(S_OK, 0), (S_OK, 1), PENDING]);
    });
}

#[test]
fn syn_w59_a_dde_message_of_another_thread_is_dispatched_and_the_wait_times_out() {
    every_machine(|world| {
        let (queue, handled) = (MessageQueue::current().unwrap(), handled());
        elsewhere(world, || queue.post(Kind::Dde, 1).unwrap());
        assert_eq!(wait(DEFAULT, &unset()), PENDING);
        thread::scope(|scope| {
            let sends = queue.clone();
            let sender = scope.spawn(move || {
                let _bound = world.runtime.enter();
                sends.send_as(Kind::Dde, 2)
            });
            until(|| queue.len() == 1);
            assert_eq!(wait(DEFAULT, &unset()), PENDING);
            assert_eq!(sender.join().unwrap(), Ok(0));
        });
        assert_eq!(*handled.borrow(), [1, 2]);
    });
}

#[test]
fn syn_w60_a_message_that_was_peeked_is_still_dispatched() {
    every_machine(|_| {
        let (queue, handled) = (MessageQueue::current().unwrap(), handled());
        queue.post(Kind::Dde, 1).unwrap();
        assert!(queue.has_new());
        assert_eq!(numbers(&queue), [1]);
        assert!(!queue.has_new());
        assert_eq!(wait(DEFAULT, &unset()), PENDING);
        assert_eq!(*handled.borrow(), [1]);
    });
}

#[test]
fn syn_w61_without_an_sta_a_message_is_not_even_seen() {
    every_bare_machine(
        |builder| builder,
        |_| {
            let (queue, handled) = (MessageQueue::current().unwrap(), handled());
            let check = || {
                queue.post(Kind::Posted, 1).unwrap();
                assert_eq!(wait(DEFAULT, &unset()), PENDING);
                assert!(queue.has_new() && handled.borrow().is_empty());
                pump_messages().unwrap();
                assert_eq!(handled.take(), [1]);
            };
            check();
            let _apartment = Apartment::initialize(Multithreaded).unwrap();
            check();
        },
    );
}

/// SYN 6.10: ISynchronize of CLSID_ManualResetEvent.
#[test]
fn a_manual_reset_event_can_be_waited_for_again_and_again() {
    everywhere(|_| {
        let event = Event::manual_reset(false);
        assert_eq!(code(event.wait(DEFAULT, AT_ONCE)), RPC_S_CALLPENDING);
        event.set();
        assert_eq!([0; 2].map(|_| event.wait(DEFAULT, AT_ONCE)), [Ok(()), Ok(())]);
        event.reset();
        assert_eq!(code(event.wait(DEFAULT, AT_ONCE)), RPC_S_CALLPENDING);
    });
}

/// Waits end when the handle is set by another thread, by a call that the wait serves, or in time.
#[test]
fn a_wait_lasts_until_its_handle_is_set_or_its_time_is_over() {
    every_machine(|world| {
        for model in [None, Some(Multithreaded), Some(ApartmentThreaded)] {
            let (event, time) = (Event::auto_reset(false), Duration::from_millis(300));
            let waits = event.clone();
            let waiter = world.runtime.spawn(move || {
                let runtime = Runtime::current();
                let _apartment = model.map(|model| Apartment::initialize(model).unwrap());
                let first = waits.wait(DEFAULT, None);
                let start = runtime.now();
                let second = code(waits.wait(DEFAULT, Some(time)));
                (first, second, runtime.now() - start)
            });
            event.set();
            until(|| !event.handle().is_signalled());
            let (first, second, lasted) = if world.is_virtual() {
                // Moves on until it is over: the waiter may not have begun yet.
                until(|| {
                    world.runtime.advance(time).unwrap();
                    waiter.is_finished()
                });
                waiter.join().unwrap()
            } else {
                waiter.join().unwrap()
            };
            assert_eq!((first, second), (Ok(()), RPC_S_CALLPENDING), "{model:?}");
            assert!(lasted >= time, "{lasted:?}");
        }
        // A call that the wait serves sets it.
        let (event, queue) = (Event::auto_reset(false), MessageQueue::current().unwrap());
        let (door, sets) = (ContextCallback::current().unwrap(), event.clone());
        thread::scope(|scope| {
            scope.spawn(move || {
                let _bound = world.runtime.enter();
                let _apartment = Apartment::initialize(Multithreaded).unwrap();
                door.call(METHOD, move || sets.set()).unwrap();
            });
            assert_eq!(event.wait(DEFAULT, None), Ok(()));
        });
        assert!(queue.is_empty());
    });
}

/// Many threads, one semaphore: as many waits end as it was released.
#[test]
fn no_wait_takes_what_another_one_took() {
    every_bare_machine(
        |builder| builder,
        |world| {
            let semaphore = Semaphore::new(0, 100).unwrap();
            let taken = AtomicU32::new(0);
            thread::scope(|scope| {
                for n in 0..4 {
                    let (handles, taken) = ([Event::manual_reset(false).handle(), semaphore.handle()], &taken);
                    scope.spawn(move || {
                        let _bound = world.runtime.enter();
                        let model = if n % 2 == 0 { ApartmentThreaded } else { Multithreaded };
                        let _apartment = Apartment::initialize(model).unwrap();
                        for _ in 0..25 {
                            assert_eq!(wait_for_handles(DEFAULT, None, &handles), Ok(1));
                            taken.fetch_add(1, Ordering::SeqCst);
                        }
                    });
                }
                for _ in 0..100 {
                    semaphore.release(1).unwrap();
                }
            });
            assert_eq!(taken.load(Ordering::SeqCst), 100);
            assert!(!semaphore.handle().is_signalled());
        },
    );
}

/// The same story, on threads that take turns: an STA waits for what only a call into it can set.
#[test]
fn waits_take_turns_under_a_deterministic_schedule() {
    let run = |seed| {
        let log = Recorder::default();
        let runtime = Runtime::builder()
            .clock(complus::VirtualClock::new())
            .schedule(complus::Schedule::Deterministic(seed))
            .seed(seed)
            .observer(log.observer())
            .build()
            .unwrap();
        let (event, done) = (Event::auto_reset(false), Semaphore::new(0, 2).unwrap());
        let (home, begun) = (Arc::new(Mutex::new(None)), Event::manual_reset(false));
        let (waits, shows, begins) = (event.clone(), home.clone(), begun.clone());
        let sta = runtime.spawn(move || {
            let _apartment = Apartment::initialize(ApartmentThreaded).unwrap();
            *shows.lock().unwrap() = Some(ContextCallback::current().unwrap());
            begins.set();
            let ended = waits.wait(DEFAULT, None);
            (ended, code(waits.wait(DEFAULT, Some(Duration::from_secs(1)))))
        });
        let callers = [0; 2].map(|_| {
            let (home, begun, sets, done) = (home.clone(), begun.clone(), event.clone(), done.clone());
            runtime.spawn(move || {
                let _apartment = Apartment::initialize(Multithreaded).unwrap();
                begun.wait(DEFAULT, None).unwrap();
                let door = home.lock().unwrap().clone().unwrap();
                let result = door.call(METHOD, move || {
                    if done.release(1).unwrap() == 1 {
                        sets.set();
                    }
                });
                assert_eq!(result, Ok(S_OK));
            })
        });
        runtime.start();
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        until(|| {
            runtime.advance(Duration::from_secs(1)).unwrap();
            sta.is_finished()
        });
        assert_eq!(sta.join().unwrap(), (Ok(()), RPC_S_CALLPENDING));
        log.take_whats()
    };
    for seed in 0..20 {
        assert_eq!(run(seed), run(seed));
    }
}
