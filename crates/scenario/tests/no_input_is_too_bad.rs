//! Whatever a file holds: a result, in time, without a panic or an overflow.

mod support;

use complus_scenario::{DEEPEST, Options, Source, parse, parse_bytes, run};
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
    const WORDS: [&str; 48] = [
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

#[test]
fn shipped_scenarios_cut_off_anywhere() {
    for (name, text) in shipped() {
        // Nearly every place of one, some of the others.
        let step = if name == "scope-library.kdl" { 3 } else { 23 };
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
    let options = complus_scenario::view::TextOptions::default();
    assert!(complus_scenario::view::text::render(&scenario, &run, options).contains("C255"));
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
