//! The fast path of a call on an activity object in the MTA: plain properties, a free or re-entered activity, nobody
//! observes.
//!
//! No allocation; two atomic read-modify-writes for a free activity, none for one that is re-entered. Whatever does
//! not fit takes [`run`](super::run), which goes the same way step by step.

use super::{InContext, call::Returned, leave::unwind};
use crate::{
    activity::{ActivityLock, ActivityObject},
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
        leave::Role,
    },
    stack::PushedBy,
};
use complus_sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls `body` in the object's context, if that can be done here. Nothing has changed otherwise.
#[inline]
pub(crate) fn call_fast(object: &Arc<ActivityObject>, body: &mut dyn FnMut() -> HResult) -> Option<Result<HResult>> {
    thread::try_active(|binding| enter(binding, object, |lock, binding| lock.try_enter(binding.causality)))?;
    let returned = catch_unwind(AssertUnwindSafe(body));
    if let Ok(result) = returned
        && thread::try_active(|binding| leave(binding, object, ActivityLock::try_leave)).is_some()
    {
        return Some(Ok(result));
    }
    Some(finish_slowly(object, ended(returned)))
}

/// Begins calls of an object that have been handed the lock of its activity, the first in `causality`, if they can be
/// run here; answers the causality of the thread. The lock stays with them: whoever calls this passes it on.
#[inline]
pub(crate) fn begin_calls(object: &Arc<ActivityObject>, causality: u64) -> Option<u64> {
    thread::try_active(|binding| {
        enter(binding, object, |_, _| true)?;
        Some(std::mem::replace(&mut binding.causality, causality))
    })
}

/// Runs such a call.
#[inline]
pub(crate) fn call(body: impl FnOnce() -> HResult) -> Ended {
    ended(catch_unwind(AssertUnwindSafe(body)))
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
        let (activity, partition) = (top.activity, top.partition);
        top.renew(object.number, Role::None, Position::NONE, activity, partition);
        top.pushed_by = PushedBy::Call;
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
        pop_slowly(object);
        let _ = thread::active(|binding| binding.causality = before);
    }
}

#[inline]
fn ended(returned: std::thread::Result<HResult>) -> Ended {
    match returned {
        Ok(result) => Ended::Returned(result),
        Err(panic) => {
            std::mem::forget(panic); // its drop may panic again
            Ended::Panicked
        }
    }
}

/// Pushes the frame of a call, once it is let into its activity by `admits`.
#[inline(always)]
fn enter(
    binding: &mut Binding,
    object: &Arc<ActivityObject>,
    admits: impl FnOnce(&ActivityLock, &Binding) -> bool,
) -> Option<()> {
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
        && !admits(lock, binding)
    {
        return None;
    }
    let frame = binding.stack.claim()?;
    frame.renew(object.number, Role::None, Position::NONE, activity, properties.partition);
    frame.pushed_by = PushedBy::Call;
    Some(())
}

/// Pops the frame of the call, if nothing lies above and it may leave its activity.
#[inline(always)]
fn leave(binding: &mut Binding, object: &ActivityObject, leaves: impl FnOnce(&ActivityLock) -> bool) -> Option<()> {
    if !is_left(binding.stack.top()?, object) {
        return None;
    }
    if let Some(lock) = &object.properties.lock
        && !leaves(lock)
    {
        return None;
    }
    binding.stack.forget_top();
    Some(())
}

/// Whether the frame on top is the call's, as it was pushed, and nobody wants to be told of its end.
#[inline(always)]
fn is_left(top: &Frame, object: &ActivityObject) -> bool {
    is_call(top, object) && top.kind <= Kind::InActivity && object.machine.gate() & !gate::VIRTUAL == 0
}

fn is_call(frame: &Frame, object: &ActivityObject) -> bool {
    frame.number == object.number && frame.pushed_by == PushedBy::Call
}

/// The end of a call that was entered fast: there are domains to be left, somebody waits or observes, or it panicked.
#[cold]
#[inline(never)]
fn finish_slowly(object: &Arc<ActivityObject>, ended: Ended) -> Result<HResult> {
    pop_slowly(object);
    let target = object.target();
    if let Some(lock) = &object.properties.lock {
        lock.leave(target.machine);
    }
    if ended == Ended::Panicked {
        target.machine.fail_fast(target.process);
    }
    Returned { ended, unit: Unit::NONE }.result()
}

/// Leaves what lies above the frame of a call that was entered fast, and pops it.
#[cold]
#[inline(never)]
fn pop_slowly(object: &ActivityObject) {
    let floor = thread::bound(|binding| {
        binding.stack.frames().iter().rposition(|frame| is_call(frame, object)).map_or(1, |position| position + 1)
    });
    let Ok(floor) = floor else { return };
    unwind(floor);
    drop(thread::bound(|binding| binding.stack.pop()));
}
