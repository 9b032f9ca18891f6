//! What few threads have: a queue, spies, outgoing calls, what they are dispatching.

use crate::{
    ErrorInfo,
    activation::Remembered,
    apartment::{CallContext, MessageFilter, Queue, Spies, WindowProcedure},
    reference::{Residence, Spares},
};
use complus_core::attribute::CoInit;
use complus_sync::Arc;

/// The state of a thread that takes part in calls between apartments.
#[derive(Default)]
pub(crate) struct ComState {
    /// The causalities of the calls that the thread waits for, oldest first.
    pub(crate) outgoing: Vec<u64>,
    /// What the thread is doing for others, oldest first.
    pub(crate) dispatching: Vec<Dispatching>,
    /// It keeps the MTA until it leaves COM (SYN 6.6).
    pub(crate) keeps_mta: bool,
    /// What handles window messages.
    pub(crate) procedure: Option<WindowProcedure>,
    /// Who is asked about calls to and from the thread's STA.
    pub(crate) filter: Option<Arc<dyn MessageFilter>>,
    /// Its queue, once somebody needs it.
    pub(crate) queue: Option<Arc<Queue>>,
    /// Who is told of its initialisations.
    pub(crate) spies: Spies,
    /// The flags with which it joined its apartment.
    pub(crate) flags: CoInit,
    /// It was asked for its logical thread id.
    pub(crate) has_logical_id: bool,
    /// OleInitialize was called so often more than OleUninitialize.
    pub(crate) ole: u32,
    /// CoEnableCallCancellation was called so often more than its counterpart.
    pub(crate) cancellable: u32,
    /// What CoSwitchCallContext put there outside any call.
    pub(crate) call_context: Option<Arc<dyn CallContext>>,
    /// The classes that it has activated.
    pub(crate) classes: Option<Box<Remembered>>,
    /// The contexts of components that it keeps for the next ones.
    pub(crate) spares: Spares,
    /// The context that was captured last, for the next reference that is made in it.
    pub(crate) captured: Option<Residence>,
    /// Its error object.
    pub(crate) error: Option<Box<ErrorInfo>>,
}

impl ComState {
    /// Whether it serves a call from elsewhere.
    pub(crate) fn serves_call(&self) -> bool {
        use Dispatching::{AsynchronousCall, Call, InputSynchronousCall};
        self.dispatching.iter().any(|what| matches!(what, Call | AsynchronousCall | InputSynchronousCall))
    }
}

/// What a thread is doing for others; it decides which calls it may make (SYN 7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dispatching {
    /// It serves a synchronous call.
    Call,
    /// It serves an asynchronous call.
    AsynchronousCall,
    /// It serves an input-synchronised call.
    InputSynchronousCall,
    /// It handles a window message that another thread sent and waits for.
    SentMessage {
        /// That thread is in another process.
        foreign: bool,
    },
    /// It handles a posted window message.
    PostedMessage,
    /// Its message filter is being asked.
    Filter,
}
