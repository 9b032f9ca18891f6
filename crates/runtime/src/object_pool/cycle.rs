//! Filling a pool to its minimum, and the clean-up cycle that keeps it there (P2, P6).
//!
//! A pool that has too many idle instances, or too few, after an instance went or came, is looked at [`PERIOD`] later on
//! the machine's clock: what is too much is destroyed, what is missing is made. The cycle is not set again unless the
//! pool changes again, so a pool at rest keeps no clock busy.

use super::{ObjectPool, waiter::Served};
use crate::{
    activation,
    apartment::{self, Home, Method},
    interception::{Admission, InContext},
    machine::Machine,
    process::ProcessState,
    reference::iid,
};
use complus_core::{attribute::ThreadingModel, hresult::S_OK, object_pool::CheckIn};
use complus_sync::{Arc, atomic::Ordering};
use std::time::Duration;
use uuid::Uuid;

/// How long after a change an uneven pool is looked at.
const PERIOD: Duration = Duration::from_secs(60);

/// An application starts in the process: its pools are there from now on, and filled to their minima, as far as that
/// succeeds (P2), in the default contexts of the apartments that their classes want, seen from this thread. Without
/// effect the second time.
///
/// A library application starts when the process first uses a class of it.
pub(crate) fn application_started(machine: &Arc<Machine>, process: &Arc<ProcessState>, application: Uuid) {
    let started = &process.object_pools.started;
    if started.contains_key(&application) || started.insert(application, ()).is_some() {
        return;
    }
    let snapshot = machine.catalog.snapshot();
    let classes = snapshot.classes();
    let wanted = classes
        .iter()
        .filter(|class| class.enabled && class.pool.is_some() && classes.application_of(class).id == application);
    for class in wanted {
        let Some(factory) = machine.classes.factory(class.clsid, class.component.threading_model, class.factory())
        else {
            continue;
        };
        if let Some(pool) = process.object_pools.of(machine, process, class, application, &factory) {
            pool.fill();
        }
    }
}

impl ObjectPool {
    /// Sees to it that a clean-up cycle comes.
    pub(super) fn arm(&self, machine: &Arc<Machine>) {
        if self.armed.load(Ordering::Relaxed) || self.armed.swap(true, Ordering::AcqRel) {
            return;
        }
        let pool = self.this();
        let period = u64::try_from(PERIOD.as_nanos()).unwrap_or(u64::MAX);
        let cycle = move || {
            if let Some(pool) = pool.upgrade() {
                pool.is_due();
            }
        };
        machine.timers.set(machine.clock.now().saturating_add(period), Box::new(cycle));
    }

    /// The cycle comes, on a thread of the timers: what is missing has to be made by another one.
    fn is_due(self: &Arc<Self>) {
        self.armed.store(false, Ordering::Release);
        let (Some(machine), Some(process)) = (self.machine.upgrade(), self.process.upgrade()) else { return };
        self.follow(&machine);
        self.trim();
        let in_use = !process.is_dead() && process.apartments.mta().is_some();
        if !in_use || !self.state.lock().lacks() {
            return;
        }
        let home = match self.maker().threading_model() {
            ThreadingModel::Neutral => Home::Neutral,
            _ => Home::Mta,
        };
        let context: Arc<dyn InContext> = activation::default_context(machine, process, home);
        let pool = self.clone();
        let body = Box::new(move || {
            pool.make_what_lacks();
            S_OK
        });
        let method = Method { interface: iid::CLASS_FACTORY, number: 3 };
        // A process that ends meanwhile needs no instances.
        let _ = apartment::post(&context, Admission::Enter, method, body);
    }

    /// A cycle on this thread.
    pub(super) fn clean_up(self: &Arc<Self>, machine: &Arc<Machine>) {
        self.follow(machine);
        self.trim();
        self.fill();
    }

    /// Destroys what is idle above the minimum.
    fn trim(&self) {
        let surplus = self.state.lock().trim();
        self.destroy_all(surplus);
    }

    /// Makes what is missing, in the default context of the class's apartment.
    pub(super) fn fill(self: &Arc<Self>) {
        if !self.state.lock().lacks() {
            return;
        }
        let (pool, model) = (self.clone(), self.maker().threading_model());
        // As far as creation succeeds; who needs an instance finds out for himself.
        let _ = activation::in_its_default_context(model, move || pool.make_what_lacks());
    }

    fn make_what_lacks(&self) {
        let Some(machine) = self.machine.upgrade() else { return };
        loop {
            let Some(lease) = self.state.lock().fill() else { return };
            let filling = Filling(self);
            let Ok(instance) = self.maker().make(&machine, self.clsid()) else { return };
            std::mem::forget(filling);
            let mut state = self.state.lock();
            match state.filled(instance, lease) {
                CheckIn::Idle => {} // added silently (O-61)
                checked => self.settle(&machine, checked, state),
            }
        }
    }
}

/// An instance that is made to fill the pool: dropped, it was not.
struct Filling<'a>(&'a ObjectPool);

impl Drop for Filling<'_> {
    fn drop(&mut self) {
        let next = self.0.state.lock().not_filled().map(Served::give);
        drop(next);
    }
}
