//! The scenarios in `scenarios/` tell the truth.

mod support;

use complus_scenario::{
    Options, run,
    view::{TextOptions, text},
};
use support::{golden, read, shipped, shipped_scenario};

#[test]
fn every_shipped_scenario_runs_and_all_its_expectations_hold() {
    for (name, text) in shipped() {
        let scenario = read(&name, text);
        assert!(!scenario.title.is_empty(), "{name} has no title");
        for seed in [42, 1, 7] {
            let run = run(&scenario, &Options { seed: Some(seed), ..Options::default() }).unwrap();
            let failing: Vec<_> = run.expectations().filter(|(_, verdict)| !verdict.holds).collect();
            assert!(run.holds(), "{name}, seed {seed}: {failing:#?} {:#?}", run.failures);
            assert!(run.expectations().count() > 0, "{name} expects nothing");
        }
    }
}

#[test]
fn every_shipped_scenario_says_what_to_look_at_and_where_the_specification_has_it() {
    for (name, text) in shipped() {
        assert!(text.starts_with("// "), "{name}");
        assert!(text.contains("// Look at: ") && text.contains("// Specification: "), "{name}");
    }
}

#[test]
fn an_expectation_that_is_turned_around_fails() {
    for (file, right, wrong) in [
        ("funds-transfer.kdl", "expect \"by hand\" status=\"S_OK\"", "expect \"by hand\" status=\"XACT_E_ABORTED\""),
        ("funds-transfer.kdl", "\"alice\" 70", "\"alice\" 71"),
        ("funds-transfer.kdl", "hresult=\"CONTEXT_E_ABORTED\"", "hresult=\"S_OK\""),
        ("nested-required-joins.kdl", "transaction=\"same\"", "transaction=\"new\""),
        ("last-vote-wins.kdl", "vote=\"abort\"", "vote=\"commit\""),
        ("isolation-mismatch.kdl", "isolation=\"ReadCommitted\" activity", "isolation=\"Serializable\" activity"),
        ("partition-refused.kdl", "partition=\"global\"", "partition=\"Sales\""),
        ("scope-library.kdl", "DomainEntered \"None\"", "DomainEntered \"New\""),
        ("unbalanced-domain.kdl", "expect-panic \"out of paper\"", "expect-panic \"out of ink\""),
        ("properties-flow.kdl", "expect property \"Tenant\" #null", "expect property \"Tenant\" \"contoso\""),
        ("contended-activity.kdl", "ActivityWaiting; ActivityEntered", "ActivityEntered; ActivityWaiting"),
        ("reentrant-callback.kdl", "ActivityReentered \"2\"", "ActivityReentered \"3\""),
        (
            "activities-deadlock.kdl",
            "expect \"comes through\" hresult=\"S_OK\"",
            "expect \"comes through\" hresult=\"S_FALSE\"",
        ),
        ("sta-activities.kdl", "\"second\" thread=\"same-as", "\"second\" thread=\"other-than"),
        ("bound-to-the-client.kdl", "\"click\" thread=\"same-as:ui", "\"click\" thread=\"same-as:client"),
        ("asynchronous-errors.kdl", "hresult=\"CONTEXT_E_ABORTED\"", "hresult=\"S_OK\""),
        ("first-come-first-served.kdl", "\"step\" 3\n        expect", "\"step\" 2\n        expect"),
        ("activity-times-out.kdl", "ActivityTimedOut \"100ms\"", "ActivityTimedOut \"99ms\""),
        ("queue-is-full.kdl", "CallAccepted; CallRejected", "CallAccepted; CallAccepted"),
        ("wcf-client.kdl", "transaction=\"brought\" activity=\"new\"", "transaction=\"brought\" activity=\"none\""),
        ("component-lands-with-its-creator.kdl", "proxy=#false context=\"same\" tr", "proxy=#true context=\"same\" tr"),
        ("own-context-reasons.kdl", "\"checked\" proxy=#true", "\"checked\" proxy=#false"),
        ("default-context.kdl", "Activating \"DefaultContext\"", "Activating \"OwnContext\""),
        ("apartments-and-proxies.kdl", "\"where n3\" thread=\"same", "\"where n3\" thread=\"other"),
        ("seven-objects.kdl", "\"o7\" transaction=\"same-as:o6", "\"o7\" transaction=\"same-as:o1"),
        ("auto-done.kdl", "expect state \"customer\" #null", "expect state \"customer\" \"alice\""),
        ("members-are-deactivated.kdl", "Note \"transfer goes\"", "Note \"account goes\""),
        ("pool-of-connections.kdl", "expect state \"queries\" \"one\"", "expect state \"queries\" \"two\""),
        ("pool-is-empty.kdl", "hresult=\"CO_E_ACTIVATIONFAILED_TIMEOUT\"", "hresult=\"E_FAIL\""),
        ("pool-and-transaction.kdl", "ObjectTakenFromTransaction", "ObjectTakenFromPool"),
        ("references-come-home.kdl", "\"home again\" proxy=#false", "\"home again\" proxy=#true"),
        ("bank-transfer.kdl", "\"attempts\" 4", "\"attempts\" 3"),
        ("one-class-two-partitions.kdl", "\"by moniker\" partition=\"Branch\"", "\"by moniker\" partition=\"global\""),
        ("application-instances.kdl", "ApplicationRecycled \"Administrator\"", "ApplicationRecycled \"Lifetime\""),
        (
            "application-instances.kdl",
            "ApplicationStarted \"Bank\"; Activating",
            "ApplicationStarted \"Shop\"; Activating",
        ),
        ("documented-sample.kdl", "apartment=\"sta\" in-", "apartment=\"mta\" in-"),
    ] {
        let (_, text) = shipped().into_iter().find(|(name, _)| name == file).unwrap();
        assert!(text.contains(right), "{file}: {right}");
        let scenario = read(file, text.replacen(right, wrong, 1));
        let run = run(&scenario, &Options::default()).unwrap();
        assert!(!run.holds(), "{file}: {wrong}");
        assert!(run.expectations().any(|(_, verdict)| !verdict.holds && !verdict.found.is_empty()), "{file}: {wrong}");
    }
}

#[test]
fn the_call_tree_of_the_funds_transfer_reads_as_it_should() {
    let scenario = shipped_scenario("funds-transfer.kdl");
    let run = run(&scenario, &Options::default()).unwrap();
    golden("funds-transfer.txt", &text::render(&scenario, &run, TextOptions::default()));
    let told = text::render(&scenario, &run, TextOptions::default());
    let readme = include_str!("../../../README.md");
    let shown = readme.split("```text\n").filter_map(|block| block.split("```").next());
    let shown =
        shown.into_iter().find(|block| block.contains("create Bank.Transfer")).expect("the README shows some of it");
    assert!(told.contains(shown), "the README shows what is not told:\n{shown}");
    let coloured = text::render(&scenario, &run, TextOptions { colours: true, why: false });
    assert!(coloured.contains("\u{1b}[32m"));
}

#[test]
fn the_call_tree_shows_waits_pool_threads_and_where_calls_run() {
    for file in ["activities-deadlock", "bound-to-the-client", "asynchronous-errors", "apartments-and-proxies"] {
        let scenario = shipped_scenario(&format!("{file}.kdl"));
        let run = run(&scenario, &Options::default()).unwrap();
        golden(&format!("{file}.txt"), &text::render(&scenario, &run, TextOptions::default()));
    }
}

#[test]
fn the_reasons_of_an_activity_object_stand_beneath_it() {
    let scenario = shipped_scenario("wcf-client.kdl");
    let run = run(&scenario, &Options::default()).unwrap();
    golden("wcf-client-why.txt", &text::render(&scenario, &run, TextOptions { colours: false, why: true }));
}

#[test]
fn the_call_tree_shows_where_objects_are_made_and_what_becomes_of_them() {
    for file in ["auto-done", "members-are-deactivated", "references-come-home", "application-instances"] {
        let scenario = shipped_scenario(&format!("{file}.kdl"));
        let run = run(&scenario, &Options::default()).unwrap();
        golden(&format!("{file}.txt"), &text::render(&scenario, &run, TextOptions::default()));
    }
    let scenario = shipped_scenario("component-lands-with-its-creator.kdl");
    let run = run(&scenario, &Options::default()).unwrap();
    golden("component-why.txt", &text::render(&scenario, &run, TextOptions { colours: false, why: true }));
}

#[test]
fn the_call_tree_with_reasons_names_rule_and_page() {
    let scenario = shipped_scenario("isolation-mismatch.kdl");
    let run = run(&scenario, &Options::default()).unwrap();
    golden("isolation-mismatch-why.txt", &text::render(&scenario, &run, TextOptions { colours: false, why: true }));
}

#[test]
fn what_a_panic_unwinds_and_what_is_left_open_is_seen_in_the_tree() {
    let scenario = shipped_scenario("unbalanced-domain.kdl");
    let run = run(&scenario, &Options::default()).unwrap();
    golden("unbalanced-domain.txt", &text::render(&scenario, &run, TextOptions::default()));
}
