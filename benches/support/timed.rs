//! What all rows share: how they are added to their group, and the measured loop, so that no row is
//! dearer by its harness.

use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion};

/// How all groups are measured; `measurement` is the time for a row.
pub(crate) fn config(measurement: Duration) -> Criterion {
    Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(measurement)
        .without_plots()
}

/// The name of a row, and what performs a number of operations and returns the time they took.
pub(crate) type Row = (&'static str, fn(u64) -> Duration);

/// Adds `rows` to the group; `kind` is `floor`, `peer` or `complus`.
pub(crate) fn add_rows(group: &mut BenchmarkGroup<'_, WallTime>, kind: &str, rows: &[Row]) {
    for &(name, row) in rows {
        group.bench_function(BenchmarkId::new(kind, name), |bencher| bencher.iter_custom(row));
    }
}

/// The time of `iterations` calls of `operation`, which gets the number of the call.
///
/// Rows use this with [`criterion::Bencher::iter_custom`] instead of `Bencher::iter`: the latter
/// ends every iteration with a `black_box`, after which a row has to reload what it keeps in
/// thread-locals. A row calls `black_box` itself, where its result is to be seen.
#[allow(dead_code, reason = "rows with several threads take their time themselves")]
#[inline(always)]
pub(crate) fn timed(iterations: u64, mut operation: impl FnMut(u64)) -> Duration {
    let start = Instant::now();
    for call in 0..iterations {
        operation(call);
    }
    start.elapsed()
}
