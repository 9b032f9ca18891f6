//! Waiting for an instance: a place in the line of a pool, and what is given to who stands there (P3, P5).

use super::pool::{Instance, Making, ObjectPool};
use crate::{apartment, machine::Machine, process::ProcessState, thread};
use complus_core::{
    error::{ActivationError, CallError, Result},
    event::PoolStep,
    id::TransactionId,
    object_pool::{Grant, Ticket},
};
use complus_sync::{Arc, Mutex, Signal};
use std::time::Duration;

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
    /// Stands in the line until something is given, or for as long as the pool lets its requesters wait.
    ///
    /// # Errors
    /// Those of [`check_out`](Self::check_out).
    #[cold]
    pub(super) fn wait(
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
            None => {
                let timeout = Duration::from_nanos(timeout.unwrap_or(u64::MAX));
                self.tell_of_pool(machine, PoolStep::TimedOut { timeout });
                Err(ActivationError::PoolTimeout.into())
            }
        }
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
