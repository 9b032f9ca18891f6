//! Entering and leaving a context: the one path for every kind of frame.
//!
//! An entry goes: facts about the caller, the rules, a new frame by value, the push; whoever observes is
//! told last. A leave goes the other way: the vote and what it does to the transaction, the pop, the news.
//! Each has a fast function for the common case, which allocates nothing and calls nobody, and a cold one
//! for everything else; while somebody observes, what would have been fast takes a path of its own in between. Nothing
//! foreign is ever called while the thread's binding is borrowed, but for observers, to whom it is lent for looking.

mod bundle;
mod call;
mod context;
mod enter;
mod facts;
mod fast;
mod fast_call;
mod invoke;
mod leave;
mod observed;
mod policy;
mod transaction;

pub(crate) use bundle::{Bundle, bundle, capture, neutral, share_activity};
pub(crate) use call::{Admission, Returned, run, run_and};
pub(crate) use call::{end_call, pop_call};
pub(crate) use context::{
    Context, Current, InContext, Properties, Source, Target, TransactionProperty, Visit, Visiting,
};
pub(crate) use enter::{enter_poll, has_room_for, resume, suspend};
pub(crate) use facts::guarded;
pub(crate) use fast_call::{
    begin_calls, call, end_calls, enter_call, enter_call_from, enter_creation, leave_call, leave_creation, next_call,
};
pub(crate) use invoke::{code_of, destroy, invoke, masked, unmask, visit};
pub(crate) use leave::{Vote, abandon, abandon_detached, abandon_poll, leave_poll, unwind};

pub(crate) use policy::calling;
pub use policy::{CrossingCall, Policy};

use crate::{domain::ServiceConfig, machine::Machine, thread};
use complus_core::{
    attribute::TransactionStatus,
    error::{ApartmentError, Result},
};
use std::num::NonZeroU64;

/// Enters a service domain; answers the number of its context.
#[inline(always)]
pub(crate) fn enter_domain(config: &ServiceConfig) -> Result<NonZeroU64> {
    match thread::try_active(|binding| fast::enter(binding, config, 0)) {
        Some(context) => Ok(context),
        None => enter_slowly(config),
    }
}

/// The same, if the thread is bound to `machine`.
#[inline]
pub(crate) fn enter_domain_in(machine: &Machine, config: &ServiceConfig) -> Result<NonZeroU64> {
    let bound_to_it = |bound: Option<&Machine>| bound.is_some_and(|bound| std::ptr::eq(bound, machine));
    let entered = thread::try_active(|binding| {
        bound_to_it(binding.machine.as_deref()).then(|| fast::enter(binding, config, 0)).flatten()
    });
    match entered {
        Some(context) => Ok(context),
        None if bound_to_it(thread::machine().as_deref()) => enter_slowly(config),
        None => Err(ApartmentError::NotInitialized.into()),
    }
}

/// Enters a domain that the fast path does not take. What is refused by itself is refused here, where nothing has to
/// be copied.
#[inline(always)]
fn enter_slowly(config: &ServiceConfig) -> Result<NonZeroU64> {
    match config.refusal {
        Some(error) if enter::may_refuse() => Err(error),
        _ => match observed::enter(config) {
            Some(context) => Ok(context),
            None => enter::enter_cold(config),
        },
    }
}

/// Leaves the service domain whose context is `context`.
#[inline]
pub(crate) fn leave_domain(context: NonZeroU64, vote: Vote) -> Result<TransactionStatus> {
    match thread::try_active(|binding| fast::leave(binding, context, vote)) {
        Some(status) => Ok(status),
        None => leave::leave_cold(context, vote),
    }
}
