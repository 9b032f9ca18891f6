//! The call tree: a line per step, indented as the blocks nest, with what came of it.

use super::{
    TextOptions, phrase, reasons,
    style::{Painter, Tone, clean},
    tree::{self, Item, Node},
};
use crate::{
    Scenario,
    model::{Action, Step},
    trace::{self, Run, StepPlace, Verdict},
};
use complus_core::event::{Event, What};
use std::collections::BTreeMap;

/// The run as a call tree per thread; `scenario` is what was run.
pub fn render(scenario: &Scenario, run: &Run, options: TextOptions) -> String {
    let mut names = BTreeMap::new();
    scenario.threads.iter().for_each(|thread| domain_names(&thread.steps, &mut names));
    let mut view =
        View { scenario, run, options, paint: Painter(options.colours), names, out: String::new(), indent: 0 };
    view.all();
    view.out
}

/// The step at each place that enters a domain under a name.
fn domain_names<'s>(steps: &'s [Step], names: &mut BTreeMap<usize, Option<&'s str>>) {
    for step in steps {
        if let Action::Enter(enter) = &step.action {
            names.insert(step.span.start, enter.name.as_deref());
        }
        domain_names(step.body().unwrap_or_default(), names);
        domain_names(step.on_error().unwrap_or_default(), names);
    }
}

pub(super) struct View<'r> {
    pub(super) scenario: &'r Scenario,
    pub(super) run: &'r Run,
    pub(super) options: TextOptions,
    pub(super) paint: Painter,
    /// Places of `enter` steps, and their domains' names.
    names: BTreeMap<usize, Option<&'r str>>,
    pub(super) out: String,
    pub(super) indent: usize,
}

impl<'r> View<'r> {
    fn all(&mut self) {
        let title = if self.run.title.is_empty() { &self.scenario.source.name } else { &self.run.title };
        self.out += &format!("{}\n", self.paint.paint(Tone::Title, title));
        self.out += &self.paint.paint(Tone::Dim, &format!("{}, seed {}", self.scenario.source.name, self.run.seed));
        self.out.push('\n');
        let run = self.run;
        for (index, name) in run.threads.iter().enumerate() {
            let items = tree::of(&run.records, Some(index));
            let apartment = items.iter().find_map(|item| match item {
                Item::Event(Event { what: What::ApartmentJoined { apartment }, .. }) => Some(apartment.com_name()),
                _ => None,
            });
            let apartment = apartment.map_or("no apartment", |name| name.trim_start_matches("APTTYPE_"));
            let heading = self.paint.paint(Tone::Name, name);
            self.out += &format!("\n{heading} {}\n", self.paint.paint(Tone::Dim, &format!("({apartment})")));
            self.items(&items, None);
        }
        let before = self.out.len();
        self.out += &format!("\n{}\n", self.paint.paint(Tone::Dim, "at the end"));
        let heading = self.out.len();
        self.items(&tree::of(&run.records, None), None);
        if self.out.len() == heading {
            self.out.truncate(before);
        }
        self.verdict();
    }

    pub(super) fn line(&mut self, place: Option<StepPlace>, mark: &str, text: &str) {
        let number = place.map_or_else(String::new, |place| place.line.to_string());
        let left = format!("{number:>5}  {}{mark}", "\u{2502} ".repeat(self.indent));
        self.out += &format!("{}{text}\n", self.paint.paint(Tone::Dim, &left));
    }

    pub(super) fn items(&mut self, items: &[Item<'r>], own: Option<&str>) {
        let mut rest = items;
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            match first {
                Item::Step(node) => self.node(node),
                Item::Expected(place, verdict) => self.expected(*place, verdict),
                Item::Event(event) => {
                    if let Some((tone, text)) = phrase::event(event, &self.run.names, own) {
                        let text = self.paint.paint(tone, &text);
                        self.line(None, "", &text);
                    }
                }
            }
        }
    }

    fn node(&mut self, node: &Node<'r>) {
        if node.call.is_some() {
            return if node.place == StepPlace::default() { self.visited(node) } else { self.served(node) };
        }
        if let Some(name) = self.names.get(&node.place.span.start).copied() {
            return self.domain(node, name);
        }
        let mut text = unquoted(self.scenario.source.first_line(node.place.span));
        if let Some(call) = super::calls::own(node) {
            return self.made_here(node, call, &text);
        }
        text += &super::calls::about(node, self.run);
        if let Some(activated) = node.activated {
            let told = super::objects::created(activated, self.run);
            text += &self.paint.paint(Tone::Dim, &told);
        }
        // What a plain step causes stands beside it, what a long one causes below.
        let phrases: Vec<_> = node
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Event(event) => phrase::event(event, &self.run.names, None),
                _ => None,
            })
            .collect();
        let block = node.items.iter().any(|item| matches!(item, Item::Step(_) | Item::Expected(..)));
        if text.starts_with("advance")
            && let Some((_, _, at)) = node.ended
        {
            text += &self.paint.paint(Tone::Dim, &format!("  now {}", trace::duration(at)));
        }
        let beside = node.activated.is_none() && !block && phrases.len() == 1;
        if let Some((tone, phrase)) = phrases.first().filter(|_| beside) {
            text += &self.paint.paint(*tone, &format!("  {phrase}"));
        }
        self.line(Some(node.place), "", &text);
        self.indent += 1;
        self.reasons(node);
        self.indent -= 1;
        if !beside {
            self.indent += 1;
            self.items(&node.items, None);
            self.indent -= 1;
        }
        self.message(node);
    }

    fn domain(&mut self, node: &Node<'r>, name: Option<&str>) {
        let split = node.items.iter().position(|item| !matches!(item, Item::Event(event) if opens(event)));
        let (opening, inside) = node.items.split_at(split.unwrap_or(node.items.len()));
        let events: Vec<&Event> = opening.iter().filter_map(event_of).collect();
        let entered = phrase::entered(&events, &self.run.names);
        let (context, what) =
            entered.clone().map_or((None, None), |(context, what)| (Some(context), Some(clean(&what))));
        let called = match (name, &context) {
            (Some(name), Some(context)) => format!("{} ({context})", self.paint.paint(Tone::Name, name)),
            (Some(name), None) => self.paint.paint(Tone::Name, name),
            (None, context) => self.paint.paint(Tone::Name, context.as_deref().unwrap_or("a domain")),
        };
        let text = format!("enter {called}: {}", what.unwrap_or_else(|| self.paint.paint(Tone::Bad, "refused")));
        self.line(Some(node.place), "", &text);
        self.indent += 1;
        self.reasons(node);
        self.indent -= 1;
        let Some(context) = context else { return self.message(node) };
        let closed = matches!(inside.last(), Some(Item::Event(Event { what: What::DomainLeft { .. }, .. })));
        let (inside, leaving) = if closed { inside.split_at(inside.len() - 1) } else { (inside, &inside[..0]) };
        self.indent += 1;
        self.items(inside, Some(&context));
        self.indent -= 1;
        if let Some(Item::Event(event)) = leaving.first()
            && let Some((tone, text)) = phrase::event(event, &self.run.names, Some(&context))
        {
            let text = self.paint.paint(tone, &text);
            self.line(None, "\u{2514} ", &text);
        }
        self.message(node);
    }

    /// Why it was decided so, if that is wanted.
    fn reasons(&mut self, node: &Node<'r>) {
        let decided = node.decision.iter().flat_map(|decision| &decision.reasons);
        let activated = node.activated.iter().flat_map(|activated| &activated.reasons);
        let why = self.options.why;
        for reason in decided.chain(activated).filter(|_| why) {
            let text = self.paint.paint(Tone::Dim, &reasons::line(reason));
            self.line(None, "", &text);
        }
    }

    /// Why a step failed.
    pub(super) fn message(&mut self, node: &Node<'r>) {
        if let Some((_, Some(message), _)) = node.ended {
            let text = self.paint.paint(Tone::Warning, message);
            self.line(None, "\u{21B3} ", &text);
        }
    }

    fn expected(&mut self, place: StepPlace, verdict: &Verdict) {
        let (tone, mark) = if verdict.holds { (Tone::Good, "\u{2713}") } else { (Tone::Bad, "\u{2717}") };
        let text = self.paint.paint(tone, &format!("{mark} {}", unquoted(&verdict.expected)));
        self.line(Some(place), "", &text);
        for found in &verdict.found {
            let text = self.paint.paint(Tone::Bad, found);
            self.line(None, "  \u{21B3} ", &text);
        }
    }

    fn verdict(&mut self) {
        let all = self.run.expectations().count();
        let failing = self.run.expectations().filter(|(_, verdict)| !verdict.holds).count();
        let (tone, text) = match (all, failing) {
            (0, _) => (Tone::Dim, "nothing was expected".into()),
            (1, 0) => (Tone::Good, "the expectation holds".into()),
            (_, 0) => (Tone::Good, format!("all {all} expectations hold")),
            (_, 1) => (Tone::Bad, format!("1 of {all} expectations does not hold")),
            _ => (Tone::Bad, format!("{failing} of {all} expectations do not hold")),
        };
        self.out += &format!("\n{}\n", self.paint.paint(tone, &text));
        for failure in &self.run.failures {
            let text = format!("thread {} failed in line {}: {}", failure.thread, failure.step.line, failure.message);
            self.out += &format!("{}\n", self.paint.paint(Tone::Bad, &text));
        }
    }
}

fn event_of<'r>(item: &Item<'r>) -> Option<&'r Event> {
    match item {
        Item::Event(event) => Some(event),
        _ => None,
    }
}

/// Whether an event belongs to an entry; a diagnostic after it says more than the headline does.
fn opens(event: &Event) -> bool {
    matches!(
        event.what,
        What::ActivityCreated
            | What::TransactionStarted { .. }
            | What::DomainEntered { .. }
            | What::DomainRefused { .. }
    )
}

/// The line of a step without the quotes that KDL wants.
pub(super) fn unquoted(text: &str) -> String {
    clean(&text.replace('"', ""))
}
