//! [`Recorder`]: writes the trace, with the thread and the step that cause each record.

use crate::trace::{Kind, Record, StepPlace};
use complus_core::event::{Event, Observer, What};
use complus_sync::{Cell, Mutex, VirtualClock};
use std::time::Duration;

complus_sync::thread_local! {
    /// The scenario's thread that this is, and the step it is at.
    static HERE: Cell<(Option<usize>, Option<StepPlace>)> = const { Cell::new((None, None)) };
}

/// This thread is thread `thread` of the scenario, at `step`.
pub(super) fn now_at(thread: Option<usize>, step: Option<StepPlace>) {
    HERE.set((thread, step));
}

pub(super) struct Recorder {
    clock: VirtualClock,
    records: Mutex<Vec<Record>>,
}

impl Recorder {
    pub(super) fn new(clock: VirtualClock) -> Self {
        Self { clock, records: Mutex::new(Vec::new()) }
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

    pub(super) fn take(&self) -> Vec<Record> {
        std::mem::take(&mut self.records.lock())
    }
}

impl Observer for Recorder {
    fn observe(&self, event: &Event) {
        // The runner's own thread joins an apartment only to hold the role of the main STA.
        let own = matches!(event.what, What::ApartmentJoined { .. } | What::ApartmentLeft { .. });
        if HERE.get().0.is_some() || !own {
            self.record(Kind::Event(event.clone()));
        }
    }
}
