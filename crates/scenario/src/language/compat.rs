//! `compat`: the policy switches, by their names in kebab-case or snake_case.

use super::{
    Reading,
    reader::span_of,
    value::{self, Wrong},
};
use complus_core::{
    ActivityTransaction, ByotAbort, CatalogDefaults, Compat, DeadlockPolicy, FailFast, LifecycleErrors,
};
use complus_diagnostic::{Diagnostic, suggest};
use kdl::{KdlNode, KdlValue};

pub(super) fn read(node: &KdlNode, compat: &mut Compat, reading: &mut Reading<'_>) {
    for entry in node.entries() {
        let span = span_of(entry);
        let Some(name) = entry.name().map(|name| name.value()) else {
            let problem = Diagnostic::new(span, "`compat` takes properties only", "not a property");
            reading.problem(problem.help("write a switch and its value: strict-misuse=#true"));
            continue;
        };
        match set(compat, &name.replace('-', "_"), entry.value()) {
            Some(Ok(())) => {}
            Some(Err((expected, help))) => {
                let mut problem =
                    Diagnostic::new(span, format!("the switch `{name}` must be {expected}"), "this is not");
                problem.help = help;
                reading.problem(problem);
            }
            None => {
                let problem = Diagnostic::new(span, format!("there is no switch `{name}`"), "unknown switch");
                reading.problem(problem.help(suggest::advice(name, Compat::NAMES)));
            }
        }
    }
    if node.children().is_some() {
        let problem = Diagnostic::new(super::reader::name_span(node), "`compat` takes no block", "this one");
        reading.problem(problem);
    }
}

/// Sets one switch, given in words.
///
/// # Errors
/// A text that names the switch, or what it must be.
pub(crate) fn set_in_words(compat: &mut Compat, name: &str, value: &str) -> Result<(), String> {
    let value = match value {
        "true" | "false" => KdlValue::Bool(value == "true"),
        word => KdlValue::String(word.into()),
    };
    match set(compat, &name.replace('-', "_"), &value) {
        Some(Ok(())) => Ok(()),
        Some(Err((expected, help))) => {
            let help = help.map(|help| format!("; {help}")).unwrap_or_default();
            Err(format!("the switch `{name}` must be {expected}{help}"))
        }
        None => Err(format!("there is no switch `{name}`; {}", suggest::advice(name, Compat::NAMES))),
    }
}

/// Sets one switch; `None` if there is none of this name.
fn set(compat: &mut Compat, name: &str, value: &KdlValue) -> Option<Result<(), Wrong>> {
    fn store<T>(place: &mut T, value: Result<T, Wrong>) -> Result<(), Wrong> {
        *place = value?;
        Ok(())
    }
    let flag = |place: &mut bool| store(place, value::flag(value));
    Some(match name {
        "defaults" => {
            let all = [("Ws2003", CatalogDefaults::Ws2003), ("W2k", CatalogDefaults::W2k)];
            store(&mut compat.defaults, value::word(value, &all))
        }
        "sync_required_shares" => flag(&mut compat.sync_required_shares),
        "security_shares_within_application" => flag(&mut compat.security_shares_within_application),
        "tracking_needs_context" => flag(&mut compat.tracking_needs_context),
        "eager_begin" => flag(&mut compat.eager_begin),
        "activity_transaction" => {
            let all = [("PerCall", ActivityTransaction::PerCall), ("UntilDone", ActivityTransaction::UntilDone)];
            store(&mut compat.activity_transaction, value::word(value, &all))
        }
        "byot_abort" => {
            let all = [("Veto", ByotAbort::Veto), ("Immediate", ByotAbort::Immediate)];
            store(&mut compat.byot_abort, value::word(value, &all))
        }
        "lifecycle_errors" => {
            let all = [("Mapped", LifecycleErrors::Mapped), ("Raw", LifecycleErrors::Raw)];
            store(&mut compat.lifecycle_errors, value::word(value, &all))
        }
        "deadlock" => {
            let all = [("FailWouldDeadlock", DeadlockPolicy::FailWouldDeadlock), ("Hang", DeadlockPolicy::Hang)];
            store(&mut compat.deadlock, value::word(value, &all))
        }
        "failfast" => {
            // AbortProcess would end the program that runs the scenario.
            let all = [("KillInstance", FailFast::KillInstance), ("Contain", FailFast::Contain)];
            store(&mut compat.failfast, value::word(value, &all))
        }
        "atomic_saves" => flag(&mut compat.atomic_saves),
        "strict_misuse" => flag(&mut compat.strict_misuse),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_of_the_core_is_known() {
        for name in Compat::NAMES {
            assert!(set(&mut Compat::default(), name, &KdlValue::Bool(true)).is_some(), "{name}");
        }
    }
}
