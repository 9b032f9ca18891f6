//! Leaving, step by step (SWC 7.2), and leaving what was left open (SWC 7.4).

use super::{observed, transaction::Leaving};
use crate::{
    machine::{Machine, gate},
    observation::Place,
    thread::{
        self, Binding,
        frame::{Frame, Owned, Position, Segment},
    },
};
use complus_core::{
    attribute::TransactionStatus,
    error::{DomainError, Result, RuntimeError},
    event::{Diagnostic, What},
    rules::leave::Role,
    stack::PushedBy,
};
use complus_sync::{Arc, atomic::Ordering};
use std::num::NonZeroU64;

/// How the consistent flag is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vote {
    /// As the program set it.
    AsSet,
    /// As abort: the program did not come to a regular end.
    Abort,
}

#[cold]
#[inline(never)]
pub(super) fn leave_cold(context: NonZeroU64, vote: Vote) -> Result<TransactionStatus> {
    match observed::leave(context, vote) {
        Some(status) => Ok(status),
        None => leave_unobserved(context, vote),
    }
}

#[inline(never)]
fn leave_unobserved(context: NonZeroU64, vote: Vote) -> Result<TransactionStatus> {
    let machine = bound_machine()?;
    let Some(position) = reachable(context.get())? else {
        machine.emit_here(What::Diagnostic(Diagnostic::LeaveWithoutEnter));
        return Err(DomainError::NotEntered.into());
    };
    unwind(position + 1);
    finish_top(&machine, vote)
}

/// Leaves a domain whose guard was dropped, with an abort vote. Without effect if it was left already.
#[cold]
#[inline(never)]
pub(crate) fn abandon(context: NonZeroU64, diagnostic: Diagnostic) {
    let Ok(machine) = bound_machine() else { return };
    if let Ok(Some(position)) = reachable(context.get()) {
        unwind(position + 1);
        machine.emit_here(What::Diagnostic(diagnostic));
        let _ = finish_top(&machine, Vote::Abort);
    }
}

/// Leaves the context of a future that is ready.
pub(crate) fn leave_poll(context: NonZeroU64, vote: Vote) -> Result<TransactionStatus> {
    let machine = bound_machine()?;
    let position = thread::bound(|binding| binding.stack.position(context.get()))?.ok_or(DomainError::NotEntered)?;
    unwind(position + 1);
    finish_top(&machine, vote)
}

/// Leaves the context of a future that panicked or cannot go on, with an abort vote.
pub(crate) fn abandon_poll(context: NonZeroU64) {
    let panicking = complus_sync::thread::panicking();
    if let Ok(machine) = bound_machine() {
        let diagnostic = if panicking { Diagnostic::PanicInDomain } else { Diagnostic::DroppedDomain };
        machine.emit_here(What::Diagnostic(diagnostic));
        let _ = leave_poll(context, Vote::Abort);
    }
}

/// Ends a suspended domain whose future will not be polled again: it is put on this thread for a moment,
/// with its machine, so that it ends like any other.
pub(crate) fn abandon_detached(runtime: &crate::Runtime, context: NonZeroU64, segment: Segment) {
    let _bound = runtime.enter();
    if super::resume(segment).is_ok() {
        runtime.0.emit_here(What::Diagnostic(Diagnostic::DroppedDomain));
        let _ = leave_poll(context, Vote::Abort);
    }
}

/// Leaves everything above the lowest `floor` frames, newest first, with abort votes.
pub(crate) fn unwind(floor: usize) {
    let Ok(machine) = bound_machine() else { return };
    while thread::bound(|binding| binding.stack.depth() > floor).unwrap_or(false) {
        machine.emit_here(What::Diagnostic(Diagnostic::UnbalancedDomain));
        let finished = finish_top(&machine, Vote::Abort);
        if machine.compat.strict_misuse {
            machine.fail_fast_here();
        }
        if finished.is_err() {
            return;
        }
    }
}

fn bound_machine() -> Result<Arc<Machine>> {
    thread::refuse_observers()?;
    thread::machine().ok_or_else(|| RuntimeError::ThreadEnding.into())
}

/// Where the domain of `context` is, if a leave may reach it from the top: it must be a domain, and no frame
/// that something else pushed may lie above it.
fn reachable(context: u64) -> Result<Option<usize>> {
    thread::bound(|binding| {
        let position = binding.stack.position(context)?;
        let all_domains = |frames: &[Frame]| frames.iter().all(|frame| frame.pushed_by == PushedBy::Domain);
        all_domains(&binding.stack.frames()[position..]).then_some(position)
    })
}

/// Ends the top frame, a domain's: vote, transaction, pop, news.
fn finish_top(machine: &Arc<Machine>, vote: Vote) -> Result<TransactionStatus> {
    let left = end_top(machine, vote)?;
    let reported = left.status.unwrap_or(TransactionStatus::NoTransaction);
    if left.made_activity {
        machine.emit(left.place, What::ActivityDestroyed);
    }
    if left.popped {
        let Left { role, consistent, status, .. } = left;
        machine.emit(left.place, What::DomainLeft { role, consistent, status });
    }
    Ok(reported)
}

/// A context that was left.
pub(super) struct Left {
    pub(super) place: Place,
    pub(super) role: Role,
    pub(super) consistent: bool,
    pub(super) status: Option<TransactionStatus>,
    made_activity: bool,
    popped: bool,
}

/// Ends the top frame: vote, transaction, pop. The news is up to the caller.
pub(super) fn end_top(machine: &Arc<Machine>, vote: Vote) -> Result<Left> {
    // The transactions of a dead process abort (SEC D.8).
    let dead = machine.gate() & gate::DEAD != 0
        && thread::bound(|binding| binding.process.as_ref().is_some_and(|process| process.is_dead()))?;
    let vote = if dead { Vote::Abort } else { vote };
    let (leaving, place, floor) = thread::bound(|binding| {
        let leaving = leaving(binding, vote)?;
        let place = Place::here(binding);
        if let Some(top) = binding.stack.top_mut().filter(|top| top.pushed_by == PushedBy::Domain) {
            top.pushed_by = PushedBy::Leaving;
            top.derive_kind();
        }
        Some((leaving, place, binding.stack.depth()))
    })?
    .ok_or(DomainError::NotEntered)?;
    let (role, consistent) = (leaving.role, leaving.consistent);
    let status = leaving.finish(machine, place)?;
    unwind(floor); // what participants entered and did not leave
    let (frame, owned) = thread::bound(pop)?;
    let mut left = Left { place, role, consistent, status, made_activity: false, popped: frame.is_some() };
    let Some((has_activity, frame)) = frame else { return Ok(left) };
    if frame.pushed_by == PushedBy::Poll {
        machine.shared_contexts.fetch_sub(1, Ordering::Relaxed);
    }
    let is_call = matches!(frame.pushed_by, PushedBy::Call | PushedBy::DefaultCall | PushedBy::Masked);
    left.made_activity = has_activity && !is_call && frame.rare.as_deref().is_none_or(|rare| rare.activity.is_none());
    let lock = frame.rare.as_deref().filter(|_| !is_call).and_then(|rare| rare.lock.clone());
    // Out here, where the binding is free: the last handle on a transaction may call its participants.
    drop((frame, owned));
    if let Some(lock) = lock {
        lock.leave(machine);
    }
    Ok(left)
}

/// Takes the top frame off, with the transaction it owns; tells whether it had an activity of its own.
pub(super) fn pop(binding: &mut Binding) -> (Option<(bool, Frame)>, Option<Owned>) {
    let here = Position::new(binding.stack.depth().saturating_sub(1));
    let ballot = binding.transaction().and_then(Owned::ballot).cloned();
    let frame = binding.stack.pop();
    if let (Some(ballot), Some(frame)) = (ballot, &frame) {
        ballot.left(frame.flags);
    }
    let owned = frame.as_ref().is_some_and(Frame::owns_transaction).then(|| binding.transactions.pop()).flatten();
    (frame.map(|frame| (frame.activity == here, frame)), owned)
}

fn leaving(binding: &mut Binding, vote: Vote) -> Option<Leaving> {
    let top = binding.stack.top()?;
    if top.pushed_by == PushedBy::Apartment {
        return None;
    }
    let (role, position) = (top.role, top.transaction);
    let consistent = top.flags.consistent && vote == Vote::AsSet;
    let shared = binding.transaction().and_then(|owned| owned.shared.as_ref());
    // The root's own handle may commit; the others' may not, and need not.
    let (handle, proxy) = match shared {
        Some(shared) => (Some(shared.handle.clone()), shared.proxy.clone()),
        None => (None, None),
    };
    Some(Leaving { role, consistent, position, shared: handle, proxy })
}
