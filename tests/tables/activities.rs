//! The lock of an activity: SYN 4.3 to 4.7.

use crate::support::{check, outcome};
use complus_core::{
    DeadlockPolicy,
    rules::{
        activity_lock::{self, Admission, Call, Entry, Exit, Owner, StaCall, Target},
        message_filter::Refusal,
    },
};

#[test]
fn a_call_enters_the_activity_of_its_target() {
    let calls = [
        ("method", Call::Method),
        ("context_callback", Call::ContextCallback),
        ("context_callback_with_no_lock", Call::ContextCallbackWithNoLock),
        ("work", Call::Work),
        ("construction", Call::Construction),
        ("reference_traffic", Call::ReferenceTraffic),
        ("final_release", Call::FinalRelease),
        ("cleanup_release", Call::CleanupRelease),
    ];
    check("activity_entry", 23, ["result"], |row| {
        let inside = match row.get("caller") {
            "a" | "none inside a" | "b inside a" => vec![true],
            "outside" | "b" => vec![false],
            "any" => vec![true, false],
            caller => panic!("{row:?}: caller is {caller:?}"),
        };
        let ask = |inside| {
            let target = match (row.get("callee"), inside) {
                ("same_context", _) => Target::SameContext,
                ("none", _) => Target::NoActivity,
                ("a", true) => Target::Inside,
                ("a", false) => Target::Outside,
                callee => panic!("{row:?}: callee is {callee:?}"),
            };
            [match activity_lock::entry(row.pick("call", &calls), target, &mut ()) {
                Entry::Nothing => "nothing".into(),
                Entry::Enter => "enter".into(),
                Entry::Reenter => "reenter".into(),
            }]
        };
        inside.into_iter().map(ask).collect()
    });
}

#[test]
fn the_lock_is_handed_on_in_order_of_arrival() {
    check("activity_lock", 10, ["result"], |row| {
        let owner = row.pick("owner", &[("none", Owner::None), ("same", Owner::Same), ("other", Owner::Other)]);
        let waiters = row.flag("waiters");
        vec![[match (row.get("event"), row.get("depth")) {
            ("arrives", "") => match activity_lock::admit(owner, waiters) {
                Admission::Enters => "enters".into(),
                Admission::Reenters => "reenters".into(),
                Admission::Waits => "waits".into(),
            },
            ("leaves", depth) => match activity_lock::exit(depth.parse().unwrap(), waiters) {
                Exit::Same(depth) => format!("same {depth}"),
                Exit::HandedOn => "handed_on".into(),
                Exit::Free => "free".into(),
            },
            event => panic!("{row:?}: {event:?}"),
        }]]
    });
}

#[test]
fn a_wait_that_would_close_a_cycle_fails() {
    check("deadlock", 4, ["result", "error"], |row| {
        let policies = [("fail_would_deadlock", DeadlockPolicy::FailWouldDeadlock), ("hang", DeadlockPolicy::Hang)];
        let result = activity_lock::may_wait(row.flag("closes_cycle"), row.pick("deadlock", &policies));
        vec![outcome(result.map(|()| "waits"))]
    });
}

#[test]
fn a_single_threaded_apartment_parks_what_its_activity_does_not_admit() {
    check("sta_call", 8, ["result"], |row| {
        let filters =
            [("accepts", Ok(())), ("rejects", Err(Refusal::Rejected)), ("asks_to_retry", Err(Refusal::RetryLater))];
        let filter = row.pick("filter", &filters);
        // C1 is inside the object, and with it inside its activity
        let owner = row.pick("causality", &[("c1", Owner::Same), ("c2", Owner::Other)]);
        let activity = row.pick("object", &[("activity", true), ("no_activity", false)]);
        let ask = |waiters| {
            let admission = activity.then(|| activity_lock::admit(owner, waiters));
            [match activity_lock::incoming(filter, admission, &mut ()) {
                StaCall::Dispatched => "dispatched".into(),
                StaCall::Parked => "parked".into(),
                StaCall::Refused(refusal) => {
                    assert_eq!(Err(refusal), filter, "{row:?}");
                    "refused".into()
                }
            }]
        };
        [false, true].map(ask).into()
    });
}
