//! Whoever waits when a process dies is let go, with RPC_E_DISCONNECTED or with an answer that came in time, however it
//! waits and whatever kills (SYN 7.6, SEC D.8).

use super::{SCHEDULES, enter, in_mta, machine, support::*};
use complus_core::{
    attribute::{ApartmentModel, Binding, SynchronizationConfig},
    hresult::{HResult, RPC_E_DISCONNECTED, RPC_E_SERVERFAULT, S_OK},
};
use complus_runtime::{
    Activity, Apartment, ContextCallback, MessageQueue, Method, Runtime, ServiceConfig, message_loop, pump_messages,
};
use complus_sync::{
    Arc, Mutex,
    thread::{self, JoinHandle},
};
use uuid::Uuid;

const METHOD: Method = Method { interface: Uuid::from_u128(0x5151), number: 5 };

/// An activity object that one STA of the pool serves.
fn served() -> Activity {
    Activity::create(&sta().binding(Binding::BindToPoolThread)).unwrap()
}

/// What ends a process.
#[derive(Clone, Copy, Debug)]
enum Death {
    Kill,
    /// A panic in OnCall.
    Panic,
}

impl Death {
    /// A thread that ends the machine's first process.
    fn comes(self, runtime: &Runtime) -> JoinHandle<()> {
        let here = runtime.clone();
        mta_thread(runtime, move || match self {
            Self::Kill => here.process().kill(),
            Self::Panic => {
                let activity = Activity::create(&mta()).unwrap();
                // Without the hook that prints it.
                let call = || -> HResult { std::panic::resume_unwind(Box::new(())) };
                assert_eq!(code(activity.synchronous_call(call)), RPC_E_SERVERFAULT);
            }
        })
    }
}

/// Runs a story of a process that dies, in both ways and under both schedules. Told to the story: the machine, and what
/// it lets come.
fn dies(
    expected: impl IntoIterator<Item = HResult> + Clone,
    story: impl Fn(&Runtime, Death) -> HResult + Send + Sync + Clone + 'static,
) {
    for schedule in SCHEDULES {
        for death in [Death::Kill, Death::Panic] {
            let story = story.clone();
            ends(300, expected.clone(), move || {
                let runtime = machine().schedule(schedule).build().unwrap();
                runtime.start();
                let code = story(&runtime, death);
                assert!(!runtime.is_alive());
                code
            });
        }
    }
}

#[test]
fn who_waits_for_an_activity_is_let_go() {
    dies([S_OK, RPC_E_DISCONNECTED], |runtime, death| {
        let activity = in_mta(runtime, synchronized);
        let (held, free) = (Story::new(), Story::new());
        let (own, told, hears) = (activity.clone(), held.clone(), free.clone());
        let holder = mta_thread(runtime, move || {
            let call = move || {
                told.tell(());
                hears.wait_for(1);
            };
            own.call(call).unwrap();
        });
        held.wait_for(1);
        let waiter = mta_thread(runtime, {
            let activity = activity.clone();
            move || code(activity.call(|| ()))
        });
        until(|| activity.waiting_calls() == 1);
        let dying = death.comes(runtime);
        free.tell(());
        let code = waiter.join().unwrap();
        [holder, dying].into_iter().for_each(|thread| thread.join().unwrap());
        code
    });
}

/// A call that ends only after its caller was let go; made by a thread that `spawn` makes.
fn is_let_go_from_a_call(
    runtime: &Runtime,
    death: Death,
    caller: impl FnOnce(Box<dyn FnOnce() -> HResult + Send>) -> JoinHandle<HResult>,
    activity: Activity,
) -> HResult {
    let (begun, over) = (Story::new(), Story::new());
    let (told, hears) = (begun.clone(), over.clone());
    let calling = caller(Box::new(move || {
        let call = move || {
            told.tell(());
            hears.wait_for(1);
        };
        code(activity.call(call))
    }));
    begun.wait_for(1);
    let dying = death.comes(runtime);
    let code = calling.join().unwrap();
    over.tell(());
    dying.join().unwrap();
    code
}

#[test]
fn who_waits_for_a_call_to_the_sta_pool_is_let_go() {
    dies([RPC_E_DISCONNECTED], |runtime, death| {
        let activity = in_mta(runtime, served);
        is_let_go_from_a_call(runtime, death, |call| mta_thread(runtime, call), activity)
    });
}

#[test]
fn an_sta_that_waits_for_a_call_is_let_go() {
    dies([RPC_E_DISCONNECTED], |runtime, death| {
        let activity = in_mta(runtime, || Activity::create(&mta()).unwrap());
        is_let_go_from_a_call(runtime, death, |call| sta_thread(runtime, call), activity)
    });
}

#[test]
fn who_waits_in_another_process_for_a_call_is_let_go() {
    dies([RPC_E_DISCONNECTED], |runtime, death| {
        let activity = in_mta(runtime, served);
        let other = runtime.start_process();
        let caller = |call: Box<dyn FnOnce() -> HResult + Send>| {
            thread::spawn(move || {
                let _bound = other.enter();
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                call()
            })
        };
        is_let_go_from_a_call(runtime, death, caller, activity)
    });
}

#[test]
fn a_message_loop_is_left() {
    dies([RPC_E_DISCONNECTED], |runtime, death| {
        let looping = sta_thread(runtime, || code(message_loop()));
        let dying = death.comes(runtime);
        let code = looping.join().unwrap();
        dying.join().unwrap();
        code
    });
}

/// An STA whose thread shows something, does not serve its queue before it is told to, and then ends.
fn deaf<T: Send + 'static>(runtime: &Runtime, made: fn() -> T) -> (JoinHandle<()>, T, Story<()>) {
    let (place, ready, free) = (Arc::new(Mutex::new(None)), Story::new(), Story::new());
    let (shown, told, hears) = (place.clone(), ready.clone(), free.clone());
    let sta = sta_thread(runtime, move || {
        *shown.lock() = Some(made());
        told.tell(());
        hears.wait_for(1);
    });
    ready.wait_for(1);
    let made = place.lock().take().unwrap();
    (sta, made, free)
}

#[test]
fn who_waits_for_the_answer_to_a_message_is_let_go() {
    dies([RPC_E_DISCONNECTED], |runtime, death| {
        let (sta, queue, free) = deaf(runtime, || MessageQueue::current().unwrap());
        let sending = mta_thread(runtime, move || code(queue.send(1)));
        let dying = death.comes(runtime);
        let code = sending.join().unwrap();
        free.tell(());
        [sta, dying].into_iter().for_each(|thread| thread.join().unwrap());
        code
    });
}

#[test]
fn who_waits_in_a_process_that_dies_for_another_one_is_let_go() {
    for schedule in SCHEDULES {
        ends(300, [[RPC_E_DISCONNECTED; 2]], move || {
            let runtime = machine().schedule(schedule).build().unwrap();
            runtime.start();
            let (sta, (queue, door), free) =
                deaf(&runtime, || (MessageQueue::current().unwrap(), ContextCallback::current().unwrap()));
            let other = runtime.start_process();
            let there = |ask: Box<dyn FnOnce() -> HResult + Send>| {
                let other = other.clone();
                thread::spawn(move || {
                    let _bound = other.enter();
                    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                    ask()
                })
            };
            let asking =
                [there(Box::new(move || code(queue.send(1)))), there(Box::new(move || code(door.call(METHOD, || ()))))];
            let dying = thread::spawn({
                let other = other.clone();
                move || other.kill()
            });
            let codes = asking.map(|thread| thread.join().unwrap());
            free.tell(());
            [sta, dying].into_iter().for_each(|thread| thread.join().unwrap());
            assert!(runtime.is_alive() && !other.is_alive());
            codes
        });
    }
}

#[test]
fn who_waits_for_a_call_that_an_sta_has_put_aside_is_let_go() {
    dies([RPC_E_DISCONNECTED], |runtime, death| {
        let (place, ready) = (Arc::new(Mutex::new(None)), Story::new());
        let (shown, told) = (place.clone(), ready.clone());
        let sta = sta_thread(runtime, move || {
            let domain = enter(&ServiceConfig::new().synchronization(SynchronizationConfig::New));
            *shown.lock() = Some(ContextCallback::current().unwrap());
            told.tell(());
            while told.told().len() < 2 {
                pump_messages().unwrap();
                thread::yield_now();
            }
            domain.leave().unwrap();
        });
        ready.wait_for(1);
        let door = place.lock().take().unwrap();
        let calling = mta_thread(runtime, move || code(door.call(METHOD, || ())));
        let dying = death.comes(runtime);
        let code = calling.join().unwrap();
        dying.join().unwrap();
        ready.tell(());
        sta.join().unwrap();
        code
    });
}
