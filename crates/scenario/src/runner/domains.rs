//! Entering and leaving service domains, with what the rules have to say about it.

use super::{
    outcome::{Performed, StepError},
    worker::{Block, BlockKind, Worker},
    world::{Caller, Entered, Named},
};
use crate::{
    explain::Question,
    model::{Enter, Services},
    trace::{Kind, StepPlace},
};
use complus_core::{
    attribute::ApartmentType,
    context::{PropertyKind, SideBySide},
    event::What,
    id::PartitionId,
    rules::{
        partition, side_by_side,
        side_by_side::Assembly,
        transaction::{Brought, Enclosing},
    },
};
use complus_runtime::{ObjectContext, ServiceConfig, ServiceDomain, StatusObject, apartment_type, com};
use std::path::Path;

impl<'s> Worker<'s> {
    pub(super) fn enter(&mut self, enter: &'s Enter, place: StepPlace) -> Result<Performed<'s>, StepError> {
        let (config, brought) = self.configured(&enter.services)?;
        let (decision, answer) = self.question(&enter.services, &config, brought).ask(enter.name.clone());
        self.world.recorder.record(Kind::Decided(Box::new(decision)));
        let caller = self.caller();
        let mark = self.world.recorder.len();
        let domain = match ServiceDomain::enter(&config) {
            Ok(domain) => domain,
            Err(error) => {
                if let Some(name) = &enter.name {
                    self.world.name(name, Named::Refused(error.hresult()));
                }
                return Err(error.into());
            }
        };
        let assembly = answer.is_ok_and(|resolution| resolution.assembly != Assembly::None);
        self.note_entered(enter, caller, assembly, mark);
        Ok(match &enter.body {
            Some(steps) => Performed::Opened(Block { steps, next: 0, place, kind: BlockKind::Domain(domain) }),
            None => {
                // As after CoEnterServiceDomain: nothing but a leave ends it.
                std::mem::forget(domain);
                Performed::Done
            }
        })
    }

    /// The end of a domain's block.
    pub(super) fn leave(&mut self, domain: ServiceDomain) -> Result<(), StepError> {
        let mark = self.world.recorder.len();
        let left = domain.leave();
        self.note_left(mark);
        self.last.status = left.as_ref().ok().map(|status| status.hresult());
        left.map(drop).map_err(Into::into)
    }

    /// The `leave` step: CoLeaveServiceDomain with a status object.
    pub(super) fn leave_top(&mut self) -> Result<(), StepError> {
        let (mark, status) = (self.world.recorder.len(), StatusObject::new());
        let left = com::try_leave_service_domain(Some(&status));
        self.note_left(mark);
        self.last.status = left.is_ok().then(|| status.transaction_status());
        left.map_err(Into::into)
    }

    /// The configuration with the transaction that it brings.
    pub(super) fn configured(&self, services: &Services) -> Result<(ServiceConfig, Brought), StepError> {
        let Some(name) = &services.bring else { return Ok((services.config.clone(), Brought::None)) };
        let missing = || StepError::runner(format!("the transaction `{name}` has not begun yet"));
        let transaction = self.world.transaction(name).ok_or_else(missing)?;
        let brought = if transaction.state().is_over() { Brought::Over } else { Brought::Active };
        // A participant's handle: that a domain brings a transaction gives it no right to commit.
        Ok((services.config.clone().bring_your_own_transaction(transaction.participant()), brought))
    }

    /// What the rules will look at, seen from inside the caller's context.
    pub(super) fn question(&self, services: &Services, config: &ServiceConfig, brought: Brought) -> Question {
        let mut question = Question::new(config);
        question.compat = self.world.scenario.compat;
        question.brought = brought;
        question.tracker = services.tracker;
        question.partition = self.named_partition(services.partition_id);
        let directory = services.assembly.0.as_deref();
        let readable = directory.is_some_and(|directory| is_readable(directory, services.assembly.1.as_deref()));
        question.assembly = side_by_side::Named { directory: directory.is_some(), readable };
        question.caller.initialized = apartment_type().is_ok_and(|(kind, _)| kind != ApartmentType::Current);
        let Ok(context) = ObjectContext::current() else { return question };
        // Whoever is in a context stays in its apartment, even if that was the MTA implicitly and is gone meanwhile.
        question.caller.initialized = true;
        let transaction = context.info().transaction().ok().flatten();
        question.caller.transaction =
            transaction.map_or(Enclosing::None, |transaction| transaction.stream().enclosing());
        question.caller.activity = context.activity_id().is_ok_and(|activity| activity.is_some());
        let names = context.properties().names().unwrap_or_default();
        let has = |kind| names.iter().any(|name| PropertyKind::of(name) == kind);
        (question.caller.iis, question.caller.comti) = (has(PropertyKind::Iis), has(PropertyKind::Comti));
        question.caller.assembly = self.current().is_some_and(|context| context.assembly);
        question
    }

    fn named_partition(&self, id: Option<PartitionId>) -> partition::Named {
        let state = self.world.runtime.catalog().snapshot();
        match id {
            None | Some(PartitionId::NULL) => partition::Named::Nothing,
            Some(PartitionId::GLOBAL) => partition::Named::Global,
            Some(id) => {
                let enabled = state.partitions_enabled();
                let known = enabled && state.has_partition(id);
                let member = known && state.may_use_partition(self.principal(), id);
                partition::Named::Other { enabled, known, member }
            }
        }
    }

    fn note_entered(&self, enter: &Enter, caller: Caller, assembly: bool, mark: usize) {
        let events = self.world.recorder.since(mark);
        let entered = events.iter().rev().find_map(|event| match &event.what {
            What::DomainEntered { transaction, activity, partition, .. } => {
                Some((event, (*transaction, *activity), partition.unwrap_or(PartitionId::GLOBAL)))
            }
            _ => None,
        });
        let Some((event, origin, partition)) = entered else { return };
        let Some(context) = event.context else { return };
        let level = ObjectContext::current().and_then(|it| it.transaction_info().isolation_level_and_timeout());
        let domain = Entered {
            context: Some(context),
            is_default: false,
            transaction: event.transaction,
            activity: event.activity,
            origin,
            partition,
            isolation: level.ok().map(|(level, _)| level),
            assembly,
            caller,
            status: None,
            thread: self.index,
            apartment: apartment_type().ok().map(|(apartment, _)| apartment),
        };
        self.world.shared.lock().domains.insert(context, domain);
        if let Some(name) = &enter.name {
            self.world.name(name, Named::Domain(context));
        }
    }
}

/// Whether the manifest is there and looks like one, as the runtime sees it.
fn is_readable(directory: &str, name: Option<&str>) -> bool {
    let assembly = SideBySide { directory: directory.into(), name: name.map(Into::into) };
    std::fs::read_to_string(Path::new(directory).join(assembly.manifest())).is_ok_and(|text| text.contains("<assembly"))
}
