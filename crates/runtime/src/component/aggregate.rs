//! The object that others hold in place of a component's instance: COM+'s managing aggregate.

use super::{Component, Stage, call};
use crate::{apartment::Method, object_pool, reference::Object};
use complus_core::{
    error::{CallError, Result},
    hresult::S_OK,
};
use complus_sync::{Arc, atomic::Ordering};
use std::any::Any;
use uuid::Uuid;

/// Stands for the instances of a component, one after another.
pub(crate) struct Aggregate(pub(super) Arc<Component>);

impl Aggregate {
    pub(crate) fn of(component: Arc<Component>) -> Arc<dyn Object> {
        Arc::new(Self(component))
    }

    /// Runs a method with an active instance; its context was entered.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED before Activate has returned and from Deactivate on (L2); those of activation; the method's.
    fn serve<T>(&self, method: Method, body: impl FnOnce(&dyn Object) -> Result<T>) -> Result<T> {
        let component = &*self.0;
        if component.stage.get() != Stage::Serving {
            return Err(CallError::Disconnected.into());
        }
        let call = call::Served::begin(component, method);
        let instance = component.activate()?;
        call.activated();
        let answer = body(&*instance);
        drop(instance); // before it is deactivated
        call.end(answer.as_ref().map_or_else(|error| error.hresult(), |_| S_OK));
        answer
    }
}

/// Whether an object stands for the instances of a component.
pub(crate) fn is_component(object: &dyn Object) -> bool {
    aggregate(object).is_some()
}

fn aggregate(object: &dyn Object) -> Option<&Aggregate> {
    let object: &dyn Any = object;
    object.downcast_ref::<Aggregate>()
}

/// The instance of a component that has but one as long as it lives; it can be found by its context from now on.
pub(crate) fn only_instance(object: &dyn Object) -> Option<Arc<dyn Object>> {
    let component = &aggregate(object)?.0;
    let instance = component.only_instance()?;
    component.make_known();
    Some(instance)
}

/// Runs a method of the object, whose context was entered for it; of the instance that it stands for, if it is a
/// component.
pub(crate) fn serve<T>(object: &dyn Object, method: Method, body: impl FnOnce(&dyn Object) -> Result<T>) -> Result<T> {
    match aggregate(object) {
        Some(aggregate) => aggregate.serve(method, body),
        None => body(object_pool::stood_for(object)),
    }
}

/// The same for a call that nobody intercepts, from inside the object's context.
///
/// # Errors
/// RPC_E_DISCONNECTED for a component that has no active instance (L2).
pub(crate) fn serve_directly<T>(object: &dyn Object, body: impl FnOnce(&dyn Object) -> Result<T>) -> Result<T> {
    match aggregate(object) {
        Some(aggregate) => body(&*aggregate.0.active().ok_or(CallError::Disconnected)?),
        None => body(object_pool::stood_for(object)),
    }
}

/// Whether `is_it` holds of the object, or of the instance that it stands for.
pub(crate) fn stands_for(object: &dyn Object, is_it: impl Fn(&dyn Object) -> bool) -> bool {
    match aggregate(object) {
        Some(aggregate) => aggregate.0.has_instance(is_it),
        None => is_it(object_pool::stood_for(object)),
    }
}

impl Object for Aggregate {
    /// Answered by the catalog or by the instance. Where there is neither, by nobody: the method finds out (L9).
    fn supports(&self, interface: Uuid) -> bool {
        let component = &self.0;
        component.class().interfaces().any(|known| known.iid() == interface)
            || component.instance().is_none_or(|instance| instance.supports(interface))
    }

    fn self_address(&self) -> usize {
        self.0.instance().map_or(0, |instance| instance.self_address())
    }

    fn is_marshalable(&self, interface: Uuid) -> bool {
        self.0.instance().is_none_or(|instance| instance.is_marshalable(interface))
    }
}

/// Nobody holds the component any more. Its context was entered, if it can be: what is left of the unit ends when that
/// is left.
impl Drop for Aggregate {
    fn drop(&mut self) {
        self.0.released.store(true, Ordering::Release);
        if !call::is_inside(&self.0) {
            let _ = self.0.deactivate(true);
        }
    }
}
