//! Apartments: joining, leaving, asking (ACT 2, SYN 6); the queue of a thread and calls between apartments (SYN 7, 8).
//!
//! | file | holds |
//! |---|---|
//! | `initialize`, `membership`, `usage` | CoInitializeEx and what it does; the MTA without threads |
//! | `spy` | who is told of initialisations |
//! | `query`, `logical_thread`, `cancellation` | what a thread is told of itself |
//! | `queue`, `sta`, `window`, `message` | the queue of a thread, the STA on it, window messages in it |
//! | `pump`, `wait` | serving the queue, and the one way to wait |
//! | `handle`, `wait_handles` | events, semaphores, and waiting for them |
//! | `call`, `outgoing`, `filter`, `hook`, `call_context` | calls between apartments, and who has a word in them |

mod call;
mod call_context;
mod cancellation;
mod filter;
mod handle;
mod home;
mod hook;
mod initialize;
mod logical_thread;
mod membership;
mod message;
mod outgoing;
mod pump;
mod query;
mod queue;
mod spy;
mod sta;
mod usage;
mod wait;
mod wait_handles;
mod window;

pub use call::Method;
pub(crate) use call::{Body, Call};
pub use call_context::{CallContext, call_context, switch_call_context};
pub use cancellation::{disable_call_cancellation, enable_call_cancellation};
pub use filter::{
    CallType, IncomingCall, MessageFilter, PendingMessage, PendingType, ServerCall, register_message_filter,
};
pub use handle::{Event, Semaphore, WaitHandle};
pub(crate) use home::Home;
pub use hook::{ChannelHook, HookPhase, HookedCall, register_channel_hook};
pub(crate) use initialize::initialize;
pub use initialize::{Apartment, ole_initialize, ole_uninitialize};
pub use logical_thread::{logical_thread_id, set_logical_thread_id};
pub(crate) use membership::{
    adopt_pool_sta, ended_pool_sta, join_mta_as_worker, keep_mta_for_thread, leave_for_good, new_host_sta, new_pool_sta,
};
pub use message::WindowMessage;
pub(crate) use message::{Message, WindowProcedure};
pub(crate) use outgoing::{call, is_here, may_call_to, notify, post};
pub(crate) use pump::{run as run_call, serve_queue};
pub(crate) use query::query;
pub use query::{apartment_type, thread_flags};
pub(crate) use queue::Queue;
pub(crate) use spy::Spies;
pub use spy::{InitializeSpy, SpyCookie, register_initialize_spy, revoke_initialize_spy};
pub(crate) use sta::{Announced, Resident, Sta};
pub use usage::{MtaUsage, MtaUsageCookie, decrement_mta_usage, increment_mta_usage};
pub(crate) use wait::wait_for;
pub use wait_handles::wait_for_handles;
pub use window::{MessageQueue, message_loop, pump_messages, set_window_procedure};

pub(crate) use complus_core::rules::message::Category;
