//! [`FileWatch`]: whether a catalog file has changed, and what it says now.

use super::{
    file::{CatalogFile, LoadError},
    read::parse,
};
use crate::{Catalog, diff};
use complus_diagnostic::{FileError, Source};
use std::{
    fs, io,
    time::{Duration, SystemTime},
};

/// Takes over what a file says whenever it has changed.
///
/// It looks when it is asked to, and asks nobody to tell it of changes: what a system tells of a file that an editor
/// replaces, or of one on a network drive, differs everywhere, and a look at a file that stays as it is costs next to
/// nothing.
#[derive(Debug)]
pub struct FileWatch {
    file: CatalogFile,
    catalog: Catalog,
    seen: Seen,
}

/// What a look at the file found.
#[derive(Debug)]
pub enum Look {
    /// Nothing new.
    Same,
    /// The file had changed, and the database is what it says now; with what is tolerated and should be looked at.
    Taken(Option<FileError>),
    /// The file has changed, and another writer has the database. The next look tries again.
    Busy,
    /// The file cannot be read, or has mistakes; the database is as it was. Told once for each state of the file.
    Wrong(LoadError),
}

/// A state of the file.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// None yet.
    Nothing,
    /// It could not be read, for this reason.
    Unreadable(io::ErrorKind),
    /// This text, which was written then and is so long.
    Text { text: String, stamp: Option<Stamp> },
}

/// What the file system says of a text without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
}

/// A file that was written so shortly before it was read may have been written again with the same stamp: file systems
/// count time in steps, some of two seconds.
const STEP: Duration = Duration::from_secs(3);

impl FileWatch {
    /// Watches the file for `catalog`. From the first look on the file counts: what was changed in the database and not
    /// saved is lost when the file is taken over.
    pub fn new(file: CatalogFile, catalog: Catalog) -> Self {
        Self { file, catalog, seen: Seen::Nothing }
    }

    /// The file.
    pub fn file(&self) -> &CatalogFile {
        &self.file
    }

    /// Looks at the file, and takes over what it says if that is new and right. Never waits.
    pub fn look(&mut self) -> Look {
        let stamp = self.stamp();
        if let (Seen::Text { stamp: Some(seen), .. }, Some(stamp)) = (&self.seen, &stamp)
            && seen == stamp
        {
            return Look::Same;
        }
        let text = match fs::read_to_string(self.file.path()) {
            Ok(text) => text,
            Err(error) => return self.tell_once(error),
        };
        // from before the reading: what was written meanwhile has another one
        let stamp = stamp.filter(|stamp| stamp.modified.elapsed().is_ok_and(|age| age > STEP));
        if let Seen::Text { text: seen, stamp: known } = &mut self.seen
            && *seen == text
        {
            *known = stamp;
            return Look::Same;
        }
        let source = Source::new(self.file.path().display().to_string(), text);
        let look = match parse(source.clone(), self.catalog.options()) {
            Err(mistakes) => Look::Wrong(LoadError::Mistakes(mistakes)),
            Ok(loaded) if self.says_the_same(&loaded.catalog) => Look::Same,
            Ok(loaded) if self.catalog.try_replace(&loaded.catalog) => Look::Taken(loaded.warnings),
            Ok(_) => return Look::Busy,
        };
        self.seen = Seen::Text { text: source.text, stamp };
        look
    }

    fn says_the_same(&self, other: &Catalog) -> bool {
        diff(self.catalog.snapshot().root(), other.snapshot().root()).is_empty()
    }

    fn tell_once(&mut self, error: io::Error) -> Look {
        let now = Seen::Unreadable(error.kind());
        if std::mem::replace(&mut self.seen, now) == Seen::Unreadable(error.kind()) {
            return Look::Same;
        }
        Look::Wrong(LoadError::Unreadable(error))
    }

    fn stamp(&self) -> Option<Stamp> {
        let metadata = fs::metadata(self.file.path()).ok()?;
        Some(Stamp { modified: metadata.modified().ok()?, length: metadata.len() })
    }
}
