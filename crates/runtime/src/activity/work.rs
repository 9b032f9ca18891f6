//! Asynchronous calls on their way: they wait in the line of their activity or in a pool, run, and report (SWC 8.4,
//! 8.5).
//!
//! Calls of one object that stand one behind the other in the line are one piece of work: a thread of the MTA pool runs
//! several in a row, each in its own causality, and the lock passes from one to the next.

use super::{
    calls::{self, Calls, Spare, Spares},
    object::ActivityObject,
    service_call::Queued,
};
use crate::{
    apartment::{Message, Sta},
    interception::{self, Admission, Returned},
    thread,
};
use complus_core::{
    error::{CallError, Error},
    event::{Diagnostic, What},
    hresult::HResult,
    rules::activity_result::{self, Ended, Report, Unit, Work as Ran},
};
use complus_sync::{Arc, Schedule};
use std::collections::VecDeque;

/// So many calls a thread runs in a row before it looks whether other work waits.
const TURN: u32 = 64;

/// The clock is looked at after so many of them: a turn ends when it has moved.
const LOOK: u32 = 8;

/// What comes after the first calls, each list of another kind than the one before, or the continuation of a full one.
/// Boxed, and used again, so that work without is small.
type Row = VecDeque<Box<dyn Calls>>;

/// A piece of work is made of so many calls at most.
const FULL: u32 = 256;

/// Work that was accepted: a call, with those of the same object that came right after it.
pub(crate) struct Work {
    pub(crate) object: Arc<ActivityObject>,
    /// The causality of the call that is next.
    causality: u64,
    /// The call that is next, and those of its kind.
    calls: Box<dyn Calls>,
    following: Option<Box<Row>>,
    /// How many calls are left, with the first.
    left: u32,
    /// How many are over.
    done: u32,
    /// It comes from the line of its activity, and has been handed the lock.
    admission: Admission,
}

impl Work {
    pub(crate) fn new<Q: Queued>(object: Arc<ActivityObject>, causality: u64, call: Q) -> Self {
        let calls = calls::begin(causality, call);
        Self { object, causality, calls, following: None, left: 1, done: 0, admission: Admission::Enter }
    }

    /// The causality of the call that is next.
    pub(crate) fn causality(&self) -> u64 {
        self.causality
    }

    /// How many calls it is made of.
    pub(crate) fn len(&self) -> usize {
        self.left as usize
    }

    /// Whether one more call may come after the others.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.left < FULL
    }

    /// A call comes after the others; one of the `spares` may be used for it.
    #[inline]
    pub(super) fn append<Q: Queued>(&mut self, causality: u64, call: Q, spares: &mut Spares) {
        let last = match &mut self.following {
            None => &mut self.calls,
            Some(row) => row.back_mut().unwrap_or(&mut self.calls),
        };
        self.left += 1;
        if let Some(call) = calls::append(&mut **last, causality, call, spares) {
            self.following.get_or_insert_with(|| spares.take()).push_back(calls::begin(causality, call));
        }
    }

    /// Sends it to a thread of its activity object, if it is no longer held up: it has no activity, or was handed the
    /// lock of its activity.
    pub(crate) fn send(mut self) {
        self.admission = Admission::Entered;
        let object = self.object.clone();
        object.dispatch(self);
    }

    /// Notes that it has been handed the lock of its activity.
    pub(super) fn entered(mut self) -> Self {
        self.admission = Admission::Entered;
        self
    }

    /// Runs it on a thread of the MTA pool, some calls in a row if it can. What is left is given back, with the lock in
    /// its hands: the thread goes on with it once it has looked at what else waits.
    pub(crate) fn run_in_turn(mut self) -> Option<Self> {
        if self.object.machine.scheduler.schedule() != Schedule::Free {
            self.run();
            return None;
        }
        let begun = self.object.machine.clock.now();
        let mut left = TURN;
        while let Some(before) = interception::begin_calls(&self.object, self.causality) {
            let is_over = loop {
                let ended = interception::call(|| self.calls.on_call());
                left -= 1;
                if !matches!(ended, Ended::Returned(result) if result.is_success()) {
                    interception::end_calls(&self.object, before);
                    self.ended(ended);
                    return None;
                }
                let is_over = left.is_multiple_of(LOOK) && (left == 0 || self.object.machine.clock.now() != begun);
                if is_over || !self.next_in_frame() {
                    break is_over;
                }
            };
            interception::end_calls(&self.object, before);
            if !self.next() {
                return None;
            }
            if is_over {
                return Some(self);
            }
        }
        self.run();
        None
    }

    /// The first call is over: becomes the next one, which runs in the same frame, if there is one and it can.
    #[inline]
    fn next_in_frame(&mut self) -> bool {
        if self.left == 1 || !self.next_causality().is_some_and(|next| interception::next_call(&self.object, next)) {
            return false;
        }
        self.pass_on();
        true
    }

    /// The first call is over, and its context left: becomes what comes after it on this thread, if anything does.
    #[inline]
    fn next(&mut self) -> bool {
        let Some(lock) = self.object.lock() else { return false };
        if self.left > 1 {
            self.pass_on();
            return true;
        }
        self.admission = Admission::Enter;
        let list = if self.done > 0 { self.calls.spare() } else { None };
        let row = self.following.take().map(|row| row as Spare);
        let next = lock.leave_for_next([list, row]);
        next.map(|next| *self = next).is_some()
    }

    /// The causality of the call after the first.
    #[inline]
    fn next_causality(&self) -> Option<u64> {
        self.calls.next().or_else(|| Some(self.following.as_ref()?.front()?.causality()))
    }

    /// Becomes the next call, which there is, and passes the lock on to it.
    #[inline]
    fn pass_on(&mut self) {
        self.advance();
        if let Some(lock) = self.object.lock() {
            lock.pass_to(self.causality, self.len() - 1);
        }
    }

    /// The first call is over, and the next one is the first, if there is one.
    #[inline]
    fn advance(&mut self) {
        let next = self.calls.advance().or_else(|| {
            self.calls = self.following.as_mut()?.pop_front()?;
            Some(self.calls.causality())
        });
        if let Some(next) = next {
            self.causality = next;
            self.left -= 1;
            self.done += 1;
        }
    }

    /// Whether a thread of the MTA pool may run it.
    pub(super) fn is_mta(&self) -> bool {
        self.object.sta.is_none()
    }

    /// The first call ended badly: others hear of it when they may enter the activity.
    #[cold]
    fn ended(mut self, ended: Ended) {
        self.put_back();
        self.admission = Admission::Enter;
        let object = &self.object;
        if let Some(lock) = object.lock() {
            lock.leave(&object.machine);
        }
        if ended == Ended::Panicked {
            object.machine.fail_fast(&object.process);
        }
        self.report(Ran::Ran(ended, Unit::NONE));
    }

    /// The calls after the first one go back into the line of the activity, as its head.
    fn put_back(&mut self) {
        let Some(lock) = self.object.lock() else { return };
        let mut following = self.following.take();
        let calls = self.calls.split().or_else(|| following.as_mut()?.pop_front());
        let left = std::mem::replace(&mut self.left, 1) - 1;
        if let Some(calls) = calls {
            let (object, causality) = (self.object.clone(), calls.causality());
            lock.put_back(Self { object, causality, calls, following, left, done: 0, admission: Admission::Enter });
        }
    }

    /// Runs the first call on this thread, step by step, and tells who has to be told.
    pub(crate) fn run(mut self) {
        self.put_back();
        let context = self.object.context_here();
        let target = context.target().calling(crate::apartment::Method::ON_CALL);
        let (causality, admission, calls) = (self.causality, self.admission, &mut self.calls);
        let returned =
            thread::in_causality(causality, || interception::run(target, admission, &mut || calls.on_call()));
        // Held up by nothing any more: what is left of it must not hand the lock on a second time.
        self.admission = Admission::Enter;
        self.report(ran(returned));
    }

    /// It can be run nowhere any more.
    pub(crate) fn fail(mut self, error: CallError) {
        self.report(Ran::NotEntered(error.hresult()));
        while self.left > 1 {
            self.advance();
            self.report(Ran::NotEntered(error.hresult()));
        }
    }

    /// Tells who has to be told of the first call; the context has been left.
    fn report(&mut self, ran: Ran) {
        let (machine, process) = (self.object.machine.clone(), self.object.process.clone());
        match activity_result::asynchronous(ran, self.calls.has_notify(), &mut ()) {
            // A panic has ended the process when it was caught.
            Report::Nothing | Report::FailFast => {}
            Report::Diagnostic(_) => machine.emit_here(What::Diagnostic(Diagnostic::AsynchronousErrorLost)),
            Report::OnError(error) => {
                machine.emit_here(What::ErrorNotified { error });
                let calls = &mut self.calls;
                let answer = machine.guarded(|| calls.on_error(error));
                let ended = answer.map_or(Ended::Panicked, Ended::Returned);
                if activity_result::after_on_error(ended) == Report::FailFast {
                    machine.fail_fast(&process);
                }
            }
        }
    }

    /// Puts it into the queue of an STA; gives it back when that has ended.
    pub(crate) fn post_to(self, sta: &Sta) -> Result<(), Self> {
        sta.post(Message::Work(self)).map_err(|message| match message {
            Message::Work(work) => work,
            Message::Call(_) | Message::Window(..) => unreachable!("the queue gives back what it was given"),
        })
    }
}

/// Work that is thrown away, its process being dead, hands on the lock that it was handed. All work is over here,
/// and its calls with it.
impl Drop for Work {
    fn drop(&mut self) {
        if self.admission == Admission::Entered
            && let Some(lock) = self.object.lock()
        {
            lock.hand_over();
        }
        self.object.process.pools.end((self.done + self.left) as usize);
    }
}

fn ran(returned: Result<Returned, Error>) -> Ran {
    match returned {
        Ok(returned) => Ran::Ran(returned.ended, returned.unit),
        Err(error) => Ran::NotEntered(HResult::from(error)),
    }
}
