//! What an activity object runs: IServiceCall, IAsyncErrorNotify, and closures in their place (SWC 8.3 to 8.5).

use complus_core::hresult::{E_UNEXPECTED, HResult, IntoHResult, S_OK};
use complus_sync::Arc;

/// IServiceCall: work for an activity object. It may run on several threads at once, unless the activity object is
/// synchronized or bound.
pub trait ServiceCall: Send + Sync + 'static {
    /// OnCall.
    fn on_call(&self) -> HResult;

    /// IAsyncErrorNotify of the same object, if it has it; asked of asynchronous calls only.
    fn async_error_notify(&self) -> Option<&dyn AsyncErrorNotify> {
        None
    }
}

/// IAsyncErrorNotify: is told when asynchronous work fails.
pub trait AsyncErrorNotify {
    /// OnError: called once, on the worker thread, after the context was left. A failing answer, like a panic, ends the
    /// process (failfast).
    fn on_error(&self, error: HResult) -> HResult;
}

/// A call on its way: what an asynchronous call is kept as. It is run once; what has run is told of its failure, or
/// dropped.
pub trait Queued: Send + 'static {
    /// OnCall; a second call of a closure is E_UNEXPECTED.
    fn on_call(&mut self) -> HResult;

    /// Whether somebody is told of a failure.
    fn has_notify(&self) -> bool;

    /// OnError.
    fn on_error(&mut self, error: HResult) -> HResult;
}

/// What can be given to [`Activity::synchronous_call`](super::Activity::synchronous_call) and
/// [`Activity::asynchronous_call`](super::Activity::asynchronous_call): a closure, a closure
/// [with a notification](OnError::on_error), or a [`ServiceCall`] behind an [`Arc`]. `M` keeps them apart.
pub trait Callable<M>: Sized {
    /// What it is kept as while it waits.
    type Queued: Queued;

    /// OnCall, here and now.
    fn call(self) -> HResult;

    /// The same for later.
    fn queued(self) -> Self::Queued;
}

/// Marks closures.
#[derive(Debug)]
pub struct ByClosure<R>(R);

impl<F, R> Callable<ByClosure<R>> for F
where
    F: FnOnce() -> R + Send + 'static,
    R: IntoHResult,
{
    type Queued = Closure<F>;

    #[inline]
    fn call(self) -> HResult {
        self().into_hresult()
    }

    #[inline]
    fn queued(self) -> Closure<F> {
        Closure(Some(self))
    }
}

/// A closure, until it is called.
#[derive(Debug)]
pub struct Closure<F>(Option<F>);

impl<F, R> Queued for Closure<F>
where
    F: FnOnce() -> R + Send + 'static,
    R: IntoHResult,
{
    #[inline]
    fn on_call(&mut self) -> HResult {
        self.0.take().map_or(E_UNEXPECTED, |call| call().into_hresult())
    }

    fn has_notify(&self) -> bool {
        false
    }

    fn on_error(&mut self, _: HResult) -> HResult {
        S_OK
    }
}

/// Marks objects.
#[derive(Debug)]
pub struct ByObject;

impl<T: ServiceCall> Callable<ByObject> for Arc<T> {
    type Queued = Self;

    #[inline]
    fn call(self) -> HResult {
        ServiceCall::on_call(&*self)
    }

    #[inline]
    fn queued(self) -> Self {
        self
    }
}

impl<T: ServiceCall + ?Sized> Queued for Arc<T> {
    fn on_call(&mut self) -> HResult {
        ServiceCall::on_call(&**self)
    }

    fn has_notify(&self) -> bool {
        self.async_error_notify().is_some()
    }

    fn on_error(&mut self, error: HResult) -> HResult {
        self.async_error_notify().map_or(S_OK, |notify| notify.on_error(error))
    }
}

/// Marks objects of any type.
#[derive(Debug)]
pub struct ByAnyObject;

impl Callable<ByAnyObject> for Arc<dyn ServiceCall> {
    type Queued = Self;

    #[inline]
    fn call(self) -> HResult {
        ServiceCall::on_call(&*self)
    }

    #[inline]
    fn queued(self) -> Self {
        self
    }
}

/// Attaches IAsyncErrorNotify to a closure.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::{attribute::ThreadPool, hresult::{E_FAIL, S_OK}};
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// # let _apartment = Apartment::initialize(complus_core::attribute::ApartmentModel::Multithreaded)?;
/// let activity = Activity::create(&ServiceConfig::new().thread_pool(ThreadPool::Mta))?;
/// let (told, hears) = std::sync::mpsc::channel();
/// activity.asynchronous_call((|| E_FAIL).on_error(move |error| told.send(error).unwrap()))?;
/// assert_eq!(hears.recv().unwrap(), E_FAIL);
/// # Ok::<(), complus_core::Error>(())
/// ```
pub trait OnError: Sized {
    /// Calls `notify` with the code, should the call fail.
    fn on_error<N, R>(self, notify: N) -> Notified<Self, N>
    where
        N: FnOnce(HResult) -> R + Send + 'static,
        R: IntoHResult,
    {
        Notified { call: Some(self), notify: Some(notify) }
    }
}

impl<F, R> OnError for F where F: FnOnce() -> R {}

/// A closure with one that is told of its failure; made by [`OnError::on_error`].
#[derive(Debug)]
pub struct Notified<F, N> {
    call: Option<F>,
    notify: Option<N>,
}

/// Marks closures with a notification.
#[derive(Debug)]
pub struct ByNotified<R, S>(R, S);

impl<F, N, R, S> Callable<ByNotified<R, S>> for Notified<F, N>
where
    F: FnOnce() -> R + Send + 'static,
    N: FnOnce(HResult) -> S + Send + 'static,
    R: IntoHResult,
    S: IntoHResult,
{
    type Queued = Self;

    fn call(self) -> HResult {
        self.call.map_or(E_UNEXPECTED, |call| call().into_hresult())
    }

    fn queued(self) -> Self {
        self
    }
}

impl<F, N, R, S> Queued for Notified<F, N>
where
    F: FnOnce() -> R + Send + 'static,
    N: FnOnce(HResult) -> S + Send + 'static,
    R: IntoHResult,
    S: IntoHResult,
{
    fn on_call(&mut self) -> HResult {
        self.call.take().map_or(E_UNEXPECTED, |call| call().into_hresult())
    }

    fn has_notify(&self) -> bool {
        true
    }

    fn on_error(&mut self, error: HResult) -> HResult {
        self.notify.take().map_or(S_OK, |notify| notify(error).into_hresult())
    }
}
