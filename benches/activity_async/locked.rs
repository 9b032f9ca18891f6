//! The floor in safe code: a strand is a queue behind a mutex; a pool of two threads takes a strand and runs all it has.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::thread;

use parking_lot::{Condvar, Mutex};

type Job = Box<dyn FnOnce() + Send>;

/// Jobs that run one after another.
#[derive(Default)]
pub(crate) struct Strand(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// It is in the pool, or being run.
    scheduled: bool,
}

impl Strand {
    /// Puts a job at the end.
    #[inline]
    pub(crate) fn post(self: &Arc<Self>, job: impl FnOnce() + Send + 'static) {
        let starts = {
            let mut queue = self.0.lock();
            queue.jobs.push_back(Box::new(job));
            !std::mem::replace(&mut queue.scheduled, true)
        };
        if starts {
            Pool::get().push(self.clone());
        }
    }

    fn run(self: Arc<Self>) {
        let mut jobs = std::mem::take(&mut self.0.lock().jobs);
        jobs.drain(..).for_each(|job| job());
        let again = {
            let mut queue = self.0.lock();
            if queue.jobs.is_empty() {
                queue.jobs = jobs;
                queue.scheduled = false;
            }
            queue.scheduled
        };
        if again {
            Pool::get().push(self);
        }
    }
}

struct Pool {
    ready: Mutex<Ready>,
    changed: Condvar,
}

#[derive(Default)]
struct Ready {
    strands: VecDeque<Arc<Strand>>,
    asleep: usize,
}

impl Pool {
    fn get() -> &'static Self {
        static POOL: OnceLock<Pool> = OnceLock::new();
        POOL.get_or_init(|| {
            for _ in 0..2 {
                thread::spawn(|| Self::get().serve());
            }
            Self { ready: Mutex::default(), changed: Condvar::new() }
        })
    }

    /// Wakes a thread only if one sleeps.
    fn push(&self, strand: Arc<Strand>) {
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
