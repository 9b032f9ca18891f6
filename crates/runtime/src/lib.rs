//! The machine: real threads with stacks of contexts, service domains on them, transactions under them.
//!
//! The rules live in [`complus_core::rules`]; this crate carries out what they decide.
//!
//! | room | holds |
//! |---|---|
//! | [`Runtime`] | the machine: clock, seed, schedule, transaction manager, observers, switches |
//! | `process` | a simulated process: its apartments, partitions and principals, alive or dead |
//! | [`ApplicationInstance`] | processes that are started for server applications |
//! | `thread` | what a thread is bound to: machine, apartment, stack of contexts |
//! | [`Apartment`] | joining and leaving apartments |
//! | `interception` | entering and leaving a context: the one path for every kind of frame |
//! | [`Reference`] | how objects are held, in their own context and in others |
//! | [`class`] | class objects, and where instances live |
//! | `administration` | the class registration database in transactions, and as a file that changes |
//! | [`typed`] | components in Rust: typed interfaces, references and classes |
//! | [`ServiceDomain`] | services without components |
//! | [`ObjectContext`] | what code inside a context sees |
//!
//! Direction: thread, then interception, then domain, then object context.

mod activation;
mod activity;
mod administration;
mod apartment;
mod application;
pub mod class;
pub mod com;
mod component;
mod domain;
mod error_info;
mod interception;
mod machine;
mod object_context;
mod object_pool;
mod observation;
mod pool;
mod process;
mod reference;
mod thread;
pub mod typed;

pub use activation::Activation;
pub use activity::{
    Activity, AsyncErrorNotify, ByAnyObject, ByClosure, ByNotified, ByObject, CallFuture, Callable, Notified, OnError,
    ServiceCall,
};
pub use administration::CatalogWatcher;
pub use apartment::{
    Apartment, CallContext, CallType, ChannelHook, Event, HookPhase, HookedCall, IncomingCall, InitializeSpy,
    MessageFilter, MessageQueue, Method, MtaUsage, MtaUsageCookie, PendingMessage, PendingType, Semaphore, ServerCall,
    SpyCookie, WaitHandle, WindowMessage, apartment_type, call_context, decrement_mta_usage, disable_call_cancellation,
    enable_call_cancellation, increment_mta_usage, logical_thread_id, message_loop, ole_initialize, ole_uninitialize,
    pump_messages, register_channel_hook, register_initialize_spy, register_message_filter, revoke_initialize_spy,
    set_logical_thread_id, set_window_procedure, switch_call_context, thread_flags, wait_for_handles,
};
pub use application::{ApplicationInstance, MemoryProbe};
pub use class::ClassFactory;
pub use domain::{Completed, Scope, ServiceConfig, ServiceDomain, StatusObject, StatusSink};
pub use error_info::ErrorInfo;
pub use interception::{CrossingCall, Policy};
pub use machine::{Bound, Limits, Runtime, RuntimeBuilder};
pub use object_context::{
    CALLBACK_WITH_NO_REENTRANCY, ContextCallback, ContextProperties, ContextReference, ContextState, ContextToken,
    ContextTransactionInfo, ENTER_ACTIVITY_WITH_NO_LOCK, ObjectContext, ObjectContextInfo, SecurityContext,
    SharedContext, ThreadingInfo, context_token,
};
pub use object_pool::{PoolManager, PoolStatistics, ServicePool, ServicePoolConfig};
pub use pool::{Knobs, PoolSettings, Shutdown, ThreadPools};
pub use process::{AsPrincipal, Partition, Process};
pub use reference::{
    AgileReference, ExternalConnection, FreeThreadedMarshaler, GlobalInterfaceTable, Marshaled, Object,
    ObjectConstruct, ObjectControl, Reference, Stream, disconnect_object, iid, lock_object_external,
};
pub use typed::{ActivityCell, Component, Interface, Marshal, Ref, create_instance, install};
