//! Telling observers: with the place filled in, without any lock of the machine held.

use crate::{
    machine::{Machine, gate},
    thread,
};
use complus_core::{
    event::{Event, What},
    id::TransactionId,
};
use complus_sync::Weak;
use complus_transaction::EventSink;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

/// Where an event happened, taken down while the binding was at hand.
#[derive(Clone, Copy, Default)]
pub(crate) struct Place {
    pub(crate) thread: u32,
    pub(crate) causality: u64,
    pub(crate) context: u64,
    pub(crate) activity: u64,
    pub(crate) transaction: Option<TransactionId>,
}

impl Place {
    /// The current context of `binding`.
    pub(crate) fn here(binding: &thread::Binding) -> Self {
        let mut place = Self::default();
        place.take_down(binding);
        place
    }

    /// Makes this the current context of `binding`; written in place, since a copy of what was just written
    /// costs more than the writing.
    #[inline(always)]
    pub(crate) fn take_down(&mut self, binding: &thread::Binding) {
        self.thread = binding.thread;
        self.causality = binding.causality;
        let Some(top) = binding.stack.top() else { return };
        self.context = top.number;
        if top.activity.is_some() {
            self.activity = binding.activity_number().unwrap_or(0);
        }
        if top.transaction.is_some() {
            self.transaction = binding.transaction_id();
        }
    }
}

impl Machine {
    /// The event that `what` happened at `place`, now.
    #[inline(always)]
    pub(crate) fn event(&self, place: &Place, what: What) -> Event {
        Event {
            at: Duration::from_nanos(self.clock.now()),
            thread: place.thread,
            causality: self.causality_id(place.causality),
            context: self.context_id(place.context),
            activity: self.activity_id(place.activity),
            transaction: place.transaction,
            what,
        }
    }

    /// Tells the observers of an event.
    pub(crate) fn tell(&self, event: &Event) {
        thread::observing(|| {
            for observer in &self.observers {
                // An observer that panics must not take the program with it.
                let _ = catch_unwind(AssertUnwindSafe(|| observer.observe(event)));
            }
        });
    }

    /// Tells the observers, if there are any.
    pub(crate) fn emit(&self, place: Place, what: What) {
        if self.is_observed() {
            self.tell(&self.event(&place, what));
        }
    }

    /// Tells the observers of something in the current context of this thread.
    pub(crate) fn emit_here(&self, what: What) {
        if !self.observers.is_empty() {
            self.emit(thread::look(|binding| Some(Place::here(binding))).unwrap_or_default(), what);
        }
    }
}

/// Passes on what the transaction manager reports.
pub(crate) struct TransactionEvents(pub(crate) Weak<Machine>);

impl EventSink for TransactionEvents {
    fn emit(&self, transaction: TransactionId, what: What) {
        if let Some(machine) = self.0.upgrade()
            && machine.is_observed()
        {
            let here = thread::look(|binding| {
                let here = binding.machine.as_ref().is_some_and(|bound| std::ptr::eq(&**bound, &*machine));
                here.then(|| Place::here(binding))
            });
            let place = here.unwrap_or_default();
            machine.emit(Place { transaction: Some(transaction), ..place }, what);
        }
    }

    fn availability(&self, available: bool) {
        if let Some(machine) = self.0.upgrade() {
            machine.set_gate(gate::NO_MANAGER, !available);
        }
    }
}
