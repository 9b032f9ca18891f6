//! The floor in safe code: a strand is a queue behind a mutex; a pool of two threads takes a strand and runs all it has.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::strand_pool::{self, Pool};

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
            pool().push(self.clone());
        }
    }
}

impl strand_pool::Strand for Strand {
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
            pool().push(self);
        }
    }
}

fn pool() -> &'static Pool<Strand> {
    static POOL: OnceLock<Pool<Strand>> = OnceLock::new();
    POOL.get_or_init(|| Pool::start(pool))
}
