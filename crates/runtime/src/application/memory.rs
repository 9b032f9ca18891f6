//! How much memory the machine has left, as far as activations ask (SEC D.7).

use crate::interception::guarded;
use complus_core::{id::ApplicationInstanceId, rules::memory::Memory};
use complus_sync::Arc;

/// Tells how much virtual memory is left. Asked before each activation of a configured component, on the creator's thread
/// and with nothing locked; one that panics counts as [`Memory::PLENTY`].
pub trait MemoryProbe: Send + Sync {
    /// The memory of now.
    fn memory(&self) -> Memory;

    /// How much an instance of an application takes up, in KB, for RecycleMemoryLimit; asked once a minute.
    fn used_by(&self, _instance: ApplicationInstanceId) -> u32 {
        0
    }
}

impl<F: Fn() -> Memory + Send + Sync> MemoryProbe for F {
    fn memory(&self) -> Memory {
        self()
    }
}

/// How much the instance takes up.
pub(super) fn used_by(probe: Option<&Arc<dyn MemoryProbe>>, instance: ApplicationInstanceId) -> u32 {
    probe.and_then(|probe| guarded(|| probe.used_by(instance))).unwrap_or(0)
}

/// Asks the probe, if there is one.
pub(crate) fn left(probe: Option<&Arc<dyn MemoryProbe>>) -> Memory {
    probe.and_then(|probe| guarded(|| probe.memory())).unwrap_or(Memory::PLENTY)
}
