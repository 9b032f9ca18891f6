//! What ContainingContextTreatment resets (SWC 2.1), and what it means at entry (SWC 2.2).

use super::service_domain::Settings;
use crate::{
    attribute::{
        Binding, ComtiIntrinsicsConfig, IisIntrinsicsConfig, InheritanceConfig, IsolationLevel, PartitionConfig,
        SxsConfig, SynchronizationConfig, ThreadPool, TrackerConfig, TransactionConfig,
    },
    explain::{Explain, Reason},
};
use alloc::format;

/// A new configuration: rows 1-8 in the CSC_Ignore column (S-03), rows 9-12 at their own defaults.
pub const DEFAULT: Settings = Settings {
    inheritance: InheritanceConfig::Ignore,
    comti: ComtiIntrinsicsConfig::No,
    iis: IisIntrinsicsConfig::No,
    partition: PartitionConfig::NoPartition,
    sxs: SxsConfig::No,
    synchronization: SynchronizationConfig::NoSynchronization,
    thread_pool: ThreadPool::None,
    transaction: TransactionConfig::NoTransaction,
    binding: Binding::NoBinding,
    tracker: TrackerConfig::DontUse,
    isolation: IsolationLevel::Any,
};

/// Overwrites rows 1-8 with the column of `inheritance`, and nothing else (S-02).
pub const fn reset(settings: Settings, inheritance: InheritanceConfig) -> Settings {
    match inheritance {
        InheritanceConfig::Inherit => Settings {
            inheritance,
            comti: ComtiIntrinsicsConfig::Inherit,
            iis: IisIntrinsicsConfig::Inherit,
            partition: PartitionConfig::Inherit,
            sxs: SxsConfig::Inherit,
            synchronization: SynchronizationConfig::IfContainerIsSynchronized,
            thread_pool: ThreadPool::Inherit,
            transaction: TransactionConfig::IfContainerIsTransactional,
            ..settings
        },
        InheritanceConfig::Ignore => {
            let Settings { binding, tracker, isolation, .. } = settings;
            Settings { binding, tracker, isolation, ..DEFAULT }
        }
    }
}

/// Whether user-defined properties flow into the new context: the one thing the setting itself decides
/// at entry; explicit settings look at the caller's real context under both values (S-06).
#[inline]
pub fn user_properties(setting: InheritanceConfig, explain: &mut impl Explain) -> bool {
    let flow = setting == InheritanceConfig::Inherit;
    explain.because(|| Reason {
        rule: "SWC 2.2 (S-06)",
        inputs: format!("setting {setting}"),
        verdict: if flow { "user-defined properties flow" } else { "user-defined properties do not flow" }.into(),
        source: "ne-comsvcs-csc_inheritanceconfig",
    });
    flow
}
