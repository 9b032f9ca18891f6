//! The two flags of one component, and where they may be set (TXN 5; TXN-B).

use crate::support::components::{
    AUTO_DONE, PLAIN, REQUIRED, Row, act, create, inside, own_transaction, with_components,
};
use crate::support::*;
use complus::{
    HResult, Method, ObjectContext, Reference, Transaction,
    attribute::TransactionVote,
    context::StreamState::{self, Aborted, Active, Committed},
    hresult::{CONTEXT_E_NOCONTEXT, CONTEXT_E_NOJIT, E_FAIL, E_UNEXPECTED, S_OK},
};
use std::cell::Cell;

const CLASSES: [Row<'_>; 4] = [
    ("R", REQUIRED),
    ("I", REQUIRED),
    ("J", "just_in_time_activation = true\nsynchronization = \"required\""),
    ("N", "transaction = \"none\""),
];

/// A root, and the transaction that it is at work in.
fn root_at_work() -> (Reference, Transaction) {
    let r = create("R");
    let transaction = inside(&r, own_transaction);
    (r, transaction)
}

/// Calls a method of the root which does these one after another, and then succeeds or fails.
fn root_does(r: &Reference, method: Method, words: &'static [&'static str], succeeds: bool) -> complus::Result<()> {
    r.call(method, move |_| {
        words.iter().for_each(|word| act(word));
        if succeeds { Ok(()) } else { Err(E_FAIL.into()) }
    })
}

/// A root that is done after a method: what it did, its code, and what becomes of its transaction.
#[track_caller]
fn check(method: Method, words: &'static [&'static str], succeeds: bool, state: StreamState) {
    with_components(&CLASSES, move |_, probes| {
        let (r, transaction) = root_at_work();
        probes.told();
        let result = root_does(&r, method, words, succeeds);
        assert_eq!(result, if succeeds { Ok(()) } else { Err(E_FAIL.into()) });
        assert_eq!(transaction.state(), state);
        let told = probes.told();
        if state == Active {
            assert_eq!(told, [""; 0]);
        } else {
            assert_eq!(told, ["deactivate 1", "destroy 1"]);
        }
    });
}

#[test]
fn txn_b1_a_root_that_touches_no_flag_stays_and_its_transaction_open() {
    check(PLAIN, &[], true, Active);
}

#[test]
fn txn_b2_set_complete_commits_and_deactivates() {
    check(PLAIN, &["set_complete"], true, Committed);
}

#[test]
fn txn_b3_set_abort_aborts_and_the_client_is_told_of_success() {
    check(PLAIN, &["set_abort"], true, Aborted);
    check(PLAIN, &["set_abort"], false, Aborted);
}

#[test]
fn txn_b4_a_later_set_abort_counts() {
    check(PLAIN, &["set_complete", "set_abort"], true, Aborted);
}

#[test]
fn txn_b5_a_later_set_complete_counts() {
    check(PLAIN, &["set_abort", "set_complete"], true, Committed);
}

#[test]
fn txn_b11_a_failing_code_alone_is_no_vote() {
    check(PLAIN, &["set_complete"], false, Committed);
    check(PLAIN, &[], false, Active);
}

#[test]
fn txn_b13_an_auto_done_method_that_succeeds_commits() {
    check(AUTO_DONE, &[], true, Committed);
}

#[test]
fn txn_b14_an_auto_done_method_that_fails_aborts() {
    check(AUTO_DONE, &[], false, Aborted);
}

#[test]
fn txn_b15_an_auto_done_method_may_enable_commit_and_stay() {
    check(AUTO_DONE, &["enable_commit"], true, Active);
}

#[test]
fn txn_b16_an_auto_done_methods_set_abort_counts() {
    check(AUTO_DONE, &["set_abort"], true, Aborted);
}

#[test]
fn txn_b17_without_just_in_time_activation_there_is_no_done_flag() {
    with_components(&CLASSES, |_, _| {
        inside(&create("N"), || {
            for done in [true, false] {
                assert_eq!(code(here().state().set_deactivate_on_return(done)), CONTEXT_E_NOJIT);
            }
        });
    });
}

#[test]
fn txn_b19_an_object_context_is_of_no_use_in_another_context() {
    with_components(&CLASSES, |_, _| {
        let r = create("R");
        let transaction = inside(&r, || {
            let roots = here();
            let i = create("I");
            thread_local!(static PASSED: Cell<Option<ObjectContext>> = const { Cell::new(None) });
            PASSED.set(Some(roots));
            inside(&i, || {
                let passed = PASSED.take().unwrap();
                assert_eq!(code(passed.set_complete()), E_UNEXPECTED);
                assert_eq!(code(passed.set_abort()), E_UNEXPECTED);
                assert_eq!(code(passed.state().set_deactivate_on_return(true)), E_UNEXPECTED);
                assert_eq!(code(passed.state().my_transaction_vote()), E_UNEXPECTED);
            });
            assert_eq!(roots.state().my_transaction_vote(), Ok(TransactionVote::Commit));
            assert_eq!(roots.state().deactivate_on_return(), Ok(false));
            own_transaction()
        });
        assert_eq!(transaction.state(), Active);
    });
}

/// The calls of TXN 5.3, each with its code; `valid` says what an argument is.
fn flag_call(context: ObjectContext, call: &str, valid: bool) -> HResult {
    let state = context.state();
    let result = match call {
        "set_complete" => context.set_complete(),
        "set_abort" => context.set_abort(),
        "enable_commit" => context.enable_commit(),
        "disable_commit" => context.disable_commit(),
        "set_deactivate_on_return" => state.set_deactivate_on_return(false),
        "get_deactivate_on_return" => state.deactivate_on_return().map(drop),
        "set_my_transaction_vote" => state.set_my_transaction_vote_value(if valid { 0 } else { 7 }),
        "get_my_transaction_vote" => state.my_transaction_vote().map(drop),
        _ => panic!("{call} is no call"),
    };
    result.map_or_else(|error| error.hresult(), |()| S_OK)
}

/// The rows of tests/tables/context_state_errors.csv: call, JIT, transaction, argument, result.
fn rows() -> Vec<[&'static str; 5]> {
    let rows = include_str!("../tables/context_state_errors.csv").lines().skip(1);
    let rows: Vec<_> = rows.map(|line| line.split(',').skip(2).collect::<Vec<_>>().try_into().unwrap()).collect();
    assert_eq!(rows.len(), 27);
    rows
}

#[test]
fn every_flag_call_is_legal_where_the_table_says() {
    with_components(&CLASSES, |_, _| {
        for [call, jit, transaction, argument, result] in rows() {
            let class = match (jit, transaction) {
                ("true", "true") => "R",
                ("true", "false") => "J",
                _ => "N",
            };
            let given = inside(&create(class), move || flag_call(here(), call, argument != "invalid"));
            assert_eq!(given, result.parse().unwrap(), "{call} in {class}");
        }
        assert_eq!(code(ObjectContext::current()), CONTEXT_E_NOCONTEXT, "a default context has no flags");
    });
}

#[test]
fn no_flag_call_is_legal_outside_its_context() {
    with_components(&CLASSES, |_, _| {
        for class in ["R", "J", "N"] {
            thread_local!(static PASSED: Cell<Option<ObjectContext>> = const { Cell::new(None) });
            inside(&create(class), || PASSED.set(Some(here())));
            let passed = PASSED.take().unwrap();
            let calls = || {
                for [call, .., argument, _] in rows().into_iter().filter(|row| row[3] != "invalid") {
                    assert_eq!(flag_call(passed, call, argument != "invalid"), E_UNEXPECTED, "{call} of {class}");
                }
            };
            calls();
            PASSED.set(Some(passed));
            inside(&create("N"), || {
                let passed = PASSED.take().unwrap();
                assert_eq!(code(passed.set_abort()), E_UNEXPECTED);
            });
        }
    });
}

#[test]
fn without_just_in_time_activation_the_done_flag_ends_nothing() {
    with_components(&CLASSES, |_, probes| {
        let n = create("N");
        for word in ["set_complete", "set_abort"] {
            inside(&n, move || act(word));
        }
        assert_eq!(probes.told(), ["create 1", "activate 1"]);
    });
}
