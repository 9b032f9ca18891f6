//! [`Reader`]: typed access to one node; whatever nobody asked for is a mistake.

use super::{Reading, value::Wrong};
use complus_diagnostic::{Diagnostic, Span, suggest};
use kdl::{KdlDocument, KdlEntry, KdlNode, KdlValue};

pub(super) struct Reader<'n> {
    node: &'n KdlNode,
    /// Properties that were asked for.
    known: Vec<&'static str>,
    /// Arguments taken so far.
    taken: usize,
    block: Block,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Refused,
    Taken,
}

pub(super) fn span_of(entry: &KdlEntry) -> Span {
    Span { start: entry.span().offset(), end: entry.span().offset() + entry.span().len() }
}

/// The span of a node without its block.
pub(super) fn head(node: &KdlNode) -> Span {
    let name = node.name().span();
    let (start, mut end) = (name.offset(), name.offset() + name.len());
    for entry in node.entries() {
        end = end.max(span_of(entry).end);
    }
    Span { start, end }
}

/// The span of a node's name.
pub(super) fn name_span(node: &KdlNode) -> Span {
    let span = node.name().span();
    Span { start: span.offset(), end: span.offset() + span.len() }
}

impl<'n> Reader<'n> {
    pub(super) fn new(node: &'n KdlNode) -> Self {
        Self { node, known: Vec::new(), taken: 0, block: Block::Refused }
    }

    fn arguments(&self) -> impl Iterator<Item = &'n KdlEntry> + use<'n> {
        self.node.entries().iter().filter(|entry| entry.name().is_none())
    }

    /// How many arguments the node has.
    pub(super) fn count(&self) -> usize {
        self.arguments().count()
    }

    /// The next argument, if there is one, as `read` understands it.
    pub(super) fn optional<T>(
        &mut self,
        reading: &mut Reading<'_>,
        read: impl FnOnce(&KdlValue) -> Result<T, Wrong>,
    ) -> Option<(T, Span)> {
        let entry = self.arguments().nth(self.taken)?;
        self.taken += 1;
        understood(reading, entry, &format!("`{}` takes", self.node.name().value()), read)
    }

    /// The next argument; it is a mistake when there is none.
    pub(super) fn required<T>(
        &mut self,
        reading: &mut Reading<'_>,
        what: &str,
        read: impl FnOnce(&KdlValue) -> Result<T, Wrong>,
    ) -> Option<(T, Span)> {
        if self.arguments().nth(self.taken).is_none() {
            let message = format!("`{}` needs {what}", self.node.name().value());
            reading.problem(Diagnostic::new(name_span(self.node), message, format!("{what} is missing")));
            return None;
        }
        self.optional(reading, read)
    }

    /// A property, if it is there, as `read` understands it. Of several the last one counts.
    pub(super) fn property<T>(
        &mut self,
        reading: &mut Reading<'_>,
        key: &'static str,
        read: impl FnOnce(&KdlValue) -> Result<T, Wrong>,
    ) -> Option<(T, Span)> {
        self.known.push(key);
        let named = |entry: &&KdlEntry| entry.name().is_some_and(|name| name.value() == key);
        let entry = self.node.entries().iter().rev().find(named)?;
        understood(reading, entry, &format!("`{key}` must be"), read)
    }

    /// The block, if the node has one.
    pub(super) fn block(&mut self) -> Option<&'n KdlDocument> {
        self.block = Block::Taken;
        self.node.children()
    }

    /// The block; it is a mistake when there is none.
    pub(super) fn required_block(&mut self, reading: &mut Reading<'_>) -> Option<&'n KdlDocument> {
        let block = self.block();
        if block.is_none() {
            let message = format!("`{}` needs a block", self.node.name().value());
            let problem = Diagnostic::new(name_span(self.node), message, "no `{ }` follows");
            reading.problem(problem);
        }
        block
    }

    /// Complains about arguments, properties and a block that nobody asked for.
    pub(super) fn finish(self, reading: &mut Reading<'_>) {
        let name = self.node.name().value();
        for entry in self.arguments().skip(self.taken) {
            let takes = match self.taken {
                0 => "no argument".into(),
                1 => "one argument".into(),
                n => format!("{n} arguments"),
            };
            let message = format!("`{name}` takes {takes}");
            reading.problem(Diagnostic::new(span_of(entry), message, "one too many"));
        }
        for entry in self.node.entries() {
            let Some(key) = entry.name().map(|name| name.value()) else { continue };
            if !self.known.contains(&key) {
                let message = format!("`{name}` has no property `{key}`");
                let problem = Diagnostic::new(span_of(entry), message, "unknown property");
                reading.problem(problem.help(suggest::advice(key, self.known.iter().copied())));
            }
        }
        if self.block == Block::Refused && self.node.children().is_some() {
            let message = format!("`{name}` takes no block");
            reading.problem(Diagnostic::new(name_span(self.node), message, "its block has no meaning"));
        }
    }
}

fn understood<T>(
    reading: &mut Reading<'_>,
    entry: &KdlEntry,
    subject: &str,
    read: impl FnOnce(&KdlValue) -> Result<T, Wrong>,
) -> Option<(T, Span)> {
    let span = span_of(entry);
    match read(entry.value()) {
        Ok(value) => Some((value, span)),
        Err((expected, help)) => {
            let mut problem = Diagnostic::new(span, format!("{subject} {expected}"), "this is not");
            problem.help = help;
            reading.problem(problem);
            None
        }
    }
}
