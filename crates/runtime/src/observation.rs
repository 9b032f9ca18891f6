//! Telling observers: with the place filled in, without any lock of the machine held.

use crate::{
    machine::{ID_BITS, Machine, gate},
    thread,
};
use complus_core::{
    event::{Event, Observer, What},
    id::{ActivityId, ContextId, TransactionId},
};
use complus_sync::{Arc, Weak};
use complus_transaction::EventSink;
use std::{
    any::Any,
    num::NonZeroU64,
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
    /// A context of `binding` without transaction, and its activity; 0 if it has none.
    #[inline(always)]
    pub(crate) fn of(binding: &thread::Binding, context: u64, activity: u64) -> Self {
        Self { thread: binding.thread, causality: binding.causality, context, activity, transaction: None }
    }

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
    /// Time since the machine's start.
    #[inline(always)]
    pub(crate) fn time(&self) -> Duration {
        Duration::from_nanos(self.clock.now())
    }

    /// The event that `what` happened at `place`, now. Both are asked for when the rest is known, so that they are
    /// written into the event and not copied there: a copy of what was just written costs more than the writing.
    #[inline(always)]
    pub(crate) fn event(&self, place: impl FnOnce() -> Place, what: impl FnOnce() -> What) -> Event {
        let at = self.time();
        let place = place();
        // Read once, so that it is at hand for every id, whether there is one or not.
        let seed = self.seed;
        let number = |number| NonZeroU64::new(number & ID_BITS);
        Event {
            at,
            thread: place.thread,
            causality: self.causality_id(place.causality),
            context: number(place.context).map(|number| ContextId::new(seed, number)),
            activity: number(place.activity).map(|number| ActivityId::new(seed, number)),
            transaction: place.transaction,
            what: what(),
        }
    }

    /// Tells the observers of an event, while the binding is lent for looking.
    #[inline(always)]
    pub(crate) fn tell(&self, event: &Event) {
        if let Some(observer) = &self.observer {
            tell(&**observer, event);
        }
    }

    /// Tells the observers, if there are any.
    pub(crate) fn emit(&self, place: Place, what: What) {
        if self.is_observed() {
            let event = self.event(|| place, || what);
            thread::observing(|| self.tell(&event));
        }
    }

    /// Tells the observers of something in the current context of this thread.
    pub(crate) fn emit_here(&self, what: What) {
        if self.is_observed() {
            self.emit(thread::look(|binding| Some(Place::here(binding))).unwrap_or_default(), what);
        }
    }
}

/// Panics of components.
impl Machine {
    /// Calls code of a component that nobody called through its context; a panic is told, and is no answer.
    pub(crate) fn guarded<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
        match catch_unwind(AssertUnwindSafe(call)) {
            Ok(answer) => Some(answer),
            Err(panic) => {
                self.tell_exception(panic);
                None
            }
        }
    }

    /// A panic was caught: OnExceptionUser, before anything is done about it.
    pub(crate) fn tell_exception(&self, panic: Box<dyn Any + Send>) {
        if self.is_observed() {
            let text = panic.downcast_ref::<&str>().copied();
            let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            self.emit_here(What::ExceptionUser { message: text.map(Into::into) });
        }
        std::mem::forget(panic); // its drop may panic again
    }
}

/// Tells one observer. If it panics, that must not take the program with it.
#[inline(always)]
fn tell(observer: &dyn Observer, event: &Event) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| observer.observe(event))) {
        forget_panic(panic);
    }
}

/// Several observers as one.
struct Several(Box<[Arc<dyn Observer>]>);

impl Observer for Several {
    fn observe(&self, event: &Event) {
        self.0.iter().for_each(|observer| tell(&**observer, event));
    }
}

/// All `observers` as one, so that an event is told without a loop where there is one observer, as is common.
pub(crate) fn all(mut observers: Vec<Arc<dyn Observer>>) -> Option<Arc<dyn Observer>> {
    if observers.len() > 1 { Some(Arc::new(Several(observers.into()))) } else { observers.pop() }
}

/// Drops what an observer panicked with.
#[cold]
#[inline(never)]
fn forget_panic(panic: Box<dyn Any + Send>) {
    drop(panic);
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
