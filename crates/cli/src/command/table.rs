//! `complus table`.

use crate::{Exit, output, table};
use clap::Args;

/// Arguments of `complus table`.
#[derive(Args)]
pub(crate) struct Table {
    /// The table's name; without it the tables are listed.
    name: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: table::Format,
}

impl Table {
    pub(crate) fn carry_out(&self) -> Result<Exit, String> {
        let text = match &self.name {
            Some(name) => table::get(name).map_err(|error| error.to_string())?.render(self.format),
            None => list(),
        };
        output::write(&text, None)?;
        Ok(Exit::Good)
    }
}

fn list() -> String {
    let tables = || table::names().into_iter().filter_map(table::find);
    let width = tables().map(|table| table.name.len()).max().unwrap_or(0);
    tables().map(|it| format!("{:width$}  {} ({})\n", it.name, it.title, it.section)).collect()
}
