//! The rules against the truth tables of the specification, row by row.
//!
//! The tables beside this file are transcribed by hand; nothing in them comes from the rules. Where a row
//! stands for several inputs, all of them are tried.

mod activation;
mod activation_invariants;
mod activities;
mod activity_objects;
mod apartments;
mod catalog;
mod domains;
mod gates;
mod lives;
mod marshaling;
mod messages;
mod object_pools;
mod placement;
mod pools;
mod reasons;
mod support;
