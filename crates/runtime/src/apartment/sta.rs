//! A single-threaded apartment: a thread, its default context, and the thread's queue (SYN 7.1).

use super::{message::Message, queue::Queue};
use complus_core::rules::thread_pool::Load;
use complus_sync::{
    Arc, Signal,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// An STA. Whoever holds it can post calls to it; only its thread takes from its queue.
pub(crate) struct Sta {
    /// Number of its default context; nothing else has it.
    pub(crate) number: u64,
    /// The machine's number of its thread.
    pub(crate) thread: u32,
    main: bool,
    queue: Arc<Queue>,
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

/// An activity, or an object without one, that lives in an STA of the pool: its thread does not end meanwhile.
pub(crate) struct Resident(Arc<Sta>);

impl Resident {
    /// The STA.
    pub(crate) fn sta(&self) -> &Arc<Sta> {
        &self.0
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        self.0.unbind_activity();
    }
}

impl Sta {
    /// The STA of a thread that is about to be started and will wait at `signal`.
    pub(crate) fn new(number: u64, thread: u32, main: bool, signal: Signal) -> Arc<Self> {
        Self::on(Queue::new(thread, signal), number, main)
    }

    /// The STA of the thread that `queue` belongs to.
    pub(super) fn on(queue: Arc<Queue>, number: u64, main: bool) -> Arc<Self> {
        queue.serve(Some(number));
        let (claims, busy) = (AtomicU64::new(0), AtomicBool::new(false));
        Arc::new(Self { number, thread: queue.thread, main, queue, claims, busy })
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
        self.queue.look_at_calls(|calls| {
            let queued = u32::try_from(calls).unwrap_or(u32::MAX);
            let claims = self.claims.load(Ordering::Acquire);
            Load { bound: activities(claims), queued: queued.saturating_add(announced(claims)), busy: self.is_busy() }
        })
    }

    /// Says that a request is about to be posted: it counts as queued until the guard is dropped.
    pub(crate) fn announce(self: &Arc<Self>) -> Announced {
        self.claims.fetch_add(ANNOUNCED, Ordering::AcqRel);
        Announced(self.clone())
    }

    /// Wakes its thread, which looks at what it waits for.
    pub(crate) fn wake(&self) {
        self.signal().set();
    }

    /// Takes the first message that `chosen` accepts, to run it: the thread is busy from this very moment, so that the
    /// pool never sees it idle with work in its hands. Also whether it was busy before.
    pub(super) fn take_to_run(&self, chosen: impl Fn(&Message, Option<bool>) -> bool) -> Option<(Message, bool)> {
        self.queue.take_and(chosen, || self.set_busy(true))
    }

    /// How many calls wait.
    pub(crate) fn queued(&self) -> usize {
        self.queue.calls()
    }

    /// Takes no more calls; those that are queued are given back. Without effect the second time.
    pub(crate) fn close(&self) -> Vec<Message> {
        if self.is_open() { self.queue.serve(None) } else { Vec::new() }
    }

    /// Activities that live in it.
    pub(crate) fn activities(&self) -> u32 {
        activities(self.claims.load(Ordering::Acquire))
    }

    /// An activity makes its home here.
    pub(crate) fn bind_activity(&self) -> u32 {
        activities(self.claims.fetch_add(ACTIVITY, Ordering::AcqRel) + ACTIVITY)
    }

    /// The same until the guard is dropped.
    pub(crate) fn settle(self: &Arc<Self>) -> Resident {
        self.bind_activity();
        Resident(self.clone())
    }

    /// An activity leaves.
    pub(crate) fn unbind_activity(&self) -> u32 {
        activities(self.claims.fetch_sub(ACTIVITY, Ordering::AcqRel) - ACTIVITY)
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
            Context { machine, process, number: 1.into(), home, properties: Properties::default(), is_default: true };
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
