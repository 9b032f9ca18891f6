//! The pages in docs/tables are those that the program writes.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn pages(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(&path).unwrap().replace("\r\n", "\n"))
    };
    entries.map(|entry| read(entry.unwrap().path())).collect()
}

#[test]
fn the_tables_in_the_documentation_are_what_the_rules_answer() {
    const COMMAND: &str = "cargo complus table --all --format markdown -o docs/tables";
    let folder = std::env::temp_dir().join(format!("complus-docs-tables-{}", std::process::id()));
    let arguments = COMMAND.trim_start_matches("cargo complus ").split_whitespace();
    let arguments = arguments.map(|it| if it == "docs/tables" { folder.to_str().unwrap() } else { it });
    let output = Command::new(env!("CARGO_BIN_EXE_complus")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let written = pages(&folder);
    fs::remove_dir_all(&folder).unwrap();
    assert!(written["README.md"].contains(COMMAND), "the index names the command");
    let present = pages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tables"));
    for (name, text) in &written {
        assert!(present.get(name) == Some(text), "docs/tables/{name} is out of date; run `{COMMAND}`");
    }
    let extra: Vec<_> = present.keys().filter(|name| !written.contains_key(*name)).collect();
    assert!(extra.is_empty(), "docs/tables has pages that nothing writes: {extra:?}; delete them");
}
