//! The floors: strands on a pool of two threads, with a lock and without. Every call allocates once, as in complus.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

use crate::drive::{Latch, drive};
use crate::timed::{Row, add_rows};
use crate::{lock_free, locked};

/// Two floors for each row of complus, which has the same name as the locked one.
const ROWS: &[[Row; 2]] = &[
    [("1p_1a", locked_::<1, 1>), ("1p_1a_lock_free", lock_free_::<1, 1>)],
    [("2p_1a", locked_::<2, 1>), ("2p_1a_lock_free", lock_free_::<2, 1>)],
    [("1p_1000a", locked_::<1, 1_000>), ("1p_1000a_lock_free", lock_free_::<1, 1_000>)],
    [("2p_1000a", locked_::<2, 1_000>), ("2p_1000a_lock_free", lock_free_::<2, 1_000>)],
    [("4p_1000a", locked_::<4, 1_000>), ("4p_1000a_lock_free", lock_free_::<4, 1_000>)],
    [("1p_100000a", locked_::<1, 100_000>), ("1p_100000a_lock_free", lock_free_::<1, 100_000>)],
    [("2p_100000a", locked_::<2, 100_000>), ("2p_100000a_lock_free", lock_free_::<2, 100_000>)],
    [("1p_1000000a", locked_::<1, 1_000_000>), ("1p_1000000a_lock_free", lock_free_::<1, 1_000_000>)],
];

/// Adds the floor rows of one row of complus.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>, index: usize) {
    add_rows(group, "floor", &ROWS[index]);
}

type Strands<S> = OnceLock<Vec<Arc<S>>>;

static LOCKED: Strands<locked::Strand> = OnceLock::new();
static LOCK_FREE: Strands<lock_free::Strand> = OnceLock::new();

/// Makes all strands, so that no row is charged with them.
pub(crate) fn prepare() {
    LOCKED.get_or_init(|| (0..1_000_000).map(|_| Arc::default()).collect());
    LOCK_FREE.get_or_init(|| (0..1_000_000).map(|_| Arc::default()).collect());
}

/// `P` producers post to `A` strands behind mutexes.
fn locked_<const P: u64, const A: usize>(n: u64) -> Duration {
    let strands = LOCKED.get().expect("they are prepared");
    drive(n, P, A, || |strand: usize, latch: Arc<Latch>| strands[strand].post(move || latch.hit()))
}

/// `P` producers post to `A` strands without locks.
fn lock_free_<const P: u64, const A: usize>(n: u64) -> Duration {
    let strands = LOCK_FREE.get().expect("they are prepared");
    drive(n, P, A, || |strand: usize, latch: Arc<Latch>| strands[strand].post(move || latch.hit()))
}
