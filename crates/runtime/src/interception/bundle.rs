//! The properties of a context that is made now and entered later: an activity object's (SWC 8.1).

use super::{
    context::{Context, Joined, Properties, Source, TransactionProperty},
    enter::{ballot_of, details},
    facts::{CallerFacts, ConfiguredNames},
};
use crate::{
    activity::ActivityLock,
    apartment::Home,
    domain::ServiceConfig,
    machine::Machine,
    process::ProcessState,
    thread::{self, Binding, frame::Details},
};
use complus_core::{
    ActivityTransaction,
    attribute::ApartmentKind,
    error::{ApartmentError, DomainError, Result},
    event::{AbortReason, What},
    rules::{
        activity_object::{self, Created, Interface},
        apartment::Pool,
        leave::Role,
        partition::Partition,
        synchronization::Activity,
        transaction::{self, root_isolation},
    },
    stack::PushedBy,
};
use complus_sync::Arc;

/// What an activity object is made of.
pub(crate) struct Bundle {
    pub(crate) created: Created,
    pub(crate) number: u64,
    pub(crate) properties: Properties,
}

/// Resolves a configuration against the context of this thread; against one of another process that has sent its
/// activity along, if that is `imported`.
///
/// # Errors
/// As for [`Activity::create`](crate::Activity::create). After an error nothing has changed.
pub(crate) fn bundle(
    machine: &Arc<Machine>,
    process: &Arc<ProcessState>,
    config: &ServiceConfig,
    imported: Option<&Arc<ActivityLock>>,
) -> Result<Bundle> {
    machine.admit(process)?;
    let (facts, apartment) = thread::bound(|binding| {
        let facts = CallerFacts::of(binding, || machine.clock.now());
        let facts = if imported.is_some() { facts.in_imported_activity() } else { facts };
        (facts, Home::of(binding).map_or(ApartmentKind::Mta, |home| home.kind()))
    })?;
    if let Some((deadline, place)) = facts.expired {
        machine.emit(place, What::TransactionAborted { reason: AbortReason::TimedOut { deadline } });
    }
    let principal = facts.principal.as_ref().unwrap_or(&machine.principal);
    let names = ConfiguredNames::new(config, machine, principal);
    let created = activity_object::create(
        config.settings(),
        Interface::ServiceActivity,
        apartment,
        &facts.caller(),
        &names,
        &machine.compat,
        &mut (),
    )?;
    let flow = created.context.flow;
    let transaction = match flow.transaction {
        transaction::Transaction::None => TransactionProperty::None,
        transaction::Transaction::New => {
            let (own_timeout, timeout) = (config.timeout.is_some(), config.timeout.unwrap_or_default());
            let isolation = root_isolation(config.settings().isolation);
            match machine.compat.activity_transaction {
                ActivityTransaction::PerCall => TransactionProperty::Own { isolation, own_timeout, timeout },
                ActivityTransaction::UntilDone => {
                    TransactionProperty::UntilDone { isolation, own_timeout, timeout, current: Box::default() }
                }
            }
        }
        transaction::Transaction::Callers => {
            let source = thread::bound(|binding| {
                let position = binding.stack.top()?.transaction;
                let handle = binding.share_transaction(position, None)?;
                Some(Source::Transaction(handle, ballot_of(binding, position)))
            })?
            .ok_or(DomainError::TransactionOver)?;
            TransactionProperty::Joined(Box::new(Joined { role: Role::Interior, source }))
        }
        transaction::Transaction::Brought => {
            let handle = names.transaction().ok_or(DomainError::TransactionOver)?;
            let source = match names.proxy() {
                Some(proxy) => Source::Proxy(proxy),
                None => {
                    let ballot = handle.ballot(|ballot| handle.register_voter(ballot));
                    Source::Transaction(handle, Some(ballot.map_err(|_| DomainError::TransactionOver)?))
                }
            };
            TransactionProperty::Joined(Box::new(Joined { role: Role::Brought, source }))
        }
    };
    thread::bound(|binding| {
        let number = binding.number();
        let lock = match flow.activity {
            Activity::None => None,
            Activity::New => Some(ActivityLock::new(process, number)),
            Activity::Callers => imported.cloned().or_else(|| share_activity(binding, process)),
        };
        let caller_partition = binding.stack.top().map_or(0, |top| top.partition);
        let partition = match created.context.partition {
            Partition::Global => 0,
            Partition::Callers => caller_partition,
            Partition::Configured => {
                config.rare.as_deref().and_then(|rare| machine.partitions.number(rare.partition.0)).unwrap_or(0)
            }
        };
        let details = details(&created.context, binding, machine, config, number);
        let details = (details != Details::default()).then(|| Box::new(details));
        let plain = created.pool == Pool::Mta
            && matches!(transaction, TransactionProperty::None)
            && details.is_none()
            // A frame names its activity by its own number.
            && lock.as_ref().is_none_or(|lock| lock.number() == number);
        Bundle { created, number, properties: Properties { lock, transaction, partition, details, plain } }
    })
}

/// The current context as something that calls can be made into, from anywhere. Its transaction moves to where others
/// can reach it; calls join it.
///
/// # Errors
/// CO_E_NOTINITIALIZED when the thread is in no apartment.
pub(crate) fn capture() -> Result<Arc<Context>> {
    let (machine, process) = thread::here()?;
    thread::bound(|binding| {
        binding.ensure_base()?;
        let home = Home::of(binding).ok_or(ApartmentError::NotInitialized)?;
        let Some(top) = binding.stack.top() else { return Err(ApartmentError::NotInitialized.into()) };
        if let Some(context) = binding.component().and_then(|component| component.context()) {
            return Ok(context);
        }
        let (number, position, partition) = (top.number, top.transaction, top.partition);
        let is_default = matches!(top.pushed_by, PushedBy::Apartment | PushedBy::DefaultCall);
        let details = top.details().filter(|details| **details != Details::default()).cloned().map(Box::new);
        let transaction = match binding.share_transaction(position, None) {
            None => TransactionProperty::None,
            Some(handle) => {
                let source = Source::Transaction(handle, ballot_of(binding, position));
                TransactionProperty::Joined(Box::new(Joined { role: Role::Interior, source }))
            }
        };
        let lock = share_activity(binding, &process);
        let properties = Properties { lock, transaction, partition, details, ..Properties::default() };
        Ok(Arc::new(Context { machine, process: process.clone(), number: number.into(), home, properties, is_default }))
    })?
}

/// The default context of the neutral apartment, made when first asked for.
///
/// # Errors
/// CO_E_NOTINITIALIZED when the thread is in no apartment.
pub(crate) fn neutral() -> Result<Arc<Context>> {
    let (machine, process) = thread::here()?;
    let number = thread::bound(|binding| {
        binding.ensure_base()?;
        Ok::<_, complus_core::Error>(binding.number())
    })??;
    let number = process.apartments.neutral(|| number);
    let properties = Properties::default();
    Ok(Arc::new(Context { machine, process, number: number.into(), home: Home::Neutral, properties, is_default: true }))
}

/// The lock of the current context's activity, made if nobody has needed it yet: this thread's causality is inside.
pub(crate) fn share_activity(binding: &mut Binding, process: &Arc<ProcessState>) -> Option<Arc<ActivityLock>> {
    let causality = binding.causality;
    let position = binding.stack.top()?.activity.position()?;
    let owner = binding.stack.get_mut(position)?;
    if let Some(lock) = owner.rare.as_deref().and_then(|rare| rare.lock.clone()) {
        return Some(lock);
    }
    let number = owner.activity_number();
    if let Some(lock) = process.lock_of(number) {
        return Some(lock);
    }
    let lock = ActivityLock::held_by(process, number, causality);
    owner.rare_mut().lock = Some(lock.clone());
    Some(lock)
}
