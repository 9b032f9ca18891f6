//! IPoolManager: ending a pool while its process lives on; and what a pool's figures are (P11).

use super::ObjectPool;
use crate::{machine::Machine, process::Process, process::ProcessState};
use complus_core::error::{ClassError, Result};
use complus_sync::{Arc, atomic::Ordering};
use uuid::Uuid;

/// The object pools of a process.
#[derive(Clone)]
pub struct PoolManager {
    machine: Arc<Machine>,
    process: Arc<ProcessState>,
}

/// Figures of the pools of a class at a moment, over all applications and partitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStatistics {
    /// "Pooled": instances there are, lent or idle.
    pub pooled: u32,
    /// "Activated": those that are lent to an activation.
    pub activated: u32,
    /// "Objects": components that clients refer to. Those with just-in-time activation may have no instance.
    pub objects: u32,
    /// Instances that any activation may have.
    pub idle: u32,
    /// Idle ones that only activations in their transaction may have.
    pub in_transactions: u32,
    /// Activations that wait for an instance.
    pub waiting: u32,
}

impl Process {
    /// Its object pools.
    pub fn pool_manager(&self) -> PoolManager {
        PoolManager { machine: self.machine.clone(), process: self.state.clone() }
    }
}

impl PoolManager {
    /// IPoolManager::ShutdownPool: the pools of a class, by its ProgID or by its CLSID in braces, are emptied. What is
    /// idle is destroyed at once, what is lent when it comes back; both still count, so that the maximum holds. The next
    /// activations get new instances. Without effect if the process has no pool of the class.
    ///
    /// # Errors
    /// REGDB_E_CLASSNOTREG for a name that the catalog does not know.
    pub fn shutdown_pool(&self, class: &str) -> Result<()> {
        let snapshot = self.machine.catalog.snapshot();
        let known = |clsid: &Uuid| !snapshot.classes().configurations(*clsid).is_empty();
        let braced = class.strip_prefix('{').and_then(|class| class.strip_suffix('}'));
        let clsid = braced.and_then(|clsid| Uuid::try_parse(clsid).ok()).or_else(|| snapshot.classes().clsid(class));
        let clsid = clsid.filter(known).ok_or(ClassError::NotRegistered)?;
        self.of(clsid).for_each(|pool| pool.shut_down());
        Ok(())
    }

    /// The figures of a class; `None` if the process has no pool of it.
    pub fn statistics(&self, clsid: Uuid) -> Option<PoolStatistics> {
        self.of(clsid).map(|pool| pool.statistics()).reduce(|one, other| PoolStatistics {
            pooled: one.pooled + other.pooled,
            activated: one.activated + other.activated,
            objects: one.objects + other.objects,
            idle: one.idle + other.idle,
            in_transactions: one.in_transactions + other.in_transactions,
            waiting: one.waiting + other.waiting,
        })
    }

    /// A clean-up cycle of every pool, now and on this thread: idle instances above the minimum are destroyed, missing
    /// ones are made as far as that succeeds (P6). It comes by itself a minute after a pool's idle instances became too
    /// many or too few.
    pub fn clean_up(&self) {
        self.process.object_pools.all().iter().for_each(|(_, pool)| pool.clean_up(&self.machine));
    }

    fn of(&self, clsid: Uuid) -> impl Iterator<Item = Arc<ObjectPool>> {
        self.process.object_pools.all().into_iter().filter(move |(key, _)| key.clsid == clsid).map(|(_, pool)| pool)
    }
}

impl std::fmt::Debug for PoolManager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PoolManager").field(&self.process.number).finish()
    }
}

impl ObjectPool {
    /// Its figures.
    pub(super) fn statistics(&self) -> PoolStatistics {
        let census = self.state.lock().census();
        PoolStatistics {
            pooled: census.pooled,
            activated: census.lent,
            objects: self.users.load(Ordering::Relaxed),
            idle: census.idle,
            in_transactions: census.affine,
            waiting: census.waiting,
        }
    }
}
