//! Transactions of components that time out (TXN 8.4, T-13, T-16, T-18; TXN-C, ACT-I).

use crate::support::components::{
    Kept, PROBE, Probes, QUIET, REQUIRED, Row, SUPPORTED, act, agile, call, catalog_text, create, inside,
    own_transaction, parsed, with_components,
};
use crate::support::*;
use complus::{
    Apartment, ResourceManager, Runtime, RuntimeBuilder, Vote,
    attribute::ApartmentModel,
    context::StreamState::{Aborted, Active, Committed},
    event::{AbortReason, What},
    hresult::{CONTEXT_E_ABORTED, CONTEXT_E_ABORTING, E_FAIL},
    id::TransactionId,
};
use std::{sync::Arc, time::Duration};

const TWO_SECONDS: &str =
    "transaction = \"required\"\ncomponent_transaction_timeout_enabled = true\ncomponent_transaction_timeout = 2";
const ONE_SECOND: &str =
    "transaction = \"required\"\ncomponent_transaction_timeout_enabled = true\ncomponent_transaction_timeout = 1";
const NEVER: &str =
    "transaction = \"required\"\ncomponent_transaction_timeout_enabled = true\ncomponent_transaction_timeout = 0";
const CLASSES: [Row<'_>; 6] = [
    ("R", TWO_SECONDS),
    ("Short", ONE_SECOND),
    ("Never", NEVER),
    ("Default", REQUIRED),
    ("I", ONE_SECOND),
    ("J", SUPPORTED),
];

fn unreached() -> complus::Result<()> {
    unreachable!("the method does not run")
}

#[test]
fn txn_c4_an_idle_root_whose_transaction_timed_out_is_told_once_and_works_on() {
    with_components(&CLASSES, |world, probes| {
        let r = create("R");
        let first = inside(&r, own_transaction);
        world.wait(3);
        probes.told();
        assert_eq!(code(call(&r, unreached)), CONTEXT_E_ABORTING);
        assert_eq!(first.state(), Aborted);
        assert_eq!(probes.told(), ["deactivate 1", "destroy 1"], "what it did is lost");
        let second = inside(&r, || {
            act("set_complete");
            own_transaction()
        });
        assert_ne!(first.id(), second.id());
        assert_eq!(second.state(), Committed);
        if world.observed {
            let aborts =
                |what: &What| matches!(what, What::TransactionAborted { reason: AbortReason::TimedOut { .. } });
            assert_eq!(world.log.take_whats().iter().filter(|what| aborts(what)).count(), 1);
        }
    });
}

/// Time passes until a transaction of one second is over, on the clock of the machine that this code runs on.
fn pass(is_virtual: bool) {
    if is_virtual {
        Runtime::current().advance(Duration::from_secs(2)).unwrap();
    } else {
        // The other clock is the system's, and only moves on: the deadline has passed however long this takes.
        std::thread::sleep(Duration::from_millis(1060));
    }
}

#[test]
fn txn_c5_a_time_out_in_a_call_is_told_at_its_return_or_at_the_next_call() {
    with_components(&CLASSES, |world, probes| {
        let is_virtual = world.is_virtual();
        let r = create("Short");
        let result = call(&r, move || {
            pass(is_virtual);
            here().set_complete()
        });
        assert_eq!(code(result), CONTEXT_E_ABORTED);
        probes.told();
        inside(&r, move || pass(is_virtual)); // It succeeds: it did not ask for commit (T-18).
        assert_eq!(
            probes.told(),
            ["create 2", "activate 2", "deactivate 2", "destroy 2"],
            "as its call returns (T-13)"
        );
        assert_eq!(code(call(&r, unreached)), CONTEXT_E_ABORTING);
        assert_eq!(inside(&r, || own_transaction().state()), Active);
    });
}

#[test]
fn a_failing_code_is_not_changed_by_a_time_out() {
    with_components(&CLASSES, |world, _| {
        let is_virtual = world.is_virtual();
        let result: complus::Result<()> = call(&create("Short"), move || {
            pass(is_virtual);
            act("set_complete");
            Err(E_FAIL.into())
        });
        assert_eq!(code(result), E_FAIL);
    });
}

#[test]
fn act_i01_a_time_out_in_a_root_method_fails_its_commit_and_refuses_calls_meanwhile() {
    with_components(&CLASSES, |world, probes| {
        let (is_virtual, told) = (world.is_virtual(), probes.clone());
        let (r, watched) = (create("Short"), Kept::new());
        let seen = watched.clone();
        let result = call(&r, move || {
            let (i, late) = (create("I"), create("J"));
            inside(&i, || ());
            pass(is_virtual);
            told.told();
            assert_eq!(code(call(&i, unreached)), CONTEXT_E_ABORTING);
            assert_eq!(told.told(), ["deactivate 2", "destroy 2"]);
            assert_eq!(code(call(&late, unreached)), CONTEXT_E_ABORTING);
            assert!(here().is_in_transaction().unwrap(), "still, and with the same id");
            seen.put(own_transaction());
            here().set_complete()
        });
        assert_eq!(code(result), CONTEXT_E_ABORTED);
        assert_eq!(watched.take().state(), Aborted);
    });
}

#[test]
fn a_child_at_work_keeps_its_instance_until_its_call_returns() {
    with_components(&CLASSES, |world, probes| {
        let (is_virtual, told) = (world.is_virtual(), probes.clone());
        let (r, child) = (create("Short"), Kept::new());
        let kept = child.clone();
        inside(&r, move || {
            let (i, j) = (create("I"), create("J"));
            inside(&i, || ());
            inside(&j, || ());
            kept.put((agile(&i), agile(&j)));
        });
        let (i, j) = child.take();
        // The root is idle, its child at work.
        let i = i.resolve(PROBE).unwrap();
        inside(&i, move || {
            pass(is_virtual);
            told.told();
            assert_eq!(code(call(&j.resolve(PROBE).unwrap(), unreached)), CONTEXT_E_ABORTING);
            assert_eq!(told.told(), ["deactivate 3", "destroy 3"], "the one that was called");
        });
        let after = probes.told();
        assert_eq!(
            after,
            ["deactivate 1", "destroy 1", "deactivate 2", "destroy 2"],
            "the others, as the call returned"
        );
        assert_eq!(code(call(&r, unreached)), CONTEXT_E_ABORTING, "the root is told once");
        inside(&r, || act("set_complete"));
    });
}

#[test]
fn txn_c7_without_time_out_a_transaction_stays_open() {
    with_components(&CLASSES, |world, _| {
        let (r, limited) = (create("Never"), create("Default"));
        let (transaction, other) = (inside(&r, own_transaction), inside(&limited, own_transaction));
        let time_out = inside(&r, || here().transaction_info().isolation_level_and_timeout().unwrap().1);
        assert_eq!(time_out, 0);
        if world.is_virtual() {
            world.wait(24 * 60 * 60);
            assert_eq!(other.state(), Aborted, "the machine's own time-out is a minute");
        }
        assert_eq!(transaction.state(), Active);
        inside(&r, || act("set_complete"));
        assert_eq!(transaction.state(), Committed);
    });
}

#[test]
fn only_the_roots_time_out_counts() {
    with_components(&CLASSES, |world, _| {
        let r = create("R");
        inside(&r, || {
            let (own, childs) = (
                here().transaction_info().isolation_level_and_timeout().unwrap(),
                inside(&create("I"), || here().transaction_info().isolation_level_and_timeout().unwrap()),
            );
            assert_eq!((own.1, childs), (2, own));
        });
        if world.is_virtual() {
            world.wait(1);
            inside(&r, || act("set_complete"));
        }
    });
}

/// A resource manager that tells what it is asked, and lets time pass in its own prepare.
struct Slow {
    name: &'static str,
    story: Story,
    passes: Option<bool>,
}

impl ResourceManager for Slow {
    fn name(&self) -> &str {
        self.name
    }
    fn prepare(&self, _: TransactionId) -> Vote {
        self.story.tell(format!("{} prepares", self.name));
        if let Some(is_virtual) = self.passes {
            pass(is_virtual);
        }
        Vote::Prepared
    }
    fn commit(&self, _: TransactionId) {
        self.story.tell(format!("{} commits", self.name));
    }
    fn abort(&self, _: TransactionId) {
        self.story.tell(format!("{} aborts", self.name));
    }
}

#[test]
fn txn_c10_a_time_out_between_prepared_votes_aborts() {
    with_components(&CLASSES, |world, _| {
        let (story, is_virtual) = (Story::default(), world.is_virtual());
        let (r, told, watched) = (create("Short"), story.clone(), Kept::new());
        let seen = watched.clone();
        let result = call(&r, move || {
            let transaction = own_transaction();
            for (name, passes) in [("first", Some(is_virtual)), ("second", None)] {
                transaction.enlist(Arc::new(Slow { name, story: told.clone(), passes })).unwrap();
            }
            seen.put(transaction);
            here().set_complete()
        });
        assert_eq!(code(result), CONTEXT_E_ABORTED);
        assert_eq!(watched.take().state(), Aborted);
        let told = story.take();
        assert!(told.contains(&"first aborts".into()) && told.contains(&"second aborts".into()), "{told:?}");
        assert!(!told.iter().any(|it| it.ends_with("commits")), "{told:?}");
    });
}

/// The catalog of these tests with this TransactionTimeout.
fn machine_wide(seconds: u32) -> complus::catalog::Catalog {
    let text = catalog_text(QUIET, &CLASSES);
    let text = text.replacen(
        "\n[[application]]",
        &format!("\n[machine]\ntransaction_timeout = {seconds}\n\n[[application]]"),
        1,
    );
    parsed(complus::Compat::default(), &text)
}

#[test]
fn the_catalogs_time_out_is_that_of_who_has_no_other() {
    for (given, first, later) in [(None, 7, 0), (Some(9), 9, 9)] {
        let build = |builder: RuntimeBuilder| {
            let builder = builder.catalog(machine_wide(7));
            match given {
                Some(seconds) => builder.default_timeout(seconds),
                None => builder,
            }
        };
        every_bare_machine(build, |world| {
            Probes::default().register(&world.runtime);
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            let timeout =
                |name| inside(&create(name), || here().transaction_info().isolation_level_and_timeout().unwrap().1);
            assert_eq!((timeout("Default"), timeout("R"), timeout("Never")), (first, 2, 0));
            let domain = enter(&root());
            assert_eq!(here().transaction_info().isolation_level_and_timeout().unwrap().1, first);
            domain.leave().unwrap();
            let catalog = world.runtime.catalog();
            let mut machine = catalog.administer().collection("LocalComputer").unwrap();
            machine.populate().unwrap();
            machine.item_mut(0).unwrap().put("TransactionTimeout", 0).unwrap();
            machine.save_changes().result.unwrap();
            assert_eq!((timeout("Default"), timeout("R")), (later, 2), "as the catalog says now");
        });
    }
}
