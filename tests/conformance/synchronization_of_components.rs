//! The Synchronization attribute on a whole machine (SYN 3.2, SYN-A).

use crate::{
    placement::SYNCHRONIZED,
    support::{components::*, enter, own_activity},
};
use complus::prelude::*;

/// A component with this value of the attribute and nothing else.
fn component(value: &str) -> String {
    format!("transaction = \"disabled\"\nsynchronization = \"{value}\"")
}

#[test]
fn syn_a1_required_gives_a_base_client_an_activity() {
    with_components(&[("R", SYNCHRONIZED)], |_, _| {
        let (o, other) = (create("R"), create("R"));
        let (first, second) = (place_of(&o).activity, place_of(&other).activity);
        assert!(first.is_some() && second.is_some() && first != second);
        assert_eq!(place().activity, None, "the creator's own never changes");
    });
}

#[test]
fn syn_a2_required_joins_its_creators_activity() {
    with_components(&[("R", SYNCHRONIZED)], |_, _| {
        let (own, p) = inside(&create("R"), || (place(), place_of(&create("R"))));
        assert!(own.activity.is_some());
        assert_eq!(p.activity, own.activity);
    });
}

#[test]
fn syn_a3_requires_new_is_in_another_activity_and_context() {
    with_components(&[("R", SYNCHRONIZED), ("N", &component("requires_new"))], |_, _| {
        let (own, p) = inside(&create("R"), || (place(), place_of(&create("N"))));
        assert!(p.activity.is_some() && p.activity != own.activity && p.token != own.token);
    });
}

#[test]
fn syn_a4_supported_is_in_its_creators_activity_if_there_is_one() {
    // With another reason for a context of its own, so that it has one to ask.
    let own_context = "transaction = \"not_supported\"\nsynchronization = \"supported\"";
    with_components(&[("R", SYNCHRONIZED), ("S", &component("supported")), ("Q", own_context)], |_, _| {
        let (own, p, q) = inside(&create("R"), || (place(), place_of(&create("S")), place_of(&create("Q"))));
        assert!(own.activity.is_some() && q.token != own.token);
        assert_eq!((p, q.activity), (own, own.activity));
        assert_eq!(place_of(&create("S")), place());
        let q = create("Q");
        assert_eq!(inside(&q, || crate::support::here().info().activity_id()), Ok(None));
    });
}

#[test]
fn syn_a6_disabled_is_in_its_creators_context_and_called_directly() {
    with_components(&[("R", SYNCHRONIZED), ("D", RAW)], |world, _| {
        let o = create("R");
        let (own, is_proxy, p) = inside(&o, || {
            let p = create("D");
            (place(), p.is_proxy(), place_of(&p))
        });
        assert_eq!((is_proxy, p), (false, own));
        if world.observed {
            world.log.take();
            inside(&o, || {
                let p = create("D");
                inside(&p, || ());
            });
            let entered = |what: &complus::event::What| matches!(what, complus::event::What::CallEntered { .. });
            assert_eq!(world.log.take_whats().iter().filter(|what| entered(what)).count(), 1, "only the call of o");
        }
    });
}

#[test]
fn syn_a7_disabled_in_a_context_of_its_own_is_in_no_activity() {
    let level = "access_checks_level = \"component\"\nevents_enabled = false";
    with_application(level, &[("R", SYNCHRONIZED), ("D", RAW)], |_, _| {
        let (own, is_proxy, p) = inside(&create("R"), || {
            let p = create("D");
            (place(), p.is_proxy(), place_of(&p))
        });
        assert!(own.activity.is_some() && is_proxy && p.token != own.token);
        assert_eq!(p.activity, None);
    });
}

/// SYN 3.2: the attribute, whether its creator is in an activity; whose the object's is, and whether it may share.
const TABLE: [(&str, bool, &str, bool); 10] = [
    ("disabled", false, "none", true),
    ("disabled", true, "creators", true),
    ("not_supported", false, "none", false),
    ("not_supported", true, "none", false),
    ("supported", false, "none", true),
    ("supported", true, "creators", true),
    ("required", false, "new", false),
    ("required", true, "creators", true),
    ("requires_new", false, "new", false),
    ("requires_new", true, "new", false),
];

#[test]
fn syn_a12_each_value_of_the_attribute_decides_as_the_table_says() {
    let classes = TABLE.map(|(value, ..)| (value, component(value)));
    let mut classes: Vec<Row<'_>> = classes.iter().map(|(name, properties)| (*name, properties.as_str())).collect();
    classes.dedup_by_key(|(name, _)| *name);
    classes.push(("creator", SYNCHRONIZED));
    with_components(&classes, |_, _| {
        for (value, in_activity, whose, shares) in TABLE {
            let ask = move || (place(), place_of(&create(value)));
            let in_domain = |config: &ServiceConfig| {
                let domain = enter(config);
                let told = ask();
                domain.leave().unwrap();
                told
            };
            let told = if in_activity {
                [in_domain(&own_activity()), inside(&create("creator"), ask)]
            } else {
                [in_domain(&ServiceConfig::new()), ask()]
            };
            for (own, child) in told {
                let case = format!("{value}: {own:?}, {child:?}");
                assert_eq!(own.activity.is_some(), in_activity, "{case}");
                assert_eq!(child.token == own.token, shares, "{case}");
                match whose {
                    "none" => assert_eq!(child.activity, None, "{case}"),
                    "creators" => assert_eq!(child.activity, own.activity, "{case}"),
                    _ => assert!(child.activity.is_some() && child.activity != own.activity, "{case}"),
                }
            }
        }
    });
}
