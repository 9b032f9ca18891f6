//! What the table tests share: reading a table, asking the rules, visiting every combination.

mod choices;
mod creators;
mod entry;
mod invariants;
mod table;
mod words;

pub(crate) use choices::{Choices, all};
pub(crate) use creators::{BOTH, LEVEL_1, OWN, origins, switched};
pub(crate) use entry::{Entry, Machine};
pub(crate) use table::{Row, check, outcome};
pub(crate) use words::{CALLS, MESSAGES, TRANSACTIONS, activity_word, flags, load, transaction_word};
