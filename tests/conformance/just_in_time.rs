//! Just-in-time activation: the done flag and auto-done (ACT 7.3 to 7.5; ACT-E, ACT-G).

use crate::support::components::{
    AUTO_DONE, Kept, PLAIN, REQUIRED, Row, act, create, inside, own_transaction, with_components,
};
use crate::support::*;
use complus::{
    Method, Reference,
    attribute::TransactionVote::{Abort, Commit},
    context::StreamState,
    hresult::{CONTEXT_E_NOTRANSACTION, E_FAIL, E_UNEXPECTED},
};

const JIT: &str = "just_in_time_activation = true\nsynchronization = \"required\"";
const BOTH: [Row<'_>; 2] = [("J", JIT), ("R", REQUIRED)];

/// Calls the method, which does this and then returns so.
fn method(object: &Reference, method: Method, does: &'static str, succeeds: bool) -> complus::Result<()> {
    object.call(method, move |_| {
        act(does);
        if succeeds { Ok(()) } else { Err(E_FAIL.into()) }
    })
}

#[test]
fn act_e07_an_auto_done_method_is_done_by_its_code() {
    with_components(&BOTH, |_, probes| {
        for name in ["J", "R"] {
            let object = create(name);
            probes.told();
            for (succeeds, state) in [(true, StreamState::Committed), (false, StreamState::Aborted)] {
                let watched = Kept::new();
                let seen = watched.clone();
                let result = object.call(AUTO_DONE, move |_| {
                    seen.put(here().info().transaction().unwrap());
                    if succeeds { Ok(7) } else { Err(E_FAIL.into()) }
                });
                assert_eq!(result, if succeeds { Ok(7) } else { Err(E_FAIL.into()) }, "the code is unchanged");
                let told = probes.told();
                assert!(told[told.len() - 2].starts_with("deactivate") && told[told.len() - 1].starts_with("destroy"));
                assert_eq!(watched.take().map(|it| it.state()), (name == "R").then_some(state));
            }
        }
    });
}

#[test]
fn act_e09_the_last_word_on_the_done_flag_counts() {
    with_components(&BOTH, |_, probes| {
        for name in ["J", "R"] {
            let object = create(name);
            inside(&object, || {
                act("deactivate_true");
                assert!(here().state().deactivate_on_return().unwrap());
                act("deactivate_false");
            });
            assert!(!probes.told().iter().any(|it| it.starts_with("deactivate")), "stays active");
            inside(&object, || {
                act("deactivate_false");
                act("deactivate_true");
            });
            assert_eq!(probes.told().len(), 2);
        }
    });
}

#[test]
fn act_g03_without_transaction_there_is_a_done_flag_and_no_vote() {
    with_components(&BOTH, |_, probes| {
        let j = create("J");
        inside(&j, || {
            let state = here().state();
            for vote in [Commit, Abort] {
                assert_eq!(code(state.set_my_transaction_vote(vote)), CONTEXT_E_NOTRANSACTION);
            }
            assert_eq!(code(state.my_transaction_vote()), CONTEXT_E_NOTRANSACTION);
            state.set_deactivate_on_return(true).unwrap();
        });
        assert_eq!(probes.told(), ["create 1", "activate 1", "deactivate 1", "destroy 1"]);
    });
}

/// The rows of tests/tables/auto_done.csv: AutoComplete, the method's call, its code, done and consistent after it.
fn auto_done() -> Vec<[&'static str; 5]> {
    let rows: Vec<[&str; 5]> = include_str!("../tables/auto_done.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').skip(2).collect::<Vec<_>>().try_into().unwrap())
        .collect();
    assert_eq!(rows.len(), 28);
    rows
}

#[test]
fn every_row_of_auto_done_holds_on_the_machine() {
    with_components(&BOTH, |_, probes| {
        for [auto, does, code, done, consistent] in auto_done() {
            let codes = match code {
                "success" => vec![true],
                "failure" => vec![false],
                _ => vec![true, false],
            };
            for (succeeds, before) in codes.iter().flat_map(|code| [(*code, true), (*code, false)]) {
                let row = format!("{auto} {does} {succeeds}, {before} before");
                let r = create("R");
                let transaction = inside(&r, move || {
                    act(if before { "enable_commit" } else { "disable_commit" });
                    own_transaction()
                });
                probes.told();
                let auto = if auto == "true" { AUTO_DONE } else { PLAIN };
                let result = method(&r, auto, does, succeeds);
                let consistent = if consistent == "unchanged" { before } else { consistent == "true" };
                assert_eq!(result, if succeeds { Ok(()) } else { Err(E_FAIL.into()) }, "{row}");
                if done == "true" {
                    let state = if consistent { StreamState::Committed } else { StreamState::Aborted };
                    assert_eq!(transaction.state(), state, "{row}");
                    assert_eq!(probes.told().len(), 2, "deactivated and destroyed: {row}");
                } else {
                    assert_eq!(transaction.state(), StreamState::Active, "{row}");
                    assert_eq!(probes.told(), [""; 0], "{row}");
                    let vote = inside(&r, || here().state().my_transaction_vote().unwrap());
                    assert_eq!(vote == Commit, consistent, "{row}");
                }
            }
        }
    });
}

#[test]
fn flags_cannot_be_set_any_more_while_the_object_is_deactivated() {
    with_components(&BOTH, |_, probes| {
        for name in ["J", "R"] {
            let object = create(name);
            let watched = Kept::new();
            let seen = watched.clone();
            probes.at("deactivate", move || {
                let (context, state) = (here(), here().state());
                seen.put([
                    code(context.set_complete()),
                    code(context.set_abort()),
                    code(context.enable_commit()),
                    code(context.disable_commit()),
                    code(state.set_deactivate_on_return(false)),
                ]);
            });
            inside(&object, || act("set_complete"));
            assert_eq!(watched.take(), [E_UNEXPECTED; 5]);
            inside(&object, || act("enable_commit"));
            drop(object);
            assert_eq!(watched.take(), [E_UNEXPECTED; 5]);
        }
    });
}
