//! The class object of a configured class: it stands for a request, and decides nothing itself (ACT 3.1).

use super::Activation;
use crate::{
    class::ClassFactory,
    reference::{Object, Reference, iid},
};
use complus_core::error::{MarshalError, Result};
use complus_sync::Arc;
use uuid::Uuid;

/// The same object everywhere: where a new object goes is decided at each CreateInstance, from the context of whoever
/// calls it.
pub(crate) struct ConfiguredClass(Activation);

impl ConfiguredClass {
    pub(crate) fn new(request: Activation) -> Self {
        Self(request)
    }

    /// CreateInstance.
    pub(crate) fn create_instance(&self, interface: Uuid) -> Result<Reference> {
        self.0.clone().interface(interface).create()
    }
}

impl Object for ConfiguredClass {
    fn supports(&self, interface: Uuid) -> bool {
        interface == iid::CLASS_FACTORY
    }

    fn class_factory(&self) -> Option<&dyn ClassFactory> {
        Some(self)
    }

    fn is_free_threaded(&self) -> bool {
        true
    }
}

impl ClassFactory for ConfiguredClass {
    /// A bare object would leave the context that it was made for.
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        Err(MarshalError::NoInterface.into())
    }
}
