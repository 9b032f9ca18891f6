//! What a call into a component's context does beside running the method: transaction, flags, deactivation, commit
//! (ACT 7.3, TXN 6, 8.2).

use super::Component;
use crate::{
    apartment::Method,
    interception::{self, Target, Visit, Vote},
    thread::{self, frame::SharedTransaction},
};
use complus_core::{
    context::StreamState,
    error::Result,
    event::What,
    hresult::HResult,
    rules::{
        activity_result::{Ended, Unit},
        just_in_time,
        leave::Role,
    },
};
use complus_sync::{Arc, atomic::Ordering};

/// The transaction that a call starts with, and what the context is to it. The call counts as served from now on.
///
/// # Errors
/// CONTEXT_E_ABORTING, CONTEXT_E_OLDREF, CONTEXT_E_TMNOTAVAILABLE.
pub(crate) fn begin(component: &Component, visit: Visit) -> Result<Option<(Role, Box<SharedTransaction>)>> {
    let joined = match (&component.membership, visit) {
        (None, _) | (_, Visit::Creation) => None,
        (Some(membership), Visit::Release | Visit::Callback) => {
            membership.stream.join_if_current(component, membership)
        }
        (Some(membership), Visit::Call) => Some(membership.stream.enter(component, membership)?),
    };
    if visit == Visit::Call {
        component.calls.fetch_add(1, Ordering::AcqRel);
        if let Some(instance) = component.process.instance() {
            instance.count_call(&component.machine);
        }
    }
    Ok(joined)
}

/// Whether the current context of this thread is the component's own.
pub(super) fn is_inside(component: &Component) -> bool {
    let same = |inside: &Arc<Component>| std::ptr::eq(Arc::as_ptr(inside), component);
    thread::look(|binding| Some(binding.stack.top()?.component().is_some_and(same))).unwrap_or(false)
}

/// A method that is served: the done flag before it and after it.
pub(super) struct Served<'a> {
    component: &'a Component,
    auto_complete: bool,
    nested: bool,
}

impl<'a> Served<'a> {
    pub(super) fn begin(component: &'a Component, method: Method) -> Self {
        let done = &component.configured.auto_complete;
        let auto_complete = component.is_just_in_time() && done.contains(&(method.interface, method.number));
        Self { component, auto_complete, nested: component.calls.load(Ordering::Acquire) > 1 }
    }

    /// The instance is active: the method begins (7.3 step 3).
    pub(super) fn activated(&self) {
        if !self.nested && self.component.is_just_in_time() {
            let flags = &self.component.flags;
            flags.put(just_in_time::begin(flags.get(), self.auto_complete, false));
        }
    }

    /// It has returned (7.3 step 5).
    pub(super) fn end(self, code: HResult) {
        if self.auto_complete {
            let flags = &self.component.flags;
            flags.keep(just_in_time::end(flags.get(), flags.written(), true, code.is_success()));
        }
    }
}

/// Ends the call whose frame is on top: deactivation, vote, the end of the transaction, pop, news.
pub(crate) fn finish(target: Target<'_>, component: &Component, ended: Ended) -> Result<Unit> {
    let counted = target.visit == Visit::Call;
    let others = component.calls.load(Ordering::Acquire) - u32::from(counted);
    let outermost = others == 0;
    let panicked = ended == Ended::Panicked;
    let flags = component.flags.get();
    // Nothing else deactivates: neither a callback nor what belongs to IUnknown (L8, \[callback-jit\]).
    let done = counted && just_in_time::deactivates(component.is_just_in_time(), flags, !outermost);
    let released = outermost && component.released.load(Ordering::Acquire);
    let role = thread::bound(|binding| binding.stack.top().map_or(Role::None, |top| top.role))?;
    let mut deactivated = Ok(());
    let unit = if panicked {
        component.doom();
        component.destroy();
        end(target, component, role, false, ended)
    } else if done || released {
        deactivated = component.deactivate(true);
        end(target, component, role, flags.consistent && deactivated.is_ok(), ended)
    } else {
        leave(target, role, ended)
    };
    if counted {
        component.calls.fetch_sub(1, Ordering::AcqRel);
    }
    if outermost && let Some(membership) = &component.membership {
        membership.stream.returned(component, membership);
    }
    deactivated.and(unit)
}

/// Leaves the context; its transaction goes on.
fn leave(target: Target<'_>, role: Role, ended: Ended) -> Result<Unit> {
    let place = interception::pop_call()?;
    target.machine.emit(place, returned(ended));
    let outcome = (role != Role::None).then_some(StreamState::Active);
    Ok(Unit { role, wanted_commit: false, outcome })
}

/// Leaves the context after its object was deactivated; a root ends the transaction.
fn end(target: Target<'_>, component: &Component, role: Role, consistent: bool, ended: Ended) -> Result<Unit> {
    let Some(membership) = component.membership.as_ref().filter(|_| role == Role::Root) else {
        let unit = leave(target, role, ended)?;
        let outcome = component.membership.as_ref().and_then(|membership| membership.stream.state());
        return Ok(Unit { outcome: unit.outcome.and(outcome), ..unit });
    };
    let others = membership.stream.deactivate_others(component);
    let proxy = membership.stream.proxy();
    thread::bound(|binding| {
        if let Some(top) = binding.stack.top_mut() {
            top.flags.consistent = consistent;
        }
        if let Some(shared) = binding.transaction_mut().and_then(|owned| owned.shared.as_mut()) {
            shared.proxy = proxy;
        }
    })?;
    let vote = if ended == Ended::Panicked { Vote::Abort } else { Vote::AsSet };
    let unit = interception::end_call(target.machine, vote, ended);
    membership.stream.over();
    others.and(unit)
}

fn returned(ended: Ended) -> What {
    let result = match ended {
        Ended::Returned(result) => Some(result),
        Ended::Panicked => None,
    };
    What::CallReturned { result, status: None }
}
