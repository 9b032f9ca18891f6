//! An asynchronous call on its way: it waits in the line of its activity or in a pool, runs, and reports (SWC 8.4, 8.5).

use super::{object::ActivityObject, service_call};
use crate::{
    apartment::{Message, Sta},
    interception::{self, Admission, InContext, Returned},
    thread,
};
use complus_core::{
    error::{CallError, Error},
    event::{Diagnostic, What},
    hresult::HResult,
    rules::activity_result::{self, Ended, Report, Work as Ran},
};
use complus_sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Work that was accepted.
pub(crate) struct Work {
    /// A causality of its own (SYN 5.3).
    pub(crate) causality: u64,
    pub(crate) object: Arc<ActivityObject>,
    call: service_call::Work,
    /// It comes from the line of its activity, and has been handed the lock.
    admission: Admission,
}

impl Work {
    pub(crate) fn new(causality: u64, object: Arc<ActivityObject>, call: service_call::Work) -> Self {
        Self { causality, object, call, admission: Admission::Enter }
    }

    /// Sends it to a thread of its activity object, if it is no longer held up: it has no activity, or was handed the
    /// lock of its activity.
    pub(crate) fn send(mut self) {
        self.admission = Admission::Entered;
        let object = self.object.clone();
        object.dispatch(self);
    }

    /// Runs it on this thread, and tells who has to be told.
    pub(crate) fn run(self) {
        let context = self.object.context_here();
        self.run_in(&*context);
    }

    /// The same in a context that is known.
    pub(crate) fn run_in(mut self, context: &dyn InContext) {
        let target = context.target();
        let (call, causality) = (&mut self.call, self.causality);
        let returned =
            thread::in_causality(causality, || interception::run(target, self.admission, &mut || call.on_call()));
        // Held up by nothing any more: what is left of it must not hand the lock on a second time.
        self.admission = Admission::Enter;
        self.report(ran(returned));
    }

    /// It can be run nowhere any more.
    pub(crate) fn fail(mut self, error: CallError) {
        self.report(Ran::NotEntered(error.hresult()));
    }

    /// Tells who has to be told; the context has been left.
    fn report(&mut self, ran: Ran) {
        let (machine, process) = (self.object.machine.clone(), self.object.process.clone());
        match activity_result::asynchronous(ran, self.call.has_notify(), &mut ()) {
            // A panic has ended the process when it was caught.
            Report::Nothing | Report::FailFast => {}
            Report::Diagnostic(_) => machine.emit_here(What::Diagnostic(Diagnostic::AsynchronousErrorLost)),
            Report::OnError(error) => {
                machine.emit_here(What::ErrorNotified { error });
                let call = &mut self.call;
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

/// Work that is thrown away, its process being dead, hands on the lock that it was handed. All work is over here.
impl Drop for Work {
    fn drop(&mut self) {
        if self.admission == Admission::Entered
            && let Some(lock) = self.object.lock()
        {
            lock.hand_over();
        }
        self.object.process.pools.end();
    }
}

fn ran(returned: Result<Returned, Error>) -> Ran {
    match returned {
        Ok(returned) => Ran::Ran(returned.ended, returned.unit),
        Err(error) => Ran::NotEntered(HResult::from(error)),
    }
}
