//! The list of scenarios and the tests hold each other to account: every row marked done has its test, and
//! every test that bears a scenario's id has a row that is marked done.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The rows of the specification's own list.
const ROWS: usize = 528;

struct Row {
    id: String,
    issue: String,
    test: String,
    state: String,
}

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> Vec<Row> {
    let mut reader = csv::Reader::from_path(workspace().join("tests/conformance.csv")).unwrap();
    assert_eq!(reader.headers().unwrap(), vec!["id", "part", "issue", "test", "state"]);
    let records = reader.records().map(Result::unwrap);
    let row = |record: csv::StringRecord| {
        let field = |index: usize| record[index].to_string();
        assert_eq!(field(1), field(0).split('-').next().unwrap(), "the part of {}", field(0));
        Row { id: field(0), issue: field(2), test: field(3), state: field(4) }
    };
    records.map(row).collect()
}

/// `SWC-42` as a test's name begins: `swc_42_`.
fn prefix(id: &str) -> String {
    id.to_lowercase().replace('-', "_") + "_"
}

/// Whether the name of a function begins like a scenario's id: part, perhaps a group, a number.
fn looks_like_a_scenario(name: &str) -> bool {
    let mut words = name.split('_');
    let part = matches!(words.next(), Some("swc" | "act" | "syn" | "txn" | "sec"));
    let numbered = |word: Option<&str>| word.is_some_and(|word| word.ends_with(|c: char| c.is_ascii_digit()));
    let group = |word: Option<&str>| matches!(word, Some("cat" | "par" | "trk" | "svc"));
    let first = words.next();
    part && (numbered(first) || group(first) && numbered(words.next()))
}

/// All Rust sources that can hold tests.
fn sources() -> Vec<PathBuf> {
    let mut folders = vec![workspace().join("tests")];
    for member in fs::read_dir(workspace().join("crates")).unwrap() {
        let member = member.unwrap().path();
        folders.extend([member.join("tests"), member.join("src")]);
    }
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// The names of the test functions in `source`.
fn tests_in(source: &str) -> Vec<String> {
    let (mut names, mut marked) = (Vec::new(), false);
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[") {
            marked |= line.starts_with("#[test]") || line.contains("::test");
            continue;
        }
        let words = line.split_once("fn ").filter(|(before, _)| before.is_empty() || before.ends_with(' '));
        if let Some((_, rest)) = words
            && std::mem::take(&mut marked)
        {
            names.extend(rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_string));
        }
    }
    names
}

/// Every test function of the workspace, with the file it is in.
fn tests() -> BTreeMap<String, PathBuf> {
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    sources()
        .into_iter()
        .flat_map(|path| tests_in(&read(&path)).into_iter().map(move |name| (name, path.clone())))
        .collect()
}

#[test]
fn every_scenario_is_listed_once() {
    let rows = rows();
    assert_eq!(rows.len(), ROWS);
    let ids: BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(ids.len(), ROWS, "an id is there twice");
}

#[test]
fn every_scenario_marked_done_has_a_test_of_that_name() {
    let tests = tests();
    for row in rows() {
        match row.state.as_str() {
            "done" => {
                assert!(row.test.starts_with(&prefix(&row.id)), "{}: {} bears another id", row.id, row.test);
                assert!(tests.contains_key(&row.test), "{}: there is no test {}", row.id, row.test);
            }
            "open" => assert_eq!(row.test, "", "{} is open", row.id),
            other => panic!("{}: no such state: {other}", row.id),
        }
    }
}

#[test]
fn every_test_with_a_scenarios_id_is_of_a_scenario_marked_done() {
    let rows = rows();
    for (name, path) in tests().into_iter().filter(|(name, _)| looks_like_a_scenario(name)) {
        let row = rows.iter().find(|row| name.starts_with(&prefix(&row.id)));
        let row = row.unwrap_or_else(|| panic!("{name} in {}: no such scenario", path.display()));
        assert_eq!(row.state, "done", "{name} in {}: {} is not marked done", path.display(), row.id);
    }
}

#[test]
fn all_scenarios_of_domains_are_done() {
    let rows = rows();
    let domains: Vec<_> = rows.iter().filter(|row| row.issue == "domains").collect();
    assert_eq!(domains.len(), 59);
    assert!(domains.iter().all(|row| row.state == "done"));
}

#[test]
fn the_reader_of_names_knows_tests_from_other_functions() {
    let source = "fn swc_1_no() {}\n#[test]\nfn swc_42_yes() {}\n#[tokio::test]\n#[ignore]\nasync fn act_g01_too() {}\nfn no() {}";
    assert_eq!(tests_in(source), ["swc_42_yes", "act_g01_too"]);
    for (name, scenario) in
        [("swc_42_yes", true), ("act_g01_too", true), ("sec_cat_01_x", true), ("sec_stories", false), ("two_2", false)]
    {
        assert_eq!(looks_like_a_scenario(name), scenario, "{name}");
    }
}
