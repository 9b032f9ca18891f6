//! The thread pools of a process: one of STAs, one for the MTA (SYN 12); and the threads of the STAs that COM hosts.
//!
//! Both start their threads when there is work, and let them go when there is none for long. A pool's thread is a
//! thread like any other: it is bound to its process, has an apartment, and takes turns under a deterministic schedule.

mod host;
mod mta;
mod settings;
mod shutdown;
mod sta;
mod worker;

pub use settings::{Knobs, PoolSettings, ThreadPools};
pub use shutdown::Shutdown;
pub(crate) use worker::is_scheduled;

use crate::{activity::ActivityObject, machine::Machine, process::ProcessState};
use complus_core::error::CallError;
use complus_sync::{
    Arc, RwLock,
    atomic::{AtomicBool, Ordering},
};

/// The pools of a process.
pub(crate) struct Pools {
    knobs: Arc<RwLock<Knobs>>,
    /// There is a knob that limits how many requests may be queued.
    limited: AtomicBool,
    pub(crate) mta: Arc<mta::MtaPool>,
    pub(crate) sta: Arc<sta::StaPool>,
    pub(crate) hosts: host::Hosts,
    /// Asynchronous calls that are not over, and the threads.
    open: shutdown::Open,
}

impl Pools {
    pub(crate) fn new(settings: PoolSettings) -> Self {
        let knobs = Arc::new(RwLock::new(settings.knob_values()));
        let mta = mta::MtaPool::new(knobs.clone(), settings.processor_count());
        let sta = sta::StaPool::new(knobs.clone());
        let limited = AtomicBool::new(knobs.read().max_queued_requests != 0);
        Self { knobs, limited, mta, sta, hosts: host::Hosts::default(), open: shutdown::Open::default() }
    }

    /// The knobs as they stand.
    pub(crate) fn knobs(&self) -> Knobs {
        *self.knobs.read()
    }

    /// Turns the knobs.
    pub(crate) fn set_knobs(&self, change: impl FnOnce(&mut Knobs)) {
        let mut knobs = self.knobs.write();
        change(&mut knobs);
        self.limited.store(knobs.max_queued_requests != 0, Ordering::Release);
    }

    /// One more asynchronous call is to be queued (12.3 rule 8). It counts as accepted until [`end`](Self::end).
    ///
    /// # Errors
    /// CO_E_ASYNC_WORK_REJECTED; the call does not count.
    pub(crate) fn begin(&self, object: &ActivityObject) -> Result<(), CallError> {
        self.open.begin()?;
        self.has_room(object).inspect_err(|_| self.open.end(1))
    }

    /// So many calls that were accepted are over.
    pub(crate) fn end(&self, calls: usize) {
        self.open.end(calls);
    }

    fn has_room(&self, object: &ActivityObject) -> Result<(), CallError> {
        if !self.limited.load(Ordering::Acquire) {
            return Ok(());
        }
        let knobs = self.knobs.read();
        if knobs.max_queued_requests == 0 {
            return Ok(());
        }
        let in_line = object.lock().filter(|lock| lock.owner() != 0).map(|lock| lock.waiting());
        match (in_line, object.bound_to()) {
            (Some(waiting), _) => accept(waiting, &knobs),
            (None, Some(sta)) if sta.is_busy() => accept(sta.queued(), &knobs),
            (None, Some(_)) => Ok(()),
            (None, None) if object.sta.is_some() => self.sta.accepts(&knobs),
            (None, None) => self.mta.accepts(&knobs),
        }
    }

    /// Lets those look again who wait for the end of the calls.
    pub(crate) fn let_go(&self) {
        self.open.tell();
    }

    /// Ends all threads, once the work that was accepted is done.
    pub(crate) fn stop(&self) {
        self.mta.stop();
        self.sta.stop();
        drop(self.hosts.end());
    }
}

fn accept(waiting: usize, knobs: &Knobs) -> Result<(), CallError> {
    complus_core::rules::thread_pool::accept(u32::try_from(waiting).unwrap_or(u32::MAX), knobs)
}

/// What a new thread of a pool is given.
struct Start {
    machine: Arc<Machine>,
    process: Arc<ProcessState>,
    /// Its number in the machine.
    number: u32,
}
