//! A thread that takes over a catalog file whenever it has changed.

use crate::{Runtime, pool};
use complus_catalog::{CatalogFile, FileWatch, Look};
use complus_core::error::{Result, RuntimeError};
use complus_sync::{
    Arc, Signal,
    atomic::{AtomicBool, Ordering},
    thread as os,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

/// Keeps a catalog file being watched; dropped, it ends that. A look that has begun is finished.
#[must_use = "the file is watched as long as this lives"]
#[derive(Debug)]
pub struct CatalogWatcher {
    ended: Arc<AtomicBool>,
    signal: Signal,
}

impl Drop for CatalogWatcher {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        self.signal.set();
    }
}

impl Runtime {
    /// Looks at a catalog file now and again `every` so often on the machine's clock, and takes over what is new and right;
    /// see [`FileWatch`]. `report` is called, on a thread of its own, with whatever a look finds but [`Look::Same`].
    /// Threads that look classes up see the new state with their next look, whole.
    ///
    /// # Errors
    /// E_OUTOFMEMORY when the system gives no thread.
    pub fn watch_catalog(
        &self,
        file: CatalogFile,
        every: Duration,
        mut report: impl FnMut(Look) + Send + 'static,
    ) -> Result<CatalogWatcher> {
        let machine = &self.0;
        let signal = Signal::new(&machine.scheduler);
        let watcher = CatalogWatcher { ended: Arc::default(), signal: signal.clone() };
        let ended = watcher.ended.clone();
        // The thread knows what it needs of the machine, and does not keep it alive.
        let turn = pool::is_scheduled(machine).then(|| machine.scheduler.register());
        let timers = machine.timers.clone();
        let every = u64::try_from(every.as_nanos()).unwrap_or(u64::MAX);
        let mut watch = FileWatch::new(file, machine.catalog.clone());
        let run = move || {
            if let Some(turn) = &turn {
                turn.begin();
            }
            while !ended.load(Ordering::Acquire) {
                let next = timers.clock().now().saturating_add(every);
                match watch.look() {
                    Look::Same => {}
                    // a panic in it is its own affair
                    look => drop(catch_unwind(AssertUnwindSafe(|| report(look)))),
                }
                signal.wait_until(turn.as_ref(), &timers, next);
            }
        };
        let started = os::Builder::new().name("complus catalog".into()).spawn(run);
        started.map(|_| watcher).map_err(|_| RuntimeError::NoThread.into())
    }
}
