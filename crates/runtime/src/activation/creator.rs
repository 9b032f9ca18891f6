//! Who wants the object: the facts about the creator's context that placement asks for (ACT 3.1).

use super::{Activation, Configured};
use crate::{
    component::Stream,
    interception::share_activity,
    thread::{self, Binding, Membership},
};
use complus_core::{
    attribute::ClassContext,
    context::UserProperties,
    error::{ApartmentError, Result},
    rules::{class_apartment::Creator, placement::Origin, security, transaction::Enclosing},
    stack::PushedBy,
};
use complus_sync::Arc;
use complus_transaction::Transaction;
use std::time::Duration;

/// The facts.
pub(super) struct CreatorFacts {
    pub(super) creator: Creator,
    pub(super) origin: Origin,
    /// The request is made from the default context, and the current one is another.
    pub(super) elsewhere: bool,
    /// What the creator's context has of user properties.
    pub(super) properties: UserProperties,
    /// The stream of the component that the creator's code belongs to.
    pub(super) stream: Option<Arc<Stream>>,
    /// The creator's transaction, where there is no stream.
    pub(super) transaction: Option<Transaction>,
    /// The creator's activity and its time-out, where another process carries out the activation.
    pub(super) imported: Option<(u64, Option<Duration>)>,
}

impl CreatorFacts {
    /// Takes them down; `elsewhere`: another process carries out the activation.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment.
    pub(super) fn of(configured: &Configured, request: &Activation, elsewhere: bool) -> Result<Self> {
        let brought = request.transaction.as_ref().map(Transaction::isolation_level);
        thread::bound(|binding| {
            binding.ensure_base()?;
            let creator = creator(binding).ok_or(ApartmentError::NotInitialized)?;
            let top = binding.stack.top().ok_or(ApartmentError::NotInitialized)?;
            let default_context = matches!(top.pushed_by, PushedBy::Apartment | PushedBy::DefaultCall);
            let from_default = request.contexts.contains(ClassContext::FROM_DEFAULT_CONTEXT);
            let none = Self {
                creator,
                origin: Origin { brought, same_process: !elsewhere, ..Origin::DEFAULT_CONTEXT },
                elsewhere: from_default && !default_context,
                properties: UserProperties::default(),
                stream: None,
                transaction: None,
                imported: None,
            };
            if from_default || default_context {
                return Ok(none);
            }
            let (position, component) = (top.transaction, binding.component());
            let properties = binding.with_properties(UserProperties::clone);
            let activity = top.activity.is_some();
            let machine = binding.machine.clone().ok_or(ApartmentError::NotInitialized)?;
            let same_partition = machine.partitions.id(top.partition) == configured.partition;
            let same_security = component.as_ref().is_some_and(|component| {
                component.configured.application.id == configured.application.id
                    && security::has_property(component.configured.class.component.security)
            });
            let stream = component.as_ref().and_then(|own| own.membership()).map(|own| own.stream.clone());
            let imported = match binding.process.clone().filter(|_| elsewhere && activity) {
                Some(process) => share_activity(binding, &process).map(|lock| (lock.number(), lock.timeout())),
                None => None,
            };
            let enclosing = binding.transactions.get(position.index()).map(|owned| owned.enclosing());
            let transaction = if stream.is_none() { binding.share_transaction(position, None) } else { None };
            let level = match enclosing {
                Some(Enclosing::None) | None => stream.as_ref().map(|stream| stream.isolation()),
                Some(_) => {
                    transaction.as_ref().map(Transaction::isolation_level).or(stream.as_ref().map(|s| s.isolation()))
                }
            };
            let origin = Origin {
                default_context: false,
                activity,
                transaction: level,
                brought,
                same_security,
                same_partition,
                same_apartment: true,
                same_process: !elsewhere,
            };
            Ok(Self { creator, origin, elsewhere: false, properties, stream, transaction, imported })
        })?
    }

    /// Marks the creator's transaction for abort: somebody wanted into it who may not (T-26).
    pub(super) fn doom(&self) {
        if let Some(transaction) = self.stream.as_ref().and_then(|stream| stream.current()).or(self.transaction.clone())
        {
            transaction.doom();
        }
    }
}

/// Whether the request is made from the default context while the current one is another.
pub(super) fn is_elsewhere(request: &Activation) -> Result<bool> {
    let is_default = |binding: &Binding| {
        binding.stack.top().is_none_or(|top| matches!(top.pushed_by, PushedBy::Apartment | PushedBy::DefaultCall))
    };
    let from_default = request.contexts.contains(ClassContext::FROM_DEFAULT_CONTEXT);
    Ok(from_default && !thread::bound(|binding| is_default(binding))?)
}

/// Where the creator's thread executes.
pub(super) fn creator(binding: &Binding) -> Option<Creator> {
    match (&binding.membership, binding.neutral) {
        (Membership::Sta(_), true) => Some(Creator::NeutralOnSta),
        (_, true) => Some(Creator::NeutralOnMta),
        (Membership::Sta(sta), false) if sta.is_main() => Some(Creator::MainSta),
        (Membership::Sta(_), false) => Some(Creator::Sta),
        (Membership::Mta | Membership::None, false) => binding.apartment().map(|_| Creator::Mta),
    }
}
