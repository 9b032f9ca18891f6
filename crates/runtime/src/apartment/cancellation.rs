//! Whether the calls of a thread can be cancelled: a count, whatever COM is otherwise doing there (SYN 6.10).

use crate::thread;
use complus_core::error::{CallError, Result};

/// CoEnableCallCancellation: once more than before.
///
/// # Errors
/// E_UNEXPECTED when the thread is ending or an observer calls.
pub fn enable_call_cancellation() -> Result<()> {
    thread::bound(|binding| binding.com_mut().cancellable += 1)
}

/// CoDisableCallCancellation: undoes one [`enable_call_cancellation`].
///
/// # Errors
/// CO_E_CANCEL_DISABLED without one.
pub fn disable_call_cancellation() -> Result<()> {
    thread::bound(|binding| {
        let count = &mut binding.com_mut().cancellable;
        *count = count.checked_sub(1).ok_or(CallError::CancelDisabled)?;
        Ok(())
    })?
}
