//! The program from outside: exit codes, what goes to which stream.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn complus(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_complus")).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn scenario(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    path.canonicalize().unwrap().display().to_string()
}

/// A file of this test's own with this text.
fn file(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_scenario_whose_expectations_hold_ends_with_0() {
    let output = complus(&["run", &scenario("funds-transfer.kdl")]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    assert!(text.contains("enter by hand (C1)") && text.contains("all 10 expectations hold"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn an_expectation_that_fails_ends_with_1() {
    let wrong = file(
        "failing.kdl",
        "thread \"t\" { enter as=\"a\" transaction=\"New\" {}\n expect \"a\" status=\"XACT_E_ABORTED\" }\n",
    );
    let output = complus(&["run", &wrong]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("status is S_OK (0x00000000), not XACT_E_ABORTED (0x8004D019)"), "{}", out(&output));
    let output = complus(&["run", "--check", &wrong, &scenario("funds-transfer.kdl")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).starts_with("FAIL ") && out(&output).contains("\nok   "), "{}", out(&output));
}

#[test]
fn a_step_that_fails_unexpectedly_ends_with_1() {
    let output = complus(&["run", &file("step.kdl", "thread \"t\" { fail \"E_FAIL\" }\n")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("thread t failed in line 1: E_FAIL (0x80004005)"), "{}", out(&output));
}

#[test]
fn a_wrong_file_ends_with_2_and_is_shown_on_standard_error() {
    let output = complus(&["run", &file("wrong.kdl", "thread \"t\" {\n    entre\n}\n")]);
    assert_eq!(output.status.code(), Some(2));
    let text = err(&output);
    assert!(
        text.contains("wrong.kdl:2:5") && text.contains("^^^^^") && text.contains("did you mean `enter`?"),
        "{text}"
    );
    assert!(out(&output).is_empty());
    let output = complus(&["run", "no-such-file.kdl"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).starts_with("error: no-such-file.kdl: "), "{}", err(&output));
    assert_eq!(complus(&["run"]).status.code(), Some(2));
    assert_eq!(complus(&["dance"]).status.code(), Some(2));
}

#[test]
fn a_wrong_file_among_good_ones_ends_with_2_and_the_good_ones_run() {
    let wrong = file("wrong-too.kdl", "}");
    let output = complus(&["run", "--check", &wrong, &scenario("last-vote-wins.kdl")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(out(&output).starts_with("ok "), "{}", out(&output));
}

#[test]
fn json_goes_to_a_file_and_repeats_itself() {
    let path = file("trace.jsonl", "");
    let arguments = ["run", "--format", "json", "--seed", "7", &scenario("two-tellers.kdl")];
    let first = out(&complus(&arguments));
    assert_eq!(complus(&[&arguments[..], &["-o", &path]].concat()).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
    assert!(first.lines().all(|line| line.starts_with('{') && line.contains("\"event\":\"")), "{first}");
    assert!(first.contains("\"seed\":7"));
}

#[test]
fn formats_that_are_not_there_yet_say_so() {
    for format in ["mermaid", "perfetto", "html"] {
        let output = complus(&["run", "--format", format, &scenario("funds-transfer.kdl")]);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains("not available yet"), "{}", err(&output));
    }
}

#[test]
fn why_gives_reasons_in_the_tree() {
    let output = complus(&["run", "--why", &scenario("documented-sample.kdl")]);
    assert!(out(&output).contains("ne-comsvcs-csc_transactionconfig"), "{}", out(&output));
}

#[test]
fn explain_answers_for_a_step_of_a_file() {
    let file = scenario("isolation-mismatch.kdl");
    let output = complus(&["explain", &file, "--at", "weaker"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("column isolation not equal (S-10)"), "{}", out(&output));
    let output = complus(&["explain", &file, "--at", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("weaker (line "), "{}", err(&output));
}

#[test]
fn explain_answers_for_an_activity_object() {
    let file = scenario("wcf-client.kdl");
    for at in ["transactional", "82"] {
        let output = complus(&["explain", &file, "--at", at]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let text = out(&output);
        assert!(text.starts_with("`transactional` is an activity object"), "{text}");
        assert!(text.contains("ne-comsvcs-csc_threadpool") && text.contains("brought"), "{text}");
    }
    let output = complus(&["explain", &file, "--at", "apartment", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(value["activity"], "apartment");
}

#[test]
fn explain_answers_for_a_component_that_a_step_creates() {
    let file = scenario("bank-transfer.kdl");
    for at in ["rates", "25"] {
        let output = complus(&["explain", &file, "--at", at]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let text = out(&output);
        assert!(
            text.starts_with("`rates` is activated in a context of its own (Tx Stats Security Threading)"),
            "{text}"
        );
        for reason in [
            "context: its calls are counted and timed at a border",
            "rule    ACT 4.2",
            "inputs  threading model COMAdminThreadingModelNeutral, creator Mta",
            "source  synchronization-attribute-values",
        ] {
            assert!(text.contains(reason), "{reason}: {text}");
        }
    }
    // Which instance of a server application takes it, and which partition's configuration counts.
    let (instances, partitions) = (scenario("application-instances.kdl"), scenario("one-class-two-partitions.kdl"));
    for (file, at, reason) in [
        (&instances, "first", "instance: a new one"),
        (&instances, "refused", "instance: none: paused"),
        (&instances, "fourth", "instance: one that is running"),
        (&partitions, "head office", "partition: the global partition"),
        (&partitions, "by context", "partition: the partition of the creator's context"),
        (&partitions, "by moniker", "partition: the moniker's partition"),
    ] {
        let text = out(&complus(&["explain", file, "--at", at]));
        assert!(text.lines().any(|line| line.trim() == reason), "{reason}: {text}");
    }
    let output = complus(&["explain", &file, "--at", "format", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(out(&output).lines().next().unwrap()).unwrap();
    assert_eq!((&value["component"], &value["placement"]), (&"format".into(), &"CreatorsContext".into()));
    let refused = scenario("component-lands-with-its-creator.kdl");
    let output = complus(&["explain", &refused, "--at", "watched", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(value["refused"], "CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT (0x80004024)");
}

#[test]
fn explain_answers_a_question_in_words() {
    let caller = "transaction=T1,activity=A1,apartment=mta,isolation=serializable";
    let config = "transaction=CreateIfNecessary,synchronization=New,inheritance=Inherit";
    let output = complus(&["explain", "--caller", caller, "--config", config]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    assert!(text.contains("the caller's transaction, as interior") && text.contains("(S-16)"), "{text}");

    let output = complus(&["explain", "--config", "thread-pool=Mta", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(value["refused"], "CO_E_THREADPOOL_CONFIG (0x80004031)");
    assert_eq!(value["reasons"][1]["source"], "ne-comsvcs-csc_threadpool");

    for (caller, config, advice) in [
        ("trasaction=T1", "transaction=New", "did you mean `transaction`?"),
        ("", "trasaction=New", "did you mean `transaction`?"),
        ("", "transaction", "is no key=value pair"),
        ("isolation=loose", "", "isolation=loose"),
    ] {
        let output = complus(&["explain", "--caller", caller, "--config", config]);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains(advice), "{}", err(&output));
    }
}

#[test]
fn explain_says_where_a_component_is_activated() {
    let caller = "transaction=T1,activity=A1,apartment=mta";
    let component = "transaction=Required,synchronization=Required,jit=true,threading-model=Both";
    let output = complus(&["explain", "--caller", caller, "--component", component]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    for line in [
        "the component is activated in a context of its own (Jit Tx)",
        "  activity     the creator's, A1",
        "  transaction  the creator's, T1, as interior",
        "  reference    a lightweight proxy, no thread switch",
        "    rule    ACT 3.2: Jit",
        "    source  configuring-transactions",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }

    let json = |arguments: &[&str]| -> serde_json::Value {
        let output = complus(&[&["explain", "--format", "json"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        serde_json::from_str(&out(&output)).unwrap()
    };
    let root = json(&["--component", "preset=installed,transaction=RequiresNew,synchronization=RequiresNew,jit=true"]);
    assert_eq!((&root["context"], &root["activity"]), (&"own".into(), &"new".into()));
    assert_eq!((&root["transaction"], &root["root"]), (&"new".into(), &true.into()));
    assert_eq!(root["own_reasons"], serde_json::json!(["Jit", "Tx", "Sync", "Stats", "Security"]));
    assert_eq!(root["reasons"][2]["rule"], "ACT 3.2: Jit");
    assert_eq!(root["reasons"][2]["source"], "setting-the-done-bit");

    let shares = ["--caller", "activity=A1", "--component", "synchronization=Required"];
    assert_eq!(json(&shares)["context"], "creators");
    let rule_1_0 = json(&[&shares[..], &["--switches", "sync-required-shares=false"]].concat());
    assert_eq!((&rule_1_0["context"], &rule_1_0["activity"]), (&"own".into(), &"creators".into()));
    let hosted = json(&["--component", "configured=false,threading-model=Apartment"]);
    assert_eq!((&hosted["context"], &hosted["apartment"]), (&"default".into(), &"HostSta".into()));
    assert_eq!(hosted["reference"], "Switching");
}

#[test]
fn explain_says_why_a_component_is_not_activated() {
    for (caller, component, code) in [
        ("", "jit=true", "CO_E_NOSYNCHRONIZATION (0x8004E02E)"),
        (
            "",
            "tracking=true,must-run-in-client-context=true",
            "CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT (0x80004024)",
        ),
        ("", "instance=paused", "CO_E_SERVER_PAUSED (0x80004025)"),
        ("aggregates=true", "tracking=true", "CLASS_E_NOAGGREGATION (0x80040110)"),
        (
            "transaction=T1,isolation=ReadCommitted",
            "transaction=Required,synchronization=Required,jit=true",
            "CO_E_ISOLEVELMISMATCH (0x8004E02F)",
        ),
    ] {
        let output = complus(&["explain", "--caller", caller, "--component", component]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let first = format!("the component is not activated: {code}: ");
        assert!(out(&output).starts_with(&first), "{component}: {}", out(&output));
    }
    for (caller, component, switches, advice) in [
        ("", "transaction=Requird", "", "transaction=Requird is none of its values; did you mean `Required`?"),
        ("", "trasaction=Required", "", "--component: there is no `trasaction`; did you mean `transaction`?"),
        ("", "jit=perhaps", "", "`jit` is true or false, not `perhaps`"),
        ("apartment=mat", "", "", "--caller: apartment=mat is none of its values; did you mean `mta`?"),
        ("activty=A1", "", "", "--caller: there is no `activty`; did you mean `activity`?"),
        ("activity=A1,context=default", "", "", "a default context has no activity"),
        ("", "configured=false,jit=true", "", "has a threading-model only, no `jit`"),
        ("", "jit", "", "is no key=value pair"),
        ("", "", "eager_begn=true", "there is no switch `eager_begn`; did you mean `eager_begin`?"),
        ("", "", "eager_begin=often", "the switch `eager_begin` must be"),
    ] {
        let output = complus(&["explain", "--caller", caller, "--component", component, "--switches", switches]);
        assert_eq!(output.status.code(), Some(2), "{caller} {component} {switches}");
        assert!(err(&output).contains(advice), "{}", err(&output));
    }
    let both = complus(&["explain", "--component", "jit=true", "--config", "transaction=New"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn the_composite_table_is_printed_in_the_notation_of_the_specification() {
    let rows = |name: &str| -> Vec<serde_json::Value> {
        let value: serde_json::Value =
            serde_json::from_str(&out(&complus(&["table", name, "--format", "json"]))).unwrap();
        value["rows"].as_array().unwrap().clone()
    };
    let row = |name, head: [&str; 3]| {
        let found = rows(name).into_iter().find(|row| head.iter().enumerate().all(|(at, cell)| row[at] == *cell));
        found.unwrap_or_else(|| panic!("{name}: {head:?}"))
    };
    assert_eq!(rows("placement").len(), 18);
    let required = ["Required", "Required", "on", "OWN A'/T'*", "OWN A/T'*", "OWN A/T", "OWN A'/T"];
    assert_eq!(row("placement", ["Required", "Required", "on"]), serde_json::json!(required));
    let shares = ["Disabled", "Required", "off", "OWN A'/-", "CALLER", "CALLER", "OWN A'/-"];
    assert_eq!(row("placement", ["Disabled", "Required", "off"]), serde_json::json!(shares));
    let rule_1_0 = ["Disabled", "Required", "off", "OWN A'/-", "OWN A/-", "OWN A/-", "OWN A'/-"];
    assert_eq!(row("placement-1.0", ["Disabled", "Required", "off"]), serde_json::json!(rule_1_0));
    assert_eq!(rows("must-run").len(), 32);
    for name in ["own-reasons", "gates", "coherence", "class-apartment", "life-cycle", "transaction-call"] {
        assert!(!rows(name).is_empty(), "{name}");
    }
}

#[test]
fn tables_are_listed_and_printed() {
    let list = out(&complus(&["table"]));
    assert!(list.lines().any(|line| line.starts_with("service-domain ")), "{list}");
    for line in list.lines() {
        let name = line.split_whitespace().next().unwrap();
        for format in ["text", "markdown", "csv", "json"] {
            let output = complus(&["table", name, "--format", format]);
            assert_eq!(output.status.code(), Some(0), "{name} {format}");
            assert!(out(&output).lines().count() >= if format == "json" { 1 } else { 3 }, "{name} {format}");
        }
    }
    let output = complus(&["table", "transacton"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("did you mean \"transaction\"?"), "{}", err(&output));
}

#[test]
fn a_table_is_written_to_a_file_and_all_tables_to_a_folder() {
    let folder = std::env::temp_dir().join(format!("complus-tables-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    assert_eq!(complus(&["table", "leave", "-o", &path("leave.txt")]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(path("leave.txt")).unwrap(), out(&complus(&["table", "leave"])));

    let listed = out(&complus(&["table"])).lines().count();
    assert_eq!(complus(&["table", "--all", "--format", "csv", "-o", &path("csv")]).status.code(), Some(0));
    assert_eq!(std::fs::read_dir(path("csv")).unwrap().count(), listed);
    assert_eq!(complus(&["table", "--all", "--format", "markdown", "-o", &path("md")]).status.code(), Some(0));
    let pages = std::fs::read_dir(path("md")).unwrap().map(|entry| entry.unwrap().path());
    let heads = pages.map(|page| std::fs::read_to_string(page).unwrap().matches("\n## ").count());
    let subjects = std::fs::read_dir(path("md")).unwrap().count() - 1;
    assert_eq!(heads.sum::<usize>(), listed + subjects, "each table is on one page, each page in the index");

    assert_eq!(complus(&["table", "--all"]).status.code(), Some(2), "where to?");
    assert_eq!(complus(&["table", "leave", "--all", "-o", &path("x")]).status.code(), Some(2), "one, or all?");
    let blocked = complus(&["table", "--all", "-o", &path("leave.txt")]);
    assert_eq!((blocked.status.code(), err(&blocked).contains("leave.txt")), (Some(2), true));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::process::Stdio;
    let mut child = Command::new(env!("CARGO_BIN_EXE_complus"))
        .args(["run", &scenario("funds-transfer.kdl")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
