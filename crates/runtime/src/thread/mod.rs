//! What a thread is bound to.
//!
//! A thread is bound to one machine at a time; bindings nest, and each has its own apartment and its own
//! stack of contexts. A thread that was never bound is bound to the default machine by its first call.

mod binding;
mod com_state;
pub(crate) mod frame;

pub(crate) use binding::{Binding, BindingKey, Membership};
pub(crate) use com_state::Dispatching;

use crate::{Runtime, machine::Machine, process::ProcessState};
use complus_core::error::{Result, RuntimeError};
use complus_sync::{Arc, Cell, RefCell, Turn};
use std::{mem::ManuallyDrop, rc::Rc};

pub(crate) struct Thread {
    active: Binding,
    parked: Vec<Binding>,
}

complus_sync::thread_local! {
    /// What the thread is bound to. It is never dropped, so that reaching it needs no look at whether it
    /// still exists: [`CLEANUP`] empties it when the thread ends.
    static THREAD: ManuallyDrop<RefCell<Thread>> =
        const { ManuallyDrop::new(RefCell::new(Thread { active: Binding::unbound(), parked: Vec::new() })) };
    /// Empties [`THREAD`] when the thread ends; touched whenever something is bound.
    static CLEANUP: Cleanup = const { Cleanup };
    /// An observer is being told of an event on this thread.
    static OBSERVING: Cell<bool> = const { Cell::new(false) };
}

struct Cleanup;

impl Drop for Cleanup {
    fn drop(&mut self) {
        // Open domains are left with abort votes, as at any other end.
        unbind(0);
        crate::apartment::leave_for_good();
        drop(THREAD.with(|thread| {
            let mut thread = thread.try_borrow_mut().ok()?;
            Some(std::mem::replace(&mut thread.active, Binding::unbound()))
        }));
    }
}

/// Makes sure that a binding will be taken down with the thread.
fn clean_up_later() -> Result<()> {
    CLEANUP.try_with(|_| ()).map_err(|_| RuntimeError::ThreadEnding.into())
}

/// Calls `with` on the binding, whatever it is; fails in an observer.
#[inline]
pub(crate) fn active<T>(with: impl FnOnce(&mut Binding) -> T) -> Result<T> {
    THREAD.with(|thread| match thread.try_borrow_mut() {
        Ok(mut thread) => Ok(with(&mut thread.active)),
        Err(_) => Err(RuntimeError::CalledFromObserver.into()),
    })
}

/// Calls `with` on the binding, if that can be had; for the fast path, which takes no for an answer.
#[inline]
pub(crate) fn try_active<T>(with: impl FnOnce(&mut Binding) -> Option<T>) -> Option<T> {
    THREAD.with(|thread| with(&mut thread.try_borrow_mut().ok()?.active))
}

/// Shows the binding to `with`. While it looks, observers can be told: they can look as well, but change
/// nothing.
#[inline]
pub(crate) fn look<T>(with: impl FnOnce(&Binding) -> Option<T>) -> Option<T> {
    THREAD.with(|thread| with(&thread.try_borrow().ok()?.active))
}

/// Calls `with` on the binding to a machine; an unbound thread is bound to the default one. Refused to
/// observers.
pub(crate) fn bound<T>(with: impl FnOnce(&mut Binding) -> T) -> Result<T> {
    refuse_observers()?;
    if !active(|binding| binding.is_bound())? {
        clean_up_later()?;
        let machine = Runtime::process_default().0;
        let process = machine.process.clone();
        active(|binding| *binding = Binding::new(machine, process))?;
    }
    active(with)
}

/// An error when an observer is being told of an event on this thread.
pub(crate) fn refuse_observers() -> Result<()> {
    match OBSERVING.try_with(Cell::get) {
        Ok(false) => Ok(()),
        Ok(true) => Err(RuntimeError::CalledFromObserver.into()),
        Err(_) => Err(RuntimeError::ThreadEnding.into()),
    }
}

/// Runs `tell` with calls into the machine refused.
pub(crate) fn observing(tell: impl FnOnce()) {
    let before = OBSERVING.try_with(|observing| observing.replace(true));
    tell();
    if let Ok(before) = before {
        let _ = OBSERVING.try_with(|observing| observing.set(before));
    }
}

/// The machine that the thread is bound to.
pub(crate) fn machine() -> Option<Arc<Machine>> {
    look(|binding| binding.machine.clone())
}

/// The machine and the process that the thread is bound to; an unbound thread is bound to the default machine.
pub(crate) fn here() -> Result<(Arc<Machine>, Arc<ProcessState>)> {
    bound(|binding| Some((binding.machine.clone()?, binding.process.clone()?)))?
        .ok_or_else(|| RuntimeError::ThreadEnding.into())
}

/// Runs `body` with the thread working for `causality`; gives it back afterwards, also when `body` panics.
pub(crate) fn in_causality<T>(causality: u64, body: impl FnOnce() -> T) -> T {
    struct Back(BindingKey, u64);
    impl Drop for Back {
        fn drop(&mut self) {
            let _ = active(|binding| {
                if binding.key == self.0 {
                    binding.causality = self.1;
                }
            });
        }
    }
    let before = active(|binding| Back(binding.key, std::mem::replace(&mut binding.causality, causality)));
    let result = body();
    drop(before);
    result
}

/// The thread's place in its machine's schedule.
pub(crate) fn turn() -> Option<Rc<Turn>> {
    look(|binding| binding.turn.clone())
}

pub(crate) fn set_turn(turn: Rc<Turn>) {
    let _ = active(|binding| binding.turn = Some(turn));
}

/// Binds the thread to `process` of `machine`; answers how many bindings lie beneath.
pub(crate) fn bind(machine: Arc<Machine>, process: Arc<ProcessState>) -> usize {
    push(|| Binding::new(machine, process))
}

/// The same for a thread that was given its number.
pub(crate) fn bind_as(machine: Arc<Machine>, process: Arc<ProcessState>, number: u32) -> usize {
    push(|| Binding::numbered(machine, process, number))
}

fn push(make: impl FnOnce() -> Binding) -> usize {
    if refuse_observers().is_err() || clean_up_later().is_err() {
        return usize::MAX;
    }
    THREAD.with(|thread| {
        let Ok(mut thread) = thread.try_borrow_mut() else { return usize::MAX };
        let before = std::mem::replace(&mut thread.active, make());
        thread.parked.push(before);
        thread.parked.len() - 1
    })
}

/// Ends the bindings above `depth`, newest first: open domains are left, then the apartment.
pub(crate) fn unbind(depth: usize) {
    let is_above = || THREAD.with(|thread| thread.try_borrow().is_ok_and(|thread| thread.parked.len() > depth));
    while is_above() {
        crate::apartment::leave_for_good();
        let ended = THREAD.with(|thread| {
            let mut thread = thread.try_borrow_mut().ok()?;
            let before = thread.parked.pop()?;
            Some(std::mem::replace(&mut thread.active, before))
        });
        drop(ended);
    }
}
