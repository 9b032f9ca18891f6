//! The pool of single-threaded apartments: its size, and which thread serves what (SYN 12).

use crate::error::CallError;
use core::time::Duration;

/// The settings of a process's thread pools. 0 means no limit, where a limit is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knobs {
    /// Threads that the pool has even when idle.
    pub min_threads: u32,
    /// Threads that it never exceeds; 0: no limit.
    pub max_threads: u32,
    /// Activities that a thread takes before another thread is made for the next.
    pub activities_per_thread: u32,
    /// Activities for each processor that count as a full load. Kept and reported, not used.
    pub activity_ratio: f64,
    /// Requests that may wait for a thread before another one is made.
    pub queue_depth: u32,
    /// Requests that may wait at all; 0: no limit.
    pub max_queued_requests: u32,
    /// How long a thread above the minimum stays without work.
    pub delete_delay: Duration,
    /// Whether the load of the processors is looked at. Kept and reported, not used.
    pub cpu_metric: bool,
    /// Whether threads are made early. Kept and reported, not used.
    pub aggressive: bool,
    /// Threads of the multithreaded pool; 0: no limit.
    pub mta_max_threads: u32,
    /// Throttle of the multithreaded pool; 0: none. Kept and reported, not used.
    pub mta_throttle: u32,
}

impl Knobs {
    /// The defaults for a machine with so many processors (SYN 12.1, 12.3, Y-34). The delete delay is ours: no
    /// source has one.
    pub const fn new(processors: u32) -> Self {
        let min = 7u32.saturating_add(processors);
        let most = processors.saturating_mul(10);
        Self {
            min_threads: min,
            max_threads: if most > min { most } else { min },
            activities_per_thread: 5,
            activity_ratio: 1.0,
            queue_depth: 5,
            max_queued_requests: 0,
            delete_delay: Duration::from_secs(60),
            cpu_metric: false,
            aggressive: false,
            mta_max_threads: 0,
            mta_throttle: 0,
        }
    }

    /// The defaults of EmulateMTSBehavior: one thread for each activity up to a hundred.
    pub const fn mts() -> Self {
        Self { min_threads: 1, max_threads: 100, activities_per_thread: 1, ..Self::new(1) }
    }

    /// Whether a pool of so many started threads may start another.
    const fn may_start(&self, started: usize) -> bool {
        self.max_threads == 0 || started < self.max_threads as usize
    }
}

impl Default for Knobs {
    /// One processor.
    fn default() -> Self {
        Self::new(1)
    }
}

/// What a started thread has to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Activities bound to it.
    pub bound: u32,
    /// Requests in its queue, without the one that it runs.
    pub queued: u32,
    /// It runs a request.
    pub busy: bool,
}

impl Load {
    /// It runs nothing and nothing waits for it.
    const fn is_idle(&self) -> bool {
        !self.busy && self.queued == 0
    }
}

/// The thread that is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A started one, by its index.
    Started(usize),
    /// A new one.
    New,
}

/// The number of threads that the pool reports: threads below the minimum count as there, started or not.
#[inline]
pub const fn nominal(started: u32, knobs: &Knobs) -> u32 {
    if started > knobs.min_threads { started } else { knobs.min_threads }
}

/// The thread for a new activity: the one with the fewest activities, the first of several; a new one, if that
/// one has its share or too long a queue and the pool may grow (rule 3). A thread below the minimum that was not
/// started yet is one without activities, so that nobody can tell whether it was.
pub fn bind(started: &[Load], knobs: &Knobs) -> Choice {
    let fewest = started.iter().enumerate().min_by_key(|(_, load)| load.bound);
    choose(
        fewest,
        started.len(),
        knobs,
        |load| load.bound == 0 && load.queued <= knobs.queue_depth,
        |load| load.bound >= knobs.activities_per_thread || load.queued > knobs.queue_depth,
    )
}

/// The thread for a request that any may serve: an idle one, else the one with the shortest queue, the first of
/// several; a new one, if that queue is too long and the pool may grow (rule 4, 12.2).
pub fn serve(started: &[Load], knobs: &Knobs) -> Choice {
    let ready = started.iter().enumerate().min_by_key(|(_, load)| (!load.is_idle(), load.queued));
    choose(ready, started.len(), knobs, Load::is_idle, |load| load.queued > knobs.queue_depth)
}

/// The best started thread, or a new one: while the pool is below its minimum unless the best is `free`, up to its
/// maximum if the best is `full`.
fn choose(
    best: Option<(usize, &Load)>,
    started: usize,
    knobs: &Knobs,
    free: impl Fn(&Load) -> bool,
    full: impl Fn(&Load) -> bool,
) -> Choice {
    match best {
        None => Choice::New,
        Some((index, load)) if free(load) => Choice::Started(index),
        Some(_) if started < knobs.min_threads as usize => Choice::New,
        Some((_, load)) if full(load) && knobs.may_start(started) => Choice::New,
        Some((index, _)) => Choice::Started(index),
    }
}

/// The thread after `previous` in turn, of so many started ones: for objects outside any activity (SYN 4.9).
#[inline]
pub const fn in_turn(previous: Option<usize>, started: usize) -> Choice {
    match (previous, started) {
        (_, 0) => Choice::New,
        (None, _) => Choice::Started(0),
        (Some(previous), _) => Choice::Started((previous + 1) % started),
    }
}

/// Whether a thread of a pool of so many started ones ends, after `idle` without work (rule 5).
#[inline]
pub fn ends(load: &Load, idle: Duration, started: u32, knobs: &Knobs) -> bool {
    load.bound == 0 && load.is_idle() && idle >= knobs.delete_delay && started > knobs.min_threads
}

/// Whether the pool takes one more request that cannot run at once, when `queued` wait already (rule 8).
///
/// # Errors
/// [`CallError::WorkRejected`]; the request is not run and not kept.
#[inline]
pub const fn accept(queued: u32, knobs: &Knobs) -> Result<(), CallError> {
    if knobs.max_queued_requests != 0 && queued >= knobs.max_queued_requests {
        Err(CallError::WorkRejected)
    } else {
        Ok(())
    }
}
