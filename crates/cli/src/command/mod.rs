//! The commands, one file each.

pub(crate) mod catalog;
pub(crate) mod explain;
pub(crate) mod run;
pub(crate) mod table;

use complus_scenario::Scenario;
use std::path::Path;

/// Reads a scenario file; the error is ready to be shown.
fn read(path: &Path) -> Result<Scenario, String> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| format!("{name}: {error}"))?;
    complus_scenario::parse_bytes(&name, &bytes).map_err(|error| error.render(crate::output::error_colours()))
}
