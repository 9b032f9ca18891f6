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
    activity::{ActivityLock, Wait, WaitGraph},
    apartment::ChannelHook,
    application::Instance,
    class::Classes,
    component::Component,
    machine::Machine,
    object_context::Identity,
    object_pool::ObjectPools,
    pool::{PoolSettings, Pools},
    reference::References,
};
use complus_core::id::{ActivityId, ApplicationInstanceId, CausalityId, ProcessId};
use complus_core::rules::application_instance::State;
use complus_sync::{
    Arc, DashMap, OnceLock, RwLock, Signal, Weak,
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
    /// Who waits for which activity, in all processes of the machine.
    pub(crate) waits: Arc<WaitGraph>,
    pub(crate) pools: Pools,
    pub(crate) references: References,
    pub(crate) classes: Classes,
    /// The components whose plain contexts are entered the fast way, by the number of the context.
    pub(crate) components: DashMap<u64, Weak<Component>>,
    pub(crate) object_pools: ObjectPools,
    /// Where its threads wait, by the number of the thread: all are woken when it dies.
    pub(crate) waiters: DashMap<u32, Signal>,
    /// Who watches calls that cross from apartment to apartment.
    pub(crate) hooks: RwLock<Vec<Arc<dyn ChannelHook>>>,
    /// The objects that stand for contexts, while somebody refers to them; by the number of the context.
    pub(crate) contexts: DashMap<u64, Weak<Identity>>,
    /// What it is to the application that it was started for.
    instance: OnceLock<Weak<Instance>>,
    dead: AtomicBool,
}

impl ProcessState {
    pub(crate) fn new(number: u32, pools: PoolSettings, waits: Arc<WaitGraph>) -> Arc<Self> {
        Arc::new(Self {
            number,
            apartments: Apartments::default(),
            activities: DashMap::new(),
            waits,
            pools: Pools::new(pools),
            references: References::default(),
            classes: Classes::default(),
            components: DashMap::new(),
            object_pools: ObjectPools::default(),
            waiters: DashMap::new(),
            hooks: RwLock::default(),
            contexts: DashMap::new(),
            instance: OnceLock::new(),
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

    /// Says for which application it was started.
    pub(crate) fn set_instance(&self, instance: &Arc<Instance>) {
        let _ = self.instance.set(Arc::downgrade(instance));
    }

    /// The instance of an application that it is.
    #[inline]
    pub(crate) fn instance(&self) -> Option<Arc<Instance>> {
        self.instance.get()?.upgrade()
    }

    /// Whether it is one of the application.
    pub(crate) fn is_instance_of(&self, application: uuid::Uuid) -> bool {
        self.instance().is_some_and(|instance| instance.application == application)
    }

    /// It ends in peace, once the calls that it serves have returned: nothing more is served, its objects are let go of.
    /// `usage` is what kept its MTA. This thread is in the process.
    pub(crate) fn end(&self, usage: u64) {
        let shared = [self.apartments.mta(), self.apartments.known_neutral()];
        shared.into_iter().flatten().for_each(|apartment| self.apartment_ended(apartment));
        self.decrement_mta_usage(usage);
        self.pools.stop();
    }

    /// Somebody keeps the MTA no longer. What lived in it ends with it, so nothing may be locked or borrowed here.
    pub(crate) fn release_mta(&self) {
        if let Some(ended) = self.apartments.release_mta() {
            self.apartment_ended(ended);
        }
    }

    /// CoDecrementMTAUsage: the same for a cookie; whether it was in use.
    pub(crate) fn decrement_mta_usage(&self, cookie: u64) -> bool {
        let released = self.apartments.decrement_mta_usage(cookie);
        if let Some(Some(ended)) = released {
            self.apartment_ended(ended);
        }
        if released.is_some() {
            self.end_if_down();
        }
        released.is_some()
    }

    /// A thread of the program has left its apartment. With the last one ends what COM made for the process: its host
    /// apartments, registrations, loaded classes (SYN 6.2).
    pub(crate) fn member_left(&self) {
        self.apartments.member_left();
        self.end_if_down();
    }

    fn end_if_down(&self) {
        let Some(hosted_mta) = self.apartments.is_down() else { return };
        self.object_pools.end();
        if hosted_mta {
            self.release_mta();
        }
        // The main role is vacant at once; the thread takes its time.
        self.pools.hosts.end().iter().for_each(|sta| self.apartments.close_sta(sta));
        self.classes.process_ended();
    }

    /// An apartment, by the number of its default context, has ended or is about to: its class objects are revoked,
    /// its proxies give back what they hold, its objects lose who held them from outside (SYN 6.2).
    pub(crate) fn apartment_ended(&self, apartment: u64) {
        self.classes.apartment_ended(apartment);
        self.references.apartment_ended(apartment);
    }

    /// The lock of an activity, if it is there.
    pub(crate) fn lock_of(&self, activity: u64) -> Option<Arc<ActivityLock>> {
        self.activities.get(&activity)?.upgrade()
    }

    /// Lets everybody who waits in the process look whether what it waits for is still there.
    pub(crate) fn wake(&self) {
        // Taken out first: a woken thread may look for its own place in the same table. In the order of the numbers,
        // since that of a table is another in every run.
        let mut waiters: Vec<(u32, Signal)> =
            self.waiters.iter().map(|waiter| (*waiter.key(), waiter.value().clone())).collect();
        waiters.sort_unstable_by_key(|(thread, _)| *thread);
        waiters.iter().for_each(|(_, signal)| signal.set());
    }

    /// Answers those who stand in its lines and wait for an answer elsewhere: it is dead.
    pub(crate) fn abandon(&self) {
        let mut locks: Vec<_> = self.activities.iter().filter_map(|lock| lock.value().upgrade()).collect();
        locks.sort_unstable_by_key(|lock| lock.number());
        locks.iter().for_each(|lock| lock.abandon());
        self.pools.let_go();
        self.object_pools.end();
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

    /// Whether it is alive: it dies by failfast, and with the [instance](crate::ApplicationInstance) that it is.
    pub fn is_alive(&self) -> bool {
        let instance = self.state.instance.get().map(Weak::upgrade);
        let has_ended = instance.is_some_and(|it| it.is_none_or(|instance| instance.state() == State::Stopped));
        !self.state.is_dead() && !has_ended
    }

    /// Puts the thread into this process until the guard is dropped: as [`Runtime::enter`](crate::Runtime::enter).
    pub fn enter(&self) -> crate::Bound {
        crate::Bound::to(self.machine.clone(), self.state.clone())
    }

    /// The deadlocks at this moment in which its activities take part, under [`Compat::deadlock`](complus_core::Compat::deadlock)
    /// `Hang`: in each, causalities with the activity that they wait for, each inside the one that the one before waits
    /// for.
    pub fn deadlocks(&self) -> Vec<Vec<(CausalityId, ActivityId)>> {
        let named = |(causality, _, activity): Wait| {
            Some((self.machine.causality_id(causality)?, self.machine.activity_id(activity)?))
        };
        let is_here = |cycle: &Vec<Wait>| cycle.iter().any(|(_, process, _)| *process == self.state.number);
        let cycles = self.state.waits.cycles().into_iter().filter(is_here);
        cycles.map(|cycle| cycle.into_iter().filter_map(named).collect()).collect()
    }

    /// Ends it at once, as failfast does: open domains can only abort, calls that wait in it and later calls are
    /// RPC_E_DISCONNECTED (SEC D.8).
    pub fn kill(&self) {
        self.machine.kill(&self.state);
    }
}

impl Machine {
    /// The id of the instance that a process is to the applications in it.
    pub(crate) fn instance_id(&self, process: &ProcessState) -> ApplicationInstanceId {
        ApplicationInstanceId::new(self.seed, NonZeroU64::MIN.saturating_add(u64::from(process.number) - 1))
    }

    pub(crate) fn process_id(&self, process: &ProcessState) -> ProcessId {
        ProcessId::new(self.seed, NonZeroU64::MIN.saturating_add(u64::from(process.number) - 1))
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Process").field(&self.state.number).finish()
    }
}
