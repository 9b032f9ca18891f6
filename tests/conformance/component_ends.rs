//! How the transaction of a root ends, and what comes after it (TXN 8; TXN-C, ACT-I, AD-60).

use crate::support::components::{
    Kept, PLAIN, PROBE, QUIET, REQUIRED, Row, SUPPORTED, act, agile, call, create, inside, own_transaction, place,
    place_of, with_components, with_switches,
};
use crate::support::*;
use complus::{
    Compat, ResourceManager, Transaction, Vote,
    context::StreamState::{self, Aborted, Active, Committed, InDoubt},
    event::{AbortReason, What},
    hresult::*,
    id::TransactionId,
};
use std::sync::Arc;

const IN_STA: &str = "transaction = \"required\"\nthreading_model = \"apartment\"";
const CLASSES: [Row<'_>; 4] = [("R", REQUIRED), ("I", REQUIRED), ("S", SUPPORTED), ("Sta", IN_STA)];

/// What happened to transactions.
fn ends(world: &World) -> Vec<What> {
    let is_end = |what: &What| matches!(what, What::TransactionCommitted | What::TransactionAborted { .. });
    world.log.take_whats().into_iter().filter(is_end).collect()
}

#[test]
fn txn_c1_the_last_release_of_a_consistent_root_commits() {
    with_components(&CLASSES, |world, probes| {
        for word in ["nothing", "enable_commit"] {
            let r = create("R");
            let transaction = inside(&r, move || {
                act(word);
                own_transaction()
            });
            world.log.take();
            let second = r.clone();
            r.release().unwrap();
            assert_eq!(transaction.state(), Active, "somebody still holds it");
            second.release().unwrap();
            assert_eq!(transaction.state(), Committed);
            let told = probes.told();
            assert!(told[2].starts_with("deactivate") && told[3].starts_with("destroy"));
            if world.observed {
                assert_eq!(ends(world), [What::TransactionCommitted]);
            }
        }
    });
}

#[test]
fn txn_c2_the_last_release_of_an_inconsistent_root_aborts() {
    with_components(&CLASSES, |world, _| {
        let r = create("R");
        let transaction = inside(&r, || {
            act("disable_commit");
            own_transaction()
        });
        world.log.take();
        drop(r);
        assert_eq!(transaction.state(), Aborted);
        if world.observed {
            assert_eq!(ends(world), [What::TransactionAborted { reason: AbortReason::Requested }]);
        }
    });
}

#[test]
fn the_last_release_of_a_child_counts_its_vote_and_ends_nothing() {
    with_components(&CLASSES, |_, probes| {
        for (word, doomed, end) in [("nothing", Active, Committed), ("disable_commit", StreamState::Doomed, Aborted)] {
            let (r, watched, told) = (create("R"), Kept::new(), probes.clone());
            let seen = watched.clone();
            let result = call(&r, move || {
                let i = create("I");
                inside(&i, move || act(word));
                told.told();
                i.release().unwrap();
                assert!(told.told()[0].starts_with("deactivate"));
                assert_eq!(own_transaction().state(), doomed);
                seen.put(own_transaction());
                here().set_complete()
            });
            assert_eq!(result.is_ok(), end == Committed);
            assert_eq!(watched.take().state(), end);
        }
    });
}

/// The streams that transactions were started in.
fn streams(world: &World) -> Vec<complus::id::StreamId> {
    let stream = |what| if let What::TransactionStarted { stream, .. } = what { Some(stream) } else { None };
    world.log.take_whats().into_iter().filter_map(stream).collect()
}

#[test]
fn txn_c3_a_root_that_is_used_again_begins_the_next_transaction_of_its_stream() {
    with_components(&CLASSES, |world, _| {
        let r = create("R");
        let mut transactions = Vec::new();
        for _ in 0..3 {
            transactions.push(inside(&r, || {
                act("set_complete");
                own_transaction()
            }));
        }
        assert!(transactions.iter().all(|it| it.state() == Committed));
        let ids: Vec<_> = transactions.iter().map(Transaction::id).collect();
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
        if world.observed {
            let streams = streams(world);
            assert_eq!((streams.len(), &streams[..2]), (3, &streams[1..]), "one stream, one after another");
        }
    });
}

#[test]
fn act_i02_a_committed_root_works_on_with_another_instance_in_the_same_context() {
    with_components(&CLASSES, |world, probes| {
        let r = create("R");
        let work = || {
            inside(&r, || {
                act("set_complete");
                (place(), here().context_id().unwrap())
            })
        };
        let (first, second) = (work(), work());
        assert_eq!(probes.told()[3..6], ["destroy 1", "create 2", "activate 2"]);
        assert_eq!((first.0.token, first.0.activity, first.1), (second.0.token, second.0.activity, second.1));
        assert!(first.0.transaction.is_some() && first.0.transaction != second.0.transaction);
        if world.observed {
            let streams = streams(world);
            assert_eq!(streams[0], streams[1]);
        }
    });
}

#[test]
fn an_outcome_that_nobody_knows_is_told_and_what_was_given_out_is_taken_back() {
    struct Silent;
    impl ResourceManager for Silent {
        fn name(&self) -> &str {
            "silent"
        }
        fn prepare(&self, _: TransactionId) -> Vote {
            Vote::Prepared
        }
        fn commit_single_phase(&self, _: TransactionId) -> Vote {
            Vote::Unknown
        }
        fn commit(&self, _: TransactionId) {}
        fn abort(&self, _: TransactionId) {}
    }
    with_components(&CLASSES, |_, _| {
        for succeeds in [true, false] {
            let (r, watched, out) = (create("R"), Kept::new(), Arc::new(()));
            let (seen, given) = (watched.clone(), out.clone());
            let result = r.call(PLAIN, move |_| {
                seen.put(own_transaction());
                own_transaction().enlist(Arc::new(Silent)).unwrap();
                act("set_complete");
                if succeeds { Ok(given) } else { Err(E_FAIL.into()) }
            });
            assert_eq!(code(result), if succeeds { XACT_E_INDOUBT } else { E_FAIL }, "T-17");
            assert_eq!((watched.take().state(), Arc::strong_count(&out)), (InDoubt, 1));
            inside(&r, || ());
        }
    });
}

#[test]
fn a_reference_to_a_child_follows_the_stream_and_is_old_between_two_transactions() {
    with_components(&CLASSES, |_, _| {
        let (r, child) = (create("R"), Kept::new());
        let kept = child.clone();
        inside(&r, move || {
            kept.put(agile(&create("I")));
        });
        let i = child.take().resolve(PROBE).unwrap();
        assert_eq!(place_of(&i).transaction, place_of(&r).transaction);
        inside(&r, || act("set_complete"));
        assert_eq!(code(call(&i, || Ok(()))), CONTEXT_E_OLDREF);
        let second = place_of(&r).transaction;
        assert_eq!(place_of(&i).transaction, second, "T-11");
    });
}

#[test]
fn a_transaction_that_begins_with_its_roots_creation_ends_with_its_release() {
    let compat = Compat { eager_begin: true, ..Compat::default() };
    with_switches(compat, QUIET, &CLASSES, |world, probes| {
        let r = create("R");
        if world.observed {
            assert_eq!(streams(world).len(), 1, "at creation");
        }
        drop(r);
        if world.observed {
            assert_eq!(ends(world), [What::TransactionCommitted]);
        }
        assert_eq!(probes.told(), ["create 1", "destroy 1"]);
        let r = create("R");
        let transaction = inside(&r, own_transaction);
        if world.observed {
            assert_eq!(streams(world).len(), 1, "the call has joined it");
        }
        drop(r);
        assert_eq!(transaction.state(), Committed);
        let manager = world.runtime.transaction_manager();
        manager.set_available(false);
        assert_eq!(code(crate::support::components::try_create("R")), CONTEXT_E_TMNOTAVAILABLE);
        manager.set_available(true);
    });
}

#[test]
fn without_manager_an_object_is_created_and_its_calls_fail() {
    with_components(&CLASSES, |world, probes| {
        let manager = world.runtime.transaction_manager();
        manager.set_available(false);
        let r = create("R");
        for _ in 0..2 {
            let result = call(&r, || -> complus::Result<()> { unreachable!("the method does not run") });
            assert_eq!(code(result), CONTEXT_E_TMNOTAVAILABLE);
        }
        assert_eq!(probes.told(), ["create 1"], "the object is not activated");
        inside(&create("S"), || assert!(!here().is_in_transaction().unwrap()));
        manager.set_available(true);
        assert_eq!(inside(&r, || own_transaction().state()), Active);
    });
}
