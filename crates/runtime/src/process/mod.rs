//! A simulated process: its apartments, activities and pools, alive or dead.
//!
//! The host program is the first one of a machine; others are made to see what does and does not cross the border
//! between processes. A process dies by failfast: nothing can be entered in it any more, while the host lives on.

mod apartments;
mod partition;
mod principal;

pub(crate) use apartments::Apartments;
pub use partition::Partition;
pub(crate) use partition::Partitions;
pub use principal::AsPrincipal;

use crate::{
    activity::{ActivityLock, WaitGraph},
    apartment::ChannelHook,
    machine::Machine,
    object_context::Identity,
    pool::{PoolSettings, Pools},
};
use complus_core::id::{ActivityId, CausalityId, ProcessId};
use complus_sync::{
    Arc, DashMap, RwLock, Signal, Weak,
    atomic::{AtomicBool, Ordering},
};
use std::{fmt, num::NonZeroU64};

/// What the threads of a process share.
pub(crate) struct ProcessState {
    /// Its number in the machine, from 1; the host program is 1.
    pub(crate) number: u32,
    pub(crate) apartments: Apartments,
    /// The locks of the activities that have contexts here: an activity that spans processes has one in each.
    pub(crate) activities: DashMap<u64, Weak<ActivityLock>>,
    /// Who waits for which of them.
    pub(crate) waits: WaitGraph,
    pub(crate) pools: Pools,
    /// Where its threads wait, by the number of the thread: all are woken when it dies.
    pub(crate) waiters: DashMap<u32, Signal>,
    /// Who watches calls that cross from apartment to apartment.
    pub(crate) hooks: RwLock<Vec<Arc<dyn ChannelHook>>>,
    /// The objects that stand for contexts, while somebody refers to them; by the number of the context.
    pub(crate) references: DashMap<u64, Weak<Identity>>,
    dead: AtomicBool,
}

impl ProcessState {
    pub(crate) fn new(number: u32, pools: PoolSettings) -> Arc<Self> {
        Arc::new(Self {
            number,
            apartments: Apartments::default(),
            activities: DashMap::new(),
            waits: WaitGraph::default(),
            pools: Pools::new(pools),
            waiters: DashMap::new(),
            hooks: RwLock::default(),
            references: DashMap::new(),
            dead: AtomicBool::new(false),
        })
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Acquire)
    }

    /// Marks it dead; tells whether it was alive. Whoever waits in it is let go by
    /// [`Machine::kill`](Machine::kill).
    pub(crate) fn mark_dead(&self) -> bool {
        !self.dead.swap(true, Ordering::AcqRel)
    }

    /// The lock of an activity, if it is there.
    pub(crate) fn lock_of(&self, activity: u64) -> Option<Arc<ActivityLock>> {
        self.activities.get(&activity)?.upgrade()
    }

    /// Number of the causality inside an activity; zero is nobody.
    pub(crate) fn owner_of(&self, activity: u64) -> u64 {
        self.lock_of(activity).map_or(0, |lock| lock.owner())
    }

    /// Lets everybody go who waits in the process; they see that it is dead.
    pub(crate) fn let_go(&self) {
        // Taken out first: a woken thread may look for its own place in the same table.
        let waiters: Vec<Signal> = self.waiters.iter().map(|waiter| waiter.value().clone()).collect();
        waiters.iter().for_each(Signal::set);
        let locks: Vec<_> = self.activities.iter().filter_map(|lock| lock.value().upgrade()).collect();
        locks.iter().for_each(|lock| lock.abandon());
    }

    /// Whether it is the host program, which the fast paths know.
    pub(crate) const fn is_host(&self) -> bool {
        self.number == 1
    }
}

/// A simulated process of a machine.
///
/// Each has its own apartments, thread pools and activity locks; ids and transactions are the machine's. A thread
/// is in one process at a time, see [`enter`](Self::enter).
#[derive(Clone)]
pub struct Process {
    pub(crate) machine: Arc<Machine>,
    pub(crate) state: Arc<ProcessState>,
}

impl Process {
    /// Its id.
    pub fn id(&self) -> ProcessId {
        self.machine.process_id(&self.state)
    }

    /// Whether it is alive: it dies by failfast.
    pub fn is_alive(&self) -> bool {
        !self.state.is_dead()
    }

    /// Puts the thread into this process until the guard is dropped: as [`Runtime::enter`](crate::Runtime::enter).
    pub fn enter(&self) -> crate::Bound {
        crate::Bound::to(self.machine.clone(), self.state.clone())
    }

    /// The deadlocks of its activities at this moment, under [`Compat::deadlock`](complus_core::Compat::deadlock)
    /// `Hang`: in each, causalities with the activity that they wait for, each inside the one that the one before waits
    /// for.
    pub fn deadlocks(&self) -> Vec<Vec<(CausalityId, ActivityId)>> {
        let named = |(causality, activity): (u64, u64)| {
            Some((self.machine.causality_id(causality)?, self.machine.activity_id(activity)?))
        };
        let cycles = self.state.waits.cycles(|activity| self.state.owner_of(activity));
        cycles.into_iter().map(|cycle| cycle.into_iter().filter_map(named).collect()).collect()
    }

    /// Ends it at once, as failfast does: open domains can only abort, calls that wait in it and later calls are
    /// RPC_E_DISCONNECTED (SEC D.8).
    pub fn kill(&self) {
        self.machine.kill(&self.state);
    }
}

impl Machine {
    pub(crate) fn process_id(&self, process: &ProcessState) -> ProcessId {
        ProcessId::new(self.seed, NonZeroU64::MIN.saturating_add(u64::from(process.number) - 1))
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Process").field(&self.state.number).finish()
    }
}
