//! Names and details of events, as expectations, the text and the JSON lines spell them.

use complus_core::{
    event::{AbortReason, Diagnostic, ObjectStep, PrepareAnswer, What},
    rules::placement::Placement,
};

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
    "Failfast",
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
        What::Failfast => "Failfast",
        What::Note(_) => "Note",
        _ => "Other",
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

/// Where an object is placed, in one word.
pub(crate) const fn placement(placement: &Placement) -> &'static str {
    match placement {
        Placement::CreatorsContext => "CreatorsContext",
        Placement::OwnContext { .. } => "OwnContext",
        Placement::DefaultContext => "DefaultContext",
    }
}

/// The one detail that an expectation may name beside the event.
pub fn detail(what: &What) -> Option<String> {
    Some(match what {
        What::ApartmentJoined { apartment } | What::ApartmentLeft { apartment } => apartment.name().into(),
        What::CallSent { apartment } => apartment.name().into(),
        What::ActivityReentered { depth } | What::ActivityLeftSame { depth } => depth.to_string(),
        What::ActivityTimedOut { timeout } => duration(*timeout),
        What::CallReturned { result, .. } => result.map_or_else(|| "panic".into(), hresult),
        What::ErrorNotified { error } => hresult(*error),
        What::ThreadBound { activities } | What::ThreadUnbound { activities } => activities.to_string(),
        What::Activating { placement: place, .. } => placement(place).into(),
        What::ActivationRefused { error, .. } => hresult(*error),
        What::Object { step: ObjectStep::Constructed(code) | ObjectStep::Activated(code), .. } => hresult(*code),
        What::Object { step: ObjectStep::CanBePooled(answer), .. } => answer.to_string(),
        What::DomainEntered { transaction, .. } => format!("{transaction:?}"),
        What::DomainRefused { error } => hresult(*error),
        What::DomainLeft { status, .. } => status.map_or_else(|| "NoTransaction".into(), |s| s.name().into()),
        What::TransactionStarted { isolation, .. } => isolation.name().into(),
        What::FlagsSet { call, .. } => format!("{call:?}"),
        What::ResourceEnlisted { manager } | What::ResourcePrepared { manager, .. } => manager.to_string(),
        What::TransactionPrepared { yes } => if *yes { "yes" } else { "no" }.into(),
        What::TransactionAborted { reason } => abort_reason(*reason).into(),
        What::Diagnostic(diagnostic) => format!("{diagnostic:?}"),
        What::Note(text) => text.to_string(),
        _ => return None,
    })
}

/// The name of a code, or its number.
fn hresult(hresult: complus_core::HResult) -> String {
    hresult.name().map_or_else(|| hresult.to_string(), Into::into)
}

/// A reason in one word.
pub(crate) const fn abort_reason(reason: AbortReason) -> &'static str {
    match reason {
        AbortReason::Requested => "Requested",
        AbortReason::Doomed => "Doomed",
        AbortReason::TimedOut { .. } => "TimedOut",
        AbortReason::Refused => "Refused",
        AbortReason::ManagerLost => "ManagerLost",
    }
}

/// A reason in a few words.
pub(crate) fn why_aborted(reason: AbortReason) -> String {
    match reason {
        AbortReason::Requested => "requested".into(),
        AbortReason::Doomed => "it was doomed".into(),
        AbortReason::TimedOut { deadline } => format!("timed out at {}", duration(deadline)),
        AbortReason::Refused => "a participant refused".into(),
        AbortReason::ManagerLost => "the transaction manager was lost".into(),
    }
}

/// A resource manager's answer, in a few words.
pub(crate) const fn answer(answer: PrepareAnswer) -> &'static str {
    match answer {
        PrepareAnswer::Prepared => "prepared",
        PrepareAnswer::ReadOnly => "read only",
        PrepareAnswer::SinglePhase => "committed in a single phase",
        PrepareAnswer::Refused => "refused",
        PrepareAnswer::InDoubt => "in doubt",
    }
}

/// A diagnostic as a sentence.
pub(crate) fn diagnostic(diagnostic: Diagnostic) -> String {
    match diagnostic {
        Diagnostic::LeaveWithoutEnter => "a leave without an enter".into(),
        Diagnostic::UnbalancedDomain => "this domain was still open: left with an abort vote".into(),
        Diagnostic::DroppedDomain => "this domain was abandoned: left with an abort vote".into(),
        Diagnostic::PanicInDomain => "a panic unwound through this domain: left with an abort vote".into(),
        Diagnostic::SynchronizationLimited => "new synchronization was limited to the caller's activity".into(),
        Diagnostic::BroughtTransactionInNewActivity => {
            "the brought transaction now spans an activity of its own".into()
        }
        Diagnostic::CallbackPanicked => "a callback panicked".into(),
        Diagnostic::ParticipantInCall => "a participant was in a call for too long: it refuses".into(),
        Diagnostic::ParticipantWaitsForVote => {
            "a participant is in a call that waits for this commit: it refuses".into()
        }
        Diagnostic::AsynchronousErrorLost => "the asynchronous call failed, and nobody is told".into(),
        other => format!("{other:?}"),
    }
}

/// A duration as people write it.
pub(crate) fn duration(duration: std::time::Duration) -> String {
    // Days at most: its months are of 30.44 days.
    let (days, rest) = (duration.as_secs() / 86_400, duration.as_secs() % 86_400);
    let rest = std::time::Duration::new(rest, duration.subsec_nanos());
    match (days, rest.is_zero()) {
        (0, _) => humantime::format_duration(rest).to_string(),
        (_, true) => format!("{days}days"),
        _ => format!("{days}days {}", humantime::format_duration(rest)),
    }
}
