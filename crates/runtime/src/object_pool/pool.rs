//! A pool: who asks for an instance is given one, may make one, or waits; what comes back goes to the next.

use super::{Settings, affinity, maker::Maker};
use crate::{apartment, interception::destroyed, machine::Machine, process::ProcessState, reference::Object, thread};
use complus_catalog::Class;
use complus_core::{
    error::{ActivationError, CallError, Result},
    event::{Diagnostic, ObjectStep, What},
    id::TransactionId,
    object_pool::{self as core, CheckIn, Grant, Lease, Ticket},
};
use complus_sync::{
    Arc, Mutex, RwLock, Signal, Weak,
    atomic::{AtomicBool, AtomicU32, Ordering},
};
use complus_transaction::Transaction;
use std::ops::Deref;
use uuid::Uuid;

type Instance = Arc<dyn Object>;

/// A pool of the instances of a class.
pub(crate) struct ObjectPool {
    this: Weak<Self>,
    pub(super) clsid: Uuid,
    pub(super) machine: Weak<Machine>,
    pub(super) process: Weak<ProcessState>,
    pub(super) state: Mutex<core::ObjectPool<Instance, Arc<Waiter>, TransactionId>>,
    setup: RwLock<Setup>,
    /// References to objects of the class (P11).
    pub(super) users: AtomicU32,
    /// A clean-up cycle is due.
    pub(super) armed: AtomicBool,
}

struct Setup {
    timeout: Option<u64>,
    maker: Arc<Maker>,
}

/// Somebody who waits for an instance.
pub(super) struct Waiter {
    signal: Signal,
    grant: Mutex<Option<Grant<Instance>>>,
}

/// A waiter who was given something and does not know yet; he is told when this is dropped, with nothing locked.
#[must_use]
pub(super) struct Served(Arc<Waiter>);

impl Served {
    /// Gives it to him: under the lock of the pool, so that whoever gives up waiting knows what he has.
    pub(super) fn give((waiter, grant): (Arc<Waiter>, Grant<Instance>)) -> Self {
        *waiter.grant.lock() = Some(grant);
        Self(waiter)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.signal.set();
    }
}

impl ObjectPool {
    pub(super) fn new(
        machine: &Arc<Machine>,
        process: &Arc<ProcessState>,
        clsid: Uuid,
        settings: Settings,
        maker: Maker,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: this.clone(),
            clsid,
            machine: Arc::downgrade(machine),
            process: Arc::downgrade(process),
            state: Mutex::new(core::ObjectPool::new(settings.limits)),
            setup: RwLock::new(Setup { timeout: settings.timeout, maker: Arc::new(maker) }),
            users: AtomicU32::new(0),
            armed: AtomicBool::new(false),
        })
    }

    /// Whether it makes instances of this very configuration.
    pub(super) fn makes(&self, class: &Class) -> bool {
        self.setup.read().maker.is_of(class)
    }

    pub(super) fn this(&self) -> Weak<Self> {
        self.this.clone()
    }

    pub(super) fn maker(&self) -> Arc<Maker> {
        self.setup.read().maker.clone()
    }

    /// Other settings hold from now on.
    pub(super) fn set_up(&self, settings: Settings, maker: Maker) {
        let before = {
            let mut setup = self.setup.write();
            setup.timeout = settings.timeout;
            std::mem::replace(&mut setup.maker, Arc::new(maker))
        };
        drop(before);
        let mut state = self.state.lock();
        let change = state.set_limits(settings.limits);
        let served: Vec<_> = change.served.into_iter().map(Served::give).collect();
        drop(state);
        drop(served);
        self.destroy_all(change.surplus);
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
            Grant::Create(lease) => (self.make(machine)?, lease, ObjectStep::TakenFromPool),
        };
        self.tell(machine, step);
        Ok((instance, lease))
    }

    #[cold]
    fn wait(
        &self,
        machine: &Machine,
        process: &ProcessState,
        transaction: Option<TransactionId>,
    ) -> Result<Grant<Instance>> {
        let signal = thread::bound(|binding| binding.signal())?.ok_or(CallError::Disconnected)?;
        let waiter = Arc::new(Waiter { signal, grant: Mutex::new(None) });
        let ticket = {
            let mut state = self.state.lock();
            // Asked once more: something may have come back since.
            match state.check_out(transaction) {
                Some(grant) => return Ok(grant),
                None => state.wait(transaction, waiter.clone()),
            }
        };
        let in_line = InLine { pool: self, ticket, waiter };
        let timeout = self.setup.read().timeout;
        let deadline = timeout.map(|timeout| machine.clock.now().saturating_add(timeout));
        let granted = apartment::wait_for(machine, process, deadline, || in_line.waiter.grant.lock().take())?;
        match granted.or_else(|| in_line.leave()) {
            Some(grant) => Ok(grant),
            None => Err(ActivationError::PoolTimeout.into()),
        }
    }

    /// Makes an instance that is counted already. If that fails, or panics, whoever waits may try.
    fn make(&self, machine: &Machine) -> Result<Instance> {
        let making = Making(self);
        let instance = self.maker().make(machine, self.clsid)?;
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
        let dropped = destroyed(instance);
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

    pub(super) fn tell(&self, machine: &Machine, step: ObjectStep) {
        machine.emit_here(What::Object { class: self.clsid, step });
    }
}

/// A place in the line; left, whatever ends the wait. What was given meanwhile and is not wanted goes back.
struct InLine<'a> {
    pool: &'a ObjectPool,
    ticket: Ticket,
    waiter: Arc<Waiter>,
}

impl InLine<'_> {
    /// Leaves the line; what was given at the last moment.
    fn leave(&self) -> Option<Grant<Instance>> {
        let gone = self.pool.state.lock().cancel(self.ticket);
        drop(gone);
        self.waiter.grant.lock().take()
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        let Some(machine) = self.pool.machine.upgrade() else { return };
        match self.leave() {
            None => {}
            Some(Grant::Create(_)) => drop(Making(self.pool)),
            Some(Grant::Idle(instance, _) | Grant::Affine(instance, _)) => drop(self.pool.give_up(&machine, instance)),
        }
    }
}

/// An instance that is being made: dropped, it was not.
struct Making<'a>(&'a ObjectPool);

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
pub(crate) struct User(Arc<ObjectPool>);

impl User {
    pub(crate) fn of(pool: Arc<ObjectPool>) -> Self {
        pool.users.fetch_add(1, Ordering::Relaxed);
        Self(pool)
    }
}

impl Deref for User {
    type Target = ObjectPool;

    fn deref(&self) -> &ObjectPool {
        &self.0
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.0.users.fetch_sub(1, Ordering::Relaxed);
    }
}
