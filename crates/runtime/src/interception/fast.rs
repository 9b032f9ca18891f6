//! The fast path: plain settings, transaction and activity on this thread, nobody observes.
//!
//! No allocation, no atomic read-modify-write, and no clock unless a transaction with a time-out is begun,
//! joined or left. Whatever does not fit takes the cold path, which decides by the same rules.

use super::Vote;
use crate::{
    domain::ServiceConfig,
    machine::ID_BITS,
    thread::{
        Binding,
        frame::{Frame, Kind, Position},
    },
};
use complus_core::{
    ByotAbort,
    attribute::TransactionStatus,
    context::{Deadline, StreamState, TransactionStream},
    rules::{
        leave::{self, Ending, Role},
        plan::{Class, Step},
        transaction::root_isolation,
    },
    stack::PushedBy,
};
use std::num::NonZeroU64;

/// Enters a domain, if that can be done here: the number of its context. Nothing has changed otherwise.
///
/// The common case needs no frame of its own: whatever takes longer is called last.
#[inline]
pub(super) fn enter(binding: &mut Binding, config: &ServiceConfig, admitted: u32) -> Option<NonZeroU64> {
    let machine = binding.machine.as_deref()?;
    if machine.gate() & !admitted != 0 || binding.next == binding.end {
        return None;
    }
    let caller = binding.stack.top()?;
    let (partition, in_activity) = match caller.kind {
        Kind::Bare => (caller.partition, false),
        Kind::InActivity => (caller.partition, true),
        Kind::Root | Kind::Other => return enter_from_transaction(binding, config),
    };
    let step = config.plan.step(Class::NONE, in_activity)?;
    if !step.only_inherits() {
        return place(binding, config, step);
    }
    let activity = caller.activity.only_if(step.callers_activity());
    let partition = if step.callers_partition() { partition } else { 0 };
    inherit(binding, activity, partition)
}

/// Puts a domain on top that has of its own nothing but its number.
#[inline(always)]
pub(super) fn inherit(binding: &mut Binding, activity: Position, partition: u16) -> Option<NonZeroU64> {
    let number = binding.next;
    binding.stack.claim()?.renew(number, Role::None, Position::NONE, activity, partition);
    binding.next = number + 1;
    NonZeroU64::new(number)
}

/// Whether an error that the configuration alone makes sure of can be given here: nothing that comes before it
/// in the order of the checks fails on a thread that is in an apartment.
#[inline]
pub(super) fn may_refuse(binding: &Binding) -> bool {
    let at_home = |caller: &Frame| caller.rare.is_none() || caller.pushed_by != PushedBy::Apartment;
    binding.machine.as_deref().is_some_and(|machine| machine.gate() == 0) && binding.stack.top().is_some_and(at_home)
}

/// As [`enter`], from a context in a transaction of this thread. If that has a time-out, the clock says whether
/// it has passed.
#[inline(never)]
fn enter_from_transaction(binding: &mut Binding, config: &ServiceConfig) -> Option<NonZeroU64> {
    let machine = binding.machine.as_deref()?;
    let caller = binding.stack.top()?;
    let owned = binding.transactions.get(caller.transaction.index())?;
    let stream = &owned.stream;
    if caller.rare.is_some()
        || owned.shared.is_some()
        || (stream.deadline != Deadline::NEVER && stream.has_expired(machine.clock.now()))
    {
        return None;
    }
    let step = config.plan.step(stream.class(), caller.activity.is_some())?;
    place(binding, config, step)
}

/// Writes the frame of any step: as [`enter`] does for a domain without transaction that makes nothing new.
#[inline(never)]
fn place(binding: &mut Binding, config: &ServiceConfig, step: Step) -> Option<NonZeroU64> {
    let here = Position::new(binding.stack.depth());
    let caller = binding.stack.top()?;
    let activity = if step.new_activity() { here } else { caller.activity.only_if(step.callers_activity()) };
    let partition = if step.callers_partition() { caller.partition } else { 0 };
    if step.new_transaction() {
        return place_root(binding, config, activity, partition);
    }
    let transaction = caller.transaction.only_if(step.callers_transaction());
    let role = if step.callers_transaction() { Role::Interior } else { Role::None };
    let number = binding.next;
    binding.stack.claim()?.renew(number, role, transaction, activity, partition);
    binding.next = number + 1;
    NonZeroU64::new(number)
}

/// As [`place`], for the root of a new transaction.
#[inline(never)]
fn place_root(binding: &mut Binding, config: &ServiceConfig, activity: Position, partition: u16) -> Option<NonZeroU64> {
    let machine = binding.machine.as_deref()?;
    if !binding.stack.has_room() {
        return None;
    }
    let timeout = config.timeout.unwrap_or_else(|| machine.default_timeout.seconds());
    let deadline = if timeout == 0 { Deadline::NEVER } else { Deadline::after(machine.clock.now(), timeout) };
    let isolation = root_isolation(config.settings.isolation);
    let number = binding.next;
    let transaction = Position::new(binding.transactions.len());
    binding.transactions.claim()?.stream = TransactionStream::until(number & ID_BITS, isolation, timeout, deadline);
    binding.stack.claim()?.renew(number, Role::Root, transaction, activity, partition);
    binding.next = number + 1;
    NonZeroU64::new(number)
}

/// Leaves the domain of `context`, if that can be done here.
#[inline]
pub(super) fn leave(binding: &mut Binding, context: NonZeroU64, vote: Vote) -> Option<TransactionStatus> {
    if binding.machine.as_deref()?.gate() != 0 {
        return None;
    }
    let top = binding.stack.top()?;
    if top.number != context.get() {
        return None;
    }
    match top.kind {
        Kind::Bare | Kind::InActivity => {}
        Kind::Root => return leave_root(binding, vote),
        Kind::Other => return leave_transaction(binding, vote),
    }
    binding.stack.forget_top();
    Some(TransactionStatus::NoTransaction)
}

/// As [`leave`], for the root of a transaction, which is the newest of the thread.
#[inline(never)]
fn leave_root(binding: &mut Binding, vote: Vote) -> Option<TransactionStatus> {
    let owned = binding.transactions.last_mut()?;
    if owned.shared.is_some() {
        return None;
    }
    if owned.stream.deadline != Deadline::NEVER {
        let now = binding.machine.as_deref()?.clock.now();
        owned.stream.settle(now);
    }
    let consistent = binding.stack.top()?.flags.consistent && vote == Vote::AsSet;
    let stream = &mut owned.stream;
    let status = match stream.state {
        // The same rules for a known state, so that the compiler can work them out.
        StreamState::Active => end(Role::Root, consistent, StreamState::Active, stream),
        state => end(Role::Root, consistent, state, stream),
    };
    binding.transactions.forget_last();
    binding.stack.forget_top();
    status
}

/// As [`leave`], for a domain in a transaction: counts the vote, and ends the transaction if it is the root's.
#[inline(never)]
fn leave_transaction(binding: &mut Binding, vote: Vote) -> Option<TransactionStatus> {
    let machine = binding.machine.as_deref()?;
    let top = binding.stack.top()?;
    let owned = binding.transactions.get_mut(top.transaction.index())?;
    if top.pushed_by != PushedBy::Domain || top.rare.is_some() || owned.shared.is_some() {
        return None;
    }
    let (role, consistent) = (top.role, top.flags.consistent && vote == Vote::AsSet);
    let stream = &mut owned.stream;
    if stream.deadline != Deadline::NEVER {
        stream.settle(machine.clock.now());
    }
    let status = match (role, stream.state) {
        (Role::Interior, StreamState::Active) => end(Role::Interior, consistent, StreamState::Active, stream),
        (role, state) => end(role, consistent, state, stream),
    };
    if role == Role::Root {
        binding.transactions.forget_last();
    }
    binding.stack.forget_top();
    status
}

#[inline(always)]
fn end(role: Role, consistent: bool, state: StreamState, stream: &mut TransactionStream) -> Option<TransactionStatus> {
    let state = match leave::ending(role, consistent, state, ByotAbort::Veto) {
        Ending::Nothing => state,
        Ending::Doom => {
            stream.doom();
            stream.state
        }
        Ending::Commit => StreamState::Committed,
        Ending::Abort => StreamState::Aborted,
    };
    stream.state = state;
    leave::status(role, state, &mut ())
}
