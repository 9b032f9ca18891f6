//! Whatever a scenario file holds: it is refused with places, or means the same when its layout is made anew.

#![no_main]

use complus_fuzz::{into_buffer, is_well_told};
use complus_scenario::{Scenario, Source, parse, parse_bytes};
use kdl::KdlDocument;
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};
use std::panic;

/// What the reader says of a text on which the document parser panics.
const PARSER_FAILED: &str = "the document parser failed on this file";

fuzz_target!(
    // The engine's hook ends the process at every panic. The reader catches those of the document parser and is right to;
    // what comes out of a target still ends the process.
    init: panic::set_hook(Box::new(|_| {})),
    |data: &[u8]| -> Corpus {
        let Ok(text) = std::str::from_utf8(data) else {
            is_well_told(&parse_bytes("x.kdl", data).unwrap_err(), &String::from_utf8_lossy(data));
            return Corpus::Reject;
        };
        match parse(Source::new("x.kdl", text)) {
            Ok(scenario) => again(text, scenario),
            Err(error) => {
                is_well_told(&error, text);
                if error.diagnostics()[0].message == PARSER_FAILED {
                    let parsed = panic::catch_unwind(|| KdlDocument::parse(text).is_ok());
                    assert!(parsed.is_err(), "the reader itself panicked");
                }
            }
        }
        Corpus::Keep
    }
);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    into_buffer(data, size, max_size, seed, include_str!("../scenario.dict"))
});

/// The text, laid out anew, means `scenario`.
fn again(text: &str, scenario: Scenario) {
    let mut document = KdlDocument::parse(text).expect("it was read");
    document.autoformat();
    let text = document.to_string();
    match parse(Source::new("x.kdl", &text)) {
        Ok(again) => assert_eq!(meaning(scenario), meaning(again), "{text}"),
        Err(error) => panic!("what was laid out anew does not read: {error}\n{text}"),
    }
}

/// A scenario as text, without the places in its file.
fn meaning(mut scenario: Scenario) -> String {
    scenario.source = Source::new("", "");
    let text = format!("{scenario:#?}");
    let is_place =
        |line: &&str| ["start: ", "end: ", "line: "].iter().any(|place| line.trim_start().starts_with(place));
    text.lines().filter(|line| !is_place(line)).collect::<Vec<_>>().join("\n")
}
