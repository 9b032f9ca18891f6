//! `complus catalog`: the class registration database in a file.

mod change;
mod show;
mod target;
mod transfer;

use crate::{Exit, output};
use clap::{Args, Subcommand, ValueEnum};
use complus_catalog::{Catalog as Database, CatalogFile, LoadError, Loaded, Options, diff};
use std::path::{Path, PathBuf};

/// Arguments of `complus catalog`.
#[derive(Args)]
pub(crate) struct Catalog {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read files and tell every mistake in them.
    Check {
        /// Catalog files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print an object with its properties and what belongs to it.
    Show(show::Show),
    /// Print what differs between two files; ends with 1 if anything does.
    Diff {
        /// The first file.
        before: PathBuf,
        /// The second file.
        after: PathBuf,
    },
    /// Change properties of an object, by the rules of the catalog.
    Set(change::Set),
    /// Install a class as a component of an application.
    Install(change::Install),
    /// Write an application to a file of its own.
    Export(transfer::Export),
    /// Install the applications of a file.
    Import(transfer::Import),
}

/// How something is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

impl Catalog {
    pub(crate) fn carry_out(&self) -> Result<Exit, String> {
        match &self.command {
            Command::Check { files } => check(files),
            Command::Show(show) => show.carry_out(),
            Command::Diff { before, after } => compare(before, after),
            Command::Set(set) => set.carry_out(),
            Command::Install(install) => install.carry_out(),
            Command::Export(export) => export.carry_out(),
            Command::Import(import) => import.carry_out(),
        }
    }
}

/// Why a file was not loaded, ready to be shown.
fn load_error(path: &Path, error: &LoadError) -> String {
    match error {
        LoadError::Unreadable(error) => format!("{}: {error}", path.display()),
        LoadError::Mistakes(error) => error.render(output::error_colours()),
        LoadError::NotTaken(error) => format!("{}: {error}", path.display()),
    }
}

fn try_load(path: &Path) -> Result<Loaded, String> {
    CatalogFile::new(path).load(Options::default()).map_err(|error| load_error(path, &error))
}

/// The database of a file; what is tolerated in it goes to standard error.
fn load(path: &Path) -> Result<Database, String> {
    let Loaded { catalog, warnings } = try_load(path)?;
    if let Some(warnings) = warnings {
        output::complain(&warnings.render(output::error_colours()));
    }
    Ok(catalog)
}

/// Writes the database to its file.
fn save(path: &Path, catalog: &Database) -> Result<(), String> {
    CatalogFile::new(path).save(catalog).map_err(|error| format!("{}: {error}", path.display()))
}

fn check(files: &[PathBuf]) -> Result<Exit, String> {
    let (mut exit, mut text) = (Exit::Good, String::new());
    for file in files {
        match load(file) {
            Ok(catalog) => {
                let snapshot = catalog.snapshot();
                let (applications, components) = (snapshot.applications().len(), snapshot.classes().len());
                text += &format!("ok   {}: {applications} applications, {components} components\n", file.display());
            }
            Err(message) => {
                output::complain(&message);
                exit = Exit::Wrong;
            }
        }
    }
    output::write(&text, None)?;
    Ok(exit)
}

fn compare(before: &Path, after: &Path) -> Result<Exit, String> {
    let (before, after) = (load(before)?, load(after)?);
    let differences = diff(before.snapshot().root(), after.snapshot().root());
    let text: String = differences.iter().map(|difference| format!("{difference}\n")).collect();
    output::write(&text, None)?;
    Ok(if differences.is_empty() { Exit::Good } else { Exit::Failing })
}
