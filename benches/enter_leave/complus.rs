//! The rows of complus itself.

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

use crate::timed::{Row, add_rows};

const ROWS: &[Row] = &[];

/// Adds the rows of complus to the group.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>) {
    add_rows(group, "complus", ROWS);
}
