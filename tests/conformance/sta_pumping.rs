//! What an STA does with calls and messages while it waits, and how it fails (SYN 7).

use crate::{support::*, threads::*};
use complus::{
    Compat, ContextCallback, FailFast, MessageQueue,
    attribute::ApartmentType,
    com::{co_initialize, co_uninitialize},
    hresult::*,
    message_loop,
    prelude::*,
    pump_messages,
    rules::message::Message as Kind,
    set_window_procedure,
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc,
    },
    thread,
};

use ApartmentModel::{ApartmentThreaded, Multithreaded};

/// The number of this thread in its machine.
fn number() -> u32 {
    MessageQueue::current().unwrap().thread()
}

fn numbers(queue: &MessageQueue) -> Vec<u32> {
    queue.peek().iter().map(|message| message.number).collect()
}

#[test]
fn syn_e1_a_waiting_sta_serves_the_callback_of_its_callee() {
    every_machine(|world| {
        let other = StaThread::start(world);
        let (door, own) = (ContextCallback::current().unwrap(), number());
        let order = Arc::new(Mutex::new(Vec::new()));
        let (there, seen) = (order.clone(), order.clone());
        let method = move || {
            let back = there.clone();
            door.call(METHOD, move || back.lock().unwrap().push(("callback", number()))).unwrap();
            there.lock().unwrap().push(("method", number()));
            S_FALSE
        };
        assert_eq!(other.door.call(METHOD, method), Ok(S_FALSE));
        assert_eq!(*seen.lock().unwrap(), [("callback", own), ("method", other.queue.thread())]);
    });
}

#[test]
fn syn_e2_a_call_waits_until_its_sta_pumps_and_is_not_lost() {
    every_machine(|world| {
        let (door, queue) = (ContextCallback::current().unwrap(), MessageQueue::current().unwrap());
        let ran = Arc::new(AtomicBool::new(false));
        thread::scope(|scope| {
            let sets = ran.clone();
            let caller = scope.spawn(move || {
                let _bound = world.runtime.enter();
                let _apartment = Apartment::initialize(Multithreaded).unwrap();
                door.call(METHOD, move || {
                    sets.store(true, Ordering::SeqCst);
                    S_FALSE
                })
            });
            until(|| queue.len() == 1);
            // An ordinary wait serves nothing.
            elsewhere(world, || ());
            assert!(!ran.load(Ordering::SeqCst) && !caller.is_finished());
            assert_eq!(pump_messages(), Ok(1));
            assert_eq!(caller.join().unwrap(), Ok(S_FALSE));
        });
        assert!(ran.load(Ordering::SeqCst));
    });
}

#[test]
fn syn_e4_calls_run_in_the_order_of_their_arrival() {
    every_machine(|world| {
        let (door, queue) = (ContextCallback::current().unwrap(), MessageQueue::current().unwrap());
        let order = Arc::new(Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for n in 0..5 {
                let (door, order) = (door.clone(), order.clone());
                scope.spawn(move || {
                    let _bound = world.runtime.enter();
                    let _apartment = Apartment::initialize(Multithreaded).unwrap();
                    door.call(METHOD, move || order.lock().unwrap().push((n, number()))).unwrap();
                });
                until(|| queue.len() == n + 1);
            }
            assert_eq!(pump_messages(), Ok(5));
        });
        let own = number();
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4].map(|n| (n, own)));
    });
}

#[test]
fn syn_e11_a_pending_quit_neither_fails_a_call_nor_gets_lost() {
    every_machine(|world| {
        let (other, queue) = (StaThread::start(world), MessageQueue::current().unwrap());
        queue.post(Kind::Posted, 1).unwrap();
        queue.post_quit().unwrap();
        for _ in 0..2 {
            assert_eq!(other.door.call(METHOD, || S_FALSE), Ok(S_FALSE));
        }
        queue.post(Kind::Posted, 2).unwrap();
        assert_eq!(message_loop(), Ok(()));
        assert_eq!(numbers(&queue), [2]);
        assert_eq!(pump_messages(), Ok(1));
        assert!(queue.is_empty());
    });
}

#[test]
fn syn_e13_leaving_serves_the_calls_and_discards_the_rest() {
    every_bare_machine(
        |builder| builder,
        |world| {
            co_initialize(None).unwrap();
            let handled = Arc::new(AtomicU32::new(0));
            let counts = handled.clone();
            set_window_procedure(move |_| counts.fetch_add(1, Ordering::SeqCst) as isize).unwrap();
            let (door, queue) = (ContextCallback::current().unwrap(), MessageQueue::current().unwrap());
            let calls = Arc::new(AtomicU32::new(0));
            thread::scope(|scope| {
                queue.post(Kind::Posted, 1).unwrap();
                let callers: Vec<_> = (0..2)
                    .map(|n| {
                        let (door, calls) = (door.clone(), calls.clone());
                        let caller = scope.spawn(move || {
                            let _bound = world.runtime.enter();
                            let _apartment = Apartment::initialize(Multithreaded).unwrap();
                            door.call(METHOD, move || HResult(calls.fetch_add(1, Ordering::SeqCst) as i32))
                        });
                        until(|| queue.len() == n + 2);
                        caller
                    })
                    .collect();
                queue.post(Kind::Dde, 2).unwrap();
                queue.post_quit().unwrap();
                let sends = queue.clone();
                let sender = scope.spawn(move || {
                    let _bound = world.runtime.enter();
                    sends.send(3)
                });
                until(|| queue.len() == 6);
                co_uninitialize();
                let answers: Vec<_> = callers.into_iter().map(|caller| caller.join().unwrap()).collect();
                assert_eq!(answers, [Ok(HResult(0)), Ok(HResult(1))]);
                assert_eq!(code(sender.join().unwrap()), RPC_E_DISCONNECTED);
            });
            // The quit is not lost: the thread's own loop gets it.
            assert_eq!(queue.len(), 1);
            assert_eq!(message_loop(), Ok(()));
            assert!(queue.is_empty());
            assert_eq!(handled.load(Ordering::SeqCst), 0);
            elsewhere_in(world, Multithreaded, || assert_eq!(code(door.call(METHOD, || ())), RPC_E_DISCONNECTED));
        },
    );
}

/// SYN 6.2, 7.6: the thread ends, its apartment as if it had been left.
#[test]
fn a_thread_that_ends_leaves_its_apartment() {
    every_bare_machine(
        |builder| builder,
        |world| {
            let _apartment = Apartment::initialize(Multithreaded).unwrap();
            let (door, queue) = elsewhere(world, || {
                co_initialize(None).unwrap();
                co_initialize(None).unwrap();
                (ContextCallback::current().unwrap(), MessageQueue::current().unwrap())
            });
            assert_eq!(code(door.call(METHOD, || ())), RPC_E_DISCONNECTED);
            assert_eq!(code(queue.post(Kind::Posted, 1)), RPC_E_DISCONNECTED);
            assert_eq!(code(queue.send(1)), RPC_E_DISCONNECTED);
            assert_eq!(code(queue.queue_procedure(|| ())), RPC_E_DISCONNECTED);
            // The role of the main STA is free again.
            let (kind, _) = elsewhere_in(world, ApartmentThreaded, || complus::apartment_type().unwrap());
            assert_eq!(kind, ApartmentType::MainSta);
        },
    );
}

/// The same on a thread that nobody bound and nobody unbinds: what is queued is served as the thread ends.
#[test]
fn calls_that_are_queued_when_a_thread_ends_are_served() {
    let _kept = complus::MtaUsage::keep().unwrap();
    let (tell, hear) = mpsc::channel();
    let (end, may_end) = mpsc::channel::<()>();
    let sta = thread::spawn(move || {
        co_initialize(None).unwrap();
        tell.send((ContextCallback::current().unwrap(), MessageQueue::current().unwrap())).unwrap();
        let _ = may_end.recv();
    });
    let (door, queue) = hear.recv().unwrap();
    let own = queue.thread();
    let calls = door.clone();
    let caller = thread::spawn(move || calls.call(METHOD, move || HResult(i32::from(number() == own))));
    until(|| queue.len() == 1);
    drop(end);
    sta.join().unwrap();
    assert_eq!(caller.join().unwrap(), Ok(HResult(1)));
    assert_eq!(code(door.call(METHOD, || ())), RPC_E_DISCONNECTED);
    assert_eq!(code(queue.post(Kind::Posted, 1)), RPC_E_DISCONNECTED);
}

/// SYN 7.6, second and third row.
#[test]
fn an_apartment_that_ends_under_a_call_has_died() {
    every_machine(|world| {
        let (tell, hear) = mpsc::channel();
        let runtime = world.runtime.clone();
        let callee = thread::spawn(move || {
            let _bound = runtime.enter();
            co_initialize(None).unwrap();
            tell.send(ContextCallback::current().unwrap()).unwrap();
            message_loop().unwrap();
        });
        let door = hear.recv().unwrap();
        let ends = || {
            co_uninitialize();
            MessageQueue::current().unwrap().post_quit().unwrap();
        };
        assert_eq!(code(door.call(METHOD, ends)), RPC_E_SERVER_DIED);
        assert_eq!(code(door.call(METHOD, || ())), RPC_E_DISCONNECTED);
        callee.join().unwrap();
        // The same on the caller's own thread.
        elsewhere(world, || {
            co_initialize(None).unwrap();
            let door = ContextCallback::current().unwrap();
            assert_eq!(code(door.call(METHOD, co_uninitialize)), RPC_E_SERVER_DIED);
            assert_eq!(code(complus::context_token()), CO_E_NOTINITIALIZED);
            co_initialize(None).unwrap();
            assert!(complus::context_token().is_ok());
        });
    });
}

/// SYN 7.6: a panicking callee; the failfast policy decides what else happens.
#[test]
fn a_callee_that_panics_is_a_server_fault() {
    for failfast in [FailFast::Contain, FailFast::KillInstance] {
        every_bare_machine(
            |builder| builder.compat(Compat { failfast, ..Compat::default() }),
            |world| {
                let _kept = complus::MtaUsage::keep().unwrap();
                let _apartment = Apartment::initialize(ApartmentThreaded).unwrap();
                let mta = ContextCallback::of_default(ApartmentType::Mta).unwrap();
                assert_eq!(code(mta.call(METHOD, || -> HResult { panic!("in the callee") })), RPC_E_SERVERFAULT);
                let lives = failfast == FailFast::Contain;
                assert_eq!(mta.call(METHOD, || ()).is_ok(), lives);
                assert_eq!(world.runtime.is_alive(), lives);
            },
        );
    }
}

/// SYN 7.6: whoever waits in a process that is killed, and whoever calls later.
#[test]
fn a_killed_process_is_disconnected() {
    every_bare_machine(
        |builder| builder,
        |world| {
            let process = world.runtime.start_process();
            let _apartment = Apartment::initialize(Multithreaded).unwrap();
            let (tell, hear) = mpsc::channel();
            thread::scope(|scope| {
                let served = process.clone();
                scope.spawn(move || {
                    let _bound = served.enter();
                    let _apartment = Apartment::initialize(ApartmentThreaded).unwrap();
                    tell.send((ContextCallback::current().unwrap(), MessageQueue::current().unwrap())).unwrap();
                    assert_eq!(code(message_loop()), RPC_E_DISCONNECTED);
                });
                let (door, _queue) = hear.recv().unwrap();
                let kills = process.clone();
                assert_eq!(code(door.call(METHOD, move || kills.kill())), RPC_E_DISCONNECTED);
                assert_eq!(code(door.call(METHOD, || ())), RPC_E_DISCONNECTED);
            });
        },
    );
}

#[test]
fn syn_w53_a_message_that_the_callee_sends_to_its_waiting_caller_is_processed() {
    every_machine(|world| {
        let (other, queue) = (StaThread::start(world), MessageQueue::current().unwrap());
        set_window_procedure(|message| message.number as isize + 1).unwrap();
        let (told, hears) = mpsc::channel();
        other.door.call(METHOD, move || told.send(queue.send(41)).unwrap()).unwrap();
        assert_eq!(hears.recv().unwrap(), Ok(42));
    });
}

#[test]
fn syn_w54_handling_such_a_message_the_caller_may_not_call() {
    every_machine(|world| {
        let (other, queue) = (StaThread::start(world), MessageQueue::current().unwrap());
        let (told, hears) = mpsc::channel();
        let door = other.door.clone();
        set_window_procedure(move |_| {
            told.send(code(door.call(METHOD, || -> HResult { panic!("not called") }))).unwrap();
            7
        })
        .unwrap();
        let sends = queue.clone();
        let method = move || HResult(sends.send(1).unwrap() as i32);
        assert_eq!(other.door.call(METHOD, method), Ok(HResult(7)));
        assert_eq!(hears.recv().unwrap(), RPC_E_CANTCALLOUT_ININPUTSYNCCALL);
    });
}

/// SYN 7.5: without a call outstanding it may, unless the message comes from another process and the call is posted.
#[test]
fn what_handles_a_sent_message_may_call_when_nothing_is_outstanding() {
    every_machine(|world| {
        let (other, queue) = (StaThread::start(world), MessageQueue::current().unwrap());
        let door = other.door.clone();
        let _kept = complus::MtaUsage::keep().unwrap();
        let mta = ContextCallback::of_default(ApartmentType::Mta).unwrap();
        let calls = move |door: &ContextCallback| match door.call(METHOD, || S_OK) {
            Ok(result) => result,
            Err(error) => error.hresult(),
        };
        set_window_procedure(move |message| {
            let result = calls(if message.number == 1 { &door } else { &mta });
            result.0 as isize
        })
        .unwrap();
        let process = world.runtime.start_process();
        for (foreign, number, expected) in
            [(false, 1, S_OK), (true, 1, RPC_E_CANTPOST_INSENDCALL), (true, 2, S_OK), (false, 2, S_OK)]
        {
            thread::scope(|scope| {
                let (sends, process) = (queue.clone(), process.clone());
                let sender = scope.spawn(move || {
                    let _bound = if foreign { process.enter() } else { world.runtime.enter() };
                    sends.send(number).unwrap() as i32
                });
                until(|| queue.len() == 1);
                assert_eq!(pump_messages(), Ok(1));
                assert_eq!(HResult(sender.join().unwrap()), expected, "foreign: {foreign}, message {number}");
            });
        }
    });
}

#[test]
fn syn_w55_a_quit_posted_before_a_call_ends_the_loop_after_it() {
    every_machine(|world| {
        let (other, queue) = (StaThread::start(world), MessageQueue::current().unwrap());
        queue.post_quit().unwrap();
        assert_eq!(other.door.call(METHOD, || S_OK), Ok(S_OK));
        assert_eq!(numbers(&queue), [0]);
        assert_eq!(message_loop(), Ok(()));
        assert!(queue.is_empty());
    });
}

/// SYN 7.4: completion is last in, first out.
#[test]
fn a_reply_is_noticed_when_the_calls_above_have_returned() {
    every_machine(|world| {
        let other = StaThread::start(world);
        let (door, queue) = (ContextCallback::current().unwrap(), MessageQueue::current().unwrap());
        let order = Arc::new(Mutex::new(Vec::new()));
        thread::scope(|scope| {
            let (there, nested_order) = (order.clone(), order.clone());
            let (replied, reply) = mpsc::channel::<()>();
            let nested_door = door.clone();
            let (posted, is_posted) = mpsc::channel();
            scope.spawn(move || {
                let _bound = world.runtime.enter();
                let _apartment = Apartment::initialize(Multithreaded).unwrap();
                let nested = move || {
                    posted.send(()).unwrap();
                    let _ = reply.recv(); // the callee of the call beneath is about to return
                    nested_order.lock().unwrap().push("nested");
                };
                nested_door.call(METHOD, nested).unwrap();
            });
            until(|| queue.len() == 1);
            let method = move || {
                is_posted.recv().unwrap();
                there.lock().unwrap().push("method");
                drop(replied);
            };
            other.door.call(METHOD, method).unwrap();
            order.lock().unwrap().push("returned");
        });
        assert_eq!(*order.lock().unwrap(), ["method", "nested", "returned"]);
    });
}
