//! Threads, as in the standard library; without `sleep`, and with `is_finished`, which shuttle's do not have.

pub use shuttle::thread::{Result, Scope, ScopedJoinHandle, Thread, ThreadId, current, panicking, scope, yield_now};

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// A thread that one can wait for.
#[derive(Debug)]
pub struct JoinHandle<T> {
    thread: shuttle::thread::JoinHandle<T>,
    is_finished: Arc<AtomicBool>,
}

impl<T> JoinHandle<T> {
    /// Waits until the thread has ended.
    ///
    /// # Errors
    /// What the thread panicked with.
    pub fn join(self) -> Result<T> {
        self.thread.join()
    }

    /// The thread.
    pub fn thread(&self) -> &Thread {
        self.thread.thread()
    }

    /// Whether the thread has run.
    pub fn is_finished(&self) -> bool {
        self.is_finished.load(Ordering::Acquire)
    }
}

/// Makes threads.
#[derive(Debug, Default)]
pub struct Builder(shuttle::thread::Builder);

impl Builder {
    /// Of threads without a name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of threads of this name.
    #[must_use]
    pub fn name(self, name: String) -> Self {
        Self(self.0.name(name))
    }

    /// Starts a thread.
    ///
    /// # Errors
    /// None; in the standard library the system's.
    pub fn spawn<T: Send + 'static>(self, run: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
        let is_finished = Arc::new(AtomicBool::new(false));
        let finishes = Finishes(is_finished.clone());
        let thread = self.0.spawn(move || {
            let _finishes = finishes;
            run()
        })?;
        Ok(JoinHandle { thread, is_finished })
    }
}

/// Starts a thread without a name.
pub fn spawn<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    Builder::new().spawn(run).expect("the explorer refuses no thread")
}

struct Finishes(Arc<AtomicBool>);

impl Drop for Finishes {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
