//! The fast path while somebody observes: the same entry or leave, and the news of it.
//!
//! Taken for a domain outside transactions that only inherits, which is told by one event; that holds nothing a drop
//! would free, and so is not dropped. Everything else takes the cold path.
//!
//! An observer that calls the machine finds the binding lent and gets no further than the first borrow here.

use super::{Vote, fast};
use crate::{
    domain::ServiceConfig,
    machine::gate,
    observation::Place,
    thread::{
        self, Binding,
        frame::{Frame, Kind, Position},
    },
};
use complus_core::{
    attribute::TransactionStatus,
    event::What,
    rules::{leave::Role, plan::Class, synchronization::Activity, transaction::Transaction},
    stack::PushedBy,
};
use std::{mem::ManuallyDrop, num::NonZeroU64};

/// Enters a domain that only inherits, and tells of it: the number of its context. `None` if it is not one, and
/// nothing has changed then.
#[cold]
#[inline(never)]
pub(super) fn enter(config: &ServiceConfig) -> Option<NonZeroU64> {
    let entered = thread::try_active_and_tell(
        |binding| {
            if binding.machine.as_deref()?.gate() != gate::OBSERVED || binding.next == binding.end {
                return None;
            }
            let caller = binding.stack.top()?;
            if caller.kind > Kind::InActivity || caller.partition != 0 {
                return None;
            }
            let step = config.plan.inheriting(Class::NONE, caller.kind == Kind::InActivity)?;
            let position = caller.activity.only_if(step.callers_activity());
            let (caller, activity) = (caller.number, activity_number(binding, position));
            Some((fast::inherit(binding, position, 0)?, caller, activity))
        },
        |binding, &(context, caller, activity)| {
            let Some(machine) = binding.machine.as_deref() else { return };
            let what = || What::DomainEntered {
                caller: machine.context_id(caller),
                transaction: Transaction::None,
                activity: if activity != 0 { Activity::Callers } else { Activity::None },
                partition: None,
                tracker: None,
            };
            machine.tell(&ManuallyDrop::new(machine.event(|| Place::of(binding, context.get(), activity), what)));
        },
    );
    entered.map(|(context, ..)| context)
}

/// Leaves such a domain, and tells of it.
#[inline(always)]
pub(super) fn leave(context: NonZeroU64, vote: Vote) -> Option<TransactionStatus> {
    thread::try_active_and_tell(
        |binding| {
            let here = Position::new(binding.stack.depth().wrapping_sub(1));
            let top = binding.stack.top()?;
            if binding.machine.as_deref()?.gate() != gate::OBSERVED
                || top.number != context.get()
                || top.kind > Kind::InActivity
                || top.activity == here
                || top.pushed_by != PushedBy::Domain
            {
                return None;
            }
            let activity = activity_number(binding, top.activity);
            binding.stack.forget_top();
            Some(activity)
        },
        |binding, &activity| {
            let Some(machine) = binding.machine.as_deref() else { return };
            let what = || What::DomainLeft { role: Role::None, consistent: vote == Vote::AsSet, status: None };
            machine.tell(&ManuallyDrop::new(machine.event(|| Place::of(binding, context.get(), activity), what)));
        },
    )?;
    Some(TransactionStatus::NoTransaction)
}

/// The number of the activity whose owner is at `position`; 0 if it is none.
#[inline(always)]
fn activity_number(binding: &Binding, position: Position) -> u64 {
    binding.frame(position).map_or(0, Frame::activity_number)
}
