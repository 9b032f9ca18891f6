//! Activity: SWC 5.1 and 5.2 for service domains, ACT 4.2 for components.

use super::transaction::Transaction;
use crate::{
    attribute::{SynchronizationAttribute, SynchronizationConfig},
    explain::{Explain, Reason},
};
use alloc::format;

/// The activity a new context gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// None.
    None,
    /// The caller's.
    Callers,
    /// A new one.
    New,
}

/// Whether the transaction changed the setting (SWC 4.6, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// As configured.
    None,
    /// Raised to new-if-necessary, because a transaction results (`^` in SWC 5.2).
    Raised,
    /// Limited to new-if-necessary, because the caller's transaction is joined (`v` in SWC 5.2).
    Limited,
}

/// The setting that applies once the transaction is known: the raise table of SYN 3.3 (S-15, S-16).
#[inline]
pub const fn effective(
    setting: SynchronizationConfig,
    transaction: Transaction,
) -> (SynchronizationConfig, Adjustment) {
    use SynchronizationConfig as Setting;
    match (setting, transaction) {
        (Setting::NoSynchronization | Setting::IfContainerIsSynchronized, Transaction::None) => {
            (setting, Adjustment::None)
        }
        (Setting::NoSynchronization | Setting::IfContainerIsSynchronized, _) => {
            (Setting::NewIfNecessary, Adjustment::Raised)
        }
        (Setting::New, Transaction::Callers) => (Setting::NewIfNecessary, Adjustment::Limited),
        _ => (setting, Adjustment::None),
    }
}

/// The activity of a service domain that gets `transaction` (SWC 5.1, 5.2).
#[inline]
pub fn service_domain(
    setting: SynchronizationConfig,
    transaction: Transaction,
    caller: bool,
    explain: &mut impl Explain,
) -> (Activity, Adjustment) {
    use SynchronizationConfig as Setting;
    let (applied, adjustment) = effective(setting, transaction);
    let activity = match (applied, caller) {
        (Setting::NoSynchronization, _) | (Setting::IfContainerIsSynchronized, false) => Activity::None,
        (Setting::IfContainerIsSynchronized | Setting::NewIfNecessary, true) => Activity::Callers,
        (Setting::NewIfNecessary, false) | (Setting::New, _) => Activity::New,
    };
    explain.because(|| Reason {
        rule: match adjustment {
            Adjustment::None => "SWC 5.1",
            Adjustment::Raised => "SWC 5.2 ^: a context with a transaction has an activity (S-15)",
            Adjustment::Limited => "SWC 5.2 v: an automatic transaction stays in one activity (S-16)",
        },
        inputs: format!(
            "setting {setting}, transaction {transaction:?}, caller {} an activity",
            if caller { "in" } else { "outside" }
        ),
        verdict: match activity {
            Activity::None => "no activity".into(),
            Activity::Callers => "the caller's activity".into(),
            Activity::New => "a new activity".into(),
        },
        source: "ne-comsvcs-csc_synchronizationconfig",
    });
    (activity, adjustment)
}

/// Whether a component may share its creator's context as far as synchronization goes (ACT 4.2);
/// `required_shares` is [`Compat::sync_required_shares`](crate::Compat::sync_required_shares).
#[inline]
pub const fn component_may_share(attribute: SynchronizationAttribute, creator: bool, required_shares: bool) -> bool {
    match attribute {
        SynchronizationAttribute::Disabled | SynchronizationAttribute::Supported => true,
        SynchronizationAttribute::NotSupported | SynchronizationAttribute::RequiresNew => false,
        SynchronizationAttribute::Required => creator && required_shares,
    }
}

/// The activity of a component, in a context of its own (`own`) or in its creator's (ACT 4.2).
#[inline]
pub fn component(
    attribute: SynchronizationAttribute,
    creator: bool,
    own: bool,
    explain: &mut impl Explain,
) -> Activity {
    use SynchronizationAttribute as Attribute;
    let activity = match (attribute, creator) {
        (Attribute::Disabled, true) if !own => Activity::Callers,
        (Attribute::Disabled | Attribute::NotSupported, _) | (Attribute::Supported, false) => Activity::None,
        (Attribute::Supported | Attribute::Required, true) => Activity::Callers,
        (Attribute::Required, false) | (Attribute::RequiresNew, _) => Activity::New,
    };
    explain.because(|| Reason {
        rule: "ACT 4.2",
        inputs: format!("{attribute}, creator {} an activity", if creator { "in" } else { "outside" }),
        verdict: match activity {
            Activity::None => "no activity".into(),
            Activity::Callers => "the creator's activity".into(),
            Activity::New => "a new activity".into(),
        },
        source: "synchronization-attribute-values",
    });
    activity
}
