//! Truth tables, computed from the rules.
//!
//! A table is made by asking a rule of `complus_core` about every input; no cell is written by hand.
//! The cells use the words of the specification's tables, so that the two can be laid side by side.
//!
//! ```text
//! builders (domain, services, threads, messages, ..)  ->  Grid  ->  Table  ->  render: text, markdown, csv, json
//!                                              by subject: pages of many tables
//! ```

mod activation;
mod activities;
mod activity_objects;
mod attributes;
mod calls;
mod catalog;
mod component;
mod context;
mod domain;
mod entry;
mod gates;
mod lives;
mod marshaling;
mod messages;
mod pools;
mod render;
mod services;
mod subject;
mod threads;

pub(crate) use render::Format;
pub(crate) use subject::{Page, SUBJECTS, pages};

use serde::Serialize;
use std::fmt;

/// A truth table: the columns of the inputs first, then those of the results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Table {
    /// What `complus table` calls it.
    pub(crate) name: &'static str,
    /// What it answers.
    pub(crate) title: &'static str,
    /// Where the specification has it.
    pub(crate) section: &'static str,
    /// The heads of the columns.
    pub(crate) columns: Vec<String>,
    /// The cells, one list per row, as many as there are columns.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    fn build(&(name, title, section, build): &Known) -> Self {
        let Grid { columns, rows } = build();
        Self { name, title, section, columns, rows }
    }
}

/// Columns and rows: what a builder makes.
struct Grid {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    fn new<const N: usize>(columns: [&str; N]) -> Self {
        Self { columns: columns.map(Into::into).into(), rows: Vec::new() }
    }

    fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

/// A table that can be asked for: name, title, section, builder.
type Known = (&'static str, &'static str, &'static str, fn() -> Grid);

/// Every table, by subject.
fn known() -> impl Iterator<Item = &'static Known> {
    SUBJECTS.iter().flat_map(|subject| subject.tables).copied().flatten()
}

/// The names of all tables, by subject.
pub(crate) fn names() -> Vec<&'static str> {
    known().map(|known| known.0).collect()
}

/// The table called `name`; `None` if there is none.
pub(crate) fn find(name: &str) -> Option<Table> {
    known().find(|known| known.0 == name).map(Table::build)
}

/// The table called `name`, or an error that tells which there are.
pub(crate) fn get(name: &str) -> Result<Table, UnknownTable> {
    find(name).ok_or_else(|| UnknownTable { name: name.into() })
}

/// There is no table of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownTable {
    name: String,
}

impl fmt::Display for UnknownTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no table {:?}", self.name)?;
        let asked = self.name.to_ascii_lowercase().replace('_', "-");
        let nearest = names().into_iter().map(|name| (distance(&asked, name), name)).min();
        if let Some((_, name)) = nearest.filter(|&(distance, name)| distance <= name.len() / 3) {
            write!(f, "; did you mean {name:?}?")?;
        }
        write!(f, "\nthe tables are {}", names().join(", "))
    }
}

impl std::error::Error for UnknownTable {}

/// How many letters have to be inserted, removed or replaced to make `a` from `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (above, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], above + 1);
        for (left, y) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = std::mem::replace(&mut row[left + 1], replaced);
            row[left + 1] = replaced.min(diagonal + 1).min(row[left] + 1);
        }
    }
    row[b.chars().count()]
}

/// A setting as the specification's tables write it: its number and its header name without `CSC_`.
fn setting(number: i32, com_name: &str) -> String {
    format!("{number} {}", com_name.trim_start_matches("CSC_"))
}

/// The word for a success, or the name of the error.
fn cell<T, E: Into<complus_core::Error>>(result: Result<T, E>, word: impl FnOnce(T) -> String) -> String {
    result.map_or_else(|error| name_of(error.into().hresult()), word)
}

/// The word for an answer.
const fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// The name of an HRESULT.
fn name_of(hresult: complus_core::HResult) -> String {
    hresult.name().map_or_else(|| hresult.to_string(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_found_by_its_name_and_has_rows_as_wide_as_its_head() {
        for name in names() {
            let table = find(name).unwrap();
            assert_eq!(table.name, name);
            assert!(!table.rows.is_empty(), "{name}");
            for row in &table.rows {
                assert_eq!(row.len(), table.columns.len(), "{name}: {row:?}");
            }
        }
    }

    #[test]
    fn no_cell_is_empty_and_no_row_is_there_twice() {
        for name in names() {
            let Table { rows, columns, .. } = find(name).unwrap();
            assert!(rows.iter().flatten().chain(&columns).all(|cell| !cell.trim().is_empty()), "{name}");
            for (at, row) in rows.iter().enumerate() {
                assert!(!rows[..at].contains(row), "{name}: {row:?}");
            }
        }
    }

    #[test]
    fn names_differ() {
        let names = names();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{name}");
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_all_names_and_the_nearest_one() {
        let text = |name| get(name).unwrap_err().to_string();
        assert!(text("transacton").contains("did you mean \"transaction\"?"), "{}", text("transacton"));
        assert!(text("Service_Domain").contains("did you mean \"service-domain\"?"), "{}", text("Service_Domain"));
        assert!(!text("weather").contains("did you mean"), "{}", text("weather"));
        assert!(text("weather").ends_with(&names().join(", ")), "{}", text("weather"));
    }

    #[test]
    fn the_distance_counts_edits() {
        for (a, b, edits) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("flags", "flag", 1)]
        {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }
}
