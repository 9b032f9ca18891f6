//! What the floors run their strands on: two threads that take a strand and let it run all it has.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

use parking_lot::{Condvar, Mutex};

/// Jobs that run one after another.
pub(crate) trait Strand: Send + Sync + 'static {
    /// Runs what is queued; with more to do it goes back to its pool.
    fn run(self: Arc<Self>);
}

/// Two threads, and the strands that have something to do.
pub(crate) struct Pool<S> {
    ready: Mutex<Ready<S>>,
    changed: Condvar,
}

struct Ready<S> {
    strands: VecDeque<Arc<S>>,
    asleep: usize,
}

impl<S: Strand> Pool<S> {
    /// A pool whose threads serve what `get` answers, which is this pool once it is made.
    pub(crate) fn start(get: fn() -> &'static Self) -> Self {
        for _ in 0..2 {
            thread::spawn(move || get().serve());
        }
        Self { ready: Mutex::new(Ready { strands: VecDeque::new(), asleep: 0 }), changed: Condvar::new() }
    }

    /// Wakes a thread only if one sleeps.
    pub(crate) fn push(&self, strand: Arc<S>) {
        let wakes = {
            let mut ready = self.ready.lock();
            ready.strands.push_back(strand);
            ready.asleep > 0
        };
        if wakes {
            self.changed.notify_one();
        }
    }

    fn serve(&self) {
        loop {
            let strand = {
                let mut ready = self.ready.lock();
                loop {
                    match ready.strands.pop_front() {
                        Some(strand) => break strand,
                        None => {
                            ready.asleep += 1;
                            self.changed.wait(&mut ready);
                            ready.asleep -= 1;
                        }
                    }
                }
            };
            strand.run();
        }
    }
}
