//! The knobs of the pools: IComStaThreadPoolKnobs, IComMtaThreadPoolKnobs, IThreadPoolKnobs (SYN 12.2).

use crate::process::Process;
use complus_core::rules::thread_pool;
pub use complus_core::rules::thread_pool::Knobs;

/// How the pools of a machine's processes are set up.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct PoolSettings {
    processors: Option<u32>,
    knobs: Option<Knobs>,
}

impl PoolSettings {
    /// The defaults for the processors that this machine has.
    pub fn new() -> Self {
        Self::default()
    }

    /// As if there were so many processors: the sizes of the pools follow (12.1).
    pub fn processors(mut self, processors: u32) -> Self {
        self.processors = Some(processors);
        self
    }

    /// The knobs, whatever follows from the number of processors.
    pub fn knobs(mut self, knobs: Knobs) -> Self {
        self.knobs = Some(knobs);
        self
    }

    /// EmulateMTSBehavior: one STA for each activity, up to a hundred.
    pub fn emulate_mts(self) -> Self {
        self.knobs(Knobs::mts())
    }

    pub(super) fn processor_count(&self) -> u32 {
        let counted =
            || std::thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(1));
        self.processors.unwrap_or_else(counted)
    }

    pub(super) fn knob_values(&self) -> Knobs {
        self.knobs.unwrap_or_else(|| Knobs::new(self.processor_count()))
    }
}

/// The pools of a process, to be looked at and tuned.
#[derive(Debug)]
pub struct ThreadPools<'a>(&'a Process);

impl Process {
    /// Its thread pools.
    pub fn thread_pools(&self) -> ThreadPools<'_> {
        ThreadPools(self)
    }
}

impl ThreadPools<'_> {
    /// The knobs as they stand.
    pub fn knobs(&self) -> Knobs {
        self.0.state.pools.knobs()
    }

    /// Turns the knobs; what runs already stays.
    pub fn set_knobs(&self, change: impl FnOnce(&mut Knobs)) {
        self.0.state.pools.set_knobs(change);
    }

    /// GetThreadCount: threads of the STA pool, those below the minimum counted as there (12.3 rule 2).
    pub fn sta_thread_count(&self) -> u32 {
        thread_pool::nominal(self.started_sta_threads(), &self.knobs())
    }

    /// Threads of the STA pool that were started and have not ended.
    pub fn started_sta_threads(&self) -> u32 {
        self.0.state.pools.sta.started()
    }

    /// Threads of the MTA pool that were started and have not ended.
    pub fn started_mta_threads(&self) -> u32 {
        self.0.state.pools.mta.started()
    }

    /// GetCurrentQueuedRequests: requests that wait for a thread.
    pub fn queued_requests(&self) -> usize {
        self.0.state.pools.mta.queued() + self.0.state.pools.sta.queued()
    }
}
