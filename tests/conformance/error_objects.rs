//! The error object of a thread, and what it says of a result that the runtime has replaced (TXN 7.3, T-19).

use crate::{
    support::{components::*, *},
    threads::StaThread,
};
use complus::{
    ErrorInfo, ResourceManager, Result, Vote,
    hresult::{CONTEXT_E_ABORTED, E_FAIL, S_FALSE, XACT_E_INDOUBT},
    id::TransactionId,
    prelude::*,
};
use std::sync::Arc;

const STA: &str = "transaction = \"required\"\nthreading_model = \"apartment\"";
/// A root on the caller's thread, and one that runs on another.
const ROOTS: [Row<'_>; 3] = [("Here", REQUIRED), ("There", STA), ("I", REQUIRED)];

fn its_own() -> ErrorInfo {
    ErrorInfo::new("Tests.Method", "of its own").of_interface(PROBE)
}

/// The error object of this thread, as source and description.
fn taken() -> Option<(String, String)> {
    let error = ErrorInfo::take().unwrap()?;
    Some((error.source().to_owned(), error.description().to_owned()))
}

fn said(source: &str, description: &str) -> Option<(String, String)> {
    Some((source.to_owned(), description.to_owned()))
}

/// Refuses to prepare, or does not know what became of it.
struct Says(Vote);

impl ResourceManager for Says {
    fn name(&self) -> &str {
        "says"
    }

    fn prepare(&self, _: TransactionId) -> Vote {
        self.0
    }

    fn commit_single_phase(&self, _: TransactionId) -> Vote {
        self.0
    }

    fn commit(&self, _: TransactionId) {}

    fn abort(&self, _: TransactionId) {}
}

#[test]
fn a_success_that_is_replaced_says_so_with_the_progid_and_nothing_else_does() {
    let aborted = CONTEXT_E_ABORTED.meaning().unwrap();
    let in_doubt = XACT_E_INDOUBT.meaning().unwrap();
    /// The root's vote, what is done elsewhere, the method's success; what the caller is given and told.
    type Row = (&'static str, &'static str, bool, Result<(), HResult>, &'static str);
    let rows: [Row; 9] = [
        ("set_complete", "nothing", true, Ok(()), ""),
        ("set_complete", "doom", true, Err(CONTEXT_E_ABORTED), aborted),
        ("set_complete", "refuse", true, Err(CONTEXT_E_ABORTED), aborted),
        ("set_complete", "doubt", true, Err(XACT_E_INDOUBT), in_doubt),
        ("set_complete", "doom", false, Err(E_FAIL), ""),
        ("set_complete", "nothing", false, Err(E_FAIL), ""),
        ("set_abort", "doom", true, Ok(()), ""),
        ("set_abort", "nothing", false, Err(E_FAIL), ""),
        ("disable_commit", "doom", true, Ok(()), ""),
    ];
    with_components(&ROOTS, |_, _| {
        for name in ["Here", "There"] {
            for (vote, elsewhere, succeeds, expected, description) in rows {
                for sets in [false, true] {
                    let row = format!("{name} {vote} {elsewhere} {succeeds} {sets}");
                    ErrorInfo::new("Tests.Caller", "from before").set().unwrap();
                    let root = create(name);
                    let result = call(&root, move || {
                        match elsewhere {
                            "doom" => inside(&create("I"), || act("set_abort")),
                            "refuse" => own_transaction().enlist(Arc::new(Says(Vote::Refused))).unwrap(),
                            "doubt" => own_transaction().enlist(Arc::new(Says(Vote::Unknown))).unwrap(),
                            _ => {}
                        }
                        let _ = taken();
                        if sets {
                            its_own().set().unwrap();
                        }
                        act(vote);
                        if succeeds { Ok(()) } else { Err(E_FAIL.into()) }
                    });
                    assert_eq!(result.map_err(|error| error.hresult()), expected, "{row}");
                    let own = if sets { said("Tests.Method", "of its own") } else { None };
                    let replaced = said(&format!("Tests.{name}"), description);
                    assert_eq!(taken(), if description.is_empty() { own } else { replaced }, "{row}");
                    assert_eq!(taken(), None, "it is taken once");
                }
            }
        }
    });
}

#[test]
fn the_last_release_of_a_root_tells_nobody() {
    with_components(&ROOTS, |_, _| {
        for name in ["Here", "There"] {
            let root = create(name);
            inside(&root, || {
                inside(&create("I"), || act("set_abort"));
                act("enable_commit");
            });
            its_own().set().unwrap();
            root.release().unwrap();
            assert_eq!(ErrorInfo::take().unwrap(), Some(its_own()), "nor does it take anything away");
        }
    });
}

#[test]
fn an_error_object_comes_back_from_another_thread_and_leaves_nothing_there() {
    with_components(&[("A", "transaction = \"disabled\"\nthreading_model = \"apartment\"")], |_, _| {
        let a = create("A");
        let sets = || {
            its_own().set().unwrap();
            Err::<(), _>(complus::Error::from(E_FAIL))
        };
        assert_eq!(code(call(&a, sets)), E_FAIL);
        assert_eq!(ErrorInfo::take().unwrap(), Some(its_own()));
        inside(&a, || assert_eq!(taken(), None, "it went with its call"));
        // The caller's own gives way to what comes back, if it is nothing, too.
        for sets in [false, true] {
            ErrorInfo::new("Tests.Caller", "from before").set().unwrap();
            inside(&a, move || {
                assert_eq!(taken(), None, "the caller's does not go there");
                if sets {
                    its_own().set().unwrap();
                }
            });
            assert_eq!(ErrorInfo::take().unwrap(), sets.then(its_own));
        }
    });
}

#[test]
fn a_call_that_a_thread_serves_meanwhile_does_not_touch_its_error_object() {
    every_bare_machine(
        |builder| builder,
        |world| {
            let sta = StaThread::start_with(world, || ErrorInfo::new("Tests.Sta", "kept").set().unwrap());
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            let seen: Kept<Option<(String, String)>> = Kept::new();
            for _ in 0..2 {
                let here = seen.clone();
                sta.door
                    .call(METHOD, move || {
                        here.put(taken());
                        its_own().set().unwrap();
                        S_FALSE
                    })
                    .unwrap();
                assert_eq!(seen.take(), None, "that of the call that is served is another one");
                assert_eq!(ErrorInfo::take().unwrap(), Some(its_own()));
            }
        },
    );
}
