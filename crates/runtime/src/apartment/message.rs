//! What comes to the queue of an STA: calls, and window messages (SYN 7.1).

use super::call::Call;
use crate::activity::Work;
use complus_core::rules::message::{Category, Message as Kind};
use complus_sync::{Arc, Mutex, Signal};
use std::rc::Rc;

/// An entry of an STA's queue.
pub(crate) enum Message {
    /// A call that somebody waits for, or an asynchronous one.
    Call(Box<Call>),
    /// Work of an activity object; nobody waits.
    Work(Work),
    /// A window message; one that was sent has somebody who waits for it.
    Window(WindowMessage, Option<Delivery>),
}

impl Message {
    /// How the rules see it.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Call(call) => Kind::Call(call.category),
            Self::Work(_) => Kind::Call(Category::Asynchronous),
            Self::Window(message, _) => message.kind,
        }
    }
}

/// A window message as the emulator has it: what sort it is and the number of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowMessage {
    /// The sort, which decides what a modal wait does with it.
    pub kind: Kind,
    /// Its number.
    pub number: u32,
}

/// Handles the window messages of a thread; answers what a sender is given.
pub(crate) type WindowProcedure = Rc<dyn Fn(WindowMessage) -> isize>;

/// A message that somebody sent and waits for.
pub(crate) struct Sent {
    answer: Mutex<Option<Option<isize>>>,
    sender: Signal,
    /// Number of the sender's process.
    process: u32,
}

impl Sent {
    pub(crate) fn new(sender: Signal, process: u32) -> Arc<Self> {
        Arc::new(Self { answer: Mutex::new(None), sender, process })
    }

    fn answer(&self, answer: Option<isize>) {
        self.answer.lock().get_or_insert(answer);
        self.sender.set();
    }

    /// The answer, once it is there.
    pub(crate) fn answered(&self) -> Option<Option<isize>> {
        *self.answer.lock()
    }
}

/// The receiver's end of a sent message. Dropped without an answer, it tells the sender that nobody handles it.
pub(crate) struct Delivery(pub(super) Arc<Sent>);

impl Delivery {
    /// The message was handled.
    pub(super) fn answer(self, answer: isize) {
        self.0.answer(Some(answer));
    }

    /// Number of the sender's process.
    pub(super) fn from(&self) -> u32 {
        self.0.process
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.0.answer(None);
    }
}
