//! Principals: on whose behalf a thread runs.

use crate::thread::{self, BindingKey};
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
    /// The binding it was assumed in.
    binding: BindingKey,
    not_send: PhantomData<*const ()>,
}

impl AsPrincipal {
    /// Runs the thread as `principal`; without it a thread runs as the machine's ambient one.
    ///
    /// # Errors
    /// E_UNEXPECTED when the thread is ending or an observer calls.
    pub fn assume(principal: &str) -> Result<Self> {
        let principal = Some(Arc::from(principal));
        thread::bound(|binding| {
            let before = std::mem::replace(&mut binding.principal, principal);
            Self { before, binding: binding.key, not_send: PhantomData }
        })
    }
}

impl Drop for AsPrincipal {
    fn drop(&mut self) {
        let before = self.before.take();
        let _ = thread::active(|binding| {
            if binding.key == self.binding {
                binding.principal = before;
            }
        });
    }
}
