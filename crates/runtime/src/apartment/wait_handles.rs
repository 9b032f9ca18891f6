//! CoWaitForMultipleHandles: waiting for events and semaphores, as the thread's apartment waits (SYN 7.3).

use super::{
    handle::{Event, WaitHandle, Waiting},
    queue::Queue,
    wait, window,
};
use crate::thread;
use complus_core::{
    attribute::{ThreadType, WaitFlags},
    error::{CallError, Result, WaitError},
    rules::{
        message::Wait,
        wait::{self as rule, Next, Seen, WAIT_IO_COMPLETION},
    },
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

/// Waits for one of the handles, or for all, for `timeout` at most (`None` is for ever). A thread of an STA serves its
/// queue meanwhile. Answers the index of the handle that ended the wait, 0 for all, or
/// [`WAIT_IO_COMPLETION`](rule::WAIT_IO_COMPLETION) if queued procedures did.
///
/// # Errors
/// RPC_E_NO_SYNC without a handle, RPC_S_CALLPENDING when the time is over; RPC_E_DISCONNECTED when the process dies.
pub fn wait_for_handles(flags: WaitFlags, timeout: Option<Duration>, handles: &[WaitHandle]) -> Result<u32> {
    rule::arguments(true, Some(handles.len()))?;
    let (machine, process) = thread::here()?;
    let signal = thread::bound(|binding| binding.signal())?.ok_or(CallError::Disconnected)?;
    let queue = window::of_thread()?;
    let nanoseconds = |timeout: Duration| u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
    let deadline = timeout.map(|timeout| machine.clock.now().saturating_add(nanoseconds(timeout)));
    let waiting = Waiting::begin(handles, &signal);
    let ready = || look(flags, &waiting, &queue, false).transpose();
    match wait::modal(&machine, &process, Wait::Handles, deadline, ready, |_| Ok(()))? {
        Some(index) => index,
        None => look(flags, &waiting, &queue, true)?.ok_or_else(|| WaitError::TimedOut.into()),
    }
}

/// What ends the wait now, if anything does.
fn look(flags: WaitFlags, waiting: &Waiting<'_>, queue: &Queue, timed_out: bool) -> Result<Option<u32>> {
    let thread = super::query()?.thread.unwrap_or(ThreadType::BlockMessages);
    loop {
        let signalled = waiting.signalled();
        let seen = Seen { signalled: &signalled, procedure: queue.has_procedure(), timed_out };
        let index = match rule::next(thread, flags, seen, &mut ())? {
            Next::Pump | Next::Block => return Ok(None),
            Next::Over(index) => index,
        };
        let is_taken = match usize::try_from(index).ok().filter(|index| signalled.get(*index) == Some(&true)) {
            Some(_) if flags.contains(WaitFlags::WAIT_ALL) => waiting.take_all(),
            Some(index) => waiting.take(index),
            None => index == WAIT_IO_COMPLETION && run_procedures(queue),
        };
        if is_taken {
            return Ok(Some(index));
        }
    }
}

/// Runs the procedures that are queued now; whether there were any. A panic in one is contained.
fn run_procedures(queue: &Queue) -> bool {
    let procedures = queue.procedures();
    let any = !procedures.is_empty();
    for procedure in procedures {
        let _ = catch_unwind(AssertUnwindSafe(procedure));
    }
    any
}

impl Event {
    /// ISynchronize::Wait of CLSID_ManualResetEvent: waits for this event alone, as [`wait_for_handles`] does.
    ///
    /// # Errors
    /// RPC_S_CALLPENDING when the time is over; RPC_E_DISCONNECTED when the process dies.
    pub fn wait(&self, flags: WaitFlags, timeout: Option<Duration>) -> Result<()> {
        wait_for_handles(flags, timeout, &[self.handle()]).map(drop)
    }
}
