//! Partition: SWC 6.2 and the partition rows of SWC 3.

use crate::{
    attribute::PartitionConfig,
    error::DomainError,
    explain::{Explain, Reason},
};
use alloc::format;

/// What is known of the partition that a configuration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// GUID_NULL: nothing was named.
    Nothing,
    /// The global partition, open to everyone.
    Global,
    /// Another one.
    Other {
        /// Partitions are enabled on the machine.
        enabled: bool,
        /// The machine knows a partition of this id.
        known: bool,
        /// The caller belongs to it.
        member: bool,
    },
}

/// The partition a new context gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partition {
    /// The global one.
    Global,
    /// The caller's.
    Callers,
    /// The configured one.
    Configured,
}

/// The partition of a service domain. Membership is not looked at again for the caller's own (S-18).
#[inline]
pub fn service_domain(
    setting: PartitionConfig,
    named: impl FnOnce() -> Named,
    explain: &mut impl Explain,
) -> Result<Partition, DomainError> {
    let mut asked = None;
    let result = match setting {
        PartitionConfig::NoPartition => Ok(Partition::Global),
        PartitionConfig::Inherit => Ok(Partition::Callers),
        PartitionConfig::New => match *asked.insert(named()) {
            Named::Nothing => Err(DomainError::PartitionIdMissing),
            Named::Global => Ok(Partition::Configured),
            Named::Other { enabled: false, .. } => Err(DomainError::PartitionsDisabled),
            Named::Other { known: true, member: true, .. } => Ok(Partition::Configured),
            Named::Other { .. } => Err(DomainError::PartitionDenied),
        },
    };
    explain.because(|| Reason {
        rule: "SWC 6.2",
        inputs: match asked {
            None => format!("setting {setting}"),
            Some(named) => format!("setting {setting}, named {named:?}"),
        },
        verdict: match result {
            Ok(Partition::Global) => "the global partition".into(),
            Ok(Partition::Callers) => "the caller's partition".into(),
            Ok(Partition::Configured) => "the configured partition".into(),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "ne-comsvcs-csc_partitionconfig",
    });
    result
}
