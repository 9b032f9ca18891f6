//! The votes of several components, and what the root's client is told of the outcome (TXN 7, 8; TXN-B, ACT-G).

use crate::support::components::{
    Kept, PLAIN, PROBE, REQUIRED, REQUIRES_NEW, Row, SUPPORTED, act, call, create, inside, own_transaction, place,
    with_components,
};
use crate::support::*;
use complus::{
    Object, Reference, Transaction,
    context::StreamState::{Aborted, Active, Committed, Doomed},
    hresult::{CONTEXT_E_ABORTED, CONTEXT_E_ABORTING, XACT_E_ABORTING},
};
use std::sync::Arc;

const CLASSES: [Row<'_>; 5] =
    [("R", REQUIRED), ("I", REQUIRED), ("J", SUPPORTED), ("N", "transaction = \"none\""), ("RN", REQUIRES_NEW)];

/// An out parameter that tells whether it was let go of.
struct Out {
    _alive: Arc<()>,
}

impl Object for Out {
    fn supports(&self, interface: uuid::Uuid) -> bool {
        interface == PROBE
    }
}

/// A root whose method lets `child` vote by these words, one call each, and completes with a reference as result.
/// Gives what the client is told, the transaction, and whether somebody still has the reference.
fn with_child(words: &'static [&'static str]) -> (complus::Result<()>, Transaction, bool) {
    let (r, watched, alive) = (create("R"), Kept::new(), Arc::new(()));
    let (seen, out, child) = (watched.clone(), alive.clone(), Kept::new());
    let held = child.clone();
    let result = r.call(PLAIN, move |_| {
        let i = create("I");
        for word in words {
            inside(&i, move || act(word)); // R sees S_OK from I.
        }
        held.put(i);
        seen.put(own_transaction());
        act("set_complete");
        Reference::new(Arc::new(Out { _alive: out }))
    });
    let result = result.map(drop);
    (result, watched.take(), Arc::strong_count(&alive) > 1)
}

#[test]
fn txn_b6_an_interior_set_abort_shows_at_the_client_of_the_root_alone() {
    with_components(&CLASSES, |_, _| {
        let (result, transaction, alive) = with_child(&["set_abort"]);
        assert_eq!(code(result), CONTEXT_E_ABORTED);
        assert_eq!((transaction.state(), alive), (Aborted, false));
    });
}

#[test]
fn txn_b7_a_child_that_disabled_commit_aborts() {
    with_components(&CLASSES, |_, _| {
        let (result, transaction, alive) = with_child(&["disable_commit"]);
        assert_eq!(code(result), CONTEXT_E_ABORTED);
        assert_eq!((transaction.state(), alive), (Aborted, false));
    });
}

#[test]
fn txn_b8_a_child_may_enable_commit_again() {
    with_components(&CLASSES, |_, _| {
        let (result, transaction, _) = with_child(&["disable_commit", "enable_commit"]);
        assert_eq!((result, transaction.state()), (Ok(()), Committed));
    });
}

#[test]
fn txn_b10_a_child_that_never_votes_is_deactivated_after_the_root_and_agrees() {
    with_components(&CLASSES, |_, probes| {
        let (result, transaction, _) = with_child(&["nothing"]);
        assert_eq!((result, transaction.state()), (Ok(()), Committed));
        let end = ["deactivate 1", "destroy 1", "deactivate 2", "destroy 2"];
        assert_eq!(probes.told()[4..], end);
    });
}

#[test]
fn act_g05_a_child_in_disable_commit_makes_the_roots_commit_fail() {
    with_components(&CLASSES, |world, _| {
        let (result, transaction, alive) = with_child(&["nothing", "disable_commit"]);
        assert_eq!(code(result), CONTEXT_E_ABORTED);
        assert_eq!((transaction.state(), alive), (Aborted, false), "the out reference was released");
        assert!(world.runtime.is_alive());
    });
}

#[test]
fn act_g06_a_child_that_enables_commit_before_the_root_is_done_agrees() {
    with_components(&CLASSES, |_, _| {
        let (result, transaction, _) = with_child(&["disable_commit", "nothing", "enable_commit"]);
        assert_eq!((result, transaction.state()), (Ok(()), Committed));
    });
}

#[test]
fn txn_b20_a_doomed_transaction_takes_no_more_calls() {
    with_components(&CLASSES, |_, probes| {
        let r = create("R");
        let told = probes.clone();
        inside(&r, move || {
            let (i, j) = (create("I"), create("J"));
            inside(&j, || ());
            inside(&i, || act("set_abort"));
            assert_eq!(own_transaction().state(), Doomed);
            told.told();
            let run = || -> complus::Result<()> { unreachable!("the method does not run") };
            assert_eq!(code(call(&j, run)), CONTEXT_E_ABORTING);
            assert_eq!(told.told(), ["deactivate 3", "destroy 3"], "its activation is dropped");
            assert_eq!(code(call(&j, run)), CONTEXT_E_ABORTING, "again, not once");
            let late = create("I");
            assert_eq!(code(call(&late, run)), CONTEXT_E_ABORTING, "created all the same (T-15)");
            assert!(here().is_in_transaction().unwrap());
            assert!(here().transaction_id().unwrap().is_some());
            let store = Arc::new(complus::VolatileStore::new("late"));
            assert_eq!(code(own_transaction().enlist(store)), XACT_E_ABORTING);
        });
        // The root itself is told once, and ends the transaction with that.
        let run = || -> complus::Result<()> { unreachable!("the method does not run") };
        assert_eq!(code(call(&r, run)), CONTEXT_E_ABORTING);
        assert_eq!(inside(&r, || own_transaction().state()), Active, "the next one");
    });
}

#[test]
fn txn_b21_a_doomed_transaction_does_not_concern_others() {
    with_components(&CLASSES, |_, _| {
        inside(&create("R"), || {
            let (n, rn) = (create("N"), create("RN"));
            inside(&create("I"), || act("set_abort"));
            assert_eq!(own_transaction().state(), Doomed);
            assert_eq!(inside(&n, place).transaction, None);
            let second = inside(&rn, || {
                act("set_complete");
                own_transaction()
            });
            assert_eq!(second.state(), Committed);
        });
    });
}

#[test]
fn txn_b23_what_a_root_gave_out_is_taken_back_if_its_commit_fails() {
    with_components(&CLASSES, |_, probes| {
        let (r, alive) = (create("R"), Arc::new(()));
        let store = complus::VolatileStore::new("refusing");
        let (out, work) = (alive.clone(), store.clone());
        store.refuse_next_prepare();
        let result: complus::Result<Option<Reference>> = r.call(PLAIN, move |_| {
            work.add(&own_transaction(), "alice", 1)?;
            act("set_complete");
            Ok(Some(Reference::new(Arc::new(Out { _alive: out }))?))
        });
        assert_eq!(code(result), CONTEXT_E_ABORTED);
        assert_eq!((Arc::strong_count(&alive), store.get("alice")), (1, 0));
        assert_eq!(probes.told().last().unwrap(), "destroy 1");
    });
}
