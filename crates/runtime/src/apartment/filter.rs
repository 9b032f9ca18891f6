//! Message filters: who is asked about the calls to and from an STA (SYN 8).

use super::{Call, call::Method, pump::Here};
use crate::{
    machine::Machine,
    thread::{self, Dispatching},
};
use complus_core::{
    error::{CallError, Result},
    rules::{
        apartment_type::Member,
        message_filter::{self, Outstanding, Refusal, Retry},
    },
};
use complus_sync::Arc;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

pub use complus_core::attribute::{CallType, PendingMessage, PendingType, ServerCall};

/// IMessageFilter. Its methods are called on the thread of its STA, and may not call out
/// (RPC_E_CANTCALLOUT_INEXTERNALCALL).
pub trait MessageFilter: Send + Sync {
    /// HandleInComingCall: a call is about to be dispatched. The answer is a [`ServerCall`]; an unknown number
    /// accepts.
    fn handle_incoming_call(&self, call: IncomingCall) -> i32 {
        let _ = call;
        ServerCall::IsHandled.value()
    }

    /// RetryRejectedCall: a call of this thread was refused. 0xFFFFFFFF gives up, less than 100 tries again at once,
    /// anything else after so many milliseconds.
    fn retry_rejected_call(&self, callee: u32, elapsed: Duration, refusal: ServerCall) -> u32 {
        let _ = (callee, elapsed, refusal);
        u32::MAX
    }

    /// MessagePending: a window message is in the queue while this thread waits for a reply; asked once for each, which
    /// stays in the queue. The answer is a [`PendingMessage`]; an unknown number is PENDINGMSG_WAITDEFPROCESS.
    fn message_pending(&self, callee: u32, elapsed: Duration, pending: PendingType) -> i32 {
        let _ = (callee, elapsed, pending);
        PendingMessage::WaitDefProcess.value()
    }
}

/// What a filter is told of an incoming call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncomingCall {
    /// How it relates to what the thread is doing.
    pub call_type: CallType,
    /// The machine's number of the caller's thread.
    pub caller: u32,
    /// Time since it was made.
    pub elapsed: Duration,
    /// What is called.
    pub method: Method,
}

/// CoRegisterMessageFilter: sets the filter of the thread's STA, or takes it away; answers the one before.
///
/// # Errors
/// CO_E_NOT_SUPPORTED outside an STA.
pub fn register_message_filter(filter: Option<Arc<dyn MessageFilter>>) -> Result<Option<Arc<dyn MessageFilter>>> {
    thread::bound(|binding| {
        let member = match binding.membership.sta() {
            Some(_) => Member::Sta,
            None => Member::Mta,
        };
        message_filter::registration(member)?;
        Ok(std::mem::replace(&mut binding.com_mut().filter, filter))
    })?
}

/// Runs a method of the thread's filter, if it has one. A panic in it counts as no filter.
fn asked<T>(ask: impl FnOnce(&dyn MessageFilter) -> T) -> Option<T> {
    let filter = thread::bound(|binding| binding.com.as_ref()?.filter.clone()).ok().flatten()?;
    super::pump::dispatching(Dispatching::Filter, || catch_unwind(AssertUnwindSafe(|| ask(&*filter))).ok())
}

/// Asks whether a call may be dispatched.
pub(super) fn admits(machine: &Machine, call: &Call) -> Result<(), Refusal> {
    let outgoing = thread::look(|binding| {
        let outgoing = &binding.com.as_ref()?.outgoing;
        Some(match outgoing.is_empty() {
            true => Outstanding::None,
            false if outgoing.contains(&call.causality) => Outstanding::SameCausality,
            false => Outstanding::OtherCausality,
        })
    })
    .unwrap_or(Outstanding::None);
    let call_type = message_filter::call_type(call.category, outgoing);
    let incoming =
        IncomingCall { call_type, caller: call.caller, elapsed: since(machine, call.made), method: call.method };
    match asked(|filter| filter.handle_incoming_call(incoming)) {
        Some(answer) => message_filter::incoming(call.category, call_type, answer, &mut ()),
        None => Ok(()),
    }
}

/// Asks whether a refused call is to be made again, and when.
pub(super) fn retries(machine: &Machine, callee: u32, made: u64, refusal: Refusal) -> Result<Retry, CallError> {
    match asked(|filter| filter.retry_rejected_call(callee, since(machine, made), refusal.reject_type())) {
        Some(answer) => message_filter::retry(answer, &mut ()),
        None => Err(refusal.without_filter()),
    }
}

/// Asks about each window message that nobody asked about yet, while the thread waits for the reply of a call. They stay
/// queued; what the filter said decides whether the wait dispatches them (SYN 8.3). Without a filter nothing happens.
///
/// # Errors
/// RPC_E_CALL_CANCELED: the filter gives the call up.
pub(super) fn pending(here: &Here, callee: u32, made: u64, nested: bool) -> Result<()> {
    if !thread::look(|binding| Some(binding.com.as_ref()?.filter.is_some())).unwrap_or(false) {
        return Ok(());
    }
    let (queue, pending) = (here.sta.queue(), message_filter::pending_type(nested));
    while let Some((number, message)) = queue.next_untold() {
        let answer = asked(|filter| filter.message_pending(callee, since(&here.machine, made), pending));
        let answer = answer.unwrap_or(PendingMessage::WaitDefProcess.value());
        queue.tell(number, message_filter::pending(answer, message.kind, &mut ())?);
    }
    Ok(())
}

fn since(machine: &Machine, made: u64) -> Duration {
    Duration::from_nanos(machine.clock.now().saturating_sub(made))
}
