//! CoWaitForMultipleHandles as a decision that is made again whenever something changes (SYN 7.3).

use crate::{
    attribute::{ThreadType, WaitFlags},
    error::WaitError,
    explain::{Explain, Reason},
};
use alloc::format;

/// The index that stands for a queued asynchronous procedure.
pub const WAIT_IO_COMPLETION: u32 = 0xC0;

/// The most handles that CoWaitForMultipleObjects takes.
pub const MAXIMUM_OBJECTS: usize = 56;

/// What a wait finds when it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen<'a> {
    /// The handles, signalled or not.
    pub signalled: &'a [bool],
    /// An asynchronous procedure is queued for the thread.
    pub procedure: bool,
    /// The time is over.
    pub timed_out: bool,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The wait is over, S_OK: the index of the signalled handle, 0 for all of them, or [`WAIT_IO_COMPLETION`].
    Over(u32),
    /// It goes on, and the thread serves its messages meanwhile.
    Pump,
    /// It goes on; messages are neither dispatched nor looked at.
    Block,
}

/// The arguments: whether there is a place for the index, and how many handles the list has, if there is one.
///
/// # Errors
/// [`WaitError::NoIndex`], [`WaitError::NoList`], [`WaitError::NothingToWaitFor`], in this order.
#[inline]
pub const fn arguments(index: bool, handles: Option<usize>) -> Result<(), WaitError> {
    match (index, handles) {
        (false, _) => Err(WaitError::NoIndex),
        (true, None) => Err(WaitError::NoList),
        (true, Some(0)) => Err(WaitError::NothingToWaitFor),
        (true, Some(_)) => Ok(()),
    }
}

/// The same for CoWaitForMultipleObjects.
///
/// # Errors
/// As [`arguments`], then [`WaitError::TooMany`].
#[inline]
pub const fn object_arguments(index: bool, objects: Option<usize>) -> Result<(), WaitError> {
    match (arguments(index, objects), objects) {
        (Ok(()), Some(count)) if count > MAXIMUM_OBJECTS => Err(WaitError::TooMany),
        (result, _) => result,
    }
}

/// The index that is written when a wait fails: 0, where there is a place for it.
#[inline]
pub const fn index_after(error: WaitError) -> Option<u32> {
    match error {
        WaitError::NoIndex => None,
        _ => Some(0),
    }
}

/// What a wait does, on entry and whenever something may have changed. A signalled handle ends it before
/// anything is dispatched. `thread` pumps if it has a single-threaded apartment, also while it is inside a
/// neutral call; without apartment it blocks. Input never ends a wait, whatever the flags: it only wakes the
/// pump.
///
/// # Errors
/// [`WaitError::TimedOut`].
pub fn next(
    thread: ThreadType,
    flags: WaitFlags,
    seen: Seen<'_>,
    explain: &mut impl Explain,
) -> Result<Next, WaitError> {
    let index = if flags.contains(WaitFlags::WAIT_ALL) {
        seen.signalled.iter().all(|signalled| *signalled).then_some(0)
    } else {
        seen.signalled.iter().position(|signalled| *signalled).map(|index| index as u32)
    };
    let result = match (index, thread) {
        (Some(index), _) => Ok(Next::Over(index)),
        (None, _) if seen.procedure && flags.contains(WaitFlags::ALERTABLE) => Ok(Next::Over(WAIT_IO_COMPLETION)),
        (None, _) if seen.timed_out => Err(WaitError::TimedOut),
        (None, ThreadType::ProcessMessages) => Ok(Next::Pump),
        (None, ThreadType::BlockMessages) => Ok(Next::Block),
    };
    explain.because(|| Reason {
        rule: "SYN 7.3",
        inputs: format!("thread {thread}, flags {:#x}, {seen:?}", flags.0),
        verdict: match result {
            Ok(next) => format!("{next:?}"),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "nf-combaseapi-cowaitformultiplehandles",
    });
    result
}
