//! The window messages of a thread: posting, sending, and its message loop (SYN 7.1).

use super::{
    message::{Message, Sent, WindowMessage},
    pump::{self, Here},
    sta::Sta,
    wait,
};
use crate::{machine::Machine, process::ProcessState, thread};
use complus_core::{
    error::{ApartmentError, CallError, Result},
    rules::message::Message as Kind,
};
use complus_sync::Arc;
use std::rc::Rc;

/// The queue of an STA, for whoever wants to post to it.
#[derive(Clone)]
pub struct MessageQueue {
    machine: Arc<Machine>,
    process: Arc<ProcessState>,
    sta: Arc<Sta>,
}

impl MessageQueue {
    /// The queue of this thread.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread has no STA.
    pub fn current() -> Result<Self> {
        let here = Here::of_thread()?.ok_or(ApartmentError::NotInitialized)?;
        Ok(Self { machine: here.machine, process: here.process, sta: here.sta })
    }

    /// The machine's number of its thread.
    pub fn thread(&self) -> u32 {
        self.sta.thread
    }

    /// Posts a message: nobody waits for it.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED when the apartment has ended.
    pub fn post(&self, kind: Kind, number: u32) -> Result<()> {
        let message = Message::Window(WindowMessage { kind, number }, None);
        self.sta.post(message).map_err(|_| CallError::Disconnected.into())
    }

    /// Posts the message that ends the thread's own loop.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED when the apartment has ended.
    pub fn post_quit(&self) -> Result<()> {
        self.post(Kind::Quit, 0)
    }

    /// Sends a message and waits until its thread has handled it; a sender with an STA serves its own queue meanwhile.
    /// Sent to itself, it is handled at once.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED when the apartment ends before, or one of both processes.
    pub fn send(&self, number: u32) -> Result<isize> {
        let window = WindowMessage { kind: Kind::Sent, number };
        if Here::of_thread()?.is_some_and(|here| Arc::ptr_eq(&here.sta, &self.sta)) {
            return Ok(pump::handle(window, true).unwrap_or(0));
        }
        let (signal, own) = thread::bound(|binding| Some((binding.signal()?, binding.process.clone()?)))?
            .ok_or(CallError::Disconnected)?;
        let sent = Sent::new(signal);
        self.sta.post(Message::Window(window, Some(sent.clone()))).map_err(|_| CallError::Disconnected)?;
        // Either process may die: the sender's ends the wait, the receiver's is no answer.
        let answered = || {
            let is_dead = self.process.is_dead();
            sent.answered().or_else(|| is_dead.then_some(None))
        };
        let answer = wait::wait_for(&self.machine, &own, None, answered)?;
        answer.flatten().ok_or_else(|| CallError::Disconnected.into())
    }

    /// How many messages are queued.
    pub fn len(&self) -> usize {
        self.sta.queued()
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The window messages that are queued, in their order; calls are not among them.
    pub fn peek(&self) -> Vec<WindowMessage> {
        self.sta.look(|messages| {
            let window = |message: &Message| match message {
                Message::Window(window, _) => Some(*window),
                Message::Call(_) | Message::Work(_) => None,
            };
            messages.iter().filter_map(window).collect()
        })
    }
}

impl std::fmt::Debug for MessageQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageQueue").field("thread", &self.sta.thread).field("len", &self.len()).finish()
    }
}

/// Sets what handles the window messages of this thread, in place of a window procedure.
///
/// # Errors
/// E_UNEXPECTED when the thread is ending or an observer calls.
pub fn set_window_procedure(procedure: impl Fn(WindowMessage) -> isize + 'static) -> Result<()> {
    thread::bound(|binding| binding.com_mut().procedure = Some(Rc::new(procedure)))
}

/// The thread's message loop: serves calls and messages in the order of their arrival, until a quit is taken out.
///
/// # Errors
/// CO_E_NOTINITIALIZED when the thread has no STA, RPC_E_DISCONNECTED when the process dies.
pub fn message_loop() -> Result<()> {
    let here = Here::of_thread()?.ok_or(ApartmentError::NotInitialized)?;
    loop {
        match pump::serve_first(&here) {
            Some(Kind::Quit) => return Ok(()),
            Some(_) => {}
            None => pump::rest(&here)?,
        }
    }
}

/// Serves what is queued now, without waiting; answers how many messages that was. A quit is taken out and ends it.
///
/// # Errors
/// CO_E_NOTINITIALIZED when the thread has no STA.
pub fn pump_messages() -> Result<usize> {
    let here = Here::of_thread()?.ok_or(ApartmentError::NotInitialized)?;
    let mut served = 0;
    for _ in 0..here.sta.queued() {
        match pump::serve_first(&here) {
            Some(Kind::Quit) => return Ok(served + 1),
            Some(_) => served += 1,
            None => break,
        }
    }
    Ok(served)
}
