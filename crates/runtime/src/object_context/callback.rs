//! IContextCallback: running code in a context from elsewhere (ACT 8.4, SYN 11).

use crate::{
    apartment::{self, Category, Method},
    interception::{self, Admission, InContext},
};
use complus_core::{
    error::{CallError, ContextError, Result},
    hresult::{E_UNEXPECTED, HResult, IntoHResult},
    id::ContextId,
};
use complus_sync::Arc;
use uuid::Uuid;

/// IID_IEnterActivityWithNoLock: the callback runs without taking the activity's lock.
pub const ENTER_ACTIVITY_WITH_NO_LOCK: Uuid = Uuid::from_u128(0xd717_4f82_36b8_4aa8_800a_e963_ab2d_fab9);

/// IID_ICallbackWithNoReentrancyToApplicationSTA: an ordinary callback here, since there are no application STAs.
pub const CALLBACK_WITH_NO_REENTRANCY: Uuid = Uuid::from_u128(0x0a29_9774_3e4e_fc42_1d9d_72ce_e105_ca57);

/// IID_IUnknown, which names no method that could be simulated.
const UNKNOWN: Uuid = Uuid::from_u128(0x0000_0000_0000_0000_c000_0000_0000_0046);

/// A door into a context, which may be used from any thread and any apartment.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::{attribute::*, hresult::S_FALSE};
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// # let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
/// let door = ContextCallback::current()?;
/// let home = context_token()?;
/// let domain = ServiceDomain::enter(&ServiceConfig::new())?;
/// let method = Method { interface: uuid::Uuid::from_u128(1), number: 5 };
/// door.call(method, move || { assert_eq!(context_token(), Ok(home)); })?;
/// domain.leave()?;
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone)]
pub struct ContextCallback(Arc<dyn InContext>);

impl ContextCallback {
    /// CoGetObjectContext(IContextCallback): the door into the current context.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment.
    pub fn current() -> Result<Self> {
        Ok(Self(interception::capture()?))
    }

    /// The door into the default context of the neutral apartment, which has no threads: whoever calls runs there
    /// itself.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment.
    pub fn into_neutral_apartment() -> Result<Self> {
        Ok(Self(interception::neutral()?))
    }

    /// The context's id.
    pub fn context_id(&self) -> Option<ContextId> {
        let target = self.0.target();
        target.machine.context_id(target.number)
    }

    /// ContextCallback: runs `callback` in the context, as if it were that method; on another thread if the context's
    /// apartment needs it. Its code is given back, a failing one as an error.
    ///
    /// # Errors
    /// E_INVALIDARG for IID_IUnknown and for a number below 3, and nothing is run; the callback's own code; what keeps
    /// a call from being made, as for [`Activity::synchronous_call`](crate::Activity::synchronous_call).
    pub fn call<R: IntoHResult>(
        &self,
        method: Method,
        callback: impl FnOnce() -> R + Send + 'static,
    ) -> Result<HResult> {
        if method.interface == UNKNOWN || method.number < 3 {
            return Err(ContextError::InvalidArgument.into());
        }
        let admission =
            if method.interface == ENTER_ACTIVITY_WITH_NO_LOCK { Admission::NoLock } else { Admission::Enter };
        let mut callback = Some(callback);
        let body = Box::new(move || callback.take().map_or(E_UNEXPECTED, |callback| callback().into_hresult()));
        let result = apartment::call(&self.0, admission, Category::Synchronous, method, body)?;
        if result.is_failure() { Err(result.into()) } else { Ok(result) }
    }

    /// Posts `callback` into the context as an asynchronous call: nobody waits for it, and it may call nobody.
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED when the apartment has ended; E_INVALIDARG as for [`call`](Self::call).
    pub fn notify(&self, method: Method, callback: impl FnOnce() + Send + 'static) -> Result<()> {
        if method.interface == UNKNOWN || method.number < 3 {
            return Err(ContextError::InvalidArgument.into());
        }
        let mut callback = Some(callback);
        let body = Box::new(move || match callback.take() {
            Some(callback) => callback().into_hresult(),
            None => CallError::InvalidArgument.hresult(),
        });
        apartment::notify(&self.0, method, body)
    }
}

impl std::fmt::Debug for ContextCallback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ContextCallback").field(&self.context_id()).finish()
    }
}
