//! The scenarios of the specification, one test per row of `tests/conformance.csv` that is marked done.
//!
//! A test's name begins with the id of its scenario; `tests/conformance_registry.rs` holds both together.
//! Every scenario runs on four machines: system and virtual clock, with and without an observer, which
//! take different paths through the runtime and must not differ in what they answer.

mod apartment_churn;
mod apartment_initialization;
mod apartments;
mod brought_transactions;
mod causality;
mod configuration;
mod context_state;
mod contexts;
mod entry_errors;
mod initialize_spies;
mod managed;
mod message_filter;
mod reaching_contexts;
mod sta_pumping;
mod support;
mod synchronization;
mod threads;
mod transactions;
mod waits;
