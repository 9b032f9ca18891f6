//! A service domain's context: all rules composed, in the order of the checks (SWC 3, S-07).

use super::{apartment, inheritance, intrinsics, partition, side_by_side, synchronization, tracker, transaction};
use crate::{
    attribute::{
        Binding, ComtiIntrinsicsConfig, IisIntrinsicsConfig, InheritanceConfig, IsolationLevel, PartitionConfig,
        SxsConfig, SynchronizationConfig, ThreadPool, TrackerConfig, TransactionConfig,
    },
    compat::Compat,
    error::{ApartmentError, DomainError, Error},
    explain::{Explain, Reason},
};
use alloc::format;

/// The settings of a service configuration that are enumerations: rows 1-11 of SWC 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Row 1.
    pub inheritance: InheritanceConfig,
    /// Row 2.
    pub comti: ComtiIntrinsicsConfig,
    /// Row 3.
    pub iis: IisIntrinsicsConfig,
    /// Row 4.
    pub partition: PartitionConfig,
    /// Row 5.
    pub sxs: SxsConfig,
    /// Row 6.
    pub synchronization: SynchronizationConfig,
    /// Row 7.
    pub thread_pool: ThreadPool,
    /// Row 8.
    pub transaction: TransactionConfig,
    /// Row 9.
    pub binding: Binding,
    /// Row 10, without the names.
    pub tracker: TrackerConfig,
    /// Row 11.
    pub isolation: IsolationLevel,
}

impl Settings {
    /// Whether these settings only inherit or omit: nothing that has to be checked against the
    /// machine, nothing that needs more than transaction and activity. Such a domain's entry is
    /// decided by [`flow`] alone.
    #[inline]
    pub const fn is_plain(&self) -> bool {
        matches!(self.thread_pool, ThreadPool::None | ThreadPool::Inherit)
            && matches!(self.binding, Binding::NoBinding)
            && !matches!(self.sxs, SxsConfig::New)
            && matches!(self.tracker, TrackerConfig::DontUse)
            && !matches!(self.partition, PartitionConfig::New)
    }
}

/// The caller's context, as far as the rules look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The thread is in an apartment, explicitly or implicitly.
    pub initialized: bool,
    /// Its transaction.
    pub transaction: transaction::Enclosing,
    /// It is in an activity.
    pub activity: bool,
    /// It sees a side-by-side assembly.
    pub assembly: bool,
    /// It sees IIS intrinsics.
    pub iis: bool,
    /// It sees COMTI intrinsics.
    pub comti: bool,
}

/// What the machine knows of the names in a configuration; asked only where a setting needs it.
pub trait Named {
    /// Of the partition.
    fn partition(&self) -> partition::Named;
    /// Of the side-by-side assembly.
    fn assembly(&self) -> side_by_side::Named;
    /// Whether the tracker's application name and context name are there and not empty.
    fn tracker(&self) -> (bool, bool);
    /// Of the brought transaction.
    fn brought(&self) -> transaction::Brought;
}

/// Transaction and activity of a new context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Its transaction.
    pub transaction: transaction::Transaction,
    /// Its activity.
    pub activity: synchronization::Activity,
    /// Whether the transaction changed the synchronization setting.
    pub adjustment: synchronization::Adjustment,
}

/// The context that a domain gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Transaction and activity.
    pub flow: Flow,
    /// Its partition.
    pub partition: partition::Partition,
    /// Its side-by-side assembly.
    pub assembly: side_by_side::Assembly,
    /// It sees the caller's IIS intrinsics.
    pub iis: bool,
    /// It sees the caller's COMTI intrinsics.
    pub comti: bool,
    /// How it is tracked.
    pub tracking: tracker::Tracking,
    /// User-defined properties flow into it.
    pub user_properties: bool,
}

/// Transaction and activity, which depend on each other (SWC 5.2).
#[inline]
pub fn flow(
    settings: &Settings,
    brought: transaction::Brought,
    caller: transaction::Enclosing,
    caller_activity: bool,
    explain: &mut impl Explain,
) -> Result<Flow, DomainError> {
    let transaction = transaction::service_domain(settings.transaction, settings.isolation, brought, caller, explain)?;
    let (activity, adjustment) =
        synchronization::service_domain(settings.synchronization, transaction, caller_activity, explain);
    Ok(Flow { transaction, activity, adjustment })
}

/// Decides the context of a service domain, or why there is none: apartment, side-by-side assembly,
/// thread pool, tracker, partition, transaction, in this order.
pub fn resolve(
    settings: &Settings,
    caller: &Caller,
    named: &impl Named,
    compat: &Compat,
    explain: &mut impl Explain,
) -> Result<Resolution, Error> {
    let pool = |explain: &mut _| apartment::service_domain(settings.thread_pool, settings.binding, explain);
    compose(settings, caller, named, compat, pool, explain).map(|((), resolution)| resolution)
}

/// The same checks with another answer to the question of the pool: what CoEnterServiceDomain and
/// CoCreateActivity have in common (SWC 3).
#[inline]
pub(super) fn compose<P, E: Explain>(
    settings: &Settings,
    caller: &Caller,
    named: &impl Named,
    compat: &Compat,
    pool: impl FnOnce(&mut E) -> Result<P, DomainError>,
    explain: &mut E,
) -> Result<(P, Resolution), Error> {
    if !caller.initialized {
        explain.because(|| Reason {
            rule: "SWC 3",
            inputs: "the thread is in no apartment, and the process has no MTA".into(),
            verdict: format!("{}", ApartmentError::NotInitialized.hresult()),
            source: "nf-combaseapi-coinitializeex",
        });
        return Err(ApartmentError::NotInitialized.into());
    }
    let assembly = side_by_side::service_domain(settings.sxs, caller.assembly, || named.assembly(), explain)?;
    let pool = pool(explain)?;
    let tracking = tracker::service_domain(settings.tracker, || named.tracker().0, || named.tracker().1, explain)?;
    let partition = partition::service_domain(settings.partition, || named.partition(), explain)?;
    let brought = named.brought();
    let flow = flow(settings, brought, caller.transaction, caller.activity, explain)?;
    if compat.strict_misuse && spans_activities(settings, &flow) {
        return Err(DomainError::BroughtTransactionInNewActivity.into());
    }
    let resolution = Resolution {
        flow,
        partition,
        assembly,
        iis: intrinsics::iis(settings.iis, caller.iis, explain),
        comti: intrinsics::comti(settings.comti, caller.comti, explain),
        tracking,
        user_properties: inheritance::user_properties(settings.inheritance, explain),
    };
    Ok((pool, resolution))
}

/// Whether a brought transaction is put into an activity of its own, which lets it span two: worth a
/// diagnostic, and E_INVALIDARG under strict misuse (S-16).
#[inline]
pub const fn spans_activities(settings: &Settings, flow: &Flow) -> bool {
    matches!(flow.transaction, transaction::Transaction::Brought)
        && matches!(settings.synchronization, SynchronizationConfig::New)
}
