//! The scenario language: a KDL 2 document becomes a [`Scenario`], or a list of what is wrong with it.
//!
//! A reader per kind of node; each collects its mistakes and goes on, so that one look at a file finds
//! several. Names are checked last, when all of the file is known.

mod about;
mod activity;
mod catalog;
mod classes;
pub(crate) mod compat;
mod components;
mod declarations;
mod enter;
mod expectation;
mod nesting;
mod partitions;
mod pools;
mod reader;
mod references;
mod services;
mod steps;
mod value;

pub use nesting::DEEPEST;

use crate::model::Scenario;
use complus_diagnostic::{Diagnostic, FileError, Source, Span};
use kdl::{KdlDocument, KdlError};
use references::{Kind, References};
use std::{
    panic::catch_unwind,
    path::{Path, PathBuf},
    thread,
};

/// Stack for the document parser at [`DEEPEST`] levels, several times over.
const PARSER_STACK: usize = 64 << 20;

/// What is collected while a file is read.
pub(super) struct Reading<'s> {
    pub(super) source: &'s Source,
    /// Where the lines begin, but for the first.
    lines: Vec<usize>,
    pub(super) problems: Vec<Diagnostic>,
    references: References,
    /// Where files that this one names are looked for.
    folder: PathBuf,
    /// Mistakes in such a file.
    elsewhere: Option<FileError>,
    /// The catalog has mistakes: nobody knows which names are right.
    names_unknown: bool,
}

impl<'s> Reading<'s> {
    fn new(source: &'s Source, folder: &Path) -> Self {
        let lines = source.text.match_indices('\n').map(|(at, _)| at + 1).collect();
        let (references, folder) = (References::default(), folder.to_owned());
        Self { source, lines, problems: Vec::new(), references, folder, elsewhere: None, names_unknown: false }
    }

    /// The line of a place, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at) + 1
    }

    /// A domain, an activity object or a call gets this name, again perhaps; expectations must know which it is.
    fn declare(&mut self, kind: Kind, name: &str, span: Span) {
        if let Some(other) = self.references.other_target(kind, name) {
            let message = format!("there is a {other} `{name}` already");
            self.problem(Diagnostic::new(span, message, "the same name for something else"));
        }
        self.references.declare(kind, name);
    }

    pub(super) fn problem(&mut self, diagnostic: Diagnostic) {
        self.problems.push(diagnostic);
    }
}

/// Reads a scenario. Files that it names are looked for in the folder of the source's name.
///
/// # Errors
/// Everything that is wrong with the file, or with its catalog. Never panics, whatever the text.
pub fn parse(source: Source) -> Result<Scenario, FileError> {
    let folder = Path::new(&source.name).parent().map(Path::to_owned).unwrap_or_default();
    parse_in(&folder, source)
}

/// Reads a scenario that stands in this folder.
///
/// # Errors
/// As for [`parse`].
pub fn parse_in(folder: &Path, source: Source) -> Result<Scenario, FileError> {
    read(&source, folder).map_err(|mistakes| match mistakes {
        Mistakes::Here(problems) => FileError::new(source, problems),
        Mistakes::Elsewhere(error) => error,
    })
}

/// What is wrong, and in which file.
enum Mistakes {
    Here(Vec<Diagnostic>),
    Elsewhere(FileError),
}

/// Reads a scenario from bytes, which have to be UTF-8.
///
/// # Errors
/// As for [`parse`].
pub fn parse_bytes(name: &str, bytes: &[u8]) -> Result<Scenario, FileError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(Source::new(name, text)),
        Err(error) => {
            let at = error.valid_up_to();
            // What comes before is shown as it is; the rest cannot be.
            let source = Source::new(name, String::from_utf8_lossy(bytes));
            let problem = Diagnostic::new(Span { start: at, end: at + 1 }, "the file is not UTF-8", "this byte")
                .help("save the file as UTF-8");
            Err(FileError::new(source, vec![problem]))
        }
    }
}

fn read(source: &Source, folder: &Path) -> Result<Scenario, Mistakes> {
    nesting::check(&source.text).or_else(here)?;
    // Parsing, reading and dropping recurse: all of it happens where there is stack enough.
    thread::scope(|scope| {
        let reading = || catch_unwind(|| read_document(source, folder)).unwrap_or_else(|_| here(unreadable()));
        match thread::Builder::new().stack_size(PARSER_STACK).spawn_scoped(scope, reading) {
            Ok(handle) => handle.join().unwrap_or_else(|_| here(unreadable())),
            Err(_) => here(Diagnostic::new(Span::default(), "no memory to read the file with", "")),
        }
    })
}

fn here<T>(problem: Diagnostic) -> Result<T, Mistakes> {
    Err(Mistakes::Here(vec![problem]))
}

fn unreadable() -> Diagnostic {
    Diagnostic::new(Span::default(), "the document parser failed on this file", "somewhere from here")
}

fn read_document(source: &Source, folder: &Path) -> Result<Scenario, Mistakes> {
    let document = KdlDocument::parse(&source.text).map_err(|error| Mistakes::Here(syntax_errors(error)))?;
    let mut reading = Reading::new(source, folder);
    let scenario = declarations::scenario(&document, &mut reading);
    let Reading { mut problems, references, elsewhere, names_unknown, .. } = reading;
    if let Some(elsewhere) = elsewhere {
        // Its names are not known: much of what could be said of this file would be wrong.
        return Err(Mistakes::Elsewhere(elsewhere));
    }
    if !names_unknown {
        references.check(&mut problems);
    }
    if problems.is_empty() { Ok(scenario) } else { Err(Mistakes::Here(problems)) }
}

/// The document parser's own complaints, in our words where we have better ones.
fn syntax_errors(error: KdlError) -> Vec<Diagnostic> {
    let all = error.diagnostics.into_iter().map(|one| {
        let span = Span { start: one.span.offset(), end: one.span.offset().saturating_add(one.span.len()) };
        let message = one.message.unwrap_or_else(|| "this is not KDL".into());
        let mut problem = Diagnostic::new(span, message, one.label.unwrap_or_else(|| "here".into()));
        problem.help = one.help;
        if problem.help.is_none() && problem.label == "not identifier string" {
            problem.help = Some("true, false and null are written #true, #false and #null".into());
        }
        problem
    });
    // Of an unclosed block the parser also says where the nodes before the end stop; once is enough.
    let mut all: Vec<_> = all.filter(|one| one.message != "Closing '}' was not found after nodes").collect();
    if all.is_empty() {
        all.push(unreadable());
    }
    all
}

/// Reads a configuration written as `key=value` pairs between commas: the properties of `enter`.
///
/// # Errors
/// As for [`parse`]; places are those in the `enter` step that the pairs make.
pub(crate) fn parse_config(name: &str, pairs: &[(String, String)]) -> Result<crate::model::Enter, FileError> {
    use std::fmt::Write as _;
    let mut text = String::from("enter");
    for (key, value) in pairs {
        let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let _ = write!(text, " \"{}\"=\"{}\"", escape(key), escape(value));
    }
    let source = Source::new(name, text);
    let read = |source: &Source| {
        let document = KdlDocument::parse(&source.text).map_err(syntax_errors)?;
        let mut reading = Reading::new(source, Path::new(""));
        let entered = document.nodes().first().and_then(|node| enter::read(node, &mut reading, &[]));
        match entered {
            Some(entered) if reading.problems.is_empty() => Ok(entered),
            _ => Err(reading.problems),
        }
    };
    read(&source).map_err(|problems| FileError::new(source.clone(), problems))
}
