//! `complus catalog` from outside.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn complus(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_complus")).arg("catalog").args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The shipped Bank, or a copy of it to change.
fn bank() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/bank.toml");
    path.canonicalize().unwrap().display().to_string()
}

fn file(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("catalog");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn copy(name: &str) -> String {
    file(name, &fs::read_to_string(bank()).unwrap())
}

#[track_caller]
fn ends(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}{}", out(output), err(output));
}

#[test]
fn check_says_what_a_file_holds_or_where_it_is_wrong() {
    let output = complus(&["check", &bank()]);
    ends(&output, 0);
    assert!(out(&output).starts_with("ok   ") && out(&output).ends_with("2 applications, 6 components\n"));
    let text = fs::read_to_string(bank()).unwrap();
    let wrong = file("wrong.toml", &text.replace("transaction = \"requires_new\"", "trasaction = \"requires_new\""));
    let output = complus(&["check", &wrong, &bank()]);
    ends(&output, 2);
    assert!(
        err(&output).contains("wrong.toml:") && err(&output).contains("did you mean `Transaction`?"),
        "{}",
        err(&output)
    );
    assert!(out(&output).starts_with("ok   "), "the other file was checked");
    ends(&complus(&["check", "no-such-file.toml"]), 2);
    ends(&complus(&["check"]), 2);
    let tolerated =
        file("tolerated.toml", &text.replace("recycle_expiration_timeout = 15", "recycle_expiration_timeout = 0"));
    let output = complus(&["check", &tolerated]);
    ends(&output, 0);
    assert!(err(&output).contains("out of range (O-03)"), "{}", err(&output));
}

#[test]
fn show_gives_the_words_of_the_console_beside_the_names() {
    let output = complus(&["show", &bank(), "Meridian.Transfer", "--all"]);
    ends(&output, 0);
    let line = |name: &str| out(&output).lines().find(|line| line.trim_start().starts_with(name)).unwrap().to_string();
    let transaction = line("Transaction ");
    assert!(transaction.contains("RequiresNew (4)") && transaction.ends_with("Transaction support"), "{transaction}");
    let flag = line("MustRunInClientContext ");
    assert!(flag.contains("False") && flag.ends_with("Must be activated in callers context"), "{flag}");
    assert!(line("MinPoolSize").ends_with("[no effect with the other settings]"));
    // only what is not a default, and what belongs to it
    let output = complus(&["show", &bank(), "Meridian.Transfer/ITransfer/Move"]);
    ends(&output, 0);
    assert!(out(&output).contains("AutoComplete") && out(&output).contains("roles Teller"), "{}", out(&output));
    let output = complus(&["show", &bank()]);
    ends(&output, 0);
    assert!(
        out(&output).contains("\n  component Meridian.Audit {8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0103}\n"),
        "{}",
        out(&output)
    );
    let output = complus(&["show", &bank(), "machine", "--all", "--format", "json"]);
    ends(&output, 0);
    let value: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(value[0]["properties"][0]["value"], "EMU1");
    let output = complus(&["show", &bank(), "Nobody"]);
    ends(&output, 2);
    assert!(err(&output).contains("there is no `Nobody` in the catalog"));
}

#[test]
fn set_changes_what_the_rules_allow_and_leaves_the_rest_of_the_file_alone() {
    let path = copy("set.toml");
    let before = fs::read_to_string(&path).unwrap();
    let output = complus(&["set", &path, "Meridian.RateCache", "MaxPoolSize=16", "creation_timeout=250"]);
    ends(&output, 0);
    let after = fs::read_to_string(&path).unwrap();
    let expected = before.replace("max_pool_size = 8", "max_pool_size = 16").replace(
        "creation_timeout = 5000                 # milliseconds",
        "creation_timeout = 250                 # milliseconds",
    );
    assert_eq!(after, expected, "comments, order and spelling stay");
    let output = complus(&["set", &path, "Meridian.Account", "Synchronization=NotSupported"]);
    ends(&output, 1);
    assert!(err(&output).contains("Synchronization: COMADMIN_E_PROPERTYSAVEFAILED (0x80110437)"), "{}", err(&output));
    for (setting, advice) in [
        ("Trasaction=3", "did you mean `Transaction`?"),
        ("Transaction=Requird", "did you mean `Required`?"),
        ("Transaction", "is no PROPERTY=VALUE pair"),
        ("CLSID={8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0999}", "E_INVALIDARG"),
    ] {
        let output = complus(&["set", &path, "Meridian.Account", setting]);
        ends(&output, 2);
        assert!(err(&output).contains(advice), "{}", err(&output));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), after, "what is refused is not written");
}

#[test]
fn diff_tells_what_differs_and_ends_with_1() {
    let path = copy("diff.toml");
    ends(&complus(&["diff", &bank(), &path]), 0);
    ends(&complus(&["set", &path, "Meridian.Account", "Description=changed"]), 0);
    let output = complus(&["diff", &bank(), &path]);
    ends(&output, 1);
    let id = "Applications/{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0001}/Components/{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0102}";
    assert_eq!(out(&output), format!("~ {id}: Description: \"\" -> \"changed\"\n"));
    ends(&complus(&["diff", &bank(), "no-such-file.toml"]), 2);
}

#[test]
fn install_adds_a_component_with_its_interfaces() {
    let path = copy("install.toml");
    let arguments = [
        "install",
        &path,
        "Meridian Bank",
        "Meridian.Loan",
        "--clsid",
        "{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0110}",
        "--factory",
        "meridian::loan",
        "--interface",
        "ILoan={8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0210}:Grant,Repay",
        "Transaction=Required",
    ];
    ends(&complus(&arguments), 0);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(&fs::read_to_string(bank()).unwrap()[..2000]), "the file is the same before");
    let output = complus(&["show", &path, "Meridian.Loan"]);
    assert!(out(&output).contains("Required (3)") && out(&output).contains("method Repay 4"), "{}", out(&output));
    let output = complus(&arguments);
    ends(&output, 1);
    assert!(err(&output).contains("COMADMIN_E_COMPONENTEXISTS"), "{}", err(&output));
}

#[test]
fn what_is_exported_is_imported_elsewhere() {
    for name in ["exported.toml", "exported.json"] {
        let exported = file(name, "");
        ends(&complus(&["export", &bank(), "Meridian Bank", "--users", "-o", &exported]), 0);
        ends(&complus(&["check", &exported]), 0);
        let empty = file("empty.toml", "format = 1\ndefaults = \"ws2003\"   # a comment\n");
        ends(&complus(&["import", &empty, &exported, "--users"]), 0);
        assert!(fs::read_to_string(&empty).unwrap().contains("# a comment"));
        let output = complus(&["diff", &empty, &exported]);
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(0), ""));
        let output = complus(&["import", &empty, &exported]);
        ends(&output, 1);
        assert!(err(&output).contains("COMADMIN_E_APPLICATIONEXISTS (0x8011040B)"), "{}", err(&output));
    }
    let output = complus(&["export", &bank(), "Meridian Tools", "--proxy"]);
    ends(&output, 1);
    assert!(err(&output).contains("COMADMIN_E_LIB_APP_PROXY_INCOMPATIBLE"), "{}", err(&output));
}
