//! Threads beside that of the test: STAs that pump, and threads that do one thing.

use crate::support::World;
use complus::{ContextCallback, MessageQueue, message_loop, prelude::*};
use std::{
    sync::mpsc,
    thread::{self, JoinHandle},
};

/// A thread with an STA that serves its queue until this is dropped.
pub(crate) struct StaThread {
    /// The door into its default context.
    pub(crate) door: ContextCallback,
    /// Its queue.
    pub(crate) queue: MessageQueue,
    thread: Option<JoinHandle<()>>,
}

impl StaThread {
    /// Starts it.
    pub(crate) fn start(world: &World) -> Self {
        Self::start_with(world, || ())
    }

    /// The same; it runs `first` before it begins to serve its queue.
    pub(crate) fn start_with(world: &World, first: impl FnOnce() + Send + 'static) -> Self {
        let (tell, hear) = mpsc::channel();
        let runtime = world.runtime.clone();
        let thread = thread::spawn(move || {
            let _bound = runtime.enter();
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            first();
            tell.send((ContextCallback::current().unwrap(), MessageQueue::current().unwrap())).unwrap();
            message_loop().unwrap();
        });
        let (door, queue) = hear.recv().unwrap();
        Self { door, queue, thread: Some(thread) }
    }
}

impl Drop for StaThread {
    fn drop(&mut self) {
        let _ = self.queue.post_quit();
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(thread::panicking() || matches!(ended, Some(Ok(()))));
    }
}

/// Runs `run` on a thread of its own, bound to the machine and without apartment.
pub(crate) fn elsewhere<T: Send>(world: &World, run: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let _bound = world.runtime.enter();
            run()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The same in an apartment.
pub(crate) fn elsewhere_in<T: Send>(world: &World, model: ApartmentModel, run: impl FnOnce() -> T + Send) -> T {
    elsewhere(world, || {
        let _apartment = Apartment::initialize(model).unwrap();
        run()
    })
}
