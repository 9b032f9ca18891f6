//! Errors in a file: name, line, column, the line itself, a caret, and advice.

mod support;

use support::{golden, mistake};

/// What is wrong, and a file that does it.
const MISTAKES: [(&str, &str); 47] = [
    ("a misspelt step", "thread \"t\" {\n    entre as=\"a\" {\n    }\n}\n"),
    ("a misspelt declaration", "titel \"x\"\nthread \"t\" {\n}\n"),
    ("a misspelt property", "thread \"t\" {\n    enter trasaction=\"New\"\n}\n"),
    ("a misspelt setting", "thread \"t\" {\n    enter transaction=\"CreateIfNecesary\" {\n    }\n}\n"),
    ("a misspelt HRESULT", "thread \"t\" {\n    fail \"E_FIAL\"\n    expect hresult=\"XACT_E_ABORTD\"\n}\n"),
    ("an unknown domain", "thread \"t\" {\n    enter as=\"outer\" {\n    }\n    expect \"uoter\" status=\"S_OK\"\n}\n"),
    ("an unknown manager", "thread \"t\" {\n    enlist \"ledger\"\n}\n"),
    ("an unknown transaction", "thread \"t\" {\n    begin \"T\"\n    enter bring=\"U\"\n}\n"),
    ("an unknown class", "class \"Bank\"\nthread \"t\" {\n    create \"Bnak\" as=\"a\"\n}\n"),
    ("a manager of a kind that comes later", "manager \"m\" kind=\"sqlite\"\nthread \"t\" {\n}\n"),
    ("a step outside of any thread", "enter as=\"a\" {\n}\n"),
    ("a truth value without its mark", "thread \"t\" {\n    done true\n}\n"),
    ("a truth value in quotes", "thread \"t\" {\n    done \"true\"\n}\n"),
    ("a duration without unit", "thread \"t\" {\n    advance \"2\"\n}\n"),
    ("a block that is not closed", "thread \"t\" {\n    enter {\n        leave\n}\n"),
    ("a string that is not closed", "thread \"t\" {\n    note \"hello\n}\n"),
    ("an argument too many and one that is missing", "thread \"t\" {\n    leave \"outer\"\n    note\n}\n"),
    ("a block where none belongs", "thread \"t\" {\n    set-complete {\n    }\n}\n"),
    ("an expectation of nothing", "thread \"t\" {\n    expect\n}\n"),
    ("a switch that is none", "compat strict-misue=#true byot-abort=\"Never\"\nthread \"t\" {\n}\n"),
    ("an event that is none", "thread \"t\" {\n    expect-events DomainEnterd\n}\n"),
    ("an interception of nothing", "thread \"t\" {\n    expect proxy=#true\n}\n"),
    ("an activity object without a name", "thread \"t\" {\n    activity pool=\"mta\"\n}\n"),
    ("a misspelt pool", "thread \"t\" {\n    activity as=\"a\" pool=\"mts\"\n}\n"),
    (
        "an unknown activity object",
        "thread \"t\" {\n    activity as=\"account\" pool=\"mta\"\n    synchronous-call \"acount\" {\n    }\n}\n",
    ),
    ("a call without a block", "thread \"t\" {\n    activity as=\"a\" pool=\"mta\"\n    asynchronous-call \"a\"\n}\n"),
    (
        "an error that nobody is told of",
        "thread \"t\" {\n    activity as=\"a\" pool=\"mta\"\n    synchronous-call \"a\" {\n        on-error {\n        }\n    }\n}\n",
    ),
    ("a wait for a domain", "thread \"t\" {\n    enter as=\"a\" {\n    }\n    wait \"a\"\n}\n"),
    ("one name for two things", "thread \"t\" {\n    enter as=\"a\" {\n    }\n    activity as=\"a\" pool=\"mta\"\n}\n"),
    (
        "a thread that is none",
        "thread \"client\" {\n    expect thread=\"same-as:cleint\"\n    expect thread=\"elsewhere\"\n}\n",
    ),
    ("a knob that is none", "pools procesors=2\nthread \"t\" {\n    note \"x\"\n}\n"),
    (
        "a misspelt property of a component",
        "application \"Bank\" {\n    component \"Bank.Account\" Trasaction=\"Required\"\n}\nthread \"t\" {\n    create \"Bank.Acount\"\n}\n",
    ),
    (
        "a misspelt value of a component",
        "application \"Bank\" {\n    component \"Bank.Account\" Transaction=\"Requird\"\n}\nthread \"t\" {\n}\n",
    ),
    (
        "properties that contradict each other",
        "application \"Bank\" {\n    component \"Bank.Account\" Transaction=\"Required\" JustInTimeActivation=#false\n}\nthread \"t\" {\n}\n",
    ),
    (
        "an object that cannot be pooled",
        "application \"Bank\" {\n    component \"Bank.Account\" ThreadingModel=\"Apartment\" ObjectPoolingEnabled=#true\n}\nthread \"t\" {\n}\n",
    ),
    (
        "a component twice",
        "application \"Bank\" {\n    component \"Bank.Account\"\n    component \"Bank.Account\"\n}\nthread \"t\" {\n}\n",
    ),
    (
        "an unknown method",
        "class \"Account\" {\n    method \"Debit\" {\n    }\n}\nthread \"t\" {\n    create \"Account\" as=\"a\"\n    call \"a\" \"Debti\"\n}\n",
    ),
    ("a call of nothing", "class \"Account\"\nthread \"t\" {\n    create \"Account\" as=\"a\"\n    call \"a\"\n}\n"),
    ("a turn of life that is none", "class \"Account\" {\n    actvate {\n    }\n}\nthread \"t\" {\n}\n"),
    (
        "an unknown class context",
        "class \"Account\"\nthread \"t\" {\n    create \"Account\" clsctx=\"INPROC_SERVR|FROM_DEFAULT_CONTEXT\"\n}\n",
    ),
    ("a catalog that is not there", "catalog \"bnak.toml\"\nthread \"t\" {\n    create \"Meridian.Transfer\"\n}\n"),
    ("a partition twice", "partition \"Sales\"\npartition \"sales\"\nthread \"t\" {\n}\n"),
    (
        "a reserved id",
        "partition \"Sales\" id=\"{41E90F3E-56C1-4633-81C3-6E8BAC8BDD70}\"\nthread \"t\" {\n    enter partition=\"Sales\" {\n    }\n}\n",
    ),
    ("a member twice", "partition \"Sales\" {\n    member \"alice\"\n    member \"Alice\"\n}\nthread \"t\" {\n}\n"),
    (
        "a misspelt partition of an application",
        "partition \"Sales\"\napplication \"Bank\" Partition=\"Salse\"\nthread \"t\" {\n    create \"Bank.Account\"\n}\n",
    ),
    (
        "a misspelt partition of a domain",
        "partition \"Sales\"\nthread \"t\" {\n    enter partition=\"Salse\" {\n    }\n}\n",
    ),
    ("no thread", "title \"nothing\"\n"),
];

#[test]
fn typical_mistakes_are_shown_with_line_caret_and_advice() {
    let mut text = String::new();
    for (what, file) in MISTAKES {
        text += &format!("# {what}\n\n{}\n\n", mistake(file));
    }
    golden("mistakes.txt", &text);
}

#[test]
fn several_mistakes_are_told_in_one_go() {
    let error =
        mistake("titel \"x\"\nthread \"t\" {\n    entre\n    advance \"2\"\n    expect \"a\" status=\"S_OK\"\n}\n");
    assert_eq!(error.diagnostics().len(), 4, "{error}");
}

#[test]
fn a_file_that_is_not_utf_8_is_told_so() {
    let error = complus_scenario::parse_bytes("x.kdl", b"title \"\xFF\"\n").unwrap_err();
    assert!(error.to_string().contains("not UTF-8") && error.to_string().contains("x.kdl:1:8"), "{error}");
}
