//! Tables of activity objects: where calls run, what they start with, who hears of the result (SWC 8).

use super::{Grid, Known, cell, name_of, yes_no};
use complus_core::{
    ActivityTransaction, Compat, HResult,
    attribute::ApartmentKind,
    context::StreamState,
    hresult::{CONTEXT_E_ABORTING, E_FAIL, S_FALSE, S_OK},
    rules::{
        activity_object::{self, Bound, Place, Start, Submitter},
        activity_result::{self, Ended, Report, Unit, Work},
        apartment::Pool,
        leave::{Ending, Role},
        thread_pool::{self, Knobs},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("activity-object", "Where the calls of an activity object run", "SWC 8.3, SYN 12.4", place),
    ("synchronous-call", "What SynchronousCall returns", "SWC 8.3", synchronous),
    ("activity-queue", "What AsynchronousCall answers when others wait already", "SWC 8.4, SYN 12.3", queue),
    ("asynchronous-call", "Who hears how an asynchronous call ended", "SWC 8.5", asynchronous),
    ("on-error", "What comes after OnError", "SWC 8.5", on_error),
    ("activity-binding", "What BindToCurrentThread and UnbindFromThread do", "SWC 8.6", binding),
    ("activity-transaction", "The transaction that a call of an activity object starts with", "SWC 8.8", start),
    ("activity-end", "What the end of a call does to its transaction", "SWC 8.8", end),
];

fn place() -> Grid {
    let mut grid = Grid::new(["pool", "bound", "submitter", "SynchronousCall", "AsynchronousCall"]);
    let word = |place| match place {
        Place::Inline => "on the submitter's thread",
        Place::MtaPool => "MTA pool",
        Place::AnySta => "any STA of the pool",
        Place::BoundSta => "the STA it is bound to",
    };
    for (pool_word, pool, bound) in
        [("MTA", Pool::Mta, Bound::No), ("STA", Pool::Sta, Bound::No), ("STA", Pool::Sta, Bound::ToSta)]
    {
        for submitter in Submitter::ALL {
            let submitter_word = match (submitter, bound) {
                (Submitter::Mta, _) => "MTA",
                (Submitter::OtherSta, Bound::No) => "STA",
                (Submitter::OtherSta, Bound::ToSta) => "another STA",
                (Submitter::BoundSta, Bound::ToSta) => "that STA",
                (Submitter::BoundSta, Bound::No) => continue,
            };
            let places = [activity_object::place(pool, bound, submitter), activity_object::queue(pool, bound)];
            let labels = [pool_word, yes_no(bound == Bound::ToSta), submitter_word];
            grid.row(labels.into_iter().chain(places.map(word)));
        }
    }
    grid
}

fn ended_word(ended: Ended) -> String {
    match ended {
        Ended::Returned(hresult) => name_of(hresult),
        Ended::Panicked => "panics".into(),
    }
}

fn queue() -> Grid {
    let mut grid = Grid::new(["MaxQueuedRequests", "none waits", "1 waits", "2 wait", "3 wait", "1000 wait"]);
    for limit in [0, 1, 2, 3] {
        let knobs = Knobs { max_queued_requests: limit, ..Knobs::default() };
        let cells = [0, 1, 2, 3, 1000].map(|waiting| cell(thread_pool::accept(waiting, &knobs), |()| "S_OK".into()));
        let label = if limit == 0 { "0: unlimited".to_owned() } else { limit.to_string() };
        grid.row([label].into_iter().chain(cells));
    }
    grid
}

/// How OnCall may end.
const ENDINGS: [Ended; 4] = [Ended::Returned(S_OK), Ended::Returned(S_FALSE), Ended::Returned(E_FAIL), Ended::Panicked];

/// A call that wanted to commit its own transaction, and what came of it.
const fn unit(outcome: StreamState) -> Unit {
    Unit { role: Role::Root, wanted_commit: true, outcome: Some(outcome) }
}

fn synchronous() -> Grid {
    let mut grid = Grid::new(["OnCall", "no transaction", "committed", "commit failed", "in doubt", "abort voted"]);
    for ended in ENDINGS {
        let units = [
            Unit::NONE,
            unit(StreamState::Committed),
            unit(StreamState::Aborted),
            unit(StreamState::InDoubt),
            Unit { wanted_commit: false, ..unit(StreamState::Aborted) },
        ];
        let cells = units.map(|unit| cell(activity_result::synchronous(ended, unit, &mut ()), name_of));
        grid.row([ended_word(ended)].into_iter().chain(cells));
    }
    grid
}

fn asynchronous() -> Grid {
    let mut grid = Grid::new(["OnCall", "commit failed", "with IAsyncErrorNotify", "without"]);
    let word = |report| match report {
        Report::Nothing => "nothing".into(),
        Report::OnError(hresult) => format!("OnError({})", name_of(hresult)),
        Report::Diagnostic(hresult) => format!("lost: {}", name_of(hresult)),
        Report::FailFast => "failfast".into(),
    };
    let mut row = |on_call: String, failed: &str, work: Work| {
        let cells = [true, false].map(|notify| word(activity_result::asynchronous(work, notify, &mut ())));
        grid.row([on_call, failed.into()].into_iter().chain(cells));
    };
    for ended in ENDINGS {
        row(ended_word(ended), "no", Work::Ran(ended, unit(StreamState::Committed)));
        row(ended_word(ended), "yes", Work::Ran(ended, unit(StreamState::Aborted)));
    }
    const REFUSED: HResult = CONTEXT_E_ABORTING;
    row(format!("did not run: {}", name_of(REFUSED)), "no", Work::NotEntered(REFUSED));
    grid
}

fn start() -> Grid {
    let mut grid = Grid::new([
        "activity object",
        "ends",
        "no transaction",
        "active",
        "doomed",
        "committed",
        "aborted",
        "in doubt",
    ]);
    let states = [
        None,
        Some(StreamState::Active),
        Some(StreamState::Doomed),
        Some(StreamState::Committed),
        Some(StreamState::Aborted),
        Some(StreamState::InDoubt),
    ];
    for (word, role) in [
        ("not transactional", Role::None),
        ("root", Role::Root),
        ("inherited", Role::Interior),
        ("brought", Role::Brought),
    ] {
        for (ends, policy) in [("PerCall", ActivityTransaction::PerCall), ("UntilDone", ActivityTransaction::UntilDone)]
        {
            let cells = states.map(|state| {
                cell(activity_object::start(role, state, policy, &mut ()), |start| match start {
                    Start::NoTransaction => "none".into(),
                    Start::Begin => "begins a new one".into(),
                    Start::Join => "joins".into(),
                })
            });
            grid.row([word, ends].map(str::to_owned).into_iter().chain(cells));
        }
    }
    grid
}

fn on_error() -> Grid {
    let mut grid = Grid::new(["OnError", "then"]);
    for ended in ENDINGS {
        let then = match activity_result::after_on_error(ended) {
            Report::FailFast => "failfast",
            Report::Nothing | Report::OnError(_) | Report::Diagnostic(_) => "nothing",
        };
        grid.row([ended_word(ended), then.into()]);
    }
    grid
}

fn binding() -> Grid {
    let mut grid = Grid::new(["pool", "calling thread", "bound before", "BindToCurrentThread", "UnbindFromThread"]);
    for (pool_word, pool) in [("STA", Pool::Sta), ("MTA", Pool::Mta)] {
        for (thread_word, thread) in [("STA", ApartmentKind::Sta), ("MTA", ApartmentKind::Mta)] {
            for bound in [Bound::No, Bound::ToSta] {
                if pool == Pool::Mta && bound == Bound::ToSta {
                    continue; // nothing binds it
                }
                let bind = if activity_object::binds(pool, thread) { "binds to the thread's STA" } else { "nothing" };
                let unbind = if activity_object::unbinds(pool, bound) { "unbinds" } else { "nothing" };
                grid.row([pool_word, thread_word, yes_no(bound == Bound::ToSta), bind, unbind]);
            }
        }
    }
    grid
}

fn end() -> Grid {
    let mut grid = Grid::new([
        "activity object",
        "ends",
        "consistent",
        "return, not done",
        "return, done",
        "return, doomed",
        "last release",
    ]);
    let word = |ending| match ending {
        Ending::Nothing => "nothing",
        Ending::Commit => "commit",
        Ending::Abort => "abort",
        Ending::Doom => "doom",
    };
    for (name, role) in [
        ("not transactional", Role::None),
        ("root", Role::Root),
        ("inherited", Role::Interior),
        ("brought", Role::Brought),
    ] {
        for (ends, activity_transaction) in
            [("PerCall", ActivityTransaction::PerCall), ("UntilDone", ActivityTransaction::UntilDone)]
        {
            let compat = Compat { activity_transaction, ..Compat::default() };
            for consistent in [true, false] {
                let at_return = |done, state| word(activity_object::ending(role, consistent, done, state, &compat));
                let cells = [
                    at_return(false, StreamState::Active),
                    at_return(true, StreamState::Active),
                    at_return(true, StreamState::Doomed),
                    word(activity_object::release(role, consistent, Some(StreamState::Active), &compat)),
                ];
                grid.row([name, ends, if consistent { "true" } else { "false" }].into_iter().chain(cells));
            }
        }
    }
    grid
}
