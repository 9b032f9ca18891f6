//! What the tests of the catalog share: the Bank, a component to change, the outcome of a save.
#![allow(dead_code, reason = "each test program uses a part of it")]

use complus_catalog::{
    Catalog, ClassDescriptor, Collection, InterfaceDescriptor, MethodDescriptor, Options, Value, parse,
    schema::component,
};
use complus_core::{
    HResult,
    attribute::{SynchronizationAttribute, ThreadingModel, TransactionAttribute},
};
use complus_diagnostic::Source;
use uuid::Uuid;

/// The text of the Bank.
pub(crate) const BANK: &str = include_str!("../../../../scenarios/bank.toml");
/// Its server application.
pub(crate) const MERIDIAN_BANK: &str = "{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0001}";
/// Its library application.
pub(crate) const MERIDIAN_TOOLS: &str = "{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0002}";

/// Partitions P1 and P2; class 0x11 in the global partition and in P1; class 0x12 private in both; class 0x13
/// private in P1 alone; class 0x14 public in the global partition alone; class 0x15 registered only. P2 has an
/// activator; anna's default is P1, the group's is P2.
pub(crate) const PARTITIONED: &str = r#"
format = 1
defaults = "ws2003"
machine.partitions_enabled = true
principal = [{ name = "group", group = true, members = ["bert"] }]
partition_user = [
    { account_name = "anna", default_partition = "{00000000-0000-0000-0000-0000000000A1}" },
    { account_name = "group", default_partition = "{00000000-0000-0000-0000-0000000000A2}" },
]
class = [{ clsid = "{00000000-0000-0000-0000-000000000015}", progid = "Test.Plain", factory = "plain" }]

[[partition]]
id = "{00000000-0000-0000-0000-0000000000A1}"
name = "P1"

[[partition]]
id = "{00000000-0000-0000-0000-0000000000A2}"
name = "P2"
role = [{ name = "Activators", users = ["olga"] }]

[[application]]
id = "{00000000-0000-0000-0000-0000000000B0}"
name = "Global"
component = [
    { clsid = "{00000000-0000-0000-0000-000000000011}", progid = "Test.Both", constructor_string = "global" },
    { clsid = "{00000000-0000-0000-0000-000000000012}", progid = "Test.Private", private = true },
    { clsid = "{00000000-0000-0000-0000-000000000014}", progid = "Test.Global" },
]

[[application]]
id = "{00000000-0000-0000-0000-0000000000B1}"
name = "One"
partition = "{00000000-0000-0000-0000-0000000000A1}"
component = [
    { clsid = "{00000000-0000-0000-0000-000000000011}", progid = "Test.Both", constructor_string = "one" },
    { clsid = "{00000000-0000-0000-0000-000000000012}", progid = "Test.Private", private = true },
    { clsid = "{00000000-0000-0000-0000-000000000013}", progid = "Test.Hidden", private = true },
]
"#;

/// One of the ids of the Bank.
pub(crate) fn bank_id(suffix: u16) -> Uuid {
    Uuid::from_u128(0x8F2B_5C1E_51A0_4D0B_9C55_0E5A_3D1F_0000 + u128::from(suffix))
}

/// Options that make the same ids again.
pub(crate) fn options() -> Options {
    Options { seed: Some(42), ..Options::default() }
}

/// The Bank.
pub(crate) fn bank() -> Catalog {
    bank_with(options())
}

/// The Bank with other options.
pub(crate) fn bank_with(options: Options) -> Catalog {
    match parse(Source::new("bank.toml", BANK), options) {
        Ok(loaded) => loaded.catalog,
        Err(error) => panic!("{error}"),
    }
}

/// A class with one interface.
pub(crate) fn class(number: u32) -> ClassDescriptor {
    let method = MethodDescriptor { index: 3, name: "Work", in_only: false, auto_complete: false };
    let interface = InterfaceDescriptor::new(Uuid::from_u128(0x2000 + u128::from(number)), "IWork").method(method);
    ClassDescriptor::new(Uuid::from_u128(0x1000 + u128::from(number)), &format!("Test.Class{number}"))
        .threading_model(ThreadingModel::Both)
        .interface(interface)
}

/// The CLSID of such a class.
pub(crate) fn clsid(number: u32) -> Value {
    Value::Guid(Uuid::from_u128(0x1000 + u128::from(number)))
}

/// An application of this name, empty; its id.
pub(crate) fn application(catalog: &Catalog, name: &str) -> Uuid {
    let mut applications = collection(catalog, "Applications", &[]);
    applications.add().unwrap().put("Name", name).unwrap();
    assert_eq!(applications.save_changes().result, Ok(()), "{:?}", applications.error_info());
    catalog.administer().application(name).unwrap()
}

/// A collection, populated.
pub(crate) fn collection(catalog: &Catalog, name: &str, keys: &[Value]) -> Collection {
    let mut collection = catalog.administer().collection_by_query(name, keys).unwrap();
    collection.populate().unwrap();
    collection
}

/// A database with one component in the application "Test", and the collection that holds it.
pub(crate) fn component_of(class: &ClassDescriptor) -> (Catalog, Collection) {
    let catalog = Catalog::new(options());
    let id = application(&catalog, "Test");
    catalog.administer().install_component("Test", class).unwrap();
    let components = collection(&catalog, "Components", &[Value::Guid(id)]);
    (catalog, components)
}

/// Transaction, JIT activation and synchronization of the only component, read anew.
pub(crate) fn services(catalog: &Catalog) -> (TransactionAttribute, bool, SynchronizationAttribute) {
    let id = catalog.administer().application("Test").unwrap();
    let components = collection(catalog, "Components", &[Value::Guid(id)]);
    let item = components.item(0).unwrap();
    (
        item.get(component::TRANSACTION),
        item.get(component::JUST_IN_TIME_ACTIVATION),
        item.get(component::SYNCHRONIZATION),
    )
}

/// Saves; gives the code and the rows of ErrorInfo: MajorRef, MinorRef, code.
pub(crate) fn save(collection: &mut Collection) -> (usize, Option<HResult>, Vec<(String, String, HResult)>) {
    let saved = collection.save_changes();
    let rows = collection.error_info().iter();
    let rows = rows.map(|row| (row.major_ref.clone(), row.minor_ref.clone(), row.error.hresult()));
    (saved.attempted, saved.result.err().map(|error| error.hresult()), rows.collect())
}
