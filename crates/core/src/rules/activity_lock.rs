//! The lock of an activity: which calls take it, who waits, what an STA does meanwhile (SYN 4.3 to 4.7).

use super::message_filter::Refusal;
use crate::{
    compat::DeadlockPolicy,
    error::CallError,
    explain::{Explain, Reason},
};
use alloc::format;

/// How code comes to run in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// A method call.
    Method,
    /// IContextCallback::ContextCallback with an ordinary interface id: it simulates a method call.
    ContextCallback,
    /// ContextCallback with IID_IEnterActivityWithNoLock.
    ContextCallbackWithNoLock,
    /// OnCall of an activity object.
    Work,
    /// Construction and activation of an object.
    Construction,
    /// QueryInterface, AddRef, and a Release that is not the last.
    ReferenceTraffic,
    /// The Release that destroys the object.
    FinalRelease,
    /// The same, from clean-up that resembles a finalizer.
    CleanupRelease,
}

impl Call {
    /// Every kind of call.
    pub const ALL: [Self; 8] = [
        Self::Method,
        Self::ContextCallback,
        Self::ContextCallbackWithNoLock,
        Self::Work,
        Self::Construction,
        Self::ReferenceTraffic,
        Self::FinalRelease,
        Self::CleanupRelease,
    ];

    /// It enters activities at all (Y-13, Y-14).
    #[inline]
    pub const fn enters(self) -> bool {
        !matches!(self, Self::ContextCallbackWithNoLock | Self::ReferenceTraffic | Self::CleanupRelease)
    }
}

/// Where a call goes, seen from its causality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The context that it comes from.
    SameContext,
    /// A context in no activity.
    NoActivity,
    /// Another context of an activity that the causality is inside: the caller's, or one further up the chain.
    Inside,
    /// A context of an activity that the causality is not inside.
    Outside,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 4] = [Self::SameContext, Self::NoActivity, Self::Inside, Self::Outside];
}

/// What a call does to the lock of its target's activity. The caller's own activity stays locked in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing.
    Nothing,
    /// It enters, and leaves at its return; it may have to wait ([`admit`]).
    Enter,
    /// It enters once more, at once.
    Reenter,
}

/// Which calls take the lock (SYN 4.4).
pub fn entry(call: Call, target: Target, explain: &mut impl Explain) -> Entry {
    let entry = match target {
        _ if !call.enters() => Entry::Nothing,
        Target::SameContext | Target::NoActivity => Entry::Nothing,
        Target::Inside => Entry::Reenter,
        Target::Outside => Entry::Enter,
    };
    explain.because(|| Reason {
        rule: "SYN 4.4",
        inputs: format!("{call:?}, {target:?}"),
        verdict: format!("{entry:?}"),
        source: "com--synchronization-concepts",
    });
    entry
}

/// Who is inside an activity, seen from an arriving causality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody.
    None,
    /// The arriving causality itself.
    Same,
    /// Another one.
    Other,
}

impl Owner {
    /// Every owner.
    pub const ALL: [Self; 3] = [Self::None, Self::Same, Self::Other];
}

/// What the lock does with an arriving causality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It becomes the owner.
    Enters,
    /// It is the owner: one level deeper, past everybody who waits.
    Reenters,
    /// It goes to the end of the queue.
    Waits,
}

/// The entry rule (SYN 4.3). A free lock with a queue is about to be handed on: nobody slips in.
#[inline]
pub const fn admit(owner: Owner, waiters: bool) -> Admission {
    match (owner, waiters) {
        (Owner::Same, _) => Admission::Reenters,
        (Owner::None, false) => Admission::Enters,
        (Owner::None, true) | (Owner::Other, _) => Admission::Waits,
    }
}

/// What a return from an activity does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The owner stays, at this depth.
    Same(u32),
    /// The lock goes to the head of the queue.
    HandedOn,
    /// Nobody owns it.
    Free,
}

/// The exit rule, at the depth before (SYN 4.3). A depth of 0 is one of 1: somebody must have been inside.
#[inline]
pub const fn exit(depth: u32, waiters: bool) -> Exit {
    match (depth, waiters) {
        (0 | 1, true) => Exit::HandedOn,
        (0 | 1, false) => Exit::Free,
        (depth, _) => Exit::Same(depth - 1),
    }
}

/// Whether a causality may begin to wait, if its wait would close a cycle of activities and owners (SYN 4.7).
///
/// # Errors
/// [`CallError::WouldDeadlock`]; the method does not run.
#[inline]
pub const fn may_wait(closes_cycle: bool, policy: DeadlockPolicy) -> Result<(), CallError> {
    match (closes_cycle, policy) {
        (true, DeadlockPolicy::FailWouldDeadlock) => Err(CallError::WouldDeadlock),
        (true, DeadlockPolicy::Hang) | (false, _) => Ok(()),
    }
}

/// What a single-threaded apartment does with an incoming call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaCall {
    /// Runs it now, on top of whatever the thread is doing.
    Dispatched,
    /// Puts it into the activity's queue; the thread goes on serving its messages, and the call comes back to its
    /// queue when the lock is handed to it.
    Parked,
    /// Sends it back.
    Refused(Refusal),
}

/// An incoming call of a single-threaded apartment: the message filter is asked first, the activity of the object,
/// if it has one, afterwards (SYN 4.5, Y-15, Y-16).
pub fn incoming(filter: Result<(), Refusal>, activity: Option<Admission>, explain: &mut impl Explain) -> StaCall {
    let result = match (filter, activity) {
        (Err(refusal), _) => StaCall::Refused(refusal),
        (Ok(()), Some(Admission::Waits)) => StaCall::Parked,
        (Ok(()), Some(Admission::Enters | Admission::Reenters) | None) => StaCall::Dispatched,
    };
    explain.because(|| Reason {
        rule: "SYN 4.5",
        inputs: format!("filter {filter:?}, activity {activity:?}"),
        verdict: format!("{result:?}"),
        source: "single-threaded-apartments",
    });
    result
}
