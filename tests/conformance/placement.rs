//! Placement by configuration (ACT 3, 4; ACT-B): the creator's context or one of its own, and what that is in.

use crate::{
    hooks::{self, Hooks},
    support::{code, components::*, enter, here, own_activity},
};
use complus::{
    Compat,
    attribute::{ApartmentType, ThreadingModel},
    hresult::*,
    prelude::*,
};

/// Synchronization Required and nothing else.
pub(crate) const SYNCHRONIZED: &str = "transaction = \"disabled\"\nsynchronization = \"required\"";
/// An application whose components are tracked.
const TRACKED: &str = "access_checks_level = \"application\"\nevents_enabled = true";
/// What keeps a component of such an application from being tracked.
const UNTRACKED: &str = "event_tracking_enabled = false";

/// Whether this code runs in a context with COM+ interfaces.
fn has_context() -> bool {
    ObjectContext::current().is_ok()
}

#[test]
fn act_b01_an_unconfigured_class_shares_its_creators_context_with_all_it_has() {
    with_components(&[("X", REQUIRED)], |world, _| {
        hooks::register(world, "U", ThreadingModel::Both, &Hooks::default());
        let (own, is_proxy, u) = inside(&create("X"), || {
            let u = create("U");
            (place(), u.is_proxy(), inside(&u, || (place(), here().is_in_transaction())))
        });
        assert_eq!((is_proxy, u), (false, (own, Ok(true))));
        assert!(own.transaction.is_some() && own.activity.is_some());
    });
}

#[test]
fn act_b02_an_unconfigured_class_for_an_sta_leaves_its_creators_context() {
    with_components(&[("X", REQUIRED)], |world, _| {
        hooks::register(world, "U", ThreadingModel::Apartment, &Hooks::default());
        let (own, is_proxy, u) = inside(&create("X"), || {
            let u = create("U");
            let there = inside(&u, || {
                (place(), complus::apartment_type().unwrap().0, code(ObjectContext::current()), has_context())
            });
            (place(), u.is_proxy(), there)
        });
        assert!(is_proxy);
        assert_ne!(u.0.token, own.token);
        // The host STA is the first one of the process, and with that the main one.
        assert_eq!((u.1, u.2, u.3), (ApartmentType::MainSta, CONTEXT_E_NOCONTEXT, false));
    });
}

#[test]
fn act_b03_a_raw_configured_class_lands_with_its_creator() {
    with_components(&[("X", REQUIRED), ("D", RAW)], |_, _| {
        let (own, is_proxy, child) = inside(&create("X"), || {
            let d = create("D");
            (place(), d.is_proxy(), place_of(&d))
        });
        assert_eq!((is_proxy, child), (false, own));
        assert!(own.transaction.is_some() && own.activity.is_some());
    });
}

#[test]
fn act_b04_a_tracked_class_has_a_context_of_its_own_and_nothing_in_it() {
    let required = format!("{REQUIRED}\n{UNTRACKED}");
    with_application(TRACKED, &[("X", &required), ("D", RAW)], |_, _| {
        let (own, is_proxy, child, thread) = inside(&create("X"), || {
            let d = create("D");
            let thread = std::thread::current().id();
            (place(), d.is_proxy(), place_of(&d), inside(&d, move || std::thread::current().id() == thread))
        });
        assert!(is_proxy && thread, "a lightweight proxy");
        assert_ne!(child.token, own.token);
        assert_eq!((child.activity, child.transaction), (None, None));
    });
}

#[test]
fn act_b06_a_synchronized_class_shares_a_synchronized_context_since_1_5() {
    let classes = [("X", SYNCHRONIZED), ("S", SYNCHRONIZED)];
    let pair = || inside(&create("X"), || (place(), place_of(&create("S"))));
    with_components(&classes, |_, _| {
        let (own, child) = pair();
        assert_eq!(own, child);
        assert!(own.activity.is_some());
    });
    let before = Compat { sync_required_shares: false, ..Compat::default() };
    with_switches(before, QUIET, &classes, |_, _| {
        let (own, child) = pair();
        assert_ne!(own.token, child.token);
        assert_eq!(own.activity, child.activity);
    });
}

#[test]
fn act_b07_a_synchronized_class_from_a_default_context_gets_an_activity() {
    with_components(&[("S", SYNCHRONIZED)], |_, _| {
        let (one, other) = (create("S"), create("S"));
        let (first, second) = (place_of(&one), place_of(&other));
        assert!(one.is_proxy() && first.activity.is_some());
        assert_ne!(first.token, place().token);
        assert!(first.token != second.token && first.activity != second.activity, "a fresh one each time");
        assert_eq!(place_of(&one), first, "and it stays");
    });
}

#[test]
fn act_b09_synchronization_not_supported_is_in_no_activity() {
    let none = "transaction = \"disabled\"\nsynchronization = \"not_supported\"";
    with_components(&[("X", SYNCHRONIZED), ("N", none)], |_, _| {
        let (own, child) = inside(&create("X"), || (place(), place_of(&create("N"))));
        assert_ne!(own.token, child.token);
        assert_eq!(child.activity, None);
    });
}

#[test]
fn act_b10_synchronization_requires_new_is_in_another_activity() {
    let new = "transaction = \"disabled\"\nsynchronization = \"requires_new\"";
    with_components(&[("X", SYNCHRONIZED), ("N", new)], |_, _| {
        let (own, child) = inside(&create("X"), || (place(), place_of(&create("N"))));
        assert_ne!(own.token, child.token);
        assert!(own.activity.is_some() && child.activity.is_some() && own.activity != child.activity);
    });
}

/// The flags of the context that this code runs in: consistent, done.
fn flags() -> (TransactionVote, bool) {
    let state = here().state();
    (state.my_transaction_vote().unwrap(), state.deactivate_on_return().unwrap())
}

#[test]
fn act_b12_a_supported_child_joins_and_has_flags_of_its_own() {
    with_components(&[("X", REQUIRED), ("S", SUPPORTED)], |_, _| {
        let ((own, s), flags, root) = inside(&create("X"), || {
            here().disable_commit().unwrap();
            let s = create("S");
            // An interior object is done, and the transaction goes on: it was not the root.
            let before = place_of(&s);
            let flags = inside(&s, flags);
            inside(&s, || here().set_complete().unwrap());
            ((place(), before), flags, place_of(&s).transaction != before.transaction)
        });
        assert_ne!(own.token, s.token);
        assert_eq!((own.activity, own.transaction), (s.activity, s.transaction));
        assert!(s.activity.is_some() && s.transaction.is_some());
        assert_eq!((flags, root), ((TransactionVote::Commit, false), false));
    });
}

#[test]
fn act_b13_a_supported_child_of_nobodys_transaction_has_none() {
    with_components(&[("X", SYNCHRONIZED), ("S", SUPPORTED)], |_, _| {
        let (own, s) = inside(&create("X"), || (place(), place_of(&create("S"))));
        assert_ne!(own.token, s.token);
        assert_eq!((s.activity, s.transaction), (own.activity, None));
        assert!(own.activity.is_some());
    });
}

#[test]
fn act_b14_a_root_from_a_default_context_has_a_new_activity_and_transaction() {
    with_components(&[("R", REQUIRED)], |_, _| {
        let (r, other) = (create("R"), create("R"));
        let (own, others) = (place_of(&r), place_of(&other));
        assert!(r.is_proxy() && own.token != place().token);
        assert!(own.activity.is_some() && own.transaction.is_some());
        assert!(own.activity != others.activity && own.transaction != others.transaction);
        // It is the root: when it is done its transaction is over, and the next call begins another one.
        inside(&r, || here().set_complete().unwrap());
        let next = place_of(&r);
        assert_eq!((next.token, next.activity), (own.token, own.activity));
        assert!(next.transaction.is_some() && next.transaction != own.transaction);
    });
}

#[test]
fn act_b16_a_child_that_requires_new_of_both_shares_neither() {
    let new = "transaction = \"requires_new\"\nsynchronization = \"requires_new\"\njust_in_time_activation = true";
    with_components(&[("X", REQUIRED), ("N", new)], |_, _| {
        let (own, child) = inside(&create("X"), || (place(), place_of(&create("N"))));
        assert_ne!(own.token, child.token);
        assert!(child.activity.is_some() && child.activity != own.activity);
        assert!(child.transaction.is_some() && child.transaction != own.transaction);
    });
}

#[test]
fn act_b18_a_component_as_it_is_installed_always_has_a_context_of_its_own() {
    with_application("", &[("I", ""), ("X", REQUIRED), ("S", SYNCHRONIZED)], |world, _| {
        hooks::register(world, "U", ThreadingModel::Both, &Hooks::default());
        let make = || {
            let installed = create("I");
            (installed.is_proxy(), place().token, place_of(&installed))
        };
        let domain = enter(&own_activity());
        let from_domain = make();
        domain.leave().unwrap();
        let from_unconfigured = inside(&create("U"), make);
        for (is_proxy, creator, child) in
            [make(), from_domain, from_unconfigured, inside(&create("X"), make), inside(&create("S"), make)]
        {
            assert!(is_proxy && child.token != creator);
            assert_eq!((child.activity, child.transaction), (None, None));
        }
    });
}

/// ACT 7.7, SEC A.10.
#[test]
fn a_class_that_insists_on_synchronization_is_refused_without_it() {
    let insists = |value: &str| {
        format!("transaction = \"disabled\"\nsynchronization = \"{value}\"\nrequires = [\"synchronization\"]")
    };
    let all = ["disabled", "not_supported", "supported", "required", "requires_new"].map(|it| (it, insists(it)));
    let classes = all.each_ref().map(|(name, properties)| (*name, properties.as_str()));
    with_components(&classes, |_, probes| {
        for refused in ["disabled", "not_supported"] {
            assert_eq!(code(try_create(refused)), CO_E_NOSYNCHRONIZATION, "{refused}");
        }
        assert!(probes.told().is_empty());
        for allowed in ["supported", "required", "requires_new"] {
            create(allowed);
        }
    });
}
