//! `pools`: the thread pools of the machine.

use super::{Reading, reader::Reader, value};
use crate::model::Pools;
use complus_runtime::Knobs;
use kdl::KdlNode;

/// `pools processors=4 mts=#true max-queued-requests=3 ..`
pub(super) fn read(node: &KdlNode, pools: &mut Pools, reading: &mut Reading<'_>) {
    let mut reader = Reader::new(node);
    if let Some((processors, _)) = reader.property(reading, "processors", value::count) {
        // Without a processor nothing runs; more than this is no machine.
        pools.processors = processors.clamp(1, 4096);
        pools.knobs = Knobs::new(pools.processors);
    }
    if let Some((true, _)) = reader.property(reading, "mts", value::flag) {
        pools.knobs = Knobs::mts();
    }
    macro_rules! knobs {
        ($($key:literal $knob:ident;)+) => {$(
            if let Some((value, _)) = reader.property(reading, $key, value::count) {
                pools.knobs.$knob = value;
            }
        )+};
    }
    knobs! {
        "min-threads" min_threads;
        "max-threads" max_threads;
        "activities-per-thread" activities_per_thread;
        "queue-depth" queue_depth;
        "max-queued-requests" max_queued_requests;
        "mta-max-threads" mta_max_threads;
    }
    if let Some((delay, _)) = reader.property(reading, "delete-delay", value::duration) {
        pools.knobs.delete_delay = delay;
    }
    reader.finish(reading);
}
