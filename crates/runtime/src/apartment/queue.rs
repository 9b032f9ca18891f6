//! The message queue of a thread: window messages, and the calls of its STA while it has one (SYN 7.1).

use super::message::{Message, WindowMessage};
use complus_core::rules::message_filter;
use complus_sync::{Arc, Mutex, Signal};
use std::collections::VecDeque;

/// A procedure that somebody queued for a thread, which runs it in an alertable wait.
pub(crate) type Procedure = Box<dyn FnOnce() + Send>;

/// A thread's queue. Everybody posts to it; only its thread takes from it.
pub(crate) struct Queue {
    /// The machine's number of its thread.
    pub(crate) thread: u32,
    /// Where its thread waits.
    signal: Signal,
    inbox: Mutex<Inbox>,
}

#[derive(Default)]
struct Inbox {
    /// Number of the STA whose calls come here; 0 while the thread has none.
    sta: u64,
    /// The thread is gone.
    ended: bool,
    entries: VecDeque<Entry>,
    /// Counts the messages.
    posted: u64,
    /// A window message came since the thread last looked.
    unseen: bool,
    procedures: VecDeque<Procedure>,
}

struct Entry {
    number: u64,
    message: Message,
    /// What the message filter said of it: whether a wait for a reply may dispatch it.
    told: Option<bool>,
}

impl Queue {
    pub(crate) fn new(thread: u32, signal: Signal) -> Arc<Self> {
        Arc::new(Self { thread, signal, inbox: Mutex::default() })
    }

    /// Where its thread waits.
    pub(crate) fn signal(&self) -> &Signal {
        &self.signal
    }

    /// An STA begins or ends: from now on its calls come here, or come no more. Answers those that were left.
    pub(super) fn serve(&self, sta: Option<u64>) -> Vec<Message> {
        let mut inbox = self.inbox.lock();
        inbox.sta = sta.unwrap_or(0);
        if sta.is_some() {
            return Vec::new();
        }
        let (windows, calls) = std::mem::take(&mut inbox.entries).into_iter().partition(|entry| entry.is_window());
        inbox.entries = windows;
        calls.into_iter().map(|call: Entry| call.message).collect()
    }

    /// Whether calls to that STA come here.
    pub(super) fn serves(&self, sta: u64) -> bool {
        self.inbox.lock().sta == sta
    }

    /// Puts a call to an STA at the end; gives it back when the STA has ended.
    pub(super) fn post_to(&self, sta: u64, message: Message) -> Result<(), Message> {
        self.push(message, |inbox| inbox.sta == sta)
    }

    /// Puts a window message at the end; gives it back when the thread is gone.
    pub(super) fn post(&self, message: Message) -> Result<(), Message> {
        self.push(message, |inbox| !inbox.ended)
    }

    fn push(&self, message: Message, accepts: impl FnOnce(&Inbox) -> bool) -> Result<(), Message> {
        let mut inbox = self.inbox.lock();
        if !accepts(&inbox) {
            return Err(message);
        }
        inbox.posted += 1;
        let entry = Entry { number: inbox.posted, message, told: None };
        inbox.unseen |= entry.is_window();
        inbox.entries.push_back(entry);
        drop(inbox);
        self.signal.set();
        Ok(())
    }

    /// Takes the first message that `chosen` accepts; it is told what the message filter said of it. All messages
    /// count as seen then.
    pub(super) fn take(&self, chosen: impl Fn(&Message, Option<bool>) -> bool) -> Option<Message> {
        self.take_and(chosen, || ()).map(|(message, ())| message)
    }

    /// The same; `taken` is called before anybody can look again.
    pub(super) fn take_and<T>(
        &self,
        chosen: impl Fn(&Message, Option<bool>) -> bool,
        taken: impl FnOnce() -> T,
    ) -> Option<(Message, T)> {
        let mut inbox = self.inbox.lock();
        inbox.unseen = false;
        let place = inbox.entries.iter().position(|entry| chosen(&entry.message, entry.told))?;
        inbox.entries.remove(place).map(|entry| (entry.message, taken()))
    }

    /// The next window message that the message filter has not been told of, and its number; it counts as told, and
    /// stays.
    pub(super) fn next_untold(&self) -> Option<(u64, WindowMessage)> {
        let mut inbox = self.inbox.lock();
        inbox.entries.iter_mut().filter(|entry| entry.told.is_none()).find_map(|entry| match &entry.message {
            Message::Window(window, _) if message_filter::is_told_of(window.kind) => {
                entry.told = Some(false);
                Some((entry.number, *window))
            }
            _ => None,
        })
    }

    /// Notes what the message filter said of a message.
    pub(super) fn tell(&self, number: u64, dispatched: bool) {
        let mut inbox = self.inbox.lock();
        if let Some(entry) = inbox.entries.iter_mut().find(|entry| entry.number == number) {
            entry.told = Some(dispatched);
        }
    }

    /// The window messages, in their order; they count as seen.
    pub(super) fn windows(&self) -> Vec<WindowMessage> {
        let mut inbox = self.inbox.lock();
        inbox.unseen = false;
        let window = |entry: &Entry| match &entry.message {
            Message::Window(window, _) => Some(*window),
            Message::Call(_) | Message::Work(_) => None,
        };
        inbox.entries.iter().filter_map(window).collect()
    }

    /// Whether a window message came since the thread last looked.
    pub(super) fn has_unseen(&self) -> bool {
        self.inbox.lock().unseen
    }

    /// How many messages wait.
    pub(crate) fn len(&self) -> usize {
        self.inbox.lock().entries.len()
    }

    /// How many calls wait.
    pub(super) fn calls(&self) -> usize {
        self.look_at_calls(|calls| calls)
    }

    /// Looks at how many calls wait, while nobody takes one.
    pub(super) fn look_at_calls<T>(&self, look: impl FnOnce(usize) -> T) -> T {
        let inbox = self.inbox.lock();
        look(inbox.entries.iter().filter(|entry| !entry.is_window()).count())
    }

    /// Queues a procedure; gives it back when the thread is gone.
    pub(super) fn queue_procedure(&self, procedure: Procedure) -> Result<(), Procedure> {
        let mut inbox = self.inbox.lock();
        if inbox.ended {
            return Err(procedure);
        }
        inbox.procedures.push_back(procedure);
        drop(inbox);
        self.signal.set();
        Ok(())
    }

    /// Whether a procedure is queued.
    pub(super) fn has_procedure(&self) -> bool {
        !self.inbox.lock().procedures.is_empty()
    }

    /// Takes the procedures that are queued now.
    pub(super) fn procedures(&self) -> VecDeque<Procedure> {
        std::mem::take(&mut self.inbox.lock().procedures)
    }

    /// The thread ends: nothing can be posted any more, and nobody waits for what is there.
    pub(crate) fn end(&self) {
        let mut inbox = self.inbox.lock();
        (inbox.ended, inbox.sta) = (true, 0);
        let left = (std::mem::take(&mut inbox.entries), std::mem::take(&mut inbox.procedures));
        drop(inbox);
        // Out here, where the queue is free: who waits is answered as these are dropped.
        drop(left);
    }
}

impl Entry {
    fn is_window(&self) -> bool {
        matches!(self.message, Message::Window(..))
    }
}
