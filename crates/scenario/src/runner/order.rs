//! Whether events came in the order that `expect-events` gives.

use crate::{
    expectation::{ANY_EVENTS, EventPattern},
    trace,
};
use complus_core::event::{Event, What};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The names of classes and applications, by their ids.
pub(super) type Named = BTreeMap<Uuid, String>;

/// The details that an expectation may name beside an event: the one that it has, and the name of its class or
/// application.
pub(super) fn details(what: &What, named: &Named) -> Vec<String> {
    let name = trace::about(what).and_then(|id| named.get(&id).cloned());
    name.into_iter().chain(trace::detail(what)).collect()
}

/// Whether the events are those of the patterns, where [`ANY_EVENTS`] stands for any number of events.
pub(super) fn in_order(expected: &[EventPattern], found: &[Event], named: &Named) -> bool {
    let matches = |pattern: &EventPattern, event: &Event| {
        let detail = |detail: &String| details(&event.what, named).contains(detail);
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
        let holds = |names: &[&str]| in_order(&patterns(names), &found, &Named::new());
        assert!(holds(&["ActivityCreated", "TransactionDoomed", "Note"]));
        assert!(!holds(&["ActivityCreated", "Note", "TransactionDoomed"]));
        assert!(!holds(&["ActivityCreated", "TransactionDoomed"]) && !holds(&[]));
        assert!(holds(&["..", "Note"]) && holds(&["ActivityCreated", ".."]) && holds(&[".."]));
        assert!(holds(&["..", "TransactionDoomed", ".."]) && !holds(&["..", "TransactionDoomed"]));
        assert!(in_order(
            &[EventPattern { name: "Note".into(), detail: Some("x".into()) }],
            &found[2..],
            &Named::new()
        ));
        assert!(!in_order(
            &[EventPattern { name: "Note".into(), detail: Some("y".into()) }],
            &found[2..],
            &Named::new()
        ));
    }
}
