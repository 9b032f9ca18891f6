//! The trace of one thread as a tree: steps and calls, with what happened in them.

use crate::trace::{Activated, Decision, Kind, Record, StepPlace, Verdict};
use complus_core::{
    HResult,
    event::{Event, What},
};
use std::time::Duration;

/// A step, or a call that the thread runs, and what happened in it.
pub(super) struct Node<'r> {
    pub(super) place: StepPlace,
    pub(super) items: Vec<Item<'r>>,
    pub(super) decision: Option<&'r Decision>,
    pub(super) activated: Option<&'r Activated>,
    /// Code, message and time of its end.
    pub(super) ended: Option<(HResult, Option<&'r str>, Duration)>,
    /// It is a call.
    pub(super) call: Option<Call<'r>>,
}

/// What the machine reports of a call.
pub(super) struct Call<'r> {
    /// What came with its entry: the activity, the transaction.
    pub(super) opening: Vec<&'r Event>,
    pub(super) entered: &'r Event,
    pub(super) returned: Option<&'r Event>,
}

pub(super) enum Item<'r> {
    Event(&'r Event),
    Expected(StepPlace, &'r Verdict),
    Step(Node<'r>),
}

/// What thread `thread` did; `None` is the machine at its end.
pub(super) fn of(records: &[Record], thread: Option<usize>) -> Vec<Item<'_>> {
    let mut tree = Tree { root: Vec::new(), open: Vec::new(), entering: None };
    for record in records.iter().filter(|record| record.thread == thread) {
        let place = record.step.unwrap_or_default();
        match &record.kind {
            Kind::Began => tree.open(place, None),
            Kind::Decided(decision) => tree.with_top(|node| node.decision = Some(decision)),
            Kind::Activated(activated) => tree.with_top(|node| node.activated = Some(activated)),
            Kind::Runs => tree.with_top(|node| node.place = place),
            Kind::Ended { hresult, message } => {
                tree.with_top(|node| node.ended = Some((*hresult, message.as_deref(), record.at)));
                tree.close();
            }
            Kind::Event(event) => tree.event(event),
            Kind::Expected(verdict) => tree.items().push(Item::Expected(place, verdict)),
        }
    }
    // A thread that failed never ended its blocks.
    while !tree.open.is_empty() {
        tree.close();
    }
    tree.root
}

struct Tree<'r> {
    root: Vec<Item<'r>>,
    open: Vec<Node<'r>>,
    /// The activity was entered without a wait, for a call that comes.
    entering: Option<&'r Event>,
}

impl<'r> Tree<'r> {
    fn items(&mut self) -> &mut Vec<Item<'r>> {
        self.open.last_mut().map_or(&mut self.root, |node| &mut node.items)
    }

    fn with_top(&mut self, with: impl FnOnce(&mut Node<'r>)) {
        if let Some(node) = self.open.last_mut() {
            with(node);
        }
    }

    fn open(&mut self, place: StepPlace, call: Option<Call<'r>>) {
        self.open.push(Node { place, items: Vec::new(), decision: None, activated: None, ended: None, call });
    }

    fn close(&mut self) {
        if let Some(node) = self.open.pop() {
            self.items().push(Item::Step(node));
        }
    }

    /// Ends a call. One that ran no step of the file belongs to the step that it was made for.
    fn close_call(&mut self) {
        let ran = self.open.last().is_none_or(|node| node.place != StepPlace::default());
        if ran || self.open.len() < 2 {
            return self.close();
        }
        let Some(Node { items, .. }) = self.open.pop() else { return };
        self.items().extend(items);
    }

    fn event(&mut self, event: &'r Event) {
        match event.what {
            What::CallEntered { .. } => {
                let opening = self.opening();
                self.open(StepPlace::default(), Some(Call { opening, entered: event, returned: None }));
            }
            What::CallReturned { .. } if self.open.iter().any(|node| node.call.is_some()) => {
                // What a panic left open in it is over as well.
                while self.open.last().is_some_and(|node| node.call.is_none()) {
                    self.close();
                }
                self.with_top(|node| node.call.iter_mut().for_each(|call| call.returned = Some(event)));
                self.close_call();
            }
            // Told with the call that it is entered for; by itself it says something only after a wait.
            What::ActivityEntered if !self.has_waited() => self.entering = Some(event),
            _ => self.items().push(Item::Event(event)),
        }
    }

    fn has_waited(&mut self) -> bool {
        self.items().iter().any(|item| match item {
            Item::Event(event) => matches!(event.what, What::ActivityWaiting { .. }),
            _ => false,
        })
    }

    /// Takes the events that say what a call that is entered now has.
    fn opening(&mut self) -> Vec<&'r Event> {
        let entering = self.entering.take();
        let items = self.items();
        let belongs = |item: &Item<'_>| match item {
            Item::Event(event) => {
                matches!(event.what, What::TransactionStarted { .. } | What::ActivityReentered { .. })
            }
            _ => false,
        };
        let first = items.iter().rposition(|item| !belongs(item)).map_or(0, |last| last + 1);
        let opening = items.drain(first..).filter_map(|item| match item {
            Item::Event(event) => Some(event),
            _ => None,
        });
        entering.into_iter().chain(opening).collect()
    }
}
