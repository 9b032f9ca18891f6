//! Which transaction a component works in: its attribute, its creator (TXN 3; TXN-A).

use crate::support::components::{
    Here, Kept, RAW, REQUIRED, REQUIRES_NEW, Row, SUPPORTED, act, clsid, create, inside, own_transaction, place,
    place_of, try_create, with_components,
};
use crate::support::*;
use complus::{
    attribute::{SynchronizationAttribute, TransactionAttribute},
    catalog::{Creator, Found, Value},
    context::StreamState,
    hresult::{CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT, COMADMIN_E_OBJECTERRORS},
};

const NOT_SUPPORTED: &str = "transaction = \"none\"";
const CLASSES: [Row<'_>; 6] =
    [("R", REQUIRED), ("I", REQUIRED), ("S", SUPPORTED), ("N", NOT_SUPPORTED), ("D", RAW), ("RN", REQUIRES_NEW)];

/// Whether code there is in a transaction, by what its object context says.
fn is_in_transaction(object: &complus::Reference) -> bool {
    inside(object, || here().is_in_transaction().unwrap())
}

#[test]
fn txn_a1_a_root_works_in_a_transaction_of_its_own() {
    with_components(&CLASSES, |_, _| {
        let client = place();
        let (first, second) = (create("R"), create("R"));
        assert!(is_in_transaction(&first));
        let (first, second) = (place_of(&first), place_of(&second));
        assert!(first.transaction.is_some() && second.transaction.is_some());
        assert_ne!(first.transaction, second.transaction);
        assert_eq!(client.transaction, None);
    });
}

#[test]
fn txn_a2_a_supported_component_without_transaction_has_its_own_context_and_goes_when_it_is_done() {
    with_components(&CLASSES, |_, probes| {
        let s = create("S");
        assert!(!is_in_transaction(&s));
        let own = place_of(&s);
        assert_eq!(own.transaction, None);
        assert!(own.activity.is_some());
        assert_ne!(own.token, place().token);
        inside(&s, || act("set_complete"));
        assert_eq!(probes.told(), ["create 1", "activate 1", "deactivate 1", "destroy 1"]);
    });
}

#[test]
fn txn_a3_not_supported_and_disabled_components_have_no_transaction() {
    with_components(&CLASSES, |_, _| {
        let (n, d) = (create("N"), create("D"));
        assert!(!is_in_transaction(&n));
        assert_eq!((place_of(&n).transaction, place_of(&d).transaction), (None, None));
        assert_eq!(place_of(&d).token, place().token);
    });
}

#[test]
fn txn_a4_children_join_in_contexts_of_their_own() {
    with_components(&CLASSES, |_, _| {
        let [root, s, i] = inside(&create("R"), || [place(), place_of(&create("S")), place_of(&create("I"))]);
        assert!(root.transaction.is_some() && root.activity.is_some());
        for child in [s, i] {
            assert_eq!((child.transaction, child.activity), (root.transaction, root.activity));
        }
        assert!(root.token != s.token && root.token != i.token && s.token != i.token);
    });
}

#[test]
fn txn_a5_a_not_supported_child_is_outside() {
    with_components(&CLASSES, |_, _| {
        let (root, n, inside_n) = inside(&create("R"), || {
            let n = create("N");
            (place(), place_of(&n), is_in_transaction(&n))
        });
        assert_eq!((n.transaction, inside_n), (None, false));
        assert_ne!(root.token, n.token);
    });
}

#[test]
fn txn_a6_a_disabled_child_shares_context_and_flags() {
    with_components(&CLASSES, |_, _| {
        let r = create("R");
        let transaction = inside(&r, || {
            let d = create("D");
            assert_eq!(place_of(&d), place());
            assert!(is_in_transaction(&d));
            inside(&d, || act("set_abort"));
            own_transaction()
        });
        assert_eq!(transaction.state(), StreamState::Aborted, "a SetAbort in D is R's");
    });
}

#[test]
fn txn_a8_a_new_transactions_abort_does_not_touch_its_creators() {
    with_components(&CLASSES, |_, _| {
        let (r, second) = (create("R"), Kept::new());
        let seen = second.clone();
        let first = inside(&r, move || {
            let rn = create("RN");
            seen.put(inside(&rn, || {
                act("set_abort");
                own_transaction()
            }));
            act("set_complete");
            own_transaction()
        });
        assert_ne!(first.id(), second.get().id());
        assert_eq!(first.state(), StreamState::Committed);
        assert_eq!(second.take().state(), StreamState::Aborted);
    });
}

#[test]
fn txn_a9_the_documented_map_of_seven_objects() {
    with_components(&CLASSES, |_, _| {
        let o1 = create("R");
        let [o1, o2, o3, o5, o4, o6, o7] = inside(&o1, || {
            let o2 = create("S");
            let own = place();
            let rest: [Here; 6] = inside(&o2, || {
                let (o3, o4) = (create("N"), create("I"));
                let (third, fifth) = inside(&o3, || (place(), place_of(&create("S"))));
                let (fourth, sixth, seventh) = inside(&o4, || {
                    let o6 = create("RN");
                    let (sixth, seventh) = inside(&o6, || (place(), place_of(&create("S"))));
                    (place(), sixth, seventh)
                });
                [place(), third, fifth, fourth, sixth, seventh]
            });
            let [o2, o3, o5, o4, o6, o7] = rest;
            [own, o2, o3, o5, o4, o6, o7]
        });
        let t1 = o1.transaction;
        assert!(t1.is_some());
        assert_eq!([o2, o4].map(|it| it.transaction), [t1; 2]);
        assert_eq!([o3, o5].map(|it| it.transaction), [None; 2]);
        assert_eq!(o6.transaction, o7.transaction);
        assert!(o6.transaction.is_some() && o6.transaction != t1);
        let mut tokens = [o1, o2, o3, o4, o5, o6, o7].map(|it| it.token);
        tokens.sort_unstable();
        assert!(tokens.windows(2).all(|two| two[0] != two[1]), "each has its own context");
    });
}

#[test]
fn txn_a12_a_transaction_pulls_synchronization_and_just_in_time_activation_up() {
    with_components(&[("Saved", REQUIRED), ("Default", NOT_SUPPORTED)], |world, _| {
        let catalog = world.runtime.catalog();
        let application = Value::Guid(uuid::Uuid::from_u128(0xa));
        let save = |name: &str, property: &str, value: i32| {
            let mut components =
                catalog.administer().collection_by_query("Components", std::slice::from_ref(&application)).unwrap();
            components.populate().unwrap();
            components.find_mut(&Value::Guid(clsid(name))).unwrap().put(property, value).unwrap();
            components.save_changes().result
        };
        let row = |name: &str| {
            let snapshot = catalog.snapshot();
            match snapshot.locate(clsid(name), &Creator::default(), &mut ()) {
                Ok(Found::Configured { class, .. }) => {
                    (class.transaction(), class.synchronization(), class.component.just_in_time)
                }
                _ => panic!("{name} is configured"),
            }
        };
        let required = (TransactionAttribute::Required, SynchronizationAttribute::Required, true);
        assert_eq!(code(save("Saved", "Synchronization", 1)), COMADMIN_E_OBJECTERRORS);
        assert_eq!(row("Saved"), required, "nothing has changed");
        let before = row("Default");
        assert_eq!((before.0, before.2), (TransactionAttribute::NotSupported, false));
        save("Default", "Transaction", 3).unwrap();
        assert_eq!(row("Default"), required);
        assert!(is_in_transaction(&create("Default")));
    });
}

#[test]
fn txn_a13_a_class_that_must_run_in_its_callers_context_cannot_have_a_transaction() {
    let must = "transaction = \"required\"\nmust_run_in_client_context = true";
    with_components(&[("M", must), ("R", REQUIRED)], |_, probes| {
        assert_eq!(code(try_create("M")), CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT);
        inside(&create("R"), || {
            assert_eq!(code(try_create("M")), CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT);
        });
        assert!(probes.told().iter().all(|it| it.ends_with('1')), "no instance was made but R's");
    });
}
