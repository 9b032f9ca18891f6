//! Class objects: what makes instances.

use crate::reference::Object;
use complus_core::error::Result;
use complus_sync::Arc;

/// IClassFactory.
pub trait ClassFactory: Send + Sync {
    /// CreateInstance: a new object.
    ///
    /// # Errors
    /// Whatever the class says.
    fn create_instance(&self) -> Result<Arc<dyn Object>>;
}

/// The class objects of a process.
#[derive(Default)]
pub(crate) struct Classes {}
