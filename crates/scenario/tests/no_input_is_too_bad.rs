//! Whatever a file holds: a result, in time, without a panic or an overflow.

mod support;

use complus_scenario::{
    DEEPEST, Options, Source, parse, parse_bytes, run,
    view::{self, json},
};
use std::time::{Duration, Instant};
use support::{mistake, run_text, shipped};

/// Reads, and if that goes well runs with few steps; nothing must panic.
fn feed(bytes: &[u8]) {
    let started = Instant::now();
    match parse_bytes("bad.kdl", bytes) {
        Ok(scenario) => drop(run(&scenario, &Options { steps: 500, seed: None })),
        Err(error) => {
            assert!(!error.diagnostics().is_empty());
            let _ = (error.render(false), error.render(true));
        }
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", String::from_utf8_lossy(bytes));
}

#[test]
fn random_bytes() {
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..300 {
        let bytes: Vec<u8> = (0..random.usize(..200)).map(|_| random.u8(..)).collect();
        feed(&bytes);
    }
}

#[test]
fn random_text() {
    let mut random = fastrand::Rng::with_seed(2);
    for _ in 0..300 {
        let text: String = (0..random.usize(..120)).map(|_| random.char(..)).collect();
        feed(text.as_bytes());
    }
}

#[test]
fn random_words_of_the_language() {
    const WORDS: [&str; 83] = [
        "thread",
        "\"t\"",
        "enter",
        "as=",
        "\"a\"",
        "{",
        "}",
        "\n",
        ";",
        "leave",
        "expect",
        "status=",
        "\"S_OK\"",
        "transaction=",
        "\"New\"",
        "repeat",
        "3",
        "-1",
        "advance",
        "\"2s\"",
        "#true",
        "#null",
        "#",
        "\"",
        "\\",
        "/*",
        "*/",
        "//",
        "/-",
        "(u8)",
        "=",
        "manager",
        "\"m\"",
        "write",
        "begin",
        "commit",
        "barrier",
        "compat",
        "seed",
        "partition",
        "id=",
        "expect-events",
        "..",
        "\"\"\"",
        "\u{FEFF}",
        "99999999999999999999999999",
        "1e400",
        "0x",
        "application \"A\" activation=\"library\" {",
        "component \"C\" Transaction=\"Required\"",
        "class \"C\" {",
        "class \"U\" threading-model=\"Apartment\" {",
        "method \"M\" {",
        "activate {",
        "create \"C\" as=\"r\"",
        "create \"U\" as=\"u\"",
        "call \"r\" {",
        "call \"u\" \"M\" with=\"r\" gives=\"r\"",
        "give \"r\"",
        "state \"n\" \"v\"",
        "activity as=\"a\" pool=\"mta\"",
        "activity as=\"s\" pool=\"sta\" synchronization=\"New\"",
        "synchronous-call \"a\" {",
        "asynchronous-call \"a\" {",
        "asynchronous-call \"s\" as=\"c\" {",
        "on-error {",
        "notify=#true",
        "bind",
        "unbind",
        "release",
        "wait",
        "pump",
        "pump until=\"b\"",
        "barrier \"b\"",
        "pools processors=1",
        "max-queued-requests=1",
        "apartment=\"sta\"",
        "fail \"E_FAIL\"",
        "panic",
        "thread=",
        "\"same-as:c\"",
        "deadlock=\"hang\"",
        "activity-timeout=\"1ms\"",
    ];
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..1500 {
        let mut text = String::new();
        for _ in 0..random.usize(..40) {
            text += WORDS[random.usize(..WORDS.len())];
            if random.bool() {
                text.push(' ');
            }
        }
        feed(text.as_bytes());
    }
}

/// Threads in every apartment that do steps chosen by chance, most of which are fine by themselves.
#[test]
fn random_steps_of_activities_and_calls() {
    const PLAIN: [&str; 26] = [
        "pump",
        "pump until=\"b1\"",
        "barrier \"b1\"",
        "barrier \"b2\"",
        "bind \"form\"",
        "bind \"account\"",
        "unbind \"form\"",
        "release \"account\"",
        "wait \"account\"",
        "wait \"c\"",
        "wait \"form\"",
        "advance \"1ms\"",
        "advance \"10ms\"",
        "advance \"2min\"",
        "fail \"E_FAIL\"",
        "fail \"S_FALSE\"",
        "panic \"oops\"",
        "leave",
        "set-complete",
        "enter transaction=\"CreateIfNecessary\"",
        "write \"m\" \"x\" 1",
        "activity as=\"account\" pool=\"mta\" synchronization=\"New\"",
        "activity as=\"form\" pool=\"sta\" synchronization=\"New\" activity-timeout=\"5ms\"",
        "activity as=\"form\" pool=\"inherit\" binding=\"BindToPoolThread\" transaction=\"New\"",
        "expect hresult=\"S_OK\"",
        "expect \"c\" thread=\"other\" context=\"same-as:c\" activity=\"same-as:account\"",
    ];
    const OPENING: [&str; 8] = [
        "synchronous-call \"account\" as=\"c\" {",
        "synchronous-call \"form\" {",
        "asynchronous-call \"account\" as=\"c\" {",
        "asynchronous-call \"form\" {",
        "asynchronous-call \"form\" notify=#true {",
        "enter transaction=\"New\" {",
        "repeat 3 {",
        "expect-panic {",
    ];
    fn steps(random: &mut fastrand::Rng, depth: usize, text: &mut String) {
        for _ in 0..random.usize(1..5) {
            if depth > 0 && random.usize(..3) == 0 {
                let open = *random.choice(OPENING).as_ref().unwrap();
                *text += &format!("{open}\n");
                steps(random, depth - 1, text);
                if open.starts_with("asynchronous") && random.bool() {
                    *text += "on-error {\n";
                    steps(random, 0, text);
                    *text += "}\n";
                }
                *text += "}\n";
            } else {
                *text += &format!("{}\n", random.choice(PLAIN).unwrap());
            }
            // What fails is mostly expected, with whatever code; so the story goes on.
            if random.usize(..3) > 0 {
                *text += "expect hresult=\"S_OK\"\n";
            }
        }
    }
    let mut random = fastrand::Rng::with_seed(5);
    let (mut ran, mut ended) = (0, 0);
    for _ in 0..400 {
        let mut text = String::from("manager \"m\"\n");
        text +=
            random.choice(["", "compat deadlock=\"hang\"\n", "pools processors=1 max-queued-requests=2\n"]).unwrap();
        for (number, apartment) in ["mta", "sta", "none", "main-sta"].into_iter().enumerate().take(random.usize(1..5)) {
            text += &format!("thread \"t{number}\" apartment=\"{apartment}\" {{\n");
            text += "activity as=\"account\" pool=\"mta\" synchronization=\"New\"\nexpect hresult=\"S_OK\"\n";
            text += "activity as=\"form\" pool=\"sta\" synchronization=\"New\"\nexpect hresult=\"S_OK\"\n";
            text += "repeat 0 { synchronous-call \"account\" as=\"c\" {}; }\n";
            steps(&mut random, 3, &mut text);
            text += "}\n";
        }
        let scenario = parse(Source::new("random.kdl", &text)).unwrap_or_else(|error| panic!("{error}"));
        let once = || run(&scenario, &Options { steps: 500, seed: Some(1) }).unwrap();
        let (first, again) = (once(), once());
        assert!(first.failures.iter().all(|failure| !failure.message.contains("please report it")), "{text}");
        assert_eq!(json::render(&scenario, &first), json::render(&scenario, &again), "{text}");
        assert!(!view::text::render(&scenario, &first, view::TextOptions::default()).is_empty());
        (ran, ended) = (ran + 1, ended + usize::from(first.failures.is_empty()));
    }
    assert!(ran == 400 && ended > 40, "{ended}");
}

#[test]
fn shipped_scenarios_cut_off_anywhere() {
    for (name, text) in shipped() {
        // Nearly every place of one, some of the others.
        let step = if name == "scope-library.kdl" { 3 } else { (text.len() / 60).max(23) };
        for end in (0..text.len()).step_by(step) {
            feed(&text.as_bytes()[..end]);
        }
    }
}

#[test]
fn shipped_scenarios_with_bytes_changed() {
    let mut random = fastrand::Rng::with_seed(4);
    for (_, text) in shipped() {
        for _ in 0..20 {
            let mut bytes = text.clone().into_bytes();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(..bytes.len());
                bytes[at] = *random.choice(b"{}\"#=\\/*; \nx9").unwrap();
            }
            feed(&bytes);
        }
    }
}

#[test]
fn ten_thousand_nested_enters_are_too_deep_a_file() {
    let text = format!("thread \"t\" {{\n{}{}}}\n", "enter {\n".repeat(10_000), "}\n".repeat(10_000));
    let error = mistake(&text).to_string();
    assert!(
        error.contains(&format!("nests deeper than {DEEPEST} levels")) && error.contains("test.kdl:257:7"),
        "{error}"
    );
    feed("enter {\n".repeat(10_000).as_bytes());
    feed("/*".repeat(100_000).as_bytes());
    feed(&b"{".repeat(1_000_000));
}

#[test]
fn the_deepest_file_runs() {
    let levels = DEEPEST - 1;
    let text = format!("thread \"t\" {{\n{}{}}}\n", "enter {\n".repeat(levels), "}\n".repeat(levels));
    let scenario = parse(Source::new("deep.kdl", text)).unwrap();
    let run = run(&scenario, &Options::default()).unwrap();
    assert!(run.holds());
    let options = view::TextOptions::default();
    assert!(view::text::render(&scenario, &run, options).contains("C255"));
}

#[test]
fn ten_thousand_open_domains_are_left_at_the_end() {
    let run = run_text("thread \"t\" { repeat 10000 { enter transaction=\"CreateIfNecessary\" } }\n");
    assert!(run.holds(), "{:?}", run.failures);
    let text = format!("thread \"t\" {{\n{}}}\n", "enter transaction=\"CreateIfNecessary\"\n".repeat(10_000));
    let run = run_text(&text);
    assert!(run.holds(), "{:?}", run.failures);
    let name = complus_scenario::trace::name;
    assert_eq!(run.events().filter(|event| name(&event.what) == "DomainLeft").count(), 10_000);
}

#[test]
fn a_repeat_without_end_is_ended() {
    assert!(run_text("thread \"t\" { repeat 4000000000 { } }\n").holds());
    for body in ["note \"again\"", "repeat 4000000000 { }", "enter transaction=\"New\" { set-complete }"] {
        let text = format!("thread \"t\" {{ repeat 4000000000 {{ {body} }} }}\n");
        let scenario = parse(Source::new("endless.kdl", text)).unwrap();
        let run = run(&scenario, &Options { steps: 5_000, seed: None }).unwrap();
        assert!(run.failures[0].message.contains("more steps than a run may take"), "{:?}", run.failures);
    }
}
