//! No token is lost, whenever the setter comes.

use complus_sync::{
    Arc, Schedule, Scheduler, Signal, Timers, VirtualClock,
    explore::{exhaust, explore},
    thread,
};
use std::{convert::Infallible, time::Duration};

const SCHEDULES: [Schedule; 3] = [Schedule::Free, Schedule::Deterministic(1), Schedule::Deterministic(2)];

#[test]
fn a_token_reaches_a_thread_outside_the_schedule_in_every_interleaving() {
    exhaust(|| {
        let signal = Signal::new(&Scheduler::new(Schedule::Free));
        let setter = signal.clone();
        let setting = thread::spawn(move || setter.set());
        signal.wait(None);
        setting.join().unwrap();
        assert!(!signal.take());
    });
}

#[test]
fn a_token_reaches_a_parked_thread_in_every_interleaving() {
    for schedule in [Schedule::Free, Schedule::Deterministic(1)] {
        exhaust(move || {
            let scheduler = Scheduler::new(schedule);
            let (signal, turn) = (Signal::new(&scheduler), scheduler.register());
            scheduler.start();
            let setter = signal.clone();
            let setting = thread::spawn(move || setter.set());
            signal.wait(Some(&turn));
            setting.join().unwrap();
            assert!(!signal.take());
        });
    }
}

#[test]
fn two_threads_outside_the_schedule_hand_a_token_to_and_fro() {
    explore(2_000, || {
        let scheduler = Scheduler::new(Schedule::Free);
        let (ping, pong) = (Signal::new(&scheduler), Signal::new(&scheduler));
        let (heard, answer) = (ping.clone(), pong.clone());
        let other = thread::spawn(move || {
            for _ in 0..3 {
                heard.wait(None);
                answer.set();
            }
        });
        for _ in 0..3 {
            ping.set();
            pong.wait(None);
        }
        other.join().unwrap();
        assert!(!ping.take() && !pong.take());
    });
}

#[test]
fn several_waiters_at_one_signal_share_its_tokens() {
    explore(2_000, || {
        let scheduler = Scheduler::new(Schedule::Free);
        let (signal, taken) = (Signal::new(&scheduler), Signal::new(&scheduler));
        let waiters = [false, false, true, true].map(|is_registered| {
            let turn = is_registered.then(|| scheduler.register());
            let (signal, taken) = (signal.clone(), taken.clone());
            thread::spawn(move || {
                signal.wait(turn.as_ref());
                taken.set();
            })
        });
        for _ in &waiters {
            signal.set();
            taken.wait(None);
        }
        waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
        assert!(!signal.take());
    });
}

#[test]
fn parked_threads_are_woken_by_setters_outside_the_schedule() {
    for schedule in SCHEDULES {
        explore(1_000, move || {
            let scheduler = Scheduler::new(schedule);
            let signals = [(); 2].map(|()| Signal::new(&scheduler));
            let waiters = signals.clone().map(|signal| {
                let turn = scheduler.register();
                thread::spawn(move || {
                    turn.begin();
                    signal.wait(Some(&turn));
                })
            });
            scheduler.start();
            let setters = signals.clone().map(|signal| thread::spawn(move || signal.set()));
            waiters.into_iter().chain(setters).for_each(|thread| thread.join().unwrap());
            assert!(scheduler.is_quiescent());
            assert!(!signals.iter().any(Signal::take));
        });
    }
}

#[test]
fn parked_threads_wake_each_other() {
    for schedule in SCHEDULES {
        explore(1_000, move || {
            let scheduler = Scheduler::new(schedule);
            let signals: [_; 3] = std::array::from_fn(|_| Signal::new(&scheduler));
            signals[0].set();
            let threads: [_; 3] = std::array::from_fn(|name| {
                let (turn, signals) = (scheduler.register(), signals.clone());
                thread::spawn(move || {
                    turn.begin();
                    for _ in 0..2 {
                        signals[name].wait(Some(&turn));
                        signals[(name + 1) % 3].set();
                    }
                })
            });
            scheduler.start();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            assert!(signals[0].take());
        });
    }
}

#[test]
fn a_deadline_and_a_token_that_race_end_one_wait_and_lose_nothing() {
    for (schedule, is_registered) in
        SCHEDULES.map(|schedule| (schedule, true)).into_iter().chain([(Schedule::Free, false)])
    {
        explore(1_000, move || {
            let (clock, scheduler) = (VirtualClock::new(), Scheduler::new(schedule));
            let timers = Arc::new(Timers::new(clock.clone().into()));
            let signal = Signal::new(&scheduler);
            let turn = is_registered.then(|| scheduler.register());
            let (waited, its_timers) = (signal.clone(), timers.clone());
            let waiting = thread::spawn(move || {
                if let Some(turn) = &turn {
                    turn.begin();
                }
                let has_token = waited.wait_until(turn.as_ref(), &its_timers, 100);
                assert!(has_token || its_timers.clock().now() >= 100);
                has_token
            });
            scheduler.start();
            let setter = signal.clone();
            let setting = thread::spawn(move || setter.set());
            clock.advance(Duration::from_nanos(100), || Ok::<_, Infallible>(())).unwrap();
            setting.join().unwrap();
            let has_token = waiting.join().unwrap();
            assert_eq!(signal.take(), !has_token);
            assert_eq!(format!("{timers:?}"), "Timers { set: 0, .. }");
        });
    }
}

#[test]
fn a_deadline_alone_ends_the_wait() {
    for (schedule, is_registered) in
        [(Schedule::Free, true), (Schedule::Deterministic(1), true), (Schedule::Free, false)]
    {
        explore(1_000, move || {
            let (clock, scheduler) = (VirtualClock::new(), Scheduler::new(schedule));
            let timers = Timers::new(clock.clone().into());
            let signal = Signal::new(&scheduler);
            let turn = is_registered.then(|| scheduler.register());
            let waited = signal.clone();
            let waiting = thread::spawn(move || {
                if let Some(turn) = &turn {
                    turn.begin();
                }
                waited.wait_until(turn.as_ref(), &timers, 100)
            });
            scheduler.start();
            clock.advance(Duration::from_nanos(100), || Ok::<_, Infallible>(())).unwrap();
            assert!(!waiting.join().unwrap());
            assert!(!signal.take());
        });
    }
}
