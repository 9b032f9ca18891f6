//! The runner, step by step.

mod support;

use complus_scenario::{Run, trace::Failure};
use support::{run_steps, run_text};

fn holds(run: &Run) {
    let failing: Vec<_> = run.expectations().filter(|(_, verdict)| !verdict.holds).collect();
    assert!(run.holds(), "{failing:#?} {:#?}", run.failures);
}

fn only_failure(run: &Run) -> &Failure {
    let [failure] = &run.failures[..] else { panic!("{:?}", run.failures) };
    failure
}

#[test]
fn a_step_that_fails_ends_the_scenario_unless_its_code_is_expected_next() {
    let run = run_steps("fail \"E_FAIL\"\nnote \"never\"");
    assert!(only_failure(&run).message.starts_with("E_FAIL (0x80004005)"));
    assert_eq!(run.events().filter(|event| matches!(event.what, complus_core::event::What::Note(_))).count(), 0);
    holds(&run_steps("fail \"E_FAIL\"\nexpect hresult=\"E_FAIL\""));
    let run = run_steps("fail \"E_FAIL\"\nexpect hresult=\"S_OK\"\nnote \"goes on\"");
    assert!(run.failures.is_empty() && !run.holds());
    let run = run_steps("fail \"E_FAIL\"\nnote \"between\"\nexpect hresult=\"E_FAIL\"");
    assert_eq!(only_failure(&run).step.line, 3);
}

#[test]
fn domains_that_a_failure_leaves_open_abort() {
    let run = run_steps("enter as=\"a\" transaction=\"New\" { write \"ledger\" \"alice\" -1; fail \"E_FAIL\" }");
    only_failure(&run);
    assert!(run.events().any(|event| complus_scenario::trace::name(&event.what) == "TransactionAborted"));
}

#[test]
fn a_failure_on_one_thread_ends_the_others_too() {
    let run = run_text(
        "thread \"waits\" { enter { barrier \"b\"; note \"never\" } }\nthread \"fails\" { fail \"E_FAIL\"; barrier \"b\" }\n",
    );
    assert!(run.failures.iter().any(|failure| failure.message.starts_with("E_FAIL")), "{:?}", run.failures);
    assert!(!run.events().any(|event| complus_scenario::trace::name(&event.what) == "Note"));
}

#[test]
fn a_barrier_to_which_nobody_else_can_come_is_told() {
    let run =
        run_text("thread \"a\" { barrier \"x\"; barrier \"y\" }\nthread \"b\" { barrier \"y\"; barrier \"x\" }\n");
    assert!(run.failures[0].message.contains("nobody else comes to the barrier"), "{:?}", run.failures);
}

#[test]
fn threads_meet_at_a_barrier_again_and_again() {
    let body = "repeat 20 { barrier \"b\" }";
    holds(&run_text(&format!("thread \"a\" {{ {body} }}\nthread \"b\" {{ {body} }}\nthread \"c\" {{ {body} }}\n")));
}

#[test]
fn a_panic_that_nothing_expects_is_a_failure() {
    let run = run_steps("enter transaction=\"New\" { panic \"oops\" }");
    assert!(only_failure(&run).message.contains("oops"));
    assert!(run.events().any(|event| complus_scenario::trace::detail(&event.what).as_deref() == Some("PanicInDomain")));
    let run = run_steps("expect-panic { note \"calm\" }");
    assert!(run.failures.is_empty() && !run.holds());
    holds(&run_steps("expect-panic { repeat 2 { as-user \"bob\" { panic } } }\nexpect context=\"default\""));
}

#[test]
fn apartments_are_what_the_file_asks_for() {
    holds(&run_text(
        "thread \"s\" apartment=\"sta\" { expect apartment=\"sta\" }\n\
         thread \"main\" apartment=\"main-sta\" { expect apartment=\"main-sta\" }\n\
         thread \"m\" apartment=\"mta\" { expect apartment=\"mta\" }\n",
    ));
    holds(&run_text("thread \"s\" apartment=\"sta\" { expect apartment=\"sta\" }\n"));
    holds(&run_text("thread \"n\" apartment=\"none\" { enter; expect hresult=\"CO_E_NOTINITIALIZED\" }\n"));
}

#[test]
fn outside_transactions_that_nobody_ends_abort_at_the_end() {
    let run = run_steps("begin \"T\" isolation=\"ReadCommitted\"\nwrite \"ledger\" \"alice\" -1 transaction=\"T\"");
    holds(&run);
    assert!(run.events().any(|event| complus_scenario::trace::name(&event.what) == "TransactionAborted"));
}

#[test]
fn a_transaction_must_have_begun_before_it_is_brought() {
    let run = run_text("thread \"a\" { enter bring=\"T\"\n begin \"T\" }\n");
    assert!(only_failure(&run).message.contains("`T` has not begun yet"));
}

#[test]
fn a_manager_refuses_when_told_to() {
    holds(&run_steps(
        "refuse-prepare \"ledger\"\nenter as=\"a\" transaction=\"New\" { enlist \"ledger\"; set \"ledger\" \"alice\" 5 }\n\
         expect \"a\" status=\"XACT_E_ABORTED\"\nexpect-balance \"ledger\" \"alice\" 100\n\
         enter as=\"b\" transaction=\"New\" { set \"ledger\" \"alice\" 5 }\n\
         expect status=\"S_OK\"\nexpect balance \"ledger\" \"alice\" \"5\"",
    ));
}

#[test]
fn switches_reach_the_machine() {
    let steps = "begin \"T\"\nenter as=\"a\" bring=\"T\" { set-abort }\nexpect \"a\" status=\"STATUS\"";
    let file = |switch: &str, status| format!("{switch}\nthread \"t\" {{\n{}\n}}\n", steps.replace("STATUS", status));
    holds(&run_text(&file("", "XACT_E_ABORTING")));
    holds(&run_text(&file("compat byot-abort=\"Immediate\"", "XACT_E_ABORTED")));
    holds(&run_text(&file("compat byot_abort=\"immediate\"", "Aborted")));
}

#[test]
fn the_default_time_out_of_the_machine_applies() {
    holds(&run_text(
        "default-timeout \"5s\"\nthread \"t\" { enter as=\"a\" transaction=\"New\" { advance \"6s\" }\n expect \"a\" status=\"XACT_E_ABORTED\" }\n",
    ));
}
