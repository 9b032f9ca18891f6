//! The messages of a single-threaded apartment, and what a waiting thread does with them (SYN 7.1, 7.2, 7.4).

use super::message_filter::{self, Outstanding};
use crate::{
    attribute::CallType,
    explain::{Explain, Reason},
};
use alloc::format;

/// The three sorts of calls that reach a single-threaded apartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// The caller waits in a modal loop.
    Synchronous,
    /// A notification; nobody waits. No synchronous call may be made out of it.
    Asynchronous,
    /// Delivered as a sent message is; the callee must not yield.
    InputSynchronous,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 3] = [Self::Synchronous, Self::Asynchronous, Self::InputSynchronous];
}

/// A message in the queue of a single-threaded apartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A call from another apartment.
    Call(Category),
    /// Of the DDE class.
    Dde,
    /// A request to paint.
    Paint,
    /// Sent by another thread, which waits for it.
    Sent,
    /// Posted by the program.
    Posted,
    /// Ends the thread's own loop.
    Quit,
}

impl Message {
    /// Every message, calls of each category included.
    pub const ALL: [Self; 8] = [
        Self::Call(Category::Synchronous),
        Self::Call(Category::Asynchronous),
        Self::Call(Category::InputSynchronous),
        Self::Dde,
        Self::Paint,
        Self::Sent,
        Self::Posted,
        Self::Quit,
    ];
}

/// Why a thread of a single-threaded apartment is in a modal loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It waits for the reply of an outgoing call.
    Reply,
    /// CoWaitForMultipleHandles. No flag changes what is dispatched: the two that speak of dispatching are for
    /// application STAs, which there are none of.
    Handles,
    /// CoUninitialize drains the queue.
    Uninitialize,
}

impl Wait {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Reply, Self::Handles, Self::Uninitialize];
}

/// In which order a modal loop serves what it serves. Within a class the order is that of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Calls from other apartments.
    Calls,
    /// Messages of the DDE class.
    Dde,
    /// Paint requests and sent messages.
    PaintAndSent,
}

/// What a modal loop does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Dispatches it, in the order of its class.
    Dispatch(Class),
    /// Leaves it in the queue, where it counts as seen.
    Stays,
    /// Takes it out and puts it back when the wait returns.
    HeldAside,
    /// Throws it away.
    Discarded,
}

/// What a modal loop does with a message (SYN 7.2, 7.3). A quit never ends the wait, and never gets lost; the
/// drain of CoUninitialize discards everything else that is no call (SYN 6.2).
pub fn fate(wait: Wait, message: Message, explain: &mut impl Explain) -> Fate {
    let fate = match (message, wait) {
        (Message::Call(_), _) => Fate::Dispatch(Class::Calls),
        (Message::Quit, _) => Fate::HeldAside,
        (_, Wait::Uninitialize) => Fate::Discarded,
        (Message::Dde, _) => Fate::Dispatch(Class::Dde),
        (Message::Paint | Message::Sent, _) => Fate::Dispatch(Class::PaintAndSent),
        (Message::Posted, _) => Fate::Stays,
    };
    explain.because(|| Reason {
        rule: "SYN 7.2",
        inputs: format!("wait {wait:?}, message {message:?}"),
        verdict: format!("{fate:?}"),
        source: "nf-combaseapi-cowaitformultiplehandles",
    });
    fate
}

/// What arrives at a thread that waits for the reply of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// That reply.
    Reply,
    /// A call from another apartment; whether its causality is that of an outstanding call of the thread.
    Call {
        /// Its sort.
        category: Category,
        /// It belongs to the causality of a call that the thread waits for.
        same_causality: bool,
    },
    /// A message that another thread sent.
    Sent,
    /// A message that the program posted.
    Posted,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// The wait ends, once the frames above it on the stack have returned: completion is last in, first out.
    EndsTheWait,
    /// Dispatched, whatever a message filter answers; the call type that the filter is told, if it is a call.
    Dispatched(Option<CallType>),
    /// Dispatched unless the message filter refuses. The object's activity may still park it (SYN 4.5).
    UnlessRefused(CallType),
    /// It stays in the queue.
    StaysQueued,
}

/// Re-entrancy while a thread of a single-threaded apartment waits for a reply (SYN 7.4).
pub fn reception(arrival: Arrival, explain: &mut impl Explain) -> Reception {
    let reception = match arrival {
        Arrival::Reply => Reception::EndsTheWait,
        Arrival::Sent => Reception::Dispatched(None),
        Arrival::Posted => Reception::StaysQueued,
        Arrival::Call { category, same_causality } => {
            let outstanding = if same_causality { Outstanding::SameCausality } else { Outstanding::OtherCausality };
            let call_type = message_filter::call_type(category, outstanding);
            if message_filter::may_refuse(category, call_type) {
                Reception::UnlessRefused(call_type)
            } else {
                Reception::Dispatched(Some(call_type))
            }
        }
    };
    explain.because(|| Reason {
        rule: "SYN 7.4",
        inputs: format!("while waiting for a reply: {arrival:?}"),
        verdict: format!("{reception:?}"),
        source: "single-threaded-apartments",
    });
    reception
}
