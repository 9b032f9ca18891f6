//! `complus table`.

use crate::{Exit, output, table};
use clap::Args;
use std::path::{Path, PathBuf};

/// Arguments of `complus table`.
#[derive(Args)]
pub(crate) struct Table {
    /// The table's name; without it the tables are listed.
    name: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: table::Format,
    /// Every table, into the folder that -o names: pages by subject in Markdown, else a file for each table.
    #[arg(long, conflicts_with = "name", requires = "output")]
    all: bool,
    /// The file, or with --all the folder, to write to instead of standard output.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

impl Table {
    pub(crate) fn carry_out(&self) -> Result<Exit, String> {
        if let Some(folder) = self.output.as_deref().filter(|_| self.all) {
            return write_all(folder, self.format);
        }
        let text = match &self.name {
            Some(name) => table::get(name).map_err(|error| error.to_string())?.render(self.format),
            None => list(),
        };
        output::write(&text, self.output.as_deref())?;
        Ok(Exit::Good)
    }
}

fn write_all(folder: &Path, format: table::Format) -> Result<Exit, String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for table::Page { file, text } in table::pages(format) {
        output::write(&text, Some(&folder.join(file)))?;
    }
    Ok(Exit::Good)
}

fn list() -> String {
    let tables = || table::names().into_iter().filter_map(table::find);
    let width = tables().map(|table| table.name.len()).max().unwrap_or(0);
    tables().map(|it| format!("{:width$}  {} ({})\n", it.name, it.title, it.section)).collect()
}
