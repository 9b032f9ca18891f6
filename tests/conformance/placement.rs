//! Placement by configuration (ACT 3, 4; ACT-B).

use crate::support::components::{
    RAW, REQUIRED, REQUIRES_NEW, SUPPORTED, create, inside, place, place_of, with_components,
};

#[test]
fn act_b03_a_raw_configured_class_lands_with_its_creator() {
    with_components(&[("R", REQUIRED), ("D", RAW)], |_, _| {
        let r = create("R");
        let (own, childs) = inside(&r, || (place(), place_of(&create("D"))));
        assert_eq!(own, childs);
        assert!(own.transaction.is_some());
    });
}

#[test]
fn act_b14_a_root_from_a_default_context_has_a_new_activity_and_transaction() {
    with_components(&[("R", REQUIRED)], |_, _| {
        let r = create("R");
        assert!(r.is_proxy());
        let own = place_of(&r);
        assert!(own.activity.is_some() && own.transaction.is_some());
    });
}

#[test]
fn act_b12_a_supported_child_joins() {
    with_components(&[("R", REQUIRED), ("S", SUPPORTED), ("N", REQUIRES_NEW)], |_, _| {
        let r = create("R");
        let (own, s, n) = inside(&r, || (place(), place_of(&create("S")), place_of(&create("N"))));
        assert_ne!(own.token, s.token);
        assert_eq!((own.activity, own.transaction), (s.activity, s.transaction));
        assert_ne!(own.transaction, n.transaction);
    });
}
