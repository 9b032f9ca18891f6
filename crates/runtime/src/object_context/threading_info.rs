//! IComThreadingInfo: what a thread is told of itself through its context (SYN 11, ACT 9.8).

use crate::apartment;
use complus_core::{
    attribute::{ApartmentType, ThreadType},
    error::{ApartmentError, Result},
};
use uuid::Uuid;

/// IComThreadingInfo: always about the calling thread.
#[derive(Clone, Copy, Debug)]
pub struct ThreadingInfo;

impl ThreadingInfo {
    /// GetCurrentApartmentType.
    ///
    /// # Errors
    /// E_FAIL when the thread is in no apartment.
    pub fn current_apartment_type(&self) -> Result<ApartmentType> {
        let answer = apartment::query()?;
        if answer.hresult.is_failure() { Err(ApartmentError::NotInApartment.into()) } else { Ok(answer.apartment) }
    }

    /// GetCurrentThreadType: whether the thread pumps while it waits; inside a neutral call that of the thread beneath.
    ///
    /// # Errors
    /// E_FAIL when the thread is in no apartment.
    pub fn current_thread_type(&self) -> Result<ThreadType> {
        apartment::query()?.thread.ok_or_else(|| ApartmentError::NotInApartment.into())
    }

    /// GetCurrentLogicalThreadId: as [`logical_thread_id`](crate::logical_thread_id); works everywhere.
    ///
    /// # Errors
    /// E_UNEXPECTED when the thread is ending or an observer calls.
    pub fn current_logical_thread_id(&self) -> Result<Uuid> {
        apartment::logical_thread_id()
    }

    /// SetCurrentLogicalThreadId: as [`set_logical_thread_id`](crate::set_logical_thread_id).
    ///
    /// # Errors
    /// E_FAIL when the thread is in no apartment.
    pub fn set_current_logical_thread_id(&self, id: Uuid) -> Result<()> {
        apartment::set_logical_thread_id(id)
    }
}
