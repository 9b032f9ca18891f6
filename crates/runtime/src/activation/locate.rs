//! Finding a class in the catalog for an activation (ACT 4.8).

use super::{
    Activation, Configured,
    remembered::{self, State},
};
use crate::{class::Located, machine::Machine, process::ProcessState, thread};
use complus_catalog::{Creator, Found};
use complus_core::{
    attribute::ClassContext,
    error::{CatalogError, ClassError, Result},
    explain::Explain,
    rules::class_location,
    stack::PushedBy,
};
use complus_sync::Arc;

/// Finds a class in the catalog: its configuration, or its plain registration.
///
/// # Errors
/// Those of ACT 4.8 for a class that is configured but may not be used.
pub(crate) fn locate(
    machine: &Arc<Machine>,
    process: &ProcessState,
    request: &Activation,
    explain: &mut impl Explain,
) -> Result<Option<Located>> {
    if !explain.listens()
        && let Some(configured) = remembered::recall(machine, request)
    {
        return served(configured, process, request, explain);
    }
    let (catalog, state) = (machine.catalog.snapshot(), State::of(machine));
    let asked = thread::bound(|binding| {
        let top = binding.stack.top();
        let from_default = request.contexts.contains(ClassContext::FROM_DEFAULT_CONTEXT);
        let component = binding.component();
        let default = |pushed_by| matches!(pushed_by, PushedBy::Apartment | PushedBy::DefaultCall);
        let inside = top.filter(|top| !from_default && !default(top.pushed_by));
        let partition = inside.map(|top| machine.partitions.id(top.partition));
        let application = component.map(|component| component.configured.application.id);
        (partition, application, binding.principal.clone())
    });
    let (partition, application, principal) = asked?;
    let user = principal.as_deref().unwrap_or(&machine.principal);
    let creator = Creator { moniker: request.partition, partition, application, user };
    match catalog.locate(request.clsid, &creator, explain) {
        Ok(Found::Configured { class, partition, .. }) => {
            let application = catalog.classes().application_of(class).clone();
            let configured = Arc::new(Configured::new(machine, class.clone(), application, partition));
            if !catalog.partitions_enabled() && state.is_of(&catalog) {
                remembered::remember(state, request, &configured);
            }
            served(configured, process, request, explain)
        }
        Ok(Found::Registered(_)) if !request.contexts.intersects(ClassContext::IN_PROCESS) => Ok(None),
        Ok(Found::Registered(plain)) => {
            let factory = machine.classes.factory(plain.clsid, plain.threading_model, plain.factory());
            Ok(factory.map(Located::InProcess))
        }
        Err(CatalogError::ClassNotRegistered) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The class, if the request may be served by its application.
fn served(
    configured: Arc<Configured>,
    process: &ProcessState,
    request: &Activation,
    explain: &mut impl Explain,
) -> Result<Option<Located>> {
    let application = &configured.application;
    let own = process.is_instance_of(application.id);
    if !class_location::is_served(request.contexts, application.activation, own, explain) {
        return Err(ClassError::NotRegistered.into());
    }
    Ok(Some(Located::Configured(configured)))
}
