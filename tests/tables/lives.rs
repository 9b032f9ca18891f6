//! The life of objects: flags around methods, life-cycle calls, calls into transactions: ACT 7, 9.10.

use crate::support::{TRANSACTIONS, check, flags, outcome};
use complus_core::{
    HResult,
    attribute::TransactionVote,
    context::Flags,
    error::Error,
    rules::{
        activity_result::{Ended, Unit},
        just_in_time::{self, Written},
        leave::Role,
        life_cycle::{self, Instance, Life, Step},
        method_result,
        transaction_call::{self, Aftermath, Call, Start},
    },
};

/// A call on the object context: what it does to the flags, and which of them it writes.
fn write(call: &str, flags: &mut Flags) -> Written {
    const BOTH: Written = Written { consistent: true, done: true };
    const VOTE: Written = Written { consistent: true, done: false };
    const DONE: Written = Written { consistent: false, done: true };
    match call {
        "nothing" => return Written::default(),
        "set_complete" => flags.set_complete(),
        "set_abort" => flags.set_abort(),
        "enable_commit" => flags.enable_commit(),
        "disable_commit" => flags.disable_commit(),
        "vote_commit" => flags.vote(TransactionVote::Commit),
        "vote_abort" => flags.vote(TransactionVote::Abort),
        "deactivate_true" => flags.deactivate_on_return(true),
        "deactivate_false" => flags.deactivate_on_return(false),
        _ => panic!("{call} is no call"),
    }
    match call {
        "vote_commit" | "vote_abort" => VOTE,
        "deactivate_true" | "deactivate_false" => DONE,
        _ => BOTH,
    }
}

#[test]
fn auto_done_looks_at_the_code_and_leaves_explicit_votes_alone() {
    check("auto_done", 28, ["done", "consistent"], |row| {
        let auto = row.flag("auto_complete");
        let codes =
            row.pick("returns", &[("success", vec![true]), ("failure", vec![false]), ("any", vec![true, false])]);
        let mut answers = Vec::new();
        for succeeded in codes {
            // every state that an earlier call can have left
            let after: Vec<(bool, Flags)> = [(true, true), (true, false), (false, true), (false, false)]
                .map(|(consistent, done)| {
                    let mut flags = just_in_time::begin(Flags { consistent, done }, auto, false);
                    let written = write(row.get("method_calls"), &mut flags);
                    (consistent, just_in_time::end(flags, written, auto, succeeded))
                })
                .into();
            let consistent = if after.iter().all(|(before, after)| *before == after.consistent) {
                "unchanged".into()
            } else {
                assert!(after.iter().all(|(_, it)| it.consistent == after[0].1.consistent), "{row:?}");
                after[0].1.consistent.to_string()
            };
            assert!(after.iter().all(|(_, it)| it.done == after[0].1.done), "{row:?}");
            answers.push([after[0].1.done.to_string(), consistent]);
        }
        answers
    });
}

#[test]
fn only_the_outermost_call_takes_the_default_of_auto_done() {
    for before in [Flags { consistent: false, done: false }, Flags { consistent: false, done: true }] {
        for auto in [false, true] {
            assert_eq!(just_in_time::begin(before, auto, true), before, "nested, [nested-default]");
            let outermost = just_in_time::begin(before, auto, false);
            assert_eq!(outermost, Flags { consistent: false, done: auto }, "7.3 step 3");
        }
    }
}

#[test]
fn an_object_is_deactivated_by_its_outermost_call() {
    check("deactivation", 5, ["deactivates"], |row| {
        let mut answers = Vec::new();
        for done in flags(row.get("done")) {
            for nested in flags(row.get("nested")) {
                for consistent in [false, true] {
                    let after = Flags { consistent, done };
                    answers.push([just_in_time::deactivates(row.flag("just_in_time"), after, nested).to_string()]);
                }
            }
        }
        answers
    });
}

const FLAVOURS: [(&str, (bool, bool)); 4] =
    [("plain", (false, false)), ("jit", (true, false)), ("pooled", (false, true)), ("jit_pooled", (true, true))];
const INSTANCES: [(&str, Instance); 3] =
    [("none", Instance::None), ("made", Instance::Made), ("active", Instance::Active)];

fn step_word(step: Step) -> &'static str {
    match step {
        Step::Create => "create",
        Step::Construct => "construct",
        Step::CheckOut => "check_out",
        Step::Activate => "activate",
        Step::Deactivate => "deactivate",
        Step::CanBePooled => "can_be_pooled",
        Step::CheckIn => "check_in",
        Step::Destroy => "destroy",
    }
}

fn steps(event: &str, life: Life, instance: Instance, idle: bool, poolable: bool) -> String {
    let steps: Vec<_> = match event {
        "creation" => life_cycle::creation(life, idle).collect(),
        "call" => life_cycle::call(life, instance, idle).collect(),
        "end" => life_cycle::end(life, instance, poolable).collect(),
        _ => panic!("{event} is no event"),
    };
    if steps.is_empty() { "nothing".into() } else { steps.into_iter().map(step_word).collect::<Vec<_>>().join(" ") }
}

#[test]
fn each_flavour_calls_in_its_order() {
    check("life_cycle", 22, ["steps"], |row| {
        let (just_in_time, pooled) = row.pick("flavour", &FLAVOURS);
        let life = Life { just_in_time, pooled, constructed: true, controlled: true };
        let instance = row.pick("instance", &INSTANCES);
        let mut answers = Vec::new();
        for idle in flags(row.get("idle")) {
            for poolable in flags(row.get("poolable")) {
                answers.push([steps(row.get("event"), life, instance, idle, poolable)]);
            }
        }
        answers
    });
}

#[test]
fn only_what_is_configured_and_there_is_called() {
    check("life_cycle_calls", 9, ["steps"], |row| {
        let (just_in_time, pooled) = row.pick("flavour", &FLAVOURS);
        let (controlled, instance) = (row.flag("controlled"), row.pick("instance", &INSTANCES));
        let mut answers = Vec::new();
        for constructed in flags(row.get("constructed")) {
            for poolable in flags(row.get("poolable")) {
                let life = Life { just_in_time, pooled, constructed, controlled };
                answers.push([steps(row.get("event"), life, instance, false, poolable)]);
            }
        }
        answers
    });
}

#[test]
fn object_control_is_used_in_own_contexts_and_for_pooled_objects() {
    check("object_control", 4, ["used"], |row| {
        vec![[life_cycle::controls(row.flag("own_context"), row.flag("pooled")).to_string()]]
    });
}

const ROLES: [(&str, Role); 4] =
    [("none", Role::None), ("root", Role::Root), ("interior", Role::Interior), ("brought", Role::Brought)];

#[test]
fn a_call_into_a_transactional_context_joins_begins_or_is_refused() {
    check("transaction_call", 24, ["result", "error", "aftermath"], |row| {
        let role = row.pick("role", &ROLES);
        let held = TRANSACTIONS.into_iter().filter(|(word, _)| ["any", word].contains(&row.get("held")));
        let mut answers = Vec::new();
        for (_, held) in held {
            for old_sequence in flags(row.get("old_sequence")) {
                for nested in flags(row.get("nested")) {
                    for manager in flags(row.get("manager")) {
                        let call = Call { role, held, old_sequence, nested, manager };
                        let entered = transaction_call::enter(call, &mut ());
                        let aftermath = match entered {
                            Ok(_) => "",
                            Err((_, Aftermath::Nothing)) => "nothing",
                            Err((_, Aftermath::Deactivate)) => "deactivate",
                            Err((_, Aftermath::Abort)) => "abort",
                            Err((_, Aftermath::Forget)) => "forget",
                        };
                        let [result, error] = outcome(entered.map_err(|(error, _)| error).map(|start| match start {
                            Start::NoTransaction => "no_transaction",
                            Start::Begin => "begin",
                            Start::Join => "join",
                        }));
                        answers.push([result, error, aftermath.into()]);
                    }
                }
            }
        }
        answers
    });
}

#[test]
fn a_success_is_taken_back_if_the_commit_that_a_root_asked_for_did_not_happen() {
    check("method_result", 17, ["result"], |row| {
        let code = |word: &str| word.parse::<HResult>().unwrap_or_else(|_| panic!("{word} is no HRESULT"));
        let ended = match row.get("method") {
            "panic" => Ended::Panicked,
            word => Ended::Returned(code(word)),
        };
        let unit = Unit {
            role: row.pick("role", &ROLES),
            wanted_commit: row.flag("wanted_commit"),
            outcome: row.pick("transaction", &TRANSACTIONS),
        };
        let result = method_result::method(ended, unit, &mut ());
        let result = result.unwrap_or_else(|error: Error| error.hresult());
        vec![[result.name().map_or_else(|| result.to_string(), Into::into)]]
    });
}
