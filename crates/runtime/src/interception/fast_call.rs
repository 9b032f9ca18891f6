//! The fast path of a call on an activity object in the MTA: plain properties, a free or re-entered activity, nobody
//! observes.
//!
//! No allocation; two atomic read-modify-writes for a free activity, none for one that is re-entered. Whatever does
//! not fit takes [`run`](super::run), which goes the same way step by step.

use super::{InContext, call::Returned, leave::unwind};
use crate::{
    activity::ActivityObject,
    interception::TransactionProperty,
    machine::gate,
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

/// Calls `body` in the object's context, if that can be done here. Nothing has changed otherwise.
#[inline]
pub(crate) fn call_fast(object: &Arc<ActivityObject>, body: &mut dyn FnMut() -> HResult) -> Option<Result<HResult>> {
    thread::try_active(|binding| enter(binding, object))?;
    let returned = catch_unwind(AssertUnwindSafe(body));
    if let Ok(result) = returned
        && thread::try_active(|binding| leave(binding, object)).is_some()
    {
        return Some(Ok(result));
    }
    let ended = match returned {
        Ok(result) => Ended::Returned(result),
        Err(panic) => {
            std::mem::forget(panic); // its drop may panic again
            Ended::Panicked
        }
    };
    Some(finish_slowly(object, ended))
}

#[inline]
fn enter(binding: &mut Binding, object: &Arc<ActivityObject>) -> Option<()> {
    let properties = &object.properties;
    let here = Arc::as_ptr(binding.process.as_ref()?) == Arc::as_ptr(&object.process);
    if !here
        || !matches!(binding.membership, Membership::Mta)
        || object.sta.is_some()
        || binding.neutral
        || object.machine.gate() & !gate::VIRTUAL != 0
        || !matches!(properties.transaction, TransactionProperty::None)
        || properties.details.is_some()
    {
        return None;
    }
    let position = Position::new(binding.stack.depth());
    let activity = match &properties.lock {
        None => Position::NONE,
        // A frame names its activity by its own number.
        Some(lock) if lock.number() == object.number => position,
        Some(_) => return None,
    };
    if !binding.stack.has_room() {
        return None;
    }
    if let Some(lock) = &properties.lock
        && !lock.try_enter(binding.causality)
    {
        return None;
    }
    let frame = binding.stack.claim()?;
    frame.renew(object.number, Role::None, Position::NONE, activity, properties.partition);
    frame.pushed_by = PushedBy::Call;
    Some(())
}

/// Pops the frame of the call and leaves the activity, if nothing lies above and nobody waits.
#[inline]
fn leave(binding: &mut Binding, object: &ActivityObject) -> Option<()> {
    let top = binding.stack.top()?;
    if !is_call(top, object) || top.kind > Kind::InActivity || object.machine.gate() & !gate::VIRTUAL != 0 {
        return None;
    }
    if let Some(lock) = &object.properties.lock
        && !lock.try_leave()
    {
        return None;
    }
    binding.stack.forget_top();
    Some(())
}

fn is_call(frame: &Frame, object: &ActivityObject) -> bool {
    frame.number == object.number && frame.pushed_by == PushedBy::Call
}

/// The end of a call that was entered fast: there are domains to be left, somebody waits or observes, or it panicked.
#[cold]
#[inline(never)]
fn finish_slowly(object: &Arc<ActivityObject>, ended: Ended) -> Result<HResult> {
    let position = thread::bound(|binding| binding.stack.frames().iter().rposition(|frame| is_call(frame, object)))?;
    if let Some(position) = position {
        unwind(position + 1);
        let popped = thread::bound(|binding| binding.stack.pop());
        drop(popped);
    }
    let target = object.target();
    if let Some(lock) = &object.properties.lock {
        lock.leave(target.machine);
    }
    if position.is_none() {
        // The body ended the apartment that it ran in, and every context with it (SYN 7.6).
        return Err(call_out::seen_by_caller(Failure::DestroyedWhileExecuting).into());
    }
    if ended == Ended::Panicked {
        target.machine.fail_fast(target.process);
    }
    Returned { ended, unit: Unit::NONE }.result()
}
