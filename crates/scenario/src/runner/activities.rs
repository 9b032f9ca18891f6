//! Activity objects: CoCreateActivity, binding, the last release.

use super::{
    outcome::{Performed, StepError},
    worker::Worker,
    world::{Entered, Named},
};
use crate::{model::ActivityDeclaration, trace::Kind};
use complus_core::{
    attribute::{ApartmentKind, ApartmentType},
    id::PartitionId,
    rules::{activity_object::Created, apartment::Pool, partition::Partition, side_by_side::Assembly, transaction},
};
use complus_runtime::{Activity, apartment_type};

impl<'s> Worker<'s> {
    pub(super) fn create_activity(&mut self, declared: &ActivityDeclaration) -> Result<Performed<'s>, StepError> {
        let (world, name) = (self.world, &declared.name);
        let (config, brought) = self.configured(&declared.services)?;
        let question = self.question(&declared.services, &config, brought);
        let (decision, answer) = question.ask_activity(Some(name.clone()), apartment_kind());
        world.recorder.record(Kind::Decided(Box::new(decision)));
        let activity = match Activity::create(&config) {
            Ok(activity) => activity,
            Err(error) => {
                world.name(name, Named::Refused(error.hresult()));
                return Err(error.into());
            }
        };
        if declared.activity_timeout.is_some() {
            activity.set_activity_timeout(declared.activity_timeout);
        }
        let created =
            answer.map_err(|_| StepError::runner("the machine made what its rules refuse; please report it"))?;
        let object = self.object(declared, &activity, &created);
        world.name(name, Named::Object(Box::new(object)));
        // One of this name from an earlier turn of a `repeat` is released.
        let before = world.shared.lock().activities.insert(name.clone(), activity);
        drop(before);
        Ok(Performed::Done)
    }

    /// What expectations may know of an activity object before any call.
    fn object(&self, declared: &ActivityDeclaration, activity: &Activity, created: &Created) -> Entered {
        let (caller, flow) = (self.caller(), created.context.flow);
        let brought = declared.services.bring.as_ref().and_then(|name| self.world.transaction(name));
        let callers = self.current();
        Entered {
            context: None,
            is_default: false,
            transaction: match flow.transaction {
                transaction::Transaction::None | transaction::Transaction::New => None,
                transaction::Transaction::Callers => caller.transaction,
                transaction::Transaction::Brought => brought.map(|transaction| transaction.id()),
            },
            activity: activity.activity_id(),
            origin: (flow.transaction, flow.activity),
            partition: match created.context.partition {
                Partition::Global => PartitionId::GLOBAL,
                Partition::Callers => callers.map_or(PartitionId::GLOBAL, |callers| callers.partition),
                Partition::Configured => declared.services.partition_id.unwrap_or(PartitionId::GLOBAL),
            },
            isolation: None,
            assembly: created.context.assembly != Assembly::None,
            caller,
            status: None,
            thread: self.index,
            apartment: Some(match activity.pool() {
                Pool::Sta => ApartmentType::Sta,
                Pool::Mta => ApartmentType::Mta,
            }),
        }
    }

    /// The activity object of this name.
    pub(super) fn activity_object(&self, name: &str) -> Result<Activity, StepError> {
        self.world.shared.lock().activities.get(name).cloned().ok_or_else(|| self.missing(name))
    }

    pub(super) fn missing(&self, name: &str) -> StepError {
        StepError::runner(format!("there is no activity object `{name}` now: not made yet, or released"))
    }
}

/// The apartment of this thread, as the rules see it.
fn apartment_kind() -> ApartmentKind {
    match apartment_type() {
        Ok((ApartmentType::Sta | ApartmentType::MainSta, _)) => ApartmentKind::Sta,
        Ok((ApartmentType::Na, _)) => ApartmentKind::Neutral,
        _ => ApartmentKind::Mta,
    }
}
