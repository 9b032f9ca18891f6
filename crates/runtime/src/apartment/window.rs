//! The window messages of a thread: posting, sending, and its message loop (SYN 7.1).

use super::{
    message::{Delivery, Message, Sent, WindowMessage},
    pump,
    queue::Queue,
    wait,
};
use crate::{machine::Machine, process::ProcessState, thread};
use complus_core::{
    error::{CallError, Result},
    rules::message::Message as Kind,
};
use complus_sync::Arc;
use std::rc::Rc;

/// The queue of a thread, for whoever wants to post to it. Every thread has one; an STA's calls come to the queue of its
/// thread.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::{attribute::*, hresult::*};
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// use complus_core::rules::message::Message;
/// let queue = MessageQueue::current()?;
/// set_window_procedure(|message| message.number as isize)?;
/// queue.post(Message::Posted, 1)?;
/// queue.post_quit()?;
/// message_loop()?;
/// assert!(queue.is_empty());
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone)]
pub struct MessageQueue {
    machine: Arc<Machine>,
    process: Arc<ProcessState>,
    queue: Arc<Queue>,
}

impl MessageQueue {
    /// The queue of this thread.
    ///
    /// # Errors
    /// E_UNEXPECTED when the thread is ending or an observer calls.
    pub fn current() -> Result<Self> {
        let (machine, process) = thread::here()?;
        Ok(Self { machine, process, queue: of_thread()? })
    }

    /// The machine's number of its thread.
    pub fn thread(&self) -> u32 {
        self.queue.thread
    }

    /// Posts a message: nobody waits for it.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED when the thread is gone.
    pub fn post(&self, kind: Kind, number: u32) -> Result<()> {
        let message = Message::Window(WindowMessage { kind, number }, None);
        self.queue.post(message).map_err(|_| CallError::Disconnected.into())
    }

    /// Posts the message that ends the thread's own loop.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED when the thread is gone.
    pub fn post_quit(&self) -> Result<()> {
        self.post(Kind::Quit, 0)
    }

    /// Sends a message and waits until its thread has handled it; a sender with an STA serves its own queue meanwhile.
    /// Sent to itself, it is handled at once.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED when nobody handles it: the thread or its apartment ends before, or one of both processes.
    pub fn send(&self, number: u32) -> Result<isize> {
        self.send_as(Kind::Sent, number)
    }

    /// The same for a message of another sort.
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub fn send_as(&self, kind: Kind, number: u32) -> Result<isize> {
        let window = WindowMessage { kind, number };
        let (_, own) = thread::here()?;
        if Arc::ptr_eq(&of_thread()?, &self.queue) {
            return Ok(pump::handle(window, Some(own.number)).unwrap_or(0));
        }
        let signal = thread::bound(|binding| binding.signal())?.ok_or(CallError::Disconnected)?;
        let sent = Sent::new(signal, own.number);
        let delivery = Some(Delivery(sent.clone()));
        self.queue.post(Message::Window(window, delivery)).map_err(|_| CallError::Disconnected)?;
        // Either process may die: the sender's ends the wait, the receiver's is no answer.
        let answered = || {
            let is_dead = self.process.is_dead();
            sent.answered().or_else(|| is_dead.then_some(None))
        };
        let answer = wait::wait_for(&self.machine, &own, None, answered)?;
        answer.flatten().ok_or_else(|| CallError::Disconnected.into())
    }

    /// How many messages and calls are queued.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The window messages that are queued, in their order; calls are not among them. They stay, and count as seen.
    pub fn peek(&self) -> Vec<WindowMessage> {
        self.queue.windows()
    }

    /// Whether a window message came since the thread last looked at its queue: MsgWaitForMultipleObjects would return
    /// at once.
    pub fn has_new(&self) -> bool {
        self.queue.has_unseen()
    }

    /// QueueUserAPC: queues a procedure for the thread, which runs it in its next wait that is alertable.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED when the thread is gone.
    pub fn queue_procedure(&self, procedure: impl FnOnce() + Send + 'static) -> Result<()> {
        self.queue.queue_procedure(Box::new(procedure)).map_err(|_| CallError::Disconnected.into())
    }
}

/// The queue of this thread, made if need be.
pub(super) fn of_thread() -> Result<Arc<Queue>> {
    thread::bound(|binding| binding.queue())?.ok_or_else(|| CallError::Disconnected.into())
}

impl std::fmt::Debug for MessageQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageQueue").field("thread", &self.thread()).field("len", &self.len()).finish()
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
/// RPC_E_DISCONNECTED when the process dies; E_UNEXPECTED when the thread is ending or an observer calls.
pub fn message_loop() -> Result<()> {
    let queue = of_thread()?;
    loop {
        match pump::serve_first(&queue) {
            Some(Kind::Quit) => return Ok(()),
            Some(_) => {}
            None => pump::rest(&queue)?,
        }
    }
}

/// Serves what is queued now, without waiting; answers how many messages that was. A quit is taken out and ends it.
///
/// # Errors
/// E_UNEXPECTED when the thread is ending or an observer calls.
pub fn pump_messages() -> Result<usize> {
    let queue = of_thread()?;
    let mut served = 0;
    for _ in 0..queue.len() {
        match pump::serve_first(&queue) {
            Some(Kind::Quit) => return Ok(served + 1),
            Some(_) => served += 1,
            None => break,
        }
    }
    Ok(served)
}
