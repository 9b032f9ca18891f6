//! IContextCallback: running code in a context from elsewhere (ACT 8.4, SYN 11).

use crate::{
    apartment::{self, Category, Method},
    interception::{self, Admission, InContext, Visiting},
    thread,
};
use complus_core::{
    error::{CallError, ContextError, Result},
    hresult::{E_UNEXPECTED, HResult, IntoHResult, S_OK},
    id::ContextId,
    rules::call_out,
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
pub struct ContextCallback(pub(super) Arc<dyn InContext>);

impl ContextCallback {
    /// CoGetObjectContext(IContextCallback): the door into the current context.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment.
    pub fn current() -> Result<Self> {
        Ok(Self(Arc::new(Visiting::callback(interception::capture()?))))
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
        self.call_as(Category::Synchronous, method, callback)
    }

    /// The same as an input-synchronised call: whatever its message filter says, the callee takes it at once, and may
    /// call nobody meanwhile.
    ///
    /// # Errors
    /// As for [`call`](Self::call); RPC_E_CANTCALLOUT_ININPUTSYNCCALL on a thread without STA, which cannot make one.
    pub fn call_input_synchronized<R: IntoHResult>(
        &self,
        method: Method,
        callback: impl FnOnce() -> R + Send + 'static,
    ) -> Result<HResult> {
        self.call_as(call_category(Category::InputSynchronous)?, method, callback)
    }

    fn call_as<R: IntoHResult>(
        &self,
        category: Category,
        method: Method,
        callback: impl FnOnce() -> R + Send + 'static,
    ) -> Result<HResult> {
        check(method)?;
        let admission =
            if method.interface == ENTER_ACTIVITY_WITH_NO_LOCK { Admission::NoLock } else { Admission::Enter };
        let mut callback = Some(callback);
        let body = Box::new(move || callback.take().map_or(E_UNEXPECTED, |callback| callback().into_hresult()));
        let result = apartment::call(&self.0, admission, category, method, body)?;
        if result.is_failure() { Err(result.into()) } else { Ok(result) }
    }

    /// Makes an asynchronous call of `callback` in the context: nobody waits for it, its code is lost, and it may call
    /// nobody. On a thread without STA it becomes a synchronous one, which is waited for (SYN 7.1).
    ///
    /// # Errors
    /// RPC_E_DISCONNECTED when the apartment has ended; E_INVALIDARG as for [`call`](Self::call).
    pub fn notify(&self, method: Method, callback: impl FnOnce() + Send + 'static) -> Result<()> {
        check(method)?;
        let mut callback = Some(callback);
        let body = Box::new(move || match callback.take() {
            Some(callback) => {
                callback();
                S_OK
            }
            None => CallError::InvalidArgument.hresult(),
        });
        match call_category(Category::Asynchronous)? {
            Category::Asynchronous => apartment::notify(&self.0, method, body),
            category => apartment::call(&self.0, Admission::Enter, category, method, body).map(drop),
        }
    }
}

fn check(method: Method) -> Result<()> {
    if method.interface == UNKNOWN || method.number < 3 {
        return Err(ContextError::InvalidArgument.into());
    }
    Ok(())
}

/// The sort that a call of this thread is made as.
fn call_category(asked: Category) -> Result<Category> {
    let from_sta = thread::bound(|binding| binding.membership.sta().is_some())?;
    Ok(call_out::category(asked, from_sta)?)
}

impl std::fmt::Debug for ContextCallback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ContextCallback").field(&self.context_id()).finish()
    }
}
