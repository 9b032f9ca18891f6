//! Asynchronous calls on their way: they wait in the line of their activity or in a pool, run, and report (SWC 8.4,
//! 8.5).
//!
//! Calls of one object that stand one behind the other in the line are one piece of work: a thread of the MTA pool runs
//! several in a row, each in its own causality, and the lock passes from one to the next.

use super::{object::ActivityObject, service_call};
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
use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// So many calls a thread runs in a row before it looks whether other work waits.
const TURN: u32 = 64;

/// The clock is looked at after so many of them: a turn ends when it has moved.
const LOOK: u32 = 8;

/// A call, and the causality that was begun for it (SYN 5.3).
pub(crate) struct Item {
    pub(crate) causality: u64,
    pub(crate) call: service_call::Work,
}

/// Calls that stand one behind the other. Boxed, and used again, so that work without them is small; short, so that a
/// long queue is not moved about when it grows.
#[derive(Default)]
pub(super) struct Row(VecDeque<Item>);

/// Empty rows; the box of each is moved into a piece of work, and back.
pub(super) type Rows = Vec<Box<Row>>;

/// So many calls make a full row.
const FULL: usize = 128;

/// Work that was accepted: a call, with those of the same object that came right after it.
pub(crate) struct Work {
    pub(crate) object: Arc<ActivityObject>,
    first: Item,
    following: Option<Box<Row>>,
    /// So many calls before the first one are over.
    done: usize,
    /// It comes from the line of its activity, and has been handed the lock.
    admission: Admission,
}

impl Work {
    pub(crate) fn new(object: Arc<ActivityObject>, first: Item) -> Self {
        Self { object, first, following: None, done: 0, admission: Admission::Enter }
    }

    /// The causality of the call that is next.
    pub(crate) fn causality(&self) -> u64 {
        self.first.causality
    }

    /// How many calls it is made of.
    pub(crate) fn len(&self) -> usize {
        1 + self.following()
    }

    /// How many calls come after the first one.
    pub(super) fn following(&self) -> usize {
        self.following.as_ref().map_or(0, |row| row.0.len())
    }

    /// Whether one more call may come after the others.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.following() < FULL
    }

    /// A call comes after the others; empty `rows` may be used for it.
    #[inline]
    pub(super) fn append(&mut self, item: Item, rows: &mut Rows) {
        self.following.get_or_insert_with(|| rows.pop().unwrap_or_default()).0.push_back(item);
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
        while let Some(before) = interception::begin_calls(&self.object, self.first.causality) {
            let is_over = loop {
                let ended = interception::call(|| self.first.call.on_call());
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

    /// The first call is over: becomes the next of the row, which runs in the same frame, if there is one and it can.
    #[inline]
    fn next_in_frame(&mut self) -> bool {
        let (Some(row), Some(lock)) = (&mut self.following, self.object.lock()) else { return false };
        if !row.0.front().is_some_and(|next| interception::next_call(&self.object, next.causality)) {
            return false;
        }
        self.first = row.0.pop_front().expect("it has a front");
        self.done += 1;
        lock.pass_to(self.first.causality, row.0.len());
        true
    }

    /// The first call is over, and its context left: becomes what comes after it on this thread, if anything does.
    #[inline]
    fn next(&mut self) -> bool {
        let Some(lock) = self.object.lock() else { return false };
        if let Some(row) = &mut self.following
            && let Some(next) = row.0.pop_front()
        {
            lock.pass_to(next.causality, row.0.len());
            self.first = next;
            self.done += 1;
            return true;
        }
        self.admission = Admission::Enter;
        let next = lock.leave_for_next(self.following.take());
        next.map(|next| *self = next).is_some()
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
        let Some(mut row) = self.following.take() else { return };
        if let (Some(first), Some(lock)) = (row.0.pop_front(), self.object.lock()) {
            let object = self.object.clone();
            lock.put_back(Self { object, first, following: Some(row), done: 0, admission: Admission::Enter });
        }
    }

    /// Runs the first call on this thread, step by step, and tells who has to be told.
    pub(crate) fn run(mut self) {
        self.put_back();
        let context = self.object.context_here();
        let target = context.target().calling(crate::apartment::Method::ON_CALL);
        let Item { causality, call } = &mut self.first;
        let admission = self.admission;
        let returned =
            thread::in_causality(*causality, || interception::run(target, admission, &mut || call.on_call()));
        // Held up by nothing any more: what is left of it must not hand the lock on a second time.
        self.admission = Admission::Enter;
        self.report(ran(returned));
    }

    /// It can be run nowhere any more.
    pub(crate) fn fail(mut self, error: CallError) {
        self.report(Ran::NotEntered(error.hresult()));
        while let Some(next) = self.following.as_mut().and_then(|row| row.0.pop_front()) {
            self.first = next;
            self.done += 1;
            self.report(Ran::NotEntered(error.hresult()));
        }
    }

    /// Tells who has to be told of the first call; the context has been left.
    fn report(&mut self, ran: Ran) {
        let (machine, process) = (self.object.machine.clone(), self.object.process.clone());
        match activity_result::asynchronous(ran, self.first.call.has_notify(), &mut ()) {
            // A panic has ended the process when it was caught.
            Report::Nothing | Report::FailFast => {}
            Report::Diagnostic(_) => machine.emit_here(What::Diagnostic(Diagnostic::AsynchronousErrorLost)),
            Report::OnError(error) => {
                machine.emit_here(What::ErrorNotified { error });
                let call = &mut self.first.call;
                let answer = catch_unwind(AssertUnwindSafe(|| call.on_error(error)));
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
        self.object.process.pools.end(self.done + self.len());
    }
}

fn ran(returned: Result<Returned, Error>) -> Ran {
    match returned {
        Ok(returned) => Ran::Ran(returned.ended, returned.unit),
        Err(error) => Ran::NotEntered(HResult::from(error)),
    }
}
