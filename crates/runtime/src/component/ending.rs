//! How the transactions of a stream end: from outside, by a doomed root, by a root that is done (TXN 6, 7.2, 8.2).

use super::{Component, Membership, stream::Stream};
use crate::{
    apartment::Method,
    interception::{self, InContext, Visiting},
    machine::Machine,
};
use complus_core::{
    context::StreamState,
    error::Result,
    event::{AbortReason, Diagnostic, What},
    hresult::RPC_E_SERVERFAULT,
};
use complus_sync::{Arc, Weak, atomic::Ordering};

impl Stream {
    /// Takes note of a transaction that was ended from outside: those who were at work in it lose what they did. One in
    /// which somebody runs a method is looked at when that returns (T-13).
    pub(super) fn settle(&self) {
        let is_over = |state| matches!(state, StreamState::Committed | StreamState::Aborted | StreamState::InDoubt);
        if !self.state().is_some_and(is_over) || self.members().iter().any(|member| member.is_in_call()) {
            return;
        }
        for member in self.over() {
            if member.is_active() {
                member.lost.store(true, Ordering::Release);
                let _ = deactivate(&member, false);
            }
        }
    }

    /// A member has served its calls. If its transaction has ended meanwhile, the work that it did in it is lost (T-13).
    pub(super) fn returned(&self, member: &Component, membership: &Membership) {
        self.settle();
        if member.is_active() && membership.unit.load(Ordering::Acquire) != self.state.lock().unit {
            let _ = deactivate(member, false);
        }
    }

    /// The current transaction is over; gives who took part.
    pub(super) fn over(&self) -> Vec<Arc<Component>> {
        let mut state = self.state.lock();
        state.unit += 1;
        let (ended, members) = (state.current.take(), std::mem::take(&mut state.members));
        let proxy = state.proxy.take();
        drop(state);
        drop((ended, proxy)); // out here: it may be the last handle
        members.iter().filter_map(Weak::upgrade).collect()
    }

    /// The root is told that its transaction is doomed: everything ends at once (TXN 7.2).
    pub(super) fn abort(&self, machine: &Machine) {
        for member in self.members() {
            let _ = deactivate(&member, false);
        }
        if let Some((_, proxy)) = self.proxy()
            && interception::guarded(|| proxy.abort()).is_none()
        {
            machine.emit_here(What::Diagnostic(Diagnostic::CallbackPanicked));
        }
        if let Some(current) = self.current() {
            let _ = current.abort_because(AbortReason::Doomed);
        }
        self.over();
    }

    /// The root was deactivated: so are all others that take part, in the order in which they came (TXN 8.2, step 2).
    /// One that is serving a call votes now, and is deactivated as that returns.
    ///
    /// # Errors
    /// RPC_E_SERVERFAULT if one of them panicked.
    pub(super) fn deactivate_others(&self, root: &Component) -> Result<()> {
        let mut result = Ok(());
        let is_other = |member: &&Arc<Component>| !std::ptr::eq(Arc::as_ptr(member), root);
        for member in self.members().iter().filter(is_other).filter(|member| member.is_active()) {
            if !member.is_in_call() {
                result = result.and(deactivate(member, true));
            } else if !member.flags.get().consistent {
                self.doom();
            }
        }
        result
    }
}

/// Deactivates a component in its own context.
///
/// # Errors
/// RPC_E_SERVERFAULT if it panicked.
pub(super) fn deactivate(component: &Component, votes: bool) -> Result<()> {
    let Some(component) = component.this().upgrade() else { return Ok(()) };
    let visited = component.context().map(|context| {
        let context: Arc<dyn InContext> = Arc::new(Visiting::release(context));
        let own = component.clone();
        interception::visit(&context, Method::RELEASE, move || own.deactivate(votes))
    });
    component.destroy(); // if its apartment is gone, or cannot be called from here
    match visited {
        Some(Err(error)) if error.hresult() == RPC_E_SERVERFAULT => Err(error),
        _ => Ok(()),
    }
}
