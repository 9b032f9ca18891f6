//! Tables of activities: who enters, who waits, what an STA parks (SYN 4.3 to 4.5).

use super::{Grid, Known, cell, yes_no};
use complus_core::{
    DeadlockPolicy,
    rules::{
        activity_lock::{self, Admission, Call, Entry, Exit, Owner, StaCall, Target},
        message_filter::Refusal,
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("activity-lock", "What the lock of an activity does with an arriving causality", "SYN 4.3", lock),
    ("activity-leave", "What a return from an activity does to its lock", "SYN 4.3", leave),
    ("activity-entry", "Which calls take the lock of their target's activity", "SYN 4.4", entry),
    ("sta-call", "What an STA does with an incoming call", "SYN 4.5", sta_call),
    ("deadlock", "Whether a causality may wait for an activity", "SYN 4.7", deadlock),
];

fn lock() -> Grid {
    let mut grid = Grid::new(["inside", "nobody waits", "somebody waits"]);
    for owner in Owner::ALL {
        let word = match owner {
            Owner::None => "nobody",
            Owner::Same => "the same causality",
            Owner::Other => "another causality",
        };
        let cells = [false, true].map(|waiters| match activity_lock::admit(owner, waiters) {
            Admission::Enters => "enters",
            Admission::Reenters => "re-enters",
            Admission::Waits => "waits",
        });
        grid.row([word].into_iter().chain(cells));
    }
    grid
}

fn leave() -> Grid {
    let mut grid = Grid::new(["depth before", "nobody waits", "somebody waits"]);
    for depth in [1, 2, 3] {
        let cells = [false, true].map(|waiters| match activity_lock::exit(depth, waiters) {
            Exit::Same(depth) => format!("stays, depth {depth}"),
            Exit::HandedOn => "handed to the head of the queue".into(),
            Exit::Free => "free".into(),
        });
        grid.row([depth.to_string()].into_iter().chain(cells));
    }
    grid
}

fn entry() -> Grid {
    let mut grid = Grid::new([
        "call",
        "same context",
        "target in no activity",
        "causality inside the target's activity",
        "causality outside it",
    ]);
    for call in Call::ALL {
        let word = match call {
            Call::Method => "method",
            Call::ContextCallback => "ContextCallback",
            Call::ContextCallbackWithNoLock => "ContextCallback, IID_IEnterActivityWithNoLock",
            Call::Work => "OnCall",
            Call::Construction => "construction",
            Call::ReferenceTraffic => "QueryInterface, AddRef, Release",
            Call::FinalRelease => "last Release",
            Call::CleanupRelease => "last Release, from clean-up",
        };
        let cells = Target::ALL.map(|target| match activity_lock::entry(call, target, &mut ()) {
            Entry::Nothing => "nothing",
            Entry::Enter => "enters",
            Entry::Reenter => "re-enters",
        });
        grid.row([word].into_iter().chain(cells));
    }
    grid
}

fn sta_call() -> Grid {
    let mut grid =
        Grid::new(["message filter", "object in no activity", "activity admits the call", "activity makes it wait"]);
    for (word, filter) in
        [("none, or accepts", Ok(())), ("REJECTED", Err(Refusal::Rejected)), ("RETRYLATER", Err(Refusal::RetryLater))]
    {
        let admissions = [None, Some(Admission::Enters), Some(Admission::Waits)];
        let cells = admissions.map(|admission| match activity_lock::incoming(filter, admission, &mut ()) {
            StaCall::Dispatched => "dispatched",
            StaCall::Parked => "parked",
            StaCall::Refused(_) => "refused",
        });
        grid.row([word].into_iter().chain(cells));
    }
    grid
}

fn deadlock() -> Grid {
    let mut grid = Grid::new(["would close a cycle", "FailWouldDeadlock", "Hang"]);
    for closes_cycle in [false, true] {
        let cells = [DeadlockPolicy::FailWouldDeadlock, DeadlockPolicy::Hang]
            .map(|policy| cell(activity_lock::may_wait(closes_cycle, policy), |()| "waits".into()));
        grid.row([yes_no(closes_cycle).to_owned()].into_iter().chain(cells));
    }
    grid
}
