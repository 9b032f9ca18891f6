//! The floors: what the data structures alone cost, without anything that makes them complus.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

use crate::intrusive::{Context, with_root};
use crate::timed::{Row, add_rows, timed};

const ROWS: &[Row] =
    &[("by_value_intrusive", by_value_intrusive), ("by_value_vec", by_value_vec), ("fresh_arc_id", fresh_arc_id)];

/// Adds the floor rows to the group.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>) {
    add_rows(group, "floor", ROWS);
}

/// Models the fastest inheriting enter+leave there can be: the child context is copied from its
/// parent into a frame on the machine stack, which is linked into a per-thread list and unlinked.
/// No allocation, no atomic; needs unsafe code.
fn by_value_intrusive(iterations: u64) -> Duration {
    with_root(|root| timed(iterations, |_| root.enter_leave()))
}

/// Models the same without unsafe code: the child context is copied onto a per-thread `Vec` that
/// has grown before, looked at once, and popped.
fn by_value_vec(iterations: u64) -> Duration {
    thread_local! {
        static STACK: RefCell<Vec<Context>> = const { RefCell::new(Vec::new()) };
    }
    STACK.set(vec![Context::default()]);
    timed(iterations, |_| {
        STACK.with_borrow_mut(|stack| {
            let child = stack.last().expect("the root stays").child();
            stack.push(child);
        });
        STACK.with_borrow(|stack| {
            black_box(stack.last());
        });
        STACK.with_borrow_mut(|stack| {
            stack.pop();
        });
    })
}

/// Models an enter+leave that makes a new shared context: a fresh `Arc` (80 bytes: the context and
/// two counts) with an id of its own from a global atomic counter, pushed onto a per-thread `Vec`,
/// popped and released.
fn fresh_arc_id(iterations: u64) -> Duration {
    static NEXT_ID: AtomicU64 = AtomicU64::new(1);
    thread_local! {
        static STACK: RefCell<Vec<Arc<Context>>> = const { RefCell::new(Vec::new()) };
    }
    timed(iterations, |_| {
        let context =
            Arc::new(Context { id: u128::from(NEXT_ID.fetch_add(1, Ordering::Relaxed)), ..Context::default() });
        STACK.with_borrow_mut(|stack| stack.push(context));
        let left = STACK.with_borrow_mut(Vec::pop);
        drop(black_box(left));
    })
}
