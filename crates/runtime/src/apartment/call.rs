//! A call on its way to the thread that executes it, and the reply on its way back.

use crate::{
    ErrorInfo,
    interception::{Admission, InContext},
};
use complus_core::{
    error::{CallError, Result},
    hresult::{HResult, S_OK},
    rules::{message::Category, message_filter::Refusal},
};
use complus_sync::{Arc, Mutex, Signal};
use uuid::Uuid;

/// What a call runs in its context.
pub(crate) type Body = Box<dyn FnMut() -> HResult + Send>;

/// Which method is called; a message filter is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Method {
    /// The interface.
    pub interface: Uuid,
    /// Its place in the interface, from 0; 0 to 2 are those of IUnknown.
    pub number: u16,
}

impl Method {
    /// OnCall of IServiceCall.
    pub(crate) const ON_CALL: Self =
        Self { interface: Uuid::from_u128(0xbd3e_2e12_42dd_40f4_a09a_95a5_0c58_304b), number: 3 };
    /// Release of IUnknown.
    pub(crate) const RELEASE: Self =
        Self { interface: Uuid::from_u128(0x0000_0000_0000_0000_c000_0000_0000_0046), number: 2 };

    /// Whether it is one of IUnknown's: traffic of references, which no message filter holds up.
    pub(super) const fn is_reference_traffic(&self) -> bool {
        self.number < 3
    }
}

/// A call that another thread executes.
pub(crate) struct Call {
    pub(crate) context: Arc<dyn InContext>,
    pub(crate) admission: Admission,
    pub(crate) category: Category,
    pub(crate) causality: u64,
    /// The machine's number of the caller's thread.
    pub(crate) caller: u32,
    /// When it was made, on the machine's clock.
    pub(crate) made: u64,
    pub(crate) method: Method,
    pub(crate) body: Body,
    /// Where the caller waits; an asynchronous call has none.
    pub(crate) reply: Option<Arc<Reply>>,
    /// It has begun: a callee that dies now may have executed it.
    pub(crate) begun: bool,
}

impl Call {
    /// Tells the caller how it ended.
    pub(crate) fn returned(mut self, result: Result<HResult>) {
        if let Some(reply) = self.reply.take() {
            reply.answer(Answer::Returned(result));
        }
    }

    /// Leaves an error object for the caller.
    pub(super) fn leave_error(&self, error: Option<Box<ErrorInfo>>) {
        if let (Some(reply), Some(error)) = (&self.reply, error) {
            reply.answers.lock().error = Some(error);
        }
    }

    /// Gives the caller its call back, which was not let in.
    pub(crate) fn refused(mut self, refusal: Refusal) {
        if let Some(reply) = self.reply.take() {
            let body = std::mem::replace(&mut self.body, Box::new(|| S_OK));
            reply.answer(Answer::Refused(refusal, body));
        }
    }
}

/// A call that nobody answered: its apartment has ended (SYN 7.6).
impl Drop for Call {
    fn drop(&mut self) {
        // Handed the lock of its activity and never run, it hands it on.
        if self.admission == Admission::Entered
            && !self.begun
            && let Some(lock) = &self.context.target().properties.lock
        {
            lock.hand_over();
        }
        if let Some(reply) = self.reply.take() {
            let error = if self.begun { CallError::ServerDied } else { CallError::ServerDiedDidNotExecute };
            reply.answer(Answer::Returned(Err(error.into())));
        }
    }
}

/// What a caller is told.
pub(crate) enum Answer {
    /// The call is over, or could not be made.
    Returned(Result<HResult>),
    /// The callee's message filter did not let it in; what it would have run.
    Refused(Refusal, Body),
}

/// Where a caller waits for the end of its call.
pub(crate) struct Reply {
    answers: Mutex<Answers>,
    caller: Signal,
}

#[derive(Default)]
struct Answers {
    answer: Option<Answer>,
    /// Counts when the callee's process is dead.
    last: Option<Result<HResult>>,
    /// What the callee's thread had of its own.
    error: Option<Box<ErrorInfo>>,
}

impl Reply {
    pub(crate) fn new(caller: Signal) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::default(), caller })
    }

    fn answer(&self, answer: Answer) {
        self.answers.lock().answer = Some(answer);
        self.caller.set();
    }

    /// The error object that came with the answer.
    pub(super) fn error(&self) -> Option<Box<ErrorInfo>> {
        self.answers.lock().error.take()
    }

    /// The callee's process is about to die, and the caller to see that: what it is told then.
    pub(super) fn last(&self, result: Result<HResult>) {
        self.answers.lock().last = Some(result);
    }

    /// The answer, once it is there; it is given once. `is_dead`: the callee's process is.
    pub(crate) fn take(&self, is_dead: bool) -> Option<Answer> {
        let mut answers = self.answers.lock();
        if is_dead && let Some(last) = answers.last.take() {
            return Some(Answer::Returned(last));
        }
        let dead = || is_dead.then(|| Answer::Returned(Err(CallError::Disconnected.into())));
        answers.answer.take().or_else(dead)
    }
}
