//! The pool of MTA threads: a queue, threads that take from it, and no upper limit but the knob's (SYN 12.1).

use super::{Start, accept, worker};
use crate::{
    activity::Work,
    apartment::{self, Call},
    machine::Machine,
    process::ProcessState,
    thread,
};
use complus_core::{error::CallError, rules::thread_pool::Knobs};
use complus_sync::{
    Arc, Mutex, MutexGuard, RwLock, Signal,
    atomic::{AtomicBool, Ordering},
};
use std::{collections::VecDeque, time::Duration};

/// How long a queue stands still before another thread is started for it.
const STALL: Duration = Duration::from_millis(10);

/// So many times a thread looks at the queue before it goes to sleep; some microseconds, about what it costs to be
/// woken.
const LOOKS: u32 = 64;

/// The MTA pool of a process.
pub(crate) struct MtaPool {
    knobs: Arc<RwLock<Knobs>>,
    /// So many threads are started without waiting for a queue to stand still.
    eager: usize,
    state: Mutex<State>,
    /// Something is in the queue; to be looked at without the lock.
    filled: AtomicBool,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    /// Threads that wait for work; the one that has waited least is taken first, so that others may end.
    idle: Vec<(u32, Signal)>,
    /// Threads that were woken or started and have not come yet, or look around before they go to sleep. As long as
    /// there is one nobody needs to be woken for what is put into the queue: the one that takes a job sees to the rest.
    looking: usize,
    threads: usize,
    stopped: bool,
    /// Counts what was taken from the queue.
    taken: u64,
    /// A timer looks whether the queue stands still.
    watched: bool,
}

/// What a thread of the pool does.
enum Job {
    Work(Work),
    Call(Box<Call>),
}

impl MtaPool {
    pub(super) fn new(knobs: Arc<RwLock<Knobs>>, processors: u32) -> Arc<Self> {
        let eager = usize::try_from(processors).unwrap_or(1).max(2);
        Arc::new(Self { knobs, eager, state: Mutex::default(), filled: AtomicBool::new(false) })
    }

    /// Queues asynchronous work.
    pub(crate) fn submit(self: &Arc<Self>, machine: &Arc<Machine>, process: &Arc<ProcessState>, work: Work) {
        self.push(machine, process, Job::Work(work));
    }

    /// Queues a call that somebody waits for.
    pub(crate) fn submit_call(self: &Arc<Self>, machine: &Arc<Machine>, process: &Arc<ProcessState>, call: Box<Call>) {
        if self.state.lock().stopped {
            return call.returned(Err(CallError::Disconnected.into()));
        }
        self.push(machine, process, Job::Call(call));
    }

    fn push(self: &Arc<Self>, machine: &Arc<Machine>, process: &Arc<ProcessState>, job: Job) {
        let mut state = self.state.lock();
        state.queue.push_back(job);
        self.filled.store(true, Ordering::Release);
        self.see_to_it(state, machine, process);
    }

    /// Sees to it that somebody comes for what is in the queue.
    fn see_to_it(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
        machine: &Arc<Machine>,
        process: &Arc<ProcessState>,
    ) {
        let scheduled = worker::is_scheduled(machine);
        if state.looking > 0 && !scheduled {
            return;
        }
        if let Some((_, idle)) = state.idle.pop() {
            state.looking += 1;
            drop(state);
            return idle.set();
        }
        let eagerly = state.threads < self.eager || scheduled;
        if state.watched && !eagerly || !self.may_start(&state) {
            return; // The threads that are there take it, one after another.
        }
        if !eagerly {
            drop(state);
        } else if self.start(state, machine, process) {
            return;
        }
        self.watch(machine, process);
    }

    fn may_start(&self, state: &State) -> bool {
        let most = self.knobs.read().mta_max_threads;
        most == 0 || state.threads < usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// Starts a thread later if nothing is taken from the queue until then: all threads may be blocked by their work.
    fn watch(self: &Arc<Self>, machine: &Arc<Machine>, process: &Arc<ProcessState>) {
        let before = {
            let mut state = self.state.lock();
            if std::mem::replace(&mut state.watched, true) {
                return;
            }
            state.taken
        };
        let (pool, weak, weak_process) = (self.clone(), Arc::downgrade(machine), Arc::downgrade(process));
        let look = move || {
            let (Some(machine), Some(process)) = (weak.upgrade(), weak_process.upgrade()) else { return };
            let mut state = pool.state.lock();
            state.watched = false;
            if state.queue.is_empty() || !pool.may_start(&state) {
                return;
            }
            if state.taken == before && state.idle.is_empty() {
                pool.start(state, &machine, &process);
            } else {
                drop(state);
            }
            pool.watch(&machine, &process);
        };
        let stall = u64::try_from(STALL.as_nanos()).unwrap_or(u64::MAX);
        machine.timers.set(machine.clock.now().saturating_add(stall), Box::new(look));
    }

    /// Starts a thread; `false` if the system refuses one.
    fn start(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
        machine: &Arc<Machine>,
        process: &Arc<ProcessState>,
    ) -> bool {
        state.threads += 1;
        state.looking += 1;
        drop(state);
        let pool = self.clone();
        let number = machine.new_thread();
        let start = Start { machine: machine.clone(), process: process.clone(), number };
        let started = worker::start("complus-mta", start, move || pool.serve());
        if !started {
            let mut state = self.state.lock();
            state.threads -= 1;
            state.looking -= 1;
        }
        started
    }

    /// A thread of the pool: a member of the MTA until it ends.
    fn serve(self: &Arc<Self>) {
        apartment::join_mta_as_worker();
        let mut next = self.look(true);
        while let Some(job) = next {
            let rest = match job {
                Job::Work(work) => work.run_in_turn(),
                Job::Call(call) => {
                    apartment::run_call(call);
                    None
                }
            };
            next = match rest {
                Some(rest) => Some(self.after_turn(rest)),
                None => self.next(),
            };
        }
        worker::tell_end();
    }

    /// What a thread does whose turn is over: what is left of its work goes to the end of the queue.
    fn after_turn(&self, rest: Work) -> Job {
        let mut state = self.state.lock();
        match state.queue.pop_front() {
            Some(job) => {
                state.taken += 1;
                state.queue.push_back(Job::Work(rest));
                job
            }
            None => Job::Work(rest),
        }
    }

    /// The next job; `None` when the thread is to end, and is counted no more.
    #[inline]
    fn next(self: &Arc<Self>) -> Option<Job> {
        let job = self.take(&mut self.state.lock());
        if job.is_some() { job } else { self.look(false) }
    }

    fn take(&self, state: &mut State) -> Option<Job> {
        let job = state.queue.pop_front()?;
        state.taken += 1;
        if state.queue.is_empty() {
            self.filled.store(false, Ordering::Relaxed);
        }
        Some(job)
    }

    /// Looks for a job, and waits for one. `looking`: the thread is counted as one that looks.
    #[inline(never)]
    fn look(self: &Arc<Self>, mut looking: bool) -> Option<Job> {
        let waiting = thread::bound(|binding| Some((binding.thread, binding.signal()?))).ok().flatten();
        let (turn, timers) = (thread::turn(), thread::machine().map(|machine| machine.timers.clone()));
        let (Some((number, signal)), Some(timers)) = (waiting, timers) else { return self.state.lock().end(looking) };
        let mut looks = if turn.is_none() { LOOKS } else { 0 };
        let deadline = timers.clock().now().saturating_add(self.delete_delay());
        loop {
            {
                let mut state = self.state.lock();
                if let Some(job) = self.take(&mut state) {
                    self.found(state, looking);
                    return Some(job);
                }
                if state.stopped {
                    return state.end(looking);
                }
                // One that looks around is enough.
                let others = state.looking - usize::from(looking);
                looks = if others == 0 { looks } else { 0 };
                if looks > 0 && !looking {
                    state.looking += 1;
                    looking = true;
                } else if looks == 0 {
                    state.looking = others;
                    state.idle.push((number, signal.clone()));
                }
            }
            if looks > 0 {
                while looks > 0 && !self.filled.load(Ordering::Acquire) {
                    looks -= 1;
                    std::hint::spin_loop();
                }
                continue;
            }
            let (woken, machine) = worker::without_machine(|| signal.wait_until(turn.as_deref(), &timers, deadline));
            let mut state = self.state.lock();
            // Whoever takes a thread from those that are idle counts it as one that looks.
            let idle = state.idle.iter().position(|(idle, _)| *idle == number);
            idle.map(|place| state.idle.remove(place));
            looking = idle.is_none();
            if machine.is_none() || !woken && state.queue.is_empty() {
                return state.end(looking);
            }
        }
    }

    /// The thread has found a job. If it is one of those that look, it leaves somebody behind for what is in the queue
    /// still.
    fn found(self: &Arc<Self>, mut state: MutexGuard<'_, State>, looking: bool) {
        if !looking {
            return;
        }
        state.looking -= 1;
        if state.looking > 0 || state.queue.is_empty() {
            return;
        }
        drop(state);
        if let Ok((machine, process)) = thread::here()
            && !worker::is_scheduled(&machine)
        {
            let state = self.state.lock();
            if !state.queue.is_empty() {
                self.see_to_it(state, &machine, &process);
            }
        }
    }

    fn delete_delay(&self) -> u64 {
        u64::try_from(self.knobs.read().delete_delay.as_nanos()).unwrap_or(u64::MAX)
    }

    /// Whether one more request may be queued.
    pub(super) fn accepts(&self, knobs: &Knobs) -> Result<(), CallError> {
        let state = self.state.lock();
        let most = if knobs.mta_max_threads == 0 { usize::MAX } else { knobs.mta_max_threads as usize };
        let free = state.idle.len() + most.saturating_sub(state.threads);
        match state.queue.len().checked_sub(free) {
            Some(waiting) => accept(waiting, knobs),
            None => Ok(()),
        }
    }

    pub(super) fn started(&self) -> u32 {
        u32::try_from(self.state.lock().threads).unwrap_or(u32::MAX)
    }

    pub(super) fn queued(&self) -> usize {
        self.state.lock().queue.len()
    }

    /// Lets the threads end when the queue is empty.
    pub(super) fn stop(&self) {
        let mut state = self.state.lock();
        state.stopped = true;
        let idle = std::mem::take(&mut state.idle);
        state.looking += idle.len();
        drop(state);
        idle.iter().for_each(|(_, idle)| idle.set());
    }
}

impl State {
    /// The thread ends, in the same moment in which it has seen that there is nothing for it.
    fn end(&mut self, looking: bool) -> Option<Job> {
        self.threads -= 1;
        self.looking -= usize::from(looking);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Job;

    #[test]
    fn a_job_is_no_longer_than_a_cache_line() {
        assert!(size_of::<Job>() <= 64, "{}", size_of::<Job>());
    }
}
