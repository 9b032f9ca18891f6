//! [`CatalogFile`]: a database on disk. It is replaced whole or not at all.

use super::{
    read::{Language, Loaded, parse},
    write,
};
use crate::{Catalog, Options};
use complus_core::error::{CatalogError, Error, Result};
use complus_diagnostic::{FileError, Source};
use std::{
    fmt,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// A file that holds a database, in TOML or, if it is called `.json`, in JSON.
#[derive(Clone, Debug)]
pub struct CatalogFile {
    path: PathBuf,
}

/// Why a file could not be loaded.
#[derive(Debug)]
pub enum LoadError {
    /// It cannot be read, or is not UTF-8.
    Unreadable(io::Error),
    /// It has mistakes.
    Mistakes(FileError),
    /// It is right, and was not taken over: another writer had the database.
    NotTaken(Error),
}

impl LoadError {
    /// The reason as one of the catalog: COMADMIN_E_APP_FILE_READFAIL, COMADMIN_E_REGFILE_CORRUPT or
    /// COMADMIN_E_REGDB_SYSTEMERR.
    pub fn reason(&self) -> CatalogError {
        match self {
            Self::Unreadable(_) => CatalogError::FileReadFailed,
            Self::Mistakes(_) => CatalogError::FileCorrupt,
            Self::NotTaken(_) => CatalogError::WriterBusy,
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Mistakes(error) => error.fmt(f),
            Self::NotTaken(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LoadError {}

impl CatalogFile {
    /// The file at a path, whether it exists or not.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Reads the database (RestoreREGDB).
    ///
    /// # Errors
    /// When the file cannot be read or has mistakes.
    pub fn load(&self, options: Options) -> Result<Loaded, LoadError> {
        let text = fs::read_to_string(&self.path).map_err(LoadError::Unreadable)?;
        parse(Source::new(self.name(), text), options).map_err(LoadError::Mistakes)
    }

    /// Writes the committed state (BackupREGDB). What the file says besides, in comments and layout, stays.
    ///
    /// The new content goes to a temporary file beside this one, to the disk, and then in its place: whatever
    /// goes wrong on the way, the old file is there, whole.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, catalog: &Catalog) -> io::Result<()> {
        let language = Language::of(&self.name());
        let present = fs::read_to_string(&self.path).ok().filter(|_| language == Language::Toml);
        let text = write::write(catalog.snapshot().root(), language, present.as_deref());
        replace(&self.path, text.as_bytes(), |_| Ok(()))
    }

    /// Loads the file into a database that is in use, once everything in it was read and found right: readers see all
    /// of the new state with their next look. Waits for another writer. Gives what is tolerated and should be looked at.
    ///
    /// # Errors
    /// As for [`load`](Self::load), and [`LoadError::NotTaken`] as for [`Catalog::replace`]; the database is as it was
    /// then.
    pub fn reload(&self, catalog: &Catalog) -> Result<Option<FileError>, LoadError> {
        let loaded = self.load(catalog.options())?;
        catalog.replace(&loaded.catalog).map_err(LoadError::NotTaken)?;
        Ok(loaded.warnings)
    }
}

/// The steps of replacing a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Create,
    Write,
    Sync,
    Rename,
    SyncFolder,
}

/// Replaces a file; `reached` is asked before each step and may fail in its place.
pub(crate) fn replace(path: &Path, content: &[u8], mut reached: impl FnMut(Stage) -> io::Result<()>) -> io::Result<()> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    // the file itself is replaced, not a link to it
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let temporary = folder.join(format!(".{name}.{}.{number}.tmp", std::process::id()));
    let mut prepare = || {
        reached(Stage::Create)?;
        let mut file = File::options().write(true).create_new(true).open(&temporary)?;
        if let Ok(present) = fs::metadata(&path) {
            file.set_permissions(present.permissions())?;
        }
        reached(Stage::Write)?;
        file.write_all(content)?;
        reached(Stage::Sync)?;
        file.sync_all()?;
        reached(Stage::Rename)?;
        fs::rename(&temporary, &path)
    };
    let replaced = prepare();
    if replaced.is_err() {
        let _ = fs::remove_file(&temporary); // it may not exist yet; the first error is the one to tell
        return replaced;
    }
    reached(Stage::SyncFolder)?;
    // a folder cannot be opened as a file everywhere; the rename is done either way
    File::open(folder).and_then(|folder| folder.sync_all()).or(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("complus-catalog-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_failure_at_any_step_leaves_the_old_file_or_the_new_one_whole() {
        let folder = folder("steps");
        let path = folder.join("catalog.toml");
        for failing in [Stage::Create, Stage::Write, Stage::Sync, Stage::Rename, Stage::SyncFolder] {
            fs::write(&path, "old").unwrap();
            let crash = |stage| if stage == failing { Err(io::Error::other("no power")) } else { Ok(()) };
            assert_eq!(replace(&path, b"new", crash).unwrap_err().to_string(), "no power");
            let expected = if failing == Stage::SyncFolder { "new" } else { "old" };
            assert_eq!(fs::read_to_string(&path).unwrap(), expected, "{failing:?}");
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "{failing:?}: nothing is left behind");
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_process_that_dies_at_any_step_leaves_the_old_file_or_the_new_one_whole() {
        // what a dead process leaves behind is found by looking at the folder at each step
        let folder = folder("dies");
        let path = folder.join("catalog.toml");
        fs::write(&path, "old").unwrap();
        let mut seen = Vec::new();
        replace(&path, b"new", |stage| {
            seen.push((stage, fs::read_to_string(&path)?));
            Ok(())
        })
        .unwrap();
        let old = |stage| (stage, "old".to_string());
        assert_eq!(seen[..4], [Stage::Create, Stage::Write, Stage::Sync, Stage::Rename].map(old));
        assert_eq!(seen[4..], [(Stage::SyncFolder, "new".to_string())]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
