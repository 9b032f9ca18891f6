//! What the table tests share: reading a table, asking the rules, visiting every combination.

mod entry;
mod invariants;
mod table;

pub(crate) use entry::{Entry, Machine};
pub(crate) use table::{Row, check, outcome};
