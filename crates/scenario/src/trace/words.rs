//! Details of events, as expectations, the text and the JSON lines spell them.

use complus_core::{
    event::{AbortReason, ApplicationStep, Diagnostic, ObjectStep, PoolStep, PrepareAnswer, What},
    rules::{application_instance::RecycleReason, placement::Placement},
};

/// Why an instance is recycled, in one word; the number of a program's own reason.
pub(crate) fn recycle_reason(reason: RecycleReason) -> String {
    match reason {
        RecycleReason::NONE => "None".into(),
        RecycleReason::LIFETIME => "Lifetime".into(),
        RecycleReason::ACTIVATIONS => "Activations".into(),
        RecycleReason::CALLS => "Calls".into(),
        RecycleReason::MEMORY => "Memory".into(),
        RecycleReason::ADMINISTRATOR => "Administrator".into(),
        RecycleReason(number) => number.to_string(),
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
        What::Pool { step: PoolStep::Created { max, .. }, .. } => max.to_string(),
        What::Pool { step: PoolStep::CreateDecision { created, .. }, .. } => created.to_string(),
        What::Pool { step: PoolStep::TimedOut { timeout }, .. } => duration(*timeout),
        What::Object { step, .. } => match step {
            ObjectStep::Constructed(code) | ObjectStep::Activated(code) => hresult(*code),
            ObjectStep::CanBePooled(answer) => answer.to_string(),
            ObjectStep::Created
            | ObjectStep::Deactivated
            | ObjectStep::PutIntoPool
            | ObjectStep::TakenFromPool
            | ObjectStep::TakenFromTransaction
            | ObjectStep::RecycledToTransaction
            | ObjectStep::Destroyed => return None,
        },
        What::Application { step, .. } => match step {
            ApplicationStep::Recycled(reason) => recycle_reason(*reason),
            ApplicationStep::Started
            | ApplicationStep::Paused(_)
            | ApplicationStep::ShutDown
            | ApplicationStep::ForcedDown => return None,
        },
        What::DomainEntered { transaction, .. } => format!("{transaction:?}"),
        What::DomainRefused { error } => hresult(*error),
        What::DomainLeft { status, .. } => status.map_or_else(|| "NoTransaction".into(), |s| s.name().into()),
        What::TransactionStarted { isolation, .. } => isolation.name().into(),
        What::FlagsSet { call, .. } => format!("{call:?}"),
        What::ResourceEnlisted { manager } | What::ResourcePrepared { manager, .. } => manager.to_string(),
        What::TransactionPrepared { yes } => if *yes { "yes" } else { "no" }.into(),
        What::TransactionAborted { reason } => abort_reason(*reason).into(),
        What::Diagnostic(diagnostic) => format!("{diagnostic:?}"),
        What::ExceptionUser { message: Some(text) } | What::Note(text) => text.to_string(),
        What::DomainSuspended
        | What::DomainResumed
        | What::ActivityCreated
        | What::ActivityDestroyed
        | What::ActivityEntered
        | What::ActivityWaiting { .. }
        | What::ActivityLeft
        | What::CallEntered { .. }
        | What::CallAccepted { .. }
        | What::CallRejected
        | What::ThreadStarted
        | What::ThreadEnded
        | What::TransactionDoomed
        | What::TransactionCommitted
        | What::TransactionInDoubt
        | What::ExceptionUser { message: None }
        | What::Failfast => return None,
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
pub(crate) const fn diagnostic(diagnostic: Diagnostic) -> &'static str {
    match diagnostic {
        Diagnostic::LeaveWithoutEnter => "a leave without an enter",
        Diagnostic::UnbalancedDomain => "this domain was still open: left with an abort vote",
        Diagnostic::DroppedDomain => "this domain was abandoned: left with an abort vote",
        Diagnostic::PanicInDomain => "a panic unwound through this domain: left with an abort vote",
        Diagnostic::SynchronizationLimited => "new synchronization was limited to the caller's activity",
        Diagnostic::BroughtTransactionInNewActivity => "the brought transaction now spans an activity of its own",
        Diagnostic::CallbackPanicked => "a callback panicked",
        Diagnostic::ParticipantInCall => "a participant was in a call for too long: it refuses",
        Diagnostic::ParticipantWaitsForVote => "a participant is in a call that waits for this commit: it refuses",
        Diagnostic::AsynchronousErrorLost => "the asynchronous call failed, and nobody is told",
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
