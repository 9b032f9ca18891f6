//! Activity objects: CoCreateActivity and IServiceActivity.

use crate::{Activity, ServiceCall, ServiceConfig};
use complus_core::{
    error::{CallError, DomainError, Result},
    hresult::{HResult, S_OK},
};
use complus_sync::Arc;
use uuid::Uuid;

/// CoCreateActivity. `interface` is IID_IServiceActivity or IID_IUnknown.
///
/// # Errors
/// E_INVALIDARG without a configuration, E_NOINTERFACE for another interface, then as for [`Activity::create`].
pub fn co_create_activity(config: Option<&ServiceConfig>, interface: Uuid) -> Result<Activity> {
    let config = config.ok_or(CallError::InvalidArgument)?;
    if interface != IID_SERVICE_ACTIVITY && interface != IID_UNKNOWN {
        return Err(DomainError::UnsupportedInterface.into());
    }
    Activity::create(config)
}

/// IServiceActivity::SynchronousCall: what OnCall answered, or why it did not run.
pub fn synchronous_call(activity: &Activity, call: Option<Arc<dyn ServiceCall>>) -> HResult {
    let result = call.ok_or_else(|| CallError::InvalidArgument.into()).and_then(|call| activity.synchronous_call(call));
    result.unwrap_or_else(HResult::from)
}

/// IServiceActivity::AsynchronousCall: S_OK when it was accepted.
pub fn asynchronous_call(activity: &Activity, call: Option<Arc<dyn ServiceCall>>) -> HResult {
    let result =
        call.ok_or_else(|| CallError::InvalidArgument.into()).and_then(|call| activity.asynchronous_call(call));
    result.map_or_else(HResult::from, |()| S_OK)
}

/// IID_IServiceActivity.
pub const IID_SERVICE_ACTIVITY: Uuid = Uuid::from_u128(0x6753_2e0c_9e2f_4450_a354_0356_3394_4e17);
/// IID_IUnknown.
pub const IID_UNKNOWN: Uuid = Uuid::from_u128(0x0000_0000_0000_0000_c000_0000_0000_0046);
