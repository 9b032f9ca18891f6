//! Look-ups: what they find, whom they wait for, what they cost.

mod support;

use complus_catalog::{
    Catalog, CatalogFile, Class, Creator, Found, Options, Reader, Snapshot, Value, parse, schema::component,
};
use complus_core::{hresult::*, id::PartitionId};
use complus_diagnostic::Source;
use std::sync::Barrier;
use support::*;
use uuid::Uuid;

const fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

const P1: PartitionId = PartitionId(id(0xA1));
const P2: PartitionId = PartitionId(id(0xA2));
const GONE: PartitionId = PartitionId(id(0xFF));

fn partitioned() -> Catalog {
    match parse(Source::new("partitions.toml", PARTITIONED), options()) {
        Ok(loaded) => loaded.catalog,
        Err(error) => panic!("{error}"),
    }
}

/// The constructor string of what is found, and the partition of the context; or the code.
fn found<'s>(
    snapshot: &'s Snapshot,
    clsid: u128,
    creator: &Creator<'_>,
) -> Result<(&'s str, PartitionId), complus_core::HResult> {
    match snapshot.locate(id(clsid), creator, &mut ()) {
        Ok(Found::Configured { class, partition, .. }) => Ok((class.constructor_string(), partition)),
        Ok(Found::Registered(plain)) => Ok((plain.factory(), PartitionId::NULL)),
        Err(error) => Err(error.hresult()),
    }
}

#[test]
fn a_class_is_found_by_moniker_context_and_user() {
    let catalog = partitioned();
    let snapshot = catalog.snapshot();
    let nobody = Creator::default();
    let anna = Creator { user: "ANNA", ..nobody };
    let find = |clsid, creator: &Creator<'_>| found(&snapshot, clsid, creator);
    assert_eq!(find(0x11, &nobody), Ok(("global", PartitionId::GLOBAL)));
    assert_eq!(find(0x11, &anna), Ok(("one", P1)), "the user's default");
    assert_eq!(find(0x11, &Creator { partition: Some(P1), ..nobody }), Ok(("one", P1)), "the creator's context");
    let global = Some(PartitionId::GLOBAL);
    assert_eq!(find(0x11, &Creator { partition: global, ..anna }), Ok(("global", PartitionId::GLOBAL)), "O-51");
    assert_eq!(find(0x11, &Creator { partition: Some(GONE), ..anna }), Ok(("global", PartitionId::GLOBAL)), "O-52");
    assert_eq!(find(0x11, &Creator { moniker: Some(P1), partition: global, ..nobody }), Ok(("one", P1)), "O-53");
    assert_eq!(
        find(0x11, &Creator { moniker: global, partition: Some(P1), ..anna }),
        Ok(("global", PartitionId::GLOBAL))
    );
    assert_eq!(find(0x11, &Creator { moniker: Some(GONE), ..nobody }), Err(COMADMIN_E_INVALID_PARTITION), "O-52");
    assert_eq!(find(0x14, &anna), Ok(("", P1)), "the global partition's, in a context of the chosen one");
}

#[test]
fn private_components_are_found_from_their_application_alone() {
    let catalog = partitioned();
    let snapshot = catalog.snapshot();
    let from = |application, partition| Creator { application: Some(id(application)), partition, ..Creator::default() };
    let find = |clsid, creator: &Creator<'_>| found(&snapshot, clsid, creator).map(|(_, partition)| partition);
    assert_eq!(find(0x12, &from(0xB0, None)), Ok(PartitionId::GLOBAL));
    assert_eq!(find(0x12, &from(0xB1, Some(P1))), Ok(P1));
    assert_eq!(find(0x12, &from(0xB0, Some(P1))), Err(COMADMIN_E_PRIVATE_ACCESSDENIED), "O-53");
    assert_eq!(find(0x12, &Creator::default()), Err(COMADMIN_E_PRIVATE_ACCESSDENIED));
    assert_eq!(
        find(0x13, &Creator { partition: Some(P1), ..Creator::default() }),
        Err(COMADMIN_E_PRIVATE_ACCESSDENIED)
    );
    assert_eq!(find(0x13, &Creator::default()), Err(REGDB_E_CLASSNOTREG), "not looked for in other partitions");
    assert_eq!(find(0x15, &Creator::default()), Ok(PartitionId::NULL), "registered, not configured");
    assert_eq!(find(0x16, &Creator::default()), Err(REGDB_E_CLASSNOTREG));
}

#[test]
fn activators_and_those_whose_default_it_is_may_use_a_partition() {
    let catalog = partitioned();
    let snapshot = catalog.snapshot();
    let may = |user| {
        let creator = Creator { moniker: Some(P2), user, ..Creator::default() };
        found(&snapshot, 0x14, &creator).map(|(_, partition)| partition)
    };
    assert_eq!(may("olga"), Ok(P2));
    assert_eq!(may("bert"), Ok(P2), "his group's default");
    assert_eq!(may("anna"), Err(COMADMIN_E_PARTITION_ACCESSDENIED));
    assert!(snapshot.may_use_partition("anna", P1), "nobody is an activator: everyone (O-54)");
}

#[test]
fn partitions_that_are_off_are_not_named_and_not_chosen() {
    let text = PARTITIONED.replace("partitions_enabled = true", "partitions_enabled = false");
    let catalog = parse(Source::new("off.toml", text), options()).unwrap_or_else(|error| panic!("{error}")).catalog;
    let snapshot = catalog.snapshot();
    let find = |creator: &Creator<'_>| found(&snapshot, 0x11, creator);
    let anna = Creator { user: "anna", ..Creator::default() };
    assert_eq!(find(&anna), Ok(("global", PartitionId::GLOBAL)));
    assert_eq!(find(&Creator { partition: Some(P1), ..anna }), Ok(("global", PartitionId::GLOBAL)));
    assert_eq!(find(&Creator { moniker: Some(P1), ..anna }), Err(COMADMIN_E_PARTITIONS_DISABLED));
    assert_eq!(find(&Creator { moniker: Some(PartitionId::GLOBAL), ..anna }), Ok(("global", PartitionId::GLOBAL)));
}

#[test]
fn a_progid_is_found_in_any_letter_case() {
    let catalog = partitioned();
    let snapshot = catalog.snapshot();
    assert_eq!(snapshot.classes().clsid("test.BOTH"), Some(id(0x11)));
    assert_eq!(snapshot.classes().clsid("Test.Plain"), Some(id(0x15)));
    assert_eq!(snapshot.classes().clsid("Test.Nothing"), None);
    assert_eq!(snapshot.classes().clsid(""), None);
}

fn only(snapshot: &Snapshot) -> &Class {
    snapshot.classes().iter().next().expect("one class")
}

#[test]
fn a_reader_sees_a_change_with_its_next_look_and_a_snapshot_never_does() {
    let (catalog, mut components) = component_of(&class(1));
    let mut reader = catalog.reader();
    let kept = catalog.snapshot();
    let before = reader.snapshot().generation();
    components.item_mut(0).unwrap().put("ConstructorString", "new").unwrap();
    assert_eq!(save(&mut components), (1, None, vec![]));
    assert_eq!(only(reader.snapshot()).constructor_string(), "new");
    assert_eq!(reader.snapshot().generation(), before + 1);
    assert_eq!(only(&kept).constructor_string(), "");
    // nothing changed, nothing is published
    components.item_mut(0).unwrap().put("MinPoolSize", -1).unwrap();
    assert!(save(&mut components).1.is_some());
    assert_eq!(reader.snapshot().generation(), before + 1);
}

#[test]
fn a_file_that_was_changed_is_loaded_into_the_catalog_in_use() {
    let path = std::env::temp_dir().join(format!("complus-catalog-reload-{}.toml", std::process::id()));
    std::fs::write(&path, BANK).unwrap();
    let file = CatalogFile::new(&path);
    let catalog = file.load(Options::default()).unwrap().catalog;
    let mut reader = catalog.reader();
    std::fs::write(&path, BANK.replace("max_pool_size = 8", "max_pool_size = 9")).unwrap();
    file.reload(&catalog).unwrap();
    let largest =
        |reader: &mut Reader| reader.snapshot().classes().iter().filter_map(|class| class.pool).next().unwrap().max;
    assert_eq!(largest(&mut reader), 9);
    std::fs::write(&path, "format = 1").unwrap();
    assert!(file.reload(&catalog).is_err());
    assert_eq!(largest(&mut reader), 9, "a wrong file changes nothing");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn readers_never_see_half_a_change_and_never_wait_for_a_writer() {
    // description and constructor string are always written together
    const ROUNDS: i32 = 200;
    let (catalog, _) = component_of(&class(1));
    let start = Barrier::new(3);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            start.wait();
            for round in 1..=ROUNDS {
                let id = catalog.administer().application("Test").unwrap();
                let mut components = collection(&catalog, "Components", &[Value::Guid(id)]);
                let item = components.item_mut(0).unwrap();
                item.put("Description", round.to_string()).unwrap();
                item.put("ConstructorString", round.to_string()).unwrap();
                components.save_changes().result.unwrap();
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                let mut reader = catalog.reader();
                start.wait();
                let (mut last, mut generation) = (0, 0);
                while last < ROUNDS {
                    let snapshot = reader.snapshot();
                    assert!(snapshot.generation() >= generation, "never back");
                    generation = snapshot.generation();
                    let class = only(snapshot);
                    assert_eq!(class.node().get(component::DESCRIPTION), class.constructor_string());
                    last = class.constructor_string().parse().unwrap_or(0);
                }
            });
        }
    });
    // a writer that has its turn and does not end it
    let transaction = catalog.begin();
    let mut machine = transaction.administer().collection("LocalComputer").unwrap();
    machine.populate().unwrap();
    machine.item_mut(0).unwrap().put("TransactionTimeout", 1).unwrap();
    machine.save_changes().result.unwrap();
    assert_eq!(catalog.snapshot().transaction_timeout(), Some(std::time::Duration::from_secs(60)));
    assert_eq!(only(catalog.reader().snapshot()).constructor_string(), ROUNDS.to_string());
    transaction.commit().unwrap();
    assert_eq!(catalog.snapshot().transaction_timeout(), Some(std::time::Duration::from_secs(1)));
}

#[test]
fn a_look_up_asks_nothing_of_the_allocator() {
    let catalog = partitioned();
    let mut reader = catalog.reader();
    let creator = Creator { partition: Some(P1), user: "anna", ..Creator::default() };
    let mut classes = 0;
    let info = allocation_counter::measure(|| {
        for _ in 0..100 {
            let snapshot = reader.snapshot();
            let clsid = snapshot.classes().clsid("test.both").unwrap();
            for creator in [Creator::default(), creator] {
                if let Ok(Found::Configured { class, .. }) = snapshot.locate(clsid, &creator, &mut ()) {
                    classes += usize::from(class.check_at_activation(&mut ()).is_ok());
                }
            }
            assert!(snapshot.locate(Uuid::from_u128(0x99), &creator, &mut ()).is_err());
        }
    });
    assert_eq!((classes, info.count_total), (200, 0));
}
