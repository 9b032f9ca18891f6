//! The words of the tables for what several of them speak of.

use complus_core::rules::{
    message::{Category, Message},
    thread_pool::Load,
};

/// Calls by category.
pub(crate) const CALLS: [(&str, Category); 3] = [
    ("synchronous_call", Category::Synchronous),
    ("asynchronous_call", Category::Asynchronous),
    ("input_synchronous_call", Category::InputSynchronous),
];

/// Messages.
pub(crate) const MESSAGES: [(&str, Message); 8] = [
    ("synchronous_call", Message::Call(Category::Synchronous)),
    ("asynchronous_call", Message::Call(Category::Asynchronous)),
    ("input_synchronous_call", Message::Call(Category::InputSynchronous)),
    ("dde", Message::Dde),
    ("paint", Message::Paint),
    ("sent", Message::Sent),
    ("posted", Message::Posted),
    ("quit", Message::Quit),
];

/// A thread of the pool: `bound:queued:idle` or `bound:queued:busy`.
pub(crate) fn load(word: &str) -> Load {
    let mut parts = word.split(':');
    let mut number = || parts.next().unwrap().parse().unwrap();
    let (bound, queued) = (number(), number());
    let busy = match parts.next() {
        Some("idle") => false,
        Some("busy") => true,
        other => panic!("{word}: {other:?}"),
    };
    Load { bound, queued, busy }
}
