//! Leaving, step by step (SWC 7.2), and leaving what was left open (SWC 7.4).

use super::transaction::Leaving;
use crate::{
    machine::Machine,
    observation::Place,
    thread::{
        self, Binding,
        frame::{Frame, Position},
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
pub(super) fn leave_cold(context: u64, vote: Vote) -> Result<Option<TransactionStatus>> {
    let machine = bound_machine()?;
    let Some(position) = reachable(context)? else {
        machine.emit_here(What::Diagnostic(Diagnostic::LeaveWithoutEnter));
        return Err(DomainError::NotEntered.into());
    };
    unwind(position + 1);
    finish_top(&machine, vote)
}

/// Leaves a domain whose guard was dropped, with an abort vote. Without effect if it was left already.
#[cold]
#[inline(never)]
pub(crate) fn abandon(context: u64, diagnostic: Diagnostic) {
    let Ok(machine) = bound_machine() else { return };
    if let Ok(Some(position)) = reachable(context) {
        unwind(position + 1);
        machine.emit_here(What::Diagnostic(diagnostic));
        let _ = finish_top(&machine, Vote::Abort);
    }
}

/// Leaves the context of a future that is ready.
pub(crate) fn leave_poll(context: u64, vote: Vote) -> Result<Option<TransactionStatus>> {
    let machine = bound_machine()?;
    let position = thread::bound(|binding| binding.stack.position(context))?.ok_or(DomainError::NotEntered)?;
    unwind(position + 1);
    finish_top(&machine, vote)
}

/// Ends a suspended domain whose future will not be polled again: it is put on this thread for a moment,
/// with its machine, so that it ends like any other.
pub(crate) fn abandon_detached(runtime: &crate::Runtime, context: u64, frames: Vec<Frame>) {
    let _bound = runtime.enter();
    if super::resume(frames).is_ok() {
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
            machine.fail_fast();
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

/// Ends the top frame: vote, transaction, pop, news.
fn finish_top(machine: &Arc<Machine>, vote: Vote) -> Result<Option<TransactionStatus>> {
    let (leaving, place) = thread::bound(|binding| leaving(binding, vote).map(|it| (it, Place::here(binding))))?
        .ok_or(DomainError::NotEntered)?;
    let (role, consistent) = (leaving.role, leaving.consistent);
    let status = leaving.finish(machine, place)?;
    let frame = thread::bound(|binding| {
        let here = Position::new(binding.stack.depth().saturating_sub(1));
        binding.stack.pop().map(|frame| (frame.activity == here, frame))
    })?;
    let Some((has_activity, frame)) = frame else { return Ok(status) };
    if let Some(ballot) = frame.shared.as_deref().and_then(|shared| shared.ballot.as_ref()) {
        ballot.set(true); // the vote was counted: an abort vote has doomed the transaction
    }
    if frame.pushed_by == PushedBy::Poll {
        machine.shared_contexts.fetch_sub(1, Ordering::Relaxed);
    }
    let made_activity = has_activity && frame.shared.as_deref().is_none_or(|shared| shared.activity.is_none());
    drop(frame);
    if made_activity {
        machine.emit(place, What::ActivityDestroyed);
    }
    machine.emit(place, What::DomainLeft { role, consistent, status });
    Ok(status)
}

fn leaving(binding: &mut Binding, vote: Vote) -> Option<Leaving> {
    let top = binding.stack.top()?;
    if top.pushed_by == PushedBy::Apartment {
        return None;
    }
    let (role, owner) = (top.role, top.transaction);
    let consistent = top.flags.consistent && vote == Vote::AsSet;
    let shared = if role == Role::None { None } else { binding.shared_transaction() };
    let proxy = top_proxy(binding);
    Some(Leaving { role, consistent, owner, shared, proxy })
}

fn top_proxy(binding: &Binding) -> Option<(uuid::Uuid, Arc<dyn complus_transaction::TransactionProxy>)> {
    binding.stack.top()?.shared.as_deref()?.proxy.clone()
}
