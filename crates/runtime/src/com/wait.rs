//! Waiting for handles.

use crate::{WaitHandle, apartment};
use complus_core::{
    attribute::{ObjectWaitFlags, WaitFlags},
    error::{Result, WaitError},
    rules::wait,
};
use std::time::Duration;

/// CoWaitForMultipleHandles; without a `timeout` for ever. The index is 0 after a failure, where there is a place for
/// it.
///
/// # Errors
/// E_INVALIDARG without a place for the index or without a list of handles, RPC_E_NO_SYNC for an empty list,
/// RPC_S_CALLPENDING when the time is over.
pub fn co_wait_for_multiple_handles(
    flags: WaitFlags,
    timeout: Option<Duration>,
    handles: Option<&[WaitHandle]>,
    index: Option<&mut u32>,
) -> Result<()> {
    let checked = wait::arguments(index.is_some(), handles.map(<[_]>::len));
    run(checked, flags, timeout, handles, index)
}

/// CoWaitForMultipleObjects: the same for one of 56 objects at most.
///
/// # Errors
/// As for [`co_wait_for_multiple_handles`]; E_INVALIDARG for more objects.
pub fn co_wait_for_multiple_objects(
    flags: ObjectWaitFlags,
    timeout: Option<Duration>,
    objects: Option<&[WaitHandle]>,
    index: Option<&mut u32>,
) -> Result<()> {
    let checked = wait::object_arguments(index.is_some(), objects.map(<[_]>::len));
    run(checked, flags.into(), timeout, objects, index)
}

fn run(
    checked: Result<(), WaitError>,
    flags: WaitFlags,
    timeout: Option<Duration>,
    handles: Option<&[WaitHandle]>,
    index: Option<&mut u32>,
) -> Result<()> {
    let waited = match checked {
        Ok(()) => apartment::wait_for_handles(flags, timeout, handles.unwrap_or_default()),
        Err(error) => Err(error.into()),
    };
    if let Some(index) = index {
        *index = waited.unwrap_or(0);
    }
    waited.map(drop)
}
