//! What all rows of asynchronous calls share: producers that post, and a latch that says when all has run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Counts down to zero and wakes who waits for it.
pub(crate) struct Latch {
    left: AtomicU64,
    waiter: Thread,
}

impl Latch {
    /// A latch that this thread waits for.
    pub(crate) fn new(count: u64) -> Arc<Self> {
        Arc::new(Self { left: AtomicU64::new(count), waiter: thread::current() })
    }

    /// One less.
    #[inline]
    pub(crate) fn hit(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waiter.unpark();
        }
    }

    /// Waits for zero.
    pub(crate) fn wait(&self) {
        while self.left.load(Ordering::Acquire) != 0 {
            thread::park_timeout(Duration::from_millis(50));
        }
    }
}

/// The time from the first post to the end of the last call, for about `calls` calls in all: so many `producers` post
/// in parallel, to so many `targets` in turn. `producer` is called on the thread of each and gives what posts to a
/// target a call that hits the latch.
#[allow(dead_code, reason = "a program that only needs the latch drives its calls itself")]
pub(crate) fn drive<P: FnMut(usize, Arc<Latch>)>(
    calls: u64,
    producers: u64,
    targets: usize,
    producer: impl Fn() -> P + Sync,
) -> Duration {
    // Each run goes on where the last one ended, so that a short one does not always meet the same targets.
    static FIRST: AtomicU64 = AtomicU64::new(0);
    let share = calls.div_ceil(producers);
    let latch = Latch::new(share * producers);
    let first = FIRST.fetch_add(share * producers, Ordering::Relaxed);
    let run = |number: u64, latch: &Arc<Latch>| {
        let mut post = producer();
        let mut target = ((first + number) % targets as u64) as usize;
        for _ in 0..share {
            post(target, latch.clone());
            target += producers as usize;
            while target >= targets {
                target -= targets;
            }
        }
    };
    let start = Instant::now();
    if producers == 1 {
        run(0, &latch);
    } else {
        thread::scope(|scope| {
            for number in 0..producers {
                let (run, latch) = (&run, &latch);
                scope.spawn(move || run(number, latch));
            }
        });
    }
    latch.wait();
    start.elapsed()
}
