//! Calls and messages between apartments whose threads wait for each other: who waits in an STA serves what comes
//! (SYN 4.5, 7.1, 7.2).

use super::{SCHEDULES, enter, machine, support::*};
use complus_core::{
    attribute::{Binding, SynchronizationConfig},
    hresult::{HResult, RPC_E_DISCONNECTED, RPC_E_SERVER_DIED_DNE, S_OK},
};
use complus_runtime::{
    Activity, ContextCallback, MessageQueue, Method, Runtime, ServiceConfig, pump_messages, set_window_procedure,
};
use complus_sync::{
    Arc, Mutex,
    explore::explore,
    thread::{self, JoinHandle},
};
use uuid::Uuid;

const METHOD: Method = Method { interface: Uuid::from_u128(0x5151), number: 5 };

/// An activity object whose calls one thread of the STA pool serves.
fn served() -> Activity {
    Activity::create(&sta().binding(Binding::BindToPoolThread)).unwrap()
}

/// A call into `door`, that tells `what` when it runs.
fn knock(door: &ContextCallback, story: &Story<&'static str>, what: &'static str) -> HResult {
    let story = story.clone();
    code(door.call(METHOD, move || story.tell(what)))
}

/// The thread's STA calls a thread of the pool, which calls back, while a stranger calls as well; what ran in the STA,
/// in its order, and what the stranger was told.
fn calls_back(runtime: &Runtime, config: &ServiceConfig) -> (Vec<&'static str>, HResult) {
    let domain = enter(config);
    let (door, activity, story) = (ContextCallback::current().unwrap(), served(), Story::new());
    let (strange, told) = (door.clone(), story.clone());
    let stranger = mta_thread(runtime, move || knock(&strange, &told, "stranger"));
    let (back, told) = (door.clone(), story.clone());
    let called = activity.call(move || knock(&back, &told, "callback"));
    assert_eq!(called.unwrap(), S_OK);
    story.tell("returned");
    domain.leave().unwrap();
    while story.told().len() < 3 {
        pump_messages().unwrap();
        thread::yield_now();
    }
    (story.told(), stranger.join().unwrap())
}

#[test]
fn a_callback_reaches_the_sta_that_waits_and_so_does_a_stranger() {
    for schedule in SCHEDULES {
        let orders = [
            ["callback", "stranger", "returned"],
            ["stranger", "callback", "returned"],
            ["callback", "returned", "stranger"],
        ];
        ends(600, orders.map(|order| (order.to_vec(), S_OK)), move || {
            let runtime = machine().schedule(schedule).build().unwrap();
            runtime.start();
            let here = runtime.clone();
            sta_thread(&runtime, move || calls_back(&here, &ServiceConfig::new())).join().unwrap()
        });
    }
}

#[test]
fn a_callback_enters_the_activity_of_the_sta_that_waits_and_a_stranger_does_not() {
    for schedule in SCHEDULES {
        ends(600, [(vec!["callback", "returned", "stranger"], S_OK)], move || {
            let runtime = machine().schedule(schedule).build().unwrap();
            runtime.start();
            let here = runtime.clone();
            let own = ServiceConfig::new().synchronization(SynchronizationConfig::New);
            sta_thread(&runtime, move || calls_back(&here, &own)).join().unwrap()
        });
    }
}

/// What the threads of a story show each other.
type Shown<T> = Arc<Mutex<[Option<T>; 2]>>;

/// Two threads with an STA each, that handle messages, show `made` each other, and then do `then` with what the other
/// one has shown.
fn two_stas<T: Clone + Send + 'static, R: Send + 'static>(
    runtime: &Runtime,
    made: fn() -> T,
    then: fn(usize, T) -> R,
) -> [JoinHandle<R>; 2] {
    let (shown, ready) = (Shown::<T>::default(), Story::new());
    [0, 1].map(|name| {
        let (shown, ready) = (shown.clone(), ready.clone());
        sta_thread(runtime, move || {
            set_window_procedure(move |message| 10 * message.number as isize + name as isize).unwrap();
            shown.lock()[name] = Some(made());
            ready.tell(());
            ready.wait_for(2);
            let other = shown.lock()[1 - name].clone().unwrap();
            let result = then(name, other);
            // Who is done goes on serving until both are.
            ready.tell(());
            while ready.told().len() < 4 {
                pump_messages().unwrap();
                thread::yield_now();
            }
            result
        })
    })
}

#[test]
fn two_stas_that_send_to_each_other_at_once_are_both_answered() {
    explore(1_000, || {
        let runtime = machine().build().unwrap();
        let send = |name: usize, other: MessageQueue| other.send(1 + u32::try_from(name).unwrap());
        let threads = two_stas(&runtime, || MessageQueue::current().unwrap(), send);
        let answers = threads.map(|thread| thread.join().unwrap());
        assert_eq!(answers, [Ok(11), Ok(20)]);
    });
}

#[test]
fn two_stas_that_call_each_other_at_once_are_both_answered() {
    explore(1_000, || {
        let runtime = machine().build().unwrap();
        let call = |_, other: ContextCallback| code(other.call(METHOD, || ()));
        let threads = two_stas(&runtime, || ContextCallback::current().unwrap(), call);
        let codes = threads.map(|thread| thread.join().unwrap());
        assert_eq!(codes, [S_OK; 2]);
    });
}

/// An STA that handles what has come and ends; what whoever knows `made` from it is told by `ask`.
fn ends_while_it_is_asked<T: Send + 'static, R: Send + 'static>(made: fn() -> T, ask: fn(T) -> R) -> R {
    let runtime = machine().build().unwrap();
    let (place, ready) = (Arc::new(Mutex::new(None)), Story::new());
    let (shown, told) = (place.clone(), ready.clone());
    let ending = sta_thread(&runtime, move || {
        set_window_procedure(|message| message.number as isize).unwrap();
        *shown.lock() = Some(made());
        told.tell(());
        pump_messages().unwrap();
    });
    ready.wait_for(1);
    let known = place.lock().take().unwrap();
    let answer = mta_thread(&runtime, move || ask(known)).join().unwrap();
    ending.join().unwrap();
    answer
}

#[test]
fn a_message_that_is_sent_to_an_sta_that_ends_is_answered() {
    ends(1_500, [Ok(7), Err(RPC_E_DISCONNECTED)], || {
        let send = |queue: MessageQueue| queue.send(7).map_err(HResult::from);
        ends_while_it_is_asked(|| MessageQueue::current().unwrap(), send)
    });
}

#[test]
fn a_call_to_an_sta_that_ends_is_answered() {
    ends(1_500, [S_OK, RPC_E_DISCONNECTED, RPC_E_SERVER_DIED_DNE], || {
        let call = |door: ContextCallback| code(door.call(METHOD, || ()));
        ends_while_it_is_asked(|| ContextCallback::current().unwrap(), call)
    });
}
