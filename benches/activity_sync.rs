//! Synchronous calls into an activity: complus beside the least they could cost and beside its peers.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

#[path = "support/actors.rs"]
mod actors;
#[path = "activity_sync/complus.rs"]
mod complus;
#[path = "activity_sync/floor.rs"]
mod floor;
#[path = "activity_sync/peer.rs"]
mod peer;
#[path = "support/timed.rs"]
mod timed;

fn activity_sync(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("activity_sync");
    floor::rows(&mut group);
    complus::rows(&mut group);
    peer::rows(&mut group);
    group.finish();
}

criterion_group! {
    name = benches;
    config = timed::config(Duration::from_millis(1500));
    targets = activity_sync
}
criterion_main!(benches);
