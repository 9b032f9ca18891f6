//! The rules against the truth tables of the specification, row by row.
//!
//! The tables beside this file are transcribed by hand; nothing in them comes from the rules. Where a row
//! stands for several inputs, all of them are tried.

mod apartments;
mod domains;
mod messages;
mod support;
