//! Scenarios: programs for the COM+ context runtime, written as data.
//!
//! A scenario file says which threads there are and what each does: enter a service domain, write to a
//! resource manager, vote, leave; and what has to come of it. [`parse`] reads it, [`run`] carries it out
//! on the real runtime, with a virtual clock and threads that take turns as a seed decides, and the
//! resulting [`Run`] is one trace that all views read.
//!
//! ```
//! use complus_scenario::{Options, Source, parse, run};
//! let scenario = parse(Source::new("two.kdl", r#"
//!     title "An inner domain joins"
//!     thread "client" apartment="mta" {
//!         enter as="outer" transaction="New" {
//!             enter as="inner" transaction="CreateIfNecessary" { set-complete }
//!             expect "inner" status="XACT_S_LOCALLY_OK" transaction-of="outer"
//!         }
//!         expect "outer" status="S_OK"
//!     }
//! "#))?;
//! let run = run(&scenario, &Options::default())?;
//! assert!(run.holds());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`model`], [`expectation`] | what a file says, as plain data |
//! | `language` | from KDL 2 to the model, with [`FileError`]s that show the place |
//! | `runner` | threads that carry out the model |
//! | [`trace`] | what happened |
//! | [`view`] | the trace as a call tree and as JSON lines |
//! | [`explain`] | one decision, without a run |

pub mod expectation;
pub mod explain;
mod language;
pub mod model;
mod runner;
pub mod trace;
pub mod view;

pub use complus_diagnostic::{Diagnostic, FileError, Source, Span};
pub use language::{DEEPEST, parse, parse_bytes, parse_in};
pub use model::Scenario;
pub use runner::{Options, run};
pub use trace::Run;
