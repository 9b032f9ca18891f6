//! The pool of STA threads: who lives where, and which thread serves what (SYN 12.3).

use super::{Start, accept, worker};
use crate::{
    apartment::{self, Announced, Sta},
    machine::Machine,
    process::ProcessState,
    thread,
};
use complus_core::{
    error::CallError,
    rules::thread_pool::{self, Choice, Knobs, Load},
};
use complus_sync::{
    Arc, Mutex, RwLock,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

/// The STA pool of a process.
pub(crate) struct StaPool {
    knobs: Arc<RwLock<Knobs>>,
    threads: Mutex<Threads>,
    stopped: AtomicBool,
}

#[derive(Default)]
struct Threads {
    started: Vec<Arc<Sta>>,
}

impl StaPool {
    pub(super) fn new(knobs: Arc<RwLock<Knobs>>) -> Arc<Self> {
        Arc::new(Self { knobs, threads: Mutex::default(), stopped: AtomicBool::new(false) })
    }

    /// The STA for a new activity, or an activity object that is bound (rule 3). Its thread does not end before that is
    /// bound there and the guard dropped.
    pub(crate) fn bind(self: &Arc<Self>, machine: &Arc<Machine>, process: &Arc<ProcessState>) -> Announced {
        let knobs = *self.knobs.read();
        self.choose(machine, process, |threads| thread_pool::bind(&loads(&threads.started), &knobs), Sta::announce)
    }

    /// The STA for a request that any may serve (rule 4). The request counts as queued from now on: another one that
    /// is sent at the same moment does not take the thread for idle, and the thread does not end.
    pub(crate) fn serve(self: &Arc<Self>, machine: &Arc<Machine>, process: &Arc<ProcessState>) -> Announced {
        let knobs = *self.knobs.read();
        let serve = |threads: &mut Threads| thread_pool::serve(&loads(&threads.started), &knobs);
        self.choose(machine, process, serve, Sta::announce)
    }

    /// `take` is called before the pool can change again.
    fn choose<T>(
        self: &Arc<Self>,
        machine: &Arc<Machine>,
        process: &Arc<ProcessState>,
        choose: impl FnOnce(&mut Threads) -> Choice,
        take: impl FnOnce(&Arc<Sta>) -> T,
    ) -> T {
        let mut threads = self.threads.lock();
        if self.stopped.load(Ordering::Acquire) {
            return take(&apartment::ended_pool_sta(machine));
        }
        if let Choice::Started(index) = choose(&mut threads)
            && let Some(sta) = threads.started.get(index)
        {
            return take(sta);
        }
        let number = machine.new_thread();
        let sta = apartment::new_pool_sta(machine, process, number);
        threads.started.push(sta.clone());
        let taken = take(&sta);
        drop(threads);
        let (pool, own) = (self.clone(), sta.clone());
        let start = Start { machine: machine.clone(), process: process.clone(), number };
        worker::start("complus-sta", start, move || pool.run(&own));
        taken
    }

    /// A thread of the pool: the home of its STA until it ends.
    fn run(&self, sta: &Arc<Sta>) {
        if apartment::adopt_pool_sta(sta).is_err() {
            return self.forget(sta);
        }
        let turn = thread::turn();
        let Some(timers) = thread::machine().map(|machine| machine.timers.clone()) else { return self.forget(sta) };
        let signal = sta.signal().clone();
        let mut since = timers.clock().now();
        loop {
            while apartment::serve_queue() {
                since = timers.clock().now();
            }
            if self.stopped.load(Ordering::Acquire) {
                break self.forget(sta);
            }
            let delay = u64::try_from(self.knobs.read().delete_delay.as_nanos()).unwrap_or(u64::MAX);
            let deadline = since.saturating_add(delay);
            let (_, machine) = worker::without_machine(|| signal.wait_until(turn.as_deref(), &timers, deadline));
            if machine.is_none() {
                break self.forget(sta);
            }
            let idle = Duration::from_nanos(timers.clock().now().saturating_sub(since));
            if self.may_end(sta, idle) {
                break;
            }
            if timers.clock().now() >= deadline {
                since = timers.clock().now(); // It is needed all the same: another period begins.
            }
        }
        worker::tell_end();
        apartment::leave_for_good();
    }

    /// Whether the thread has been idle for so long that it ends; it is counted no more then (rule 5).
    fn may_end(&self, sta: &Arc<Sta>, idle: Duration) -> bool {
        let mut threads = self.threads.lock();
        let started = u32::try_from(threads.started.len()).unwrap_or(u32::MAX);
        let ends = thread_pool::ends(&sta.load(), idle, started, &self.knobs.read());
        if ends {
            threads.started.retain(|other| !Arc::ptr_eq(other, sta));
        }
        ends
    }

    fn forget(&self, sta: &Arc<Sta>) {
        self.threads.lock().started.retain(|other| !Arc::ptr_eq(other, sta));
    }

    /// Whether one more request may be queued that any thread may serve.
    pub(super) fn accepts(&self, knobs: &Knobs) -> Result<(), CallError> {
        let threads = self.threads.lock();
        let loads = loads(&threads.started);
        let most = if knobs.max_threads == 0 { usize::MAX } else { knobs.max_threads as usize };
        let can_run = loads.len() < most || loads.iter().any(|load| !load.busy && load.queued == 0);
        let waiting = loads.iter().map(|load| load.queued as usize).sum();
        if can_run { Ok(()) } else { accept(waiting, knobs) }
    }

    pub(super) fn started(&self) -> u32 {
        u32::try_from(self.threads.lock().started.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn queued(&self) -> usize {
        self.threads.lock().started.iter().map(|sta| sta.queued()).sum()
    }

    /// Whether it starts no more threads.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Lets the threads end when their queues are empty.
    pub(super) fn stop(&self) {
        let threads = self.threads.lock();
        self.stopped.store(true, Ordering::Release);
        threads.started.iter().for_each(|sta| sta.wake());
    }
}

fn loads(started: &[Arc<Sta>]) -> Vec<Load> {
    started.iter().map(|sta| sta.load()).collect()
}
