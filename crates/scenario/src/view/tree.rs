//! The trace of one thread as a tree: steps with what happened in them.

use crate::trace::{Decision, Kind, Record, StepPlace, Verdict};
use complus_core::{HResult, event::Event};
use std::time::Duration;

/// A step and what happened in it.
pub(super) struct Node<'r> {
    pub(super) place: StepPlace,
    pub(super) items: Vec<Item<'r>>,
    pub(super) decision: Option<&'r Decision>,
    /// Code, message and time of its end.
    pub(super) ended: Option<(HResult, Option<&'r str>, Duration)>,
}

pub(super) enum Item<'r> {
    Event(&'r Event),
    Expected(StepPlace, &'r Verdict),
    Step(Node<'r>),
}

/// What thread `thread` did; `None` is the machine at its end.
pub(super) fn of(records: &[Record], thread: Option<usize>) -> Vec<Item<'_>> {
    let mut root = Vec::new();
    let mut open: Vec<Node<'_>> = Vec::new();
    for record in records.iter().filter(|record| record.thread == thread) {
        let place = record.step.unwrap_or(StepPlace { line: 0, span: Default::default() });
        let item = match &record.kind {
            Kind::Began => {
                open.push(Node { place, items: Vec::new(), decision: None, ended: None });
                continue;
            }
            Kind::Decided(decision) => {
                if let Some(node) = open.last_mut() {
                    node.decision = Some(decision);
                }
                continue;
            }
            Kind::Ended { hresult, message } => {
                let Some(mut node) = open.pop() else { continue };
                node.ended = Some((*hresult, message.as_deref(), record.at));
                Item::Step(node)
            }
            Kind::Event(event) => Item::Event(event),
            Kind::Expected(verdict) => Item::Expected(place, verdict),
        };
        open.last_mut().map_or(&mut root, |node| &mut node.items).push(item);
    }
    // A thread that failed never ended its blocks.
    while let Some(node) = open.pop() {
        open.last_mut().map_or(&mut root, |node| &mut node.items).push(Item::Step(node));
    }
    root
}
