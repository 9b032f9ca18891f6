//! CoCreateActivity (SWC 8.1).

use super::object::{ActivityObject, StaSide};
use crate::{
    domain::ServiceConfig,
    interception::{self, Bundle},
    observation::Place,
    thread,
};
use complus_core::{
    error::Result,
    event::{Diagnostic, What},
    rules::{
        apartment::{Affinity, Pool},
        service_domain,
        synchronization::{Activity, Adjustment},
    },
};
use complus_sync::Arc;
use once_cell::sync::OnceCell;

/// Makes an activity object whose context follows from the configuration and from the context of this thread.
pub(super) fn create(config: &ServiceConfig) -> Result<Arc<ActivityObject>> {
    let (machine, process) = thread::here()?;
    let Bundle { created, number, properties } = interception::bundle(&machine, &process, config)?;
    let sta = match created.pool {
        Pool::Mta => None,
        Pool::Sta => Some(Box::<StaSide>::default()),
    };
    let object = Arc::new(ActivityObject { machine, process, number, properties, sta, queue: OnceCell::new() });
    if created.affinity == Affinity::OneSta {
        object.bind(object.process.pools.sta.bind(&object.machine, &object.process));
    }
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
