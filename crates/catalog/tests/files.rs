//! The text form: mistakes are shown where they are, and what people wrote stays.

mod support;

use complus_catalog::{Catalog, CatalogFile, Language, LoadError, Value, diff, parse, schema::component};
use complus_core::{attribute::*, hresult::*};
use complus_diagnostic::Source;
use support::*;

fn load(name: &str, text: &str) -> Catalog {
    parse(Source::new(name, text), options()).unwrap_or_else(|error| panic!("{error}")).catalog
}

fn mistakes(name: &str, text: &str) -> String {
    match parse(Source::new(name, text), options()) {
        Ok(_) => panic!("{name} is right:\n{text}"),
        Err(error) => error.to_string(),
    }
}

/// Each file has the mistakes that are to be shown.
const WRONG: &[&str] = &[
    "defaults = \"ws2003\"\n",
    "format = 2\ndefaults = \"xp\"\n",
    "format = 1\ndefaults = \"ws2003\"\n[machine]\ntransacton_timeout = 30\nPassword = \"x\"\n",
    "format = 1\ndefaults = \"ws2003\"\n[machine]\ntransaction_timeout = 3601\nis_router = \"yes\"\n",
    "format = 1\ndefaults = \"ws2003\"\n[[application]]\nname = \"No id\"\n",
    "format = 1\ndefaults = \"ws2003\"\n[[application]]\nid = \"{1}\"\nname = 3\nactivation = \"servr\"\nauthentication = 9\nrun_forever = 1\npassword = \"x\"\n",
    "format = 1\ndefaults = \"ws2003\"\nmachine = 3\n[application]\nid = \"{00000000-0000-0000-0000-0000000000B0}\"\nrole = [{ name = \"A\", users = \"anna\" }]\n",
    "format = 1\ndefaults = \"ws2003\"\n[[application]]\nid = \"{00000000-0000-0000-0000-0000000000B0}\"\nname = \"Twice\"\nName = \"twice\"\nauthentication_capability = [\"static_cloaking\", \"dynamic_cloakin\"]\n",
    "format = 1\ndefaults = \"ws2003\"\n[[application]]\nid = \"{00000000-0000-0000-0000-0000000000B0}\"\nauthentication_capability = [\"static_cloaking\", \"dynamic_cloaking\"]\nqueue_listener_enabled = true\n",
    "format = 1\ndefaults = \"ws2003\"\n[[application]]\nid = \"{00000000-0000-0000-0000-0000000000B0}\"\n[[application.component]]\nclsid = \"{00000000-0000-0000-0000-000000000011}\"\ntransaction = \"required\"\nsynchronization = \"none\"\njust_in_time_activation = false\n",
    "format = 1\ndefaults = \"ws2003\"\n[[application]]\nid = \"{00000000-0000-0000-0000-0000000000B0}\"\n[[application.component]]\nclsid = \"{00000000-0000-0000-0000-000000000011}\"\nobject_pooling_enabled = true\nmin_pool_size = 3\nmax_pool_size = 2\nroles = [\"Ghost\"]\n",
    "format = 1\ndefaults = \"ws2003\"\n[[application]]\nid = \"{00000000-0000-0000-0000-0000000000B0}\"\n[[application]]\nid = \"{00000000-0000-0000-0000-0000000000b0}\"\nname = \"Other\"\npartition = \"{00000000-0000-0000-0000-0000000000A1}\"\n",
    "format = 1\ndefaults = \"ws2003\"\n[[application]]\nid = \"{00000000-0000-0000-0000-0000000000B0}\n",
    "format = 1\ndefaults = 'ws2003'\nx = { anything = [1.5, 1979-05-27] }\n[[application]]\nid = 1.5\n",
];

#[test]
fn every_mistake_is_shown_with_its_line_and_what_to_do() {
    let shown: Vec<String> = (1..).zip(WRONG).map(|(at, text)| mistakes(&format!("{at}.toml"), text)).collect();
    let shown = shown.join("\n\n") + "\n";
    let expected = include_str!("expected/mistakes.txt");
    assert_eq!(shown, expected, "\n{shown}");
}

#[test]
fn mistakes_in_json_are_shown_in_the_same_way() {
    let text = "{\n  \"format\": 1,\n  \"defaults\": \"ws2003\",\n  \"machine\": { \"TransacionTimeout\": 30 }\n}\n";
    let shown = mistakes("m.json", text);
    assert!(shown.contains("m.json:4:16") && shown.contains("did you mean `TransactionTimeout`?"), "{shown}");
    assert!(mistakes("m.json", "{ \"format\": 1, }").contains("this is not JSON"));
    assert!(mistakes("m.json", &"[".repeat(100_000)).contains("nested too deeply"));
}

#[test]
fn names_are_read_as_snake_case_as_pascal_case_and_by_number() {
    let component = |settings: &str| {
        let text = format!(
            "format = 1\ndefaults = \"ws2003\"\n[[application]]\nid = \"{{00000000-0000-0000-0000-0000000000B0}}\"\n\
             [[application.component]]\nclsid = \"{{00000000-0000-0000-0000-000000000011}}\"\n{settings}"
        );
        load("names.toml", &text)
    };
    let one = component(
        "transaction = \"requires_new\"\nthreading_model = \"both\"\nfactory = \"f\"\nrequires = [\"pooling\"]\n",
    );
    for same in [
        "Transaction = \"RequiresNew\"\nThreadingModel = \"Both\"\nDLL = \"f\"\nRequires = \"Pooling\"\n",
        "Transaction = 4\nThreadingModel = 3\nFactory = \"f\"\nRequires = 1\n",
        "transaction = \"COMAdminTransactionRequiresNew\"\nthreading_model = \"BOTH\"\nfactory = \"f\"\nrequires = 1\njust_in_time_activation = true\n",
        "transaction = \"requiresNew\"\nthreading_model = \"COMAdminThreadingModelBoth\"\nfactory = \"f\"\nrequires = 0x1\nsynchronization = \"required\"\n",
    ] {
        assert_eq!(diff(one.snapshot().root(), component(same).snapshot().root()), [], "{same}");
    }
    let none =
        component("transaction = \"none\"\nsynchronization = \"ignored\"\ntx_isolation_level = \"readUnCommitted\"\n");
    let snapshot = none.snapshot();
    let class = snapshot.classes().iter().next().unwrap();
    assert_eq!(
        (class.transaction(), class.synchronization()),
        (TransactionAttribute::NotSupported, SynchronizationAttribute::Disabled)
    );
    assert_eq!(class.component.isolation, IsolationLevel::ReadUncommitted);
}

#[test]
fn names_are_written_in_pascal_case_in_the_order_of_the_specification() {
    let text = bank().to_text(Language::Toml);
    let expected = include_str!("expected/bank.toml");
    assert_eq!(text, expected, "\n{text}");
    let json = bank().to_text(Language::Json);
    assert_eq!(json, include_str!("expected/bank.json"), "\n{json}");
}

#[test]
fn a_change_touches_its_line_and_nothing_else() {
    let catalog = bank();
    let mut components = collection(&catalog, "Components", &[MERIDIAN_BANK.into()]);
    let account = components.find_mut(&Value::Guid(bank_id(0x0102))).unwrap();
    account.set(component::TRANSACTION, TransactionAttribute::RequiresNew).unwrap();
    account.set(component::DESCRIPTION, "keeps \"the\" money").unwrap();
    let rates = components.find_mut(&Value::Guid(bank_id(0x0104))).unwrap();
    rates.set(component::CREATION_TIMEOUT, 0).unwrap();
    assert_eq!(save(&mut components), (2, None, vec![]));
    let mut users = collection(&catalog, "UsersInRole", &[MERIDIAN_BANK.into(), "Manager".into()]);
    users.add().unwrap().put("User", "MERIDIAN\\olga").unwrap();
    assert_eq!(save(&mut users), (1, None, vec![]));
    let mut roles = collection(&catalog, "Roles", &[MERIDIAN_BANK.into()]);
    let index = roles.iter().position(|item| item.name() == "Web").unwrap();
    roles.remove(index).unwrap();
    assert_eq!(save(&mut roles), (1, None, vec![]));

    let updated = catalog.update_toml(BANK);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for change in lines(BANK, &updated) {
        match change {
            Line::Gone(line) => before.push(line),
            Line::New(line) => after.push(line),
        }
    }
    assert_eq!(
        before,
        [
            "users = ['MERIDIAN\\marta']",
            "[[application.role]]",
            "name = \"Web\"",
            "users = ['MERIDIAN\\svc-web']",
            "",
            "transaction = \"required\"",
            "creation_timeout = 5000                 # milliseconds",
            "roles = [\"Teller\", \"Manager\", \"Web\"]",
            "roles = [\"Web\"]",
        ]
    );
    assert_eq!(
        after,
        [
            "users = ['MERIDIAN\\marta', 'MERIDIAN\\olga']",
            "transaction = \"RequiresNew\"",
            "Description = 'keeps \"the\" money'",
            "creation_timeout = 0                 # milliseconds",
            "roles = [\"Teller\", \"Manager\"]",
            "roles = []",
        ]
    );
    assert_eq!(diff(load("again.toml", &updated).snapshot().root(), catalog.snapshot().root()), []);
    assert_eq!(load("again.toml", &updated).update_toml(&updated), updated);
}

enum Line<'t> {
    Gone(&'t str),
    New(&'t str),
}

/// What differs between two texts, line by line: the longest common sequence is kept.
fn lines<'t>(before: &'t str, after: &'t str) -> Vec<Line<'t>> {
    let (a, b): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let mut best = vec![vec![0u16; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            best[i][j] = if a[i] == b[j] { best[i + 1][j + 1] + 1 } else { best[i + 1][j].max(best[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut changes) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && best[i + 1][j] >= best[i][j + 1] {
            changes.push(Line::Gone(a[i]));
            i += 1;
        } else {
            changes.push(Line::New(b[j]));
            j += 1;
        }
    }
    changes
}

#[test]
fn tables_in_one_line_stay_in_one_line() {
    let text = "# mine\nformat = 1\ndefaults = \"ws2003\"\nmachine = { transaction_timeout = 30 } # short\n\n[x]\n\
                tool = \"free\"   # for tools\n\n[application]\nid = \"{00000000-0000-0000-0000-0000000000B0}\"\n\
                role = [{ name = \"A\" }, { name = \"B\", users = [\"anna\"] }] # two\n\
                component = { clsid = \"{00000000-0000-0000-0000-000000000011}\", progid = \"Test.One\" }\n";
    let catalog = load("inline.toml", text);
    assert_eq!(catalog.update_toml(text), text, "nothing differs, so nothing is touched");
    let keys = ["{00000000-0000-0000-0000-0000000000B0}".into()];
    let mut roles = collection(&catalog, "Roles", &keys);
    roles.remove(0).unwrap();
    roles.add().unwrap().put("Name", "C").unwrap();
    assert_eq!(save(&mut roles), (2, None, vec![]));
    let mut machine = collection(&catalog, "LocalComputer", &[]);
    machine.item_mut(0).unwrap().put("TransactionTimeout", 60).unwrap();
    assert_eq!(save(&mut machine), (1, None, vec![]));
    let updated = catalog.update_toml(text);
    let expected = text.replace("transaction_timeout = 30", "transaction_timeout = 60").replace(
        "[{ name = \"A\" }, { name = \"B\", users = [\"anna\"] }]",
        "[ { name = \"B\", users = [\"anna\"] }, { Name = \"C\" }]",
    );
    assert_eq!(updated, expected);
    // a list of one becomes a list, and what is empty goes
    catalog.administer().install_component("New Application", &class(1)).unwrap();
    let updated = catalog.update_toml(text);
    assert_eq!(updated.matches("[[application.component]]").count(), 2, "{updated}");
    assert_eq!(diff(load("again.toml", &updated).snapshot().root(), catalog.snapshot().root()), []);
    let mut applications = collection(&catalog, "Applications", &[]);
    applications.remove(0).unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
    let updated = catalog.update_toml(text);
    assert!(!updated.contains("application") && updated.starts_with("# mine\n"), "{updated}");
    assert_eq!(diff(load("again.toml", &updated).snapshot().root(), catalog.snapshot().root()), []);
}

#[test]
fn a_file_is_loaded_saved_and_refused_with_the_codes_of_files() {
    let folder = std::env::temp_dir().join(format!("complus-catalog-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (toml, json) = (CatalogFile::new(folder.join("bank.toml")), CatalogFile::new(folder.join("bank.json")));
    let catalog = bank();
    toml.save(&catalog).unwrap();
    json.save(&catalog).unwrap();
    for file in [&toml, &json] {
        let loaded = file.load(options()).unwrap();
        assert_eq!(diff(loaded.catalog.snapshot().root(), catalog.snapshot().root()), []);
        assert!(loaded.warnings.is_none());
    }
    std::fs::write(toml.path(), BANK).unwrap();
    toml.save(&catalog).unwrap();
    assert_eq!(std::fs::read_to_string(toml.path()).unwrap(), BANK);
    std::fs::write(toml.path(), b"\xff").unwrap();
    let unreadable = toml.load(options()).unwrap_err();
    assert!(matches!(unreadable, LoadError::Unreadable(_)));
    assert_eq!(unreadable.reason().hresult(), COMADMIN_E_APP_FILE_READFAIL);
    std::fs::write(toml.path(), "wrong").unwrap();
    assert_eq!(toml.load(options()).unwrap_err().reason().hresult(), COMADMIN_E_REGFILE_CORRUPT);
    assert!(CatalogFile::new(folder.join("no/such/folder.toml")).save(&catalog).is_err());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn zero_is_tolerated_where_ms_coma_allows_it() {
    let text = BANK.replace("recycle_expiration_timeout = 15", "recycle_expiration_timeout = 0");
    let loaded = parse(Source::new("bank.toml", text), options()).unwrap();
    let warning = loaded.warnings.unwrap().to_string();
    assert!(warning.contains("should be 1 to 1440; zero is kept") && warning.contains("O-03"), "{warning}");
    // and stays while something else is written
    let mut applications = collection(&loaded.catalog, "Applications", &[]);
    applications.find_mut(&MERIDIAN_BANK.into()).unwrap().put("Description", "x").unwrap();
    assert_eq!(save(&mut applications), (1, None, vec![]));
}

#[test]
fn a_role_in_another_letter_case_is_the_same_and_is_told() {
    let text = BANK.replacen("roles = [\"Auditor\"]", "roles = [\"AUDITOR\"]", 1);
    let line = text.lines().position(|line| line.contains("AUDITOR")).unwrap() + 1;
    let loaded = parse(Source::new("bank.toml", text.clone()), options()).unwrap();
    let warning = loaded.warnings.unwrap().to_string();
    assert!(warning.contains(&format!("bank.toml:{line}:10")) && warning.contains("O-35"), "{warning}");
    assert_eq!(loaded.catalog.update_toml(&text), text, "the spelling is kept");
}

#[test]
fn no_text_makes_the_reader_panic() {
    let mut random = 0x2545_F491_4F6C_DD1Du64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let json = bank().to_text(Language::Json);
    for round in 0..300 {
        let (name, source) = if round % 2 == 0 { ("a.toml", BANK) } else { ("a.json", json.as_str()) };
        let mut text: Vec<char> = source.chars().collect();
        for _ in 0..1 + next(6) {
            let at = next(text.len());
            match next(4) {
                0 => drop(text.remove(at)),
                1 => text.insert(at, ['"', '[', ']', '{', '=', '\n', '0', 'ä'][next(8)]),
                2 => text.truncate(at.max(1)),
                _ => {
                    let from = next(text.len());
                    text.swap(at, from);
                }
            }
        }
        let text: String = text.into_iter().collect();
        if let Ok(loaded) = parse(Source::new(name, text.clone()), options()) {
            assert_eq!(loaded.catalog.violations().len(), 0);
            if name == "a.toml" {
                assert_eq!(loaded.catalog.update_toml(&text), text, "what was read is what is there");
            }
        }
    }
}
