//! What flows from a creator's context into a new one, and what an activation leaves behind (ACT 3.2, 6, 7.1).

use crate::{
    hooks::{self, Hooks},
    support::{components::*, here},
};
use complus::{
    Activation, Reference,
    attribute::{ClassContext, ThreadingModel},
    class::get_class_object,
    event::What,
    hresult::*,
    iid,
    prelude::*,
};
use std::sync::{Arc, Mutex};

const NOT_SUPPORTED: &str = "transaction = \"not_supported\"";

#[test]
fn act_b19_seven_objects_are_in_two_transactions_as_documented() {
    let classes =
        [("Required", REQUIRED), ("Supported", SUPPORTED), ("NotSupported", NOT_SUPPORTED), ("New", REQUIRES_NEW)];
    with_components(&classes, |world, _| {
        world.log.take();
        let all = Arc::new(Mutex::new(Vec::new()));
        let told = all.clone();
        let tell = move |name: u32| told.lock().unwrap().push((name, place()));
        let o1 = create("Required");
        inside(&o1, move || {
            tell(1);
            inside(&create("Supported"), move || {
                tell(2);
                let other = tell.clone();
                inside(&create("NotSupported"), move || {
                    other(3);
                    inside(&create("Supported"), move || other(5));
                });
                inside(&create("Required"), move || {
                    tell(4);
                    inside(&create("New"), move || {
                        tell(6);
                        inside(&create("Supported"), move || tell(7));
                    });
                });
            });
        });
        let mut all = all.lock().unwrap().clone();
        all.sort_by_key(|(name, _)| *name);
        let [t1, t2] = [all[0].1.transaction, all[5].1.transaction];
        assert!(t1.is_some() && t2.is_some() && t1 != t2);
        let transactions: Vec<_> = all.iter().map(|(_, place)| place.transaction).collect();
        assert_eq!(transactions, [t1, t1, None, t1, None, t2, t2]);
        let mut tokens: Vec<_> = all.iter().map(|(_, place)| place.token).collect();
        tokens.sort();
        tokens.dedup();
        assert_eq!(tokens.len(), 7, "each has a context of its own");
        if world.observed {
            // Roots are the contexts whose streams began a transaction: that of O1, and that of O6.
            let begun = world.log.take_whats();
            assert_eq!(begun.iter().filter(|what| matches!(what, What::TransactionStarted { .. })).count(), 2);
        }
    });
}

/// Names of user properties: one of IIS, that of COMTI, any other.
const NAMES: [&str; 3] = ["Request", "host-security-callback.cedar.microsoft.com", "Tenant"];

fn seen() -> [Option<String>; 3] {
    NAMES.map(|name| here().properties().get(name).ok())
}

#[test]
fn user_properties_flow_into_own_contexts_the_intrinsic_ones_as_the_component_says() {
    let with = |what: &str| format!("{NOT_SUPPORTED}\n{what}");
    let (iis, comti) = (with("iis_intrinsics = true"), with("comti_intrinsics = true"));
    let classes = [("X", NOT_SUPPORTED), ("P", NOT_SUPPORTED), ("I", &iis), ("C", &comti), ("R", RAW)];
    with_components(&classes, |_, _| {
        let x = create("X");
        let all = inside(&x, || {
            NAMES.iter().for_each(|name| here().properties().set(name, "value").unwrap());
            let child = |class: &str| inside(&create(class), seen);
            // What a child sets is its own.
            let p = create("P");
            inside(&p, || here().properties().set("Tenant", "other").unwrap());
            ([child("P"), child("I"), child("C"), child("R")], inside(&p, seen), seen())
        });
        let value = || Some("value".to_owned());
        let everything = [value(), value(), value()];
        let plain = [None, None, value()];
        let expected = [plain, [value(), None, value()], [None, value(), value()], everything.clone()];
        assert_eq!(all.0, expected);
        assert_eq!(all.1, [None, None, Some("other".to_owned())], "they stay from call to call");
        assert_eq!(all.2, everything);
        assert_eq!(inside(&x, seen), everything);
    });
}

/// CLSCTX_FROM_DEFAULT_CONTEXT: as if the creator were in the default context of its apartment.
fn create_from_default(name: &str) -> Reference {
    let contexts = ClassContext::INPROC_SERVER | ClassContext::FROM_DEFAULT_CONTEXT;
    Activation::of(clsid(name)).contexts(contexts).interface(PROBE).create().unwrap()
}

#[test]
fn a_request_from_the_default_context_takes_nothing_of_the_current_one_along() {
    with_components(&[("X", REQUIRED), ("R", REQUIRED), ("S", SUPPORTED), ("D", RAW)], |world, _| {
        hooks::register(world, "U", ThreadingModel::Both, &Hooks::default());
        let default = place();
        let (own, [u, d, s, r]) = inside(&create("X"), || {
            here().properties().set("Tenant", "value").unwrap();
            let of = |name: &str| {
                let object = create_from_default(name);
                assert!(object.is_proxy(), "{name}");
                (
                    place_of(&object),
                    inside(&object, || ObjectContext::current().is_ok_and(|it| it.properties().count() == Ok(1))),
                )
            };
            (place(), ["U", "D", "S", "R"].map(of))
        });
        // What needs no context of its own is in that default context.
        assert_eq!((u, d), ((default, false), (default, false)));
        assert_eq!((s.0.transaction, s.1, r.1), (None, false, false));
        assert!(r.0.transaction.is_some() && r.0.transaction != own.transaction);
        assert!(
            ![own.activity, None].contains(&s.0.activity)
                && ![own.activity, s.0.activity, None].contains(&r.0.activity)
        );
        // From the default context itself it is nothing special.
        assert!(!create_from_default("D").is_proxy() && !create_from_default("U").is_proxy());
    });
}

#[test]
fn a_class_object_of_a_configured_class_decides_at_each_instance_from_whoever_asks() {
    with_components(&[("X", REQUIRED), ("S", SUPPORTED), ("D", RAW)], |_, probes| {
        let get = |name| get_class_object(clsid(name), ClassContext::INPROC_SERVER, iid::CLASS_FACTORY).unwrap();
        let classes = [get("S"), get("D")];
        assert!(probes.told().is_empty(), "it makes nothing");
        let make = |class: &Reference| {
            let object = class.create_instance(PROBE).unwrap();
            (object.is_proxy(), place_of(&object))
        };
        let here = classes.each_ref().map(make);
        let passed = classes.each_ref().map(|class| class.marshal_for(iid::CLASS_FACTORY).unwrap());
        let (own, there) =
            inside(&create("X"), move || (place(), passed.map(|class| make(&class.unmarshal().unwrap()))));
        assert_eq!((here[0].0, here[0].1.transaction, here[1]), (true, None, (false, place())));
        assert_eq!((there[0].0, there[0].1.transaction, there[1]), (true, own.transaction, (false, own)));
    });
}

#[test]
fn only_an_object_that_stays_with_its_creator_can_become_a_part_of_another() {
    let pooled = format!("{RAW}\nobject_pooling_enabled = true");
    let neutral = format!("{RAW}\nthreading_model = \"neutral\"");
    let classes = [("X", REQUIRED), ("D", RAW), ("S", SUPPORTED), ("P", &pooled), ("N", &neutral)];
    with_components(&classes, |world, probes| {
        hooks::register(world, "U", ThreadingModel::Both, &Hooks::default());
        hooks::register(world, "V", ThreadingModel::Apartment, &Hooks::default());
        let all = || {
            ["D", "U", "S", "P", "N", "V"].map(|name| {
                let made = Activation::of(clsid(name)).interface(PROBE).aggregated().create();
                made.map(|object| object.is_proxy()).map_err(|error| error.hresult())
            })
        };
        let refused = Err(CLASS_E_NOAGGREGATION);
        let expected = [Ok(false), Ok(false), refused, refused, refused, refused];
        assert_eq!(all(), expected);
        assert_eq!(inside(&create("X"), all), expected);
        let made = probes.told().into_iter().filter(|it| it.starts_with("create")).count();
        assert_eq!(made, 3, "D twice, and X");
    });
}
