//! Who may call out, and what a caller sees of a callee that fails (SYN 7.5, 7.6, 10.1).

use super::message::Category;
use crate::{
    error::CallError,
    explain::{Explain, Reason},
};
use alloc::format;

/// Where a reference is used, seen from the apartment that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// In its apartment.
    Home,
    /// In another one.
    Elsewhere,
    /// On a thread without apartment, in a process without MTA.
    Nowhere,
}

impl Here {
    /// Every place.
    pub const ALL: [Self; 3] = [Self::Home, Self::Elsewhere, Self::Nowhere];
}

/// How a reference is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A method is called.
    Method,
    /// It is asked for another interface.
    QueryInterface,
    /// It is given back.
    Release,
}

impl Use {
    /// Every use.
    pub const ALL: [Self; 3] = [Self::Method, Self::QueryInterface, Self::Release];
}

/// Whether a proxy may be used here (SYN 10.1). A release drops its reference wherever it happens.
///
/// # Errors
/// [`CallError::WrongThread`] outside the proxy's apartment, [`CallError::NotInitialized`] for a method on a
/// thread without apartment.
#[inline]
pub const fn proxy(r#use: Use, here: Here) -> Result<(), CallError> {
    match (r#use, here) {
        (Use::Release, _) | (_, Here::Home) => Ok(()),
        (Use::Method, Here::Nowhere) => Err(CallError::NotInitialized),
        (Use::Method | Use::QueryInterface, Here::Elsewhere) | (Use::QueryInterface, Here::Nowhere) => {
            Err(CallError::WrongThread)
        }
    }
}

/// What the calling thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Nothing that forbids a call.
    Ordinary,
    /// It dispatches a call.
    Dispatching(Category),
    /// It handles a message that another thread sent.
    SentMessage {
        /// It waits for a call of its own meanwhile.
        outstanding: bool,
        /// The call would have to post a message to another task.
        posts: bool,
    },
    /// It is inside a method of its message filter.
    MessageFilter,
}

impl Doing {
    /// Everything it may be doing.
    pub const ALL: [Self; 9] = [
        Self::Ordinary,
        Self::Dispatching(Category::Synchronous),
        Self::Dispatching(Category::Asynchronous),
        Self::Dispatching(Category::InputSynchronous),
        Self::SentMessage { outstanding: false, posts: false },
        Self::SentMessage { outstanding: false, posts: true },
        Self::SentMessage { outstanding: true, posts: false },
        Self::SentMessage { outstanding: true, posts: true },
        Self::MessageFilter,
    ];
}

/// Whether a thread may make a call to another apartment (SYN 7.5). A thread of the MTA never dispatches on top
/// of a call of its own and has no filter: it always does [`Doing::Ordinary`].
///
/// # Errors
/// As [`proxy`], then [`CallError::External`], [`CallError::Asynchronous`], [`CallError::InputSync`],
/// [`CallError::CantPost`]. Of two restrictions on a sent message the outstanding call counts.
pub fn allowed(here: Here, doing: Doing, explain: &mut impl Explain) -> Result<(), CallError> {
    let restriction = match doing {
        Doing::Ordinary
        | Doing::Dispatching(Category::Synchronous)
        | Doing::SentMessage { outstanding: false, posts: false } => Ok(()),
        Doing::MessageFilter => Err(CallError::External),
        Doing::Dispatching(Category::Asynchronous) => Err(CallError::Asynchronous),
        Doing::Dispatching(Category::InputSynchronous) | Doing::SentMessage { outstanding: true, .. } => {
            Err(CallError::InputSync)
        }
        Doing::SentMessage { outstanding: false, posts: true } => Err(CallError::CantPost),
    };
    let result = proxy(Use::Method, here).and(restriction);
    explain.because(|| Reason {
        rule: "SYN 7.5",
        inputs: format!("reference used {here:?}, thread {doing:?}"),
        verdict: match result {
            Ok(()) => "may call".into(),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "com-error-codes-3",
    });
    result
}

/// The sort that a call is made as, by a caller that has a single-threaded apartment or not (SYN 7.1): outside one,
/// asynchronous calls become synchronous.
///
/// # Errors
/// [`CallError::InputSync`] for an input-synchronised call from the multithreaded apartment.
#[inline]
pub const fn category(asked: Category, from_sta: bool) -> Result<Category, CallError> {
    match (asked, from_sta) {
        (asked, true) => Ok(asked),
        (Category::Synchronous | Category::Asynchronous, false) => Ok(Category::Synchronous),
        (Category::InputSynchronous, false) => Err(CallError::InputSync),
    }
}

/// What has become of a callee, or of the caller's side of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The object was disconnected, its stub is gone, or its apartment shut down in order.
    Disconnected,
    /// Its single-threaded apartment was destroyed with the call still queued.
    DestroyedWhileQueued,
    /// Its single-threaded apartment was destroyed while it executed the call.
    DestroyedWhileExecuting,
    /// The caller's own apartment was torn down since it got the proxy.
    CallersApartmentGone,
    /// The callee panicked.
    Panicked,
    /// The callee's application instance was killed by a panic, before the call or while it waited.
    InstanceKilled,
}

impl Failure {
    /// Every failure.
    pub const ALL: [Self; 6] = [
        Self::Disconnected,
        Self::DestroyedWhileQueued,
        Self::DestroyedWhileExecuting,
        Self::CallersApartmentGone,
        Self::Panicked,
        Self::InstanceKilled,
    ];
}

/// What the caller sees of it (SYN 7.6).
#[inline]
pub const fn seen_by_caller(failure: Failure) -> CallError {
    match failure {
        Failure::Disconnected | Failure::InstanceKilled => CallError::Disconnected,
        Failure::DestroyedWhileQueued => CallError::ServerDiedDidNotExecute,
        Failure::DestroyedWhileExecuting => CallError::ServerDied,
        Failure::CallersApartmentGone => CallError::NotConnected,
        Failure::Panicked => CallError::ServerFault,
    }
}
