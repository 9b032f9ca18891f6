//! The text form: a database as a TOML file that people write and programs keep (SEC A.10).
//!
//! | file | holds |
//! |---|---|
//! | `tree` | a TOML or JSON text as keys and values with their places |
//! | `value` | values of properties as a file writes them |
//! | `read` | from a file to a database, every mistake at its place |
//! | `place` | where an object stands in its file |
//! | `write` | from a database to a file, or into one |
//! | `json` | the JSON twin |
//! | `file` | a file that is replaced whole or not at all |
//! | `watch` | a file that is read again when it has changed |

use complus_diagnostic::Diagnostic;

mod file;
mod json;
mod place;
mod read;
mod tree;
mod value;
mod watch;
mod write;

pub use file::{CatalogFile, LoadError};
pub(crate) use read::read;
pub use read::{Language, Loaded, parse};
pub use tree::{Content, Key, Tree};
pub use watch::{FileWatch, Look};
pub(crate) use write::write;

/// The format that is written, and the only one that is read.
pub(crate) const FORMAT: i64 = 1;

impl crate::Catalog {
    /// The committed state as text, in the order of A.10.
    pub fn to_text(&self, language: Language) -> String {
        write(self.snapshot().root(), language, None)
    }

    /// A database of its own with everything in this one's committed state, and with what `tree` says: the tables of a
    /// file, without `format` and `defaults`.
    ///
    /// # Errors
    /// Every mistake in the tree, at its place, and every rule that both together break.
    ///
    /// ```
    /// use complus_catalog::{Catalog, Content, Key, Options, Tree};
    /// use complus_diagnostic::Span;
    /// let here = Span { start: 0, end: 5 };
    /// let name = (Key { name: "naem".into(), span: here }, Tree { span: here, content: Content::Text("Bank".into()) });
    /// let bank = Tree { span: here, content: Content::Table(vec![name]) };
    /// let applications = Key { name: "application".into(), span: here };
    /// let tree = Tree { span: here, content: Content::Table(vec![(applications, bank)]) };
    /// let mistakes = Catalog::new(Options::default()).with(&tree).map(drop).unwrap_err();
    /// assert_eq!(mistakes[0].help.as_deref(), Some("did you mean `Name`?"));
    /// ```
    pub fn with(&self, tree: &Tree<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Self::of(read::into(self.snapshot().root(), tree)?, self.options()))
    }

    /// A TOML text brought to the committed state; what else it says, comments and layout, stays.
    pub fn update_toml(&self, present: &str) -> String {
        write(self.snapshot().root(), Language::Toml, Some(present))
    }
}
