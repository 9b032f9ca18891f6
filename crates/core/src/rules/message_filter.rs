//! The message filter on both sides of a call (SYN 8).

use super::{
    apartment_type::Member,
    message::{Category, Message},
};
use crate::{
    attribute::{CallType, PendingMessage, PendingType, ServerCall},
    error::{ApartmentError, CallError},
    explain::{Explain, Reason},
};
use alloc::format;

/// CoRegisterMessageFilter: each single-threaded apartment has one filter, others have none (SYN 8).
///
/// # Errors
/// [`ApartmentError::NoMessageFilter`] in the MTA, even implicitly, and outside any apartment; the place for
/// the previous filter is not written.
#[inline]
pub const fn registration(member: Member) -> Result<(), ApartmentError> {
    if member.is_sta() { Ok(()) } else { Err(ApartmentError::NoMessageFilter) }
}

/// The outgoing calls of the callee's thread, as an incoming call finds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outstanding {
    /// It waits for none.
    None,
    /// It waits for one or more, all of other causalities than the incoming call.
    OtherCausality,
    /// It waits for one of the incoming call's causality.
    SameCausality,
}

impl Outstanding {
    /// Every case.
    pub const ALL: [Self; 3] = [Self::None, Self::OtherCausality, Self::SameCausality];
}

/// What HandleInComingCall is told (SYN 8.1).
#[inline]
pub const fn call_type(category: Category, outstanding: Outstanding) -> CallType {
    match (category, outstanding) {
        (Category::Asynchronous, Outstanding::None) => CallType::Async,
        (Category::Asynchronous, _) => CallType::AsyncCallPending,
        (_, Outstanding::SameCausality) => CallType::Nested,
        (_, Outstanding::OtherCausality) => CallType::TopLevelCallPending,
        (_, Outstanding::None) => CallType::TopLevel,
    }
}

/// Whether a refusal of HandleInComingCall counts. Asynchronous and input-synchronous calls are dispatched
/// whatever it says; so is a call of an outstanding causality, which has to be processed (SYN 5.1, 7.4).
#[inline]
pub const fn may_refuse(category: Category, call_type: CallType) -> bool {
    matches!((category, call_type), (Category::Synchronous, CallType::TopLevel | CallType::TopLevelCallPending))
}

/// How a callee's filter refuses a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// SERVERCALL_REJECTED.
    Rejected,
    /// SERVERCALL_RETRYLATER.
    RetryLater,
}

impl Refusal {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Rejected, Self::RetryLater];

    /// What RetryRejectedCall is told.
    #[inline]
    pub const fn reject_type(self) -> ServerCall {
        match self {
            Self::Rejected => ServerCall::Rejected,
            Self::RetryLater => ServerCall::RetryLater,
        }
    }

    /// What a caller without filter gets: every caller outside a single-threaded apartment, too (SYN 8.2).
    #[inline]
    pub const fn without_filter(self) -> CallError {
        match self {
            Self::Rejected => CallError::Rejected,
            Self::RetryLater => CallError::RetryLater,
        }
    }
}

/// What the answer of HandleInComingCall does: dispatch, or a refusal. An unknown number accepts (SYN 8.1).
///
/// # Errors
/// The [`Refusal`] that the caller's side is told of.
pub fn incoming(
    category: Category,
    call_type: CallType,
    answer: i32,
    explain: &mut impl Explain,
) -> Result<(), Refusal> {
    let result = match ServerCall::try_from(answer) {
        _ if !may_refuse(category, call_type) => Ok(()),
        Ok(ServerCall::Rejected) => Err(Refusal::Rejected),
        Ok(ServerCall::RetryLater) => Err(Refusal::RetryLater),
        Ok(ServerCall::IsHandled) | Err(_) => Ok(()),
    };
    explain.because(|| Reason {
        rule: "SYN 8.1",
        inputs: format!("{category:?} call, {call_type}, the filter answers {answer}"),
        verdict: match result {
            Ok(()) => "dispatched".into(),
            Err(refusal) => format!("not dispatched: {refusal:?}"),
        },
        source: "nf-objidl-imessagefilter-handleincomingcall",
    });
    result
}

/// When a refused call is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// At once.
    AtOnce,
    /// After so many milliseconds, in which the thread pumps.
    After(u32),
}

/// What the answer of RetryRejectedCall does (SYN 8.2).
///
/// # Errors
/// [`CallError::Rejected`] for 0xFFFFFFFF (-1), whichever way the call was refused.
pub fn retry(answer: u32, explain: &mut impl Explain) -> Result<Retry, CallError> {
    let result = match answer {
        u32::MAX => Err(CallError::Rejected),
        0..100 => Ok(Retry::AtOnce),
        milliseconds => Ok(Retry::After(milliseconds)),
    };
    explain.because(|| Reason {
        rule: "SYN 8.2",
        inputs: format!("RetryRejectedCall answers {}", answer.cast_signed()),
        verdict: match result {
            Ok(retry) => format!("{retry:?}"),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "nf-objidl-imessagefilter-retryrejectedcall",
    });
    result
}

/// Whether MessagePending is called for a message: for those of windows, never for calls (SYN 8.3, W52).
#[inline]
pub const fn is_told_of(message: Message) -> bool {
    matches!(message, Message::Dde | Message::Paint | Message::Sent | Message::Posted)
}

/// What MessagePending is told of the call that its thread waits for; `nested` if the call was made inside an
/// incoming one.
#[inline]
pub const fn pending_type(nested: bool) -> PendingType {
    if nested { PendingType::Nested } else { PendingType::TopLevel }
}

/// What the answer of MessagePending does to the message: whether it is dispatched now. Without a filter the
/// answer is PENDINGMSG_WAITDEFPROCESS, and so is an unknown number (SYN 8.3, Y-28).
///
/// # Errors
/// [`CallError::Canceled`] for PENDINGMSG_CANCELCALL: the call is abandoned, the callee may still run.
pub fn pending(answer: i32, message: Message, explain: &mut impl Explain) -> Result<bool, CallError> {
    let answer = PendingMessage::try_from(answer).unwrap_or(PendingMessage::WaitDefProcess);
    let result = match answer {
        PendingMessage::CancelCall => Err(CallError::Canceled),
        PendingMessage::WaitNoProcess => Ok(false),
        PendingMessage::WaitDefProcess => Ok(matches!(message, Message::Paint | Message::Sent)),
    };
    explain.because(|| Reason {
        rule: "SYN 8.3",
        inputs: format!("message {message:?}, answer {answer}"),
        verdict: match result {
            Ok(true) => "dispatched, the wait goes on".into(),
            Ok(false) => "left queued, the wait goes on".into(),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "nf-objidl-imessagefilter-messagepending",
    });
    result
}
