//! CoCreateActivity (SWC 8.1).

use super::{
    lock::ActivityLock,
    object::{ActivityObject, StaSide},
    quiet,
};
use crate::{
    domain::ServiceConfig,
    interception::{self, Bundle},
    machine::Machine,
    observation::Place,
    process::ProcessState,
    thread,
};
use complus_core::{
    context::ActivityProperty,
    error::{MarshalError, Result},
    event::{Diagnostic, What},
    id::ActivityId,
    rules::{
        apartment::{Affinity, Pool},
        service_domain,
        synchronization::{Activity, Adjustment},
    },
};
use complus_sync::Arc;
use once_cell::sync::OnceCell;

/// Makes an activity object whose context follows from the configuration and from the context of this thread, or from
/// the activity of a client in another process (SYN 4.8).
pub(super) fn create(config: &ServiceConfig, client: Option<&ActivityProperty>) -> Result<Arc<ActivityObject>> {
    let (machine, process) = thread::here()?;
    let imported = client.map(|property| import(&machine, &process, property)).transpose()?;
    let Bundle { created, number, properties } = interception::bundle(&machine, &process, config, imported.as_ref())?;
    let sta = match created.pool {
        Pool::Mta => None,
        Pool::Sta => Some(Box::<StaSide>::default()),
    };
    let object = Arc::new(ActivityObject { machine, process, number, properties, sta, queue: OnceCell::new() });
    if created.affinity == Affinity::OneSta {
        let announced = object.process.pools.sta.bind(&object.machine, &object.process);
        object.bind(announced.sta().clone());
    }
    quiet::await_calls(&object);
    let machine = &object.machine;
    if machine.is_observed() {
        let flow = created.context.flow;
        if flow.activity == Activity::New {
            let mut place = thread::look(|binding| Some(Place::here(binding))).unwrap_or_default();
            place.activity = number;
            machine.emit(place, What::ActivityCreated);
        }
        if flow.adjustment == Adjustment::Limited {
            machine.emit_here(What::Diagnostic(Diagnostic::SynchronizationLimited));
        }
        if service_domain::spans_activities(config.settings(), &flow) {
            machine.emit_here(What::Diagnostic(Diagnostic::BroughtTransactionInNewActivity));
        }
    }
    Ok(object)
}

/// This process's lock of an activity that came from elsewhere. The lock itself never travels (Y-18).
fn import(
    machine: &Machine,
    process: &Arc<ProcessState>,
    property: &ActivityProperty,
) -> Result<Arc<ActivityLock>, MarshalError> {
    let id = ActivityId::from_guid(machine.seed, property.activity).ok_or(MarshalError::UnknownActivity)?;
    Ok(ActivityLock::imported(process, machine.serial | id.number(), property.timeout))
}
