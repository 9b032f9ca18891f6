//! A single-threaded apartment: a thread, its default context, and a queue of messages (SYN 7.1).

use super::message::Message;
use complus_core::rules::thread_pool::Load;
use complus_sync::{
    Arc, Mutex, Signal,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use std::collections::VecDeque;

/// An STA. Whoever holds it can post to it; only its thread takes from its queue.
pub(crate) struct Sta {
    /// Number of its default context; nothing else has it.
    pub(crate) number: u64,
    /// The machine's number of its thread.
    pub(crate) thread: u32,
    main: bool,
    /// Where its thread waits.
    signal: Signal,
    inbox: Mutex<Inbox>,
    /// Who keeps it, if it belongs to a pool: activities that live in it, and requests that the pool has sent here and
    /// that are not yet in the queue. One word, so that a pool that looks sees who passes from one to the other.
    claims: AtomicU64,
    /// Its thread runs something; of interest in a pool.
    busy: AtomicBool,
}

/// An activity among the claims.
const ACTIVITY: u64 = 1;
/// A request among them.
const ANNOUNCED: u64 = 1 << 32;

const fn activities(claims: u64) -> u32 {
    (claims & (ANNOUNCED - 1)) as u32
}

const fn announced(claims: u64) -> u32 {
    (claims >> 32) as u32
}

/// A request that is about to be posted to an STA.
pub(crate) struct Announced(Arc<Sta>);

impl Announced {
    /// The STA.
    pub(crate) fn sta(&self) -> &Arc<Sta> {
        &self.0
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        self.0.claims.fetch_sub(ANNOUNCED, Ordering::AcqRel);
    }
}

#[derive(Default)]
struct Inbox {
    closed: bool,
    messages: VecDeque<Message>,
}

impl Sta {
    pub(crate) fn new(number: u64, thread: u32, main: bool, signal: Signal) -> Arc<Self> {
        Arc::new(Self {
            number,
            thread,
            main,
            signal,
            inbox: Mutex::default(),
            claims: AtomicU64::new(0),
            busy: AtomicBool::new(false),
        })
    }

    /// Whether it is the main STA of its process.
    pub(crate) fn is_main(&self) -> bool {
        self.main
    }

    /// Whether its thread is still there to serve calls.
    pub(crate) fn is_open(&self) -> bool {
        !self.inbox.lock().closed
    }

    /// Puts a message at the end of the queue; gives it back when the apartment has ended.
    pub(crate) fn post(&self, message: Message) -> Result<(), Message> {
        let mut inbox = self.inbox.lock();
        if inbox.closed {
            return Err(message);
        }
        inbox.messages.push_back(message);
        drop(inbox);
        self.signal.set();
        Ok(())
    }

    /// Where its thread waits.
    pub(crate) fn signal(&self) -> &Signal {
        &self.signal
    }

    /// Whether its thread runs something.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Acquire)
    }

    /// Notes whether its thread runs something; answers what was noted before.
    pub(super) fn set_busy(&self, busy: bool) -> bool {
        self.busy.swap(busy, Ordering::AcqRel)
    }

    /// What its thread has to do, as the pool's rules see it.
    pub(crate) fn load(&self) -> Load {
        let inbox = self.inbox.lock();
        let queued = u32::try_from(inbox.messages.len()).unwrap_or(u32::MAX);
        let claims = self.claims.load(Ordering::Acquire);
        Load { bound: activities(claims), queued: queued.saturating_add(announced(claims)), busy: self.is_busy() }
    }

    /// Says that a request is about to be posted: it counts as queued until the guard is dropped.
    pub(crate) fn announce(self: &Arc<Self>) -> Announced {
        self.claims.fetch_add(ANNOUNCED, Ordering::AcqRel);
        Announced(self.clone())
    }

    /// Wakes its thread, which looks at what it waits for.
    pub(crate) fn wake(&self) {
        self.signal.set();
    }

    /// Takes the first message that `chosen` accepts, to run it: the thread is busy from this very moment, so that the
    /// pool never sees it idle with work in its hands. Also whether it was busy before.
    pub(super) fn take_to_run(&self, chosen: impl Fn(&Message) -> bool) -> Option<(Message, bool)> {
        let mut inbox = self.inbox.lock();
        let place = inbox.messages.iter().position(chosen)?;
        let message = inbox.messages.remove(place)?;
        Some((message, self.set_busy(true)))
    }

    /// Takes the first message that `chosen` accepts.
    pub(crate) fn take(&self, chosen: impl Fn(&Message) -> bool) -> Option<Message> {
        let mut inbox = self.inbox.lock();
        let place = inbox.messages.iter().position(chosen)?;
        inbox.messages.remove(place)
    }

    /// Looks at the queue.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut VecDeque<Message>) -> T) -> T {
        look(&mut self.inbox.lock().messages)
    }

    /// How many messages wait.
    pub(crate) fn queued(&self) -> usize {
        self.inbox.lock().messages.len()
    }

    /// Takes no more messages; what is queued is given back. Without effect the second time.
    pub(crate) fn close(&self) -> VecDeque<Message> {
        let mut inbox = self.inbox.lock();
        inbox.closed = true;
        std::mem::take(&mut inbox.messages)
    }

    /// Activities that live in it.
    pub(crate) fn activities(&self) -> u32 {
        activities(self.claims.load(Ordering::Acquire))
    }

    /// An activity makes its home here.
    pub(crate) fn bind_activity(&self) -> u32 {
        activities(self.claims.fetch_add(ACTIVITY, Ordering::AcqRel) + ACTIVITY)
    }

    /// An activity leaves.
    pub(crate) fn unbind_activity(&self) -> u32 {
        activities(self.claims.fetch_sub(ACTIVITY, Ordering::AcqRel) - ACTIVITY)
    }
}
