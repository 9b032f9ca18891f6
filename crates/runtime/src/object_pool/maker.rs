//! What makes the instances of a pool, and what it refuses to pool.

use crate::{
    class::{self, ClassFactory, InProcessClass},
    interception,
    machine::Machine,
    reference::Object,
};
use complus_catalog::Class;
use complus_core::{
    attribute::ThreadingModel,
    error::{ActivationError, Error, MarshalError, Result},
    event::{ObjectStep, What},
    hresult::S_OK,
    rules::life_cycle::{self, Step},
};
use complus_sync::Arc;
use uuid::Uuid;

/// Makes instances.
pub(super) enum Maker {
    /// Those of a configured class.
    Configured(Box<Class>, Arc<InProcessClass>),
    /// Those of a class factory that somebody gave.
    Given(Arc<dyn ClassFactory>),
}

impl Maker {
    pub(super) fn configured(class: &Class, factory: &Arc<InProcessClass>) -> Self {
        Self::Configured(Box::new(class.clone()), factory.clone())
    }

    /// Whether what the other one makes is like what this one made.
    pub(super) fn makes_the_same_as(&self, other: &Self) -> bool {
        let (Self::Configured(own, _), Self::Configured(other, _)) = (self, other) else { return false };
        let constructed = |class: &Class| class.constructed.then(|| class.constructor_string().to_owned());
        own.factory() == other.factory()
            && own.component.threading_model == other.component.threading_model
            && constructed(own) == constructed(other)
    }

    /// The threading model of the class.
    pub(super) fn threading_model(&self) -> ThreadingModel {
        match self {
            Self::Configured(class, _) => class.component.threading_model,
            Self::Given(_) => ThreadingModel::Both,
        }
    }

    /// Makes one, in the current context, whose object context is out of reach meanwhile (\[ctor-context\]).
    ///
    /// # Errors
    /// The class factory's; CLASS_E_NOAGGREGATION; CO_E_ACTIVATIONFAILED for an object with the free-threaded
    /// marshaler (P9); CO_E_INITIALIZATIONFAILED, or the code of Construct.
    pub(super) fn make(&self, machine: &Machine, clsid: Uuid) -> Result<Arc<dyn Object>> {
        let tell = |step| machine.emit_here(What::Object { class: clsid, step });
        let refuse = |object: Arc<dyn Object>, error: Error| {
            drop(object);
            tell(ObjectStep::Destroyed);
            Err(error)
        };
        match self {
            Self::Given(factory) => {
                let object = interception::masked(|| factory.create_instance())?;
                tell(ObjectStep::Created);
                Ok(object)
            }
            Self::Configured(class, factory) => {
                // Made as a part of the aggregate that manages it (P10).
                let object = interception::masked(|| class::load(factory)?.make_aggregated())?;
                tell(ObjectStep::Created);
                if object.is_free_threaded() {
                    return refuse(object, ActivationError::ActivationFailed.into());
                }
                let constructed = match class.constructed {
                    true => interception::masked(|| construct(machine, class, &*object)),
                    false => Ok(()),
                };
                match constructed {
                    Ok(()) => Ok(object),
                    Err(error) => refuse(object, error),
                }
            }
        }
    }
}

/// IObjectConstruct::Construct, once in the life of an instance.
///
/// # Errors
/// CO_E_INITIALIZATIONFAILED, or the code itself.
pub(crate) fn construct(machine: &Machine, class: &Class, object: &dyn Object) -> Result<()> {
    let result = match object.construction() {
        Some(construction) => construction.construct(class.constructor_string()),
        None => Err(MarshalError::NoInterface.into()),
    };
    let code = result.as_ref().map_or_else(Error::hresult, |()| S_OK);
    machine.emit_here(What::Object { class: class.clsid, step: ObjectStep::Constructed(code) });
    result.map_err(|_| life_cycle::failure(Step::Construct, code, machine.compat.lifecycle_errors))
}
