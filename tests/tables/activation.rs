//! Whole activations, and what the other attributes do where the object lands: ACT 4.4 to 4.6, 5.1, 5.2, 6.

use crate::support::{BOTH, LEVEL_1, OWN, check, flags, origins, outcome, switched};
use complus_core::{
    Compat,
    attribute::{IsolationLevel, SynchronizationAttribute, ThreadingModel, TransactionAttribute},
    context::{Flags, PropertyKind},
    rules::{
        activation::{self, Request},
        class_apartment::{self, Creator},
        gates::Facts,
        just_in_time, life_cycle,
        own_reasons::OwnReasons,
        placement::{self, Component, Origin, Placement},
        property_flow::{self, Intrinsics},
        reference::Reference,
        security::{self, Switches},
        synchronization::Activity,
        transaction::Transaction,
    },
};

/// What a placement is, in the words of the tables.
fn context(placement: Placement, origin: &Origin) -> &'static str {
    match placement {
        _ if placement.is_creators(origin) => "creators_context",
        Placement::OwnContext { .. } => "own_context",
        _ => "default_context",
    }
}

/// Components with each of the reasons that a component itself can give.
fn with_reasons() -> Vec<Component> {
    let raw = Component::RAW;
    vec![
        Component { just_in_time: true, synchronization: SynchronizationAttribute::Required, ..raw },
        Component { transaction: TransactionAttribute::NotSupported, ..raw },
        Component { synchronization: SynchronizationAttribute::RequiresNew, ..raw },
        Component { tracked: true, ..raw },
        Component { security: LEVEL_1, ..raw },
        Component::INSTALLED,
    ]
}

#[test]
fn the_must_run_flags_ask_for_a_context_or_refuse() {
    check("must_run", 10, ["result", "error"], |row| {
        let components = match row.get("reasons") {
            "empty" => vec![Component::RAW],
            "not_empty" => with_reasons(),
            "any" => [vec![Component::RAW], with_reasons()].concat(),
            reasons => panic!("{row:?}: reasons is {reasons:?}"),
        };
        let either = |word: &str, yes: &str| match word {
            "any" => vec![true, false],
            word => vec![word == yes],
        };
        let mut answers = Vec::new();
        for mut component in components {
            component.must_run_in_default_context = row.flag("default_context");
            component.must_run_in_client_context = row.flag("client_context");
            for mut origin in origins(row.get("creator")) {
                for same_apartment in either(row.get("same_apartment"), "yes") {
                    for same_process in either(row.get("process"), "same") {
                        origin.same_process = same_process;
                        // whoever creates in the MTA: a Both class is at home there, a Main class is not
                        component.threading_model =
                            if same_apartment { ThreadingModel::Both } else { ThreadingModel::Main };
                        let decided = activation::configured(
                            &Facts::OPEN,
                            &component,
                            Request::default(),
                            Creator::Mta,
                            &origin,
                            &Compat::default(),
                            &mut (),
                        );
                        let origin = Origin { same_apartment, ..origin };
                        answers.push(outcome(decided.map(|decision| context(decision.context, &origin))));
                    }
                }
            }
        }
        answers
    });
}

#[test]
fn a_creator_gets_the_pointer_or_the_proxy_that_lies_between_the_contexts() {
    check("activation_reference", 16, ["context", "reference"], |row| {
        let pairs = |wanted: &str| -> Vec<(ThreadingModel, Creator)> {
            use {Creator::*, ThreadingModel::*};
            match wanted {
                "same" => vec![(Both, Mta), (Free, Mta), (Apartment, Sta), (Both, NeutralOnSta), (Main, MainSta)],
                "other" => vec![(Apartment, Mta), (Free, Sta), (Main, Sta), (NotSpecified, Mta), (Free, NeutralOnSta)],
                "neutral" => vec![
                    (Neutral, Sta),
                    (Neutral, Mta),
                    (Neutral, MainSta),
                    (Apartment, NeutralOnSta),
                    (Free, NeutralOnMta),
                ],
                "other_process" => vec![(Both, Mta), (Both, Sta), (Apartment, Mta)],
                word => panic!("{row:?}: apartment is {word:?}"),
            }
        };
        let mut answers = Vec::new();
        for origin in origins(row.get("creator")) {
            let origin = Origin { same_process: row.get("apartment") != "other_process", ..origin };
            for (model, creator) in pairs(row.get("apartment")) {
                let raw = Component { threading_model: model, ..Component::RAW };
                let request = Request::default();
                let ask = |component: Component| {
                    let compat = Compat::default();
                    activation::configured(&Facts::OPEN, &component, request, creator, &origin, &compat, &mut ())
                };
                let decision = match row.get("class") {
                    "unconfigured" => {
                        activation::unconfigured(model, request, creator, &origin, &mut ()).map_err(Into::into)
                    }
                    "shares" => ask(raw),
                    "own" => ask(Component { tracked: true, ..raw }),
                    "must_run_in_default_context" => ask(Component { must_run_in_default_context: true, ..raw }),
                    class => panic!("{row:?}: class is {class:?}"),
                };
                let decision = decision.unwrap();
                let reference = match decision.reference {
                    Reference::Raw => "raw",
                    Reference::Lightweight => "lightweight",
                    Reference::Switching => "switching",
                    Reference::Remote => "remote",
                };
                let origin = Origin { same_apartment: !decision.apartment.proxy, ..origin };
                // the only default context that is the creator's is the creator's own: then the pointer is raw
                let word = match decision.context {
                    Placement::DefaultContext => "default_context",
                    placement => context(placement, &origin),
                };
                answers.push([word.into(), reference.into()]);
            }
        }
        answers
    });
}

#[test]
fn an_outer_object_has_to_be_in_the_same_context_and_the_inner_one_not_pooled() {
    use complus_core::{error::ActivationError::NoAggregation, hresult::CLASS_E_NOAGGREGATION};
    assert_eq!(NoAggregation.hresult(), CLASS_E_NOAGGREGATION);
    for (component, pooled, error) in [
        (Component::RAW, false, None),
        (Component::RAW, true, Some(NoAggregation.into())),
        (Component { tracked: true, ..Component::RAW }, false, Some(NoAggregation.into())),
        (Component { threading_model: ThreadingModel::Apartment, ..Component::RAW }, false, Some(NoAggregation.into())),
    ] {
        let request = Request { aggregated: true, pooled };
        let compat = Compat::default();
        let result = activation::configured(&Facts::OPEN, &component, request, Creator::Mta, &BOTH, &compat, &mut ());
        assert_eq!(result.err(), error, "{component:?}, pooled {pooled}");
    }
    let request = Request { aggregated: true, pooled: false };
    let ask = |model| activation::unconfigured(model, request, Creator::Mta, &BOTH, &mut ()).err();
    assert_eq!((ask(ThreadingModel::Both), ask(ThreadingModel::Apartment)), (None, Some(NoAggregation)));
}

#[test]
fn a_model_that_is_none_is_refused() {
    use complus_core::hresult::REGDB_E_BADTHREADINGMODEL;
    let error = class_apartment::registered(Some("Rental")).unwrap_err();
    assert_eq!(error.hresult(), REGDB_E_BADTHREADINGMODEL, "ACT 5.2, [bad-model]");
    assert_eq!(class_apartment::registered(Some("neutral")), Ok(ThreadingModel::Neutral));
    assert_eq!(class_apartment::registered(None), Ok(ThreadingModel::NotSpecified));
}

#[test]
fn the_other_attributes_force_an_own_context_or_work_in_any() {
    const RAW: Component = Component::RAW;
    check("attributes_and_placement", 13, ["forces_own", "own", "shared"], |row| {
        let (mut component, mut origin) = (RAW, OWN);
        match row.get("attribute") {
            "just_in_time" => component.just_in_time = true,
            "tracked" => component.tracked = true,
            "level_1" => component.security = LEVEL_1,
            "level_1_same_application" => {
                component.security = LEVEL_1;
                origin.same_security = true;
            }
            "level_0" => component.security = Switches { component_level: false, ..LEVEL_1 },
            "access_checks_off" => component.security = Switches { application_checks: false, ..LEVEL_1 },
            "threading_model" => origin.same_apartment = false,
            "isolation_level" => component.isolation = IsolationLevel::ReadCommitted,
            // placement does not even ask for these
            "pooled" | "constructed" | "iis_intrinsics" | "comti_intrinsics" => {}
            attribute => panic!("{row:?}: attribute is {attribute:?}"),
        }
        let compat = switched(row.get("switch"));
        let placed = placement::component(&component, &origin, &compat, &mut ()).unwrap();
        let forces = placed != Placement::CreatorsContext;
        let own = placement::component(&Component { tracked: true, ..component }, &origin, &Compat::default(), &mut ());
        let effect = |placement: Placement| -> String {
            let life = |pooled| life_cycle::Life {
                just_in_time: component.just_in_time,
                pooled,
                constructed: true,
                controlled: life_cycle::controls(placement != Placement::CreatorsContext, pooled),
            };
            let word = match row.get("attribute") {
                "just_in_time" => {
                    let done = Flags { consistent: true, done: true };
                    assert!(just_in_time::deactivates(true, done, false));
                    "deactivated_when_done"
                }
                "level_1" | "level_1_same_application" | "level_0" | "access_checks_off" => {
                    if security::has_property(component.security) {
                        "security_property"
                    } else {
                        "no_security_property"
                    }
                }
                "pooled" => {
                    let first = life_cycle::creation(life(true), true).next();
                    assert_eq!(first, Some(life_cycle::Step::CheckOut), "{row:?}");
                    "instance_from_pool"
                }
                "constructed" => {
                    let steps = life_cycle::creation(life(false), false);
                    assert_eq!(steps.filter(|step| *step == life_cycle::Step::Construct).count(), 1, "{row:?}");
                    "construct_once"
                }
                "iis_intrinsics" => intrinsics(PropertyKind::Iis, &placement),
                "comti_intrinsics" => intrinsics(PropertyKind::Comti, &placement),
                _ => return String::new(),
            };
            word.into()
        };
        let own_effect = if row.get("own").is_empty() { String::new() } else { effect(own.unwrap()) };
        let shared = match (forces, row.get("shared")) {
            (_, "") => String::new(),
            (true, _) => "impossible".into(),
            (false, _) => effect(placed),
        };
        vec![[forces.to_string(), own_effect, shared]]
    });
}

#[test]
fn named_properties_are_seen_copied_or_left_behind() {
    let own = Placement::OwnContext {
        reasons: OwnReasons::default(),
        activity: Activity::None,
        transaction: Transaction::None,
    };
    let placements = [
        ("creators_context", Placement::CreatorsContext),
        ("own_context", own),
        ("default_context", Placement::DefaultContext),
    ];
    check("property_flow", 19, ["sees"], |row| {
        let (kind, placement) = (PropertyKind::of(row.get("property")), row.pick("context", &placements));
        let mut answers = Vec::new();
        for iis in flags(row.get("iis")) {
            for comti in flags(row.get("comti")) {
                answers.push([property_flow::sees(kind, &placement, Intrinsics { iis, comti }).to_string()]);
            }
        }
        answers
    });
}

/// Whether the selected intrinsics are there.
fn intrinsics(kind: PropertyKind, placement: &Placement) -> &'static str {
    let selected = Intrinsics { iis: kind == PropertyKind::Iis, comti: kind == PropertyKind::Comti };
    if property_flow::sees(kind, placement, selected) { "properties_visible" } else { "no_properties" }
}
