//! The COM+ context runtime in pure Rust.
//!
//! COM+ gives code its surroundings: a transaction it works in, an activity that keeps other callers out, a
//! partition, a tracker. It does so by *contexts*: a piece of code runs in one, and what the context has, the
//! code has. This crate is that machinery, with the semantics and the exact HRESULTs of the original, on any
//! system that Rust runs on.
//!
//! # A domain
//!
//! The plainest way into a context of one's own is a **service domain**: say what it shall be, enter, work,
//! leave.
//!
//! ```
//! use complus::prelude::*;
//! # fn main() -> complus::Result<()> {
//! let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
//! let config = ServiceConfig::inheriting().transaction(TransactionConfig::New);
//!
//! let domain = ServiceDomain::enter(&config)?;
//! let context = ObjectContext::current()?;
//! assert!(context.is_in_transaction()?);
//! assert!(context.activity_id()?.is_some()); // a transaction needs an activity, so it was raised
//! assert_eq!(domain.leave()?, TransactionStatus::Committed);
//! # Ok(())
//! # }
//! ```
//!
//! A thread has a stack of contexts; entering pushes, leaving pops. Nobody votes for commit: it is what
//! happens unless somebody votes against, by [`ObjectContext::set_abort`], by dropping a domain without
//! leaving it, or by [`ServiceDomain::run_or_abort`] with an error.
//!
//! # What flows
//!
//! Each property of a new context comes from its caller, from the configuration, or is made anew. The
//! [`rules`] decide which, one pure function per property, and tell why to whoever listens
//! ([`explain`]). An inner domain that joins its caller's transaction can doom it, but not save it:
//!
//! ```
//! # use complus::prelude::*;
//! # fn main() -> complus::Result<()> {
//! # let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
//! let outer = ServiceDomain::enter(&ServiceConfig::new().transaction(TransactionConfig::New))?;
//! let inner = ServiceDomain::enter(&ServiceConfig::inheriting())?;
//! ObjectContext::current()?.set_abort()?;
//! assert_eq!(inner.leave()?, TransactionStatus::Aborting);
//! assert_eq!(outer.leave()?, TransactionStatus::Aborted);
//! # Ok(())
//! # }
//! ```
//!
//! # Transactions
//!
//! A root domain's transaction lives in the thread until somebody else needs it. [`ObjectContextInfo::transaction`]
//! gives a handle, with which a [`ResourceManager`] enlists; leaving the root then runs the two phases. A
//! transaction begun elsewhere is brought with [`ServiceConfig::bring_your_own_transaction`]: COM+ votes on
//! it, and never commits it.
//!
//! # Components
//!
//! A trait with [`macro@interface`] is an interface, a type with [`macro@component`] is a class. [`install`] puts it into the
//! [`catalog`], [`create_instance`] makes an object of it, and the [`Ref`] to that has the methods of the trait. They run in
//! the object's context, wherever that is; references among arguments and results are translated on the way, so that
//! both sides can use them.
//!
//! ```
//! use complus::{Result, prelude::*};
//!
//! #[complus::interface]
//! trait Account {
//!     fn credit(&self, amount: i64) -> Result<i64>;
//! }
//!
//! #[complus::component(prog_id = "Bank.Account", interfaces(Account), threading = Apartment)]
//! #[derive(Default)]
//! struct AccountComponent {
//!     balance: ActivityCell<i64>,
//! }
//!
//! impl Account for AccountComponent {
//!     fn credit(&self, amount: i64) -> Result<i64> {
//!         self.balance.with(|balance| {
//!             *balance += amount;
//!             *balance
//!         })
//!     }
//! }
//!
//! # fn main() -> Result<()> {
//! complus::install::<AccountComponent>()?;
//! let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
//! let account: Ref<dyn Account> = complus::create_instance("Bank.Account")?;
//! assert!(account.is_proxy()); // it lives in a single-threaded apartment
//! assert_eq!(account.credit(10)?, 10);
//! # Ok(())
//! # }
//! ```
//!
//! Within a method `self` is a plain Rust value that comes and goes with activations. What others can hold is a reference to
//! the object, and [`Ref::to_self`] gives it:
//!
//! ```
//! # use complus::{Result, prelude::*};
//! #[complus::interface]
//! trait Customer {
//!     fn enter(&self, shop: Ref<dyn Shop>) -> Result<()>;
//!     fn call_up(&self) -> Result<String>;
//! }
//!
//! #[complus::interface]
//! trait Shop {
//!     fn visited_by(&self, customer: Ref<dyn Customer>) -> Result<()>;
//! }
//!
//! #[complus::component(prog_id = "Town.Customer", interfaces(Customer), threading = Apartment)]
//! #[derive(Default)]
//! struct CustomerComponent;
//!
//! impl Customer for CustomerComponent {
//!     fn enter(&self, shop: Ref<dyn Shop>) -> Result<()> {
//!         shop.visited_by(Ref::to_self(self)?)
//!     }
//!     fn call_up(&self) -> Result<String> {
//!         Ok("thank you".into())
//!     }
//! }
//!
//! #[complus::component(prog_id = "Town.Shop", interfaces(Shop), synchronization = Required)]
//! #[derive(Default)]
//! struct ShopComponent;
//!
//! impl Shop for ShopComponent {
//!     fn visited_by(&self, customer: Ref<dyn Customer>) -> Result<()> {
//!         assert!(customer.is_proxy()); // it lives in a single-threaded apartment, and is called there
//!         assert_eq!(customer.call_up()?, "thank you");
//!         Ok(())
//!     }
//! }
//!
//! # fn main() -> Result<()> {
//! # complus::install::<CustomerComponent>()?;
//! # complus::install::<ShopComponent>()?;
//! # let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
//! let customer: Ref<dyn Customer> = complus::create_instance("Town.Customer")?;
//! customer.enter(complus::create_instance("Town.Shop")?)
//! # }
//! ```
//!
//! # Machines
//!
//! Everything happens on a [`Runtime`]: clock, seed, schedule, transaction manager, observers, and the
//! [`Compat`] switches for what the sources leave open. There is one per process by default; a test builds its
//! own, with a [`VirtualClock`], and binds its thread to it:
//!
//! ```
//! use complus::{VirtualClock, prelude::*};
//! use std::time::Duration;
//! # fn main() -> complus::Result<()> {
//! let runtime = Runtime::builder().clock(VirtualClock::new()).seed(42).build()?;
//! let _bound = runtime.enter();
//! let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
//! let config = ServiceConfig::new()
//!     .transaction(TransactionConfig::New)
//!     .transaction_timeout(Duration::from_secs(1));
//! let domain = ServiceDomain::enter(&config)?;
//! runtime.advance(Duration::from_secs(2))?;
//! assert_eq!(domain.leave()?, TransactionStatus::Aborted);
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! A failed call returns an [`Error`]: eight bytes with the exact [`HResult`], a kind, and a reason that says
//! what to do. A call that fails has changed nothing.

/// The class registration database: collections, files, look-ups.
pub use complus_catalog as catalog;
pub use complus_core::{
    ActivityTransaction, ByotAbort, CatalogDefaults, Compat, DeadlockPolicy, Error, ErrorKind, FailFast, HResult,
    IntoHResult, LifecycleErrors, Result, attribute, context, error, event, explain, hresult, id, object_pool, rules,
};
pub use complus_macros::{Marshal, component, interface};
pub use complus_runtime::typed::{self, ActivityCell, Component, Interface, Marshal, Ref, create_instance, install};
pub use complus_runtime::{
    Activation, Activity, AgileReference, Apartment, ApplicationInstance, AsPrincipal, AsyncErrorNotify, Bound,
    CALLBACK_WITH_NO_REENTRANCY, CallContext, CallFuture, CallType, Callable, CatalogWatcher, ChannelHook,
    ClassFactory, Completed, ContextCallback, ContextProperties, ContextReference, ContextState, ContextToken,
    ContextTransactionInfo, CrossingCall, ENTER_ACTIVITY_WITH_NO_LOCK, ErrorInfo, Event, ExternalConnection,
    FreeThreadedMarshaler, GlobalInterfaceTable, HookPhase, HookedCall, IncomingCall, InitializeSpy, Knobs, Limits,
    Marshaled, MemoryProbe, MessageFilter, MessageQueue, Method, MtaUsage, MtaUsageCookie, Object, ObjectConstruct,
    ObjectContext, ObjectContextInfo, ObjectControl, OnError, Partition, PendingMessage, PendingType, Policy,
    PoolManager, PoolSettings, PoolStatistics, Process, Reference, Runtime, RuntimeBuilder, Scope, SecurityContext,
    Semaphore, ServerCall, ServiceCall, ServiceConfig, ServiceDomain, ServicePool, ServicePoolConfig, SharedContext,
    Shutdown, SpyCookie, StatusObject, StatusSink, Stream, ThreadPools, ThreadingInfo, WaitHandle, WindowMessage,
    apartment_type, call_context, class, com, context_token, decrement_mta_usage, disable_call_cancellation,
    disconnect_object, enable_call_cancellation, iid, increment_mta_usage, lock_object_external, logical_thread_id,
    message_loop, ole_initialize, ole_uninitialize, pump_messages, register_channel_hook, register_initialize_spy,
    register_message_filter, revoke_initialize_spy, set_logical_thread_id, set_window_procedure, switch_call_context,
    thread_flags, wait_for_handles,
};
pub use complus_sync::{Clock, Schedule, VirtualClock};
pub use complus_transaction::{
    BroughtTransaction, Outcome, ResourceManager, Transaction, TransactionManager, TransactionOptions,
    TransactionProxy, VolatileStore, Vote, Voter,
};

/// What most programs need.
pub mod prelude {
    pub use crate::{
        Activity, ActivityCell, Apartment, Completed, HResult, Marshal, ObjectConstruct, ObjectContext, ObjectControl,
        OnError, Ref, Runtime, ServiceCall, ServiceConfig, ServiceDomain, StatusObject, StatusSink, Transaction,
        TransactionManager,
        attribute::{
            ApartmentModel, Binding, ComtiIntrinsicsConfig, IisIntrinsicsConfig, InheritanceConfig, IsolationLevel,
            PartitionConfig, Property, SxsConfig, SynchronizationConfig, ThreadPool, TrackerConfig, TransactionConfig,
            TransactionStatus, TransactionVote,
        },
    };
}

/// The README's program compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
