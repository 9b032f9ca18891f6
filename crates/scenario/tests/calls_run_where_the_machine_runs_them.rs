//! Activity objects and their calls, as scenarios have them.

mod support;

use complus_scenario::{
    Options, Run, Source, parse, run,
    trace::{detail, name},
};
use support::run_text;

fn holds(run: &Run) {
    let failing: Vec<_> = run.expectations().filter(|(_, verdict)| !verdict.holds).collect();
    assert!(run.holds(), "{failing:#?} {:#?}", run.failures);
}

/// Steps of one thread in the MTA, with activity objects `free` and `locked` at hand.
fn run_calls(steps: &str) -> Run {
    run_text(&format!(
        "manager \"ledger\" {{ seed \"alice\" 100 }}\nthread \"t\" {{\nactivity as=\"free\" pool=\"mta\"\n\
         activity as=\"locked\" pool=\"mta\" synchronization=\"New\"\n{steps}\n}}\n"
    ))
}

fn events(run: &Run, wanted: &str) -> usize {
    run.events().filter(|event| name(&event.what) == wanted).count()
}

fn failure(run: &Run) -> (usize, &str) {
    run.failures.first().map(|failure| (failure.step.line, failure.message.as_str())).expect("it holds")
}

#[test]
fn a_fail_step_in_a_call_is_the_answer_of_the_call() {
    holds(&run_calls(
        "synchronous-call \"free\" as=\"c\" { fail \"E_FAIL\"; note \"never\" }\nexpect hresult=\"E_FAIL\"",
    ));
    holds(&run_calls("synchronous-call \"free\" { fail \"S_FALSE\" }\nexpect hresult=\"S_FALSE\""));
    let run = run_calls("synchronous-call \"free\" { fail \"E_FAIL\"; note \"never\" }");
    assert_eq!(failure(&run).0, 5);
    assert!(failure(&run).1.starts_with("E_FAIL") && events(&run, "Note") == 0);
    // An expectation of the code goes on in the call.
    holds(&run_calls(
        "synchronous-call \"free\" { fail \"E_FAIL\"; expect hresult=\"E_FAIL\" }\nexpect hresult=\"S_OK\"",
    ));
}

#[test]
fn a_domain_that_is_open_when_a_call_fails_is_abandoned() {
    let run = run_calls(
        "synchronous-call \"free\" { enter as=\"d\" transaction=\"New\" { fail \"E_FAIL\" } }\n\
         expect hresult=\"E_FAIL\"\nexpect \"d\" status=\"XACT_E_ABORTED\"\nexpect context=\"default\"",
    );
    holds(&run);
    assert!(run.events().any(|event| detail(&event.what).as_deref() == Some("DroppedDomain")));
}

#[test]
fn any_other_step_that_fails_in_a_call_ends_the_scenario() {
    let run =
        run_calls("asynchronous-call \"free\" {\nset-abort\n\nleave\nnote \"never\"\n}\nwait \"free\"\nnote \"never\"");
    assert_eq!((failure(&run).0, events(&run, "Note")), (8, 0), "{:?}", run.failures);
    assert_eq!(run.failures.len(), 1, "what follows from a failure is not told again: {:?}", run.failures);
    assert_eq!(run.failures[0].thread, "pool 1");
}

#[test]
fn a_panic_in_a_call_is_caught_by_the_machine_and_ends_the_process() {
    let steps = "synchronous-call \"locked\" { enter as=\"d\" transaction=\"New\" { panic \"oops\" } }\n\
                 expect hresult=\"RPC_E_SERVERFAULT\"\nexpect \"d\" status=\"XACT_E_ABORTED\"\n\
                 synchronous-call \"locked\" {}\nexpect hresult=\"CODE\"";
    holds(&run_calls(&steps.replace("CODE", "RPC_E_DISCONNECTED")));
    let contained =
        "compat failfast=\"contain\"\nthread \"t\" { activity as=\"locked\" pool=\"mta\" synchronization=\"New\"\n";
    holds(&run_text(&format!("{contained}{}\n}}\n", steps.replace("CODE", "S_OK"))));
    holds(&run_calls(
        "synchronous-call \"free\" { expect-panic \"oops\" { panic \"oops\" } }\nexpect hresult=\"S_OK\"",
    ));
    let run = run_calls("asynchronous-call \"free\" { repeat 2 { panic } }\nwait \"free\"");
    assert_eq!(events(&run, "Failfast"), 1);
    assert!(
        run.events()
            .any(|event| name(&event.what) == "CallReturned" && detail(&event.what).as_deref() == Some("panic"))
    );
}

#[test]
fn a_failing_answer_of_on_error_ends_the_process() {
    let run = run_calls(
        "asynchronous-call \"free\" { fail \"E_FAIL\"; on-error { fail \"E_ACCESSDENIED\" } }\nwait \"free\"\n\
         synchronous-call \"free\" {}\nexpect hresult=\"RPC_E_DISCONNECTED\"",
    );
    holds(&run);
    assert_eq!(events(&run, "Failfast"), 1);
}

#[test]
fn calls_that_nobody_waits_for_are_run_before_the_end_also_after_the_last_release() {
    let run = run_calls(
        "asynchronous-call \"locked\" { note \"one\" }\nasynchronous-call \"locked\" { note \"two\" }\nrelease \"locked\"",
    );
    holds(&run);
    assert_eq!((events(&run, "Note"), events(&run, "ActivityDestroyed")), (2, 1));
    let run = run_calls("release \"free\"\nsynchronous-call \"free\" {}");
    assert!(failure(&run).1.contains("there is no activity object `free` now"));
    let run = run_calls("release \"free\"\nrelease \"free\"");
    assert_eq!(failure(&run).0, 6);
}

#[test]
fn an_activity_object_may_be_refused() {
    holds(&run_calls(
        "activity as=\"a\" synchronization=\"New\"\nexpect hresult=\"CO_E_THREADPOOL_CONFIG\"\n\
         expect \"a\" hresult=\"CO_E_THREADPOOL_CONFIG\"",
    ));
    holds(&run_text(
        "thread \"t\" apartment=\"none\" { activity as=\"a\" pool=\"mta\"\n expect hresult=\"CO_E_NOTINITIALIZED\" }\n",
    ));
}

#[test]
fn what_is_wrongly_expected_of_a_call_is_told() {
    for (expectation, told) in [
        ("thread=\"other\"", "it is the thread `t`"),
        ("thread=\"other-than:t\"", "it is the thread `t`"),
        ("thread=\"same-as:w\"", "there is no thread to compare it with"),
        ("context=\"same-as:w\"", "it is another context"),
        ("apartment=\"sta\"", "apartment is MTA"),
        ("activity=\"same-as:locked\"", "there is no activity"),
        ("hresult=\"S_FALSE\"", "hresult is S_OK"),
    ] {
        let run = run_calls(&format!(
            "synchronous-call \"free\" as=\"c\" {{}}\nrepeat 0 {{ asynchronous-call \"locked\" as=\"w\" {{}} }}\nexpect \"c\" {expectation}"
        ));
        let found: Vec<_> = run.expectations().flat_map(|(_, verdict)| verdict.found.clone()).collect();
        assert!(found.len() == 1 && found[0].to_lowercase().contains(&told.to_lowercase()), "{expectation}: {found:?}");
    }
    let run = run_calls("expect \"free\" context=\"new\"");
    assert!(!run.holds());
}

#[test]
fn asynchronous_calls_come_to_barriers_on_their_own() {
    holds(&run_calls(
        "asynchronous-call \"free\" { barrier \"all\" }\nasynchronous-call \"free\" { barrier \"all\" }\n\
         synchronous-call \"free\" { barrier \"all\" }\nwait \"free\"",
    ));
    let run = run_calls(
        "asynchronous-call \"locked\" { barrier \"b\" }\nasynchronous-call \"locked\" { barrier \"b\" }\nwait \"locked\"",
    );
    assert!(failure(&run).1.contains("nobody else comes to the barrier `b`"), "{:?}", run.failures);
}

#[test]
fn a_thread_of_an_sta_serves_its_queue_while_it_waits_also_in_what_it_serves() {
    for seed in 0..20 {
        let text = "thread \"ui\" apartment=\"sta\" {
            activity as=\"form\" pool=\"sta\"
            activity as=\"worker\" pool=\"mta\"
            bind \"form\"
            asynchronous-call \"worker\" as=\"outer\" {
                synchronous-call \"form\" {
                    asynchronous-call \"worker\" as=\"inner\" { synchronous-call \"form\" { note \"deep\" } }
                    wait \"inner\"
                }
            }
            barrier \"bound\"
            wait \"outer\"
            pump until=\"over\"
            pump
        }
        thread \"client\" {
            barrier \"bound\"
            repeat 3 { synchronous-call \"form\" as=\"call\" { note \"from outside\" } }
            expect \"call\" thread=\"same-as:ui\"
            barrier \"over\"
        }\n";
        let scenario = parse(Source::new("test.kdl", text)).unwrap();
        let run = run(&scenario, &Options { seed: Some(seed), ..Options::default() }).unwrap();
        holds(&run);
        assert_eq!(events(&run, "Note"), 4);
    }
    // The queue of a thread in the MTA is served as well: nothing is in it.
    holds(&run_calls("pump\nexpect hresult=\"S_OK\""));
}

#[test]
fn a_call_that_an_sta_has_put_aside_gives_up_in_time() {
    holds(&run_text(
        "thread \"ui\" apartment=\"sta\" {
            activity as=\"form\" pool=\"sta\" synchronization=\"New\" activity-timeout=\"10ms\"
            bind \"form\"
            synchronous-call \"form\" { barrier \"inside\"; pump until=\"refused\" }
         }
         thread \"client\" {
            barrier \"inside\"
            barrier \"sent\"
            synchronous-call \"form\" { note \"never\" }
            expect hresult=\"CONTEXT_E_SYNCH_TIMEOUT\"
            barrier \"refused\"
         }
         thread \"clock\" { barrier \"sent\"; advance \"10ms\" }\n",
    ));
}

#[test]
fn an_unnamed_end_of_all_progress_is_told_and_never_hangs() {
    let run = run_text(
        "thread \"ui\" apartment=\"sta\" { pump until=\"never\" }\nthread \"client\" { repeat 0 { barrier \"never\" } }\n",
    );
    let message = "nothing can go on: ui waits in line 1 (pump until=\"never\")";
    assert_eq!(run.failures.iter().map(|it| it.message.as_str()).collect::<Vec<_>>(), [message]);
    // Synchronous calls in a circle of apartments that do not serve each other.
    let run = run_text(
        "thread \"ui\" apartment=\"sta\" { activity as=\"form\" pool=\"sta\"\n bind \"form\"\n barrier \"bound\"\n barrier \"never\" }\n\
         thread \"client\" { barrier \"bound\"; synchronous-call \"form\" { barrier \"never\" } }\n",
    );
    assert!(failure(&run).1.contains("nobody else comes to the barrier `never`"), "{:?}", run.failures);
}

#[test]
fn a_deadlock_that_may_hang_names_its_circle_and_everybody_is_let_go() {
    let text = "compat deadlock=\"hang\"
thread \"left\" {
    activity as=\"a\" pool=\"mta\" synchronization=\"New\"
    barrier \"made\"
    synchronous-call \"a\" {
        barrier \"inside\"
        synchronous-call \"b\" { note \"never\" }
    }
}
thread \"right\" {
    activity as=\"b\" pool=\"mta\" synchronization=\"New\"
    barrier \"made\"
    synchronous-call \"b\" {
        barrier \"inside\"
        synchronous-call \"a\" { note \"never\" }
    }
}
thread \"waits too\" { barrier \"made\"; synchronous-call \"a\" as=\"third\" {} }\n";
    for seed in 0..20 {
        let scenario = parse(Source::new("test.kdl", text)).unwrap();
        let run = run(&scenario, &Options { seed: Some(seed), ..Options::default() }).unwrap();
        if run.holds() {
            continue; // The third was first.
        }
        let [failure] = &run.failures[..] else { panic!("{:?}", run.failures) };
        for part in [
            "deadlock: ",
            "left (line 7) waits for the activity of `b` (A",
            "right (line 15) waits for the activity of `a` (A",
        ] {
            assert!(failure.message.contains(part), "{seed}: {}", failure.message);
        }
        assert_eq!((events(&run, "Note"), events(&run, "Failfast")), (0, 1));
    }
}

#[test]
fn a_deadlock_between_pool_threads_names_their_calls() {
    let run = run_text(
        "compat deadlock=\"hang\"
thread \"t\" {
    activity as=\"a\" pool=\"mta\" synchronization=\"New\"
    activity as=\"b\" pool=\"sta\" synchronization=\"New\"
    asynchronous-call \"a\" { barrier \"inside\"; synchronous-call \"b\" {} }
    asynchronous-call \"b\" { barrier \"inside\"; synchronous-call \"a\" {} }
}\n",
    );
    let (_, message) = failure(&run);
    for part in ["pool 1 (line ", "pool 2 (line ", "waits for the activity of `a`", "waits for the activity of `b`"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn calls_nest_deep_and_too_deep_is_told() {
    let nested = |levels: usize| {
        let open = "synchronous-call \"locked\" {\n".repeat(levels);
        run_calls(&format!("{open}note \"innermost\"\n{}", "}\n".repeat(levels)))
    };
    let run = nested(48);
    holds(&run);
    assert_eq!(events(&run, "ActivityReentered"), 47);
    assert!(failure(&nested(49)).1.contains("more than 48 calls run inside each other"));
    // Each message that a pump serves pumps again.
    let run = run_text(
        "thread \"ui\" apartment=\"sta\" {\nactivity as=\"form\" pool=\"sta\"\nbind \"form\"\n\
         repeat 200 { asynchronous-call \"form\" { pump } }\npump\n}\n",
    );
    assert!(failure(&run).1.contains("more than 48 calls run inside each other"));
}

#[test]
fn threads_of_pools_have_names_of_their_own() {
    let run = run_text(
        "pools processors=1\nthread \"pool 1\" { activity as=\"a\" pool=\"sta\"\n synchronous-call \"a\" as=\"c\" {}\n\
         expect \"c\" thread=\"other-than:pool 1\" }\n",
    );
    holds(&run);
    assert_eq!(run.threads, ["pool 1", "pool 2"]);
}

#[test]
fn the_pools_are_as_the_file_sets_them_up() {
    // EmulateMTSBehavior: an apartment for each activity.
    for (pools, same) in
        [("mts=#true", "other-than"), ("processors=1 min-threads=1 activities-per-thread=5", "same-as")]
    {
        holds(&run_text(&format!(
            "pools {pools}\nthread \"t\" {{\n\
             activity as=\"a\" pool=\"sta\" binding=\"BindToPoolThread\"\nactivity as=\"b\" pool=\"sta\" binding=\"BindToPoolThread\"\n\
             synchronous-call \"a\" as=\"one\" {{}}\nsynchronous-call \"b\" as=\"two\" {{}}\nexpect \"two\" thread=\"{same}:one\"\n}}\n"
        )));
    }
}
