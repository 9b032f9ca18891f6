//! [`Tree`]: a file as keys and values with their places, whether it is TOML, JSON or something else.

use complus_diagnostic::{Diagnostic, Span};
use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{ObjectPropName, Value as Json},
    common::Ranged,
};
use std::borrow::Cow;
use toml::de::{DeTable, DeValue};

/// A value in a file: what the readers of TOML and JSON give, and what a program makes that has a language of its own
/// for the same things ([`Catalog::with`](crate::Catalog::with)).
#[derive(Debug)]
pub struct Tree<'t> {
    /// Its place.
    pub span: Span,
    /// What it is.
    pub content: Content<'t>,
}

/// What a value is.
#[derive(Debug)]
pub enum Content<'t> {
    /// Keys and values, in the order of the file.
    Table(Vec<(Key<'t>, Tree<'t>)>),
    /// Values.
    List(Vec<Tree<'t>>),
    /// A string.
    Text(Cow<'t, str>),
    /// A whole number.
    Number(i64),
    /// A truth value.
    Bool(bool),
    /// Something that no property takes: a fraction, a date, null.
    Other(&'static str),
}

/// The key of a value in a table.
#[derive(Debug)]
pub struct Key<'t> {
    /// The key.
    pub name: Cow<'t, str>,
    /// Its place.
    pub span: Span,
}

fn span(range: std::ops::Range<usize>) -> Span {
    Span { start: range.start, end: range.end }
}

/// Reads TOML; what comes back is what could be read.
pub(crate) fn toml(text: &str) -> (Tree<'_>, Vec<Diagnostic>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let problems = errors.into_iter().map(|error| {
        let at = error.span().map_or(Span { start: text.len(), end: text.len() }, span);
        Diagnostic::new(at, format!("this is not TOML: {}", error.message()), "here")
    });
    let problems = problems.collect();
    let at = span(table.span());
    (Tree { span: at, content: toml_table(table.into_inner()) }, problems)
}

fn toml_table(table: DeTable<'_>) -> Content<'_> {
    let entries = table.into_iter().map(|(key, value)| {
        let key = Key { span: span(key.span()), name: key.into_inner() };
        let at = span(value.span());
        (key, Tree { span: at, content: toml_value(value.into_inner()) })
    });
    Content::Table(entries.collect())
}

fn toml_value(value: DeValue<'_>) -> Content<'_> {
    match value {
        DeValue::String(text) => Content::Text(text),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Content::Other("a number of more than 64 bits"), Content::Number),
        DeValue::Boolean(value) => Content::Bool(value),
        DeValue::Float(_) => Content::Other("a fraction"),
        DeValue::Datetime(_) => Content::Other("a date"),
        DeValue::Table(table) => toml_table(table),
        DeValue::Array(values) => Content::List(
            values
                .into_iter()
                .map(|value| Tree { span: span(value.span()), content: toml_value(value.into_inner()) })
                .collect(),
        ),
    }
}

/// More nested brackets than this are no catalog, and would cost the parser its stack.
const DEEPEST: usize = 64;

/// Reads JSON, strictly.
pub(crate) fn json(text: &str) -> (Tree<'_>, Vec<Diagnostic>) {
    let whole = Span { start: 0, end: text.len() };
    let nothing = Tree { span: whole, content: Content::Table(Vec::new()) };
    if let Some(at) = too_deep(text) {
        let at = Span { start: at, end: at + 1 };
        return (nothing, vec![Diagnostic::new(at, "the file is nested too deeply", "one bracket too many")]);
    }
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
    };
    match jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &options) {
        Ok(parsed) => (parsed.value.map_or(nothing, json_value), Vec::new()),
        Err(error) => {
            let at = Span { start: error.range().start, end: error.range().end };
            (nothing, vec![Diagnostic::new(at, format!("this is not JSON: {}", error.kind()), "here")])
        }
    }
}

/// Where the first bracket stands that is nested too deeply.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    text.bytes().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

fn json_value(value: Json<'_>) -> Tree<'_> {
    let at = span(value.range().start..value.range().end);
    let content = match value {
        Json::StringLit(text) => Content::Text(text.value),
        Json::NumberLit(number) => number.value.parse().map_or(Content::Other("no whole number"), Content::Number),
        Json::BooleanLit(value) => Content::Bool(value.value),
        Json::NullKeyword(_) => Content::Other("null"),
        Json::Array(values) => Content::List(values.elements.into_iter().map(json_value).collect()),
        Json::Object(object) => {
            let entries = object.properties.into_iter().map(|property| {
                let (name, range) = match property.name {
                    ObjectPropName::String(name) => (name.value, name.range),
                    ObjectPropName::Word(name) => (Cow::Borrowed(name.value), name.range),
                };
                (Key { name, span: span(range.start..range.end) }, json_value(property.value))
            });
            Content::Table(entries.collect())
        }
    };
    Tree { span: at, content }
}

impl<'t> Tree<'t> {
    /// The entries of a table; none of anything else.
    pub fn entries(&self) -> &[(Key<'t>, Tree<'t>)] {
        match &self.content {
            Content::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; a single table counts as a list of one.
    pub fn elements(&self) -> &[Tree<'t>] {
        match &self.content {
            Content::List(elements) => elements,
            Content::Table(_) => std::slice::from_ref(self),
            _ => &[],
        }
    }

    /// What it is, for messages.
    pub fn what(&self) -> &'static str {
        match self.content {
            Content::Table(_) => "a table",
            Content::List(_) => "a list",
            Content::Text(_) => "a string",
            Content::Number(_) => "a number",
            Content::Bool(_) => "a truth value",
            Content::Other(what) => what,
        }
    }
}
