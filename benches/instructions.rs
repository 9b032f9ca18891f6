//! Instructions per enter+leave, counted by callgrind.
//!
//! One build gives the same counts on every run; what atomics cost, they do not show.

#![expect(missing_docs, reason = "the macros of gungraun make public items without documentation")]

use std::hint::black_box;

use gungraun::prelude::*;

#[path = "support/intrusive.rs"]
mod intrusive;

/// Operations per row, so that what a row does once vanishes: divide the counts by this.
const OPERATIONS: u64 = 1000;

// The floor row of the same name in `enter_leave`.
#[library_benchmark]
fn by_value_intrusive() {
    intrusive::with_root(|root| {
        for _ in 0..black_box(OPERATIONS) {
            root.enter_leave();
        }
    });
}

library_benchmark_group!(name = floor, benchmarks = by_value_intrusive);

// The group `complus` (`inherit`, `new_transaction`) belongs here.

main!(library_benchmark_groups = floor);
