//! Whatever the memory orderings allow, a token brings along what was written before it was left, and none is lost.
//!
//! What is to be seen is written and read with the weakest ordering, so that nothing but the signal orders it.

mod activity_word;

use complus_sync::{
    Arc, Schedule, Scheduler, Signal, Timers, VirtualClock,
    atomic::{AtomicU32, Ordering},
    loom, thread,
};
use std::{convert::Infallible, time::Duration};

fn signal() -> (Signal, Arc<AtomicU32>) {
    (Signal::new(&Scheduler::new(Schedule::Free)), Arc::default())
}

#[test]
fn who_waits_sees_what_was_written_before_the_token() {
    loom::model(|| {
        let (signal, written) = signal();
        let (setter, place) = (signal.clone(), written.clone());
        let setting = thread::spawn(move || {
            place.store(7, Ordering::Relaxed);
            setter.set();
        });
        signal.wait(None);
        assert_eq!(written.load(Ordering::Relaxed), 7);
        setting.join().unwrap();
        assert!(!signal.take());
    });
}

#[test]
fn who_takes_the_token_without_waiting_sees_what_was_written_before_it() {
    loom::model(|| {
        let (signal, written) = signal();
        let (setter, place) = (signal.clone(), written.clone());
        let setting = thread::spawn(move || {
            place.store(7, Ordering::Relaxed);
            setter.set();
        });
        if signal.take() {
            assert_eq!(written.load(Ordering::Relaxed), 7);
        }
        setting.join().unwrap();
    });
}

#[test]
fn who_parks_in_the_schedule_sees_what_was_written_before_the_token() {
    loom::model(|| {
        let scheduler = Scheduler::new(Schedule::Free);
        let (signal, written) = (Signal::new(&scheduler), Arc::new(AtomicU32::new(0)));
        let turn = scheduler.register();
        scheduler.start();
        let (setter, place) = (signal.clone(), written.clone());
        let setting = thread::spawn(move || {
            place.store(7, Ordering::Relaxed);
            setter.set();
        });
        signal.wait(Some(&turn));
        assert_eq!(written.load(Ordering::Relaxed), 7);
        setting.join().unwrap();
    });
}

#[test]
fn of_two_tokens_that_become_one_who_takes_it_sees_both() {
    loom::model(|| {
        let (signal, written) = signal();
        let setters = [1, 2].map(|value| {
            let (setter, place) = (signal.clone(), written.clone());
            thread::spawn(move || {
                place.fetch_add(value, Ordering::Relaxed);
                setter.set();
            })
        });
        // A token that comes after the look is taken by the next wait.
        while written.load(Ordering::Relaxed) != 3 {
            signal.wait(None);
        }
        setters.into_iter().for_each(|setter| setter.join().unwrap());
    });
}

#[test]
fn a_deadline_alone_ends_the_wait() {
    loom::model(|| {
        let (clock, (signal, _)) = (VirtualClock::new(), signal());
        let timers = Timers::new(clock.clone().into());
        let advancing = thread::spawn(move || {
            clock.advance(Duration::from_nanos(10), || Ok::<_, Infallible>(())).unwrap();
        });
        assert!(!signal.wait_until(None, &timers, 10));
        advancing.join().unwrap();
    });
}

#[test]
fn a_token_against_a_deadline_is_taken_or_stays() {
    // All of it would take hours: as much of it as needs three switches that nobody waited for.
    let mut some = loom::model::Builder::new();
    some.preemption_bound = Some(3);
    some.check(|| {
        let (clock, (signal, written)) = (VirtualClock::new(), signal());
        let timers = Timers::new(clock.clone().into());
        let (setter, place) = (signal.clone(), written.clone());
        let setting = thread::spawn(move || {
            place.store(7, Ordering::Relaxed);
            setter.set();
        });
        let advancing = thread::spawn(move || {
            clock.advance(Duration::from_nanos(10), || Ok::<_, Infallible>(())).unwrap();
        });
        let has_token = signal.wait_until(None, &timers, 10);
        if has_token {
            assert_eq!(written.load(Ordering::Relaxed), 7);
        }
        [setting, advancing].into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(signal.take(), !has_token);
    });
}
