//! The ground floor of complus: what a COM+ context *is*, without a thread, a clock or a lock.
//!
//! Everything here is a plain value or a pure function, so that all of it can be run step by step, in a
//! test, in a model checker, or in a browser. The floors above only drive it.
//!
//! # The vocabulary
//!
//! [`hresult`] holds every code the runtime returns, [`error`] wraps one together with its reason,
//! [`attribute`] holds the numbered settings, [`id`] the identities, [`event`] what can be observed, and
//! [`Compat`] the twelve switches for what the sources leave open.
//!
//! # The rules
//!
//! A context is a set of properties; a new context gets each of them from its caller, from its
//! configuration, or anew. [`rules`] decides which, one file per property. A rule tells its reasons to
//! whoever listens ([`explain`]):
//!
//! ```
//! use complus_core::{attribute::*, explain::Reasons, rules::transaction::*};
//! let mut reasons = Reasons::default();
//! let caller = Enclosing::Active(IsolationLevel::Serializable);
//! let decided = service_domain(
//!     TransactionConfig::CreateIfNecessary,
//!     IsolationLevel::ReadCommitted,
//!     Brought::None,
//!     caller,
//!     &mut reasons,
//! );
//! assert_eq!(decided, Ok(Transaction::New)); // the levels differ, so the domain gets its own
//! assert!(reasons.0[0].rule.contains("isolation not equal"));
//! ```
//!
//! # The state machines
//!
//! [`context`] holds the flags and the transaction stream, [`stack`] the strict stack of contexts,
//! [`activity_lock`] who is inside an activity and who waits, [`object_pool`] who is given which instance,
//! [`two_phase_commit`] the transaction manager's protocol.

#![no_std]
extern crate alloc;

pub mod activity_lock;
pub mod attribute;
mod compat;
pub mod context;
pub mod error;
pub mod event;
pub mod explain;
pub mod hresult;
pub mod id;
pub mod object_pool;
pub mod rules;
pub mod stack;
pub mod two_phase_commit;

pub use compat::{ActivityTransaction, ByotAbort, CatalogDefaults, Compat, DeadlockPolicy, FailFast, LifecycleErrors};
pub use error::{Error, ErrorKind, Result};
pub use hresult::{HResult, IntoHResult};
