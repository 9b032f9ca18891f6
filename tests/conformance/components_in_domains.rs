//! Components that are created in the transaction of a service domain, of an activity object's call, or in one that
//! was brought (TXN 11, 14; SWC 12, ACT-I).

use crate::support::components::{
    Kept, PROBE, REQUIRED, REQUIRES_NEW, Row, SUPPORTED, act, agile, call, clsid, create, inside, own_transaction,
    place_of, with_components,
};
use crate::support::*;
use complus::{
    Activation, Activity,
    context::StreamState::{Aborted, Active, Committed, Doomed},
    hresult::{CONTEXT_E_ABORTING, CONTEXT_E_OLDREF, XACT_E_ABORTED, XACT_E_ABORTING},
    prelude::*,
};

const CLASSES: [Row<'_>; 5] = [
    ("I", REQUIRED),
    ("S", SUPPORTED),
    ("RN", REQUIRES_NEW),
    ("N", "transaction = \"none\""),
    ("D", "transaction = \"disabled\"\nsynchronization = \"required\"\njust_in_time_activation = true"),
];

#[test]
fn swc_58_an_object_of_a_domains_transaction_is_an_old_reference_after_leave() {
    with_components(&CLASSES, |_, probes| {
        let domain = enter(&root());
        let i = create("I");
        assert_eq!(place_of(&i).transaction, here().transaction_id().unwrap());
        let (door, kept) = (agile(&i), i);
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
        assert_eq!(probes.told(), ["create 1", "activate 1", "deactivate 1", "destroy 1"]);
        let i = door.resolve(PROBE).unwrap();
        for _ in 0..2 {
            assert_eq!(code(call(&i, || -> complus::Result<()> { unreachable!("not run") })), CONTEXT_E_OLDREF);
        }
        drop(kept);
    });
}

#[test]
fn swc_88_a_supported_component_in_a_call_without_transaction_has_none() {
    with_components(&CLASSES, |_, _| {
        let activity = Activity::create(&mta()).unwrap();
        let seen = Kept::new();
        let kept = seen.clone();
        activity
            .synchronous_call(move || {
                let s = create("S");
                kept.put(inside(&s, || (here().is_in_transaction().unwrap(), here().transaction_id().unwrap())));
            })
            .unwrap();
        assert_eq!(seen.take(), (false, None));
    });
}

#[test]
fn the_votes_of_components_are_read_as_the_domain_is_left() {
    for (word, status) in [
        ("nothing", TransactionStatus::Committed),
        ("set_complete", TransactionStatus::Committed),
        ("disable_commit", TransactionStatus::Aborted),
        ("set_abort", TransactionStatus::Aborted),
    ] {
        with_components(&CLASSES, |_, probes| {
            let domain = enter(&root());
            let (i, s) = (create("I"), create("S"));
            inside(&s, || ());
            let transaction = inside(&i, move || {
                act(word);
                own_transaction()
            });
            let expected = if word == "set_abort" { Doomed } else { Active };
            assert_eq!(transaction.state(), expected, "{word}");
            assert_eq!(domain.leave().unwrap(), status, "{word}");
            assert_eq!(transaction.state(), if status == TransactionStatus::Committed { Committed } else { Aborted });
            let deactivated = probes.told().into_iter().filter(|it| it.starts_with("deactivate")).count();
            assert_eq!(deactivated, 2, "{word}");
            drop((i, s));
        });
    }
}

#[test]
fn an_object_in_a_doomed_domain_is_created_and_refuses_its_calls() {
    with_components(&CLASSES, |_, _| {
        let domain = enter(&root());
        let i = create("I");
        inside(&i, || act("set_abort"));
        let late = create("I");
        assert_eq!(code(call(&late, || Ok(()))), CONTEXT_E_ABORTING);
        assert_eq!(place_of(&create("N")).transaction, None);
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
        drop((i, late));
    });
}

#[test]
fn the_stream_of_an_activitys_call_ends_with_that_call() {
    with_components(&CLASSES, |_, probes| {
        let activity = Activity::create(&mta().transaction(TransactionConfig::New)).unwrap();
        let (kept, watched) = (Kept::new(), Kept::new());
        let (child, seen) = (kept.clone(), watched.clone());
        activity
            .synchronous_call(move || {
                let i = create("I");
                seen.put(inside(&i, own_transaction));
                child.put(agile(&i));
            })
            .unwrap();
        assert_eq!(watched.take().state(), Committed);
        assert_eq!(probes.told(), ["create 1", "activate 1", "deactivate 1", "destroy 1"]);
        let second = kept.clone();
        activity
            .synchronous_call(move || {
                let i = second.get().resolve(PROBE).unwrap();
                assert_eq!(code(call(&i, || Ok(()))), CONTEXT_E_OLDREF, "the next call has another transaction");
            })
            .unwrap();
        drop(kept.take());
    });
}

/// A transaction of the client's own.
fn begin(world: &World) -> Transaction {
    world.runtime.transaction_manager().begin(Default::default()).unwrap()
}

fn bring(name: &str, transaction: &Transaction) -> complus::Reference {
    Activation::of(clsid(name)).interface(PROBE).transaction(transaction).create().unwrap()
}

#[test]
fn act_i05_a_brought_transaction_is_worked_in_and_never_committed() {
    with_components(&CLASSES, |world, probes| {
        for name in ["I", "S"] {
            let brought = begin(world);
            let i = bring(name, &brought);
            let (own, child) = inside(&i, || (here().transaction_id().unwrap(), place_of(&create("S")).transaction));
            assert_eq!((own, child), (Some(brought.id()), Some(brought.id())));
            inside(&i, || act("set_complete"));
            assert_eq!(brought.state(), Active, "the end of an activation commits nothing");
            inside(&i, || ());
            i.release().unwrap();
            assert_eq!(brought.state(), Active, "nor does the last release");
            assert!(probes.told().last().unwrap().starts_with("destroy"));
            brought.commit().unwrap();
        }
    });
}

#[test]
fn the_votes_of_components_in_a_brought_transaction_are_a_veto() {
    with_components(&CLASSES, |world, _| {
        for (word, vetoes) in
            [("nothing", false), ("enable_commit", false), ("disable_commit", true), ("set_abort", true)]
        {
            let brought = begin(world);
            let i = bring("I", &brought);
            inside(&i, move || act(word));
            let result = brought.commit();
            assert_eq!(result.map_err(|it| it.hresult()), if vetoes { Err(XACT_E_ABORTED) } else { Ok(()) }, "{word}");
            assert_eq!(code(call(&i, || Ok(()))), CONTEXT_E_OLDREF, "{word}");
        }
    });
}

#[test]
fn other_attributes_win_over_a_brought_transaction() {
    with_components(&CLASSES, |world, _| {
        let brought = begin(world);
        assert_eq!(place_of(&bring("N", &brought)).transaction, None);
        assert_eq!(place_of(&bring("D", &brought)).transaction, None);
        let own = place_of(&bring("RN", &brought)).transaction;
        assert!(own.is_some() && own != Some(brought.id()), "AD-50");
        brought.abort().unwrap();
    });
}

#[test]
fn a_domain_that_joins_a_components_doomed_transaction_is_told_so() {
    with_components(&[("R", REQUIRED), ("I", REQUIRED)], |_, _| {
        inside(&create("R"), || {
            inside(&create("I"), || act("set_abort"));
            std::mem::forget(enter(&joining()));
            assert_eq!(co_leave(), [XACT_E_ABORTING]);
        });
    });
}
