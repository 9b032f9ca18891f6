//! The event vocabulary: one record of truth that every trace, view and tool reads.
//!
//! An [`Event`] says where and when, its [`What`] says what. The names follow the COM+
//! instrumentation events (SEC C.5) where one exists; contexts, domains and diagnostics are ours.

use crate::{
    attribute::{ApartmentType, IsolationLevel, TransactionStatus},
    hresult::HResult,
    id::{ActivityId, ApplicationInstanceId, CausalityId, ContextId, PartitionId, StreamId, TransactionId},
    rules::{
        application_instance::RecycleReason, leave::Role, placement::Placement, synchronization::Activity,
        transaction::Transaction,
    },
};
use alloc::sync::Arc;
use core::time::Duration;
use uuid::Uuid;

/// Something observable, with the place it happened in.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Time since the machine's start.
    pub at: Duration,
    /// Number of the thread within the machine, from 1; 0 is the machine itself (its timers).
    pub thread: u32,
    /// Causality of the thread.
    pub causality: Option<CausalityId>,
    /// The context that was current, or that the event is about.
    pub context: Option<ContextId>,
    /// Its activity.
    pub activity: Option<ActivityId>,
    /// Its transaction.
    pub transaction: Option<TransactionId>,
    /// What happened.
    pub what: What,
}

/// What happened.
///
/// Not `#[non_exhaustive]`: who tells of events has to tell of all of them, and the compiler says which one is left out.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A thread joined an apartment for the first time.
    ApartmentJoined {
        /// The kind of apartment.
        apartment: ApartmentType,
    },
    /// A thread left its apartment.
    ApartmentLeft {
        /// The kind of apartment.
        apartment: ApartmentType,
    },
    /// A context was made and entered by CoEnterServiceDomain.
    DomainEntered {
        /// The caller's context.
        caller: Option<ContextId>,
        /// Where its transaction comes from.
        transaction: Transaction,
        /// Where its activity comes from.
        activity: Activity,
        /// Its partition, unless it is the global one.
        partition: Option<PartitionId>,
        /// Tracker names, if it is tracked.
        tracker: Option<Arc<crate::context::Tracker>>,
    },
    /// A domain was refused; nothing was changed.
    DomainRefused {
        /// The code.
        error: HResult,
    },
    /// A domain was left; the context is gone unless somebody keeps it.
    DomainLeft {
        /// What it was to its transaction.
        role: Role,
        /// Its vote.
        consistent: bool,
        /// How its transaction stands; `None` without one.
        status: Option<TransactionStatus>,
    },
    /// The future in a domain has to wait: its context was taken off the thread.
    DomainSuspended,
    /// The future in a domain goes on: its context is current again.
    DomainResumed,
    /// An activity was created.
    ActivityCreated,
    /// The activity's only causality left for good.
    ActivityDestroyed,
    /// A causality is inside: it took the lock, or was handed it.
    ActivityEntered,
    /// A causality that is inside entered once more.
    ActivityReentered {
        /// How often it is inside now.
        depth: u32,
    },
    /// A causality has to wait for an activity.
    ActivityWaiting {
        /// The activity.
        activity: Option<ActivityId>,
    },
    /// A causality left the activity.
    ActivityLeft,
    /// A causality left once and is still inside.
    ActivityLeftSame {
        /// How often it is inside now.
        depth: u32,
    },
    /// A causality gave up waiting; its call was not run.
    ActivityTimedOut {
        /// How long it might wait.
        timeout: Duration,
    },
    /// A call went to a thread of another apartment.
    CallSent {
        /// The callee's apartment.
        apartment: ApartmentType,
    },
    /// A call entered its context.
    CallEntered {
        /// The context that was current on this thread.
        caller: Option<ContextId>,
    },
    /// A call left its context.
    CallReturned {
        /// Its code; `None` after a panic.
        result: Option<HResult>,
        /// How its transaction stands; `None` without one.
        status: Option<TransactionStatus>,
    },
    /// An asynchronous call was accepted; it has a causality of its own.
    CallAccepted {
        /// That causality.
        causality: Option<CausalityId>,
    },
    /// An asynchronous call was rejected: the queue is full.
    CallRejected,
    /// IAsyncErrorNotify was told of an asynchronous call that failed.
    ErrorNotified {
        /// The error.
        error: HResult,
    },
    /// A thread of a pool was started.
    ThreadStarted,
    /// A thread of a pool ended.
    ThreadEnded,
    /// An activity object was bound to a single-threaded apartment of a pool.
    ThreadBound {
        /// How many live there now.
        activities: u32,
    },
    /// An activity object is bound to it no longer.
    ThreadUnbound {
        /// How many live there now.
        activities: u32,
    },
    /// A component is to be activated, and it was decided where.
    Activating {
        /// Its class.
        class: Uuid,
        /// The context it gets.
        placement: Placement,
    },
    /// A component is not activated.
    ActivationRefused {
        /// Its class.
        class: Uuid,
        /// The code.
        error: HResult,
    },
    /// A step in the life of a component's object.
    Object {
        /// Its class.
        class: Uuid,
        /// The step.
        step: ObjectStep,
    },
    /// Something about the pool of a class, beside what becomes of its objects.
    Pool {
        /// Its class; the nil GUID for a service pool.
        class: Uuid,
        /// The step.
        step: PoolStep,
    },
    /// A transaction began.
    TransactionStarted {
        /// Its stream.
        stream: StreamId,
        /// Its isolation level.
        isolation: IsolationLevel,
        /// Its time-out in seconds; zero is never.
        timeout: u32,
        /// Its description, if it was given one.
        description: Option<Arc<str>>,
    },
    /// A context set its flags.
    FlagsSet {
        /// The call.
        call: FlagCall,
        /// The consistent flag after it.
        consistent: bool,
        /// The done flag after it.
        done: bool,
    },
    /// The transaction was marked for abort.
    TransactionDoomed,
    /// A resource manager enlisted.
    ResourceEnlisted {
        /// Its name.
        manager: Arc<str>,
    },
    /// A resource manager answered a prepare request.
    ResourcePrepared {
        /// Its name.
        manager: Arc<str>,
        /// Its answer.
        answer: PrepareAnswer,
    },
    /// The transaction's participants have voted.
    TransactionPrepared {
        /// Whether all said yes.
        yes: bool,
    },
    /// The transaction committed.
    TransactionCommitted,
    /// The transaction aborted.
    TransactionAborted {
        /// Why.
        reason: AbortReason,
    },
    /// Nobody knows the outcome of the transaction.
    TransactionInDoubt,
    /// Something that the program should not have done, or that a callback did wrong.
    Diagnostic(Diagnostic),
    /// Code of a component panicked, in the context of the event: IComExceptionEvents::OnExceptionUser. What the policy
    /// does about it comes after (SEC D.8).
    ExceptionUser {
        /// What the panic said, if that is a text.
        message: Option<Arc<str>>,
    },
    /// A simulated process died.
    Failfast,
    /// Something happened to an instance of an application.
    Application {
        /// The application.
        application: Uuid,
        /// The instance.
        instance: ApplicationInstanceId,
        /// What.
        step: ApplicationStep,
    },
    /// A remark of the program or the scenario.
    Note(Arc<str>),
}

/// A step in the life of an instance of an application (SEC C.5, IComApp2Events).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationStep {
    /// It was started: OnAppActivation2.
    Started,
    /// It was paused, or resumed: OnAppPaused2.
    Paused(bool),
    /// It takes no activations any more: OnAppRecycle2.
    Recycled(RecycleReason),
    /// It has ended: OnAppShutdown2.
    ShutDown,
    /// It was ended, whatever it was doing: OnAppForceShutdown2.
    ForcedDown,
}

/// A step in the life of a component's object (ACT 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectStep {
    /// The class factory made it.
    Created,
    /// Construct was called, with this code.
    Constructed(HResult),
    /// It became active; the code of Activate, if it has IObjectControl.
    Activated(HResult),
    /// It is active no longer: Deactivate was called, if it has IObjectControl.
    Deactivated,
    /// What CanBePooled answered.
    CanBePooled(bool),
    /// It was added to its pool.
    PutIntoPool,
    /// It was taken from its pool.
    TakenFromPool,
    /// It was taken from the part of its pool that belongs to the requester's transaction.
    TakenFromTransaction,
    /// It went back to its pool, to stay with its transaction.
    RecycledToTransaction,
    /// The runtime has let it go.
    Destroyed,
}

/// A step in the life of an object pool (SEC C.5, IComObjectPoolEvents2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolStep {
    /// A process has the pool from now on: OnObjPoolCreatePool.
    Created {
        /// MinPoolSize.
        min: u32,
        /// MaxPoolSize.
        max: u32,
        /// CreationTimeout; none is for ever.
        timeout: Option<Duration>,
    },
    /// No instance is idle, and who asked for one may make it: OnObjPoolCreateDecision.
    CreateDecision {
        /// Requests that wait.
        waiting: u32,
        /// Idle instances: those of other transactions, which nobody else may have.
        available: u32,
        /// Instances there are, without the new one.
        created: u32,
        /// MinPoolSize.
        min: u32,
        /// MaxPoolSize.
        max: u32,
    },
    /// Somebody has waited too long for an instance, in the activity of the event: OnObjPoolTimeout.
    TimedOut {
        /// How long he might wait.
        timeout: Duration,
    },
}

/// A call that sets flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagCall {
    /// IObjectContext::SetComplete.
    SetComplete,
    /// IObjectContext::SetAbort.
    SetAbort,
    /// IObjectContext::EnableCommit.
    EnableCommit,
    /// IObjectContext::DisableCommit.
    DisableCommit,
    /// IContextState::SetMyTransactionVote.
    SetMyTransactionVote,
    /// IContextState::SetDeactivateOnReturn.
    SetDeactivateOnReturn,
}

/// A resource manager's answer to a prepare request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrepareAnswer {
    /// Yes; it waits for the outcome.
    Prepared,
    /// Yes; it changed nothing and wants no outcome.
    ReadOnly,
    /// It has committed already, as it was the only one.
    SinglePhase,
    /// No.
    Refused,
    /// It does not know whether its single-phase commit happened.
    InDoubt,
}

/// Why a transaction aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbortReason {
    /// The root, or the owner, asked for it.
    Requested,
    /// A context was deactivated inconsistent.
    Doomed,
    /// The deadline passed; the machine's time at which it was due.
    TimedOut {
        /// The deadline, since the machine's start.
        deadline: Duration,
    },
    /// A participant refused.
    Refused,
    /// The transaction manager was lost before the decision.
    ManagerLost,
}

/// Tolerated misuse, and foreign code that misbehaved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagnostic {
    /// Leave without a matching enter on this thread (S-22, S-23).
    LeaveWithoutEnter,
    /// A domain was still open when the frame beneath it ended; it was left with an abort vote (S-24).
    UnbalancedDomain,
    /// A domain's guard was dropped without leave; it was left with an abort vote.
    DroppedDomain,
    /// A panic unwound through a domain; it was left with an abort vote (S-25).
    PanicInDomain,
    /// New synchronization was limited to the caller's activity (S-16).
    SynchronizationLimited,
    /// A brought transaction was put into an activity of its own (S-16).
    BroughtTransactionInNewActivity,
    /// An asynchronous call failed, and its call object has no IAsyncErrorNotify (S-28).
    AsynchronousErrorLost,
    /// A status sink, voter, resource manager or proxy panicked; it was taken as a refusal.
    CallbackPanicked,
    /// A participant of a transaction was in a call for longer than its vote can wait; that is a veto (T-29).
    ParticipantInCall,
    /// A participant of a transaction was in a call that waits for whoever commits; that is a veto (T-29).
    ParticipantWaitsForVote,
}

/// Somebody who is told of every event of a machine.
///
/// Called on the thread on which the event happens, without any lock of the machine held. A call into
/// the machine from here is refused with
/// [`RuntimeError::CalledFromObserver`](crate::error::RuntimeError::CalledFromObserver).
pub trait Observer: Send + Sync {
    /// Told of `event`.
    fn observe(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync> Observer for F {
    fn observe(&self, event: &Event) {
        self(event);
    }
}
