//! What a thread remembers of the classes that it activates: each is resolved once in a state of the machine.

use super::{Activation, Configured};
use crate::{
    class::{self, Server},
    machine::Machine,
    process::ProcessState,
    thread,
};
use complus_catalog::Snapshot;
use complus_core::{attribute::ClassContext, id::PartitionId};
use complus_sync::{Arc, Weak};
use uuid::Uuid;

/// How many classes a thread remembers. Each has its place; two that want the same one take turns.
const PLACES: usize = 32;

/// The classes that a thread has activated, as they are in one state of the catalog and of the in-process classes.
#[derive(Default)]
pub(crate) struct Remembered {
    state: State,
    classes: [Option<Class>; PLACES],
}

/// Numbers of the states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    catalog: u64,
    in_process: u64,
}

impl State {
    /// Those of now.
    #[inline]
    pub(super) fn of(machine: &Machine) -> Self {
        Self { catalog: machine.catalog.generation(), in_process: machine.classes.generation() }
    }

    /// Whether it is that of a snapshot.
    pub(super) fn is_of(self, catalog: &Snapshot) -> bool {
        self.catalog == catalog.generation()
    }
}

/// One of them.
pub(super) struct Class {
    clsid: Uuid,
    contexts: ClassContext,
    pub(super) configured: Arc<Configured>,
    /// What makes its objects; to remember it keeps nobody from unloading it.
    server: Weak<Server>,
}

impl Class {
    /// What makes its objects, if it is loaded.
    #[inline]
    pub(super) fn server(&mut self, process: &ProcessState) -> Option<Arc<Server>> {
        self.server.upgrade().or_else(|| {
            let loaded = class::loaded(process, self.clsid)?;
            self.server = Arc::downgrade(&loaded);
            Some(loaded)
        })
    }
}

impl Remembered {
    #[inline]
    fn place(clsid: Uuid) -> usize {
        let (high, low) = clsid.as_u64_pair();
        ((high ^ low).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - PLACES.ilog2())) as usize
    }

    /// The class of a request, if it is known as it is now.
    #[inline]
    pub(super) fn find(&mut self, machine: &Machine, request: &Activation) -> Option<&mut Class> {
        let class = self.classes[Self::place(request.clsid)].as_mut()?;
        let same = class.clsid == request.clsid && class.contexts == request.contexts && request.partition.is_none();
        (same && self.state == State::of(machine)).then_some(class)
    }
}

/// The class of a request, if this thread knows it as it is now.
pub(super) fn recall(machine: &Machine, request: &Activation) -> Option<Arc<Configured>> {
    thread::try_active(|binding| {
        let remembered = binding.com.as_mut()?.classes.as_mut()?;
        Some(remembered.find(machine, request)?.configured.clone())
    })
}

/// Remembers the class of a request, which was found in this state: the only configuration, which everybody gets.
pub(super) fn remember(state: State, request: &Activation, configured: &Arc<Configured>) {
    if request.partition.is_some() || configured.class.private || configured.partition != PartitionId::GLOBAL {
        return;
    }
    let fresh =
        Class { clsid: request.clsid, contexts: request.contexts, configured: configured.clone(), server: Weak::new() };
    let forgotten = thread::active(|binding| {
        let com = binding.com_mut();
        let remembered = com.classes.get_or_insert_default();
        // What was kept for other configurations is of no use.
        let all = (remembered.state != state).then(|| (std::mem::take(&mut **remembered), com.spares.idle()));
        remembered.state = state;
        (remembered.classes[Remembered::place(request.clsid)].replace(fresh), all)
    });
    drop(forgotten); // out here: a class holds what the program gave it
}
