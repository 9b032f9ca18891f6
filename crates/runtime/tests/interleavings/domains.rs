//! Domains of several threads get in nobody's way.

use super::{SCHEDULES, enter, in_mta, machine, root};
use complus_core::attribute::TransactionStatus;
use complus_runtime::{ObjectContext, ServiceConfig};
use complus_sync::{explore::explore, thread};
use std::collections::BTreeSet;

/// Enters a root and a domain that joins it, and votes in the latter; the ids of both contexts, of the activity and
/// of the transaction.
fn work(aborts: bool) -> BTreeSet<u128> {
    let outer = enter(&root());
    let context = ObjectContext::current().unwrap();
    let ids = [
        context.context_id().unwrap().guid(),
        context.activity_id().unwrap().unwrap().guid(),
        context.transaction_id().unwrap().unwrap().guid(),
    ];
    let inner = enter(&ServiceConfig::inheriting());
    let context = ObjectContext::current().unwrap();
    let inside = context.context_id().unwrap().guid();
    assert_eq!(context.transaction_id().unwrap().unwrap().guid(), ids[2]);
    if aborts {
        context.set_abort().unwrap();
    }
    let (told, ended) = match aborts {
        true => (TransactionStatus::Aborting, TransactionStatus::Aborted),
        false => (TransactionStatus::LocallyOk, TransactionStatus::Committed),
    };
    assert_eq!(inner.leave().unwrap(), told);
    assert_eq!(outer.leave().unwrap(), ended);
    let ids: BTreeSet<u128> = ids.into_iter().chain([inside]).map(|id| id.as_u128()).collect();
    assert_eq!(ids.len(), 4);
    ids
}

#[test]
fn no_two_domains_of_two_threads_share_an_id() {
    explore(400, || {
        let runtime = machine().build().unwrap();
        let threads = [false, true].map(|aborts| {
            let runtime = runtime.clone();
            thread::spawn(move || in_mta(&runtime, || [work(aborts), work(!aborts)]))
        });
        let ids: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        // A thread that comes later uses numbers that one left over.
        let late = thread::spawn(move || in_mta(&runtime, || work(false))).join().unwrap();
        let all: BTreeSet<u128> = ids.iter().flatten().chain(&late).copied().collect();
        assert_eq!(all.len(), 20);
    });
}

#[test]
fn threads_of_the_machines_schedule_get_in_nobodys_way_either() {
    for schedule in SCHEDULES {
        explore(400, move || {
            let runtime = machine().schedule(schedule).build().unwrap();
            let threads = [false, true, true].map(|aborts| {
                let here = runtime.clone();
                runtime.spawn(move || {
                    in_mta(&here, || {
                        here.switch_point();
                        work(aborts)
                    })
                })
            });
            runtime.start();
            let ids: BTreeSet<u128> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
            assert_eq!(ids.len(), 12);
        });
    }
}
