//! An activity object: its creation, where its calls run, what they start with and what they report (SWC 8).

pub use super::transaction_call::Start;
use super::{
    apartment::{self, Affinity, Pool},
    leave::{self, Ending, Role},
    service_domain::{self, Caller, Named, Resolution, Settings},
    transaction_call,
};
use crate::{
    attribute::ApartmentKind,
    compat::{ActivityTransaction, Compat},
    context::StreamState,
    error::{CallError, DomainError, Error},
    explain::{Explain, Reason},
};
use alloc::format;

/// The interface that the creator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    /// IServiceActivity.
    ServiceActivity,
    /// IUnknown.
    Unknown,
    /// Any other.
    Other,
}

impl Interface {
    /// Every case.
    pub const ALL: [Self; 3] = [Self::ServiceActivity, Self::Unknown, Self::Other];
}

/// What an activity object is made of: the context is resolved once, at creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// The pool that serves it.
    pub pool: Pool,
    /// Which threads of it.
    pub affinity: Affinity,
    /// Its context's properties.
    pub context: Resolution,
}

/// CoCreateActivity: interface, apartment, side-by-side assembly, thread pool, tracker, partition, transaction, in
/// this order (SWC 3, S-07). A transaction manager that is down is no reason to fail: the first call does.
///
/// # Errors
/// E_NOINTERFACE, CO_E_NOTINITIALIZED, CO_E_SXS_CONFIG, CO_E_THREADPOOL_CONFIG, CO_E_TRACKER_CONFIG, the codes of
/// [`partition`](super::partition::service_domain), XACT_E_NOTRANSACTION.
pub fn create(
    settings: &Settings,
    interface: Interface,
    apartment: ApartmentKind,
    caller: &Caller,
    named: &impl Named,
    compat: &Compat,
    explain: &mut impl Explain,
) -> Result<Created, Error> {
    if interface == Interface::Other {
        return Err(DomainError::UnsupportedInterface.into());
    }
    let pool = |explain: &mut _| apartment::activity_object(settings.thread_pool, apartment, explain);
    let (pool, context) = service_domain::compose(settings, caller, named, compat, pool, explain)?;
    Ok(Created { pool, affinity: apartment::affinity(settings.binding, pool), context })
}

/// What the calls of an activity object are tied to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Nothing.
    No,
    /// One single-threaded apartment.
    ToSta,
}

/// BindToCurrentThread: whether it ties later calls to the apartment of the calling thread. Where it does not, it
/// answers S_OK all the same (S-30, Y-36).
#[inline]
pub const fn binds(pool: Pool, calling_thread: ApartmentKind) -> bool {
    matches!((pool, calling_thread), (Pool::Sta, ApartmentKind::Sta))
}

/// UnbindFromThread: whether it frees later calls. It answers S_OK all the same (SWC 8.6).
#[inline]
pub const fn unbinds(pool: Pool, bound: Bound) -> bool {
    matches!((pool, bound), (Pool::Sta, Bound::ToSta))
}

/// The thread that submits a call, by the apartment that it belongs to; a neutral call in between does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitter {
    /// Of the multithreaded apartment, even implicitly.
    Mta,
    /// Of the single-threaded apartment that the activity object is bound to.
    BoundSta,
    /// Of another single-threaded apartment.
    OtherSta,
}

impl Submitter {
    /// Every submitter.
    pub const ALL: [Self; 3] = [Self::Mta, Self::BoundSta, Self::OtherSta];
}

/// Where OnCall runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the submitter's thread, as a call frame.
    Inline,
    /// On a thread of the multithreaded pool.
    MtaPool,
    /// On any thread of the pool of single-threaded apartments.
    AnySta,
    /// In the apartment that the activity object is bound to.
    BoundSta,
}

/// Where a SynchronousCall runs (SWC 8.3). A submitter with a single-threaded apartment pumps while it waits.
#[inline]
pub const fn place(pool: Pool, bound: Bound, submitter: Submitter) -> Place {
    match (pool, bound, submitter) {
        (Pool::Mta, _, Submitter::Mta) | (Pool::Sta, Bound::ToSta, Submitter::BoundSta) => Place::Inline,
        _ => queue(pool, bound),
    }
}

/// Where an AsynchronousCall runs: never inline.
#[inline]
pub const fn queue(pool: Pool, bound: Bound) -> Place {
    match (pool, bound) {
        (Pool::Mta, _) => Place::MtaPool,
        (Pool::Sta, Bound::No) => Place::AnySta,
        (Pool::Sta, Bound::ToSta) => Place::BoundSta,
    }
}

/// What a call starts with, by the activity object's role and the state of its stream's transaction; `None` if the
/// stream has none (SWC 8.8, S-31, AD-18).
///
/// # Errors
/// [`CallError::Aborting`] while the transaction is doomed, and once for a root that lost the one it had kept open:
/// it has to be dropped then. [`CallError::OldReference`] if an inherited or brought one is over. OnCall does not
/// run.
pub fn start(
    role: Role,
    current: Option<StreamState>,
    policy: ActivityTransaction,
    explain: &mut impl Explain,
) -> Result<Start, CallError> {
    let result = match (role, policy) {
        // whatever became of the one before: it ended with its call
        (Role::Root, ActivityTransaction::PerCall) => transaction_call::start(role, None),
        _ => transaction_call::start(role, current),
    };
    explain.because(|| Reason {
        rule: "SWC 8.8 (S-31)",
        inputs: format!("role {role:?}, transaction {current:?}, ends {policy:?}"),
        verdict: match result {
            Ok(start) => format!("{start:?}"),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "ne-comsvcs-csc_transactionconfig",
    });
    result
}

/// What the return of a call does to its transaction. The return counts as done, unless the transaction of a root
/// lasts until a call says so itself (SWC 8.8).
#[inline]
pub const fn ending(role: Role, consistent: bool, done: bool, state: StreamState, compat: &Compat) -> Ending {
    match (role, compat.activity_transaction, done) {
        (Role::Root, ActivityTransaction::UntilDone, false) => Ending::Nothing,
        _ => leave::ending(role, consistent, state, compat.byot_abort),
    }
}

/// What the last release of an activity object does to a transaction that it kept open.
#[inline]
pub const fn release(role: Role, consistent: bool, current: Option<StreamState>, compat: &Compat) -> Ending {
    match (role, compat.activity_transaction, current) {
        (Role::Root, ActivityTransaction::UntilDone, Some(state)) => {
            leave::ending(role, consistent, state, compat.byot_abort)
        }
        _ => Ending::Nothing,
    }
}
