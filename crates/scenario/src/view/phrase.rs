//! Events as phrases of the call tree.

use super::{applications, objects, style::Tone};
use crate::trace::{self, Names};
use complus_core::{
    attribute::{ApartmentType, TransactionStatus},
    event::{AbortReason, Event, What},
    rules::{synchronization::Activity, transaction::Transaction},
};

/// What a domain got when it was entered: its transaction, activity, partition and tracker.
pub(super) fn entered(events: &[&Event], names: &Names) -> Option<(String, String)> {
    let entered = events.iter().find(|event| matches!(event.what, What::DomainEntered { .. }))?;
    let What::DomainEntered { transaction, activity, partition, tracker, .. } = &entered.what else { return None };
    let context = entered.context.map_or("?", |id| names.context(id)).to_owned();
    let mut words = Vec::new();
    let id = entered.transaction.map_or("?", |id| names.transaction(id));
    words.extend(match transaction {
        Transaction::None => None,
        Transaction::Callers => Some(format!("in {id}")),
        Transaction::Brought => Some(format!("brings {id}")),
        Transaction::New => {
            let started = events.iter().find_map(|event| started(event));
            Some(format!("new transaction {id}{}", started.unwrap_or_default()))
        }
    });
    let id = entered.activity.map_or("?", |id| names.activity(id));
    words.extend(match activity {
        Activity::None => None,
        Activity::Callers => Some(format!("in {id}")),
        Activity::New => Some(format!("new activity {id}")),
    });
    words.extend(partition.map(|id| format!("partition {}", names.partition(id))));
    words.extend(tracker.as_ref().map(|names| format!("tracked as {} / {}", names.application, names.context)));
    if words.is_empty() {
        words.push("no transaction, no activity".into());
    }
    Some((context, words.join(", ")))
}

/// The terms of a transaction that begins.
pub(super) fn started(event: &Event) -> Option<String> {
    match &event.what {
        What::TransactionStarted { isolation, timeout, .. } => Some(terms(isolation.name(), *timeout)),
        _ => None,
    }
}

fn terms(level: &str, timeout: u32) -> String {
    if timeout == 0 { format!(" ({level}, no time-out)") } else { format!(" ({level}, {timeout} s)") }
}

/// An event that a step caused; `None` where the step itself says enough. `own` is the context that the
/// step is about.
pub(super) fn event(event: &Event, names: &Names, own: Option<&str>) -> Option<(Tone, String)> {
    let transaction = event.transaction.map_or("the transaction", |id| names.transaction(id));
    let context = event.context.map_or("?", |id| names.context(id));
    let activity = event.activity.map_or("the activity", |id| names.activity(id));
    Some(match &event.what {
        What::FlagsSet { consistent, done, .. } => {
            let vote = if *consistent { "commit" } else { "abort" };
            (Tone::Dim, format!("votes {vote}{}", if *done { ", done" } else { "" }))
        }
        What::TransactionStarted { isolation, timeout, .. } => {
            (Tone::Plain, format!("{transaction} begins{}", terms(isolation.name(), *timeout)))
        }
        What::TransactionDoomed => (Tone::Warning, format!("{transaction} is doomed")),
        What::ResourceEnlisted { manager } => (Tone::Dim, format!("{manager} joins {transaction}")),
        What::ResourcePrepared { manager, answer } => {
            (Tone::Plain, format!("{transaction}: {manager} {}", trace::answer(*answer)))
        }
        What::TransactionCommitted => (Tone::Good, format!("{transaction} committed")),
        What::TransactionAborted { reason: AbortReason::Requested } if own.is_some() => {
            (Tone::Bad, format!("{transaction} aborted: its root voted abort"))
        }
        What::TransactionAborted { reason } => {
            (Tone::Bad, format!("{transaction} aborted: {}", trace::why_aborted(*reason)))
        }
        What::TransactionInDoubt => (Tone::Warning, format!("{transaction} is in doubt")),
        What::DomainLeft { status, .. } => {
            let told = status.map_or_else(|| "no transaction".into(), left);
            let whose = if own == Some(context) { String::new() } else { format!("{context} ") };
            (Tone::Dim, format!("{whose}left: {told}"))
        }
        What::Diagnostic(diagnostic) => {
            let whose = if own == Some(context) { String::new() } else { format!("{context}: ") };
            (Tone::Warning, format!("! {whose}{}", trace::diagnostic(*diagnostic)))
        }
        What::ExceptionUser { message: Some(text) } => (Tone::Bad, format!("{context} panicked: {text}")),
        What::ExceptionUser { message: None } => (Tone::Bad, format!("{context} panicked")),
        What::Failfast => (Tone::Bad, "the process died (failfast)".into()),
        What::DomainSuspended => (Tone::Dim, format!("{context} suspended")),
        What::DomainResumed => (Tone::Dim, format!("{context} resumed")),
        What::ActivityCreated => (Tone::Dim, format!("new activity {activity}")),
        What::ActivityWaiting { activity } => {
            (Tone::Warning, format!("waits for {}", activity.map_or("an activity", |id| names.activity(id))))
        }
        What::ActivityEntered => (Tone::Dim, format!("{activity} is handed over")),
        What::ActivityTimedOut { timeout } => {
            (Tone::Bad, format!("gave up waiting for {activity} after {}", trace::duration(*timeout)))
        }
        What::CallSent { apartment } => {
            let to = match apartment {
                ApartmentType::Mta | ApartmentType::Na => "a thread of the MTA",
                ApartmentType::MainSta => "the thread of the main STA",
                ApartmentType::Sta | ApartmentType::Current => "the thread of an STA",
            };
            (Tone::Dim, format!("sent to {to}"))
        }
        What::CallAccepted { causality } => {
            (Tone::Dim, format!("accepted as {}", causality.map_or("?", |id| names.causality(id))))
        }
        What::CallRejected => (Tone::Bad, "rejected: the queue is full".into()),
        What::ErrorNotified { error } => (Tone::Warning, format!("IAsyncErrorNotify is told {error}")),
        What::ThreadEnded => (Tone::Dim, "ends, having been idle".into()),
        What::ThreadBound { activities } => (Tone::Dim, format!("bound to an STA, activities there: {activities}")),
        What::ThreadUnbound { activities } => (Tone::Dim, format!("bound no longer, activities there: {activities}")),
        What::Object { class, step } => objects::event(names.class(*class), *step),
        What::Pool { class, step } => objects::pool(names.class(*class), *step),
        What::Application { application, instance, step } => {
            applications::event(names.application(*application), names.instance(*instance), *step)
        }
        // The line of a step, of a call or of a thread says it, or what came before.
        What::ApartmentJoined { .. }
        | What::ApartmentLeft { .. }
        | What::ThreadStarted
        | What::DomainEntered { .. }
        | What::DomainRefused { .. }
        | What::CallEntered { .. }
        | What::CallReturned { .. }
        | What::Activating { .. }
        | What::ActivationRefused { .. }
        | What::ActivityReentered { .. }
        | What::ActivityLeft
        | What::ActivityLeftSame { .. }
        | What::ActivityDestroyed
        | What::TransactionPrepared { .. }
        | What::Note(_) => return None,
    })
}

fn left(status: TransactionStatus) -> String {
    status.hresult().to_string()
}
