//! The names of events, as expectations and the JSON lines spell them, and what they are about.

use complus_core::event::{ApplicationStep, ObjectStep, PoolStep, What};
use uuid::Uuid;

/// The names of all events, as `expect-events` takes them.
pub const EVENT_NAMES: &[&str] = &[
    "ApartmentJoined",
    "ApartmentLeft",
    "DomainEntered",
    "DomainRefused",
    "DomainLeft",
    "DomainSuspended",
    "DomainResumed",
    "ActivityCreated",
    "ActivityDestroyed",
    "ActivityEntered",
    "ActivityReentered",
    "ActivityWaiting",
    "ActivityLeft",
    "ActivityLeftSame",
    "ActivityTimedOut",
    "CallSent",
    "CallEntered",
    "CallReturned",
    "CallAccepted",
    "CallRejected",
    "ErrorNotified",
    "ThreadStarted",
    "ThreadEnded",
    "ThreadBound",
    "ThreadUnbound",
    "Activating",
    "ActivationRefused",
    "ObjectCreated",
    "ObjectConstructed",
    "ObjectActivated",
    "ObjectDeactivated",
    "ObjectCanBePooled",
    "ObjectPutIntoPool",
    "ObjectTakenFromPool",
    "ObjectTakenFromTransaction",
    "ObjectRecycledToTransaction",
    "ObjectDestroyed",
    "PoolCreated",
    "PoolCreateDecision",
    "PoolTimedOut",
    "TransactionStarted",
    "FlagsSet",
    "TransactionDoomed",
    "ResourceEnlisted",
    "ResourcePrepared",
    "TransactionPrepared",
    "TransactionCommitted",
    "TransactionAborted",
    "TransactionInDoubt",
    "Diagnostic",
    "ExceptionUser",
    "Failfast",
    "ApplicationStarted",
    "ApplicationPaused",
    "ApplicationResumed",
    "ApplicationRecycled",
    "ApplicationShutDown",
    "ApplicationForcedDown",
    "Note",
];

/// The name of an event.
pub fn name(what: &What) -> &'static str {
    match what {
        What::ApartmentJoined { .. } => "ApartmentJoined",
        What::ApartmentLeft { .. } => "ApartmentLeft",
        What::DomainEntered { .. } => "DomainEntered",
        What::DomainRefused { .. } => "DomainRefused",
        What::DomainLeft { .. } => "DomainLeft",
        What::DomainSuspended => "DomainSuspended",
        What::DomainResumed => "DomainResumed",
        What::ActivityCreated => "ActivityCreated",
        What::ActivityDestroyed => "ActivityDestroyed",
        What::ActivityEntered => "ActivityEntered",
        What::ActivityReentered { .. } => "ActivityReentered",
        What::ActivityWaiting { .. } => "ActivityWaiting",
        What::ActivityLeft => "ActivityLeft",
        What::ActivityLeftSame { .. } => "ActivityLeftSame",
        What::ActivityTimedOut { .. } => "ActivityTimedOut",
        What::CallSent { .. } => "CallSent",
        What::CallEntered { .. } => "CallEntered",
        What::CallReturned { .. } => "CallReturned",
        What::CallAccepted { .. } => "CallAccepted",
        What::CallRejected => "CallRejected",
        What::ErrorNotified { .. } => "ErrorNotified",
        What::ThreadStarted => "ThreadStarted",
        What::ThreadEnded => "ThreadEnded",
        What::ThreadBound { .. } => "ThreadBound",
        What::ThreadUnbound { .. } => "ThreadUnbound",
        What::Activating { .. } => "Activating",
        What::ActivationRefused { .. } => "ActivationRefused",
        What::Object { step, .. } => step_name(*step),
        What::Pool { step, .. } => pool_step_name(*step),
        What::TransactionStarted { .. } => "TransactionStarted",
        What::FlagsSet { .. } => "FlagsSet",
        What::TransactionDoomed => "TransactionDoomed",
        What::ResourceEnlisted { .. } => "ResourceEnlisted",
        What::ResourcePrepared { .. } => "ResourcePrepared",
        What::TransactionPrepared { .. } => "TransactionPrepared",
        What::TransactionCommitted => "TransactionCommitted",
        What::TransactionAborted { .. } => "TransactionAborted",
        What::TransactionInDoubt => "TransactionInDoubt",
        What::Diagnostic(_) => "Diagnostic",
        What::ExceptionUser { .. } => "ExceptionUser",
        What::Failfast => "Failfast",
        What::Application { step, .. } => application_step_name(*step),
        What::Note(_) => "Note",
    }
}

const fn step_name(step: ObjectStep) -> &'static str {
    match step {
        ObjectStep::Created => "ObjectCreated",
        ObjectStep::Constructed(_) => "ObjectConstructed",
        ObjectStep::Activated(_) => "ObjectActivated",
        ObjectStep::Deactivated => "ObjectDeactivated",
        ObjectStep::CanBePooled(_) => "ObjectCanBePooled",
        ObjectStep::PutIntoPool => "ObjectPutIntoPool",
        ObjectStep::TakenFromPool => "ObjectTakenFromPool",
        ObjectStep::TakenFromTransaction => "ObjectTakenFromTransaction",
        ObjectStep::RecycledToTransaction => "ObjectRecycledToTransaction",
        ObjectStep::Destroyed => "ObjectDestroyed",
    }
}

const fn pool_step_name(step: PoolStep) -> &'static str {
    match step {
        PoolStep::Created { .. } => "PoolCreated",
        PoolStep::CreateDecision { .. } => "PoolCreateDecision",
        PoolStep::TimedOut { .. } => "PoolTimedOut",
    }
}

const fn application_step_name(step: ApplicationStep) -> &'static str {
    match step {
        ApplicationStep::Started => "ApplicationStarted",
        ApplicationStep::Paused(true) => "ApplicationPaused",
        ApplicationStep::Paused(false) => "ApplicationResumed",
        ApplicationStep::Recycled(_) => "ApplicationRecycled",
        ApplicationStep::ShutDown => "ApplicationShutDown",
        ApplicationStep::ForcedDown => "ApplicationForcedDown",
    }
}

/// The id of the class or the application that an event is about.
pub(crate) const fn about(what: &What) -> Option<Uuid> {
    match what {
        What::Activating { class, .. }
        | What::ActivationRefused { class, .. }
        | What::Object { class, .. }
        | What::Pool { class, .. } => Some(*class),
        What::Application { application, .. } => Some(*application),
        _ => None,
    }
}
