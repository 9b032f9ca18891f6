//! The property flow rules: which context a piece of work gets.
//!
//! One file per property, each a few total functions over plain values that mirror the truth tables
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
//! [`service_domain`] composes them in the order in which CoEnterServiceDomain checks, [`plan`] keeps
//! their answers for entries that are made often, [`leave`] says how a domain ends, and
//! [`context_state`] who may vote.

pub mod apartment;
pub mod context_state;
pub mod inheritance;
pub mod intrinsics;
pub mod leave;
pub mod partition;
pub mod plan;
pub mod security;
pub mod service_domain;
pub mod side_by_side;
pub mod synchronization;
pub mod tracker;
pub mod transaction;
