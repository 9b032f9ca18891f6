//! A pool: who asks for an instance is given one, may make one, or waits; what comes back goes to the next.

use super::{
    Key, Settings, affinity,
    maker::Maker,
    waiter::{Served, Waiter},
};
use crate::{interception::destroy, machine::Machine, process::ProcessState, reference::Object};
use complus_core::{
    error::Result,
    event::{Diagnostic, ObjectStep, PoolStep, What},
    id::TransactionId,
    object_pool::{self as core, CheckIn, Grant, Lease, Limits},
};
use complus_sync::{
    Arc, Mutex, RwLock, Weak,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};
use complus_transaction::Transaction;
use std::{ops::Deref, time::Duration};
use uuid::Uuid;

pub(super) type Instance = Arc<dyn Object>;

/// A pool of the instances of a class.
pub(crate) struct ObjectPool {
    this: Weak<Self>,
    /// Whose it is in the catalog; none if it is a service pool.
    pub(super) key: Option<Key>,
    pub(super) machine: Weak<Machine>,
    pub(super) process: Weak<ProcessState>,
    pub(super) state: Mutex<core::ObjectPool<Instance, Arc<Waiter>, TransactionId>>,
    pub(super) setup: RwLock<Setup>,
    /// The state of the catalog that it was set up by.
    pub(super) seen: AtomicU64,
    /// References to objects of the class (P11).
    pub(super) users: AtomicU32,
    /// A clean-up cycle is due.
    pub(super) armed: AtomicBool,
}

/// What an administrator can change beside the limits.
pub(super) struct Setup {
    pub(super) timeout: Option<u64>,
    pub(super) maker: Arc<Maker>,
}

impl ObjectPool {
    pub(super) fn new(
        machine: &Arc<Machine>,
        process: &Arc<ProcessState>,
        key: Option<Key>,
        settings: Settings,
        maker: Maker,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: this.clone(),
            key,
            machine: Arc::downgrade(machine),
            process: Arc::downgrade(process),
            state: Mutex::new(core::ObjectPool::new(settings.limits)),
            setup: RwLock::new(Setup { timeout: settings.timeout, maker: Arc::new(maker) }),
            seen: AtomicU64::new(0),
            users: AtomicU32::new(0),
            armed: AtomicBool::new(false),
        })
    }

    /// Its class; that of a service pool has no name.
    pub(super) fn clsid(&self) -> Uuid {
        self.key.map_or(Uuid::nil(), |key| key.clsid)
    }

    pub(super) fn this(&self) -> Weak<Self> {
        self.this.clone()
    }

    pub(super) fn maker(&self) -> Arc<Maker> {
        self.setup.read().maker.clone()
    }

    /// Somebody asks for an instance, in this transaction. An STA serves its queue while it waits.
    ///
    /// # Errors
    /// CO_E_ACTIVATIONFAILED_TIMEOUT (P5, AD-16); RPC_E_DISCONNECTED when the process dies; what keeps an instance from
    /// being made (ACT 7.7).
    pub(crate) fn check_out(
        &self,
        machine: &Arc<Machine>,
        process: &ProcessState,
        transaction: Option<&Transaction>,
    ) -> Result<(Instance, Lease)> {
        self.follow(machine);
        let transaction = transaction.and_then(|transaction| affinity::join(&self.this, transaction));
        let (given, uneven) = {
            let mut state = self.state.lock();
            let given = state.check_out(transaction);
            (given, state.is_uneven())
        };
        if uneven {
            self.arm(machine);
        }
        let grant = match given {
            Some(grant) => grant,
            None => self.wait(machine, process, transaction)?,
        };
        let (instance, lease, step) = match grant {
            Grant::Idle(instance, lease) => (instance, lease, ObjectStep::TakenFromPool),
            Grant::Affine(instance, lease) => (instance, lease, ObjectStep::TakenFromTransaction),
            Grant::Create(lease) => {
                self.tell_decision(machine);
                (self.make(machine)?, lease, ObjectStep::TakenFromPool)
            }
        };
        self.tell(machine, step);
        Ok((instance, lease))
    }

    /// Makes an instance that is counted already. If that fails, or panics, whoever waits may try.
    fn make(&self, machine: &Machine) -> Result<Instance> {
        let making = Making(self);
        let instance = self.maker().make(machine, self.clsid())?;
        std::mem::forget(making);
        self.state.lock().made();
        Ok(instance)
    }

    /// An instance comes back, and may be used again; it was deactivated in this transaction.
    pub(crate) fn check_in(
        &self,
        machine: &Arc<Machine>,
        instance: Instance,
        lease: Lease,
        transaction: Option<&Transaction>,
    ) {
        self.follow(machine);
        let transaction = transaction.map(Transaction::id);
        let mut state = self.state.lock();
        let checked = state.check_in(instance, lease, transaction);
        let uneven = state.is_uneven();
        self.settle(machine, checked, state);
        if uneven {
            self.arm(machine);
        }
    }

    /// Does what has to be done about an instance that came back.
    pub(super) fn settle(
        &self,
        machine: &Machine,
        checked: CheckIn<Instance, Arc<Waiter>>,
        state: impl Deref<Target = core::ObjectPool<Instance, Arc<Waiter>, TransactionId>>,
    ) {
        match checked {
            CheckIn::Idle => {
                drop(state);
                self.tell(machine, ObjectStep::PutIntoPool);
            }
            CheckIn::Recycled => {
                drop(state);
                self.tell(machine, ObjectStep::RecycledToTransaction);
            }
            CheckIn::Handed(waiter, grant) => {
                let affine = matches!(grant, Grant::Affine(..));
                let served = Served::give((waiter, grant));
                drop(state);
                self.tell(machine, if affine { ObjectStep::RecycledToTransaction } else { ObjectStep::PutIntoPool });
                drop(served); // woken after it is told where from
            }
            CheckIn::Destroy(instance) => {
                drop(state);
                self.end(machine, instance);
            }
        }
    }

    /// An instance does not come back: it failed, or CanBePooled says no. `None` if its drop panicked.
    pub(crate) fn give_up(&self, machine: &Machine, instance: Instance) -> Option<()> {
        self.state.lock().give_up();
        self.end(machine, instance)
    }

    /// Destroys an instance that the pool has given up, and makes room for another one. `None` if its drop panicked.
    fn end(&self, machine: &Machine, instance: Instance) -> Option<()> {
        let room = Destroyed(self);
        let dropped = machine.guarded(|| destroy(instance));
        if dropped.is_none() {
            machine.emit_here(What::Diagnostic(Diagnostic::CallbackPanicked));
        }
        self.tell(machine, ObjectStep::Destroyed);
        drop(room);
        dropped
    }

    pub(super) fn destroy_all(&self, instances: Vec<Instance>) {
        let Some(machine) = self.machine.upgrade() else { return };
        for instance in instances {
            self.end(&machine, instance); // nobody's call: a panic is told of, and that is all
        }
    }

    /// The end of a transaction frees what belongs to it (P8).
    pub(super) fn transaction_ended(&self, transaction: TransactionId) {
        let Some(machine) = self.machine.upgrade() else { return };
        self.follow(&machine);
        let mut state = self.state.lock();
        let change = state.transaction_ended(transaction);
        let served: Vec<_> = change.served.into_iter().map(Served::give).collect();
        let uneven = state.is_uneven();
        drop(state);
        (0..change.added + served.len()).for_each(|_| self.tell(&machine, ObjectStep::PutIntoPool));
        drop(served);
        self.destroy_all(change.surplus);
        if uneven {
            self.arm(&machine);
        }
    }

    /// IPoolManager::ShutdownPool: whatever is idle is destroyed, and what is lent when it comes back.
    pub(crate) fn shut_down(&self) {
        let idle = self.state.lock().shut_down();
        self.destroy_all(idle);
    }

    /// The process has the pool from now on.
    pub(super) fn tell_created(&self, machine: &Machine) {
        let Limits { min, max } = self.state.lock().limits();
        let timeout = self.setup.read().timeout.map(Duration::from_nanos);
        self.tell_of_pool(machine, PoolStep::Created { min, max, timeout });
    }

    /// An instance is to be made for somebody.
    fn tell_decision(&self, machine: &Machine) {
        if !machine.is_observed() {
            return;
        }
        let (Limits { min, max }, census) = {
            let state = self.state.lock();
            (state.limits(), state.census())
        };
        let (waiting, available, created) = (census.waiting, census.idle + census.affine, census.pooled);
        self.tell_of_pool(machine, PoolStep::CreateDecision { waiting, available, created, min, max });
    }

    pub(super) fn tell_of_pool(&self, machine: &Machine, step: PoolStep) {
        machine.emit_here(What::Pool { class: self.clsid(), step });
    }

    pub(super) fn tell(&self, machine: &Machine, step: ObjectStep) {
        machine.emit_here(What::Object { class: self.clsid(), step });
    }
}

/// An instance that is being made: dropped, it was not.
pub(super) struct Making<'a>(pub(super) &'a ObjectPool);

impl Drop for Making<'_> {
    fn drop(&mut self) {
        let next = self.0.state.lock().failed().map(Served::give);
        drop(next);
    }
}

/// An instance that the pool has given up is gone when this is.
struct Destroyed<'a>(&'a ObjectPool);

impl Drop for Destroyed<'_> {
    fn drop(&mut self) {
        let next = self.0.state.lock().destroyed().map(Served::give);
        drop(next);
    }
}

/// A component that takes its instances from a pool; counted as long as somebody has it.
pub(crate) struct User {
    pool: Arc<ObjectPool>,
    counted: AtomicBool,
}

impl User {
    pub(crate) fn of(pool: Arc<ObjectPool>) -> Self {
        pool.users.fetch_add(1, Ordering::Relaxed);
        Self { pool, counted: AtomicBool::new(true) }
    }
}

impl User {
    /// Nobody has the component, for the time being.
    pub(crate) fn rest(&self) {
        if self.counted.load(Ordering::Relaxed) {
            self.counted.store(false, Ordering::Relaxed);
            self.pool.users.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Somebody has it again.
    pub(crate) fn wake(&self) {
        self.counted.store(true, Ordering::Relaxed);
        self.pool.users.fetch_add(1, Ordering::Relaxed);
    }
}

impl Deref for User {
    type Target = ObjectPool;

    fn deref(&self) -> &ObjectPool {
        &self.pool
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.rest();
    }
}
