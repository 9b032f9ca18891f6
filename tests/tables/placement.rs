//! Why a component needs a context of its own, and what it gets there: ACT 3.2, 4.1, 4.3, 6 (worked example).

use crate::support::{BOTH, LEVEL_1, OWN, Row, activity_word, check, origins, switched, transaction_word};
use complus_core::{
    Compat,
    attribute::{IsolationLevel, SynchronizationAttribute, TransactionAttribute},
    rules::{
        activation::{self, Request},
        class_apartment::Creator,
        gates::Facts,
        own_reasons::own_reasons,
        placement::{self, Component, Origin, Placement},
        security::Switches,
        synchronization::Activity,
        transaction::{self, Transaction},
    },
};

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
        assert_eq!(component.services().check_at_activation(&mut ()), Ok(()), "{row:?}");
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
