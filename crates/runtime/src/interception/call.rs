//! Calls: a context that is entered for the time of one method (SWC 8.3, ACT 8.2).
//!
//! The policies of the callee's side fire in this order: activity, transaction, frame; and in the opposite order on
//! the way back (ACT 8.2 \[policy-order\]). Everything that comes from outside comes this way: methods, OnCall,
//! context callbacks.

use super::{
    context::{Current, Target, TransactionProperty, Visit},
    leave::{self, Vote, unwind},
    policy,
};
use crate::{
    apartment::Home,
    component,
    machine::{ID_BITS, Machine},
    observation::Place,
    thread::{
        self, Binding,
        frame::{Frame, Owned, Position, SharedTransaction},
    },
};
use complus_core::{
    ActivityTransaction,
    attribute::{IsolationLevel, TransactionStatus},
    context::{StreamState, TransactionStream},
    error::{DomainError, Result},
    event::What,
    hresult::HResult,
    rules::{
        activity_object::{self, Start},
        activity_result::{self, Ended, Unit},
        call_out::{self, Failure},
        leave::Role,
        method_result,
    },
    stack::PushedBy,
};
use complus_sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How a call gets into the activity of its context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It takes the lock, or waits.
    Enter,
    /// It was handed the lock already.
    Entered,
    /// It does without (IID_IEnterActivityWithNoLock).
    NoLock,
}

/// How a call that was entered ended, and what became of its transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Returned {
    pub(crate) ended: Ended,
    pub(crate) unit: Unit,
    /// A component lives in the context.
    pub(crate) component: bool,
}

impl Returned {
    /// What a caller who waits is given (S-27, AD-28).
    ///
    /// # Errors
    /// CONTEXT_E_ABORTED when a commit that was wanted failed, XACT_E_INDOUBT when a component's may have failed (T-17),
    /// RPC_E_SERVERFAULT after a panic. A failing code of the body itself is no error here.
    pub(crate) fn result(self) -> Result<HResult> {
        match self.component {
            true => method_result::method(self.ended, self.unit, &mut ()),
            false => Ok(activity_result::synchronous(self.ended, self.unit, &mut ())?),
        }
    }
}

/// Runs `body` in the context, on this thread, which must be one of its apartment.
///
/// # Errors
/// What kept the body from running: RPC_E_DISCONNECTED in a dead process, E_OUTOFMEMORY at the limits,
/// CONTEXT_E_SYNCH_TIMEOUT, CONTEXT_E_WOULD_DEADLOCK, CONTEXT_E_TMNOTAVAILABLE, CONTEXT_E_OLDREF,
/// CONTEXT_E_ABORTING.
pub(crate) fn run(target: Target<'_>, admission: Admission, body: &mut dyn FnMut() -> HResult) -> Result<Returned> {
    run_and(target, admission, body, |_| ())
}

/// The same; `then` is told of a panic before that ends the process.
///
/// # Errors
/// As for [`run`].
pub(crate) fn run_and(
    target: Target<'_>,
    admission: Admission,
    body: &mut dyn FnMut() -> HResult,
    then: impl FnOnce(Returned),
) -> Result<Returned> {
    let machine = target.machine;
    let held = Held::enter(target, admission)?;
    machine.admit(target.process)?;
    let floor = thread::bound(|binding| {
        binding.ensure_base()?;
        if binding.stack.is_full() { Err(DomainError::TooManyContexts.into()) } else { Ok(binding.stack.depth()) }
    })
    .and_then(|floor: Result<usize>| floor)?;
    let prepared = Prepared::of(target)?;
    let begins = matches!(prepared, Prepared::New { .. });
    let neutral = matches!(target.home, Home::Neutral);
    let (caller, was_neutral) = thread::bound(|binding| {
        let caller = binding.stack.top().map_or(0, |top| top.number);
        push(binding, target, prepared);
        note_running(binding, target);
        (caller, std::mem::replace(&mut binding.neutral, neutral))
    })?;
    if machine.is_observed() {
        thread::look(|binding| tell_entered(binding, target, caller, begins));
    }
    let ended = match catch_unwind(AssertUnwindSafe(|| policy::serving(target, &mut *body))) {
        Ok(result) => Ended::Returned(result),
        Err(panic) => {
            machine.tell_exception(panic);
            Ended::Panicked
        }
    };
    let is_there = |frame: &Frame| frame.number == target.number && is_call(frame);
    if !thread::bound(|binding| binding.stack.get(floor).is_some_and(is_there))? {
        // The body ended the apartment that it ran in, and every context with it (SYN 7.6).
        let _ = thread::active(|binding| binding.neutral = was_neutral);
        held.leave(machine);
        return Err(call_out::seen_by_caller(Failure::DestroyedWhileExecuting).into());
    }
    unwind(floor + 1);
    let unit = finish(target, ended);
    let _ = thread::active(|binding| binding.neutral = was_neutral);
    held.leave(machine);
    let returned = Returned { ended, unit: unit?, component: target.properties.component().is_some() };
    if ended == Ended::Panicked {
        then(returned);
        machine.fail_fast(target.process);
    }
    Ok(returned)
}

fn is_call(frame: &Frame) -> bool {
    matches!(frame.pushed_by, PushedBy::Call | PushedBy::DefaultCall | PushedBy::Masked)
}

/// The activity lock, for as long as the call is inside.
struct Held<'a> {
    target: Target<'a>,
    locked: bool,
}

impl<'a> Held<'a> {
    fn enter(target: Target<'a>, admission: Admission) -> Result<Self> {
        let Some(lock) = &target.properties.lock else { return Ok(Self { target, locked: false }) };
        match admission {
            Admission::NoLock => return Ok(Self { target, locked: false }),
            Admission::Enter => {
                let causality = thread::bound(|binding| binding.causality)?;
                lock.enter(target.machine, causality)?;
            }
            Admission::Entered => lock.tell_entered(target.machine),
        }
        Ok(Self { target, locked: true })
    }

    fn leave(mut self, machine: &Machine) {
        self.release(machine);
    }

    fn release(&mut self, machine: &Machine) {
        if std::mem::take(&mut self.locked)
            && let Some(lock) = &self.target.properties.lock
        {
            lock.leave(machine);
        }
    }
}

/// Also on the way of an error.
impl Drop for Held<'_> {
    fn drop(&mut self) {
        let machine = self.target.machine.clone();
        self.release(&machine);
    }
}

/// The transaction that a call runs in, found before anything is pushed.
enum Prepared {
    None,
    New { isolation: IsolationLevel, timeout: Option<u32> },
    Continued { owned: Owned, consistent: bool },
    Joined(Role, Box<SharedTransaction>),
}

impl Prepared {
    fn of(target: Target<'_>) -> Result<Self> {
        let new = |isolation, timeout| {
            if target.machine.manager.is_available() {
                Ok(Self::New { isolation, timeout })
            } else {
                Err(DomainError::ManagerUnavailable.into())
            }
        };
        match &target.properties.transaction {
            TransactionProperty::None => Ok(Self::None),
            TransactionProperty::Component(component) => {
                let joined = component::call::begin(component, target.visit)?;
                Ok(joined.map_or(Self::None, |(role, shared)| Self::Joined(role, shared)))
            }
            TransactionProperty::Own { isolation, own_timeout, timeout } => {
                new(*isolation, own_timeout.then_some(*timeout))
            }
            TransactionProperty::UntilDone { isolation, own_timeout, timeout, current } => {
                let kept = std::mem::take(&mut *current.lock());
                let state = match &kept {
                    Current::None => None,
                    Current::Open { owned, .. } => Some(owned.state()),
                    Current::Running(transaction) => {
                        let joined = SharedTransaction::new(transaction.participant());
                        *current.lock() = kept;
                        return Ok(Self::Joined(Role::Interior, joined));
                    }
                };
                let start = activity_object::start(Role::Root, state, ActivityTransaction::UntilDone, &mut ())?;
                match (start, kept) {
                    (Start::Join, Current::Open { owned, consistent }) => Ok(Self::Continued { owned, consistent }),
                    _ => new(*isolation, own_timeout.then_some(*timeout)),
                }
            }
            TransactionProperty::Joined(joined) => {
                let shared = joined.source.find()?;
                let (state, policy) = (shared.handle.state(), target.machine.compat.activity_transaction);
                activity_object::start(joined.role, Some(state), policy, &mut ())?;
                Ok(Self::Joined(joined.role, shared))
            }
        }
    }
}

fn push(binding: &mut Binding, target: Target<'_>, prepared: Prepared) {
    let here = Position::new(binding.stack.depth());
    let next = Position::new(binding.transactions.len());
    let pushed_by = match target.visit {
        _ if target.is_default => PushedBy::DefaultCall,
        Visit::Creation => PushedBy::Masked,
        Visit::Call | Visit::Release | Visit::Callback => PushedBy::Call,
    };
    let mut frame = Frame::plain(target.number, pushed_by);
    frame.partition = target.properties.partition;
    if let Some(lock) = &target.properties.lock {
        frame.activity = here;
        if lock.number() != target.number {
            frame.rare_mut().activity = Some(lock.number());
        }
        frame.rare_mut().lock = Some(lock.clone());
    }
    if let Some(component) = target.properties.component() {
        frame.rare_mut().component = Some(component.clone());
    }
    if let Some(details) = &target.properties.details {
        frame.rare_mut().details = (**details).clone();
    }
    match prepared {
        Prepared::None => {}
        Prepared::New { isolation, timeout } => {
            (frame.role, frame.transaction) = (Role::Root, next);
            let (number, now) = (binding.number() & ID_BITS, target.machine.clock.now());
            let timeout = timeout.unwrap_or_else(|| target.machine.default_timeout.seconds());
            let stream = TransactionStream::begin(number, isolation, timeout, now);
            binding.transactions.push(Owned { stream, shared: None });
            if target.machine.clock.as_virtual().is_some() {
                binding.share_transaction(next, None);
            }
        }
        Prepared::Continued { owned, consistent } => {
            (frame.role, frame.transaction) = (Role::Root, next);
            frame.flags.consistent = consistent;
            binding.transactions.push(owned);
        }
        Prepared::Joined(role, shared) => {
            (frame.role, frame.transaction) = (role, next);
            let stream = shared.handle.unsettled_stream();
            binding.transactions.push(Owned { stream, shared: Some(shared) });
        }
    }
    frame.derive_kind();
    binding.stack.push(frame);
}

/// Ends the frame on top: vote, transaction, pop, news. A transaction that lasts until a call is done stays.
fn finish(target: Target<'_>, ended: Ended) -> Result<Unit> {
    if let Some(component) = target.properties.component() {
        return component::call::finish(target, component, ended);
    }
    let machine = target.machine;
    let until_done = match &target.properties.transaction {
        TransactionProperty::UntilDone { current, .. } if is_root()? => Some(current),
        _ => None,
    };
    if let Some(current) = until_done.filter(|_| ended != Ended::Panicked) {
        let kept = thread::bound(|binding| {
            let consistent = binding.stack.top().filter(|top| !top.flags.done)?.flags.consistent;
            let place = Place::here(binding);
            leave::pop(binding).1.map(|owned| (place, Current::Open { owned, consistent }))
        })?;
        if let Some((place, open)) = kept {
            *current.lock() = open;
            machine.emit(place, returned(ended, None));
            return Ok(Unit { role: Role::Root, wanted_commit: false, outcome: Some(StreamState::Active) });
        }
    }
    let vote = if ended == Ended::Panicked { Vote::Abort } else { Vote::AsSet };
    let unit = end_call(machine, vote, ended);
    if let Some(current) = until_done {
        *current.lock() = Current::None;
    }
    unit
}

/// Ends the frame on top, a call's: its vote, what a root does to the transaction, pop, news.
pub(crate) fn end_call(machine: &Arc<Machine>, vote: Vote, ended: Ended) -> Result<Unit> {
    let left = leave::end_top(machine, vote)?;
    machine.emit(left.place, returned(ended, left.status));
    let wanted_commit = left.role == Role::Root && left.consistent;
    Ok(Unit { role: left.role, wanted_commit, outcome: left.status.map(outcome) })
}

/// Takes the frame on top off, a call's, without a vote; answers where it was.
pub(crate) fn pop_call() -> Result<Place> {
    let (place, popped) = thread::bound(|binding| (Place::here(binding), leave::pop(binding)))?;
    drop(popped); // out here, where the binding is free
    Ok(place)
}

/// Whether the context on top is the root of its transaction.
fn is_root() -> Result<bool> {
    thread::bound(|binding| binding.stack.top().is_some_and(|top| top.role == Role::Root))
}

/// Lets calls that are made meanwhile find the transaction that this one runs in.
fn note_running(binding: &mut Binding, target: Target<'_>) {
    if let TransactionProperty::UntilDone { current, .. } = &target.properties.transaction
        && let Some(position) = binding.stack.top().filter(|top| top.role == Role::Root).map(|top| top.transaction)
        && let Some(transaction) = binding.share_transaction(position, None)
    {
        *current.lock() = Current::Running(transaction);
    }
}

/// What a status says of the transaction's end.
fn outcome(status: TransactionStatus) -> StreamState {
    match status {
        TransactionStatus::Committed => StreamState::Committed,
        TransactionStatus::Aborted => StreamState::Aborted,
        TransactionStatus::InDoubt => StreamState::InDoubt,
        TransactionStatus::Aborting => StreamState::Doomed,
        TransactionStatus::LocallyOk | TransactionStatus::NoTransaction => StreamState::Active,
    }
}

fn returned(ended: Ended, status: Option<TransactionStatus>) -> What {
    let result = match ended {
        Ended::Returned(result) => Some(result),
        Ended::Panicked => None,
    };
    What::CallReturned { result, status }
}

fn tell_entered(binding: &Binding, target: Target<'_>, caller: u64, begins: bool) -> Option<()> {
    let machine = binding.machine.as_deref()?;
    let place = Place::here(binding);
    if let Some(begun) = binding.transaction().filter(|_| begins) {
        let started = What::TransactionStarted {
            stream: machine.stream_id(target.stream & ID_BITS),
            isolation: begun.stream.isolation,
            timeout: begun.stream.timeout,
            description: None,
        };
        machine.tell(&machine.event(|| place, || started));
    }
    let entered = || What::CallEntered { caller: machine.context_id(caller) };
    machine.tell(&machine.event(|| place, entered));
    Some(())
}
