//! What the stories of activities and apartments share.

use complus_core::{
    attribute::{ApartmentModel, SynchronizationConfig, ThreadPool},
    hresult::{HResult, S_OK},
};
use complus_runtime::{Activity, Apartment, Runtime, ServiceConfig};
use complus_sync::{
    Arc, Condvar, Mutex,
    atomic::{AtomicU32, Ordering},
    explore::explore,
    thread::{self, JoinHandle},
};
use std::{collections::BTreeSet, fmt::Debug};

/// Runs a story under many interleavings, and sees to it that exactly the expected ends come about.
pub(crate) fn ends<T: Ord + Debug + Send + 'static>(
    iterations: usize,
    expected: impl IntoIterator<Item = T>,
    story: impl Fn() -> T + Send + Sync + 'static,
) {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(BTreeSet::new()));
    let found = seen.clone();
    explore(iterations, move || {
        let end = story();
        found.lock().unwrap().insert(end);
    });
    assert_eq!(*seen.lock().unwrap(), expected.into_iter().collect::<BTreeSet<_>>());
}

/// A thread of the program, in the MTA of the machine's first process, that the machine does not schedule.
pub(crate) fn mta_thread<T: Send + 'static>(
    runtime: &Runtime,
    run: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    thread_in(ApartmentModel::Multithreaded, runtime, run)
}

/// The same with an STA of its own.
pub(crate) fn sta_thread<T: Send + 'static>(
    runtime: &Runtime,
    run: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    thread_in(ApartmentModel::ApartmentThreaded, runtime, run)
}

fn thread_in<T: Send + 'static>(
    model: ApartmentModel,
    runtime: &Runtime,
    run: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let process = runtime.process();
    thread::spawn(move || {
        let _bound = process.enter();
        drop(process);
        let _apartment = Apartment::initialize(model).unwrap();
        run()
    })
}

/// Waits until something is so that another thread brings about.
pub(crate) fn until(mut so: impl FnMut() -> bool) {
    while !so() {
        thread::yield_now();
    }
}

/// A configuration for activity objects in the MTA.
pub(crate) fn mta() -> ServiceConfig {
    ServiceConfig::new().thread_pool(ThreadPool::Mta)
}

/// A configuration for activity objects in the STA pool.
pub(crate) fn sta() -> ServiceConfig {
    ServiceConfig::new().thread_pool(ThreadPool::Sta)
}

/// An activity object in the MTA with an activity of its own.
pub(crate) fn synchronized() -> Activity {
    Activity::create(&mta().synchronization(SynchronizationConfig::New)).unwrap()
}

/// The code that a caller is given.
pub(crate) fn code<T>(result: complus_core::Result<T>) -> HResult {
    result.map_or_else(HResult::from, |_| S_OK)
}

/// What happened, in its order, for whoever waits until enough has happened.
#[derive(Clone)]
pub(crate) struct Story<T>(Arc<(Mutex<Vec<T>>, Condvar)>);

impl<T: Clone> Story<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new((Mutex::new(Vec::new()), Condvar::new())))
    }

    /// Something happens.
    pub(crate) fn tell(&self, what: T) {
        self.0.0.lock().push(what);
        self.0.1.notify_all();
    }

    /// Waits until so much has happened.
    pub(crate) fn wait_for(&self, length: usize) {
        let mut told = self.0.0.lock();
        while told.len() < length {
            self.0.1.wait(&mut told);
        }
    }

    /// What happened so far.
    pub(crate) fn told(&self) -> Vec<T> {
        self.0.0.lock().clone()
    }
}

/// A room for one at a time: fails when two are inside.
#[derive(Clone, Default)]
pub(crate) struct Room(Arc<AtomicU32>);

impl Room {
    /// Is inside for a while.
    pub(crate) fn visit(&self) {
        self.enter();
        thread::yield_now();
        self.leave();
    }

    pub(crate) fn enter(&self) {
        assert_eq!(self.0.fetch_add(1, Ordering::Relaxed), 0, "two are inside");
    }

    pub(crate) fn leave(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
