//! Tables of an object's life: the order of its calls, its flags, calls into its transaction (ACT 7, 9.10).

use super::{Grid, Known, cell, yes_no};
use complus_core::{
    context::{Flags, StreamState},
    rules::{
        just_in_time::{self, Written},
        leave::Role,
        life_cycle::{self, Instance, Life, Step},
        transaction_call::{self, Aftermath, Call, Start},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("object-control", "Whether IObjectControl is used", "ACT 7.1", object_control),
    ("life-cycle", "The calls in an object's life, by flavour", "ACT 7.2", life_cycle),
    ("auto-done", "The flags after a method that wrote some of them", "ACT 7.4, TXN 5.2", auto_done),
    ("deactivation", "Whether an object is deactivated as its method returns", "ACT 7.3, TXN 5.1", deactivation),
    (
        "transaction-call",
        "What a call into a transactional context starts with",
        "ACT 9.10, TXN 6, 7.2",
        transaction_call,
    ),
];

fn words(steps: impl Iterator<Item = Step>) -> String {
    let words: Vec<_> = steps
        .map(|step| match step {
            Step::Create => "create",
            Step::Construct => "Construct",
            Step::CheckOut => "check out",
            Step::Activate => "Activate",
            Step::Deactivate => "Deactivate",
            Step::CanBePooled => "CanBePooled",
            Step::CheckIn => "check in",
            Step::Destroy => "destroy",
        })
        .collect();
    if words.is_empty() { "nothing".into() } else { words.join(", ") }
}

fn object_control() -> Grid {
    let mut grid = Grid::new(["context", "not pooled", "pooled"]);
    for (word, own) in [("the object's own", true), ("its creator's, or a default one", false)] {
        let cells = [false, true].map(|pooled| yes_no(life_cycle::controls(own, pooled)));
        grid.row([word].into_iter().chain(cells));
    }
    grid
}

/// With ConstructionEnabled and IObjectControl; what lacks one of them leaves its calls out.
fn life_cycle() -> Grid {
    let mut grid = Grid::new([
        "flavour",
        "pool",
        "creation",
        "first method",
        "next method after the end",
        "end: done, or last release",
    ]);
    for (flavour, just_in_time, pooled) in
        [("plain", false, false), ("JIT", true, false), ("pooled", false, true), ("JIT and pooled", true, true)]
    {
        let life = Life { just_in_time, pooled, constructed: true, controlled: true };
        let pools: &[_] = if pooled {
            &[("idle instance, poolable", true, true), ("no idle instance, not poolable", false, false)]
        } else {
            &[("none", false, false)]
        };
        for &(pool, idle, poolable) in pools {
            let creation: Vec<Step> = life_cycle::creation(life, idle).collect();
            let made = match (creation.contains(&Step::Activate), creation.is_empty()) {
                (true, _) => Instance::Active,
                (false, true) => Instance::None,
                (false, false) => Instance::Made,
            };
            let next =
                if just_in_time { words(life_cycle::call(life, Instance::None, idle)) } else { "there is none".into() };
            grid.row([
                flavour.to_owned(),
                pool.into(),
                words(creation.into_iter()),
                words(life_cycle::call(life, made, idle)),
                next,
                words(life_cycle::end(life, Instance::Active, poolable)),
            ]);
        }
    }
    grid
}

fn auto_done() -> Grid {
    let mut grid = Grid::new(["AutoComplete", "the method calls", "returns", "done", "consistent"]);
    const BOTH: Written = Written { consistent: true, done: true };
    const VOTE: Written = Written { consistent: true, done: false };
    const DONE: Written = Written { consistent: false, done: true };
    type Write = fn(&mut Flags);
    let calls: [(&str, Written, Write); 9] = [
        ("nothing", Written { consistent: false, done: false }, |_| {}),
        ("SetComplete", BOTH, Flags::set_complete),
        ("SetAbort", BOTH, Flags::set_abort),
        ("EnableCommit", BOTH, Flags::enable_commit),
        ("DisableCommit", BOTH, Flags::disable_commit),
        ("SetMyTransactionVote(TxCommit)", VOTE, |flags| flags.consistent = true),
        ("SetMyTransactionVote(TxAbort)", VOTE, |flags| flags.consistent = false),
        ("SetDeactivateOnReturn(TRUE)", DONE, |flags| flags.deactivate_on_return(true)),
        ("SetDeactivateOnReturn(FALSE)", DONE, |flags| flags.deactivate_on_return(false)),
    ];
    for auto in [false, true] {
        for (name, written, write) in calls {
            for succeeded in [true, false] {
                let [after, other] = [true, false].map(|consistent| {
                    let mut flags = just_in_time::begin(Flags { consistent, done: false }, auto, false);
                    write(&mut flags);
                    just_in_time::end(flags, written, auto, succeeded)
                });
                let consistent = if after == other { after.consistent.to_string() } else { "as before".into() };
                let code = if succeeded { "success" } else { "failure" };
                grid.row([if auto { "on" } else { "off" }, name, code, &after.done.to_string(), &consistent]);
            }
        }
    }
    grid
}

fn deactivation() -> Grid {
    let mut grid = Grid::new(["JIT", "done", "outermost call returns", "an inner call returns"]);
    for jit in [false, true] {
        for done in [false, true] {
            let cells =
                [false, true].map(|nested| just_in_time::deactivates(jit, Flags { consistent: true, done }, nested));
            grid.row([jit, done, cells[0], cells[1]].map(yes_no));
        }
    }
    grid
}

fn transaction_call() -> Grid {
    use StreamState::{Aborted, Active, Committed, Doomed};
    let mut grid = Grid::new([
        "context",
        "its stream holds",
        "result",
        "the context then",
        "the same, nested",
        "old sequence number",
    ]);
    let held: &[_] = &[
        ("an active transaction", Some(Active), true),
        ("a doomed transaction", Some(Doomed), true),
        ("none", None, true),
        ("none, manager unreachable", None, false),
        ("an aborted one, with the context active in it", Some(Aborted), true),
        ("a committed one", Some(Committed), true),
    ];
    for (context, role) in
        [("root", Role::Root), ("interior", Role::Interior), ("in a brought transaction", Role::Brought)]
    {
        for &(word, held, manager) in held {
            // only an owner outside ends a transaction under its root by a commit, and only a root begins one
            if role == Role::Root && held == Some(Committed) || role != Role::Root && !manager {
                continue;
            }
            let ask = |old_sequence, nested| {
                transaction_call::enter(Call { role, held, old_sequence, nested, manager }, &mut ())
            };
            let result = |entered: Result<Start, (_, Aftermath)>| {
                cell(entered.map_err(|(error, _)| error), |start| match start {
                    Start::NoTransaction => "runs without one".into(),
                    Start::Begin => "begins the next".into(),
                    Start::Join => "joins".into(),
                })
            };
            let then = match ask(false, false) {
                Ok(_) => "runs",
                Err((_, Aftermath::Nothing)) => "stays as it is",
                Err((_, Aftermath::Deactivate)) => "is deactivated",
                Err((_, Aftermath::Abort)) => "is deactivated, its transaction aborted",
                Err((_, Aftermath::Forget)) => "begins the next with the next call",
            };
            let nested = if held.is_none_or(StreamState::is_over) { "-".into() } else { result(ask(false, true)) };
            grid.row([context, word, &result(ask(false, false)), then, &nested, &result(ask(true, false))]);
        }
    }
    grid
}
