//! What the events of a run that took turns say: who was inside which activity, who waited for it, in which order.

use crate::town::Town;
use complus::{
    event::{Event, What},
    id::{ActivityId, CausalityId},
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// An activity as the events tell of it.
#[derive(Default)]
struct Lock {
    owner: Option<CausalityId>,
    depth: u32,
    waiting: VecDeque<CausalityId>,
}

#[derive(Default)]
struct State {
    locks: BTreeMap<ActivityId, Lock>,
    /// Who waits for what.
    waits: BTreeMap<CausalityId, ActivityId>,
    /// Causalities of asynchronous calls: they stand in the line without saying so.
    asynchronous: BTreeSet<CausalityId>,
}

impl State {
    /// Whether a wait of `causality` for `activity` would never end: from owner to owner, each waiting, back to itself.
    ///
    /// An activity without owner has been handed to somebody who can run.
    fn closes_a_cycle(&self, causality: CausalityId, activity: ActivityId) -> bool {
        let mut wanted = activity;
        for _ in 0..=self.waits.len() {
            let Some(owner) = self.locks.get(&wanted).and_then(|lock| lock.owner) else { return false };
            if owner == causality {
                return true;
            }
            let Some(next) = self.waits.get(&owner) else { return false };
            wanted = *next;
        }
        false
    }
}

/// Goes through the events one after another.
pub(crate) fn check(events: &[Event], town: &Town) -> Result<(), TestCaseError> {
    let mut state = State::default();
    for event in events {
        let (causality, activity) = (event.causality.unwrap(), event.activity);
        match &event.what {
            What::CallAccepted { causality } => _ = state.asynchronous.insert(causality.unwrap()),
            What::ActivityWaiting { activity } => {
                let activity = activity.unwrap();
                prop_assert!(!state.closes_a_cycle(causality, activity), "{causality:?} waits for ever: {event:?}");
                prop_assert_eq!(state.waits.insert(causality, activity), None);
                state.locks.entry(activity).or_default().waiting.push_back(causality);
            }
            What::ActivityEntered => {
                let lock = state.locks.entry(activity.unwrap()).or_default();
                prop_assert_eq!((lock.owner, lock.depth), (None, 0), "{:?} is not alone", causality);
                (lock.owner, lock.depth) = (Some(causality), 1);
                if state.waits.remove(&causality).is_some() {
                    prop_assert_eq!(lock.waiting.pop_front(), Some(causality), "not in the order of arrival");
                } else if !state.asynchronous.contains(&causality) {
                    prop_assert!(lock.waiting.is_empty(), "{:?} slips in", causality);
                }
            }
            What::ActivityReentered { depth } => {
                let lock = state.locks.entry(activity.unwrap()).or_default();
                lock.depth += 1;
                prop_assert_eq!((lock.owner, lock.depth), (Some(causality), *depth));
            }
            What::ActivityLeftSame { depth } => {
                let lock = state.locks.entry(activity.unwrap()).or_default();
                lock.depth -= 1;
                prop_assert_eq!((lock.owner, lock.depth), (Some(causality), *depth));
            }
            What::ActivityLeft => {
                let lock = state.locks.entry(activity.unwrap()).or_default();
                prop_assert_eq!((lock.owner, lock.depth), (Some(causality), 1));
                (lock.owner, lock.depth) = (None, 0);
            }
            What::Note(text) => {
                let object: usize = text.strip_prefix("would deadlock ").unwrap().parse().unwrap();
                let activity = town.objects[object].activity_id().unwrap();
                prop_assert!(state.closes_a_cycle(causality, activity), "{causality:?} could have waited: {event:?}");
            }
            _ => {}
        }
    }
    prop_assert!(state.waits.is_empty());
    prop_assert!(state.locks.values().all(|lock| lock.owner.is_none() && lock.depth == 0));
    Ok(())
}
