//! How calls read in the call tree: where they are made, and where they run.

use super::{
    phrase,
    style::Tone,
    text::{View, unquoted},
    tree::{Call, Item, Node},
};
use crate::trace::{Run, Subject};
use complus_core::{
    event::{Event, What},
    hresult::S_OK,
    rules::apartment::{Affinity, Pool},
};

/// The call that a step makes, if its own thread runs it.
pub(super) fn own<'n, 'r>(node: &'n Node<'r>) -> Option<&'n Node<'r>> {
    node.items.iter().find_map(|item| match item {
        Item::Step(inner) if inner.call.is_some() && inner.place == node.place => Some(inner),
        _ => None,
    })
}

/// What a step says of itself beside its line in the file: an activity object its pool, a release its last effect.
pub(super) fn about(node: &Node<'_>, run: &Run) -> String {
    let ended = node.items.iter().find_map(|item| match item {
        Item::Event(event) if event.what == What::ActivityDestroyed => event.activity,
        _ => None,
    });
    match (node.decision.map(|decision| decision.subject), ended) {
        (Some(Subject::Activity(Some((pool, affinity)))), _) => match (pool, affinity) {
            (Pool::Mta, _) => "  served by the MTA".into(),
            (Pool::Sta, Affinity::OneSta) => "  served by one STA of the pool".into(),
            (Pool::Sta, _) => "  served by any STA of the pool".into(),
        },
        (None, Some(activity)) => format!("  {} ends", run.names.activity(activity)),
        _ => String::new(),
    }
}

impl<'r> View<'r> {
    /// A call that the thread which makes it runs itself.
    pub(super) fn made_here(&mut self, node: &Node<'r>, inner: &Node<'r>, text: &str) {
        let Some(call) = &inner.call else { return };
        let told = self.paint.paint(Tone::Dim, &format!("  {}", self.entered(call)));
        self.line(Some(node.place), "", &format!("{text}{told}"));
        self.indent += 1;
        let split = node.items.iter().position(|item| matches!(item, Item::Step(it) if std::ptr::eq(it, inner)));
        let (before, after) = node.items.split_at(split.unwrap_or(node.items.len()));
        self.items(before, None);
        self.items(&inner.items, None);
        self.items(after.get(1..).unwrap_or_default(), None);
        self.indent -= 1;
        self.returned(call);
        self.message(node);
    }

    /// A call that this thread runs for another one, or for nobody who waits.
    pub(super) fn served(&mut self, node: &Node<'r>) {
        let Some(call) = &node.call else { return };
        let step = unquoted(self.scenario.source.first_line(node.place.span));
        let step = if step.is_empty() { "a call" } else { &step };
        let causality = call.entered.causality.map(|id| format!("for {}, ", self.run.names.causality(id)));
        let told = format!("  {}{}", causality.unwrap_or_default(), self.entered(call));
        let text = format!("serves {}{}", self.paint.paint(Tone::Name, step), self.paint.paint(Tone::Dim, &told));
        let place = Some(node.place).filter(|place| place.line > 0);
        self.line(place, "", &text);
        self.indent += 1;
        self.items(&node.items, None);
        self.indent -= 1;
        self.returned(call);
    }

    /// An entry that no step of the file asked for: an object is made, or let go of, for another thread or at the end.
    pub(super) fn visited(&mut self, node: &Node<'r>) {
        let Some(call) = &node.call else { return };
        if node.items.is_empty() {
            return;
        }
        let causality = call.entered.causality.map(|id| format!(" for {}", self.run.names.causality(id)));
        let told = format!("enters {}{}", self.entered(call), causality.unwrap_or_default());
        let text = self.paint.paint(Tone::Dim, &told);
        self.line(None, "", &text);
        self.indent += 1;
        self.items(&node.items, None);
        self.indent -= 1;
    }

    /// What a call has: its context, its transaction, its activity.
    fn entered(&self, call: &Call<'_>) -> String {
        let (names, event) = (&self.run.names, call.entered);
        let opened = |which: &dyn Fn(&Event) -> bool| call.opening.iter().any(|event| which(event));
        let context = event.context.map_or("?", |id| names.context(id));
        let transaction = event.transaction.map(|id| {
            let started = call.opening.iter().find_map(|event| phrase::started(event));
            match started {
                Some(terms) => format!("new transaction {}{terms}", names.transaction(id)),
                None => format!("in {}", names.transaction(id)),
            }
        });
        let again = opened(&|event| matches!(event.what, What::ActivityReentered { .. }));
        let activity = event.activity.map(|id| {
            let again = if again { " again" } else { "" };
            format!("in {}{again}", names.activity(id))
        });
        let words: Vec<String> = [transaction, activity].into_iter().flatten().collect();
        let words = if words.is_empty() { "no transaction, no activity".into() } else { words.join(", ") };
        format!("{context}: {words}")
    }

    fn returned(&mut self, call: &Call<'_>) {
        let Some(What::CallReturned { result, status }) = call.returned.map(|event| &event.what) else { return };
        let (tone, mut text) = match result {
            Some(code) if code.is_failure() => (Tone::Warning, format!("returned {code}")),
            Some(code) => (Tone::Dim, format!("returned {code}")),
            None => (Tone::Bad, "panicked".into()),
        };
        if let Some(status) = status.map(|status| status.hresult()).filter(|status| *status != S_OK) {
            text += &format!(", its transaction {status}");
        }
        let text = self.paint.paint(tone, &text);
        self.line(None, "\u{2514} ", &text);
    }
}
