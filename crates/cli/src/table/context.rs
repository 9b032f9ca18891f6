//! Tables of contexts: the two flags, who may use them, and how a domain ends (ACT 1.4, 9.3, SWC 7.3).

use super::{Grid, Known, cell, name_of};
use complus_core::{
    ByotAbort,
    attribute::TransactionVote,
    context::{Flags, StreamState},
    error::ContextError,
    hresult::S_OK,
    rules::{
        context_interface::{self, ContextInterface},
        context_state::{self, Capabilities},
        leave::{self, Ending, Role},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("flags", "What the calls do to the consistent flag and the done flag", "ACT 1.4, TXN 5.1", flags),
    ("context-interface", "Which interfaces a context offers", "ACT 9.1, SYN 11", interfaces),
    ("context-state", "What the calls of IContextState answer", "ACT 9.3, TXN 5.3", context_state),
];

/// ACT 1.4.
fn flags() -> Grid {
    const BEFORE: [Flags; 4] = [
        Flags { consistent: true, done: false },
        Flags { consistent: false, done: false },
        Flags { consistent: false, done: true },
        Flags { consistent: true, done: true },
    ];
    type Call = fn(&mut Flags);
    let calls: [(&str, Call); 9] = [
        ("initial state of every activation", |flags| *flags = Flags::INITIAL),
        ("EnableCommit", Flags::enable_commit),
        ("DisableCommit", Flags::disable_commit),
        ("SetComplete", Flags::set_complete),
        ("SetAbort", Flags::set_abort),
        ("SetMyTransactionVote(TxCommit)", |flags| flags.vote(TransactionVote::Commit)),
        ("SetMyTransactionVote(TxAbort)", |flags| flags.vote(TransactionVote::Abort)),
        ("SetDeactivateOnReturn(TRUE)", |flags| flags.deactivate_on_return(true)),
        ("SetDeactivateOnReturn(FALSE)", |flags| flags.deactivate_on_return(false)),
    ];
    let mut grid = Grid::new(["call", "consistent", "done"]);
    for (name, call) in calls {
        let after = BEFORE.map(|mut flags| {
            call(&mut flags);
            flags
        });
        let effect = |flag: fn(Flags) -> bool| match (BEFORE.map(flag), after.map(flag)) {
            (before, after) if before == after => "unchanged",
            (_, [true, true, true, true]) => "true",
            (_, [false, false, false, false]) => "false",
            _ => "depends",
        };
        grid.row([name, effect(|flags| flags.consistent), effect(|flags| flags.done)]);
    }
    grid
}

/// ACT 9.1, by the names of the headers.
fn interfaces() -> Grid {
    let mut grid = Grid::new(["interface", "default context", "any other context"]);
    for &interface in ContextInterface::ALL {
        let cells = [true, false]
            .map(|is_default| cell(context_interface::query(interface.iid(), is_default), |_| name_of(S_OK)));
        grid.row([format!("I{interface:?}")].into_iter().chain(cells));
    }
    grid
}

/// ACT 9.3. A transaction brings just-in-time activation with it, so there are three kinds of context.
fn context_state() -> Grid {
    fn vote(context: Capabilities, vote: i32) -> Result<(), ContextError> {
        context_state::set_my_transaction_vote(context, vote).map(|_| ())
    }
    type Call = fn(Capabilities) -> Result<(), ContextError>;
    let calls: [(&str, Call); 6] = [
        ("SetDeactivateOnReturn", context_state::deactivate_on_return),
        ("GetDeactivateOnReturn", context_state::deactivate_on_return),
        ("SetMyTransactionVote(TxCommit)", |context| vote(context, TransactionVote::Commit.value())),
        ("SetMyTransactionVote(TxAbort)", |context| vote(context, TransactionVote::Abort.value())),
        ("SetMyTransactionVote(2), no such vote", |context| vote(context, 2)),
        ("GetMyTransactionVote", context_state::get_my_transaction_vote),
    ];
    let contexts = [(false, false), (true, false), (true, true)];
    let mut grid =
        Grid::new(["method", "neither JIT nor transaction", "JIT, no transaction", "transaction (JIT implied)"]);
    for (name, call) in calls {
        let cells = contexts.map(|(jit, transaction)| {
            name_of(call(Capabilities { jit, transaction }).err().map_or(S_OK, ContextError::hresult))
        });
        grid.row([name.into()].into_iter().chain(cells));
    }
    grid
}

/// SWC 7.3, with the ending that leads to each status. An attempted commit has a row for each outcome.
pub(super) fn leave() -> Grid {
    use StreamState::{Aborted, Active, Committed, Doomed, InDoubt};
    let mut grid = Grid::new([
        "role of the context",
        "consistent",
        "transaction met",
        "leaving does",
        "transaction then",
        "status",
    ]);
    // Whoever began an automatic transaction ends it, so the only end that its contexts can meet is
    // an abort by somebody else; a brought one may have met any end.
    let automatic: &[StreamState] = &[Active, Doomed, Aborted];
    let roles: [(&str, Role, ByotAbort, &[StreamState]); 5] = [
        ("no transaction", Role::None, ByotAbort::Veto, &[Active]),
        ("root", Role::Root, ByotAbort::Veto, automatic),
        ("interior", Role::Interior, ByotAbort::Veto, automatic),
        ("BYOT", Role::Brought, ByotAbort::Veto, &[Active, Doomed, Committed, Aborted, InDoubt]),
        ("BYOT, byot_abort = Immediate", Role::Brought, ByotAbort::Immediate, &[Active, Doomed]),
    ];
    for (name, role, byot_abort, states) in roles {
        for &met in states {
            for consistent in [true, false] {
                let ending = leave::ending(role, consistent, met, byot_abort);
                if byot_abort != ByotAbort::Veto && ending == leave::ending(role, consistent, met, ByotAbort::Veto) {
                    continue; // the switch changes nothing here
                }
                let (does, outcomes): (_, &[StreamState]) = match ending {
                    Ending::Nothing => ("nothing", &[met]),
                    Ending::Commit => ("commit", &[Committed, Aborted, InDoubt]),
                    Ending::Abort => ("abort", &[Aborted]),
                    Ending::Doom => ("doom", &[Doomed]),
                };
                for &then in outcomes {
                    let status = leave::status(role, then, &mut ());
                    let status = status.map_or_else(|| "no call".into(), |status| name_of(status.hresult()));
                    let [met, then] = [met, then].map(|state| if role == Role::None { "-" } else { word(state) });
                    grid.row([name, if consistent { "true" } else { "false" }, met, does, then, &status]);
                }
            }
        }
    }
    grid
}

fn word(state: StreamState) -> &'static str {
    match state {
        StreamState::Active => "active",
        StreamState::Doomed => "doomed",
        StreamState::Committed => "committed",
        StreamState::Aborted => "aborted",
        StreamState::InDoubt => "in doubt",
    }
}
