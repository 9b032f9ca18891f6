//! A single-threaded apartment: a thread, its default context, and the thread's queue (SYN 7.1).

use super::{message::Message, queue::Queue};
use complus_core::rules::thread_pool::Load;
use complus_sync::{
    Arc, Signal,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

/// An STA. Whoever holds it can post calls to it; only its thread takes from its queue.
pub(crate) struct Sta {
    /// Number of its default context; nothing else has it.
    pub(crate) number: u64,
    /// The machine's number of its thread.
    pub(crate) thread: u32,
    main: bool,
    queue: Arc<Queue>,
    /// Activities that live in it, if it belongs to a pool.
    pub(crate) activities: AtomicU32,
    /// Its thread runs something; of interest in a pool.
    busy: AtomicBool,
}

impl Sta {
    /// The STA of a thread that is about to be started and will wait at `signal`.
    pub(crate) fn new(number: u64, thread: u32, main: bool, signal: Signal) -> Arc<Self> {
        Self::on(Queue::new(thread, signal), number, main)
    }

    /// The STA of the thread that `queue` belongs to.
    pub(super) fn on(queue: Arc<Queue>, number: u64, main: bool) -> Arc<Self> {
        queue.serve(Some(number));
        let (activities, busy) = (AtomicU32::new(0), AtomicBool::new(false));
        Arc::new(Self { number, thread: queue.thread, main, queue, activities, busy })
    }

    /// Whether it is the main STA of its process.
    pub(crate) fn is_main(&self) -> bool {
        self.main
    }

    /// Whether its thread is still there to serve calls.
    pub(crate) fn is_open(&self) -> bool {
        self.queue.serves(self.number)
    }

    /// Its thread's queue.
    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// Puts a call at the end of the queue; gives it back when the apartment has ended.
    pub(crate) fn post(&self, message: Message) -> Result<(), Message> {
        self.queue.post_to(self.number, message)
    }

    /// Where its thread waits.
    pub(crate) fn signal(&self) -> &Signal {
        self.queue.signal()
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
        Load {
            bound: self.activities.load(Ordering::Acquire),
            queued: u32::try_from(self.queued()).unwrap_or(u32::MAX),
            busy: self.is_busy(),
        }
    }

    /// Wakes its thread, which looks at what it waits for.
    pub(crate) fn wake(&self) {
        self.signal().set();
    }

    /// How many calls wait.
    pub(crate) fn queued(&self) -> usize {
        self.queue.calls()
    }

    /// Takes no more calls; those that are queued are given back. Without effect the second time.
    pub(crate) fn close(&self) -> Vec<Message> {
        if self.is_open() { self.queue.serve(None) } else { Vec::new() }
    }

    /// An activity makes its home here.
    pub(crate) fn bind_activity(&self) -> u32 {
        self.activities.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// An activity leaves.
    pub(crate) fn unbind_activity(&self) -> u32 {
        self.activities.fetch_sub(1, Ordering::AcqRel) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Runtime,
        apartment::{
            Category, Home, Method,
            call::{Answer, Call, Reply},
        },
        interception::{Admission, Context, Properties},
    };
    use complus_core::hresult::{RPC_E_SERVER_DIED_DNE, S_OK};

    #[test]
    fn a_call_that_is_queued_when_the_apartment_ends_did_not_execute() {
        let runtime = Runtime::builder().build().unwrap();
        let (machine, process) = (runtime.0.clone(), runtime.0.process.clone());
        let (sta, caller) = (Sta::new(1, 1, true, Signal::new(&machine.scheduler)), Signal::new(&machine.scheduler));
        let reply = Reply::new(caller);
        let home = Home::Sta(sta.clone());
        let context =
            Context { machine, process, number: 1, home, properties: Properties::default(), is_default: true };
        let call = |reply| {
            Message::Call(Box::new(Call {
                context: Arc::new(context),
                admission: Admission::Enter,
                category: Category::Synchronous,
                causality: 1,
                caller: 2,
                made: 0,
                method: Method::ON_CALL,
                body: Box::new(|| S_OK),
                reply: Some(reply),
                begun: false,
            }))
        };
        assert!(sta.post(call(reply.clone())).is_ok());
        assert!(reply.take(false).is_none());
        drop(sta.close());
        match reply.take(false) {
            Some(Answer::Returned(Err(error))) => assert_eq!(error.hresult(), RPC_E_SERVER_DIED_DNE),
            _ => panic!("nobody answered"),
        }
        assert!(!sta.is_open());
    }
}
