//! The fast path of a call into a plain context of the MTA, an activity object's or a component's: nothing but an
//! activity of its own, which is free or re-entered, and nobody observes.
//!
//! No allocation; two atomic read-modify-writes for a free activity, none for one that is re-entered. Whatever does
//! not fit takes [`run`](super::run), which goes the same way step by step.

use super::{Context, Properties, call::Returned, leave::unwind};
use crate::{
    activity::{ActivityLock, ActivityObject},
    machine::{Machine, gate},
    process::ProcessState,
    thread::{
        self, Binding, Membership,
        frame::{Frame, Kind, Position},
    },
};
use complus_core::{
    error::Result,
    hresult::HResult,
    rules::{
        activity_result::{Ended, Unit},
        call_out::{self, Failure},
        leave::Role,
    },
    stack::PushedBy,
};
use complus_sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A context as the fast path sees it; the properties say whether it is plain. A trait and no struct of these four:
/// they would have to be kept at hand while the method runs.
pub(crate) trait Plain {
    fn machine(&self) -> &Arc<Machine>;
    fn process(&self) -> &Arc<ProcessState>;
    fn number(&self) -> u64;
    fn properties(&self) -> &Properties;
}

impl Plain for ActivityObject {
    #[inline(always)]
    fn machine(&self) -> &Arc<Machine> {
        &self.machine
    }

    #[inline(always)]
    fn process(&self) -> &Arc<ProcessState> {
        &self.process
    }

    #[inline(always)]
    fn number(&self) -> u64 {
        self.number
    }

    #[inline(always)]
    fn properties(&self) -> &Properties {
        &self.properties
    }
}

impl Plain for Context {
    #[inline(always)]
    fn machine(&self) -> &Arc<Machine> {
        &self.machine
    }

    #[inline(always)]
    fn process(&self) -> &Arc<ProcessState> {
        &self.process
    }

    #[inline(always)]
    fn number(&self) -> u64 {
        self.number()
    }

    #[inline(always)]
    fn properties(&self) -> &Properties {
        &self.properties
    }
}

/// Enters the context for a call, if that can be done here: [`call`] and [`leave_call`] follow. Nothing has changed
/// otherwise.
#[inline]
pub(crate) fn enter_call(context: &impl Plain) -> bool {
    thread::try_active(|binding| enter(binding, context, |lock, causality| lock.try_enter(causality))).is_some()
}

/// The same from the context `from` alone.
#[inline]
pub(crate) fn enter_call_from(context: &impl Plain, from: u64) -> bool {
    let entered = thread::try_active(|binding| {
        if binding.stack.top()?.number != from {
            return None;
        }
        enter(binding, context, |lock, causality| lock.try_enter(causality))
    });
    entered.is_some()
}

/// Enters the context to make its object, from a binding that is at hand.
#[inline]
pub(crate) fn enter_creation(binding: &mut Binding, context: &Context) -> Option<()> {
    enter(binding, context, |_, _| false)?;
    let top = binding.stack.top_mut()?;
    top.pushed_by = PushedBy::Masked;
    top.kind = Kind::Other;
    Some(())
}

/// Leaves it, in whatever way the making of the object ended.
///
/// # Errors
/// RPC_E_SERVERFAULT after a panic; RPC_E_SERVER_DIED_DNE where the object's code ended its apartment.
#[inline]
pub(crate) fn leave_creation(context: &Context, ended: Ended) -> Result<HResult> {
    let left = |binding: &mut Binding| {
        let top = binding.stack.top()?;
        let plain = top.rare.is_none() && top.role == Role::None && !top.transaction.is_some();
        (plain && is_call(top, context)).then(|| binding.stack.forget_top())
    };
    match ended {
        Ended::Returned(result) if thread::try_active(left).is_some() => Ok(result),
        _ => finish_slowly(context, ended),
    }
}

/// Leaves the context after a call that ended so; gives what the caller is told.
///
/// # Errors
/// RPC_E_SERVERFAULT after a panic.
#[inline]
pub(crate) fn leave_call(context: &impl Plain, ended: Ended) -> Result<HResult> {
    match ended {
        Ended::Returned(result)
            if thread::try_active(|binding| leave(binding, context, ActivityLock::try_leave)).is_some() =>
        {
            Ok(result)
        }
        _ => finish_slowly(context, ended),
    }
}

/// Begins calls of an object that have been handed the lock of its activity, the first in `causality`, if they can be
/// run here; answers the causality of the thread. The lock stays with them: whoever calls this passes it on.
#[inline]
pub(crate) fn begin_calls(object: &ActivityObject, causality: u64) -> Option<u64> {
    thread::try_active(|binding| {
        enter(binding, object, |_, _| true)?;
        Some(std::mem::replace(&mut binding.causality, causality))
    })
}

/// Runs the body of a call. A panic goes no further.
#[inline(always)]
pub(crate) fn call(body: impl FnOnce() -> HResult) -> Ended {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => Ended::Returned(result),
        Err(panic) => {
            std::mem::forget(panic); // its drop may panic again
            Ended::Panicked
        }
    }
}

/// Makes the frame of such a call that of the next one, in `causality`; `false` if the call left more behind than a
/// plain frame.
#[inline]
pub(crate) fn next_call(object: &ActivityObject, causality: u64) -> bool {
    let renewed = thread::try_active(|binding| {
        let top = binding.stack.top_mut()?;
        if !is_left(top, object) {
            return None;
        }
        top.renew_for_call(object.number, top.activity, top.kind, top.partition);
        binding.causality = causality;
        Some(())
    });
    renewed.is_some()
}

/// Ends such calls: the thread gets the causality back that it had `before`.
#[inline]
pub(crate) fn end_calls(object: &ActivityObject, before: u64) {
    let left = thread::try_active(|binding| {
        leave(binding, object, |_| true)?;
        binding.causality = before;
        Some(())
    });
    if left.is_none() {
        let _ = pop_slowly(object);
        let _ = thread::active(|binding| binding.causality = before);
    }
}

/// Pushes the frame of a call, once it is let into its activity by `admits`, which is asked last.
#[inline(always)]
fn enter(binding: &mut Binding, context: &impl Plain, admits: impl FnOnce(&ActivityLock, u64) -> bool) -> Option<()> {
    let properties = context.properties();
    if !properties.plain
        || binding.process.as_ref().map_or(std::ptr::null(), Arc::as_ptr) != Arc::as_ptr(context.process())
        || !matches!(binding.membership, Membership::Mta)
        || binding.neutral
        || context.machine().gate() & !gate::VIRTUAL != 0
    {
        return None;
    }
    let position = Position::new(binding.stack.depth());
    let causality = binding.causality;
    let frame = binding.stack.claim()?;
    let (activity, kind) = match &properties.lock {
        None => (Position::NONE, Kind::Bare),
        Some(lock) if admits(lock, causality) => (position, Kind::InActivity),
        Some(_) => {
            binding.stack.forget_top();
            return None;
        }
    };
    frame.renew_for_call(context.number(), activity, kind, properties.partition);
    Some(())
}

/// Pops the frame of the call, if nothing lies above and it may leave its activity.
#[inline(always)]
fn leave(binding: &mut Binding, context: &impl Plain, leaves: impl FnOnce(&ActivityLock) -> bool) -> Option<()> {
    if !is_left(binding.stack.top()?, context) {
        return None;
    }
    if let Some(lock) = &context.properties().lock
        && !leaves(lock)
    {
        return None;
    }
    binding.stack.forget_top();
    Some(())
}

/// Whether the frame on top is the call's, as it was pushed, and nobody wants to be told of its end. No other frame has
/// the number of the context.
#[inline(always)]
fn is_left(top: &Frame, context: &impl Plain) -> bool {
    top.number == context.number() && top.kind <= Kind::InActivity && context.machine().gate() & !gate::VIRTUAL == 0
}

fn is_call(frame: &Frame, context: &impl Plain) -> bool {
    frame.number == context.number() && matches!(frame.pushed_by, PushedBy::Call | PushedBy::Masked)
}

/// The end of a call that was entered fast: there are domains to be left, somebody waits or observes, or it panicked.
#[cold]
#[inline(never)]
fn finish_slowly(context: &impl Plain, ended: Ended) -> Result<HResult> {
    let popped = pop_slowly(context);
    if let Some(lock) = &context.properties().lock {
        lock.leave(context.machine());
    }
    if !popped {
        // The body ended the apartment that it ran in, and every context with it (SYN 7.6).
        return Err(call_out::seen_by_caller(Failure::DestroyedWhileExecuting).into());
    }
    if ended == Ended::Panicked {
        context.machine().fail_fast(context.process());
    }
    Returned { ended, unit: Unit::NONE, component: false }.result()
}

/// Leaves what lies above the frame of a call that was entered fast, and pops it; `false` if the body ended the
/// apartment, and the frame with it.
#[cold]
#[inline(never)]
fn pop_slowly(context: &impl Plain) -> bool {
    let position = thread::bound(|binding| binding.stack.frames().iter().rposition(|frame| is_call(frame, context)));
    let Ok(Some(position)) = position else { return false };
    unwind(position + 1);
    drop(thread::bound(|binding| binding.stack.pop()));
    true
}
