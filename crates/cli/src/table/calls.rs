//! Tables of calls between apartments: message filters, restrictions, failures (SYN 7.5, 7.6, 8, 10.1).

use super::{
    Grid, Known, cell,
    messages::{category_word, message_word},
    name_of,
    threads::member_word,
};
use complus_core::{
    attribute::PendingMessage,
    rules::{
        apartment_type::Member,
        call_out::{self, Doing, Failure, Here, Use},
        message::{Category, Message},
        message_filter::{self, Outstanding, Refusal, Retry},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("call-out", "Who may call another apartment", "SYN 7.5", call_out),
    ("callee-failure", "What a caller sees of a callee that fails", "SYN 7.6", callee_failure),
    ("filter-registration", "Where CoRegisterMessageFilter works", "SYN 8, 14.4", registration),
    ("incoming-call", "What a message filter is told, and what its answer does", "SYN 8.1", incoming_call),
    ("refused-call", "What becomes of a refused call", "SYN 8.2", refused_call),
    ("message-pending", "What the answer of MessagePending does", "SYN 8.3", message_pending),
    ("proxy-use", "Where a proxy may be used", "SYN 10.1, ACT 8.3", proxy_use),
];

fn here_word(here: Here) -> &'static str {
    match here {
        Here::Home => "in its apartment",
        Here::Elsewhere => "in another apartment",
        Here::Nowhere => "on a thread without apartment",
    }
}

fn call_out() -> Grid {
    let mut grid = Grid::new(["thread", "reference used", "result"]);
    for here in Here::ALL {
        for doing in Doing::ALL {
            let thread = match doing {
                Doing::Ordinary => "does nothing special".into(),
                Doing::Dispatching(category) => format!("dispatches: {}", category_word(category)),
                Doing::SentMessage { outstanding, posts } => format!(
                    "handles a sent message{}{}",
                    if outstanding { ", a call outstanding" } else { "" },
                    if posts { ", would have to post" } else { "" }
                ),
                Doing::MessageFilter => "is inside its message filter".into(),
            };
            let result = cell(call_out::allowed(here, doing, &mut ()), |()| "may call".into());
            grid.row([thread, here_word(here).into(), result]);
        }
    }
    grid
}

fn callee_failure() -> Grid {
    let mut grid = Grid::new(["callee", "caller sees"]);
    for failure in Failure::ALL {
        let callee = match failure {
            Failure::Disconnected => "disconnected, or shut down in order",
            Failure::DestroyedWhileQueued => "STA destroyed with the call queued",
            Failure::DestroyedWhileExecuting => "STA destroyed while it executed the call",
            Failure::CallersApartmentGone => "the caller's own apartment was torn down",
            Failure::Panicked => "panicked",
            Failure::InstanceKilled => "its application instance was killed",
        };
        grid.row([callee.into(), name_of(call_out::seen_by_caller(failure).hresult())]);
    }
    grid
}

fn registration() -> Grid {
    let mut grid = Grid::new(["thread", "CoRegisterMessageFilter"]);
    for member in Member::ALL {
        let result = cell(message_filter::registration(member), |()| "S_OK".into());
        grid.row([member_word(member).into(), result]);
    }
    grid
}

fn incoming_call() -> Grid {
    let mut grid = Grid::new([
        "call",
        "outstanding calls of the thread",
        "call type",
        "ISHANDLED 0",
        "REJECTED 1",
        "RETRYLATER 2",
        "other",
    ]);
    for category in Category::ALL {
        for outstanding in Outstanding::ALL {
            let call_type = message_filter::call_type(category, outstanding);
            let outstanding = match outstanding {
                Outstanding::None => "none",
                Outstanding::OtherCausality => "of other causalities",
                Outstanding::SameCausality => "of the call's causality",
            };
            let effects =
                [0, 1, 2, 3].map(|answer| match message_filter::incoming(category, call_type, answer, &mut ()) {
                    Ok(()) => "dispatched",
                    Err(Refusal::Rejected) => "rejected",
                    Err(Refusal::RetryLater) => "to be retried",
                });
            let labels = [category_word(category), outstanding, call_type.com_name()];
            grid.row(labels.into_iter().chain(effects));
        }
    }
    grid
}

fn refused_call() -> Grid {
    let mut grid = Grid::new(["RetryRejectedCall answers", "REJECTED", "RETRYLATER"]);
    grid.row(["no filter".into(), rejected(Refusal::Rejected), rejected(Refusal::RetryLater)]);
    for (word, answer) in [("-1", u32::MAX), ("0", 0), ("99", 99), ("100", 100), ("1000", 1000)] {
        // the same, whichever way the call was refused
        let result = cell(message_filter::retry(answer, &mut ()), |retry| match retry {
            Retry::AtOnce => "again at once".into(),
            Retry::After(milliseconds) => format!("again after {milliseconds} ms"),
        });
        grid.row([word.into(), result.clone(), result]);
    }
    grid
}

fn rejected(refusal: Refusal) -> String {
    name_of(refusal.without_filter().hresult())
}

fn message_pending() -> Grid {
    let mut grid = Grid::new(["message", "CANCELCALL 0", "WAITNOPROCESS 1", "WAITDEFPROCESS 2, or no filter"]);
    for message in Message::ALL.into_iter().filter(|message| message_filter::is_told_of(*message)) {
        let cells =
            [PendingMessage::CancelCall, PendingMessage::WaitNoProcess, PendingMessage::WaitDefProcess].map(|answer| {
                cell(message_filter::pending(answer.value(), message, &mut ()), |dispatched| {
                    if dispatched { "dispatched".into() } else { "left queued".into() }
                })
            });
        grid.row([message_word(message).to_owned()].into_iter().chain(cells));
    }
    grid
}

fn proxy_use() -> Grid {
    let mut grid = Grid::new(["used", "method", "QueryInterface", "Release"]);
    for here in Here::ALL {
        let cells = Use::ALL.map(|r#use| cell(call_out::proxy(r#use, here), |()| "works".into()));
        grid.row([here_word(here).to_owned()].into_iter().chain(cells));
    }
    grid
}
