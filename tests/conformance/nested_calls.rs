//! Calls into an object that is at work: from others that it called, while it is activated, by callbacks (ACT 7.1 L2, 7.3,
//! 8.4).

use crate::support::components::{
    AUTO_DONE, Kept, PLAIN, PROBE, REQUIRED, Row, act, agile, call, create, inside, own_transaction, with_components,
};
use crate::support::*;
use complus::{
    ContextCallback, Method, Reference, attribute::TransactionVote::Abort, context::StreamState,
    hresult::RPC_E_DISCONNECTED,
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

const JIT: &str = "just_in_time_activation = true\nsynchronization = \"required\"";
const BOTH: [Row<'_>; 2] = [("J", JIT), ("R", REQUIRED)];

/// Calls the object with `outer`, which lets another object call back `inner`.
fn call_back(object: &Reference, helper: &'static str, outer: Method, inner: Method, does: &'static str) {
    let own = agile(object);
    object
        .call(outer, move |_| {
            let helper = create(helper);
            inside(&helper, move || {
                let object = own.resolve(PROBE).unwrap();
                object
                    .call(inner, move |_| {
                        act(does);
                        Ok(())
                    })
                    .unwrap();
            });
            Ok(())
        })
        .unwrap();
}

#[test]
fn an_inner_call_that_is_done_deactivates_as_the_outermost_returns() {
    with_components(&BOTH, |_, probes| {
        let r = create("R");
        call_back(&r, "J", PLAIN, PLAIN, "set_complete");
        assert_eq!(
            probes.told(),
            [
                "create 1",
                "activate 1",
                "create 2",
                "activate 2",
                "deactivate 2",
                "destroy 2",
                "deactivate 1",
                "destroy 1"
            ]
        );
        // The last word counts, whoever says it: the inner call takes back what the outer one's AutoComplete said.
        call_back(&r, "J", AUTO_DONE, PLAIN, "enable_commit");
        let told = probes.told();
        assert_eq!(told.last().unwrap(), "destroy 4", "only the helper went: {told:?}");
        // The default of an inner auto-done method is not taken ([nested-default]).
        call_back(&r, "J", PLAIN, AUTO_DONE, "nothing");
        let told = probes.told();
        assert_eq!(told.last().unwrap(), "destroy 5", "only the helper went: {told:?}");
    });
}

#[test]
fn an_object_is_disconnected_while_it_is_activated_and_deactivated() {
    with_components(&BOTH, |_, probes| {
        for step in ["activate", "deactivate"] {
            let object = create("J");
            let (own, answers, armed) = (agile(&object), Kept::new(), Arc::new(AtomicBool::new(true)));
            let seen = answers.clone();
            probes.at(step, move || {
                if armed.swap(false, Ordering::AcqRel) {
                    let directly = code(call(&own.resolve(PROBE).unwrap(), || Ok(())));
                    let (own, helper) = (own.clone(), create("J"));
                    let from_outside = inside(&helper, move || code(call(&own.resolve(PROBE).unwrap(), || Ok(()))));
                    seen.put([directly, from_outside]);
                }
            });
            inside(&object, || act("set_complete"));
            assert_eq!(answers.take(), [RPC_E_DISCONNECTED; 2], "{step} (L2)");
        }
    });
}

#[test]
fn a_reference_that_was_kept_inside_is_disconnected_until_the_next_activation() {
    with_components(&BOTH, |_, _| {
        let object = create("J");
        let (own, door, kept) = (agile(&object), Kept::new(), Kept::new());
        let (opened, held) = (door.clone(), kept.clone());
        inside(&object, move || {
            opened.put(ContextCallback::current().unwrap());
            held.put(own.resolve(PROBE).unwrap());
            act("set_complete");
        });
        let (door, calls) = (door.take(), Kept::new());
        let inside_the_context = || {
            let (kept, calls) = (kept.clone(), calls.clone());
            door.call(PLAIN, move || calls.put(call(&kept.get(), || Ok(())).map_err(|it| it.hresult()))).unwrap();
        };
        inside_the_context();
        assert_eq!(calls.take(), Err(RPC_E_DISCONNECTED), "after Deactivate (L2); a callback activates nothing");
        inside(&object, || ());
        inside_the_context();
        assert_eq!(calls.take(), Ok(()));
        let held = kept.clone();
        door.call(PLAIN, move || drop(held.take())).unwrap();
    });
}

#[test]
fn a_callback_neither_activates_nor_is_it_done() {
    with_components(&BOTH, |_, probes| {
        let r = create("R");
        let door = Kept::new();
        let opened = door.clone();
        let transaction = inside(&r, move || {
            opened.put(ContextCallback::current().unwrap());
            own_transaction()
        });
        probes.told();
        let door = door.take();
        door.call(PLAIN, || act("set_abort")).unwrap();
        assert_eq!((transaction.state(), probes.told().len()), (StreamState::Active, 0));
        inside(&r, || assert_eq!(here().state().my_transaction_vote(), Ok(Abort), "its vote stays"));
        assert_eq!((transaction.state(), probes.told().len()), (StreamState::Active, 0), "its done flag does not");
        inside(&r, || act("set_abort"));
        probes.told();
        door.call(PLAIN, || assert!(here().is_in_transaction().unwrap(), "[stream-gap]")).unwrap();
        assert_eq!(probes.told(), [""; 0], "nothing was activated");
    });
}
