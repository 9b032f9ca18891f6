//! A component between two objects: its context is kept, and another object of the class will move in.

use super::{Component, Stage, instance::Instance};
use crate::{class::Server, interception, reference::Object};
use complus_core::{
    context::{Flags, UserProperties},
    error::Result,
    rules::life_cycle,
};
use complus_sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

impl Component {
    /// Whether nothing has it but its context and what stands for its instances, and neither a service nor a user
    /// property makes it different from a fresh one.
    pub(crate) fn is_alone(this: &Arc<Self>) -> bool {
        let untouched = |flag: &AtomicBool| !flag.load(Ordering::Acquire);
        Arc::strong_count(this) == 2
            && this.membership.is_none()
            && this.resident.is_none()
            && !this.is_just_in_time()
            && this.process.instance().is_none()
            && untouched(&this.has_properties)
            && untouched(&this.released)
            && this.calls.load(Ordering::Acquire) == 0
    }

    /// Changes the user properties of its context.
    pub(crate) fn change_properties<T>(&self, change: impl FnOnce(&mut UserProperties) -> T) -> T {
        self.has_properties.store(true, Ordering::Release);
        change(&mut self.properties.lock())
    }

    /// Its object has ended.
    pub(crate) fn rest(&self) {
        self.make_unknown();
        if let Some(pool) = &self.pool {
            pool.rest();
        }
    }

    /// Its instance lives on by itself.
    pub(crate) fn disown(&self) {
        let instance = std::mem::replace(&mut *self.instance.lock(), Instance::None);
        drop(instance);
    }

    /// Another one begins, in a context of its own that was entered to make it: an instance is made by `server`, or
    /// taken from the pool, and becomes active.
    ///
    /// # Errors
    /// As for [`create`](Self::create) and [`created`](Self::created).
    pub(crate) fn begin_again(&self, server: Option<&Server>) -> Result<Arc<dyn Object>> {
        self.flags.put(Flags::INITIAL);
        if let Some(pool) = &self.pool {
            pool.wake();
        }
        let making = self.stage.set(Stage::Making);
        let (object, lease) = match (&self.pool, server) {
            (None, Some(server)) => (server.make_instance()?, None),
            _ => {
                let (object, lease) = self.check_out()?;
                (object, Some(lease))
            }
        };
        drop(making);
        let controls = life_cycle::controls(self.own_context, self.is_pooled()) && object.control().is_some();
        if !controls {
            *self.instance.lock() = Instance::Active(object.clone(), lease);
            return Ok(object);
        }
        *self.instance.lock() = Instance::Made(object.clone(), lease);
        interception::unmask()?;
        self.created()?;
        Ok(object)
    }
}
