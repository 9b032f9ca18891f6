//! The floor rows: the least that an activation could cost.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

use crate::classes::{by_two, clsids, decide, map, wanted};
use crate::timed::{Row, add_rows, timed};

const ROWS: &[Row] = &[
    ("snapshot_decision", snapshot_decision),
    ("snapshot_decision_2_readers", snapshot_decision_2_readers),
    ("fresh_arc_id", fresh_arc_id),
];

/// Adds the floor rows to the group.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>) {
    add_rows(group, "floor", ROWS);
}

/// A class is found in a map that nobody changes, and the decision falls in registers.
fn snapshot_decision(iterations: u64) -> Duration {
    let (map, clsids) = (map(), clsids());
    timed(iterations, |turn| decide(&map[wanted(&clsids, turn)], turn))
}

/// The same by two threads; the time of all their look-ups.
fn snapshot_decision_2_readers(iterations: u64) -> Duration {
    let (map, clsids) = (map(), clsids());
    by_two(iterations, || (), |(), turn| decide(&map[wanted(&clsids, turn)], turn))
}

/// A context that is made anew: eighty bytes behind a counted reference, an id from a counter of the process, pushed
/// and popped.
fn fresh_arc_id(iterations: u64) -> Duration {
    struct Context {
        _id: u64,
        _rest: [u64; 7],
    }
    static NEXT_ID: AtomicU64 = AtomicU64::new(1);
    thread_local! {
        static STACK: RefCell<Vec<Arc<Context>>> = const { RefCell::new(Vec::new()) };
    }
    timed(iterations, |_| {
        let context = Arc::new(Context { _id: NEXT_ID.fetch_add(1, Ordering::Relaxed), _rest: black_box([0; 7]) });
        STACK.with_borrow_mut(|stack| stack.push(context));
        let left = STACK.with_borrow_mut(Vec::pop);
        drop(black_box(left));
    })
}
