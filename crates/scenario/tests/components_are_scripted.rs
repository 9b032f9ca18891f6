//! Components whose methods stand in the file: names, turns of life, failures.

mod support;

use complus_core::event::What;
use complus_scenario::{Run, Source, parse_in, trace};
use std::path::Path;
use support::{read, run_text};

const BANK: &str = r#"
manager "ledger" { seed "alice" 100 }
application "Bank" activation="library" access_checks_level="application" events_enabled=#false {
    component "Bank.Account" ThreadingModel="Both" Transaction="Required" { method "Debit" AutoComplete=#true }
    component "Bank.Teller" ThreadingModel="Both" Synchronization="Required" ConstructionEnabled=#true ConstructorString="x" { method "Serve" }
}
"#;

/// Runs steps of a thread in the MTA, with these classes.
#[track_caller]
fn run_bank(classes: &str, steps: &str) -> Run {
    let run = run_text(&format!("{BANK}\n{classes}\nthread \"t\" apartment=\"mta\" {{\n{steps}\n}}\n"));
    let failing: Vec<_> = run.expectations().filter(|(_, verdict)| !verdict.holds).collect();
    assert!(failing.is_empty(), "{failing:#?}");
    run
}

#[track_caller]
fn holds(classes: &str, steps: &str) -> Run {
    let run = run_bank(classes, steps);
    assert!(run.holds() && run.expectations().count() > 0, "{:#?}", run.failures);
    run
}

/// The events of these names, in order.
fn told(run: &Run, names: &[&str]) -> Vec<&'static str> {
    run.events().map(|event| trace::name(&event.what)).filter(|name| names.contains(name)).collect()
}

#[test]
fn what_a_method_holds_is_released_when_it_returns_and_what_a_thread_holds_when_it_ends() {
    let run = holds(
        r#"class "Bank.Teller" {
            construct {}
            deactivate { note "teller goes" }
            method "Serve" {
                create "Bank.Account" as="account"
                call "account" { enable-commit }
            }
        }
        class "Bank.Account" { deactivate { note "account goes" } }"#,
        r#"create "Bank.Teller" as="teller"
        call "teller" "Serve"
        note "served"
        expect-events { ..; Note "account goes"; ..; Note "served" }"#,
    );
    let notes: Vec<_> = run.events().filter(|event| matches!(event.what, What::Note(_))).collect();
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert_eq!(trace::detail(&notes[2].what).as_deref(), Some("teller goes"));
}

#[test]
fn two_threads_in_the_same_method_do_not_share_its_names() {
    let run = run_text(
        r#"class "Mill" { method "Grind" { create "Stone" as="stone"; barrier "both hold one"; call "stone" "Turn" } }
        class "Stone" { method "Turn" { note "turns" } }
        thread "a" apartment="sta" { create "Mill" as="left"; call "left" "Grind"; expect hresult="S_OK" }
        thread "b" apartment="sta" { create "Mill" as="right"; call "right" "Grind"; expect hresult="S_OK" }"#,
    );
    assert!(run.holds(), "{:?}", run.failures);
    assert_eq!(told(&run, &["Note"]).len(), 2);
}

#[test]
fn turns_of_life_that_fail_have_the_codes_of_com_plus() {
    holds(
        r#"class "Bank.Teller" { construct { fail "E_ACCESSDENIED" } }"#,
        r#"create "Bank.Teller" as="teller"
        expect hresult="CO_E_INITIALIZATIONFAILED"
        expect "teller" hresult="CO_E_INITIALIZATIONFAILED"
        expect-events { ..; ObjectConstructed "E_ACCESSDENIED"; ObjectDestroyed; .. }"#,
    );
    // Its construction is on, and it cannot be constructed.
    holds(r#"class "Bank.Teller""#, "create \"Bank.Teller\"\nexpect hresult=\"CO_E_INITIALIZATIONFAILED\"");
    holds(
        r#"class "Bank.Account" { activate { fail "E_ACCESSDENIED" } }"#,
        r#"create "Bank.Account" as="account"
        expect hresult="S_OK"
        call "account" "Debit"
        expect hresult="CO_E_ACTIVATIONFAILED"
        expect-events { ..; ObjectActivated "E_ACCESSDENIED"; ..; TransactionDoomed; ..; ObjectDestroyed; .. }"#,
    );
}

#[test]
fn activate_and_deactivate_run_in_the_context_and_in_the_transaction() {
    holds(
        r#"class "Bank.Account" {
            activate { expect in-transaction=#true context="new"; write "ledger" "alice" -1 }
            method "Debit" { write "ledger" "alice" -10 }
            deactivate { expect in-transaction=#true; set-abort; expect hresult="E_UNEXPECTED" }
        }"#,
        r#"create "Bank.Account" as="account"
        call "account" "Debit"
        expect balance "ledger" "alice" 89"#,
    );
}

#[test]
fn a_method_that_fails_answers_its_code_and_one_that_panics_ends_the_process() {
    holds(
        r#"class "Bank.Account" { method "Debit" { fail "E_ACCESSDENIED"; note "never" } }"#,
        r#"create "Bank.Account" as="account"
        call "account" "Debit" as="debit"
        expect hresult="E_ACCESSDENIED"
        expect "debit" hresult="E_ACCESSDENIED" status="XACT_E_ABORTED""#,
    );
    let run = holds(
        "",
        r#"create "Bank.Account" as="account"
        call "account" { panic "out of money" }
        expect hresult="RPC_E_SERVERFAULT"
        call "account" {}
        expect hresult="RPC_E_DISCONNECTED""#,
    );
    assert_eq!(told(&run, &["Failfast"]), ["Failfast"]);
}

#[test]
fn a_step_that_fails_inside_a_method_ends_the_scenario() {
    let run = run_bank("", "create \"Bank.Account\" as=\"a\"\ncall \"a\" {\ncommit \"T\"\n}\nbegin \"T\"");
    assert_eq!(run.failures.len(), 1, "{:?}", run.failures);
    assert!(run.failures[0].message.contains("the transaction `T` has not begun yet"), "{:?}", run.failures);
}

#[test]
fn an_object_made_with_a_transaction_works_in_it_and_does_not_end_it() {
    holds(
        r#"class "Bank.Account" { method "Debit" { write "ledger" "alice" -10 } }"#,
        r#"begin "T"
        create "Bank.Account" as="account" transaction="T"
        expect "account" transaction="brought" activity="new"
        call "account" "Debit" as="debit"
        expect "debit" transaction="same-as:T"
        release "account"
        expect balance "ledger" "alice" 100
        commit "T"
        expect balance "ledger" "alice" 90"#,
    );
}

#[test]
fn a_class_that_is_registered_with_another_threading_model_than_the_catalog_has_is_refused() {
    holds(
        r#"class "Bank.Account" threading-model="Free""#,
        r#"create "Bank.Account"
        expect hresult="CO_E_THREADINGMODEL_CHANGED"
        expect-events { ..; ActivationRefused "CO_E_THREADINGMODEL_CHANGED" }"#,
    );
}

#[test]
fn names_of_references_are_checked_when_they_are_used() {
    let released = "class \"C\"\nthread \"t\" {\ncreate \"C\" as=\"c\"\nrelease \"c\"\ncall \"c\" {}\n}";
    let message = |text: &str| run_text(text).failures[0].message.clone();
    assert_eq!(message(released), "there is no reference `c` now: not made yet, or released");
    let other =
        "class \"C\"\nclass \"D\" { method \"M\" {} }\nthread \"t\" {\ncreate \"C\" as=\"c\"\ncall \"c\" \"M\"\n}";
    assert_eq!(message(other), "`C` has no method `M`");
    let nothing = "class \"C\"\nthread \"t\" {\ncreate \"C\" as=\"c\"\ncall \"c\" gives=\"d\" {}\n}";
    assert_eq!(message(nothing), "the method gave no reference back");
    assert_eq!(message("thread \"t\" {\nstate \"a\" \"b\"\n}"), "only an object keeps a state");
}

#[test]
fn mistakes_in_a_catalog_file_are_shown_in_that_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let text = "catalog \"broken.toml\"\nthread \"t\" {\n    create \"Nobody.Knows\"\n}\n";
    let error = parse_in(&folder, Source::new("test.kdl", text)).unwrap_err().to_string();
    assert!(error.contains("broken.toml:6:1") && error.contains("did you mean `Name`?"), "{error}");
    assert!(!error.contains("Nobody"), "{error}");
}

#[test]
fn a_catalog_and_applications_of_the_file_are_one_database() {
    let text = r#"catalog "bank.toml"
    application "Ours" activation="library" { component "Ours.Clerk" ThreadingModel="Both" Transaction="Supported" }
    thread "t" { note "x" }"#;
    let scenario = read("test.kdl", text);
    let classes = scenario.catalog.unwrap().snapshot();
    assert!(classes.classes().clsid("Meridian.Transfer").is_some() && classes.classes().clsid("Ours.Clerk").is_some());
    assert_eq!(scenario.classes.len(), 7);
}
