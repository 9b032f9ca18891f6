//! The JSON twin of a TOML document.

use std::fmt::Write as _;
use toml_edit::{Item, Table, Value};

/// The same content as JSON, in the same order.
pub(super) fn write(table: &Table) -> String {
    let mut text = String::new();
    object(table, 0, &mut text);
    text.push('\n');
    text
}

fn object(table: &Table, depth: usize, text: &mut String) {
    let entries = table.iter();
    list('{', '}', entries, depth, text, |(key, item), depth, text| {
        string(key, text);
        text.push_str(": ");
        match item {
            Item::Table(table) => object(table, depth, text),
            Item::ArrayOfTables(tables) => list('[', ']', tables.iter(), depth, text, object),
            Item::Value(value) => self::value(value, text),
            Item::None => text.push_str("null"),
        }
    });
}

/// What stands between two brackets, an element a line.
fn list<T>(
    open: char,
    close: char,
    elements: impl Iterator<Item = T>,
    depth: usize,
    text: &mut String,
    mut write: impl FnMut(T, usize, &mut String),
) {
    text.push(open);
    let mut empty = true;
    for element in elements {
        text.push_str(if empty { "\n" } else { ",\n" });
        empty = false;
        text.push_str(&"  ".repeat(depth + 1));
        write(element, depth + 1, text);
    }
    if !empty {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    }
    text.push(close);
}

fn value(value: &Value, text: &mut String) {
    match value {
        Value::String(value) => string(value.value(), text),
        Value::Boolean(value) => text.push_str(if *value.value() { "true" } else { "false" }),
        Value::Integer(value) => {
            let _ = write!(text, "{}", value.value());
        }
        Value::Array(values) => {
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                self::value(value, text);
            }
            text.push(']');
        }
        // no property is written as one of these
        Value::Float(_) | Value::Datetime(_) | Value::InlineTable(_) => text.push_str("null"),
    }
}

fn string(value: &str, text: &mut String) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}
