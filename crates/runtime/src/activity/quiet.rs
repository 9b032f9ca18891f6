//! Activities that are made quiet for a vote: no call runs in them until the transaction is over (TXN 11.2 rule 5, T-29).

use super::{ActivityLock, ActivityObject};
use crate::{
    interception::{Properties, Source, TransactionProperty},
    machine::Machine,
    process::ProcessState,
    thread,
};
use complus_core::{
    event::{Diagnostic, What},
    hresult::CONTEXT_E_WOULD_DEADLOCK,
    rules::leave::Role,
};
use complus_sync::{
    Arc, Mutex, Signal, Weak,
    atomic::{AtomicBool, Ordering},
};
use complus_transaction::{Outcome, Transaction, Voter};

/// Why an activity does not become quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Busy {
    /// Who is in it waits for whoever commits.
    Deadlock,
    /// Who is in it has not left in time, or never will.
    Late,
    /// The transaction was aborted meanwhile: it does not matter any more.
    Overtaken,
}

impl Busy {
    /// Tells why that is a veto.
    pub(crate) fn tell(self, machine: &Machine) {
        machine.emit_here(What::Diagnostic(match self {
            Self::Deadlock => Diagnostic::ParticipantWaitsForVote,
            Self::Late => Diagnostic::ParticipantInCall,
            Self::Overtaken => return,
        }));
    }
}

/// The activities that one vote holds. Whoever commits is inside them meanwhile: a call that comes finds the transaction
/// over.
#[derive(Default)]
pub(crate) struct Quiet {
    held: Mutex<Vec<(Arc<Machine>, Arc<ActivityLock>)>>,
    overtaken: AtomicBool,
    waiting: Mutex<Option<Signal>>,
}

impl Quiet {
    /// Waits until nobody else is inside the activity, and keeps it so until [`release`](Self::release).
    pub(crate) fn hold(&self, machine: &Arc<Machine>, lock: &Arc<ActivityLock>, limit: u64) -> Result<(), Busy> {
        let here = thread::bound(|binding| Some((binding.causality, binding.signal()?)));
        let Some((causality, signal)) = here.ok().flatten() else { return Err(Busy::Late) };
        *self.waiting.lock() = Some(signal.clone());
        let off = || self.overtaken.load(Ordering::Acquire);
        let entered = lock.enter_until(machine, causality, signal, limit, off);
        self.waiting.lock().take();
        match entered {
            Ok(true) => {
                self.held.lock().push((machine.clone(), lock.clone()));
                Ok(())
            }
            Ok(false) if off() => Err(Busy::Overtaken),
            Err(error) if error.hresult() == CONTEXT_E_WOULD_DEADLOCK => Err(Busy::Deadlock),
            Ok(false) | Err(_) => Err(Busy::Late),
        }
    }

    /// The answer is of no account any more: nobody waits for it.
    pub(crate) fn overtaken(&self) {
        self.overtaken.store(true, Ordering::Release);
        let waiting = self.waiting.lock().clone();
        if let Some(signal) = waiting {
            signal.set();
        }
    }

    /// Calls may come again.
    pub(crate) fn release(&self) {
        let held = std::mem::take(&mut *self.held.lock());
        held.iter().rev().for_each(|(machine, lock)| lock.leave(machine));
    }
}

/// Whoever commits is a thread of the machine while it is asked, wherever it comes from.
pub(crate) struct Asked(Option<usize>);

impl Asked {
    pub(crate) fn of(machine: &Arc<Machine>, process: &Arc<ProcessState>) -> Self {
        let is_its = thread::machine().is_some_and(|own| Arc::ptr_eq(&own, machine));
        Self((!is_its).then(|| thread::bind(machine.clone(), process.clone())))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(depth) = self.0 {
            thread::unbind(depth);
        }
    }
}

/// The moment until which a vote waits: the end of the transaction, or of the machine's patience (T-29).
pub(crate) fn limit(machine: &Machine, transaction: Option<&Transaction>) -> u64 {
    let end = transaction.and_then(|transaction| transaction.unsettled_stream().deadline.moment());
    let nanoseconds = |moment: std::time::Duration| u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX);
    end.map_or_else(|| machine.clock.now().saturating_add(nanoseconds(machine.vote_wait)), nanoseconds)
}

/// The calls of an activity object in a brought transaction: they end before that commits.
struct Calls {
    object: Weak<ActivityObject>,
    transaction: Transaction,
    quiet: Quiet,
}

impl Voter for Calls {
    fn vote(&self) -> bool {
        let Some(object) = self.object.upgrade() else { return true }; // a call would hold it
        let Some(lock) = &object.properties.lock else { return true };
        let _asked = Asked::of(&object.machine, &object.process);
        let limit = limit(&object.machine, Some(&self.transaction));
        self.quiet.hold(&object.machine, lock, limit).inspect_err(|busy| busy.tell(&object.machine)).is_ok()
    }

    fn overtaken(&self) {
        self.quiet.overtaken();
    }

    fn outcome(&self, _: Outcome) {
        self.quiet.release();
    }
}

/// Lets the vote of a transaction that was brought wait for the calls of the object.
pub(super) fn await_calls(object: &Arc<ActivityObject>) {
    let Properties { transaction: TransactionProperty::Joined(joined), .. } = &object.properties else { return };
    if let (Role::Brought, Source::Transaction(transaction, Some(ballot))) = (joined.role, &joined.source) {
        let (object, transaction) = (Arc::downgrade(object), transaction.participant());
        ballot.ask_first(Arc::new(Calls { object, transaction, quiet: Quiet::default() }));
    }
}
