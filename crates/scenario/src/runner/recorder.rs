//! [`Recorder`]: writes the trace, with the thread and the step that cause each record.

use super::calls::CallState;
use crate::trace::{Kind, Record, StepPlace};
use complus_core::event::{Event, Observer, What};
use complus_sync::{Arc, Cell, Mutex, RefCell, VirtualClock};
use std::time::Duration;

/// The thread of the trace that a thread is, and the step it is at.
pub(super) type Here = (Option<usize>, Option<StepPlace>);

complus_sync::thread_local! {
    static HERE: Cell<Here> = const { Cell::new((None, None)) };
    /// The calls that this thread runs, one inside the other.
    static CALLS: RefCell<Vec<Arc<CallState>>> = const { RefCell::new(Vec::new()) };
}

/// This thread is thread `thread` of the trace, at `step`.
pub(super) fn now_at(thread: Option<usize>, step: Option<StepPlace>) {
    HERE.set((thread, step));
}

/// Where this thread is.
pub(super) fn here() -> Here {
    HERE.get()
}

/// This thread runs a call from now on, until the machine reports its return. Answers how many it runs now.
pub(super) fn runs(call: Arc<CallState>) -> usize {
    CALLS.with_borrow_mut(|calls| {
        calls.push(call);
        calls.len()
    })
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
        if let What::CallReturned { result, status } = &event.what
            && let Some(call) = CALLS.with_borrow_mut(Vec::pop)
        {
            call.returned(*result, *status);
        }
    }
}
