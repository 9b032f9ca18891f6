//! The fast path: plain settings, transaction and activity in frames, nobody observes.
//!
//! No allocation, no atomic read-modify-write, and no clock unless a transaction with a time-out is begun,
//! joined or left. Whatever does not fit answers `None` and takes the cold path, which decides by the same
//! rules.

use super::Vote;
use crate::{
    domain::ServiceConfig,
    machine::Machine,
    thread::{
        Binding, Membership,
        frame::{Frame, Position},
    },
};
use complus_core::{
    ByotAbort,
    attribute::TransactionStatus,
    context::{Deadline, StreamState, TransactionStream},
    error::Result,
    rules::{
        leave::{self, Ending, Role},
        partition::{self, Named, Partition},
        service_domain,
        synchronization::Activity,
        transaction::{Brought, Enclosing, Transaction, root_isolation},
    },
    stack::PushedBy,
};

#[inline]
pub(crate) fn enter(binding: &mut Binding, config: &ServiceConfig) -> Option<Result<u64>> {
    let machine = binding.machine.as_deref()?;
    let depth = binding.stack.depth();
    let in_default_context = depth == 1;
    if machine.gate() != 0
        || !config.plain
        || depth >= machine.limits.depth
        || (in_default_context && binding.membership == Membership::None)
    {
        return None;
    }
    let frames = binding.stack.frames_mut();
    let (transaction, activity, partition, shared) = {
        let top = frames.last()?;
        (top.transaction, top.activity, top.partition, top.shared.is_some())
    };
    if shared {
        return None;
    }
    let enclosing = if transaction.is_some() {
        let owner = frames.get_mut(transaction.index())?;
        if owner.shared.is_some() {
            return None;
        }
        settle(&mut owner.stream, machine);
        owner.stream.enclosing()
    } else {
        Enclosing::None
    };
    let settings = &config.settings;
    let flow = match service_domain::flow(settings, Brought::None, enclosing, activity.is_some(), &mut ()) {
        Ok(flow) => flow,
        Err(error) => return Some(Err(error.into())),
    };
    let here = Position::new(depth);
    let number = binding.next;
    let mut frame = Frame::plain(number, PushedBy::Domain);
    match flow.transaction {
        Transaction::Callers => (frame.transaction, frame.role) = (transaction, Role::Interior),
        Transaction::New if machine.manager.is_available() => {
            (frame.transaction, frame.role) = (here, Role::Root);
            let timeout = config.timeout.unwrap_or(machine.manager.default_timeout());
            let now = if timeout == 0 { 0 } else { machine.clock.now() };
            frame.stream = TransactionStream::begin(number, root_isolation(settings.isolation), timeout, now);
        }
        Transaction::New | Transaction::Brought => return None,
        Transaction::None => {}
    }
    frame.activity = match flow.activity {
        Activity::None => Position::NONE,
        Activity::Callers => activity,
        Activity::New => here,
    };
    if let Ok(Partition::Callers) = partition::service_domain(settings.partition, || Named::Nothing, &mut ()) {
        frame.partition = partition;
    }
    binding.next += 1;
    binding.stack.push(frame);
    Some(Ok(number))
}

/// `None`: not here. `Some(None)`: left, no transaction.
#[inline]
pub(crate) fn leave(binding: &mut Binding, context: u64, vote: Vote) -> Option<Option<TransactionStatus>> {
    let machine = binding.machine.as_deref()?;
    if machine.gate() != 0 {
        return None;
    }
    binding.stack.leavable(Some(context)).ok()?;
    let frames = binding.stack.frames_mut();
    let (role, consistent, owner) = {
        let top = frames.last()?;
        if top.shared.is_some() {
            return None;
        }
        (top.role, top.flags.consistent && vote == Vote::AsSet, top.transaction)
    };
    let mut status = None;
    if role != Role::None {
        let owner = frames.get_mut(owner.index())?;
        if owner.shared.is_some() {
            return None;
        }
        let stream = &mut owner.stream;
        settle(stream, machine);
        match leave::ending(role, consistent, stream.state, ByotAbort::Veto) {
            Ending::Nothing => {}
            Ending::Doom => stream.doom(),
            Ending::Commit if machine.manager.is_available() => stream.state = StreamState::Committed,
            Ending::Commit | Ending::Abort => stream.state = StreamState::Aborted,
        }
        status = leave::status(role, stream.state, &mut ());
    }
    binding.stack.pop();
    Some(status)
}

/// Takes in that the deadline of a transaction has passed; reads the clock only if it has one.
#[inline]
fn settle(stream: &mut TransactionStream, machine: &Machine) {
    if stream.deadline != Deadline::NEVER {
        stream.settle(machine.clock.now());
    }
}
