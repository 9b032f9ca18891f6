//! How objects read in the call tree: where they are made, and the turns of their lives.

use super::{component, style::Tone};
use crate::trace::{self, Activated, Run};
use complus_core::{
    HResult,
    event::{ObjectStep, PoolStep},
    rules::{placement::Placement, synchronization::Activity, transaction::Transaction},
};

/// What a `create` step says beside its line in the file.
pub(super) fn created(activated: &Activated, run: &Run) -> String {
    let context = activated.other.map(|(context, _)| run.names.context(context));
    let Ok(placement) = &activated.answer else { return String::new() };
    let its = |context: Option<&str>| context.map_or_else(String::new, |context| format!(" {context}"));
    match placement {
        Some(Placement::CreatorsContext) => "  in its creator's context".into(),
        None if context.is_none() => "  in its creator's context, being unconfigured".into(),
        None => format!("  in the default context{}, being unconfigured", its(context)),
        Some(Placement::DefaultContext) => format!("  in the default context{}", its(context)),
        Some(Placement::OwnContext { reasons, activity, transaction }) => {
            let id = activated.other.and_then(|(_, activity)| activity).map_or("?", |id| run.names.activity(id));
            let transaction = match transaction {
                Transaction::None => None,
                Transaction::Callers => Some("its creator's transaction".into()),
                Transaction::New => Some("root of a new transaction".into()),
                Transaction::Brought => Some("the brought transaction".into()),
            };
            let activity = match activity {
                Activity::None => None,
                Activity::Callers => Some(format!("in {id}")),
                Activity::New => Some(format!("new activity {id}")),
            };
            let words: Vec<String> = [transaction, activity].into_iter().flatten().collect();
            let words = if words.is_empty() { "no transaction, no activity".into() } else { words.join(", ") };
            format!("  a context of its own{} ({reasons}): {words}", its(context))
        }
    }
}

/// The decision and its reasons, one block of lines per reason.
pub(super) fn text(activated: &Activated) -> String {
    let name = activated.name.as_ref().unwrap_or(&activated.class);
    match &activated.answer {
        Err(code) => format!("`{name}` is not activated: {code}\n"),
        Ok(Some(placement)) => format!("`{name}` is activated in {}\n", component::place(placement)),
        Ok(None) => format!("`{name}` is of a class without configuration:\n"),
    }
}

/// The phrase of a turn in an object's life.
pub(super) fn event(class: &str, step: ObjectStep) -> (Tone, String) {
    let outcome = |what: &str, code: HResult| match code.is_failure() {
        true => (Tone::Bad, format!("{class} is not {what}: {code}")),
        false => (Tone::Dim, format!("{class} {what}")),
    };
    match step {
        ObjectStep::Created => (Tone::Dim, format!("{class} made")),
        ObjectStep::Constructed(code) => outcome("constructed", code),
        ObjectStep::Activated(code) => outcome("activated", code),
        ObjectStep::Deactivated => (Tone::Dim, format!("{class} deactivated")),
        ObjectStep::CanBePooled(true) => (Tone::Dim, format!("{class} may go back to the pool")),
        ObjectStep::CanBePooled(false) => (Tone::Warning, format!("{class} may not go back to the pool")),
        ObjectStep::PutIntoPool => (Tone::Dim, format!("{class} added to the pool")),
        ObjectStep::TakenFromPool => (Tone::Dim, format!("{class} taken from the pool")),
        ObjectStep::TakenFromTransaction => {
            (Tone::Dim, format!("{class} taken from its transaction's part of the pool"))
        }
        ObjectStep::RecycledToTransaction => (Tone::Dim, format!("{class} stays in the pool with its transaction")),
        ObjectStep::Destroyed => (Tone::Dim, format!("{class} let go")),
    }
}

/// The phrase of something about the pool of a class.
pub(super) fn pool(class: &str, step: PoolStep) -> (Tone, String) {
    match step {
        PoolStep::Created { min, max, timeout } => {
            let wait = timeout.map_or_else(|| "for ever".into(), trace::duration);
            (Tone::Dim, format!("{class} has a pool of {min} to {max}, who asks waits {wait}"))
        }
        PoolStep::CreateDecision { waiting, available, created, max, .. } => {
            let others = format!("{available} idle, {created} of {max} there, {waiting} waiting");
            (Tone::Dim, format!("{class}'s pool lets another one be made: {others}"))
        }
        PoolStep::TimedOut { timeout } => {
            (Tone::Bad, format!("none of {class}'s pool came free in {}", trace::duration(timeout)))
        }
    }
}
