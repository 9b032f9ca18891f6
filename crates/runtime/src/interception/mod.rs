//! Entering and leaving a context: the one path for every kind of frame.
//!
//! An entry goes: facts about the caller, the rules, a new frame by value, the push; whoever observes is
//! told last. A leave goes the other way: the vote and what it does to the transaction, the pop, the news.
//! Each has a fast function for the common case, which allocates nothing and calls nobody, and a cold one
//! for everything else. Nothing foreign is ever called while the thread's binding is borrowed.

mod ballot;
mod enter;
mod facts;
mod fast;
mod leave;
mod transaction;

pub(crate) use ballot::Ballot;
pub(crate) use enter::{enter_poll, resume, suspend};
pub(crate) use leave::{Vote, abandon, abandon_detached, leave_poll, unwind};

use crate::{domain::ServiceConfig, machine::Machine, thread};
use complus_core::{
    attribute::TransactionStatus,
    error::{ApartmentError, Error, Result},
};

/// Enters a service domain; answers the number of its context.
#[inline]
pub(crate) fn enter_domain(config: &ServiceConfig) -> Result<u64> {
    match thread::active(|binding| fast::enter(binding, config))? {
        Some(entered) => entered,
        None => enter::enter_cold(config),
    }
}

/// The same, if the thread is bound to `machine`.
#[inline]
pub(crate) fn enter_domain_in(machine: &Machine, config: &ServiceConfig) -> Result<u64> {
    let entered = thread::active(|binding| match &binding.machine {
        Some(bound) if std::ptr::eq(&**bound, machine) => Ok(fast::enter(binding, config)),
        _ => Err(Error::from(ApartmentError::NotInitialized)),
    })??;
    match entered {
        Some(entered) => entered,
        None => enter::enter_cold(config),
    }
}

/// Leaves the service domain whose context is `context`; `None` is the status of a domain without
/// transaction.
#[inline]
pub(crate) fn leave_domain(context: u64, vote: Vote) -> Result<Option<TransactionStatus>> {
    match thread::active(|binding| fast::leave(binding, context, vote))? {
        Some(status) => Ok(status),
        None => leave::leave_cold(context, vote),
    }
}
