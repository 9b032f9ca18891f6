//! Creators of components.

use complus_core::{
    Compat,
    attribute::IsolationLevel,
    rules::{placement::Origin, security::Switches},
};

/// In a context of its own without properties.
pub(crate) const OWN: Origin = Origin { default_context: false, ..Origin::DEFAULT_CONTEXT };
/// In an activity.
const ACTIVITY: Origin = Origin { activity: true, ..OWN };
/// In an activity and a transaction.
pub(crate) const BOTH: Origin = Origin { transaction: Some(IsolationLevel::Serializable), ..ACTIVITY };
/// In a transaction and no activity, which cannot be.
const SYNTHETIC: Origin = Origin { activity: false, ..BOTH };
/// Of a component whose calls may be checked.
pub(crate) const LEVEL_1: Switches =
    Switches { application_checks: true, component_level: true, component_checks: false };

/// The creators of ACT 4.3, and those that matter to one reason alone.
pub(crate) fn origins(word: &str) -> Vec<Origin> {
    match word {
        "none" => vec![Origin::DEFAULT_CONTEXT, OWN],
        "default_context" => vec![Origin::DEFAULT_CONTEXT],
        "own_context" => vec![OWN],
        "activity" => vec![ACTIVITY],
        "transaction_and_activity" => vec![BOTH],
        "transaction" => vec![SYNTHETIC],
        "any" => vec![Origin::DEFAULT_CONTEXT, OWN, ACTIVITY, BOTH, SYNTHETIC],
        "not_default" => vec![OWN, ACTIVITY, BOTH, SYNTHETIC],
        "default" => vec![Origin::DEFAULT_CONTEXT],
        "same_security" => vec![Origin { same_security: true, ..OWN }],
        "other_partition" => vec![Origin { same_partition: false, ..OWN }],
        "default_context_of_other_partition" => vec![Origin { same_partition: false, ..Origin::DEFAULT_CONTEXT }],
        "other_apartment" => vec![Origin { same_apartment: false, ..OWN }],
        "other_process" => vec![Origin { same_process: false, ..OWN }],
        "other_everything" => {
            vec![Origin { same_partition: false, same_apartment: false, same_process: false, ..OWN }]
        }
        _ => panic!("{word} is no creator"),
    }
}

/// The default switches, with the one that `name` names turned over.
pub(crate) fn switched(name: &str) -> Compat {
    let mut compat = Compat::default();
    match name {
        "" => {}
        "sync_required_shares" => compat.sync_required_shares = false,
        "tracking_needs_context" => compat.tracking_needs_context = false,
        "security_shares_within_application" => compat.security_shares_within_application = true,
        _ => panic!("{name} is no switch of placement"),
    }
    compat
}
