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

fn config() -> Criterion {
    Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_millis(1500))
        .without_plots()
}

criterion_group! {
    name = benches;
    config = config();
    targets = activity_sync
}
criterion_main!(benches);
