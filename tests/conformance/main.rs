//! The scenarios of the specification, one test per row of `tests/conformance.csv` that is marked done.
//!
//! A test's name begins with the id of its scenario; `tests/conformance_registry.rs` holds both together.
//! Every scenario runs on four machines: system and virtual clock, with and without an observer, which
//! take different paths through the runtime and must not differ in what they answer.

mod activation_gates;
mod activities_of_components;
mod activity_lock;
mod activity_objects;
mod activity_transactions;
mod agility;
mod apartment_churn;
mod apartment_initialization;
mod apartment_table;
mod apartments;
mod apartments_of_components;
mod application_instances;
mod brought_transactions;
mod causality;
mod class_objects;
mod component_ends;
mod component_flags;
mod component_isolation;
mod component_order;
mod component_proxies;
mod component_timeouts;
mod component_transactions;
mod component_votes;
mod components_in_domains;
mod configuration;
mod context_state;
mod contexts;
mod entry_errors;
mod failing_components;
mod global_interface_table;
mod hooks;
mod initialize_spies;
mod interception;
mod just_in_time;
mod life_cycle;
mod making_of_components;
mod managed;
mod marshaling;
mod marshaling_table;
mod message_filter;
mod must_run;
mod must_run_table;
mod nested_calls;
mod object_pools;
mod objects;
mod partitions;
mod placement;
mod placement_invariants;
mod placement_table;
mod property_flow;
mod reaching_contexts;
mod references;
mod sta_pumping;
mod support;
mod synchronization;
mod synchronization_of_components;
mod thread_pools;
mod threads;
mod transactions;
mod two_processes;
mod votes_that_wait;
mod waits;
