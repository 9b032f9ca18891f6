//! `complus catalog export` and `import`: applications to files of their own and back.

use super::{load, save};
use crate::{Exit, output};
use clap::Args;
use complus_catalog::{ExportOptions, InstallError, InstallOptions, Language};
use complus_diagnostic::Source;
use std::path::PathBuf;

/// Arguments of `complus catalog export`.
#[derive(Args)]
pub(super) struct Export {
    /// The catalog file.
    file: PathBuf,
    /// The application, by name or id.
    application: String,
    /// The file to write; `.json` makes it JSON. Without it standard output.
    #[arg(short, long)]
    out: Option<PathBuf>,
    /// With the members of its roles.
    #[arg(long)]
    users: bool,
    /// As a proxy for this machine, without roles.
    #[arg(long)]
    proxy: bool,
}

/// Arguments of `complus catalog import`.
#[derive(Args)]
pub(super) struct Import {
    /// The catalog file.
    file: PathBuf,
    /// The exported application.
    application: PathBuf,
    /// With the members of its roles, as far as the file has them.
    #[arg(long)]
    users: bool,
    /// The partition, by name or id.
    #[arg(long)]
    partition: Option<String>,
}

impl Export {
    pub(super) fn carry_out(&self) -> Result<Exit, String> {
        let catalog = load(&self.file)?;
        let name = self.out.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let options = ExportOptions { users: self.users, proxy: self.proxy };
        let exported = catalog.administer().export_application(&self.application, options, Language::of(&name));
        match exported {
            Ok(text) => output::write(&text, self.out.as_deref()).map(|()| Exit::Good),
            Err(error) => {
                output::complain(&error.to_string());
                Ok(Exit::Failing)
            }
        }
    }
}

impl Import {
    pub(super) fn carry_out(&self) -> Result<Exit, String> {
        let catalog = load(&self.file)?;
        let name = self.application.display().to_string();
        let text = std::fs::read_to_string(&self.application).map_err(|error| format!("{name}: {error}"))?;
        let options = InstallOptions { users: self.users, partition: self.partition.clone() };
        match catalog.administer().install_application(&Source::new(name, text), &options) {
            Ok(_) => save(&self.file, &catalog).map(|()| Exit::Good),
            Err(InstallError::File(error)) => Err(error.render(output::error_colours())),
            Err(InstallError::Refused(error)) => {
                output::complain(&error.to_string());
                Ok(Exit::Failing)
            }
        }
    }
}
