//! Partitions of a scenario and those of its catalog are the same ones.

mod support;

use complus_catalog::schema::{CollectionId, partition, user};
use complus_scenario::{FileError, Options, Scenario, Source, parse_in, run};
use std::{fs, path::PathBuf};

/// A catalog file with the partition Sales, switched on, whose only activator is alice.
const CATALOG: &str = r#"format = 1
defaults = "ws2003"

[machine]
PartitionsEnabled = true
TransactionTimeout = 30

[[partition]]
ID = "{11111111-2222-3333-4444-555555555555}"
Name = "Sales"
role = [{ Name = "Activators", users = ["alice"] }]
"#;

/// Reads a scenario that stands beside the catalog file; `name` is the folder's own.
fn beside_the_catalog(name: &str, text: &str) -> Result<Scenario, FileError> {
    let folder: PathBuf = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("catalog.toml"), CATALOG).unwrap();
    parse_in(&folder, Source::new("test.kdl", format!("catalog \"catalog.toml\"\n{text}")))
}

#[test]
fn a_declared_partition_is_in_the_catalog_with_its_members() {
    let text = "partition \"Sales\" { member \"alice\"; member \"bob\" }\nthread \"t\" {}\n";
    let scenario = support::read("test.kdl", text);
    let state = scenario.catalog.as_ref().unwrap().snapshot();
    assert!(state.partitions_enabled());
    let all = state.root().below(CollectionId::Partitions);
    let names: Vec<&str> = all.iter().map(|it| it.get(partition::NAME)).collect();
    assert_eq!(names, ["Sales"]);
    assert_eq!(scenario.partitions[0].id.0, all[0].get(partition::ID));
    let users = all[0].below(CollectionId::RolesForPartition)[0].below(CollectionId::UsersInPartitionRole);
    let users: Vec<&str> = users.iter().map(|it| it.get(user::USER)).collect();
    assert_eq!(users, ["alice", "bob"]);
}

#[test]
fn no_partition_leaves_partitions_switched_off() {
    let scenario = support::read("test.kdl", "application \"Bank\"\nthread \"t\" {}\n");
    assert!(!scenario.catalog.unwrap().snapshot().partitions_enabled());
}

#[test]
fn steps_name_a_partition_of_the_catalog_file() {
    let text = r#"
thread "t" {
    as-user "alice" {
        enter as="a" partition="Sales" { expect partition="Sales" }
        expect "a" hresult="S_OK"
    }
    as-user "bob" {
        enter as="b" partition="Sales" {}
        expect "b" hresult="COMADMIN_E_PARTITION_ACCESSDENIED"
    }
}
"#;
    let scenario = beside_the_catalog("steps-name", text).unwrap_or_else(|error| panic!("{error}"));
    let run = run(&scenario, &Options::default()).unwrap();
    assert!(run.holds(), "{:?} {:?}", run.failures, run.expectations().collect::<Vec<_>>());
    assert_eq!(run.expectations().count(), 3);
}

#[test]
fn a_partition_is_declared_beside_those_of_the_file() {
    let text = "partition \"Service\"\napplication \"Bank\" Partition=\"Sales\"\nthread \"t\" {}\n";
    let scenario = beside_the_catalog("declared-beside", text).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = scenario.partitions.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["Sales", "Service"]);
    let state = scenario.catalog.unwrap().snapshot();
    assert!(scenario.partitions.iter().all(|it| state.has_partition(it.id)));
    assert_eq!(state.applications()[0].partition, scenario.partitions[0].id);
    // What else the file says of the machine stays.
    assert_eq!(state.transaction_timeout().unwrap().as_secs(), 30);
}

#[test]
fn what_the_file_has_already_is_shown_where_it_is_declared_again() {
    let by_name = beside_the_catalog("by-name", "partition \"sales\"\nthread \"t\" {}\n").unwrap_err().to_string();
    assert!(by_name.contains("test.kdl:2:11"), "{by_name}");
    assert!(by_name.contains("the catalog has a partition `Sales` already"), "{by_name}");
    assert!(by_name.contains("^^^^^^^ the same name again"), "{by_name}");

    let text = "partition \"Service\" id=\"{11111111-2222-3333-4444-555555555555}\"\nthread \"t\" {}\n";
    let by_id = beside_the_catalog("by-id", text).unwrap_err().to_string();
    assert!(by_id.contains("test.kdl:2:21"), "{by_id}");
    assert!(by_id.contains("this is the id of the catalog's partition `Sales`"), "{by_id}");
    assert!(by_id.contains("leave it out: steps can name what the catalog has"), "{by_id}");
}
