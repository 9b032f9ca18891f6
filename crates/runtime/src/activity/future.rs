//! Asynchronous calls of async programs: a future that gives what the call gave.

use super::{Activity, Queued};
use complus_core::{
    error::{CallError, Error, Result},
    hresult::{E_UNEXPECTED, HResult, RPC_E_DISCONNECTED, S_OK},
};
use complus_sync::{Arc, Mutex};
use std::{
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, Waker},
};

impl Activity {
    /// AsynchronousCall for async programs: the call is submitted at once, and the future gives its value when its
    /// context has been left and its transaction is over. A future that is dropped leaves the call alone.
    ///
    /// ```
    /// # use complus_runtime::*;
    /// # use complus_core::attribute::*;
    /// # let runtime = Runtime::builder().build()?;
    /// # let _bound = runtime.enter();
    /// # let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
    /// # struct Noop;
    /// # impl std::task::Wake for Noop { fn wake(self: std::sync::Arc<Self>) {} }
    /// let activity = Activity::create(&ServiceConfig::new().thread_pool(ThreadPool::Mta))?;
    /// let sum = activity.call_async(|| 40 + 2);
    /// # let mut sum = std::pin::pin!(sum);
    /// # let waker = std::task::Waker::from(std::sync::Arc::new(Noop));
    /// # let sum = loop {
    /// #     match std::future::Future::poll(sum.as_mut(), &mut std::task::Context::from_waker(&waker)) {
    /// #         std::task::Poll::Ready(sum) => break sum,
    /// #         std::task::Poll::Pending => std::thread::yield_now(),
    /// #     }
    /// # };
    /// assert_eq!(sum?, 42); // sum.await, in a function that is async
    /// # Ok::<(), complus_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// The future gives CO_E_ASYNC_WORK_REJECTED when the call was not accepted; CONTEXT_E_ABORTED when it succeeded
    /// and its commit failed; RPC_E_SERVERFAULT when it panicked; RPC_E_DISCONNECTED when it was lost because the
    /// process died; what kept its context from being entered.
    pub fn call_async<T: Send + 'static>(&self, call: impl FnOnce() -> T + Send + 'static) -> CallFuture<T> {
        let slot = Arc::new(Slot(Mutex::new(Progress::Waiting(None))));
        let promise = Promise { call: Some(call), begun: false, value: None, error: None, slot: slot.clone() };
        if let Err(error) = self.submit(promise) {
            *slot.0.lock() = Progress::Over(Err(error));
        }
        CallFuture(slot)
    }
}

/// The end of an asynchronous call; made by [`Activity::call_async`].
#[must_use = "the call is made all the same, but nobody hears how it ends"]
pub struct CallFuture<T>(Arc<Slot<T>>);

struct Slot<T>(Mutex<Progress<T>>);

enum Progress<T> {
    /// It is not over; who is to be woken then.
    Waiting(Option<Waker>),
    Over(Result<T>),
    /// The future has given it.
    Given,
}

impl<T> Future for CallFuture<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut progress = self.0.0.lock();
        match std::mem::replace(&mut *progress, Progress::Given) {
            Progress::Over(result) => Poll::Ready(result),
            Progress::Waiting(_) => {
                *progress = Progress::Waiting(Some(cx.waker().clone()));
                Poll::Pending
            }
            // Polled again after its end.
            Progress::Given => Poll::Ready(Err(E_UNEXPECTED.into())),
        }
    }
}

impl<T> fmt::Debug for CallFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_over = !matches!(*self.0.0.lock(), Progress::Waiting(_));
        f.debug_struct("CallFuture").field("is_over", &is_over).finish()
    }
}

/// The call itself. It keeps its promise when it is dropped: then nothing can change the result any more.
struct Promise<F, T> {
    call: Option<F>,
    begun: bool,
    value: Option<T>,
    error: Option<Error>,
    slot: Arc<Slot<T>>,
}

impl<F: FnOnce() -> T + Send + 'static, T: Send + 'static> Queued for Promise<F, T> {
    fn on_call(&mut self) -> HResult {
        self.begun = true;
        self.value = self.call.take().map(|call| call());
        S_OK
    }

    fn has_notify(&self) -> bool {
        true
    }

    fn on_error(&mut self, error: HResult) -> HResult {
        self.error = Some(match error {
            RPC_E_DISCONNECTED => CallError::Disconnected.into(),
            other => other.into(),
        });
        S_OK
    }
}

impl<F, T> Drop for Promise<F, T> {
    fn drop(&mut self) {
        let result = match (self.error.take(), self.value.take()) {
            (Some(error), _) => Err(error),
            (None, Some(value)) => Ok(value),
            (None, None) if self.begun => Err(CallError::ServerFault.into()),
            (None, None) => Err(CallError::Disconnected.into()),
        };
        let before = std::mem::replace(&mut *self.slot.0.lock(), Progress::Over(result));
        if let Progress::Waiting(Some(waker)) = before {
            // Foreign code; a panic in it must not take the pool's thread with it.
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
    }
}
