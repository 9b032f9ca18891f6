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
use complus_sync::{Arc, Mutex, RwLock, Signal};
use std::{collections::VecDeque, time::Duration};

/// How long a queue stands still before another thread is started for it.
const STALL: Duration = Duration::from_millis(10);

/// The MTA pool of a process.
pub(crate) struct MtaPool {
    knobs: Arc<RwLock<Knobs>>,
    /// So many threads are started without waiting for a queue to stand still.
    eager: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    /// Threads that wait for work; the one that has waited least is taken first, so that others may end.
    idle: Vec<(u32, Signal)>,
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
        Arc::new(Self { knobs, eager, state: Mutex::default() })
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
        if let Some((_, idle)) = state.idle.pop() {
            drop(state);
            return idle.set();
        }
        let eagerly = state.threads < self.eager || worker::is_scheduled(machine);
        if state.watched && !eagerly || !self.may_start(&state) {
            return; // The threads that are there take it, one after another.
        }
        if eagerly {
            state.threads += 1;
            drop(state);
            self.start(machine, process);
        } else {
            state.watched = true;
            let taken = state.taken;
            drop(state);
            self.watch(machine, process, taken);
        }
    }

    fn may_start(&self, state: &State) -> bool {
        let most = self.knobs.read().mta_max_threads;
        most == 0 || state.threads < usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// Starts a thread later if nothing is taken from the queue until then: all threads may be blocked by their work.
    fn watch(self: &Arc<Self>, machine: &Arc<Machine>, process: &Arc<ProcessState>, before: u64) {
        let (pool, weak, weak_process) = (self.clone(), Arc::downgrade(machine), Arc::downgrade(process));
        let look = move || {
            let (Some(machine), Some(process)) = (weak.upgrade(), weak_process.upgrade()) else { return };
            let mut state = pool.state.lock();
            if state.queue.is_empty() || !pool.may_start(&state) {
                state.watched = false;
                return;
            }
            let taken = state.taken;
            let stands_still = taken == before && state.idle.is_empty();
            if stands_still {
                state.threads += 1;
            }
            drop(state);
            if stands_still {
                pool.start(&machine, &process);
            }
            pool.watch(&machine, &process, taken);
        };
        let stall = u64::try_from(STALL.as_nanos()).unwrap_or(u64::MAX);
        machine.timers.set(machine.clock.now().saturating_add(stall), Box::new(look));
    }

    fn start(self: &Arc<Self>, machine: &Arc<Machine>, process: &Arc<ProcessState>) {
        let pool = self.clone();
        let number = machine.new_thread();
        let start = Start { machine: machine.clone(), process: process.clone(), number };
        worker::start("complus-mta", start, move || pool.serve());
    }

    /// A thread of the pool: a member of the MTA until it ends.
    fn serve(self: &Arc<Self>) {
        apartment::join_mta_as_worker();
        let mut next = self.next();
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
        match state.pop() {
            Some(job) => {
                state.queue.push_back(Job::Work(rest));
                job
            }
            None => Job::Work(rest),
        }
    }

    /// The next job; `None` when the thread is to end, and is counted no more.
    fn next(&self) -> Option<Job> {
        if let Some(job) = self.state.lock().pop() {
            return Some(job);
        }
        let waiting = thread::bound(|binding| Some((binding.thread, binding.signal()?))).ok().flatten();
        let (turn, timers) = (thread::turn(), thread::machine().map(|machine| machine.timers.clone()));
        let (Some((number, signal)), Some(timers)) = (waiting, timers) else { return self.end() };
        let deadline = timers.clock().now().saturating_add(self.delete_delay());
        loop {
            {
                let mut state = self.state.lock();
                if let Some(job) = state.pop() {
                    return Some(job);
                }
                if state.stopped {
                    state.threads -= 1;
                    return None;
                }
                state.idle.push((number, signal.clone()));
            }
            let (woken, machine) = worker::without_machine(|| signal.wait_until(turn.as_deref(), &timers, deadline));
            let mut state = self.state.lock();
            state.idle.retain(|(idle, _)| *idle != number);
            // Looked at and decided at once: what is queued later finds one thread less, and starts another.
            if machine.is_none() || !woken && state.queue.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }

    fn end(&self) -> Option<Job> {
        self.state.lock().threads -= 1;
        None
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
        drop(state);
        idle.iter().for_each(|(_, idle)| idle.set());
    }
}

impl State {
    fn pop(&mut self) -> Option<Job> {
        let job = self.queue.pop_front();
        self.taken += u64::from(job.is_some());
        job
    }
}
