//! The word of an activity's lock, the very file of the runtime: what is done inside has happened before whoever enters
//! next does anything (O1, O10), and nobody in the line is forgotten.
//!
//! The line, its mutex and who is woken are this test's; the runtime has more kinds of waiters, but locks and hands over
//! in the same places.

use complus_core::activity_lock::{Line, Ticket};
use complus_sync::{
    Arc, Mutex, Scheduler, Signal,
    atomic::{self as atomics, AtomicU32, Ordering},
    loom::model::Builder,
    thread,
};

#[path = "../../../runtime/src/activity/word.rs"]
mod word;

use word::Word;

struct Lock {
    word: Word,
    line: Mutex<Line<Option<Signal>>>,
    /// What only those inside touch, with the weakest ordering: a visit that does not see the one before it loses one.
    visits: AtomicU32,
}

impl Lock {
    fn new(owner: u64) -> Arc<Self> {
        Arc::new(Self { word: Word::of(owner), line: Mutex::default(), visits: AtomicU32::new(0) })
    }

    fn visit(&self) {
        let before = self.visits.load(Ordering::Relaxed);
        self.visits.store(before + 1, Ordering::Relaxed);
    }

    /// Joins the line unless it is let in at once; where it waits then.
    fn join(&self, causality: u64) -> Option<(Signal, Ticket)> {
        let mut line = self.line.lock();
        if self.word.enter_or_announce(causality) {
            return None;
        }
        let signal = Signal::new(&Scheduler::new(complus_sync::Schedule::Free));
        Some((signal.clone(), line.join(causality, Some(signal))))
    }

    fn enter(&self, causality: u64) {
        if !self.word.try_enter(causality)
            && let Some((signal, _)) = self.join(causality)
        {
            signal.wait(None);
        }
        assert_eq!(self.word.depth(), 1);
    }

    /// An asynchronous call: run here, or by whoever hands the lock to it.
    fn submit(&self, causality: u64) {
        let taken = self.word.take(causality) || {
            let mut line = self.line.lock();
            let taken = self.word.take_or_announce(causality);
            if !taken {
                line.join(causality, None);
            }
            taken
        };
        if taken {
            self.visit();
            self.leave();
        }
    }

    fn leave(&self) {
        while !self.word.try_leave() {
            let head = {
                let mut line = self.line.lock();
                let (head, state) = line.hand_over();
                self.word.hand_over(state, 0);
                head
            };
            match head.map(|head| head.waiter) {
                None => return,
                Some(Some(signal)) => return signal.set(),
                Some(None) => self.visit(),
            }
        }
    }

    /// Gives up; `false` if the lock was handed over before.
    fn cancel(&self, ticket: Ticket) -> bool {
        let mut line = self.line.lock();
        let gone = line.cancel(ticket).is_some();
        if gone && line.is_empty() {
            self.word.denounce();
        }
        gone
    }
}

/// All that orderings allow, as far as it needs no more than three switches that nobody waited for.
fn check(test: impl Fn() + Send + Sync + 'static) {
    let mut some = Builder::new();
    some.preemption_bound = Some(3);
    some.check(test);
}

fn is_free_after(lock: &Lock, visits: u32) {
    lock.enter(99);
    assert_eq!(lock.visits.load(Ordering::Relaxed), visits);
    lock.leave();
    assert_eq!((lock.word.owner(), lock.line.lock().len()), (0, 0));
}

#[test]
fn two_who_enter_see_each_others_visits() {
    check(|| {
        let lock = Lock::new(0);
        let other = lock.clone();
        let visiting = thread::spawn(move || {
            other.enter(1);
            other.visit();
            // Again, and out again.
            assert!(other.word.try_enter(1) && other.word.try_leave());
            other.leave();
        });
        lock.enter(2);
        lock.visit();
        lock.leave();
        visiting.join().unwrap();
        is_free_after(&lock, 2);
    });
}

#[test]
fn asynchronous_calls_and_one_who_waits_see_each_others_visits() {
    check(|| {
        let lock = Lock::new(0);
        let submitting = [1, 2].map(|causality| {
            let lock = lock.clone();
            thread::spawn(move || lock.submit(causality))
        });
        lock.enter(3);
        lock.visit();
        lock.leave();
        submitting.into_iter().for_each(|thread| thread.join().unwrap());
        is_free_after(&lock, 3);
    });
}

#[test]
fn who_gives_up_is_out_of_the_line_or_inside() {
    check(|| {
        let lock = Lock::new(1);
        let waiter = lock.clone();
        let waiting = thread::spawn(move || {
            // Having given up it comes again.
            if waiter.join(2).is_some_and(|(_, ticket)| waiter.cancel(ticket)) {
                waiter.enter(2);
            }
            waiter.visit();
            waiter.leave();
        });
        lock.visit();
        lock.leave();
        waiting.join().unwrap();
        is_free_after(&lock, 2);
    });
}

/// A row of calls, the last of which goes back into the line, or not; the lock is passed on so often before. Somebody
/// comes meanwhile.
fn row(passes: u64, puts_back: bool) {
    check(move || {
        let lock = Lock::new(1);
        let waiter = lock.clone();
        let waiting = thread::spawn(move || {
            waiter.enter(9);
            waiter.visit();
            waiter.leave();
        });
        for causality in 0..passes {
            lock.visit();
            lock.word.pass_to(2 + causality, 1);
            assert_eq!(lock.word.ahead(), 1);
        }
        if puts_back {
            let mut line = lock.line.lock();
            line.put_back(8, None);
            lock.word.put_back();
        }
        lock.visit();
        lock.leave();
        waiting.join().unwrap();
        is_free_after(&lock, 2 + u32::try_from(passes).unwrap() + u32::from(puts_back));
    });
}

#[test]
fn a_row_of_calls_forgets_nobody_who_comes_meanwhile() {
    row(2, false);
}

#[test]
fn what_goes_back_into_the_line_is_not_forgotten() {
    row(0, true);
    row(1, true);
}

#[test]
fn an_owner_that_goes_on_as_another_causality_forgets_nobody() {
    check(|| {
        let lock = Lock::new(1);
        let waiter = lock.clone();
        let waiting = thread::spawn(move || {
            waiter.enter(5);
            waiter.visit();
            waiter.leave();
        });
        lock.visit();
        {
            let _line = lock.line.lock();
            lock.word.rename(2);
        }
        assert!(lock.word.try_enter(2) && lock.word.try_leave());
        lock.leave();
        waiting.join().unwrap();
        is_free_after(&lock, 2);
    });
}
