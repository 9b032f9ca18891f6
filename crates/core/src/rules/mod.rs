//! The rules: which context a piece of work gets, and what its calls do.
//!
//! One file per property or question, each a few total functions over plain values that mirror the truth tables
//! of the specification row by row. They are the only place where such a decision is made: the
//! runtime executes what they answer, `complus explain` prints their reasons, `complus table` prints
//! them whole, and the tables in `tests/tables` check them.
//!
//! | property | rule | table |
//! |---|---|---|
//! | transaction | [`transaction`] | SWC 4.1, 4.3, ACT 4.1 |
//! | activity | [`synchronization`] | SWC 5.1, 5.2, SYN 3.3, ACT 4.2 |
//! | partition | [`partition`] | SWC 6.2 |
//! | side-by-side assembly | [`side_by_side`] | SWC 6.3 |
//! | intrinsics | [`intrinsics`] | SWC 6.4 |
//! | tracker | [`tracker`] | SWC 6.5 |
//! | what is derived from what | [`inheritance`] | SWC 2.1, 2.2 |
//! | apartment, pool, binding | [`apartment`] | SWC 3, 6.1 |
//! | security | [`security`] | SWC 6.6, SEC B.2 |
//!
//! A second family says what a thread may do, and what happens to its calls.
//!
//! | question | rule | table |
//! |---|---|---|
//! | joining and leaving an apartment | [`initialization`] | SYN 6.1 to 6.3 |
//! | what a thread is told of its apartment | [`apartment_type`] | SYN 6.8, 11 |
//! | interfaces of a context | [`context_interface`] | SYN 11, ACT 9.1 |
//! | messages of a single-threaded apartment | [`message`] | SYN 7.1, 7.2, 7.4 |
//! | message filters | [`message_filter`] | SYN 8 |
//! | calling out, failing callees | [`call_out`] | SYN 7.5, 7.6, 10.1 |
//! | waiting for handles | [`wait`] | SYN 7.3 |
//! | the apartment of a new object | [`class_apartment`] | SYN 6.5, 4.9 |
//! | threads of the STA pool | [`thread_pool`] | SYN 12 |
//! | the lock of an activity | [`activity_lock`] | SYN 4.3 to 4.7 |
//! | what a reference becomes elsewhere | [`mod@reference`] | ACT 8.1 |
//! | marshal packets | [`marshal`], [`connection`] | SYN 10.2, 10.3, 10.6 |
//! | the global interface table | [`interface_table`] | SYN 10.4 |
//! | agile objects | [`agility`] | SYN 10.5 |
//! | attributes that may stand in the catalog together | [`coherence`] | SEC A.6.1 |
//! | which configuration of a class is used | [`class_location`] | ACT 4.8, SEC C.1 |
//! | activity objects and their calls | [`activity_object`], [`activity_result`] | SWC 3, 8 |
//!
//! A third family is about components: where they are activated, and how they live.
//!
//! | question | rule | table |
//! |---|---|---|
//! | may it be activated | [`gates`] | ACT 3.3 |
//! | is there memory for it | [`memory`] | SEC D.7 |
//! | which instance of its application takes it | [`application_instance`] | SEC D.6 |
//! | why it needs a context of its own | [`own_reasons`] | ACT 3.2 |
//! | in which context it is activated | [`placement`] | ACT 4.3 to 4.6 |
//! | which named properties it finds there | [`property_flow`] | ACT 6 |
//! | what a call into its transaction starts with | [`transaction_call`] | ACT 9.10, TXN 6 |
//! | its two flags around a method | [`just_in_time`] | ACT 7.3, 7.4 |
//! | the order of the calls in its life | [`life_cycle`] | ACT 7.1, 7.2 |
//! | the result of its methods | [`method_result`] | TXN 7.3 |
//!
//! [`activation`] composes gates, apartment, placement and reference in the order of ACT 3.2.
//!
//! [`service_domain`] composes them in the order in which CoEnterServiceDomain checks, [`plan`] keeps
//! their answers for entries that are made often, [`leave`] says how a domain ends, and
//! [`context_state`] who may vote.

pub mod activation;
pub mod activity_lock;
pub mod activity_object;
pub mod activity_result;
pub mod agility;
pub mod apartment;
pub mod apartment_type;
pub mod application_instance;
pub mod call_out;
pub mod class_apartment;
pub mod class_location;
pub mod coherence;
pub mod connection;
pub mod context_interface;
pub mod context_state;
pub mod gates;
pub mod inheritance;
pub mod initialization;
pub mod interface_table;
pub mod intrinsics;
pub mod just_in_time;
pub mod leave;
pub mod life_cycle;
pub mod marshal;
pub mod memory;
pub mod message;
pub mod message_filter;
pub mod method_result;
pub mod own_reasons;
pub mod partition;
pub mod placement;
pub mod plan;
pub mod property_flow;
pub mod reference;
pub mod security;
pub mod service_domain;
pub mod side_by_side;
pub mod synchronization;
pub mod thread_pool;
pub mod tracker;
pub mod transaction;
pub mod transaction_call;
pub mod wait;
