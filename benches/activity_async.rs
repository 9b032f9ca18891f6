//! Asynchronous calls into activities: complus beside the least they could cost and beside its peers.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

#[path = "support/actors.rs"]
mod actors;
#[path = "activity_async/complus.rs"]
mod complus;
#[path = "support/drive.rs"]
mod drive;
#[path = "activity_async/floor.rs"]
mod floor;
#[path = "activity_async/lock_free.rs"]
mod lock_free;
#[path = "activity_async/locked.rs"]
mod locked;
#[path = "activity_async/peer.rs"]
mod peer;
#[path = "activity_async/strand_pool.rs"]
mod strand_pool;
#[path = "support/timed.rs"]
mod timed;

fn activity_async(criterion: &mut Criterion) {
    floor::prepare();
    complus::prepare();
    let mut group = criterion.benchmark_group("activity_async");
    // Floor and complus row by row, so that a machine that changes its speed does so for both.
    for index in 0..complus::ROWS.len() {
        floor::rows(&mut group, index);
        complus::rows(&mut group, index);
    }
    peer::rows(&mut group);
    group.finish();
}

criterion_group! {
    name = benches;
    config = timed::config(Duration::from_millis(2500));
    targets = activity_async
}
criterion_main!(benches);
