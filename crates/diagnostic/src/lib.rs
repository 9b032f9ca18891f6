//! Mistakes in files that people write: where they are, what is wrong, what to do about it.
//!
//! A reader of files collects [`Diagnostic`]s, each at a [`Span`] of its [`Source`], and hands them over as
//! one [`FileError`], which shows them with file, line, column, the line itself and a caret. [`suggest`] finds
//! the name that was meant.
//!
//! ```
//! use complus_diagnostic::{Diagnostic, FileError, Source, Span, suggest};
//! let source = Source::new("bank.toml", "trasaction = 3\n");
//! let mistake = Diagnostic::new(Span { start: 0, end: 10 }, "there is no `trasaction`", "unknown property")
//!     .help(suggest::advice("trasaction", ["Transaction", "Synchronization"]));
//! let error = FileError::new(source, vec![mistake]).to_string();
//! assert!(error.contains("bank.toml:1:1") && error.contains("did you mean `Transaction`?"));
//! ```

mod diagnostic;
mod source;
pub mod suggest;

pub use diagnostic::{Diagnostic, FileError};
pub use source::{Source, Span};
