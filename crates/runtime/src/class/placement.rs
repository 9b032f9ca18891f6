//! Making something in the apartment that a class wants, for a creator who may be in another one (SYN 6.5, ACT 5.1).

use crate::{
    apartment::{Home, Method},
    interception::{self, Context, InContext, Properties},
    machine::Machine,
    process::ProcessState,
    reference::{Reference, iid},
    thread::{self, Binding, Membership},
};
use complus_core::{
    attribute::ThreadingModel,
    error::{ApartmentError, Result},
    rules::class_apartment::{self, Creator, Home as Wanted},
};
use complus_sync::Arc;
use uuid::Uuid;

/// Where an object is made for a creator.
enum Place {
    /// In the creator's own context: an unconfigured class asks for no other (ACT 5.1).
    Here,
    /// In the default context of another apartment.
    There(Arc<Context>),
}

/// Runs `make` where a class of this model lives, and gives what it made as a reference for the current context.
pub(super) fn in_its_apartment(
    model: ThreadingModel,
    interface: Uuid,
    make: impl FnOnce() -> Result<Reference> + Send + 'static,
) -> Result<Reference> {
    match place(model)? {
        Place::Here => make()?.query(interface),
        Place::There(context) => {
            let context: Arc<dyn InContext> = context;
            let method = Method { interface: iid::CLASS_FACTORY, number: 3 };
            interception::visit(&context, method, move || make()?.marshal_for(interface))?.unmarshal()
        }
    }
}

fn place(model: ThreadingModel) -> Result<Place> {
    let (machine, process) = thread::here()?;
    let (creator, own) = thread::bound(|binding| (creator(binding), binding.membership.sta().cloned()))?;
    let placement = class_apartment::place(model, creator.ok_or(ApartmentError::NotInitialized)?, &mut ());
    if !placement.proxy {
        return Ok(Place::Here);
    }
    let home = match (placement.home, own) {
        (Wanted::ThreadsSta, Some(own)) => Home::Sta(own),
        (Wanted::ThreadsSta, None) => return Err(ApartmentError::NotInitialized.into()),
        (Wanted::MainSta, _) => Home::Sta(process.pools.hosts.main(&machine, &process)),
        // An unconfigured object is in no activity, and the pool is for configured ones (SYN 4.9, ACT 5.2).
        (Wanted::HostSta, _) => Home::Sta(process.pools.hosts.host(&machine, &process)),
        (Wanted::Mta, _) => Home::Mta,
        (Wanted::Neutral, _) => Home::Neutral,
    };
    Ok(Place::There(default_context(machine, process, home)))
}

fn creator(binding: &Binding) -> Option<Creator> {
    match (&binding.membership, binding.neutral) {
        (Membership::Sta(_), true) => Some(Creator::NeutralOnSta),
        (_, true) => Some(Creator::NeutralOnMta),
        (Membership::Sta(sta), false) if sta.is_main() => Some(Creator::MainSta),
        (Membership::Sta(_), false) => Some(Creator::Sta),
        (Membership::Mta | Membership::None, false) => binding.apartment().map(|_| Creator::Mta),
    }
}

/// The default context of an apartment; COM makes an MTA, and keeps it, if there is none (SYN 6.4).
fn default_context(machine: Arc<Machine>, process: Arc<ProcessState>, home: Home) -> Arc<Context> {
    let fresh = || machine.new_context_number();
    let number = match &home {
        Home::Sta(sta) => sta.number,
        Home::Mta => process.apartments.mta().unwrap_or_else(|| process.apartments.host_mta(fresh)),
        Home::Neutral => process.apartments.neutral(fresh),
    };
    Arc::new(Context { machine, process, number, home, properties: Properties::default(), is_default: true })
}
