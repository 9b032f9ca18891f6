//! Entering and leaving a context: complus beside the least it could cost and beside its peers.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

#[path = "enter_leave/complus.rs"]
mod complus;
#[path = "support/components.rs"]
mod components;
#[path = "enter_leave/floor.rs"]
mod floor;
#[path = "support/intrusive.rs"]
mod intrusive;
#[path = "enter_leave/peer.rs"]
mod peer;
#[path = "support/timed.rs"]
mod timed;

fn enter_leave(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("enter_leave");
    floor::rows(&mut group);
    complus::rows(&mut group);
    peer::rows(&mut group);
    group.finish();
}

criterion_group! {
    name = benches;
    config = timed::config(Duration::from_millis(1500));
    targets = enter_leave
}
criterion_main!(benches);
