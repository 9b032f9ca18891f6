//! Making something in the apartment that a class wants, for a creator who may be in another one (SYN 6.5, ACT 5.1).

use super::{
    Activation,
    creator::{self, CreatorFacts},
};
use crate::{
    apartment::{Home, Method},
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
        activation::unconfigured(class.model, request.request(false), creator, &Origin::DEFAULT_CONTEXT, explain)?;
    at(creator, decision.apartment, request.interface, move || {
        Reference::new(interception::masked(|| class::load(&class)?.make_instance())?)
    })
}

/// Runs `make` where a class of this model lives, and gives what it made as a reference for the current context.
pub(crate) fn in_its_apartment(
    model: ThreadingModel,
    interface: Uuid,
    make: impl FnOnce() -> Result<Reference> + Send + 'static,
) -> Result<Reference> {
    let creator = here()?;
    at(creator, class_apartment::place(model, creator, &mut ()), interface, make)
}

/// Runs `work` in the default context of the apartment where a class of this model lives, as seen from this thread.
///
/// # Errors
/// CO_E_NOTINITIALIZED; the failures of a call to that apartment.
pub(crate) fn in_its_default_context(model: ThreadingModel, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let apartment = class_apartment::place(model, here()?, &mut ());
    let (machine, process) = thread::here()?;
    let home = home(&machine, &process, apartment, None)?;
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
    let home = home(&machine, &process, apartment, None)?;
    let make = move || {
        component.create()?;
        component.created()?;
        Reference::new(component.object())
    };
    if facts.origin.default_context && !facts.elsewhere && !apartment.proxy {
        return make()?.query(request.interface);
    }
    there(default_context(machine, process, home), request.interface, make)
}

fn at(
    creator: Creator,
    apartment: Placement,
    interface: Uuid,
    make: impl FnOnce() -> Result<Reference> + Send + 'static,
) -> Result<Reference> {
    let _ = creator;
    if !apartment.proxy {
        return make()?.query(interface);
    }
    let (machine, process) = thread::here()?;
    let home = home(&machine, &process, apartment, None)?;
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

/// The apartment itself; COM makes it, if there is none. `activity` is the number of the activity of a configured
/// object that needs an STA (SYN 4.9).
pub(super) fn home(
    machine: &Arc<Machine>,
    process: &Arc<ProcessState>,
    apartment: Placement,
    activity: Option<Option<u64>>,
) -> Result<Home> {
    let own = thread::bound(|binding| binding.membership.sta().cloned())?;
    Ok(match (apartment.home, own) {
        (Wanted::ThreadsSta, Some(own)) => Home::Sta(own),
        (Wanted::ThreadsSta, None) => return Err(ApartmentError::NotInitialized.into()),
        (Wanted::MainSta, _) => Home::Sta(process.pools.hosts.main(machine, process)),
        (Wanted::HostSta, _) => Home::Sta(host_sta(machine, process, activity)),
        (Wanted::Mta, _) => Home::Mta,
        (Wanted::Neutral, _) => Home::Neutral,
    })
}

/// The STA that COM hosts an object in: an unconfigured one in the host STA, since it is in no activity and the pool is
/// for configured ones (ACT 5.2); objects of one activity in one STA of the pool.
fn host_sta(
    machine: &Arc<Machine>,
    process: &Arc<ProcessState>,
    activity: Option<Option<u64>>,
) -> Arc<crate::apartment::Sta> {
    let Some(activity) = activity else { return process.pools.hosts.host(machine, process) };
    let stas = &process.activity_stas;
    let assigned = activity.and_then(|number| stas.get(&number)?.upgrade());
    let known = match (activity, &assigned) {
        (None, _) => HostedActivity::None,
        (Some(_), None) => HostedActivity::Unassigned,
        (Some(_), Some(_)) => HostedActivity::Assigned,
    };
    match (class_apartment::host_sta(known, true), assigned) {
        (HostSta::Activitys, Some(sta)) => sta,
        (HostSta::InTurn, _) => process.pools.sta.serve(machine, process).sta().clone(),
        (HostSta::TheHost, _) => process.pools.hosts.host(machine, process),
        (HostSta::LeastLoaded | HostSta::Activitys, _) => {
            let sta = process.pools.sta.bind(machine, process).sta().clone();
            if let Some(number) = activity {
                stas.retain(|_, sta| sta.strong_count() > 0);
                stas.insert(number, Arc::downgrade(&sta));
            }
            sta
        }
    }
}

/// The default context of an apartment; COM makes an MTA, and keeps it, if there is none (SYN 6.4).
pub(crate) fn default_context(machine: Arc<Machine>, process: Arc<ProcessState>, home: Home) -> Arc<Context> {
    let number = apartment_number(&machine, &process, &home);
    Arc::new(Context { machine, process, number, home, properties: Properties::default(), is_default: true })
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
