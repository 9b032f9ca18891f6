//! The context of its own that a component gets, and what flows into it (ACT 3.2 step 14, 4.1, 4.2, 6).

use super::{Activation, Configured, creator::CreatorFacts, place};
use crate::{
    activity::ActivityLock,
    apartment::{Home, Resident},
    class::InProcessClass,
    component::{Begins, Component, Membership, Parts, Stream},
    interception::{self, Context, InContext, Properties, TransactionProperty, Visiting, share_activity},
    machine::Machine,
    process::ProcessState,
    reference::{Marshaled, Reference},
    thread,
};
use complus_core::{
    context::UserProperties,
    error::{DomainError, Result, RuntimeError},
    rules::{
        activation::Decision,
        leave::Role,
        property_flow::{self, Intrinsics},
        synchronization::Activity,
        transaction::{self, Transaction},
    },
};
use complus_sync::Arc;

/// Longest description of a transaction, in characters (TXN 4).
const LONGEST_DESCRIPTION: usize = 40;

/// What an own context is made from.
pub(super) struct OwnContext<'a> {
    pub(super) configured: Configured,
    pub(super) machine: Arc<Machine>,
    pub(super) process: Arc<ProcessState>,
    pub(super) factory: Arc<InProcessClass>,
    pub(super) request: &'a Activation,
}

impl OwnContext<'_> {
    /// Makes the context, and the object in it; a reference for the current context.
    pub(super) fn create(
        self,
        facts: &CreatorFacts,
        decision: Decision,
        activity: Activity,
        transaction: Transaction,
    ) -> Result<Reference> {
        self.make(facts, decision, activity, transaction)?.unmarshal()
    }

    /// The same; a reference for any context.
    pub(super) fn make(
        self,
        facts: &CreatorFacts,
        decision: Decision,
        activity: Activity,
        transaction: Transaction,
    ) -> Result<Marshaled> {
        let number = thread::bound(|binding| binding.number())?;
        let lock = self.lock(facts, activity, number)?;
        let apartment = decision.apartment;
        let (home, resident) = place::configured_home(&self.machine, &self.process, apartment, lock.as_deref())?;
        place::apartment_number(&self.machine, &self.process, &home);
        let membership = self.membership(facts, transaction, number)?;
        if self.machine.compat.eager_begin
            && let Some(root) = membership.as_ref().filter(|own| own.role == Role::Root)
        {
            root.stream.begin_early(&self.machine)?;
        }
        let flowing = self.flowing(facts, &decision);
        self.settle(number, (home, resident), lock, membership, flowing)
    }

    fn settle(
        self,
        number: u64,
        (home, resident): (Home, Option<Arc<Resident>>),
        lock: Option<Arc<ActivityLock>>,
        membership: Option<Membership>,
        flowing: UserProperties,
    ) -> Result<Marshaled> {
        let Self { configured, machine, process, factory, request } = self;
        let partition = machine.partitions.number(configured.partition).ok_or(RuntimeError::TooManyPartitions)?;
        let security = configured.class.component().security;
        let component = Component::new(Parts {
            machine: machine.clone(),
            process: process.clone(),
            class: configured.class,
            application: configured.application.id,
            security,
            factory,
            own_context: true,
            membership,
            properties: flowing,
            resident,
        });
        let transaction = TransactionProperty::Component(component.clone());
        let plain = component.membership().is_none()
            && !component.is_just_in_time()
            && matches!(home, Home::Mta)
            && !process.instance().is_some_and(|instance| instance.counts_calls())
            // A frame names its activity by its own number.
            && lock.as_ref().is_none_or(|lock| lock.number() == number);
        let properties = Properties { lock, transaction, partition, details: None, plain };
        let context = Arc::new(Context { machine, process, number, home, properties, is_default: false });
        component.settle_in(&context);
        let making: Arc<dyn InContext> = Arc::new(Visiting::creation(context.clone()));
        let interface = request.interface;
        interception::visit(&making, place::CREATE, move || {
            component.create()?;
            interception::unmask()?;
            component.created()?;
            Reference::in_context(component.object(), context)?.marshal_for(interface)
        })
    }

    fn lock(&self, facts: &CreatorFacts, activity: Activity, number: u64) -> Result<Option<Arc<ActivityLock>>> {
        match activity {
            Activity::None => Ok(None),
            Activity::New => Ok(Some(ActivityLock::new(&self.process, number))),
            Activity::Callers => match facts.imported {
                Some((number, timeout)) => Ok(Some(ActivityLock::imported(&self.process, number, timeout))),
                None => thread::bound(|binding| share_activity(binding, &self.process)),
            },
        }
    }

    fn membership(&self, facts: &CreatorFacts, transaction: Transaction, number: u64) -> Result<Option<Membership>> {
        let of = |handle| {
            Ok::<_, complus_core::Error>(Membership::new(Stream::of_transaction(number, handle)?, Role::Interior))
        };
        Ok(Some(match transaction {
            Transaction::None => return Ok(None),
            Transaction::New => Membership::new(Stream::of_root(number, self.begins()), Role::Root),
            Transaction::Callers => match (&facts.stream, &facts.transaction) {
                (Some(stream), _) => Membership::new(stream.clone(), Role::Interior),
                (None, Some(handle)) => of(handle.clone())?,
                (None, None) => return Err(DomainError::TransactionOver.into()),
            },
            Transaction::Brought => of(self.request.transaction.clone().ok_or(DomainError::TransactionOver)?)?,
        }))
    }

    /// The values of a root's transactions (TXN 4).
    fn begins(&self) -> Begins {
        let class = &self.configured.class;
        let seconds = |timeout: std::time::Duration| u32::try_from(timeout.as_secs()).unwrap_or(u32::MAX);
        let name = class.progid();
        Begins {
            isolation: transaction::root_isolation(class.isolation),
            timeout: class.transaction_timeout.map_or_else(|| self.machine.component_timeout(), seconds),
            description: (!name.is_empty()).then(|| name.chars().take(LONGEST_DESCRIPTION).collect::<String>().into()),
        }
    }

    /// The user properties that flow along.
    fn flowing(&self, facts: &CreatorFacts, decision: &Decision) -> UserProperties {
        let class = &self.configured.class;
        let intrinsics = Intrinsics { iis: class.iis_intrinsics, comti: class.comti_intrinsics };
        facts.properties.flowing(|kind| property_flow::sees(kind, &decision.context, intrinsics))
    }
}
