//! Who is deactivated when as a root ends its transaction (TXN 8.2, AD-60).

use crate::support::components::{
    Kept, PROBE, REQUIRED, Row, SUPPORTED, act, agile, call, create, inside, own_transaction, with_components,
};
use crate::support::*;
use complus::{
    ResourceManager, Vote, apartment_type,
    attribute::ApartmentType,
    context::StreamState::{Aborted, Committed},
    hresult::{CONTEXT_E_ABORTED, CONTEXT_E_OLDREF},
    id::TransactionId,
};
use std::{sync::Arc, thread};

const IN_STA: &str = "transaction = \"required\"\nthreading_model = \"apartment\"";
const CLASSES: [Row<'_>; 4] = [("R", REQUIRED), ("I", REQUIRED), ("S", SUPPORTED), ("Sta", IN_STA)];

#[test]
fn members_are_deactivated_in_the_order_in_which_they_joined_each_in_its_apartment() {
    with_components(&CLASSES, |world, probes| {
        let (r, held, told) = (create("R"), Kept::new(), probes.clone());
        let kept = held.clone();
        let threads = Kept::new();
        let (seen, own) = (threads.clone(), probes.clone());
        let result = call(&r, move || {
            let members = [create("I"), create("Sta"), create("S")];
            // They join by their first calls, not by their creation.
            for member in [&members[2], &members[1], &members[0]] {
                inside(member, || ());
            }
            seen.put(inside(&members[1], || thread::current().id()));
            let sta = seen.clone();
            own.at("deactivate", move || {
                if own_is_sta() {
                    assert_eq!(thread::current().id(), sta.get());
                }
            });
            kept.put(members);
            told.told();
            here().set_complete()
        });
        assert_eq!(result, Ok(()));
        let expected = ["deactivate 1", "deactivate 4", "deactivate 3", "deactivate 2"];
        let deactivated: Vec<_> = probes.told().into_iter().filter(|it| it.starts_with("deactivate")).collect();
        assert_eq!(deactivated, expected, "the root first");
        assert_ne!(threads.take(), thread::current().id());
        assert!(world.runtime.is_alive());
        drop(held.take());
    });
}

fn own_is_sta() -> bool {
    apartment_type().unwrap().0 == ApartmentType::Sta
}

#[test]
fn flags_are_read_and_everybody_is_deactivated_before_the_outcome() {
    struct Witness(Story);
    impl ResourceManager for Witness {
        fn name(&self) -> &str {
            "witness"
        }
        fn prepare(&self, _: TransactionId) -> Vote {
            self.0.tell("prepare");
            Vote::Prepared
        }
        fn commit(&self, _: TransactionId) {
            self.0.tell("commit");
        }
        fn abort(&self, _: TransactionId) {
            self.0.tell("abort");
        }
    }
    with_components(&CLASSES, |_, probes| {
        let (r, held, own) = (create("R"), Kept::new(), probes.clone());
        let kept = held.clone();
        let result = call(&r, move || {
            let i = create("I");
            inside(&i, || ());
            kept.put(i);
            own_transaction().enlist(Arc::new(Witness(own.story.clone()))).unwrap();
            own.told();
            here().set_complete()
        });
        assert_eq!(result, Ok(()));
        let told = probes.told();
        assert_eq!(told, ["deactivate 1", "destroy 1", "deactivate 2", "destroy 2", "prepare", "commit"], "AD-60");
    });
}

#[test]
fn a_child_that_is_at_work_as_its_root_ends_votes_and_is_deactivated_as_its_call_returns() {
    with_components(&CLASSES, |_, probes| {
        for (word, committed) in [("nothing", true), ("disable_commit", false)] {
            let (r, child, told) = (create("R"), Kept::new(), probes.clone());
            let kept = child.clone();
            inside(&r, move || {
                let i = create("I");
                inside(&i, || ());
                kept.put(agile(&i));
            });
            let i = child.take().resolve(PROBE).unwrap();
            let root = agile(&r);
            told.told();
            let own = told.clone();
            inside(&i, move || {
                act(word);
                let transaction = own_transaction();
                let result = call(&root.resolve(PROBE).unwrap(), || here().set_complete());
                assert_eq!(result.map_err(|it| it.hresult()), if committed { Ok(()) } else { Err(CONTEXT_E_ABORTED) });
                assert_eq!(transaction.state(), if committed { Committed } else { Aborted });
                assert_eq!(own.told().len(), 2, "the root was deactivated");
            });
            let after = told.told();
            assert!(after[0].starts_with("deactivate") && after[1].starts_with("destroy"), "then the child: {after:?}");
            assert_eq!(code(call(&i, || Ok(()))), CONTEXT_E_OLDREF, "its stream has no current transaction");
        }
    });
}
