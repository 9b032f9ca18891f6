//! Where components are activated, and what flows there: ACT 3.2, 4.1, 4.3 to 4.6, 5.1, 5.2, 6.

use crate::support::{Row, activity_word, check, outcome, transaction_word};
use complus_core::{
    Compat,
    attribute::{IsolationLevel, SynchronizationAttribute, ThreadingModel, TransactionAttribute},
    context::PropertyKind,
    rules::{
        activation::{self, Request},
        class_apartment::{self, Creator},
        gates::Facts,
        just_in_time, life_cycle,
        own_reasons::{OwnReasons, own_reasons},
        placement::{self, Component, Origin, Placement},
        property_flow::{self, Intrinsics},
        reference::Reference,
        security::{self, Switches},
        synchronization::Activity,
        transaction::{self, Transaction},
    },
};

const OWN: Origin = Origin { default_context: false, ..Origin::DEFAULT_CONTEXT };
const ACTIVITY: Origin = Origin { activity: true, ..OWN };
const BOTH: Origin = Origin { transaction: Some(IsolationLevel::Serializable), ..ACTIVITY };
const SYNTHETIC: Origin = Origin { activity: false, ..BOTH };
const LEVEL_1: Switches = Switches { application_checks: true, component_level: true, component_checks: false };

/// The creators of ACT 4.3, and those that matter to one reason alone.
fn origins(word: &str) -> Vec<Origin> {
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
fn switched(name: &str) -> Compat {
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

/// The values of a yes or no column; `any` is both.
fn flags(word: &str) -> Vec<bool> {
    if word == "any" { vec![false, true] } else { vec![word.parse().unwrap()] }
}

/// What a placement is, in the words of the tables.
fn context(placement: Placement, origin: &Origin) -> &'static str {
    match placement {
        _ if placement.is_creators(origin) => "creators_context",
        Placement::OwnContext { .. } => "own_context",
        _ => "default_context",
    }
}

/// The other reasons for a context of its own that ACT 4.3 names: tracking, security, threading, process, partition.
fn forced(component: Component, origin: Origin) -> Vec<(Component, Origin)> {
    let mut all = vec![
        (Component { tracked: true, ..component }, origin),
        (Component { security: LEVEL_1, ..component }, origin),
        (component, Origin { same_apartment: false, ..origin }),
        (component, Origin { same_process: false, ..origin }),
    ];
    if !origin.default_context {
        all.push((component, Origin { same_partition: false, ..origin }));
    }
    all
}

fn services(row: &Row<'_>) -> Component {
    Component {
        transaction: row.value("transaction"),
        synchronization: row.value("synchronization"),
        just_in_time: row.flag("just_in_time"),
        ..Component::RAW
    }
}

#[test]
fn transaction_synchronization_and_jit_place_a_component_as_the_composite_table_says() {
    check("placement", 86, ["context", "activity", "root", "transaction_result"], |row| {
        let component = services(row);
        assert_eq!(component.services().check_at_activation(), Ok(()), "{row:?}");
        let (default, rule_1_0) = (Compat::default(), switched("sync_required_shares"));
        let plain = origins(row.get("creator")).into_iter();
        let mut asked: Vec<(Component, Origin, Compat)> = Vec::new();
        match row.get("variant") {
            "default" => {
                for origin in plain {
                    asked.push((component, origin, default));
                    // "only the CALLER cells change", and of them only row 4 under the 1.0 rule
                    if row.get("context") == "own" {
                        asked.extend(forced(component, origin).into_iter().map(|(c, o)| (c, o, default)));
                    }
                    if component.synchronization != SynchronizationAttribute::Required || row.get("context") == "own" {
                        asked.push((component, origin, rule_1_0));
                    }
                }
            }
            "other_reason" => {
                asked.extend(plain.flat_map(|origin| forced(component, origin)).map(|(c, o)| (c, o, default)));
            }
            "sync_required_shares_false" => asked.extend(plain.map(|origin| (component, origin, rule_1_0))),
            variant => panic!("{row:?}: variant is {variant:?}"),
        }
        let place = |(component, origin, compat): (Component, Origin, Compat)| match placement::component(
            &component,
            &origin,
            &compat,
            &mut (),
        )
        .unwrap()
        {
            Placement::CreatorsContext => ["creators".into(), String::new(), String::new(), String::new()],
            Placement::OwnContext { activity, transaction, .. } => [
                "own".into(),
                activity_word(activity).replace("callers", "creators"),
                (transaction == Transaction::New).to_string(),
                transaction_word(transaction).replace("callers", "creators"),
            ],
            Placement::DefaultContext => panic!("{row:?}: no flag asks for a default context"),
        };
        asked.into_iter().map(place).collect()
    });
}

#[test]
fn each_reason_for_an_own_context_stands_for_itself() {
    check("own_reasons", 37, ["reasons"], |row| {
        let security = Switches {
            application_checks: row.flag("access_checks"),
            component_level: row.pick("level", &[("0", false), ("1", true)]),
            component_checks: false,
        };
        let compat = switched(row.get("switch"));
        let component = Component { tracked: row.flag("tracked"), security, ..services(row) };
        // ComponentAccessChecksEnabled decides about the checks, not about the context
        let checked = Component { security: Switches { component_checks: true, ..security }, ..component };
        let asked = origins(row.get("creator")).into_iter().flat_map(|origin| [(component, origin), (checked, origin)]);
        asked.map(|(component, origin)| [own_reasons(&component, &origin, &compat).to_string()]).collect()
    });
}

#[test]
fn the_presets_are_what_the_specification_calls_raw_and_freshly_installed() {
    let reasons = |component| own_reasons(&component, &BOTH, &Compat::default()).to_string();
    assert_eq!(reasons(Component::RAW), "none", "ACT 4.7");
    assert_eq!(reasons(Component::INSTALLED), "Tx Stats Security", "ACT 3.4");
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
                    let done = complus_core::context::Flags { consistent: true, done: true };
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
fn a_brought_transaction_stands_for_the_creators() {
    check("placement_brought", 5, ["result"], |row| {
        let attribute = row.value("transaction");
        let component = Component { transaction: attribute, tracked: true, ..Component::RAW };
        let place = |origin: Origin| {
            let origin = Origin { brought: Some(IsolationLevel::RepeatableRead), ..origin };
            match placement::component(&component, &origin, &Compat::default(), &mut ()).unwrap() {
                Placement::OwnContext { transaction, .. } => [transaction_word(transaction).to_owned()],
                other => panic!("{row:?}: {other:?}"),
            }
        };
        origins(row.get("creator")).into_iter().map(place).collect()
    });
}

#[test]
fn a_component_joins_a_transaction_that_is_at_least_as_isolated() {
    check("isolation_component", 20, ["joins"], |row| {
        vec![[transaction::component_may_join(row.value("requested"), row.value("transaction")).to_string()]]
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

/// A creator as what it made last leaves it: which transaction it is in, by number, and whether it is in an activity.
#[derive(Clone, Copy)]
struct Object {
    transaction: Option<u32>,
    activity: bool,
    root: bool,
}

/// ACT 6, at its end: who is in which transaction when seven objects make each other.
#[test]
fn seven_objects_are_in_two_transactions_as_documented() {
    use TransactionAttribute::{NotSupported, Required, RequiresNew, Supported};
    let mut begun = 0;
    let mut create = |creator: Option<Object>, attribute: TransactionAttribute| {
        let transactional = attribute != NotSupported;
        let component = Component {
            transaction: attribute,
            just_in_time: transactional,
            synchronization: if transactional {
                SynchronizationAttribute::Required
            } else {
                SynchronizationAttribute::Disabled
            },
            ..Component::RAW
        };
        let origin = creator.map_or(Origin::DEFAULT_CONTEXT, |object| Origin {
            activity: object.activity,
            transaction: object.transaction.map(|_| IsolationLevel::Serializable),
            ..OWN
        });
        let compat = Compat::default();
        let request = Request::default();
        let decision =
            activation::configured(&Facts::OPEN, &component, request, Creator::Mta, &origin, &compat, &mut ());
        let Placement::OwnContext { activity, transaction, .. } = decision.unwrap().context else {
            panic!("each of the seven has a context of its own")
        };
        let transaction = match transaction {
            Transaction::None => (None, false),
            Transaction::Callers => (creator.unwrap().transaction, false),
            Transaction::New => {
                begun += 1;
                (Some(begun), true)
            }
            Transaction::Brought => panic!("none was brought"),
        };
        Object { transaction: transaction.0, activity: activity != Activity::None, root: transaction.1 }
    };
    let o1 = create(None, Required);
    let o2 = create(Some(o1), Supported);
    let o3 = create(Some(o2), NotSupported);
    let o4 = create(Some(o2), Required);
    let o5 = create(Some(o3), Supported);
    let o6 = create(Some(o4), RequiresNew);
    let o7 = create(Some(o6), Supported);
    let all = [o1, o2, o3, o4, o5, o6, o7];
    assert_eq!(all.map(|it| it.transaction), [Some(1), Some(1), None, Some(1), None, Some(2), Some(2)]);
    assert_eq!(all.map(|it| it.root), [true, false, false, false, false, true, false]);
}
