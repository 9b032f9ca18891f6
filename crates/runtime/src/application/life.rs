//! What ends an instance by itself: idleness, the criteria of recycling, failfast (SEC D.6, D.8).

use super::{Instance, memory};
use crate::{
    machine::{Bound, Machine},
    object_pool,
    process::ProcessState,
    thread,
};
use complus_core::{
    error::ApplicationError,
    event::ApplicationStep,
    rules::application_instance::{RecycleReason, State},
};
use complus_sync::{Arc, atomic::Ordering};
use std::time::Duration;

/// An activation on its way to an instance: it does not end meanwhile for want of objects.
pub(crate) struct Arriving {
    machine: Arc<Machine>,
    pub(crate) instance: Arc<Instance>,
}

impl Arriving {
    pub(super) fn at(machine: &Arc<Machine>, instance: Arc<Instance>) -> Self {
        instance.arriving.fetch_add(1, Ordering::AcqRel);
        instance.busy.fetch_add(1, Ordering::AcqRel);
        Self { machine: machine.clone(), instance }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.instance.arriving.fetch_sub(1, Ordering::AcqRel);
        self.instance.object_left(&self.machine);
    }
}

/// An object of the process was let go of.
pub(crate) fn object_left(machine: &Arc<Machine>, process: &ProcessState) {
    if let Some(instance) = process.instance() {
        instance.object_left(machine);
    }
}

impl Instance {
    fn object_left(self: &Arc<Self>, machine: &Arc<Machine>) {
        if !self.is_idle() {
            return;
        }
        match self.state() {
            State::Recycled => self.shut_down(machine),
            State::Running => self.watch_idleness(machine, false),
            State::Paused | State::Stopping | State::Stopped => {}
        }
    }

    /// It has no objects: after ShutdownAfter it ends, unless somebody came meanwhile. One that was just started waits
    /// for its first object, if ShutdownAfter is zero.
    pub(super) fn watch_idleness(self: &Arc<Self>, machine: &Arc<Machine>, just_started: bool) {
        let Some(idle) = self.limits.idle else { return };
        if idle.is_zero() {
            if !just_started {
                self.shut_down(machine);
            }
            return;
        }
        let since = self.busy.fetch_add(1, Ordering::AcqRel) + 1;
        self.after(machine, idle, move |instance, machine| {
            let undisturbed = instance.busy.load(Ordering::Acquire) == since;
            if undisturbed && instance.state() == State::Running && instance.is_idle() {
                instance.shut_down(machine);
            }
        });
    }

    /// RecycleLifetimeLimit.
    pub(super) fn watch_lifetime(self: &Arc<Self>, machine: &Arc<Machine>) {
        if let Some(lifetime) = self.limits.lifetime {
            self.after(machine, lifetime, |instance, machine| {
                let _ = instance.recycle(machine, RecycleReason::LIFETIME); // if it still is in the pool
            });
        }
    }

    /// RecycleMemoryLimit: it counts when a minute later there still is too much; `before`: there was a minute ago.
    pub(super) fn watch_memory(self: &Arc<Self>, machine: &Arc<Machine>, before: bool) {
        let limit = self.limits.memory;
        if limit == 0 || machine.memory.is_none() || !self.state().is_in_pool() {
            return;
        }
        self.after(machine, Duration::from_secs(60), move |instance, machine| {
            let over = memory::used_by(machine.memory.as_ref(), instance.id) > limit;
            if over && before && instance.recycle(machine, RecycleReason::MEMORY).is_ok() {
                return;
            }
            instance.watch_memory(machine, over);
        });
    }

    fn after(
        self: &Arc<Self>,
        machine: &Arc<Machine>,
        time: Duration,
        act: impl FnOnce(&Arc<Self>, &Arc<Machine>) + Send + 'static,
    ) {
        let (instance, weak) = (Arc::downgrade(self), Arc::downgrade(machine));
        let fire = move || {
            if let (Some(instance), Some(machine)) = (instance.upgrade(), weak.upgrade()) {
                act(&instance, &machine);
            }
        };
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        machine.timers.set(machine.clock.now().saturating_add(time), Box::new(fire));
    }

    /// An object became active (O-71).
    pub(crate) fn count_activation(self: &Arc<Self>, machine: &Arc<Machine>) {
        let count = self.activations.fetch_add(1, Ordering::AcqRel) + 1;
        if count == self.limits.activations {
            let _ = self.recycle(machine, RecycleReason::ACTIVATIONS);
        }
    }

    /// Whether its calls are counted, which those that go straight to the instance are not.
    pub(crate) fn counts_calls(&self) -> bool {
        self.limits.calls != 0
    }

    /// A call was intercepted.
    pub(crate) fn count_call(self: &Arc<Self>, machine: &Arc<Machine>) {
        if self.counts_calls() && self.calls.fetch_add(1, Ordering::AcqRel) + 1 == self.limits.calls {
            let _ = self.recycle(machine, RecycleReason::CALLS);
        }
    }

    /// It takes no activations any more: others do. It ends with its last object, or when RecycleExpirationTimeout is
    /// over.
    ///
    /// # Errors
    /// Those of [`State::recycle`].
    pub(super) fn recycle(
        self: &Arc<Self>,
        machine: &Arc<Machine>,
        reason: RecycleReason,
    ) -> Result<(), ApplicationError> {
        self.change(State::recycle)?;
        self.tell(machine, ApplicationStep::Recycled(reason));
        self.after(machine, self.limits.expiration, |instance, machine| {
            if instance.state() == State::Recycled {
                machine.kill(&instance.process);
            }
        });
        self.object_left(machine);
        Ok(())
    }

    /// Goes over into another state; answers whether that is another one.
    pub(super) fn change(
        &self,
        to: impl FnOnce(State) -> Result<State, ApplicationError>,
    ) -> Result<bool, ApplicationError> {
        let mut state = self.state.lock();
        let before = *state;
        *state = to(before)?;
        Ok(before != *state)
    }

    /// Ends it in peace: it takes nothing new, its objects are let go of, calls that run come to their end.
    pub(super) fn shut_down(self: &Arc<Self>, machine: &Arc<Machine>) {
        let stop = |state: State| match state {
            State::Running | State::Paused | State::Recycled => Ok(State::Stopping),
            State::Stopping | State::Stopped => Err(ApplicationError::NotRunning),
        };
        if self.change(stop).is_err() {
            return;
        }
        machine.applications.forget(self);
        inside(machine, &self.process, || self.process.end(self.mta_usage));
        *self.state.lock() = State::Stopped;
        self.tell(machine, ApplicationStep::ShutDown);
    }

    /// Nobody's activation started it: its object pools are filled to their minima here (P2).
    pub(super) fn fill_pools(self: &Arc<Self>, machine: &Arc<Machine>) {
        let fill = || object_pool::application_started(machine, &self.process, self.application);
        inside(machine, &self.process, fill);
    }

    /// Its process was killed.
    pub(crate) fn killed(&self, machine: &Machine) {
        machine.applications.forget(self);
        let before = std::mem::replace(&mut *self.state.lock(), State::Stopped);
        if before != State::Stopped {
            self.tell(machine, ApplicationStep::ForcedDown);
        }
    }
}

/// Does something in the process, as one of its threads.
fn inside(machine: &Arc<Machine>, process: &Arc<ProcessState>, act: impl FnOnce()) {
    let is_there = thread::look(|binding| Some(Arc::ptr_eq(binding.process.as_ref()?, process))).unwrap_or(false);
    if is_there {
        return act();
    }
    let turn = thread::turn();
    let _bound = Bound::to(machine.clone(), process.clone());
    if let Some(turn) = turn {
        thread::set_turn(turn);
    }
    act();
}
