//! The floors: the lock, the frame and the call alone.

use std::cell::Cell;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

use crate::timed::{Row, add_rows, timed};

const ROWS: &[Row] = &[("cas_owner_call", cas_owner_call), ("reentrant_call", reentrant_call)];

/// Adds the floor rows to the group.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>) {
    add_rows(group, "floor", ROWS);
}

/// A lock with a causality as its owner: a compare-and-swap when it is free, a count when it is re-entered. It has no
/// line, so whoever leaves it need not ask whether somebody waits: a plain store frees it.
#[derive(Default)]
struct OwnerLock {
    owner: AtomicU64,
    depth: AtomicU32,
}

impl OwnerLock {
    #[inline(always)]
    fn enter(&self, causality: u64) {
        if self.owner.load(Ordering::Relaxed) == causality {
            self.depth.store(self.depth.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            return;
        }
        while self.owner.compare_exchange(0, causality, Ordering::Acquire, Ordering::Relaxed).is_err() {
            std::thread::yield_now();
        }
        self.depth.store(1, Ordering::Relaxed);
    }

    #[inline(always)]
    fn leave(&self) {
        let depth = self.depth.load(Ordering::Relaxed) - 1;
        self.depth.store(depth, Ordering::Relaxed);
        if depth == 0 {
            self.owner.store(0, Ordering::Release);
        }
    }
}

trait Call {
    fn on_call(&mut self) -> i32;
}

struct Count(u64);

impl Call for Count {
    fn on_call(&mut self) -> i32 {
        self.0 = black_box(self.0 + 1);
        0
    }
}

thread_local! {
    static CAUSALITY: Cell<u64> = const { Cell::new(9) };
    static TOP: Cell<*const Frame> = const { Cell::new(ptr::null()) };
}

/// A context by value, linked to the one below it.
#[derive(Clone, Copy)]
struct Frame {
    context: [u64; 7],
    below: *const Frame,
}

/// Models an uncontended call: the causality is read, the lock taken, a context of the activity pushed onto an
/// intrusive list, the object called through its vtable, the context popped, the lock freed.
fn cas_owner_call(iterations: u64) -> Duration {
    let lock = OwnerLock::default();
    let context = Frame { context: [0; 7], below: ptr::null() };
    let mut call: Box<dyn Call> = black_box(Box::new(Count(0)));
    timed(iterations, |_| {
        lock.enter(CAUSALITY.get());
        let below = TOP.replace(&raw const context);
        black_box(call.on_call());
        TOP.set(below);
        lock.leave();
    })
}

/// Models a re-entrant call, by the causality that is inside: the owner is compared, the context copied by value into a
/// frame on the machine stack, and the object called where panics are caught.
fn reentrant_call(iterations: u64) -> Duration {
    let lock = OwnerLock::default();
    lock.enter(CAUSALITY.get());
    let context = Frame { context: [1; 7], below: ptr::null() };
    let mut call: Box<dyn Call> = black_box(Box::new(Count(0)));
    timed(iterations, |number| {
        lock.enter(CAUSALITY.get());
        let mut frame = Frame { below: TOP.get(), ..context };
        frame.context[0] = number;
        TOP.set(&raw const frame);
        let called = catch_unwind(AssertUnwindSafe(|| call.on_call()));
        let _ = black_box(called);
        TOP.set(frame.below);
        lock.leave();
    })
}
