//! The order of a deterministic schedule is its seed's, whatever the system does with its threads.

use complus_sync::{Arc, Mutex, Schedule, Scheduler, Signal, explore::explore, thread};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

/// The order in which three threads log, one of which starts a fourth on its way.
fn order(seed: u64) -> Vec<usize> {
    let scheduler = Scheduler::new(Schedule::Deterministic(seed));
    let signal = Signal::new(&scheduler);
    let log = Arc::new(Mutex::new(Vec::new()));
    let note = |name| {
        let log = log.clone();
        move || log.lock().push(name)
    };
    let (first, second, third) = (scheduler.register(), scheduler.register(), scheduler.register());
    let (note_0, note_1, note_2, note_3, waited) = (note(0), note(1), note(2), note(3), signal.clone());
    let waiting = thread::spawn(move || {
        first.begin();
        note_0();
        waited.wait(Some(&first));
        note_0();
    });
    let starting = thread::spawn(move || {
        second.begin();
        note_1();
        let late = second.scheduler().register();
        let late = thread::spawn(move || {
            late.begin();
            note_3();
            late.switch();
            note_3();
        });
        second.switch();
        note_1();
        drop(second);
        late.join().unwrap();
    });
    let setting = thread::spawn(move || {
        third.begin();
        note_2();
        third.switch();
        signal.set();
        note_2();
    });
    scheduler.start();
    [waiting, starting, setting].into_iter().for_each(|thread| thread.join().unwrap());
    assert!(scheduler.is_quiescent());
    Arc::into_inner(log).unwrap().into_inner()
}

#[test]
fn the_order_is_the_seeds_in_every_interleaving() {
    let orders = [1, 2, 3].map(|seed| {
        let known: std::sync::Arc<std::sync::OnceLock<Vec<usize>>> = std::sync::Arc::default();
        let first = known.clone();
        explore(500, move || {
            let order = order(seed);
            assert_eq!(order.len(), 8);
            assert_eq!(*first.get_or_init(|| order.clone()), order);
        });
        known.get().unwrap().clone()
    });
    assert!(orders[0] != orders[1] || orders[0] != orders[2]);
}

#[test]
fn who_waits_until_all_are_at_rest_sees_them_parked() {
    for schedule in [Schedule::Free, Schedule::Deterministic(1)] {
        explore(1_000, move || {
            let scheduler = Scheduler::new(schedule);
            let signals: [_; 2] = std::array::from_fn(|_| Signal::new(&scheduler));
            let threads: [_; 2] = std::array::from_fn(|name| {
                let (turn, signals) = (scheduler.register(), signals.clone());
                thread::spawn(move || {
                    turn.begin();
                    signals[name].wait(Some(&turn));
                    signals[1 - name].set();
                })
            });
            scheduler.start();
            scheduler.wait_until_at_rest(LIMIT).unwrap();
            assert!(scheduler.is_quiescent());
            signals[0].set();
            scheduler.wait_until_at_rest(LIMIT).unwrap();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            assert!(signals[0].take());
        });
    }
}

#[test]
fn a_blocked_thread_is_told_the_truth_about_its_hopes() {
    for schedule in [Schedule::Free, Schedule::Deterministic(1)] {
        explore(1_000, move || {
            let scheduler = Scheduler::new(schedule);
            let value = Arc::new(Mutex::new(None));
            let (blocked, maker, other) = (scheduler.register(), scheduler.register(), scheduler.register());
            let seen = value.clone();
            let blocking = thread::spawn(move || {
                blocked.begin();
                (blocked.block_until(|| *seen.lock()), blocked.block_until(|| None::<()>))
            });
            let making = thread::spawn(move || {
                maker.begin();
                *value.lock() = Some(7);
                maker.scheduler().wake();
            });
            let hopeless = thread::spawn(move || {
                other.begin();
                other.block_until(|| None::<()>)
            });
            scheduler.start();
            making.join().unwrap();
            assert_eq!(blocking.join().unwrap(), (Some(7), None));
            assert_eq!(hopeless.join().unwrap(), None);
        });
    }
}

#[test]
fn a_resting_thread_goes_on_when_the_others_park() {
    for schedule in [Schedule::Free, Schedule::Deterministic(1)] {
        explore(1_000, move || {
            let scheduler = Scheduler::new(schedule);
            let signal = Signal::new(&scheduler);
            let (resting, parking) = (scheduler.register(), scheduler.register());
            let waited = signal.clone();
            let parked = thread::spawn(move || {
                parking.begin();
                waited.wait(Some(&parking));
            });
            let rested = thread::spawn(move || {
                resting.begin();
                resting.rest(LIMIT).unwrap();
                assert!(!resting.scheduler().is_quiescent());
                signal.set();
            });
            scheduler.start();
            [parked, rested].into_iter().for_each(|thread| thread.join().unwrap());
        });
    }
}

#[test]
fn a_thread_that_comes_when_all_are_at_rest_takes_its_turn() {
    for schedule in [Schedule::Free, Schedule::Deterministic(1)] {
        explore(1_000, move || {
            let scheduler = Scheduler::new(schedule);
            let (signal, parking) = (Signal::new(&scheduler), scheduler.register());
            let waited = signal.clone();
            let parked = thread::spawn(move || {
                parking.begin();
                waited.wait(Some(&parking));
            });
            scheduler.start();
            let late = scheduler.register();
            let setting = thread::spawn(move || {
                late.begin();
                signal.set();
            });
            [parked, setting].into_iter().for_each(|thread| thread.join().unwrap());
        });
    }
}
