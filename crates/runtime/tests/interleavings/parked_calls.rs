//! A call that an STA has put aside, because another causality is inside its activity, is answered once whatever
//! becomes of the STA, and the lock goes on to the next (SYN 4.5, 7.6, O11).

use super::{enter, machine, support::*};
use complus_core::{
    attribute::SynchronizationConfig,
    hresult::{CONTEXT_E_SYNCH_TIMEOUT, HResult, RPC_E_DISCONNECTED, RPC_E_SERVER_DIED_DNE, S_OK},
};
use complus_runtime::{Activity, MessageQueue, Runtime, ServiceConfig, message_loop, pump_messages};
use complus_sync::{Arc, Mutex, explore::explore, thread::JoinHandle};
use std::time::Duration;

/// Two activity objects that share an activity: one in the STA of this thread, one in the MTA.
fn two_objects_of_one_activity() -> [Activity; 2] {
    let domain = enter(&ServiceConfig::new().synchronization(SynchronizationConfig::New));
    let [here, there] = [sta(), mta()].map(|config| {
        Activity::create(&config.synchronization(SynchronizationConfig::IfContainerIsSynchronized)).unwrap()
    });
    here.bind_to_current_thread().unwrap();
    domain.leave().unwrap();
    assert_eq!(here.activity_id(), there.activity_id());
    [here, there]
}

/// A causality that is inside until it is let out, and those that come meanwhile.
struct Cast {
    runtime: Runtime,
    objects: [Activity; 2],
    room: Room,
    /// What the calls have run, in their order.
    story: Story<&'static str>,
}

impl Cast {
    /// Calls the object in the STA, or the one in the MTA.
    fn call(&self, object: usize, name: &'static str) -> JoinHandle<HResult> {
        let (activity, room, story) = (self.objects[object].clone(), self.room.clone(), self.story.clone());
        let call = move || {
            room.enter();
            story.tell(name);
            room.leave();
        };
        mta_thread(&self.runtime, move || code(activity.call(call)))
    }

    /// Calls that come while the first is inside, each before the next, with the time-out that they wait for at most.
    fn inside(
        self: &Arc<Self>,
        others: impl IntoIterator<Item = (usize, &'static str, Option<Duration>)> + Send + 'static,
        at_last: impl FnOnce() + Send + 'static,
    ) -> JoinHandle<Vec<HResult>> {
        let cast = self.clone();
        mta_thread(&self.runtime, move || {
            let calls = Arc::new(Mutex::new(Vec::new()));
            let (inside, made) = (cast.clone(), calls.clone());
            let first = move || {
                inside.room.enter();
                for (object, name, timeout) in others {
                    let waiting = inside.objects[1].waiting_calls();
                    inside.objects[1].set_activity_timeout(timeout);
                    made.lock().push(inside.call(object, name));
                    until(|| inside.objects[1].waiting_calls() > waiting);
                }
                at_last();
                inside.room.leave();
            };
            cast.objects[1].call(first).unwrap();
            let calls = std::mem::take(&mut *calls.lock());
            calls.into_iter().map(|call| call.join().unwrap()).collect()
        })
    }
}

/// An STA whose thread does `serve`, and the cast of the story.
fn stage<T: Send + 'static>(
    runtime: &Runtime,
    serve: impl FnOnce(&Arc<Cast>) -> T + Send + 'static,
) -> (JoinHandle<T>, Arc<Cast>, MessageQueue) {
    let place = Arc::new(Mutex::new(None));
    let (made, here, ready) = (place.clone(), runtime.clone(), Story::new());
    let told = ready.clone();
    let sta = sta_thread(runtime, move || {
        let objects = two_objects_of_one_activity();
        let cast = Arc::new(Cast { runtime: here, objects, room: Room::default(), story: Story::new() });
        *made.lock() = Some((cast.clone(), MessageQueue::current().unwrap()));
        told.tell(());
        serve(&cast)
    });
    ready.wait_for(1);
    let (cast, queue) = place.lock().take().unwrap();
    (sta, cast, queue)
}

#[test]
fn a_parked_call_runs_when_it_is_handed_the_lock_and_before_those_behind_it() {
    explore(800, || {
        let runtime = machine().build().unwrap();
        let (sta, cast, queue) = stage(&runtime, |_| message_loop().unwrap());
        let calls = cast.inside([(0, "parked", None), (1, "behind", None), (0, "parked last", None)], || ());
        assert_eq!(calls.join().unwrap(), [S_OK; 3]);
        assert_eq!(cast.story.told(), ["parked", "behind", "parked last"]);
        queue.post_quit().unwrap();
        sta.join().unwrap();
    });
}

#[test]
fn the_lock_goes_on_when_the_sta_of_a_parked_call_ends_before_it_could_run() {
    // The parked call ran in time, or found its STA ended; or ended with it while it was queued.
    ends(1_500, [S_OK, RPC_E_SERVER_DIED_DNE], || {
        let runtime = machine().build().unwrap();
        let (sta, cast, queue) = stage(&runtime, |_| message_loop().unwrap());
        let quit = move || queue.post_quit().unwrap();
        let calls = cast.inside([(0, "parked", None), (1, "second", None), (1, "third", None)], quit);
        let codes = calls.join().unwrap();
        sta.join().unwrap();
        assert_eq!(codes[1..], [S_OK; 2]);
        let told = cast.story.told();
        match codes[0] {
            S_OK => assert_eq!(told, ["parked", "second", "third"]),
            _ => assert_eq!(told, ["second", "third"]),
        }
        assert_eq!(cast.call(1, "later").join().unwrap(), S_OK);
        codes[0]
    });
}

#[test]
fn a_call_to_an_sta_that_ends_is_answered_once_and_leaves_the_lock() {
    ends(1_500, [S_OK, RPC_E_DISCONNECTED, RPC_E_SERVER_DIED_DNE], || {
        let runtime = machine().build().unwrap();
        let (sta, cast, _) = stage(&runtime, |_| pump_messages().unwrap());
        let (here, there) = (cast.call(0, "here"), cast.call(1, "there"));
        sta.join().unwrap();
        let code = here.join().unwrap();
        assert_eq!(there.join().unwrap(), S_OK);
        assert_eq!(cast.story.told().contains(&"here"), code == S_OK);
        assert_eq!(cast.call(1, "later").join().unwrap(), S_OK);
        code
    });
}

#[test]
fn a_parked_call_whose_time_is_over_was_either_run_or_never_ran() {
    ends(1_500, [S_OK, CONTEXT_E_SYNCH_TIMEOUT], || {
        let runtime = machine().build().unwrap();
        let (sta, cast, queue) = stage(&runtime, |_| message_loop().unwrap());
        let time = Some(Duration::from_secs(1));
        let (clock, spawned) = (runtime.clone(), Arc::new(Mutex::new(None)));
        let advancing = spawned.clone();
        let calls = cast.inside([(0, "parked", time), (1, "behind", None)], move || {
            let here = clock.clone();
            *advancing.lock() = Some(mta_thread(&clock, move || here.advance(Duration::from_secs(1)).unwrap()));
        });
        let codes = calls.join().unwrap();
        spawned.lock().take().unwrap().join().unwrap();
        assert_eq!(codes[1], S_OK);
        assert_eq!(cast.story.told().contains(&"parked"), codes[0] == S_OK);
        queue.post_quit().unwrap();
        sta.join().unwrap();
        codes[0]
    });
}
