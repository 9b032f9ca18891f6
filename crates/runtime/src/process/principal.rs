//! Principals: on whose behalf a thread runs.

use crate::thread;
use complus_core::Result;
use complus_sync::Arc;
use std::marker::PhantomData;

/// The thread runs as another principal until this is dropped.
///
/// ```
/// # use complus_runtime::{AsPrincipal, Runtime};
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// let _alice = AsPrincipal::assume("alice")?;
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the principal is given up when this is dropped"]
pub struct AsPrincipal {
    before: Option<Arc<str>>,
    not_send: PhantomData<*const ()>,
}

impl AsPrincipal {
    /// Runs the thread as `principal`; without it a thread runs as the machine's ambient one.
    ///
    /// # Errors
    /// E_UNEXPECTED when the thread is ending or an observer calls.
    pub fn assume(principal: &str) -> Result<Self> {
        let principal = Some(Arc::from(principal));
        let before = thread::bound(|binding| std::mem::replace(&mut binding.principal, principal))?;
        Ok(Self { before, not_send: PhantomData })
    }
}

impl Drop for AsPrincipal {
    fn drop(&mut self) {
        let before = self.before.take();
        let _ = thread::bound(|binding| binding.principal = before);
    }
}
