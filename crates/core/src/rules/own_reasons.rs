//! Why a component needs a context of its own (ACT 3.2, OWN_REASONS).
//!
//! Each service that watches the border of a context, or keeps something there for one object alone, is a reason.
//! Without any the component shares its creator's context.

use super::{
    placement::{Component, Origin},
    security, synchronization, transaction,
};
use crate::{
    Compat,
    explain::{Explain, Reason},
};
use alloc::{format, string::String};
use core::fmt;

/// Why a component needs a context of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnReason {
    /// JIT activation: a done flag of its own.
    Jit,
    /// The Transaction attribute: a consistent flag of its own.
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

    /// What the component needs for this reason.
    const fn needs(self) -> &'static str {
        match self {
            Self::Jit => "needs a done flag of its own",
            Self::Transaction => "needs a consistent flag of its own",
            Self::Synchronization => "its activity is not its creator's",
            Self::Statistics => "its calls are counted and timed at a border",
            Self::Security => "its calls are checked at a border",
            Self::Partition => "what it creates starts from its own partition",
            Self::Threading => "no context spans two apartments",
            Self::Process => "no context spans two processes",
        }
    }

    /// Its row, and the page or article that it rests on.
    const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Jit => ("ACT 3.2: Jit", "setting-the-done-bit"),
            Self::Transaction => ("ACT 3.2: Tx", "context-activation"),
            Self::Synchronization => ("ACT 3.2: Sync", "KB 261096"),
            Self::Statistics => ("ACT 3.2: Stats", "KB 261096"),
            Self::Security => ("ACT 3.2: Security", "security-context-property"),
            Self::Partition => ("ACT 3.2: Partition", "locating-partitions-during-activation"),
            Self::Threading => ("ACT 3.2: Threading", "threading-model-attribute"),
            Self::Process => ("ACT 3.2: Process", "MS-COM 1.3.1.1"),
        }
    }

    /// What was looked at.
    fn inputs(self, component: &Component, origin: &Origin, compat: &Compat) -> String {
        match self {
            Self::Jit => "JustInTimeActivation is on".into(),
            Self::Transaction => format!("{}", component.transaction),
            Self::Synchronization => format!(
                "{}, creator {} an activity, sync_required_shares {}",
                component.synchronization,
                if origin.activity { "in" } else { "outside" },
                compat.sync_required_shares
            ),
            Self::Statistics => "EventsEnabled of the application and EventTrackingEnabled are on".into(),
            Self::Security => "ApplicationAccessChecksEnabled is on, AccessChecksLevel is 1".into(),
            Self::Partition => "the creator's context is of another partition, and no default context".into(),
            Self::Threading => "its apartment is not the creator's".into(),
            Self::Process => "its application runs in another process than the creator".into(),
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
        if self.is_empty() {
            return f.write_str("none");
        }
        self.iter().enumerate().try_for_each(|(index, reason)| {
            let gap = if index > 0 { " " } else { "" };
            write!(f, "{gap}{}", reason.name())
        })
    }
}

impl fmt::Debug for OwnReasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnReasons({self})")
    }
}

/// The reasons of `component` for a context of its own, when it is created from `origin`.
///
/// The switches `sync_required_shares`, `tracking_needs_context` and `security_shares_within_application` each decide
/// about one of them.
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
        .with(OwnReason::Partition, !origin.same_partition && !origin.default_context)
        .with(OwnReason::Threading, !origin.same_apartment)
        .with(OwnReason::Process, !origin.same_process)
}

/// Tells each of `reasons`, with what it comes from.
pub(super) fn tell(
    reasons: OwnReasons,
    component: &Component,
    origin: &Origin,
    compat: &Compat,
    explain: &mut impl Explain,
) {
    for reason in reasons.iter() {
        let (rule, source) = reason.place();
        explain.because(|| Reason {
            rule,
            inputs: reason.inputs(component, origin, compat),
            verdict: reason.needs().into(),
            source,
        });
    }
}
