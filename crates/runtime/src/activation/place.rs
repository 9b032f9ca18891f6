//! Making something in the apartment that a class wants, for a creator who may be in another one (SYN 6.5, ACT 5.1).

use super::{
    Activation,
    creator::{self, CreatorFacts},
};
use crate::{
    activity::ActivityLock,
    apartment::{Home, Method, Resident},
    class::{self, InProcessClass},
    component::Component,
    interception::{self, Context, InContext, Properties},
    machine::Machine,
    process::ProcessState,
    reference::{Reference, iid},
    thread,
};
use complus_core::{
    attribute::ThreadingModel,
    error::{ApartmentError, Result},
    explain::Explain,
    rules::{
        activation,
        class_apartment::{self, Creator, Home as Wanted, HostSta, HostedActivity, Placement},
        placement::Origin,
    },
};
use complus_sync::Arc;
use uuid::Uuid;

/// IClassFactory::CreateInstance.
pub(super) const CREATE: Method = Method { interface: iid::CLASS_FACTORY, number: 3 };

/// Makes an object of a class without catalog entry: with its creator if their apartments agree, else in the default
/// context of its own (ACT 4.6).
pub(super) fn unconfigured(
    request: &Activation,
    class: Arc<InProcessClass>,
    explain: &mut impl Explain,
) -> Result<Reference> {
    let creator = here()?;
    let decision =
        activation::unconfigured(class.model?, request.request(false), creator, &Origin::DEFAULT_CONTEXT, explain)?;
    let make = move || Reference::new(interception::masked(|| class::load(&class)?.make_instance())?);
    if !decision.apartment.proxy && creator::is_elsewhere(request)? {
        let (machine, process) = thread::here()?;
        let home = home(&machine, &process, decision.apartment)?;
        return there(default_context(machine, process, home), request.interface, make);
    }
    at(decision.apartment, request.interface, make)
}

/// Runs `make` where a class of this model lives, and gives what it made as a reference for the current context.
pub(crate) fn in_its_apartment(
    model: ThreadingModel,
    interface: Uuid,
    make: impl FnOnce() -> Result<Reference> + Send + 'static,
) -> Result<Reference> {
    let creator = here()?;
    at(class_apartment::place(model, creator, &mut ()), interface, make)
}

/// Runs `work` in the default context of the apartment where a class of this model lives, as seen from this thread.
///
/// # Errors
/// CO_E_NOTINITIALIZED; the failures of a call to that apartment.
pub(crate) fn in_its_default_context(model: ThreadingModel, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let apartment = class_apartment::place(model, here()?, &mut ());
    let (machine, process) = thread::here()?;
    let home = home(&machine, &process, apartment)?;
    let context: Arc<dyn InContext> = default_context(machine, process, home);
    interception::visit(&context, CREATE, move || {
        work();
        Ok(())
    })
}

/// The same for a component without services, in the default context of its apartment (ACT 4.5).
pub(super) fn in_default_context(
    facts: &CreatorFacts,
    apartment: Placement,
    component: Arc<Component>,
    request: &Activation,
) -> Result<Reference> {
    let (machine, process) = thread::here()?;
    let home = home(&machine, &process, apartment)?;
    let make = move || {
        component.create()?;
        let reference = Reference::new(component.object())?; // before Activate, which may give it out
        component.created()?;
        Ok(reference)
    };
    if facts.origin.default_context && !facts.elsewhere && !apartment.proxy {
        return make()?.query(request.interface);
    }
    there(default_context(machine, process, home), request.interface, make)
}

fn at(
    apartment: Placement,
    interface: Uuid,
    make: impl FnOnce() -> Result<Reference> + Send + 'static,
) -> Result<Reference> {
    if !apartment.proxy {
        return make()?.query(interface);
    }
    let (machine, process) = thread::here()?;
    let home = home(&machine, &process, apartment)?;
    there(default_context(machine, process, home), interface, make)
}

fn there(
    context: Arc<Context>,
    interface: Uuid,
    make: impl FnOnce() -> Result<Reference> + Send + 'static,
) -> Result<Reference> {
    let context: Arc<dyn InContext> = context;
    interception::visit(&context, CREATE, move || make()?.marshal_for(interface))?.unmarshal()
}

fn here() -> Result<Creator> {
    let creator = thread::bound(|binding| {
        binding.ensure_base()?;
        Ok::<_, complus_core::Error>(creator::creator(binding))
    })??;
    creator.ok_or_else(|| ApartmentError::NotInitialized.into())
}

/// The apartment itself; COM makes it, if there is none. What lives in a default context is in the host STA where it
/// needs one, since the pool is for what has a context of its own (ACT 5.2).
fn home(machine: &Arc<Machine>, process: &Arc<ProcessState>, apartment: Placement) -> Result<Home> {
    let own = thread::bound(|binding| binding.membership.sta().cloned())?;
    Ok(match (apartment.home, own) {
        (Wanted::ThreadsSta, Some(own)) => Home::Sta(own),
        (Wanted::ThreadsSta, None) => return Err(ApartmentError::NotInitialized.into()),
        (Wanted::MainSta, _) => Home::Sta(process.pools.hosts.main(machine, process)),
        (Wanted::HostSta, _) => Home::Sta(process.pools.hosts.host(machine, process)),
        (Wanted::Mta, _) => Home::Mta,
        (Wanted::Neutral, _) => Home::Neutral,
    })
}

/// The same for a context of its own, with what keeps its thread there if that is one of the pool.
pub(super) fn configured_home(
    machine: &Arc<Machine>,
    process: &Arc<ProcessState>,
    apartment: Placement,
    activity: Option<&ActivityLock>,
) -> Result<(Home, Option<Arc<Resident>>)> {
    if apartment.home != Wanted::HostSta {
        return Ok((home(machine, process, apartment)?, None));
    }
    let resident = pool_sta(machine, process, activity);
    Ok((Home::Sta(resident.sta().clone()), Some(resident)))
}

/// The STA of the pool for an object: objects of one activity live in one (SYN 4.9).
fn pool_sta(machine: &Arc<Machine>, process: &Arc<ProcessState>, activity: Option<&ActivityLock>) -> Arc<Resident> {
    let assigned = activity.and_then(ActivityLock::host).filter(|host| host.sta().is_open());
    let known = match (activity, &assigned) {
        (None, _) => HostedActivity::None,
        (Some(_), None) => HostedActivity::Unassigned,
        (Some(_), Some(_)) => HostedActivity::Assigned,
    };
    let pool = &process.pools.sta;
    match (class_apartment::host_sta(known, true), assigned) {
        (HostSta::Activitys, Some(host)) => host,
        (HostSta::InTurn, _) => Arc::new(pool.serve(machine, process).sta().settle()),
        (HostSta::LeastLoaded | HostSta::TheHost | HostSta::Activitys, _) => {
            let host = Arc::new(pool.bind(machine, process).sta().settle());
            activity.into_iter().for_each(|activity| activity.set_host(host.clone()));
            host
        }
    }
}

/// The default context of an apartment; COM makes an MTA, and keeps it, if there is none (SYN 6.4).
pub(crate) fn default_context(machine: Arc<Machine>, process: Arc<ProcessState>, home: Home) -> Arc<Context> {
    let number = apartment_number(&machine, &process, &home);
    Arc::new(Context {
        machine,
        process,
        number: number.into(),
        home,
        properties: Properties::default(),
        is_default: true,
    })
}

/// The number of an apartment's default context.
pub(super) fn apartment_number(machine: &Arc<Machine>, process: &Arc<ProcessState>, home: &Home) -> u64 {
    let fresh = || machine.new_context_number();
    match home {
        Home::Sta(sta) => sta.number,
        Home::Mta => process.apartments.mta().unwrap_or_else(|| process.apartments.host_mta(fresh)),
        Home::Neutral => process.apartments.neutral(fresh),
    }
}
