//! What few threads have: outgoing calls, what they are dispatching, their window procedure.

use crate::apartment::{MessageFilter, WindowProcedure};
use complus_sync::Arc;

/// The state of a thread that takes part in calls between apartments.
#[derive(Default)]
pub(crate) struct ComState {
    /// The causalities of the calls that the thread waits for, oldest first.
    pub(crate) outgoing: Vec<u64>,
    /// What the thread is doing for others, oldest first.
    pub(crate) dispatching: Vec<Dispatching>,
    /// It is one of the runtime's own threads.
    pub(crate) hosted: bool,
    /// It keeps the MTA until it leaves COM (SYN 6.6).
    pub(crate) keeps_mta: bool,
    /// What handles window messages.
    pub(crate) procedure: Option<WindowProcedure>,
    /// Who is asked about calls to and from the thread's STA.
    pub(crate) filter: Option<Arc<dyn MessageFilter>>,
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
    SentMessage,
    /// It handles a posted window message.
    PostedMessage,
    /// Its message filter is being asked.
    Filter,
}
