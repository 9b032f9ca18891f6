//! Reads a transcribed table and compares every row of it with what the rules answer.

use complus_core::{Error, HResult};
use std::{cell::RefCell, collections::BTreeSet, fmt::Debug, path::Path, str::FromStr};

/// One row of a table: the cells by column.
pub(crate) struct Row<'a> {
    file: &'a str,
    columns: &'a csv::StringRecord,
    cells: csv::StringRecord,
    used: &'a RefCell<BTreeSet<String>>,
}

impl Row<'_> {
    /// The cell in `column`.
    pub(crate) fn get(&self, column: &str) -> &str {
        self.used.borrow_mut().insert(column.into());
        let at = self.columns.iter().position(|name| name == column);
        &self.cells[at.unwrap_or_else(|| panic!("{}: no column {column}", self.file))]
    }

    /// The cell in `column`, as one of the words that mean something there.
    pub(crate) fn pick<T: Clone>(&self, column: &str, words: &[(&str, T)]) -> T {
        let cell = self.get(column);
        let found = words.iter().find(|(word, _)| *word == cell);
        found.unwrap_or_else(|| panic!("{self:?}: {column} is {cell:?}")).1.clone()
    }

    /// The cell in `column`, which the rules do not look at.
    pub(crate) fn ignore(&self, column: &str, words: &[&str]) {
        assert!(words.contains(&self.get(column)), "{self:?}: {column}");
    }

    /// The cell in `column`, `true` or `false`.
    pub(crate) fn flag(&self, column: &str) -> bool {
        self.pick(column, &[("true", true), ("false", false)])
    }

    /// The cell in `column`, as a value of an enumeration: its Rust name, or its header name without
    /// the `CSC_`.
    pub(crate) fn value<T: FromStr>(&self, column: &str) -> T {
        let cell = self.get(column);
        let value = cell.parse().or_else(|_| format!("CSC_{cell}").parse());
        value.unwrap_or_else(|_| panic!("{self:?}: {column} is {cell:?}"))
    }
}

impl Debug for Row<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.csv, section {}, row {}", self.file, &self.cells[0], &self.cells[1])
    }
}

/// Asks the rules about every row of `tests/tables/FILE.csv` and compares each of their answers with
/// the row's cells in the columns `results`.
///
/// Fails unless the file has exactly `rows` rows, each with an id of its own, and every column was
/// looked at. All failing rows are reported together.
pub(crate) fn check<const N: usize>(
    file: &str,
    rows: usize,
    results: [&str; N],
    answers: impl Fn(&Row<'_>) -> Vec<[String; N]>,
) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables").join(file).with_extension("csv");
    let mut reader = csv::Reader::from_path(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let columns = reader.headers().unwrap().clone();
    let used = RefCell::new(BTreeSet::from(["section".into(), "row".into()]));
    let mut ids = BTreeSet::new();
    let mut wrong = Vec::new();
    for record in reader.into_records() {
        let row = Row { file, columns: &columns, cells: record.unwrap(), used: &used };
        assert!(ids.insert(row.get("row").to_owned()), "{row:?}: an id that another row has");
        let expected = results.map(|column| row.get(column).to_owned());
        let answers = answers(&row);
        assert!(!answers.is_empty(), "{row:?}: no rule was asked");
        if let Some(actual) = answers.into_iter().find(|actual| *actual != expected) {
            wrong.push(format!("{row:?}: {results:?} expected {expected:?}, actual {actual:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), ids.len(), wrong.join("\n"));
    assert_eq!(ids.len(), rows, "{file}.csv: number of rows");
    let unused: Vec<_> = columns.iter().filter(|column| !used.borrow().contains(*column)).collect();
    assert!(unused.is_empty(), "{file}.csv: no test looks at {unused:?}");
}

/// The cells in the columns `result` and `error`.
pub(crate) fn outcome<W: Into<String>, E: Into<Error>>(result: Result<W, E>) -> [String; 2] {
    match result.map_err(Into::into) {
        Ok(word) => [word.into(), String::new()],
        Err(error) => [String::new(), name(error.hresult())],
    }
}

/// The name of an HRESULT; every one in the tables has a name.
fn name(hresult: HResult) -> String {
    hresult.name().map_or_else(|| hresult.to_string(), Into::into)
}
