//! The fast path: plain settings, transaction and activity on this thread, nobody observes.
//!
//! No allocation, no atomic read-modify-write, and no clock unless a transaction with a time-out is begun,
//! joined or left. Whatever does not fit takes the cold path, which decides by the same rules.

use super::Vote;
use crate::{
    domain::ServiceConfig,
    machine::{ID_BITS, Machine},
    thread::{Binding, frame::Position},
};
use complus_core::{
    ByotAbort,
    attribute::{SxsConfig, TransactionStatus},
    context::{Deadline, StreamState, TransactionStream},
    error::DomainError,
    rules::{
        apartment,
        leave::{self, Ending, Role},
        plan::{Class, Step},
        tracker,
        transaction::root_isolation,
    },
};

/// Enters a domain, if that can be done here: the number of its context. Nothing has changed otherwise.
///
/// Whatever takes longer is called last, so that the common case needs no frame of its own.
#[inline]
pub(super) fn enter(binding: &mut Binding, config: &ServiceConfig, admitted: u32) -> Option<u64> {
    let machine = binding.machine.as_deref()?;
    let caller = binding.stack.top()?;
    if machine.gate() & !admitted != 0 || caller.rare.is_some() || binding.next == binding.end {
        return None;
    }
    let class = match caller.transaction {
        Position::NONE => Class::NONE,
        position => {
            let owned = binding.transactions.get(position.index())?;
            if owned.shared.is_some() {
                return None;
            }
            if owned.stream.deadline != Deadline::NEVER {
                return enter_in_time(binding, config, position);
            }
            owned.stream.class()
        }
    };
    place(binding, config, class)
}

/// An error that the configuration alone makes sure of, in an apartment: no pool and no binding for a domain,
/// no tracker without a name. What comes before in the order of the checks must not fail, so a new assembly
/// is left to the cold path.
#[inline]
pub(super) fn refuse(binding: &Binding, config: &ServiceConfig) -> Option<DomainError> {
    let machine = binding.machine.as_deref()?;
    let settings = &config.settings;
    let at_home = binding.stack.top().is_some_and(|top| top.rare.is_none() || binding.stack.depth() > 1);
    if machine.gate() != 0 || !at_home || settings.sxs == SxsConfig::New {
        return None;
    }
    let (application, context) = config.tracker_names();
    apartment::service_domain(settings.thread_pool, settings.binding, &mut ())
        .and_then(|()| tracker::service_domain(settings.tracker, || application, || context, &mut ()))
        .err()
}

/// As [`enter`], once the clock was asked whether the caller's transaction has timed out.
#[inline(never)]
fn enter_in_time(binding: &mut Binding, config: &ServiceConfig, position: Position) -> Option<u64> {
    let machine = binding.machine.as_deref()?;
    let stream = &binding.transactions.get(position.index())?.stream;
    if stream.has_expired(machine.clock.now()) {
        return None;
    }
    let class = stream.class();
    place(binding, config, class)
}

/// Writes the frame that the plan says.
#[inline(always)]
fn place(binding: &mut Binding, config: &ServiceConfig, class: Class) -> Option<u64> {
    let caller = binding.stack.top()?;
    let step = config.plan.step(class, caller.activity.is_some())?;
    if !step.only_inherits() {
        return place_new(binding, config, step);
    }
    let transaction = caller.transaction.only_if(step.callers_transaction());
    let activity = caller.activity.only_if(step.callers_activity());
    let partition = if step.callers_partition() { caller.partition } else { 0 };
    let role = if step.callers_transaction() { Role::Interior } else { Role::None };
    let number = binding.next;
    binding.stack.claim()?.renew(number, role, transaction, activity, partition);
    binding.next = number + 1;
    Some(number)
}

/// As [`place`], where the domain gets a transaction or an activity of its own.
#[inline(never)]
fn place_new(binding: &mut Binding, config: &ServiceConfig, step: Step) -> Option<u64> {
    let machine = binding.machine.as_deref()?;
    if !binding.stack.has_room() {
        return None;
    }
    let here = Position::new(binding.stack.depth());
    let caller = binding.stack.top()?;
    let activity = if step.new_activity() { here } else { caller.activity.only_if(step.callers_activity()) };
    let partition = if step.callers_partition() { caller.partition } else { 0 };
    let number = binding.next;
    let (role, transaction) = if step.new_transaction() {
        if !machine.manager.is_available() {
            return None;
        }
        let timeout = config.timeout.unwrap_or(machine.manager.default_timeout());
        let now = if timeout == 0 { 0 } else { machine.clock.now() };
        let isolation = root_isolation(config.settings.isolation);
        let position = Position::new(binding.transactions.len());
        binding.transactions.claim()?.stream = TransactionStream::begin(number & ID_BITS, isolation, timeout, now);
        (Role::Root, position)
    } else if step.callers_transaction() {
        (Role::Interior, caller.transaction)
    } else {
        (Role::None, Position::NONE)
    };
    binding.stack.claim()?.renew(number, role, transaction, activity, partition);
    binding.next = number + 1;
    Some(number)
}

/// Leaves the domain of `context`, if that can be done here. `None` inside: it had no transaction.
#[inline]
pub(super) fn leave(
    binding: &mut Binding,
    context: u64,
    vote: Vote,
    admitted: u32,
) -> Option<Option<TransactionStatus>> {
    let machine = binding.machine.as_deref()?;
    let top = binding.stack.leavable(Some(context)).ok()?;
    if machine.gate() & !admitted != 0 || top.rare.is_some() {
        return None;
    }
    if top.role != Role::None {
        return leave_transaction(binding, vote);
    }
    binding.stack.forget_top();
    Some(None)
}

/// As [`leave`], for a domain in a transaction: counts the vote, and ends the transaction if it is the root's.
#[inline(never)]
fn leave_transaction(binding: &mut Binding, vote: Vote) -> Option<Option<TransactionStatus>> {
    let machine = binding.machine.as_deref()?;
    let top = binding.stack.top()?;
    let owned = binding.transactions.get_mut(top.transaction.index())?;
    if owned.shared.is_some() {
        return None;
    }
    let (role, consistent) = (top.role, top.flags.consistent && vote == Vote::AsSet);
    let stream = &mut owned.stream;
    if stream.deadline != Deadline::NEVER {
        stream.settle(machine.clock.now());
    }
    let status = match (role, stream.state) {
        // The same rules for a known role and state, so that the compiler can work them out.
        (Role::Root, StreamState::Active) => end(Role::Root, consistent, StreamState::Active, stream, machine),
        (Role::Interior, StreamState::Active) => end(Role::Interior, consistent, StreamState::Active, stream, machine),
        (role, state) => end(role, consistent, state, stream, machine),
    };
    if role == Role::Root {
        binding.transactions.forget_last();
    }
    binding.stack.forget_top();
    Some(status)
}

#[inline(always)]
fn end(
    role: Role,
    consistent: bool,
    state: StreamState,
    stream: &mut TransactionStream,
    machine: &Machine,
) -> Option<TransactionStatus> {
    let state = match leave::ending(role, consistent, state, ByotAbort::Veto) {
        Ending::Nothing => state,
        Ending::Doom => {
            stream.doom();
            stream.state
        }
        Ending::Commit if machine.manager.is_available() => StreamState::Committed,
        Ending::Commit | Ending::Abort => StreamState::Aborted,
    };
    stream.state = state;
    leave::status(role, state, &mut ())
}
