//! Message filters on both sides of a call (SYN 8).

use crate::{support::*, threads::*};
use complus::{
    CallType, ContextCallback, IncomingCall, MessageFilter, MessageQueue, PendingMessage, PendingType, ServerCall,
    attribute::ApartmentType, com::co_register_message_filter, hresult::*, prelude::*, pump_messages,
    register_message_filter, rules::message::Message as Kind, set_window_procedure,
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use ApartmentModel::{ApartmentThreaded, Multithreaded};

/// A filter that answers from lists, and keeps what it is told.
#[derive(Default)]
struct Filter {
    /// What it answers to incoming calls, last first; when there is no more, it accepts.
    incoming: Mutex<Vec<ServerCall>>,
    calls: Mutex<Vec<(CallType, u32)>>,
    /// What it answers to refusals; without it, -1.
    retry: Option<u32>,
    refusals: Mutex<Vec<(u32, Duration, ServerCall)>>,
    /// What it answers to window messages; without it, PENDINGMSG_WAITDEFPROCESS.
    pending: Option<PendingMessage>,
    messages: Mutex<Vec<(u32, PendingType)>>,
}

impl Filter {
    fn that_answers(answers: &[ServerCall]) -> Arc<Self> {
        Arc::new(Self { incoming: Mutex::new(answers.iter().rev().copied().collect()), ..Self::default() })
    }

    fn that_retries(answer: u32) -> Arc<Self> {
        Arc::new(Self { retry: Some(answer), ..Self::default() })
    }

    fn that_lets_wait(answer: PendingMessage) -> Arc<Self> {
        Arc::new(Self { pending: Some(answer), ..Self::default() })
    }

    fn call_types(&self) -> Vec<CallType> {
        self.calls.lock().unwrap().iter().map(|(call_type, _)| *call_type).collect()
    }

    fn pending_types(&self) -> Vec<PendingType> {
        self.messages.lock().unwrap().iter().map(|(_, pending)| *pending).collect()
    }
}

impl MessageFilter for Filter {
    fn handle_incoming_call(&self, call: IncomingCall) -> i32 {
        assert_eq!(call.method, METHOD);
        self.calls.lock().unwrap().push((call.call_type, call.caller));
        self.incoming.lock().unwrap().pop().map_or(0, ServerCall::value)
    }

    fn retry_rejected_call(&self, callee: u32, elapsed: Duration, refusal: ServerCall) -> u32 {
        self.refusals.lock().unwrap().push((callee, elapsed, refusal));
        self.retry.unwrap_or(u32::MAX)
    }

    fn message_pending(&self, callee: u32, _: Duration, pending: PendingType) -> i32 {
        self.messages.lock().unwrap().push((callee, pending));
        self.pending.unwrap_or(PendingMessage::WaitDefProcess).value()
    }
}

/// An STA with a filter.
fn filtered(world: &World, filter: &Arc<Filter>) -> StaThread {
    let filter = filter.clone();
    StaThread::start_with(world, move || {
        register_message_filter(Some(filter)).unwrap();
    })
}

/// Registers a filter for this thread.
fn register(filter: &Arc<Filter>) {
    register_message_filter(Some(filter.clone())).unwrap();
}

/// A method that must not run.
fn never() -> HResult {
    panic!("the call was let in")
}

fn numbers(queue: &MessageQueue) -> Vec<u32> {
    queue.peek().iter().map(|message| message.number).collect()
}

const REJECTED: ServerCall = ServerCall::Rejected;
const RETRY_LATER: ServerCall = ServerCall::RetryLater;
const NOBODY: Option<Arc<dyn MessageFilter>> = None;

#[test]
fn syn_f1_only_an_sta_has_a_filter() {
    every_bare_machine(
        |builder| builder,
        |world| {
            let filter: Arc<dyn MessageFilter> = Arc::new(Filter::default());
            assert_eq!(code(co_register_message_filter(Some(filter.clone()), None)), CO_E_NOT_SUPPORTED);
            elsewhere_in(world, Multithreaded, || {
                let refused = || code(co_register_message_filter(Some(filter.clone()), None));
                assert_eq!(refused(), CO_E_NOT_SUPPORTED);
                assert_eq!(elsewhere(world, refused), CO_E_NOT_SUPPORTED);
            });
            {
                let _apartment = Apartment::initialize(ApartmentThreaded).unwrap();
                let mut previous = NOBODY;
                co_register_message_filter(Some(filter.clone()), Some(&mut previous)).unwrap();
                assert!(previous.is_none());
                assert_eq!(Arc::strong_count(&filter), 2);
                co_register_message_filter(Some(Arc::new(Filter::default())), Some(&mut previous)).unwrap();
                assert!(previous.is_some_and(|previous| Arc::ptr_eq(&previous, &filter)));
            }
            // It goes with its apartment (SYN 6.2).
            let _apartment = Apartment::initialize(ApartmentThreaded).unwrap();
            assert!(register_message_filter(None).unwrap().is_none());
        },
    );
}

#[test]
fn syn_f2_a_rejected_call_does_not_run() {
    every_machine(|world| {
        let callee = filtered(world, &Filter::that_answers(&[REJECTED]));
        assert_eq!(code(callee.door.call(METHOD, never)), RPC_E_CALL_REJECTED);
        assert_eq!(callee.door.call(METHOD, || S_FALSE), Ok(S_FALSE));
    });
}

#[test]
fn syn_f3_retry_later_without_a_filter_is_told_to_the_caller() {
    every_bare_machine(
        |builder| builder,
        |world| {
            for model in [ApartmentThreaded, Multithreaded] {
                let _apartment = Apartment::initialize(model).unwrap();
                let callee = filtered(world, &Filter::that_answers(&[RETRY_LATER]));
                assert_eq!(code(callee.door.call(METHOD, never)), RPC_E_SERVERCALL_RETRYLATER);
            }
        },
    );
}

#[test]
fn syn_f4_a_call_is_made_again_at_once() {
    every_machine(|world| {
        let (here, there) = (Filter::that_retries(99), Filter::that_answers(&[RETRY_LATER, REJECTED, RETRY_LATER]));
        let callee = filtered(world, &there);
        register(&here);
        assert_eq!(callee.door.call(METHOD, || S_FALSE), Ok(S_FALSE));
        let told: Vec<_> = here.refusals.lock().unwrap().iter().map(|(thread, _, it)| (*thread, *it)).collect();
        let thread = callee.queue.thread();
        assert_eq!(told, [(thread, RETRY_LATER), (thread, REJECTED), (thread, RETRY_LATER)]);
        let caller = MessageQueue::current().unwrap().thread();
        assert_eq!(*there.calls.lock().unwrap(), [(CallType::TopLevel, caller); 4]);
    });
}

/// SYN 8.2, third row: the caller pumps while it waits, and then makes the call again.
#[test]
fn a_call_is_made_again_after_the_time_that_the_filter_says() {
    every_bare_machine(
        |builder| builder,
        |world| {
            let pause = Duration::from_millis(150);
            let there = Filter::that_answers(&[RETRY_LATER, REJECTED]);
            let _apartment = Apartment::initialize(Multithreaded).unwrap();
            let callee = filtered(world, &there);
            let (here, door) = (Filter::that_retries(150), callee.door.clone());
            let filter = here.clone();
            let (tell, hear) = mpsc::channel();
            let caller = world.runtime.spawn(move || {
                let _apartment = Apartment::initialize(ApartmentThreaded).unwrap();
                register(&filter);
                set_window_procedure(|message| message.number as isize).unwrap();
                tell.send((MessageQueue::current().unwrap(), ContextCallback::current().unwrap())).unwrap();
                let start = Runtime::current().now();
                let result = door.call(METHOD, || S_FALSE);
                (result, Runtime::current().now() - start)
            });
            let (queue, back) = hear.recv().unwrap();
            for n in 1..=2 {
                until(|| here.refusals.lock().unwrap().len() == n);
                if world.is_virtual() {
                    // Time stands still: these are served in the pause.
                    assert_eq!(queue.send(7), Ok(7));
                    assert_eq!(back.call(METHOD, || S_FALSE), Ok(S_FALSE));
                    assert_eq!(there.calls.lock().unwrap().len(), n);
                    world.runtime.advance(pause - Duration::from_millis(1)).unwrap();
                    assert_eq!(there.calls.lock().unwrap().len(), n);
                    world.runtime.advance(Duration::from_millis(1)).unwrap();
                }
            }
            let (result, lasted) = caller.join().unwrap();
            assert_eq!(result, Ok(S_FALSE));
            assert!(lasted >= 2 * pause, "{lasted:?}");
            let refusals = here.refusals.lock().unwrap();
            assert_eq!(refusals.iter().map(|(_, _, it)| *it).collect::<Vec<_>>(), [RETRY_LATER, REJECTED]);
            assert!(refusals[1].1 >= pause);
            if world.is_virtual() {
                assert_eq!([refusals[0].1, refusals[1].1, lasted], [Duration::ZERO, pause, 2 * pause]);
                // The calls that came in the pause found another one pending.
                assert_eq!(here.call_types(), [CallType::TopLevelCallPending; 2]);
            }
        },
    );
}

#[test]
fn syn_f6_a_filter_may_give_the_call_up() {
    every_machine(|world| {
        for refusal in [REJECTED, RETRY_LATER] {
            let (here, there) = (Filter::that_retries(u32::MAX), Filter::that_answers(&[refusal]));
            let callee = filtered(world, &there);
            register(&here);
            assert_eq!(code(callee.door.call(METHOD, never)), RPC_E_CALL_REJECTED);
            assert_eq!((here.refusals.lock().unwrap().len(), there.calls.lock().unwrap().len()), (1, 1));
        }
    });
}

#[test]
fn syn_f8_a_filter_is_asked_about_window_messages_during_a_call() {
    every_machine(|world| {
        let (callee, queue) = (StaThread::start(world), MessageQueue::current().unwrap());
        // A user message arrives, and a call, which it is not asked about.
        let here = Arc::new(Filter::default());
        register(&here);
        let (own, door) = (callee.queue.thread(), ContextCallback::current().unwrap());
        let during = |filter: &Arc<Filter>| {
            let (filter, queue, door) = (filter.clone(), queue.clone(), door.clone());
            move || {
                let before = filter.messages.lock().unwrap().len();
                door.call(METHOD, || ()).unwrap();
                assert_eq!(filter.messages.lock().unwrap().len(), before);
                queue.post(Kind::Posted, 1).unwrap();
                until(|| filter.messages.lock().unwrap().len() > before);
            }
        };
        assert_eq!(callee.door.call(METHOD, during(&here)), Ok(S_OK));
        assert_eq!(*here.messages.lock().unwrap(), [(own, PendingType::TopLevel)]);
        assert_eq!(numbers(&queue), [1]);
        // What it was told of it is not told again.
        assert_eq!(callee.door.call(METHOD, || ()), Ok(S_OK));
        assert_eq!(here.pending_types(), [PendingType::TopLevel]);
        // A call that is made in a call is nested.
        let (out, method) = (callee.door.clone(), during(&here));
        let nested = move || out.call(METHOD, method).unwrap();
        thread::scope(|scope| {
            let (door, before) = (door.clone(), queue.len());
            scope.spawn(move || {
                let _bound = world.runtime.enter();
                let _apartment = Apartment::initialize(Multithreaded).unwrap();
                assert_eq!(door.call(METHOD, nested), Ok(S_OK));
            });
            until(|| queue.len() == before + 1);
            assert_eq!(pump_messages(), Ok(2));
        });
        assert_eq!(here.pending_types(), [PendingType::TopLevel, PendingType::Nested]);
        // The call is given up, and its callee goes on.
        register(&Filter::that_lets_wait(PendingMessage::CancelCall));
        let (finish, may_finish) = mpsc::channel();
        let (tell, hear) = mpsc::channel();
        let posts = queue.clone();
        let method = move || {
            posts.post(Kind::Posted, 2).unwrap();
            may_finish.recv().unwrap();
            tell.send("finished").unwrap();
        };
        assert_eq!(code(callee.door.call(METHOD, method)), RPC_E_CALL_CANCELED);
        finish.send(()).unwrap();
        assert_eq!(hear.recv().unwrap(), "finished");
        // The message that did it stays, and cancels nothing else.
        assert_eq!(numbers(&queue), [1, 2]);
        assert_eq!(callee.door.call(METHOD, || S_FALSE), Ok(S_FALSE));
    });
}

/// Y-28, and the default without a filter.
#[test]
fn what_a_filter_answers_decides_what_is_dispatched_during_a_call() {
    let kinds = [Kind::Posted, Kind::Dde, Kind::Paint, Kind::Sent];
    let rows: [(Option<PendingMessage>, &[u32]); 3] = [
        (Some(PendingMessage::WaitNoProcess), &[]),
        (Some(PendingMessage::WaitDefProcess), &[2, 3]),
        (None, &[1, 2, 3]),
    ];
    every_machine(|world| {
        for (answer, expected) in rows {
            let (callee, queue) = (StaThread::start(world), MessageQueue::current().unwrap());
            let (tell, hear) = mpsc::channel();
            set_window_procedure(move |message| tell.send(message.number).map_or(0, |()| 0)).unwrap();
            let filter = answer.map(Filter::that_lets_wait);
            register_message_filter(filter.clone().map(|filter| filter as Arc<dyn MessageFilter>)).unwrap();
            for (number, kind) in (0..).zip(kinds) {
                queue.post(kind, number).unwrap();
            }
            let asked = filter.clone();
            let is_asked = move || asked.as_ref().is_none_or(|filter| filter.messages.lock().unwrap().len() == 4);
            callee.door.call(METHOD, move || until(is_asked)).unwrap();
            if let Some(filter) = &filter {
                assert_eq!(filter.pending_types(), [PendingType::TopLevel; 4]);
            }
            let left: Vec<u32> = (0..4).filter(|number| !expected.contains(number)).collect();
            pump_all_dispatched(&callee, &queue, &left);
            assert_eq!(hear.try_iter().collect::<Vec<_>>(), expected, "{answer:?}");
            assert_eq!(numbers(&queue), left);
            pump_messages().unwrap();
            assert_eq!(hear.try_iter().collect::<Vec<_>>(), left);
        }
    });
}

/// Makes calls until the waits for their replies have dispatched everything but `left`.
fn pump_all_dispatched(callee: &StaThread, queue: &MessageQueue, left: &[u32]) {
    until(|| {
        callee.door.call(METHOD, || ()).unwrap();
        queue.len() == left.len()
    });
}

#[test]
fn syn_f9_a_filter_may_not_call() {
    struct CallsOut(ContextCallback, Mutex<Vec<HResult>>);
    impl CallsOut {
        fn call(&self) -> i32 {
            self.1.lock().unwrap().push(code(self.0.call(METHOD, never)));
            0
        }
    }
    impl MessageFilter for CallsOut {
        fn handle_incoming_call(&self, _: IncomingCall) -> i32 {
            self.call()
        }

        fn retry_rejected_call(&self, _: u32, _: Duration, _: ServerCall) -> u32 {
            self.call() as u32
        }

        fn message_pending(&self, _: u32, _: Duration, _: PendingType) -> i32 {
            self.call() + 1
        }
    }
    every_machine(|world| {
        let callee = filtered(world, &Filter::that_answers(&[RETRY_LATER]));
        let other = StaThread::start(world);
        let filter = Arc::new(CallsOut(other.door.clone(), Mutex::default()));
        register_message_filter(Some(filter.clone())).unwrap();
        MessageQueue::current().unwrap().post(Kind::Posted, 1).unwrap();
        let back = ContextCallback::current().unwrap();
        callee.door.call(METHOD, move || back.call(METHOD, || ()).unwrap()).unwrap();
        assert_eq!(*filter.1.lock().unwrap(), [RPC_E_CANTCALLOUT_INEXTERNALCALL; 3]);
    });
}

#[test]
fn syn_w47_no_filter_outside_an_sta_and_the_place_is_untouched() {
    every_bare_machine(
        |builder| builder,
        |_| {
            let kept: Arc<dyn MessageFilter> = Arc::new(Filter::default());
            let mut previous = Some(kept.clone());
            assert_eq!(code(co_register_message_filter(None, Some(&mut previous))), CO_E_NOT_SUPPORTED);
            let _apartment = Apartment::initialize(Multithreaded).unwrap();
            assert_eq!(code(co_register_message_filter(None, Some(&mut previous))), CO_E_NOT_SUPPORTED);
            assert!(previous.is_some_and(|previous| Arc::ptr_eq(&previous, &kept)));
        },
    );
}

#[test]
fn syn_w48_an_sta_begins_without_a_filter() {
    every_machine(|_| {
        let mut previous: Option<Arc<dyn MessageFilter>> = Some(Arc::new(Filter::default()));
        assert_eq!(co_register_message_filter(None, Some(&mut previous)), Ok(()));
        assert!(previous.is_none());
    });
}

#[test]
fn syn_w49_a_filter_is_registered_and_revoked() {
    every_machine(|_| {
        let filter: Arc<dyn MessageFilter> = Arc::new(Filter::default());
        let mut previous = NOBODY;
        assert_eq!(co_register_message_filter(Some(filter.clone()), Some(&mut previous)), Ok(()));
        assert!(previous.is_none());
        assert_eq!(co_register_message_filter(None, None), Ok(()));
        assert_eq!(Arc::strong_count(&filter), 1);
    });
}

#[test]
fn syn_w50_a_rejection_without_a_callers_filter() {
    every_machine(|world| {
        let callee = filtered(world, &Filter::that_answers(&[REJECTED]));
        assert_eq!(code(callee.door.call(METHOD, never)), RPC_E_CALL_REJECTED);
    });
}

#[test]
fn syn_w51_a_call_that_is_retried_succeeds() {
    every_machine(|world| {
        let callee = filtered(world, &Filter::that_answers(&[RETRY_LATER, ServerCall::IsHandled]));
        register(&Filter::that_retries(0));
        assert_eq!(callee.door.call(METHOD, || S_OK), Ok(S_OK));
    });
}

/// SYN 8.1: the call type, row by row; refusals of nested, asynchronous and input-synchronised calls do not count.
#[test]
fn what_a_filter_is_told_of_incoming_calls() {
    every_machine(|world| {
        let there = Filter::that_answers(&[REJECTED; 9]);
        let (callee, other) = (filtered(world, &there), StaThread::start(world));
        let ran = Arc::new(AtomicU32::new(0));
        let count = || {
            let ran = ran.clone();
            move || {
                ran.fetch_add(1, Ordering::SeqCst);
            }
        };
        // The callee waits for nothing.
        callee.door.notify(METHOD, count()).unwrap();
        assert_eq!(callee.door.call_input_synchronized(METHOD, count()), Ok(S_OK));
        assert_eq!(code(callee.door.call(METHOD, never)), RPC_E_CALL_REJECTED);
        assert_eq!(ran.load(Ordering::SeqCst), 2);
        assert_eq!(there.call_types(), [CallType::Async, CallType::TopLevel, CallType::TopLevel]);
        there.calls.lock().unwrap().clear();
        // It waits for a call of its own, which calls it back; another thread calls meanwhile.
        there.incoming.lock().unwrap().push(ServerCall::IsHandled);
        let (back, out) = (callee.door.clone(), other.door.clone());
        let (begun, is_begun) = mpsc::channel();
        let (end, may_end) = mpsc::channel::<()>();
        let nested = count();
        let pending = move || {
            let method = move || {
                assert_eq!(back.call(METHOD, nested), Ok(S_OK));
                begun.send(()).unwrap();
                let _ = may_end.recv();
            };
            out.call(METHOD, method).unwrap()
        };
        let door = callee.door.clone();
        thread::scope(|scope| {
            let runtime = world.runtime.clone();
            scope.spawn(move || {
                let _bound = runtime.enter();
                let _apartment = Apartment::initialize(ApartmentThreaded).unwrap();
                assert_eq!(door.call(METHOD, pending), Ok(S_OK));
            });
            is_begun.recv().unwrap();
            callee.door.notify(METHOD, count()).unwrap();
            assert_eq!(code(callee.door.call(METHOD, never)), RPC_E_CALL_REJECTED);
            assert_eq!(callee.door.call_input_synchronized(METHOD, count()), Ok(S_OK));
            drop(end);
        });
        assert_eq!(ran.load(Ordering::SeqCst), 5);
        let pending = CallType::TopLevelCallPending;
        assert_eq!(
            there.call_types(),
            [CallType::TopLevel, CallType::Nested, CallType::AsyncCallPending, pending, pending]
        );
    });
}

/// SYN 7.5: what calls of each sort may do, and 7.1: who can make them.
#[test]
fn asynchronous_and_input_synchronized_calls_may_call_nobody() {
    every_machine(|world| {
        let (callee, other) = (StaThread::start(world), StaThread::start(world));
        let (tell, hear) = mpsc::channel();
        let calls_out = || {
            let (door, tell) = (other.door.clone(), tell.clone());
            move || tell.send(code(door.call(METHOD, never))).unwrap()
        };
        callee.door.notify(METHOD, calls_out()).unwrap();
        assert_eq!(hear.recv().unwrap(), RPC_E_CANTCALLOUT_INASYNCCALL);
        callee.door.call_input_synchronized(METHOD, calls_out()).unwrap();
        assert_eq!(hear.recv().unwrap(), RPC_E_CANTCALLOUT_ININPUTSYNCCALL);
        // Of the MTA, the one becomes synchronous, and the other cannot be made.
        let (door, ran) = (callee.door.clone(), Arc::new(AtomicU32::new(0)));
        let (out, counts) = (other.door.clone(), ran.clone());
        elsewhere_in(world, Multithreaded, move || {
            let calls = move || {
                out.call(METHOD, || ()).unwrap();
                counts.fetch_add(1, Ordering::SeqCst);
            };
            door.notify(METHOD, calls).unwrap();
            assert_eq!(code(door.call_input_synchronized(METHOD, never)), RPC_E_CANTCALLOUT_ININPUTSYNCCALL);
        });
        assert_eq!(ran.load(Ordering::SeqCst), 1);
    });
}

/// A filter belongs to an STA: calls into the MTA ask nobody.
#[test]
fn nobody_filters_calls_into_the_mta() {
    every_machine(|_| {
        let _kept = complus::MtaUsage::keep().unwrap();
        let here = Filter::that_answers(&[REJECTED]);
        register(&here);
        let mta = ContextCallback::of_default(ApartmentType::Mta).unwrap();
        assert_eq!(mta.call(METHOD, || S_FALSE), Ok(S_FALSE));
        assert!(here.calls.lock().unwrap().is_empty());
    });
}
