//! Object pools: CServicePool with IServicePool, and IPoolManager.

use super::IID_UNKNOWN;
use crate::{PoolManager, Reference, ServicePool, ServicePoolConfig};
use complus_core::{
    error::{CallError, DomainError, Error, Result},
    hresult::{HResult, S_OK},
};
use uuid::Uuid;

/// CoCreateInstance of CLSID_CServicePool. `interface` is IID_IServicePool or IID_IUnknown.
///
/// # Errors
/// E_NOINTERFACE for another interface.
pub fn co_create_service_pool(interface: Uuid) -> Result<ServicePool> {
    if interface != IID_SERVICE_POOL && interface != IID_UNKNOWN {
        return Err(DomainError::UnsupportedInterface.into());
    }
    Ok(ServicePool::new())
}

/// IServicePool::Initialize: S_OK; E_INVALIDARG without a configuration; the codes of [`ServicePool::initialize`].
pub fn service_pool_initialize(pool: &ServicePool, config: Option<&ServicePoolConfig>) -> HResult {
    code(config.ok_or_else(|| CallError::InvalidArgument.into()).and_then(|config| pool.initialize(config)))
}

/// IServicePool::GetObject. An error stands for a pointer that is set to NULL.
///
/// # Errors
/// As for [`ServicePool::object`].
pub fn service_pool_get_object(pool: &ServicePool, interface: Uuid) -> Result<Reference> {
    pool.object(interface)
}

/// IServicePool::Shutdown: S_OK, or CO_E_NOTINITIALIZED.
pub fn service_pool_shutdown(pool: &ServicePool) -> HResult {
    code(pool.shutdown())
}

/// IPoolManager::ShutdownPool, of a class by its CLSID in braces or by its ProgID: S_OK, or REGDB_E_CLASSNOTREG. No text
/// is an empty one.
pub fn shutdown_pool(manager: &PoolManager, clsid_or_progid: Option<&str>) -> HResult {
    code(manager.shutdown_pool(clsid_or_progid.unwrap_or_default()))
}

fn code(result: Result<()>) -> HResult {
    result.map_or_else(|error: Error| error.hresult(), |()| S_OK)
}

/// IID_IServicePool.
pub const IID_SERVICE_POOL: Uuid = Uuid::from_u128(0xb302_df81_ea45_451e_99a2_09f9_fd1b_1e13);
