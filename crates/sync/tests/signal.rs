//! A signal wakes who waits for it, and nobody else: in every schedule, on both clocks, from everywhere.

#![cfg(not(feature = "shuttle"))]

use complus_sync::{Arc, Clock, Mutex, Schedule, Scheduler, Signal, Timers, VirtualClock};
use std::{sync::mpsc, thread, time::Duration};

const LIMIT: Duration = Duration::from_secs(10);
const SCHEDULES: [Schedule; 3] = [Schedule::Free, Schedule::Deterministic(1), Schedule::Deterministic(2)];

fn number_set(timers: &Timers) -> usize {
    let text = format!("{timers:?}");
    text.split(|letter: char| !letter.is_ascii_digit()).find_map(|word| word.parse().ok()).unwrap()
}

fn advance(clock: &VirtualClock, nanoseconds: u64, scheduler: &Scheduler) {
    clock.advance(Duration::from_nanos(nanoseconds), || scheduler.wait_until_at_rest(LIMIT)).unwrap();
}

#[test]
fn a_token_left_before_the_wait_is_not_lost_and_two_are_one() {
    let signal = Signal::new(&Scheduler::new(Schedule::Free));
    assert!(!signal.take());
    signal.set();
    signal.clone().set();
    signal.wait(None);
    assert!(!signal.take());
    signal.set();
    assert!(signal.take());
    assert!(!signal.take());
}

#[test]
fn threads_outside_the_schedule_hand_a_token_to_and_fro() {
    let scheduler = Scheduler::new(Schedule::Free);
    let (ping, pong) = (Signal::new(&scheduler), Signal::new(&scheduler));
    let (heard, answer) = (ping.clone(), pong.clone());
    let other = thread::spawn(move || {
        for _ in 0..10_000 {
            heard.wait(None);
            answer.set();
        }
    });
    for _ in 0..10_000 {
        ping.set();
        pong.wait(None);
    }
    other.join().unwrap();
    assert!(!ping.take() && !pong.take());
}

#[test]
fn each_token_ends_the_wait_of_one_thread() {
    let signal = Signal::new(&Scheduler::new(Schedule::Free));
    let (send, receive) = mpsc::channel();
    let threads = [(); 4].map(|()| {
        let (signal, send) = (signal.clone(), send.clone());
        thread::spawn(move || {
            signal.wait(None);
            send.send(()).unwrap();
        })
    });
    for _ in &threads {
        signal.set();
        receive.recv().unwrap();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(!signal.take());
}

#[test]
fn a_parked_thread_is_at_rest_and_a_setter_outside_the_schedule_gives_it_the_turn() {
    for schedule in SCHEDULES {
        let scheduler = Scheduler::new(schedule);
        let signal = Signal::new(&scheduler);
        let (turn, waited) = (scheduler.register(), signal.clone());
        assert!(!scheduler.is_quiescent());
        let parked = thread::spawn(move || {
            turn.begin();
            for _ in 0..100 {
                waited.wait(Some(&turn));
            }
        });
        scheduler.start();
        for _ in 0..100 {
            scheduler.wait_until_at_rest(LIMIT).unwrap();
            assert!(scheduler.is_quiescent());
            assert!(!signal.take());
            signal.set();
        }
        parked.join().unwrap();
        assert!(scheduler.is_quiescent());
    }
}

#[test]
fn only_its_own_signal_wakes_a_parked_thread() {
    for schedule in SCHEDULES {
        let scheduler = Scheduler::new(schedule);
        let signals = [(); 3].map(|()| Signal::new(&scheduler));
        let log = Arc::new(Mutex::new(Vec::new()));
        let threads: Vec<_> = (0..3)
            .map(|name| {
                let (turn, signal, log) = (scheduler.register(), signals[name].clone(), log.clone());
                thread::spawn(move || {
                    turn.begin();
                    signal.wait(Some(&turn));
                    log.lock().push(name);
                })
            })
            .collect();
        scheduler.start();
        for (woken, name) in [1, 2, 0].into_iter().enumerate() {
            scheduler.wait_until_at_rest(LIMIT).unwrap();
            scheduler.wake();
            assert!(scheduler.is_quiescent());
            assert_eq!(log.lock().len(), woken);
            signals[name].set();
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*log.lock(), [1, 2, 0]);
    }
}

#[test]
fn who_blocks_beside_a_parked_thread_is_hopeless_and_the_parked_one_is_not() {
    for schedule in SCHEDULES {
        let scheduler = Scheduler::new(schedule);
        let signal = Signal::new(&scheduler);
        let (waiter, blocked) = (scheduler.register(), scheduler.register());
        let waited = signal.clone();
        let parked = thread::spawn(move || {
            waiter.begin();
            waited.wait(Some(&waiter));
        });
        let hopeless = thread::spawn(move || {
            blocked.begin();
            blocked.block_until(|| None::<()>)
        });
        scheduler.start();
        assert_eq!(hopeless.join().unwrap(), None);
        scheduler.wait_until_at_rest(LIMIT).unwrap();
        assert!(!parked.is_finished());
        signal.set();
        parked.join().unwrap();
    }
}

#[test]
fn who_blocks_beside_a_thread_that_the_systems_clock_will_wake_may_hope() {
    for schedule in SCHEDULES {
        let scheduler = Scheduler::new(schedule);
        let (sleeper, blocked) = (scheduler.register(), scheduler.register());
        let value = Arc::new(Mutex::new(None));
        let (signal, made) = (Signal::new(&scheduler), value.clone());
        let sleeping = thread::spawn(move || {
            let timers = Timers::new(Clock::system());
            sleeper.begin();
            assert!(!signal.wait_until(Some(&sleeper), &timers, timers.clock().now() + 20_000_000));
            *made.lock() = Some(7);
        });
        let waiting = thread::spawn(move || {
            blocked.begin();
            blocked.block_until(|| *value.lock())
        });
        scheduler.start();
        assert_eq!(waiting.join().unwrap(), Some(7));
        sleeping.join().unwrap();
    }
}

#[test]
fn a_turn_of_another_machine_waits_as_a_thread_without_one() {
    let (here, there) = (Scheduler::new(Schedule::Deterministic(1)), Scheduler::new(Schedule::Deterministic(1)));
    let (turn, signal) = (there.register(), Signal::new(&here));
    there.start();
    let setter = signal.clone();
    let setting = thread::spawn(move || setter.set());
    signal.wait(Some(&turn));
    assert!(!there.is_quiescent());
    setting.join().unwrap();
}

#[test]
fn on_a_virtual_clock_the_wait_ends_at_the_deadline_and_leaves_neither_token_nor_timer() {
    for (schedule, registered) in
        SCHEDULES.map(|schedule| (schedule, true)).into_iter().chain([(Schedule::Free, false)])
    {
        let (clock, scheduler) = (VirtualClock::new(), Scheduler::new(schedule));
        let timers = Arc::new(Timers::new(clock.clone().into()));
        let signal = Signal::new(&scheduler);
        let turn = registered.then(|| scheduler.register());
        let (waited, waiters) = (signal.clone(), timers.clone());
        let waiting = thread::spawn(move || {
            let turn = turn.inspect(|turn| turn.begin());
            [100, 250].map(|deadline| {
                let has_token = waited.wait_until(turn.as_ref(), &waiters, deadline);
                (has_token, waiters.clock().now())
            })
        });
        scheduler.start();
        // Nobody else can see that a thread outside the schedule waits; but its timer can be seen.
        let until_it_waits = || while !registered && number_set(&timers) == 0 {};
        until_it_waits();
        advance(&clock, 99, &scheduler);
        assert!(!waiting.is_finished());
        assert_eq!(number_set(&timers), 1);
        advance(&clock, 1, &scheduler);
        until_it_waits();
        advance(&clock, 149, &scheduler);
        assert!(!waiting.is_finished());
        assert_eq!(number_set(&timers), 1);
        signal.set();
        assert_eq!(waiting.join().unwrap(), [(false, 100), (true, 249)]);
        advance(&clock, 1000, &scheduler);
        assert!(!signal.take());
        assert_eq!(number_set(&timers), 0);
    }
}

#[test]
fn on_the_systems_clock_the_wait_never_ends_before_the_deadline() {
    for schedule in SCHEDULES {
        for registered in [false, true] {
            let scheduler = Scheduler::new(schedule);
            let turn = registered.then(|| scheduler.register());
            scheduler.start();
            let (timers, signal) = (Timers::new(Clock::system()), Signal::new(&scheduler));
            for wait in [0, 1, 5_000_000, 20_000_000] {
                let deadline = timers.clock().now() + wait;
                assert!(!signal.wait_until(turn.as_ref(), &timers, deadline));
                assert!(timers.clock().now() >= deadline);
            }
            assert_eq!(number_set(&timers), 0);
        }
    }
}

#[test]
fn on_the_systems_clock_a_token_ends_the_wait() {
    for schedule in SCHEDULES {
        for registered in [false, true] {
            let scheduler = Scheduler::new(schedule);
            let turn = registered.then(|| scheduler.register());
            scheduler.start();
            let (timers, signal) = (Timers::new(Clock::system()), Signal::new(&scheduler));
            for _ in 0..100 {
                let setter = signal.clone();
                let setting = thread::spawn(move || setter.set());
                assert!(signal.wait_until(turn.as_ref(), &timers, u64::MAX));
                setting.join().unwrap();
            }
            assert!(!signal.take());
        }
    }
}

#[test]
fn a_deadline_that_has_passed_still_takes_a_token() {
    let (scheduler, timers) = (Scheduler::new(Schedule::Free), Timers::new(VirtualClock::new().into()));
    let signal = Signal::new(&scheduler);
    assert!(!signal.wait_until(None, &timers, 0));
    signal.set();
    assert!(signal.wait_until(None, &timers, 0));
    assert!(!signal.wait_until(None, &timers, 0));
}

/// The order in which threads of a ring log: each waits for its own signal and sets the next one's; the
/// first one starts another thread on its way, whose system thread takes `delay` to come.
fn order(seed: u64, delay: usize) -> Vec<usize> {
    const RING: usize = 4;
    let scheduler = Scheduler::new(Schedule::Deterministic(seed));
    let signals: Vec<_> = (0..RING).map(|_| Signal::new(&scheduler)).collect();
    let log = Arc::new(Mutex::new(Vec::new()));
    let late = Arc::new(Mutex::new(None));
    let threads: Vec<_> = (0..RING)
        .map(|name| {
            let (turn, signals, log, late) = (scheduler.register(), signals.clone(), log.clone(), late.clone());
            thread::spawn(move || {
                turn.begin();
                if name == 0 {
                    let (turn, log) = (turn.scheduler().register(), log.clone());
                    *late.lock() = Some(thread::spawn(move || {
                        (0..delay).for_each(|_| thread::yield_now());
                        turn.begin();
                        for _ in 0..3 {
                            log.lock().push(RING);
                            turn.switch();
                        }
                    }));
                }
                for _ in 0..3 {
                    signals[name].wait(Some(&turn));
                    log.lock().push(name);
                    signals[(name + 1) % RING].set();
                    turn.switch();
                    // A token for one that is busy elsewhere waits for it.
                    signals[(name + 2) % RING].set();
                }
            })
        })
        .collect();
    signals[0].set();
    scheduler.start();
    // Tokens can come together, and then threads are left waiting: each at its own signal, at rest.
    for next in (0..RING).cycle() {
        scheduler.wait_until_at_rest(LIMIT).unwrap();
        if threads.iter().all(thread::JoinHandle::is_finished) {
            break;
        }
        signals[next].set();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    late.lock().take().unwrap().join().unwrap();
    Arc::into_inner(log).unwrap().into_inner()
}

#[test]
fn the_order_of_parking_threads_is_the_seeds_however_late_a_system_thread_comes() {
    let first = order(1, 0);
    assert_eq!(first.len(), 15);
    for delay in 0..50 {
        assert_eq!(order(1, delay), first);
    }
    assert!((2..12).any(|seed| order(seed, 0) != first));
}
