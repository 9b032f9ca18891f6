//! The scenarios of the specification, one test per row of `tests/conformance.csv` that is marked done.
//!
//! A test's name begins with the id of its scenario; `tests/conformance_registry.rs` holds both together.
//! Every scenario runs on four machines: system and virtual clock, with and without an observer, which
//! take different paths through the runtime and must not differ in what they answer.

mod activity_lock;
mod activity_objects;
mod activity_transactions;
mod agility;
mod apartment_churn;
mod apartment_initialization;
mod apartments;
mod brought_transactions;
mod causality;
mod class_objects;
mod configuration;
mod context_state;
mod contexts;
mod entry_errors;
mod global_interface_table;
mod initialize_spies;
mod managed;
mod marshaling;
mod marshaling_table;
mod message_filter;
mod object_pools;
mod objects;
mod placement;
mod reaching_contexts;
mod references;
mod sta_pumping;
mod support;
mod synchronization;
mod thread_pools;
mod threads;
mod transactions;
mod two_processes;
mod waits;
