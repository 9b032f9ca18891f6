//! Activation: looking a class up and deciding, making objects, and calling them through proxies.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

#[path = "activation/classes.rs"]
mod classes;
#[path = "activation/complus.rs"]
mod complus;
#[path = "support/components.rs"]
mod components;
#[path = "activation/floor.rs"]
mod floor;
#[path = "activation/peer.rs"]
mod peer;
#[path = "support/timed.rs"]
mod timed;

fn activation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("activation");
    floor::rows(&mut group);
    complus::rows(&mut group);
    peer::rows(&mut group);
    group.finish();
}

criterion_group! {
    name = benches;
    config = timed::config(Duration::from_millis(1500));
    targets = activation
}
criterion_main!(benches);
