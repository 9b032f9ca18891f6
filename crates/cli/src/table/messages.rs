//! Tables of the messages of a single-threaded apartment: modal waits, re-entrancy, handles (SYN 7.2 to 7.4).

use super::{Grid, Known, cell, yes_no};
use complus_core::{
    attribute::{ThreadType, WaitFlags},
    rules::{
        message::{self, Arrival, Category, Class, Fate, Message, Reception, Wait},
        wait::{self, MAXIMUM_OBJECTS, Next, Seen, WAIT_IO_COMPLETION},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("modal-wait", "What a waiting STA thread does with its messages; a number is a class", "SYN 7.2", modal_wait),
    ("wait-arguments", "What CoWaitForMultipleHandles and CoWaitForMultipleObjects refuse", "SYN 7.3", arguments),
    ("wait", "What CoWaitForMultipleHandles does with two handles", "SYN 7.3", wait),
    ("reentrancy", "What arrives at an STA thread that waits for a reply", "SYN 7.4", reentrancy),
];

/// A sort of call, as the specification calls it.
pub(super) fn category_word(category: Category) -> &'static str {
    match category {
        Category::Synchronous => "synchronous call",
        Category::Asynchronous => "asynchronous call",
        Category::InputSynchronous => "input-synchronous call",
    }
}

/// A message, as the specification calls it.
pub(super) fn message_word(message: Message) -> &'static str {
    match message {
        Message::Call(category) => category_word(category),
        Message::Dde => "DDE class",
        Message::Paint => "paint",
        Message::Sent => "sent",
        Message::Posted => "posted",
        Message::Quit => "quit",
    }
}

fn modal_wait() -> Grid {
    let mut grid = Grid::new(["message", "reply", "CoWaitForMultipleHandles", "CoUninitialize"]);
    for message in Message::ALL {
        let cells = Wait::ALL.map(|wait| match message::fate(wait, message, &mut ()) {
            Fate::Dispatch(Class::Calls) => "dispatched 1.",
            Fate::Dispatch(Class::Dde) => "dispatched 2.",
            Fate::Dispatch(Class::PaintAndSent) => "dispatched 3.",
            Fate::Stays => "stays, seen",
            Fate::HeldAside => "put back afterwards",
            Fate::Discarded => "discarded",
        });
        grid.row([message_word(message)].into_iter().chain(cells));
    }
    grid
}

fn wait() -> Grid {
    let mut grid = Grid::new(["signalled", "procedure queued", "time over", "flags", "STA", "MTA or no apartment"]);
    let flags = [
        ("0", WaitFlags::DEFAULT),
        ("WAITALL", WaitFlags::WAIT_ALL),
        ("ALERTABLE", WaitFlags::ALERTABLE),
        ("INPUTAVAILABLE", WaitFlags::INPUT_AVAILABLE),
    ];
    for (word, signalled) in
        [("none", [false, false]), ("first", [true, false]), ("second", [false, true]), ("both", [true, true])]
    {
        for (procedure, timed_out) in [(false, false), (true, false), (false, true)] {
            for (name, flags) in flags {
                let seen = Seen { signalled: &signalled, procedure, timed_out };
                let cells = [ThreadType::ProcessMessages, ThreadType::BlockMessages].map(|thread| {
                    cell(wait::next(thread, flags, seen, &mut ()), |next| match next {
                        Next::Over(WAIT_IO_COMPLETION) => "S_OK, WAIT_IO_COMPLETION".into(),
                        Next::Over(index) => format!("S_OK, index {index}"),
                        Next::Pump => "waits and pumps".into(),
                        Next::Block => "waits".into(),
                    })
                });
                let inputs = [word, yes_no(procedure), yes_no(timed_out), name].map(str::to_owned);
                grid.row(inputs.into_iter().chain(cells));
            }
        }
    }
    grid
}

fn arguments() -> Grid {
    let mut grid = Grid::new([
        "place for the index",
        "list",
        "CoWaitForMultipleHandles",
        "CoWaitForMultipleObjects",
        "index after a failure",
    ]);
    let lists = [None, Some(0), Some(1), Some(MAXIMUM_OBJECTS), Some(MAXIMUM_OBJECTS + 1)];
    for index in [true, false] {
        for list in lists {
            let (handles, objects) = (wait::arguments(index, list), wait::object_arguments(index, list));
            let after = match objects.map_err(wait::index_after) {
                Ok(()) => "-",
                Err(Some(_)) => "0",
                Err(None) => "not written",
            };
            let list = list.map_or_else(|| "none".into(), |count| format!("of {count}"));
            let [handles, objects] = [handles, objects].map(|result| cell(result, |()| "waits".into()));
            grid.row([if index { "given" } else { "none" }.into(), list, handles, objects, after.into()]);
        }
    }
    grid
}

fn reentrancy() -> Grid {
    let mut grid = Grid::new(["arrival", "causality", "result", "call type"]);
    let calls = Category::ALL.into_iter().flat_map(|category| {
        let word = |same| if same { "of an outstanding call" } else { "other" };
        [true, false].map(|same_causality| {
            (category_word(category), word(same_causality), Arrival::Call { category, same_causality })
        })
    });
    let others = [
        ("the reply", "any", Arrival::Reply),
        ("sent message", "any", Arrival::Sent),
        ("posted message", "any", Arrival::Posted),
    ];
    for (word, causality, arrival) in others[..1].iter().copied().chain(calls).chain(others[1..].iter().copied()) {
        let (result, call_type) = match message::reception(arrival, &mut ()) {
            Reception::EndsTheWait => ("ends the wait, after the frames above it", None),
            Reception::Dispatched(call_type) => ("dispatched", call_type),
            Reception::UnlessRefused(call_type) => ("dispatched unless the filter refuses", Some(call_type)),
            Reception::StaysQueued => ("stays queued", None),
        };
        grid.row([word, causality, result, call_type.map_or("none", |call_type| call_type.com_name())]);
    }
    grid
}
