//! A direct reference: the object itself, held in its own context.

use super::{Object, Residence, Slot};
use complus_core::{
    error::{MarshalError, Result},
    rules::{activity_lock::Call, call_out::Use, marshal::Hold},
};
use complus_sync::Arc;

/// The object itself, held in its own context.
#[derive(Clone)]
pub(super) struct Direct {
    /// Always there; taken out as it is dropped.
    pub(super) object: Option<Arc<dyn Object>>,
    pub(super) residence: Residence,
    /// It is valid in every context.
    pub(super) free: bool,
}

impl Direct {
    /// The object.
    pub(super) fn object(&self) -> Result<&dyn Object> {
        self.object.as_deref().ok_or_else(|| MarshalError::NotConnected.into())
    }

    /// One more who holds it from outside.
    pub(super) fn connect(&self, hold: Hold) -> Result<(Arc<Slot>, u64)> {
        let object = self.object.as_ref().ok_or(MarshalError::NotConnected)?;
        let slot = self.slot(object);
        let epoch = slot.connect(object, hold);
        Ok((slot, epoch))
    }

    /// Its slot in its own context.
    pub(super) fn slot(&self, object: &Arc<dyn Object>) -> Arc<Slot> {
        self.residence.context.process.references.slot(object, &self.residence)
    }

    /// Whether it may be used here.
    ///
    /// # Errors
    /// RPC_E_WRONG_THREAD, CO_E_NOTINITIALIZED.
    pub(super) fn may_use(&self, r#use: Use) -> Result<()> {
        if self.free { Ok(()) } else { self.residence.holder().may_use(r#use) }
    }
}

/// An object that is dropped elsewhere is dropped at home.
impl Drop for Direct {
    fn drop(&mut self) {
        let Some(object) = self.object.take() else { return };
        if self.free || self.residence.is_current() {
            return drop(object);
        }
        self.residence.visit(Call::FinalRelease, move || drop(object));
    }
}
