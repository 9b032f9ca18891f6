//! A transaction that several threads see has one end, and everybody sees the same.

use super::{enter, in_mta, machine, root};
use complus_core::{attribute::TransactionStatus, context::StreamState, hresult};
use complus_runtime::{ObjectContext, Runtime, ServiceConfig, ServiceDomain, SharedContext};
use complus_sync::{Arc, Mutex, explore::explore, thread};
use complus_transaction::VolatileStore;
use std::time::Duration;

/// Leaves a root while another thread does something with its transaction; what the root was told, and what the
/// other found.
fn raced<T: Send + 'static>(
    runtime: &Runtime,
    other: impl FnOnce(SharedContext) -> T + Send + 'static,
) -> (TransactionStatus, T) {
    in_mta(runtime, || {
        let domain = enter(&root().transaction_timeout(Duration::from_secs(1)));
        let shared = ObjectContext::current().unwrap().share().unwrap();
        let theirs = shared.clone();
        let racing = thread::spawn(move || other(theirs));
        let told = domain.leave().unwrap();
        let found = racing.join().unwrap();
        let expected = match told {
            TransactionStatus::Committed => StreamState::Committed,
            TransactionStatus::Aborted => StreamState::Aborted,
            other => panic!("a root is told {other:?}"),
        };
        assert_eq!(shared.transaction_state(), Some(expected));
        assert_eq!(shared.transaction().unwrap_err().hresult(), hresult::CONTEXT_E_OLDREF);
        (told, found)
    })
}

/// Runs a story and sees to it that interleavings were found for both ends.
fn both_ends(story: impl Fn() -> TransactionStatus + Send + Sync + 'static) {
    let seen = std::sync::Arc::new(std::sync::Mutex::new([0; 2]));
    let count = seen.clone();
    explore(600, move || {
        let told = story();
        count.lock().unwrap()[usize::from(told == TransactionStatus::Aborted)] += 1;
    });
    let seen = *seen.lock().unwrap();
    assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
}

#[test]
fn a_root_that_leaves_while_another_thread_aborts_is_told_how_it_ended() {
    both_ends(|| {
        let runtime = machine().build().unwrap();
        let (told, aborted) = raced(&runtime, |shared| match shared.transaction() {
            Ok(transaction) => transaction.unwrap().abort().is_ok(),
            Err(_) => false,
        });
        assert!(told == TransactionStatus::Aborted || !aborted);
        told
    });
}

#[test]
fn a_root_that_leaves_while_another_thread_dooms_is_told_how_it_ended() {
    both_ends(|| {
        let runtime = machine().build().unwrap();
        raced(&runtime, |shared| {
            shared.transaction().is_ok_and(|transaction| {
                transaction.unwrap().doom();
                true
            })
        })
        .0
    });
}

#[test]
fn a_root_that_leaves_while_its_time_runs_out_is_told_how_it_ended() {
    both_ends(|| {
        let runtime = machine().build().unwrap();
        let here = runtime.clone();
        raced(&runtime, move |_| here.advance(Duration::from_secs(2)).unwrap()).0
    });
}

#[test]
fn what_a_store_took_is_there_exactly_when_the_transaction_committed() {
    explore(1_000, || {
        let runtime = machine().build().unwrap();
        let store = VolatileStore::new("ledger");
        let theirs = store.clone();
        let (told, took) = raced(&runtime, move |shared| {
            let Ok(transaction) = shared.transaction() else { return [false; 2] };
            let transaction = transaction.unwrap();
            ["alice", "bob"].map(|name| theirs.add(&transaction, name, 7).is_ok())
        });
        let there = ["alice", "bob"].map(|name| store.get(name) == 7);
        assert_eq!(there, took.map(|took| took && told == TransactionStatus::Committed));
        // Nothing of it is left over that keeps others out.
        in_mta(&runtime, || {
            let domain = enter(&root());
            let transaction = ObjectContext::current().unwrap().share().unwrap().transaction().unwrap().unwrap();
            for name in ["alice", "bob"] {
                store.add(&transaction, name, 1).unwrap();
            }
            assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
        });
    });
}

#[test]
fn a_context_that_was_told_it_aborts_is_not_committed_by_the_owner() {
    // One store alone decides in a single phase, several in two.
    for stores in 0..3 {
        explore(400, move || brought_to_two_threads(stores));
    }
}

fn brought_to_two_threads(stores: usize) {
    let runtime = machine().build().unwrap();
    let transaction = runtime.transaction_manager().begin(Default::default()).unwrap();
    for store in ["ledger", "journal"].into_iter().take(stores) {
        VolatileStore::new(store).add(&transaction, "alice", 1).unwrap();
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let threads = [false, true].map(|aborts| {
        let (runtime, told, transaction) = (runtime.clone(), told.clone(), transaction.participant());
        thread::spawn(move || {
            in_mta(&runtime, || {
                let config = ServiceConfig::new().bring_your_own_transaction(&transaction);
                let Ok(domain) = ServiceDomain::enter(&config) else { return };
                if aborts {
                    ObjectContext::current().unwrap().set_abort().unwrap();
                }
                let status = domain.leave().unwrap();
                told.lock().push(status);
            })
        })
    });
    let committed = transaction.commit().is_ok();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(transaction.state(), if committed { StreamState::Committed } else { StreamState::Aborted });
    for status in told.lock().iter() {
        match status {
            TransactionStatus::Aborting | TransactionStatus::Aborted => assert!(!committed, "{status:?}"),
            TransactionStatus::Committed => assert!(committed, "{status:?}"),
            TransactionStatus::LocallyOk => {}
            other => panic!("told {other:?}"),
        }
    }
}
