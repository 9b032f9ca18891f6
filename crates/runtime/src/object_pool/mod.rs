//! Object pools: instances of a class that are made once, lent to one activation after another, and kept meanwhile
//! (ACT 7.6).
//!
//! A process has one pool for each class, application and partition (P1). What a pool does with an instance is decided
//! by the state machine [`complus_core::object_pool`]; here it is driven.
//!
//! | file | holds |
//! |---|---|
//! | [`pool`] | checking out, checking in |
//! | [`waiter`] | waiting for an instance |
//! | [`follow`] | what an administrator changes |
//! | [`maker`] | what makes an instance, and what it refuses |
//! | [`affinity`] | who tells the pool that a transaction has ended |
//! | [`cycle`] | filling, and the clean-up cycle |
//! | [`manager`] | IPoolManager, and the figures |
//! | [`service_pool`] | CServicePool: a pool without catalog |

mod affinity;
mod cycle;
mod follow;
mod maker;
mod manager;
mod pool;
mod service_pool;
mod waiter;

pub(crate) use cycle::application_started;
pub(crate) use maker::construct;
pub use manager::{PoolManager, PoolStatistics};
pub(crate) use pool::{ObjectPool, User};
pub(crate) use service_pool::stood_for;
pub use service_pool::{ServicePool, ServicePoolConfig};

use crate::{class::InProcessClass, machine::Machine, process::ProcessState};
use complus_catalog::Class;
use complus_core::{id::PartitionId, object_pool::Limits};
use complus_sync::{
    Arc, DashMap,
    atomic::{AtomicBool, Ordering},
};
use maker::Maker;
use uuid::Uuid;

/// How a pool is set up: its limits, and how long a request waits, in nanoseconds; none is for ever (AD-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    limits: Limits,
    timeout: Option<u64>,
}

impl Settings {
    fn of(pool: complus_catalog::Pool) -> Self {
        let timeout = pool.creation_timeout.map(|timeout| u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX));
        Self { limits: Limits { min: pool.min, max: pool.max }, timeout }
    }
}

/// Whose pool it is (P1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    clsid: Uuid,
    application: Uuid,
    partition: PartitionId,
}

/// The object pools of a process.
#[derive(Default)]
pub(crate) struct ObjectPools {
    pools: DashMap<Key, Arc<ObjectPool>>,
    /// There has been one.
    any: AtomicBool,
    /// The applications that have started here, and whose pools were filled.
    started: DashMap<Uuid, ()>,
}

impl ObjectPools {
    /// The pool of a class, made if need be; none if its objects are not pooled, or no longer.
    pub(crate) fn of(
        &self,
        machine: &Arc<Machine>,
        process: &Arc<ProcessState>,
        class: &Class,
        application: Uuid,
        factory: &Arc<InProcessClass>,
    ) -> Option<Arc<ObjectPool>> {
        if class.pool.is_none() && !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let key = Key { clsid: class.clsid, application, partition: class.partition };
        let known = self.pools.get(&key).map(|pool| pool.value().clone());
        if let Some(pool) = known {
            pool.follow(machine);
            return class.pool.map(|_| pool);
        }
        let settings = Settings::of(class.pool?);
        self.any.store(true, Ordering::Relaxed);
        let mut is_new = false;
        let fresh = || {
            is_new = true;
            ObjectPool::new(machine, process, Some(key), settings, Maker::configured(class, factory))
        };
        let pool = self.pools.entry(key).or_insert_with(fresh).value().clone();
        if is_new {
            pool.tell_created(machine);
        }
        Some(pool)
    }

    /// All of them, in the order of their keys.
    fn all(&self) -> Vec<(Key, Arc<ObjectPool>)> {
        let mut all: Vec<_> = self.pools.iter().map(|pool| (*pool.key(), pool.value().clone())).collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }

    /// The process uses COM no more, or is dead: the pools end, and with them what lies idle in them. Instances are
    /// dropped here, so nothing may be locked or borrowed.
    pub(crate) fn end(&self) {
        let all = self.all();
        self.pools.clear();
        self.started.clear();
        all.iter().for_each(|(_, pool)| pool.shut_down());
    }
}
