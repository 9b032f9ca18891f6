//! The words of the tables for what several of them speak of.

use complus_core::{
    context::StreamState,
    rules::{
        message::{Category, Message},
        synchronization::Activity,
        thread_pool::Load,
        transaction::Transaction,
    },
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

/// The transaction of a stream.
pub(crate) const TRANSACTIONS: [(&str, Option<StreamState>); 6] = [
    ("none", None),
    ("active", Some(StreamState::Active)),
    ("doomed", Some(StreamState::Doomed)),
    ("committed", Some(StreamState::Committed)),
    ("aborted", Some(StreamState::Aborted)),
    ("in_doubt", Some(StreamState::InDoubt)),
];

/// What becomes of a context's transaction.
pub(crate) fn transaction_word(transaction: Transaction) -> &'static str {
    match transaction {
        Transaction::None => "none",
        Transaction::Callers => "callers",
        Transaction::New => "new",
        Transaction::Brought => "brought",
    }
}

/// What becomes of a context's activity.
pub(crate) fn activity_word(activity: Activity) -> &'static str {
    match activity {
        Activity::None => "none",
        Activity::Callers => "callers",
        Activity::New => "new",
    }
}

/// The values of a yes or no column; `any` is both.
pub(crate) fn flags(word: &str) -> Vec<bool> {
    if word == "any" { vec![false, true] } else { vec![word.parse().unwrap()] }
}
