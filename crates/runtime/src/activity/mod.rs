//! Activity objects: work that is submitted to a context of its own (SWC 8), and the lock of activities (SYN 4).

mod calls;
mod create;
mod future;
mod lock;
mod object;
mod quiet;
mod release;
mod service_call;
mod wait_graph;
mod word;
mod work;

pub use future::CallFuture;
pub(crate) use lock::ActivityLock;
pub(crate) use object::ActivityObject;
pub(crate) use quiet::{Asked, Busy, Quiet, limit as vote_limit};
use service_call::Queued;
pub use service_call::{
    AsyncErrorNotify, ByAnyObject, ByClosure, ByNotified, ByObject, Callable, Notified, OnError, ServiceCall,
};
pub(crate) use wait_graph::{Wait, WaitGraph};
pub(crate) use work::Work;

use crate::{
    ServiceConfig, apartment,
    interception::{self, Admission, InContext},
    thread,
};
use complus_core::{
    attribute::ApartmentKind,
    context::ActivityProperty,
    error::{CallError, Result},
    event::What,
    hresult::{E_UNEXPECTED, HResult, S_OK},
    id::ActivityId,
    rules::{
        activity_object::{self, Place, Submitter},
        apartment::Pool,
    },
};
use complus_sync::{Arc, Mutex, atomic as atomics};
use std::{fmt, time::Duration};

/// An activity object: IServiceActivity. Clones are the same object; it may be used and released from any thread.
///
/// It is itself in an activity only if it was configured so, or is in a transaction. Its calls run in its context:
/// a synchronous call on the caller's thread where the apartment allows it, an asynchronous one always on a thread of
/// a pool.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::attribute::*;
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// # let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
/// let config = ServiceConfig::new().thread_pool(ThreadPool::Mta).synchronization(SynchronizationConfig::New);
/// let activity = Activity::create(&config)?;
/// let id = activity.call(|| ObjectContext::current().unwrap().activity_id().unwrap())?;
/// assert_eq!(id, activity.activity_id());
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Activity(Arc<ActivityObject>);

impl Activity {
    /// CoCreateActivity: resolves the configuration against the context of this thread, once.
    ///
    /// # Errors
    /// In the order of the checks: CO_E_NOTINITIALIZED, CO_E_SXS_CONFIG, CO_E_THREADPOOL_CONFIG (a configuration that
    /// nobody touched has no pool), CO_E_TRACKER_CONFIG, the partition's codes, XACT_E_NOTRANSACTION.
    pub fn create(config: &ServiceConfig) -> Result<Self> {
        create::create(config, None).map(Self)
    }

    /// The same for a client in another process, whose context has only its activity in common with this one: an object
    /// that shares the client's activity gets its id and its time-out, and this process's lock of it. Two causalities
    /// can be inside such an activity at a time, in different processes (SYN 4.8).
    ///
    /// # Errors
    /// E_INVALIDARG when the property is not of this machine; then as for [`create`](Self::create).
    pub fn create_in_activity(config: &ServiceConfig, client: &ActivityProperty) -> Result<Self> {
        create::create(config, Some(client)).map(Self)
    }

    /// SynchronousCall: runs `call` in the object's context and gives what it answered. On the caller's thread if that
    /// is one of its apartment; otherwise a thread of the pool runs it, while a caller in an STA pumps.
    ///
    /// # Errors
    /// A failing code of the call, unchanged; CONTEXT_E_ABORTED when the call succeeded and its commit failed;
    /// RPC_E_SERVERFAULT when it panicked; what kept it from being run: CONTEXT_E_WOULD_DEADLOCK,
    /// CONTEXT_E_SYNCH_TIMEOUT, CONTEXT_E_OLDREF, CONTEXT_E_ABORTING, CONTEXT_E_TMNOTAVAILABLE, RPC_E_DISCONNECTED,
    /// the restrictions on calling out (SYN 7.5).
    #[inline]
    pub fn synchronous_call<M>(&self, call: impl Callable<M> + Send + 'static) -> Result<HResult> {
        let result = if interception::enter_call(&*self.0) {
            interception::leave_call(&*self.0, interception::call(|| call.call()))?
        } else {
            self.call_slowly(call)?
        };
        if result.is_failure() { Err(result.into()) } else { Ok(result) }
    }

    fn call_slowly<M>(&self, call: impl Callable<M> + Send + 'static) -> Result<HResult> {
        let mut call = Some(call);
        match self.call_here(&mut || call.take().map_or(E_UNEXPECTED, Callable::call)) {
            Some(result) => result,
            None => self.call_there(Box::new(move || call.take().map_or(E_UNEXPECTED, Callable::call))),
        }
    }

    /// The same for a closure with a value of its own.
    ///
    /// # Errors
    /// As for [`synchronous_call`](Self::synchronous_call), as far as they are not the call's own.
    #[inline]
    pub fn call<T: Send + 'static>(&self, call: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let mut value = None;
        if interception::enter_call(&*self.0) {
            let ended = interception::call(|| {
                value = Some(call());
                S_OK
            });
            interception::leave_call(&*self.0, ended)?;
            return value.ok_or_else(|| CallError::ServerFault.into());
        }
        let mut call = Some(call);
        let run_here = self.call_here(&mut || {
            value = call.take().map(|call| call());
            S_OK
        });
        if let Some(result) = run_here {
            result?;
            return value.ok_or_else(|| CallError::ServerFault.into());
        }
        let place = Arc::new(Mutex::new(None));
        let result = place.clone();
        self.call_there(Box::new(move || {
            let value = call.take().map(|call| call());
            *result.lock() = value;
            S_OK
        }))?;
        let value = place.lock().take();
        value.ok_or_else(|| CallError::ServerFault.into())
    }

    /// AsynchronousCall: the call is queued, and runs in a causality of its own. Success says that it was accepted.
    ///
    /// # Errors
    /// CO_E_ASYNC_WORK_REJECTED when the queue is full, RPC_E_DISCONNECTED in a dead process; the call is not run then.
    pub fn asynchronous_call<M>(&self, call: impl Callable<M> + Send + 'static) -> Result<()> {
        self.submit(call.queued())
    }

    /// BindToCurrentThread: later calls run in the STA of this thread, which has to pump. Without effect, and a
    /// success, for an object in the MTA and on a thread of the MTA (S-30).
    ///
    /// # Errors
    /// E_UNEXPECTED when the thread is ending or an observer calls.
    pub fn bind_to_current_thread(&self) -> Result<()> {
        let (kind, sta) = thread::bound(|binding| {
            let sta = binding.membership.sta().cloned();
            (if sta.is_some() { ApartmentKind::Sta } else { ApartmentKind::Mta }, sta)
        })?;
        if activity_object::binds(self.0.pool(), kind)
            && let Some(sta) = sta
        {
            self.0.bind(sta);
        }
        Ok(())
    }

    /// UnbindFromThread: later calls run in any STA of the pool. Without effect if it is not bound.
    ///
    /// # Errors
    /// E_UNEXPECTED when an observer calls.
    pub fn unbind_from_thread(&self) -> Result<()> {
        thread::refuse_observers()?;
        if activity_object::unbinds(self.0.pool(), self.0.bound()) {
            self.0.unbind();
        }
        Ok(())
    }

    /// The id of the activity that it is in; `None` stands for GUID_NULL.
    pub fn activity_id(&self) -> Option<ActivityId> {
        self.0.machine.activity_id(self.0.lock()?.number())
    }

    /// Which pool serves it.
    pub fn pool(&self) -> Pool {
        self.0.pool()
    }

    /// Sets how long calls wait for its activity from now on; `None` is for ever, as on Windows. For tests, and for
    /// activities whose time-out came from another process (Y-10).
    pub fn set_activity_timeout(&self, timeout: Option<Duration>) {
        if let Some(lock) = self.0.lock() {
            lock.set_timeout(timeout);
        }
    }

    /// How many calls wait for its activity.
    pub fn waiting_calls(&self) -> usize {
        self.0.lock().map_or(0, |lock| lock.waiting())
    }

    /// Runs `body` on this thread if that is where the call belongs, step by step.
    #[inline(never)]
    fn call_here(&self, body: &mut dyn FnMut() -> HResult) -> Option<Result<HResult>> {
        let object = &self.0;
        let place = thread::bound(|binding| {
            binding.ensure_base()?;
            let same_process = binding.process.as_ref().is_some_and(|own| Arc::ptr_eq(own, &object.process));
            let submitter = match (binding.membership.sta(), object.bound_to()) {
                (None, _) => Submitter::Mta,
                (Some(own), Some(bound)) if Arc::ptr_eq(own, &bound) => Submitter::BoundSta,
                (Some(_), _) => Submitter::OtherSta,
            };
            let place = activity_object::place(object.pool(), object.bound(), submitter);
            Ok(if same_process { place } else { activity_object::queue(object.pool(), object.bound()) })
        });
        match place {
            Ok(Ok(Place::Inline)) => {
                let context = object.context_here();
                let target = context.target().calling(crate::apartment::Method::ON_CALL);
                let run = || interception::run(target, Admission::Enter, body).and_then(interception::Returned::result);
                Some(interception::calling(target, run, interception::code_of))
            }
            Ok(Ok(Place::MtaPool | Place::AnySta | Place::BoundSta)) => None,
            Ok(Err(error)) | Err(error) => Some(Err(error)),
        }
    }

    /// Sends the call to a thread of the pool and waits for its end.
    fn call_there(&self, body: apartment::Body) -> Result<HResult> {
        let mut body = body;
        let context = match self.0.pool() {
            Pool::Mta => self.0.clone() as Arc<dyn InContext>,
            Pool::Sta => {
                let announced = self.0.sta_for_call()?;
                let context = self.0.context_in(announced.sta());
                let mut announced = Some(announced);
                body = Box::new(move || {
                    drop(announced.take());
                    body()
                });
                context
            }
        };
        apartment::call(&context, Admission::Enter, apartment::Category::Synchronous, apartment::Method::ON_CALL, body)
    }

    #[inline]
    fn submit<Q: Queued>(&self, call: Q) -> Result<()> {
        let object = &self.0;
        let causality = self.accept()?;
        match object.lock() {
            Some(lock) => lock.submit(object, causality, call),
            None => object.dispatch(Work::new(object.clone(), causality, call)),
        }
        Ok(())
    }

    /// One more asynchronous call is accepted; the causality that it begins.
    fn accept(&self) -> Result<u64> {
        let object = &self.0;
        let causality = match object.machine.admitted_causality() {
            Some(causality) => causality,
            None => self.admit()?,
        };
        if let Err(error) = object.process.pools.begin(object) {
            object.machine.emit_here(What::CallRejected);
            return Err(error.into());
        }
        if object.machine.is_observed() {
            object.machine.emit_here(What::CallAccepted { causality: object.machine.causality_id(causality) });
        }
        Ok(causality)
    }

    /// Whether an asynchronous call is let in; the causality that it begins then.
    #[cold]
    fn admit(&self) -> Result<u64> {
        thread::refuse_observers()?;
        self.0.machine.admit(&self.0.process)?;
        self.0.machine.new_causality()
    }
}

impl fmt::Debug for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Activity")
            .field("pool", &self.0.pool())
            .field("activity", &self.activity_id())
            .finish_non_exhaustive()
    }
}
