//! Where a component is activated: in its creator's context, in a context of its own, or in a default context
//! (ACT 3.2, 4.3 to 4.6).
//!
//! The decision composes the rules of the single properties. Each of them may give a *reason* for a context of the
//! component's own; without any, the component shares its creator's.

use super::{
    security::{self, Switches},
    synchronization::{self, Activity},
    transaction::{self, Transaction},
};
use crate::{
    Compat,
    attribute::{SynchronizationAttribute, TransactionAttribute},
    error::ActivationError,
    explain::{Explain, Reason},
};
use alloc::{format, string::String};
use core::fmt;

/// What the catalog says of a component, as far as placement asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// The Transaction attribute.
    pub transaction: TransactionAttribute,
    /// The Synchronization attribute.
    pub synchronization: SynchronizationAttribute,
    /// JustInTimeActivation.
    pub just_in_time: bool,
    /// EventTrackingEnabled, and EventsEnabled of its application.
    pub tracked: bool,
    /// The switches of role checks.
    pub security: Switches,
    /// MustRunInClientContext.
    pub must_run_in_client_context: bool,
    /// MustRunInDefaultContext.
    pub must_run_in_default_context: bool,
}

/// The creator's context, and how the component's class relates to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// It is in an activity.
    pub activity: bool,
    /// It is in a transaction, or between two of its stream.
    pub transaction: bool,
    /// It carries the security property of the component's own application.
    pub same_security: bool,
    /// It is of the component's partition, or a default context.
    pub same_partition: bool,
    /// The component's apartment is the creator's.
    pub same_apartment: bool,
    /// The component runs in the creator's process.
    pub same_process: bool,
}

/// Why a component needs a context of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnReason {
    /// JIT activation: a done flag of its own.
    Jit,
    /// The Transaction attribute.
    Transaction,
    /// The Synchronization attribute.
    Synchronization,
    /// Its calls are counted and timed at the border.
    Statistics,
    /// Its calls are checked at the border.
    Security,
    /// It is of another partition.
    Partition,
    /// It lives in another apartment.
    Threading,
    /// It lives in another process.
    Process,
}

impl OwnReason {
    /// Every reason, in the order in which they are looked for.
    pub const ALL: [Self; 8] = [
        Self::Jit,
        Self::Transaction,
        Self::Synchronization,
        Self::Statistics,
        Self::Security,
        Self::Partition,
        Self::Threading,
        Self::Process,
    ];

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Its name, as tables and explanations write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jit => "Jit",
            Self::Transaction => "Tx",
            Self::Synchronization => "Sync",
            Self::Statistics => "Stats",
            Self::Security => "Security",
            Self::Partition => "Partition",
            Self::Threading => "Threading",
            Self::Process => "Process",
        }
    }
}

/// A set of reasons.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnReasons(u8);

impl OwnReasons {
    /// Whether there is none: the component shares its creator's context.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this is one of them.
    #[inline]
    pub const fn contains(self, reason: OwnReason) -> bool {
        self.0 & reason.bit() != 0
    }

    /// The reasons, in their order.
    pub fn iter(self) -> impl Iterator<Item = OwnReason> {
        OwnReason::ALL.into_iter().filter(move |reason| self.contains(*reason))
    }

    const fn with(self, reason: OwnReason, condition: bool) -> Self {
        if condition { Self(self.0 | reason.bit()) } else { self }
    }
}

impl fmt::Display for OwnReasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.iter().enumerate().try_for_each(|(index, reason)| {
            let gap = if index > 0 { " " } else { "" };
            write!(f, "{gap}{}", reason.name())
        });
        if self.is_empty() { f.write_str("none") } else { names }
    }
}

impl fmt::Debug for OwnReasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnReasons({self})")
    }
}

/// Where the component is activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// In its creator's context, whose properties it sees.
    CreatorsContext,
    /// In a new context, for these reasons.
    OwnContext {
        /// Why.
        reasons: OwnReasons,
        /// Its activity.
        activity: Activity,
        /// Its transaction; `New` makes it the root of a stream.
        transaction: Transaction,
    },
    /// In the default context of its apartment; all its services are off.
    DefaultContext,
}

/// The reasons for a context of the component's own (ACT 3.2).
#[inline]
pub const fn own_reasons(component: &Component, origin: &Origin, compat: &Compat) -> OwnReasons {
    let shares_activity =
        synchronization::component_may_share(component.synchronization, origin.activity, compat.sync_required_shares);
    let checked = security::has_property(component.security)
        && !(compat.security_shares_within_application && origin.same_security);
    OwnReasons(0)
        .with(OwnReason::Jit, component.just_in_time)
        .with(OwnReason::Transaction, transaction::component_needs_own_context(component.transaction))
        .with(OwnReason::Synchronization, !shares_activity)
        .with(OwnReason::Statistics, component.tracked && compat.tracking_needs_context)
        .with(OwnReason::Security, checked)
        .with(OwnReason::Partition, !origin.same_partition)
        .with(OwnReason::Threading, !origin.same_apartment)
        .with(OwnReason::Process, !origin.same_process)
}

/// Where a configured component is activated (ACT 3.2, 4.3, 4.5). That the catalog's row is coherent was checked before.
///
/// # Errors
/// CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT when it must run in its creator's context and cannot.
#[inline]
pub fn component(
    component: &Component,
    origin: &Origin,
    compat: &Compat,
    explain: &mut impl Explain,
) -> Result<Placement, ActivationError> {
    if component.must_run_in_default_context {
        explain.because(|| Reason {
            rule: "ACT 4.5: must run in the default context",
            inputs: String::from("its services are off while the flag is set"),
            verdict: String::from("the default context of its apartment"),
            source: "enforcing-activation-in-the-default-context",
        });
        return Ok(Placement::DefaultContext);
    }
    let reasons = own_reasons(component, origin, compat);
    let shares = reasons.is_empty();
    explain.because(|| Reason {
        rule: "ACT 3.2",
        inputs: format!(
            "{}, {}, JIT {}, tracked {}, security property {}, creator's partition {}, apartment {}, process {}",
            component.transaction,
            component.synchronization,
            component.just_in_time,
            component.tracked,
            security::has_property(component.security),
            if origin.same_partition { "the same" } else { "another" },
            if origin.same_apartment { "the same" } else { "another" },
            if origin.same_process { "the same" } else { "another" },
        ),
        verdict: format!("reasons for an own context: {reasons}"),
        source: "context-activation",
    });
    if shares {
        return Ok(Placement::CreatorsContext);
    }
    if component.must_run_in_client_context {
        explain.because(|| Reason {
            rule: "ACT 4.5: must run in the creator's context",
            inputs: format!("reasons for an own context: {reasons}"),
            verdict: format!("{}", ActivationError::OutsideClientContext.hresult()),
            source: "enforcing-activation-in-the-caller-s-context",
        });
        return Err(ActivationError::OutsideClientContext);
    }
    let transaction = transaction::component(component.transaction, origin.transaction, true, explain);
    let activity = synchronization::component(component.synchronization, origin.activity, true, explain);
    Ok(Placement::OwnContext { reasons, activity, transaction })
}

/// Where a class without catalog entry is activated: with its creator if their apartments agree (ACT 4.6).
#[inline]
pub fn unconfigured(same_apartment: bool, explain: &mut impl Explain) -> Placement {
    let placement = if same_apartment { Placement::CreatorsContext } else { Placement::DefaultContext };
    explain.because(|| Reason {
        rule: "ACT 4.6",
        inputs: format!("apartment {}", if same_apartment { "the creator's" } else { "another" }),
        verdict: format!("{placement:?}"),
        source: "context-activation",
    });
    placement
}
