//! Message filters and channel hooks.

use crate::{ChannelHook, MessageFilter, apartment};
use complus_core::error::Result;
use complus_sync::Arc;

/// CoRegisterMessageFilter. The place for the previous filter keeps what it holds when the call fails.
///
/// # Errors
/// CO_E_NOT_SUPPORTED outside an STA.
pub fn co_register_message_filter(
    filter: Option<Arc<dyn MessageFilter>>,
    previous: Option<&mut Option<Arc<dyn MessageFilter>>>,
) -> Result<()> {
    let before = apartment::register_message_filter(filter)?;
    if let Some(previous) = previous {
        *previous = before;
    }
    Ok(())
}

/// CoRegisterChannelHook, with a hook that carries no data.
///
/// # Errors
/// As for [`register_channel_hook`](crate::register_channel_hook).
pub fn co_register_channel_hook(hook: Arc<dyn ChannelHook>) -> Result<()> {
    apartment::register_channel_hook(hook)
}
