//! Initialize spies: who is told of every initialisation of a thread (SYN 9).

use crate::{machine::Machine, thread};
use complus_core::{
    attribute::CoInit,
    error::{ApartmentError, Result},
    event::{Diagnostic, What},
    hresult::HResult,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

/// IInitializeSpy. Its methods are called on the thread that registered it, around each CoInitializeEx and
/// CoUninitialize of the thread, whether or not it succeeds. A panic in one is no answer.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::{attribute::*, hresult::*};
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// use std::rc::Rc;
/// struct Refuses;
/// impl InitializeSpy for Refuses {
///     fn post_initialize(&self, _: HResult, _: CoInit, count: u32) -> HResult {
///         assert_eq!(count, 1);
///         E_FAIL
///     }
/// }
/// register_initialize_spy(Rc::new(Refuses))?;
/// let answer = com::co_initialize(None);
/// assert_eq!(answer.unwrap_err().hresult(), E_FAIL);
/// assert!(context_token().is_ok()); // it happened all the same
/// # Ok::<(), complus_core::Error>(())
/// ```
pub trait InitializeSpy {
    /// PreInitialize: the flags as they were passed, and the thread's count before.
    fn pre_initialize(&self, flags: CoInit, count: u32) {
        let _ = (flags, count);
    }

    /// PostInitialize: the result so far, the flags, and the count after. The answer is the result from here on; the
    /// last spy's is what CoInitializeEx returns.
    fn post_initialize(&self, result: HResult, flags: CoInit, count: u32) -> HResult {
        let _ = (flags, count);
        result
    }

    /// PreUninitialize: the count before.
    fn pre_uninitialize(&self, count: u32) {
        let _ = count;
    }

    /// PostUninitialize: the count after.
    fn post_uninitialize(&self, count: u32) {
        let _ = count;
    }
}

/// A registration of a spy: the thread's number in the upper half, an index in the lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpyCookie(pub u64);

impl SpyCookie {
    const fn new(thread: u32, index: u32) -> Self {
        Self(((thread as u64) << 32) | index as u64)
    }

    /// The machine's number of the thread.
    pub const fn thread(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The index: the smallest that was free.
    pub const fn index(self) -> u32 {
        self.0 as u32
    }
}

/// The registrations of a thread, oldest first.
#[derive(Default)]
pub(crate) struct Spies {
    registered: Vec<Registered>,
    /// Counts registrations.
    made: u64,
}

#[derive(Clone)]
struct Registered {
    index: u32,
    /// Tells it from an earlier registration with the same index.
    number: u64,
    spy: Rc<dyn InitializeSpy>,
}

/// CoRegisterInitializeSpy: `spy` is called from this thread's next CoInitializeEx or CoUninitialize on. The thread need
/// not be initialised, and the same spy may be registered more than once.
///
/// # Errors
/// E_UNEXPECTED when the thread is ending or an observer calls.
pub fn register_initialize_spy(spy: Rc<dyn InitializeSpy>) -> Result<SpyCookie> {
    thread::bound(|binding| {
        let thread = binding.thread;
        let spies = &mut binding.com_mut().spies;
        let is_free = |index: &u32| spies.registered.iter().all(|registered| registered.index != *index);
        let index = (0..u32::MAX).find(is_free).unwrap_or(u32::MAX);
        spies.made += 1;
        spies.registered.push(Registered { index, number: spies.made, spy });
        SpyCookie::new(thread, index)
    })
}

/// CoRevokeInitializeSpy: effective at once, also in the middle of a call.
///
/// # Errors
/// E_INVALIDARG for a cookie that is not registered on this thread.
pub fn revoke_initialize_spy(cookie: SpyCookie) -> Result<()> {
    let revoked = thread::bound(|binding| {
        let is_own = binding.thread == cookie.thread();
        let registered = &mut binding.com.as_mut().filter(|_| is_own)?.spies.registered;
        let place = registered.iter().position(|registered| registered.index == cookie.index())?;
        Some(registered.remove(place))
    })?;
    revoked.map(drop).ok_or_else(|| ApartmentError::UnknownCookie.into())
}

/// The spies of one CoInitializeEx or CoUninitialize: those that were registered when it began, newest first (Y-29,
/// Y-30).
pub(super) struct Watch(Vec<Registered>);

impl Watch {
    pub(super) fn begin() -> Self {
        let registered = |spies: &Spies| spies.registered.iter().rev().cloned().collect();
        Self(thread::look(|binding| Some(registered(&binding.com.as_ref()?.spies))).unwrap_or_default())
    }

    /// Calls each that is still registered.
    fn each(&self, mut call: impl FnMut(&dyn InitializeSpy)) {
        for Registered { number, spy, .. } in &self.0 {
            let is_there = |spies: &Spies| spies.registered.iter().any(|registered| registered.number == *number);
            if thread::look(|binding| Some(is_there(&binding.com.as_ref()?.spies))).unwrap_or(false)
                && catch_unwind(AssertUnwindSafe(|| call(&**spy))).is_err()
                && let Some(machine) = thread::machine()
            {
                Machine::emit_here(&machine, What::Diagnostic(Diagnostic::CallbackPanicked));
            }
        }
    }

    pub(super) fn pre_initialize(&self, flags: CoInit) {
        let count = count();
        self.each(|spy| spy.pre_initialize(flags, count));
    }

    /// Answers the result that the spies make of `result`.
    pub(super) fn post_initialize(&self, result: HResult, flags: CoInit) -> HResult {
        let count = count();
        let mut result = result;
        self.each(|spy| result = spy.post_initialize(result, flags, count));
        result
    }

    pub(super) fn pre_uninitialize(&self) {
        let count = count();
        self.each(|spy| spy.pre_uninitialize(count));
    }

    pub(super) fn post_uninitialize(&self) {
        let count = count();
        self.each(|spy| spy.post_uninitialize(count));
    }
}

/// How often the thread is initialised.
fn count() -> u32 {
    thread::look(|binding| Some(binding.initializations)).unwrap_or(0)
}
