//! [`Recorder`]: writes the trace, with the thread and the step that cause each record.

use super::calls::CallState;
use crate::trace::{Kind, Record, StepPlace};
use complus_core::event::{Event, Observer, What};
use complus_sync::{Arc, Cell, Mutex, RefCell, VirtualClock};
use std::time::Duration;
use uuid::Uuid;

/// The thread of the trace that a thread is, and the step it is at.
pub(super) type Here = (Option<usize>, Option<StepPlace>);

complus_sync::thread_local! {
    static HERE: Cell<Here> = const { Cell::new((None, None)) };
    /// The calls that this thread runs, one inside the other; `None` for those that no step made.
    static CALLS: RefCell<Vec<Option<Arc<CallState>>>> = const { RefCell::new(Vec::new()) };
}

/// This thread is thread `thread` of the trace, at `step`.
pub(super) fn now_at(thread: Option<usize>, step: Option<StepPlace>) {
    HERE.set((thread, step));
}

/// Where this thread is.
pub(super) fn here() -> Here {
    HERE.get()
}

/// This thread runs a call from now on: the one that it has just entered, until the machine reports its return, or one
/// that the machine knows nothing of, until [`returned`]. Answers how many it runs now.
pub(super) fn runs(call: Arc<CallState>, was_entered: bool) -> usize {
    CALLS.with_borrow_mut(|calls| {
        match calls.last_mut().filter(|_| was_entered) {
            Some(last) => *last = Some(call),
            None => calls.push(Some(call)),
        }
        calls.len()
    })
}

/// A call that the machine knows nothing of has returned, if it was run at all.
pub(super) fn returned(call: &Arc<CallState>) {
    let is_it = |last: &mut Option<Arc<CallState>>| last.as_ref().is_some_and(|last| Arc::ptr_eq(last, call));
    CALLS.with_borrow_mut(|calls| _ = calls.pop_if(is_it));
}

pub(super) struct Recorder {
    clock: VirtualClock,
    records: Mutex<Vec<Record>>,
    /// The threads of the file, then those of the pools in the order of their start.
    threads: Mutex<Vec<String>>,
}

impl Recorder {
    pub(super) fn new(clock: VirtualClock, threads: Vec<String>) -> Self {
        Self { clock, records: Mutex::new(Vec::new()), threads: Mutex::new(threads) }
    }

    pub(super) fn record(&self, kind: Kind) {
        let (thread, step) = HERE.get();
        let at = Duration::from_nanos(self.clock.now());
        let mut records = self.records.lock();
        let number = records.len() + 1;
        records.push(Record { number, at, thread, step, kind });
    }

    /// How many records there are: a mark for [`since`](Self::since).
    pub(super) fn len(&self) -> usize {
        self.records.lock().len()
    }

    /// The events of this thread since a mark.
    pub(super) fn since(&self, mark: usize) -> Vec<Event> {
        let (thread, _) = HERE.get();
        let records = self.records.lock();
        let own = records[mark.min(records.len())..].iter().filter(|record| record.thread == thread);
        own.filter_map(|record| match &record.kind {
            Kind::Event(event) => Some(event.clone()),
            _ => None,
        })
        .collect()
    }

    /// The entry of the call that this thread has just begun.
    pub(super) fn call_entered(&self) -> Option<Event> {
        let (thread, _) = HERE.get();
        let records = self.records.lock();
        let own = records.iter().rev().filter(|record| record.thread == thread);
        own.map(|record| &record.kind).find_map(|kind| match kind {
            Kind::Event(event) if matches!(event.what, What::CallEntered { .. }) => Some(event.clone()),
            _ => None,
        })
    }

    /// The entry into the context of a new object of this class, which this thread has created since a mark: the first
    /// on its behalf, wherever it was, once it was decided where the object goes. For a context of its own (`is_own`)
    /// the default contexts that lead there do not count.
    pub(super) fn entry_of(&self, class: Uuid, mark: usize, is_own: bool) -> Option<Event> {
        let (thread, _) = HERE.get();
        let records = self.records.lock();
        let events = || {
            records[mark.min(records.len())..].iter().filter_map(|record| match &record.kind {
                Kind::Event(event) => Some((record.thread, event)),
                _ => None,
            })
        };
        let decides = |what: &What| matches!(what, What::Activating { class: activated, .. } if *activated == class);
        let decided = events().position(|(on, event)| on == thread && decides(&event.what)).unwrap_or(0);
        let causality = events().find(|(on, event)| *on == thread && event.causality.is_some())?.1.causality;
        let joined = |record: &Record, context| match &record.kind {
            Kind::Event(event) => matches!(event.what, What::ApartmentJoined { .. }) && event.context == context,
            _ => false,
        };
        let is_default = |context| records.iter().any(|record| joined(record, context));
        let entered = |event: &Event| {
            let enters = matches!(event.what, What::CallEntered { .. }) && event.causality == causality;
            enters && !(is_own && is_default(event.context))
        };
        events().skip(decided).map(|(_, event)| event).find(|event| entered(event)).cloned()
    }

    /// Looks at the trace so far.
    pub(super) fn look<T>(&self, look: impl FnOnce(&[Record]) -> T) -> T {
        look(&self.records.lock())
    }

    pub(super) fn thread_name(&self, thread: usize) -> String {
        self.threads.lock().get(thread).cloned().unwrap_or_default()
    }

    /// The trace, and the names of its threads.
    pub(super) fn take(&self) -> (Vec<Record>, Vec<String>) {
        (std::mem::take(&mut self.records.lock()), std::mem::take(&mut self.threads.lock()))
    }

    /// A thread of a pool joins the trace, under a name that no thread of the file has.
    fn join(&self) {
        let mut threads = self.threads.lock();
        let name = (1..).map(|number| format!("pool {number}")).find(|name| !threads.contains(name));
        threads.extend(name);
        HERE.set((Some(threads.len() - 1), None));
    }
}

impl Observer for Recorder {
    fn observe(&self, event: &Event) {
        if matches!(event.what, What::ThreadStarted) {
            self.join();
        }
        // The runner's own thread joins an apartment only to hold the role of the main STA.
        let own = matches!(event.what, What::ApartmentJoined { .. } | What::ApartmentLeft { .. });
        if HERE.get().0.is_some() || !own {
            self.record(Kind::Event(event.clone()));
        }
        match &event.what {
            What::CallEntered { .. } => CALLS.with_borrow_mut(|calls| calls.push(None)),
            What::CallReturned { result, status } => {
                if let Some(Some(call)) = CALLS.with_borrow_mut(Vec::pop) {
                    call.returned(*result, *status);
                }
            }
            _ => {}
        }
    }
}
