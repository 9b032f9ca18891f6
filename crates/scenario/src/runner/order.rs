//! Whether events came in the order that `expect-events` gives.

use crate::{
    expectation::{ANY_EVENTS, EventPattern},
    model::Class,
    trace,
};
use complus_core::event::{Event, What};
use complus_sync::Arc;

/// The details that an expectation may name beside an event: the one that it has, and the name of its class.
pub(super) fn details(what: &What, classes: &[Arc<Class>]) -> Vec<String> {
    let clsid = match what {
        What::Activating { class, .. }
        | What::ActivationRefused { class, .. }
        | What::Object { class, .. }
        | What::Pool { class, .. } => class,
        _ => return trace::detail(what).into_iter().collect(),
    };
    let class = classes.iter().find(|class| class.clsid == *clsid).map(|class| class.name.clone());
    class.into_iter().chain(trace::detail(what)).collect()
}

/// Whether the events are those of the patterns, where [`ANY_EVENTS`] stands for any number of events.
pub(super) fn in_order(expected: &[EventPattern], found: &[Event], classes: &[Arc<Class>]) -> bool {
    let matches = |pattern: &EventPattern, event: &Event| {
        let detail = |detail: &String| details(&event.what, classes).contains(detail);
        trace::name(&event.what) == pattern.name && pattern.detail.as_ref().is_none_or(detail)
    };
    // `reached[n]`: the patterns so far can account for the first n events.
    let mut reached = vec![false; found.len() + 1];
    reached[0] = true;
    for pattern in expected {
        if pattern.name == ANY_EVENTS {
            let first = reached.iter().position(|reached| *reached).unwrap_or(reached.len());
            reached[first..].fill(true);
        } else {
            for at in (0..found.len()).rev() {
                reached[at + 1] = reached[at] && matches(pattern, &found[at]);
            }
            reached[0] = false;
        }
    }
    reached[found.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    fn event(what: What) -> Event {
        let at = std::time::Duration::ZERO;
        Event { at, thread: 1, causality: None, context: None, activity: None, transaction: None, what }
    }

    #[test]
    fn patterns_account_for_every_event_in_order() {
        let found = [event(What::ActivityCreated), event(What::TransactionDoomed), event(What::Note("x".into()))];
        let patterns = |names: &[&str]| -> Vec<EventPattern> {
            let pattern = |name: &&str| EventPattern { name: (*name).into(), detail: None };
            names.iter().map(pattern).collect()
        };
        let holds = |names: &[&str]| in_order(&patterns(names), &found, &[]);
        assert!(holds(&["ActivityCreated", "TransactionDoomed", "Note"]));
        assert!(!holds(&["ActivityCreated", "Note", "TransactionDoomed"]));
        assert!(!holds(&["ActivityCreated", "TransactionDoomed"]) && !holds(&[]));
        assert!(holds(&["..", "Note"]) && holds(&["ActivityCreated", ".."]) && holds(&[".."]));
        assert!(holds(&["..", "TransactionDoomed", ".."]) && !holds(&["..", "TransactionDoomed"]));
        assert!(in_order(&[EventPattern { name: "Note".into(), detail: Some("x".into()) }], &found[2..], &[]));
        assert!(!in_order(&[EventPattern { name: "Note".into(), detail: Some("y".into()) }], &found[2..], &[]));
    }
}
