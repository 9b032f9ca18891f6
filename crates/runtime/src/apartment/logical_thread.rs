//! Logical thread ids: the GUID of the causality that a thread works for (SYN 5).

use crate::{
    machine::{ID_BITS, Machine},
    thread,
};
use complus_core::{
    error::{ApartmentError, Result},
    id::CausalityId,
};
use complus_sync::Arc;
use uuid::Uuid;

/// CoGetCurrentLogicalThreadId: the causality that this thread works for, its own or that of the call it serves. It
/// works on every thread, also on one that never initialised COM, and marks the thread (SYN W22).
///
/// # Errors
/// E_UNEXPECTED when the thread is ending or an observer calls.
pub fn logical_thread_id() -> Result<Uuid> {
    let (machine, _) = thread::here()?;
    let causality = thread::bound(|binding| {
        binding.com_mut().has_logical_id = true;
        binding.causality
    })?;
    Ok(machine.logical_thread_id(causality))
}

/// IComThreadingInfo::SetCurrentLogicalThreadId: the thread works for another causality from now on; until the call that
/// it serves returns, if it serves one. Any GUID will do.
///
/// # Errors
/// E_FAIL when the thread is in no apartment.
pub fn set_logical_thread_id(id: Uuid) -> Result<()> {
    let (machine, _) = thread::here()?;
    let is_inside = thread::bound(|binding| binding.apartment().is_some())?;
    if !is_inside {
        return Err(ApartmentError::NotInApartment.into());
    }
    let causality = machine.causality_of(id)?;
    thread::bound(|binding| {
        binding.com_mut().has_logical_id = true;
        binding.causality = causality;
    })
}

impl Machine {
    /// The GUID of a causality.
    pub(crate) fn logical_thread_id(&self, causality: u64) -> Uuid {
        let foreign = self.foreign_causalities.lock();
        let given = foreign.iter().find(|(_, number)| *number == causality).map(|(id, _)| *id);
        given.or_else(|| Some(self.causality_id(causality)?.guid())).unwrap_or_default()
    }

    /// The causality that a GUID names; one that the machine did not make gets a number now.
    fn causality_of(self: &Arc<Self>, id: Uuid) -> Result<u64> {
        let own = CausalityId::from_guid(self.seed, id).map(CausalityId::number);
        if let Some(number) = own.filter(|number| *number <= ID_BITS) {
            return Ok(number);
        }
        let fresh = self.new_causality()?;
        let mut foreign = self.foreign_causalities.lock();
        if let Some((_, number)) = foreign.iter().find(|(known, _)| *known == id) {
            return Ok(*number);
        }
        foreign.push((id, fresh));
        Ok(fresh)
    }
}
