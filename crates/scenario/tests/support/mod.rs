//! What the tests share: the shipped scenarios, golden files, running a text.

#![allow(dead_code)] // every test program uses its part

use complus_scenario::{FileError, Options, Run, Scenario, Source, parse, parse_in, run};
use std::path::{Path, PathBuf};

/// Where the shipped scenarios are, and the files that they name.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

/// Every shipped scenario: its file name and its text.
pub(crate) fn shipped() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "kdl"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    assert!(files.len() >= 40, "{}", files.len());
    files
}

/// The shipped scenario of this name, read.
pub(crate) fn shipped_scenario(name: &str) -> Scenario {
    let (_, text) = shipped().into_iter().find(|(file, _)| file == name).unwrap();
    read(name, text)
}

/// Reads a text as if it were the shipped scenario of this name.
pub(crate) fn read(name: &str, text: impl Into<String>) -> Scenario {
    parse_in(&folder(), Source::new(name, text)).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads and runs a scenario.
pub(crate) fn run_text(text: &str) -> Run {
    let scenario = parse(Source::new("test.kdl", text)).unwrap_or_else(|error| panic!("{error}"));
    run(&scenario, &Options::default()).unwrap()
}

/// Runs steps on one thread in the MTA, with a manager `ledger` at hand.
pub(crate) fn run_steps(steps: &str) -> Run {
    run_text(&format!("manager \"ledger\" floor=0 {{ seed \"alice\" 100 }}\nthread \"t\" {{\n{steps}\n}}\n"))
}

/// Reads a scenario that is wrong.
pub(crate) fn mistake(text: &str) -> FileError {
    parse(Source::new("test.kdl", text)).unwrap_err()
}

/// Compares with `tests/expected/NAME`; UPDATE_EXPECTED=1 writes it instead.
pub(crate) fn golden(name: &str, found: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(name);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "differs from {}; UPDATE_EXPECTED=1 accepts it", path.display());
}
