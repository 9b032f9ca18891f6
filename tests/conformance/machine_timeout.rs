//! The machine's time-out of transactions: the catalog's TransactionTimeout, unless the program says another (TXN 8.4, S-13,
//! SEC A.5).

use crate::support::{
    applications::{library, put_component, put_machine, text, with_built},
    components::{REQUIRED, Row, create, inside, parsed},
    *,
};
use complus::{
    Activity, ActivityTransaction, Compat, RuntimeBuilder, TransactionOptions,
    event::What,
    hresult::{CONTEXT_E_ABORTING, S_OK},
    prelude::*,
};

const OWN_SEVEN: &str =
    "transaction = \"required\"\ncomponent_transaction_timeout_enabled = true\ncomponent_transaction_timeout = 7";
const SWITCHED_OFF: &str =
    "transaction = \"required\"\ncomponent_transaction_timeout_enabled = false\ncomponent_transaction_timeout = 7";
const CLASSES: [Row<'_>; 3] = [("Plain", REQUIRED), ("Own", OWN_SEVEN), ("Off", SWITCHED_OFF)];
const THIRTY: &str = "[machine]\ntransaction_timeout = 30";

/// What the transaction of the current context says.
fn here_seconds() -> u32 {
    here().transaction_info().isolation_level_and_timeout().unwrap().1
}

/// What the next transaction of a domain would have.
fn of_a_domain(config: &ServiceConfig) -> u32 {
    let domain = enter(config);
    let seconds = here_seconds();
    domain.leave().unwrap();
    seconds
}

/// The time-outs of everything that begins transactions and has none of its own: a domain, a component, an activity
/// object's call, the manager.
fn of_all(world: &World, activity: &Activity) -> [u32; 4] {
    world.log.take();
    let component = create("Plain");
    let by_component = inside(&component, here_seconds);
    let by_call = activity.call(here_seconds).unwrap();
    let begun = world.runtime.transaction_manager().begin(TransactionOptions::default()).unwrap();
    let by_manager = begun.timeout();
    begun.abort().unwrap();
    let all = [of_a_domain(&root()), by_component, by_call, by_manager];
    if world.observed {
        let told = world.log.take_whats().into_iter().filter_map(|what| match what {
            What::TransactionStarted { timeout, .. } => Some(timeout),
            _ => None,
        });
        let told: Vec<u32> = told.collect();
        assert_eq!(told, [by_component, by_call, by_manager, all[0]], "as the events have it");
    }
    all
}

fn transactional_activity() -> Activity {
    Activity::create(&mta().transaction(TransactionConfig::New)).unwrap()
}

#[test]
fn the_catalogs_transaction_timeout_is_that_of_roots_without_one_of_their_own() {
    with_built(
        |builder| builder,
        THIRTY,
        &[library("App", &CLASSES)],
        |world, _| {
            assert_eq!(of_all(world, &transactional_activity()), [30; 4]);
            assert_eq!(world.runtime.transaction_manager().default_timeout(), 30);
            // The component's override, if it is enabled; the configuration's value; zero, which is never.
            assert_eq!(inside(&create("Own"), here_seconds), 7);
            assert_eq!(inside(&create("Off"), here_seconds), 30);
            assert_eq!(of_a_domain(&root().transaction_timeout(std::time::Duration::from_secs(5))), 5);
            assert_eq!(of_a_domain(&root().transaction_timeout(std::time::Duration::ZERO)), 0);
            // Who joins has no say.
            let outer = enter(&root());
            assert_eq!(of_a_domain(&joining().transaction_timeout(std::time::Duration::from_secs(5))), 30);
            outer.leave().unwrap();
        },
    );
}

#[test]
fn without_a_word_of_anybody_it_is_a_minute() {
    with_built(
        |builder| builder,
        "",
        &[library("App", &CLASSES)],
        |world, _| {
            assert_eq!(of_all(world, &transactional_activity()), [60; 4]);
        },
    );
}

#[test]
fn the_programs_own_word_counts_whatever_the_catalog_says() {
    let build = |builder: RuntimeBuilder| builder.default_timeout(12);
    with_built(build, THIRTY, &[library("App", &CLASSES)], |world, _| {
        let activity = transactional_activity();
        assert_eq!(of_all(world, &activity), [12; 4]);
        put_machine(world, "TransactionTimeout", 45);
        assert_eq!(of_all(world, &activity), [12; 4]);
        assert_eq!(inside(&create("Own"), here_seconds), 7, "a component's own is nearer");
    });
}

#[test]
fn a_catalog_that_changes_counts_for_transactions_that_begin_afterwards() {
    with_built(
        |builder| builder,
        THIRTY,
        &[library("App", &CLASSES)],
        |world, _| {
            // All that is there already goes on with the next value.
            let (activity, config, component) = (transactional_activity(), root(), create("Plain"));
            assert_eq!(of_all(world, &activity), [30; 4]);
            let open = enter(&config);
            put_machine(world, "TransactionTimeout", 45);
            assert_eq!(here_seconds(), 30, "one that has begun keeps its own");
            open.leave().unwrap();
            assert_eq!(of_all(world, &activity), [45; 4]);
            assert_eq!(of_a_domain(&config), 45);
            assert_eq!(inside(&component, here_seconds), 45, "created before, called after");

            put_machine(world, "TransactionTimeout", 0);
            assert_eq!(of_all(world, &activity), [0; 4], "never");

            let admin = world.runtime.catalog().begin();
            let own = admin.administer();
            let mut machine = own.collection("LocalComputer").unwrap();
            machine.populate().unwrap();
            machine.item_mut(0).unwrap().put("TransactionTimeout", 3600).unwrap();
            assert_eq!(machine.save_changes().result, Ok(()));
            assert_eq!(of_all(world, &activity), [0; 4], "nobody sees what is not committed");
            admin.commit().unwrap();
            assert_eq!(of_all(world, &activity), [3600; 4]);

            let other =
                parsed(Compat::default(), &text("[machine]\ntransaction_timeout = 9", &[library("App", &CLASSES)]));
            world.runtime.catalog().replace(&other).unwrap();
            assert_eq!(of_all(world, &activity), [9; 4], "a file that was read again");

            put_component(world, "App", "Plain", "ComponentTransactionTimeoutEnabled", true);
            put_component(world, "App", "Plain", "ComponentTransactionTimeout", 8);
            assert_eq!(inside(&create("Plain"), here_seconds), 8);
        },
    );
}

#[test]
fn activity_objects_whose_transaction_stays_take_the_value_of_its_begin() {
    let compat = Compat { activity_transaction: ActivityTransaction::UntilDone, ..Compat::default() };
    let build = move |builder: RuntimeBuilder| builder.compat(compat);
    with_built(build, THIRTY, &[library("App", &CLASSES)], |world, _| {
        let activity = transactional_activity();
        let seconds = || activity.call(here_seconds).unwrap();
        assert_eq!(seconds(), 30);
        put_machine(world, "TransactionTimeout", 45);
        assert_eq!(seconds(), 30, "still the same transaction");
        activity.call(|| here().set_complete().unwrap()).unwrap();
        assert_eq!(seconds(), 45, "the next one");
    });
}

#[test]
fn when_it_is_over_so_is_the_transaction() {
    with_built(
        |builder| builder,
        "[machine]\ntransaction_timeout = 1",
        &[library("App", &CLASSES)],
        |world, _| {
            let component = create("Plain");
            inside(&component, || ());
            let domain = enter(&root());
            world.wait(1);
            assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
            assert_eq!(code(components::call(&component, || Ok(()))), CONTEXT_E_ABORTING);
            assert_eq!(components::call(&component, || Ok(())).map_or_else(|error| error.hresult(), |()| S_OK), S_OK);
        },
    );
}
