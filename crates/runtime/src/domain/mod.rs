//! Services without components: contexts around a piece of code (SWC 7).

mod config;
mod scope;
mod status;

pub use config::ServiceConfig;
pub use scope::Scope;
pub use status::{StatusObject, StatusSink};

use crate::interception::{self, Vote};
use complus_core::{attribute::TransactionStatus, error::Result, event::Diagnostic};
use std::{future::Future, marker::PhantomData, num::NonZeroU64};

/// A service domain: the thread is in a context of its own until it is left.
///
/// Dropping the guard without [`leave`](Self::leave) leaves with an abort vote: committing on a path that
/// nobody wrote is the worse error.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::attribute::*;
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
/// let domain = ServiceDomain::enter(&ServiceConfig::new().transaction(TransactionConfig::New))?;
/// ObjectContext::current()?.set_complete()?;
/// assert_eq!(domain.leave()?, TransactionStatus::Committed);
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a domain that is dropped is left with an abort vote"]
pub struct ServiceDomain {
    context: NonZeroU64,
    not_send: PhantomData<*const ()>,
}

/// What a closure or a future in a domain gave, and how the domain's transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completed<T> {
    /// The value.
    pub value: T,
    /// The status.
    pub status: TransactionStatus,
}

impl ServiceDomain {
    /// CoEnterServiceDomain.
    ///
    /// # Errors
    /// In the order of the checks (SWC 3): CO_E_NOTINITIALIZED, CO_E_SXS_CONFIG, CO_E_THREADPOOL_CONFIG,
    /// CO_E_TRACKER_CONFIG, E_INVALIDARG, COMADMIN_E_PARTITIONS_DISABLED or
    /// COMADMIN_E_PARTITION_ACCESSDENIED, XACT_E_NOTRANSACTION, E_OUTOFMEMORY at the limits,
    /// CONTEXT_E_TMNOTAVAILABLE; before them RPC_E_DISCONNECTED in a dead process and E_FAIL for an injected
    /// fault. After an error nothing has changed.
    #[inline]
    pub fn enter(config: &ServiceConfig) -> Result<Self> {
        let context = interception::enter_domain(config)?;
        Ok(Self { context, not_send: PhantomData })
    }

    /// As [`enter`](Self::enter), on the thread's binding to `runtime`, which it must have.
    ///
    /// # Errors
    /// As for [`enter`](Self::enter), and CO_E_NOTINITIALIZED when the thread is bound to another machine.
    #[inline]
    pub fn enter_in(runtime: &crate::Runtime, config: &ServiceConfig) -> Result<Self> {
        let context = interception::enter_domain_in(&runtime.0, config)?;
        Ok(Self { context, not_send: PhantomData })
    }

    /// CoLeaveServiceDomain: back in the outer context, with the status of the domain's transaction.
    ///
    /// # Errors
    /// CONTEXT_E_NOCONTEXT when the domain was left already, by an outer one or by the COM-shaped call.
    #[inline]
    pub fn leave(self) -> Result<TransactionStatus> {
        let context = self.context;
        std::mem::forget(self);
        interception::leave_domain(context, Vote::AsSet)
    }

    /// Runs `body` in a domain. Its value is not looked at: only the flags of the context count.
    ///
    /// # Errors
    /// As for [`enter`](Self::enter). A panic in `body` goes on, after the domain was left with an abort vote.
    #[inline]
    pub fn run<T>(config: &ServiceConfig, body: impl FnOnce() -> T) -> Result<Completed<T>> {
        let domain = Self::enter(config)?;
        let value = body();
        Ok(Completed { value, status: domain.leave()? })
    }

    /// Runs `body` in a domain, and votes abort when it gives an error.
    ///
    /// # Errors
    /// As for [`run`](Self::run), of this library; the body's own error is in the value.
    pub fn run_or_abort<T, E>(
        config: &ServiceConfig,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<Completed<Result<T, E>>> {
        let domain = Self::enter(config)?;
        let value = body();
        let context = domain.context;
        std::mem::forget(domain);
        let vote = if value.is_err() { Vote::Abort } else { Vote::AsSet };
        let status = interception::leave_domain(context, vote)?;
        Ok(Completed { value, status })
    }

    /// Runs a future in a domain: its context is current whenever the future is polled, and only then.
    ///
    /// The domain is entered by the first poll and left when the future is ready; a scope that is dropped
    /// before leaves with an abort vote. In the multithreaded apartment it may be polled by any thread of it,
    /// elsewhere by the thread that polled it first.
    pub fn scope<F: Future>(config: &ServiceConfig, future: F) -> Scope<F> {
        Scope::new(config.clone(), future)
    }
}

impl Drop for ServiceDomain {
    fn drop(&mut self) {
        let diagnostic =
            if complus_sync::thread::panicking() { Diagnostic::PanicInDomain } else { Diagnostic::DroppedDomain };
        interception::abandon(self.context, diagnostic);
    }
}
