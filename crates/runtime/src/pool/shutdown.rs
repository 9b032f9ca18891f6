//! Graceful shutdown of a process's pools: nothing new is accepted, everything accepted is run, the threads end.

use super::worker;
use crate::{
    apartment,
    process::{Process, ProcessState},
    thread,
};
use complus_core::error::{CallError, Result};
use complus_sync::{
    Arc, Mutex, Signal,
    atomic::{AtomicU64, Ordering},
    thread as os,
};

/// How far a shutdown has come when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Everything that was accepted has run, and the threads of the pools have ended.
    Complete,
    /// Another thread sees to it: the caller is one of the threads that have to end, or is inside an activity that
    /// accepted calls may wait for.
    HandedOver,
}

/// The asynchronous calls of a process that were accepted and are not over, and the threads that run them.
#[derive(Default)]
pub(crate) struct Open {
    /// Twice the number of calls, and one if no more are accepted.
    calls: AtomicU64,
    threads: Mutex<Threads>,
}

#[derive(Default)]
struct Threads {
    /// Those that run.
    running: usize,
    handles: Vec<os::JoinHandle<()>>,
    /// Who is to be told of every end.
    waiting: Vec<(u64, Signal)>,
    names: u64,
}

const CLOSED: u64 = 1;
const CALL: u64 = 2;

impl Open {
    /// One more call is accepted.
    ///
    /// # Errors
    /// CO_E_ASYNC_WORK_REJECTED after a shutdown began.
    pub(crate) fn begin(&self) -> Result<(), CallError> {
        if self.calls.fetch_add(CALL, Ordering::AcqRel) & CLOSED != 0 {
            self.end(1);
            return Err(CallError::WorkRejected);
        }
        Ok(())
    }

    /// So many calls are over.
    pub(crate) fn end(&self, calls: usize) {
        let calls = CALL * calls as u64;
        if self.calls.fetch_sub(calls, Ordering::AcqRel) == calls | CLOSED {
            self.tell();
        }
    }

    fn close(&self) {
        self.calls.fetch_or(CLOSED, Ordering::AcqRel);
    }

    /// Whether nothing is accepted any more and everything that was is over.
    fn is_empty(&self) -> bool {
        self.calls.load(Ordering::Acquire) == CLOSED
    }

    /// Starts a thread of a pool; `false` if the system refuses it.
    pub(super) fn start(&self, spawn: impl FnOnce() -> std::io::Result<os::JoinHandle<()>>) -> bool {
        // The thread finds itself among the handles, whatever it does first.
        let mut threads = self.threads.lock();
        let Ok(handle) = spawn() else { return false };
        threads.running += 1;
        threads.handles.retain(|handle| !handle.is_finished());
        threads.handles.push(handle);
        true
    }

    /// One of them has nothing more to do.
    pub(super) fn thread_ends(&self) {
        self.threads.lock().running -= 1;
        self.tell();
    }

    /// Lets those look again who wait.
    pub(super) fn tell(&self) {
        self.threads.lock().waiting.iter().for_each(|(_, signal)| signal.set());
    }

    /// Whether this is one of the threads.
    fn is_own_thread(&self) -> bool {
        let own = os::current().id();
        self.threads.lock().handles.iter().any(|handle| handle.thread().id() == own)
    }
}

impl Process {
    /// Ends the pools of the process in peace: from now on asynchronous calls are CO_E_ASYNC_WORK_REJECTED; all that
    /// were accepted run to their end, and the threads of the pools end. Calls that need no such thread go on as
    /// before, those that do are RPC_E_DISCONNECTED. A caller with an STA serves its queue meanwhile.
    ///
    /// One of the pools' own threads cannot wait for itself: from there, and from inside an activity, the waiting is
    /// handed over to another thread.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED when the process is dead: nothing more is run, and nobody is waited for; E_UNEXPECTED when an
    /// observer calls.
    pub fn shutdown(&self) -> Result<Shutdown> {
        thread::refuse_observers()?;
        let open = &self.state.pools.open;
        open.close();
        if self.state.is_dead() {
            self.state.pools.stop();
            return Err(CallError::Disconnected.into());
        }
        let inside = thread::look(|binding| binding.activity_number()).is_some();
        if !inside && !open.is_own_thread() {
            return self.finish().map(|()| Shutdown::Complete);
        }
        let process = self.clone();
        let turn = worker::is_scheduled(&self.machine).then(|| self.machine.scheduler.register());
        let spawned = os::Builder::new().name("complus-shutdown".into()).spawn(move || {
            let turn = turn.inspect(|turn| turn.begin()).map(std::rc::Rc::new);
            let _bound = process.enter();
            if let Some(turn) = turn {
                thread::set_turn(turn);
            }
            // The process may die meanwhile, and nobody is left who could be told.
            let _ = process.finish();
        });
        // A thread that the system refuses is not waited for; the pools end all the same when the machine does.
        drop(spawned);
        Ok(Shutdown::HandedOver)
    }

    fn finish(&self) -> Result<()> {
        let (machine, state) = (&self.machine, &self.state);
        let open = &state.pools.open;
        let signal = thread::bound(|binding| binding.signal())?.ok_or(CallError::Disconnected)?;
        let _told = Told::add(state.clone(), signal);
        let over = apartment::wait_for(machine, state, None, || open.is_empty().then_some(()));
        state.pools.stop();
        over?;
        apartment::wait_for(machine, state, None, || (open.threads.lock().running == 0).then_some(()))?;
        // They have given up their turns, or do so before anybody else has one: this waits for the system only.
        let handles = std::mem::take(&mut open.threads.lock().handles);
        for handle in handles {
            let _ = handle.join();
        }
        Ok(())
    }
}

/// A thread is told of every end until this is dropped.
struct Told(Arc<ProcessState>, u64);

impl Told {
    fn add(state: Arc<ProcessState>, signal: Signal) -> Self {
        let mut threads = state.pools.open.threads.lock();
        threads.names += 1;
        let name = threads.names;
        threads.waiting.push((name, signal));
        drop(threads);
        Self(state, name)
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.0.pools.open.threads.lock().waiting.retain(|(name, _)| *name != self.1);
    }
}
