//! What is wrong with a file, shown with its line and a caret.

use crate::source::{Source, Span};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::fmt;

/// One mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where it is.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What is said at the caret.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake at `span`.
    pub fn new(span: Span, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self { span, message: message.into(), label: label.into(), help: None }
    }

    /// The same with advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The mistakes found in one file, in the order of their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    source: Source,
    diagnostics: Vec<Diagnostic>,
}

/// More mistakes than this are counted, not shown: the first ones are the cause of the others.
const SHOWN: usize = 20;

/// A line longer than this is not shown whole.
const LONGEST_LINE: usize = 400;

impl FileError {
    /// The mistakes of a text, in any order; those that are there twice are told once.
    pub fn new(source: Source, mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        diagnostics.dedup();
        Self { source, diagnostics }
    }

    /// The mistakes.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// All of them as text: file, line, column, the line itself and a caret; in colours if asked for.
    pub fn render(&self, colours: bool) -> String {
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        let shown = self.diagnostics.iter().take(SHOWN);
        let mut text = shown.map(|one| self.render_one(one, &renderer)).collect::<Vec<_>>().join("\n\n");
        if let Some(more) = self.diagnostics.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            text += &format!("\n\nand {more} more");
        }
        text
    }

    fn render_one(&self, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
        let Source { name, text } = &self.source;
        let span = self.source.clamp(diagnostic.span);
        let (start, end) = (span.start, span.end);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let title = Level::ERROR.primary_title(printable(&diagnostic.message));
        let mut group = if line_end - line_start > LONGEST_LINE {
            let (line, column) = (self.source.line(start), self.source.column(start));
            title.element(Level::NOTE.message(printable(&format!("{name}:{line}:{column}: {}", diagnostic.label))))
        } else {
            // Only the first line of what is wrong: a block may be the whole file.
            let span = start - line_start..end.min(line_end) - line_start;
            let annotation = AnnotationKind::Primary.span(span).label(printable(&diagnostic.label));
            let snippet = Snippet::source(&text[line_start..line_end])
                .line_start(self.source.line(start))
                .path(name)
                .annotation(annotation);
            title.element(snippet)
        };
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(printable(help)));
        }
        renderer.render(&[group])
    }
}

/// Control characters of a file must not reach a terminal through a message.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{FFFD}' } else { c }).collect()
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for FileError {}
