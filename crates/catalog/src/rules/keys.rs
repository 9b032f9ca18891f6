//! What is in the database once, or the same everywhere (SEC A.1, A.6.2: R16, R17, R18, R20, R22).

use super::{Fault, Place};
use crate::{
    node::{Node, Path, Step},
    schema::{CollectionId, application as app, class, component as comp, partition},
    value::{Value, ValueRef, same_name},
};
use complus_core::error::CatalogError;
use std::collections::HashMap;
use uuid::{Uuid, uuid};

/// Ids of applications that nobody creates, changes or deletes (SEC A.1).
pub(crate) const RESERVED: [Uuid; 3] = [
    uuid!("01885945-612C-4A53-A479-E97507453926"),
    uuid!("9EB3B62C-79A2-11D2-9891-00C04F79AF51"),
    uuid!("6B97138E-3C20-48D1-945F-81AE63282DEE"),
];

fn fault(rule: &'static str, error: CatalogError, properties: &[u8]) -> Fault {
    Fault { rule, error, properties: properties.to_vec() }
}

/// Why an object that stands in the tree cannot be there because of the others; `place` ends with it.
pub(crate) fn check(place: Place<'_>, siblings: &[complus_sync::Arc<Node>]) -> Vec<Fault> {
    let (root, node) = (place.root(), place.node());
    let schema = node.record.schema();
    let mut faults = Vec::new();
    let same = siblings.iter().filter(|other| other.record.key().same_key(node.record.key())).count();
    if same > 1 {
        faults.push(fault("A.1", schema.duplicate, &[schema.key]));
    }
    match schema.id {
        CollectionId::Applications => application(root, node, &mut faults),
        CollectionId::Components => {
            if let Some(application) = place.nearest(CollectionId::Applications) {
                configured(root, application, node, &mut faults);
            }
        }
        CollectionId::LegacyComponents => {
            let clsid = node.get(class::CLSID);
            if root.components().any(|(_, other)| other.get(comp::CLSID) == clsid) {
                faults.push(fault("A.1", CatalogError::ComponentExists, &[class::CLSID.at]));
            }
        }
        CollectionId::Partitions => named_partition(root, node, &mut faults),
        _ => {}
    }
    faults
}

fn application(root: &Node, node: &Node, faults: &mut Vec<Fault>) {
    let (id, name) = (node.get(app::ID), node.get(app::NAME));
    let same_name_in_partition = |other: &&complus_sync::Arc<Node>| {
        other.get(app::ID) != id && other.partition() == node.partition() && same_name(other.get(app::NAME), name)
    };
    if root.applications().iter().find(same_name_in_partition).is_some() {
        faults.push(fault("A.1", CatalogError::ApplicationExists, &[app::NAME.at]));
    }
    if root.components().any(|(_, component)| component.get(comp::CLSID) == id) {
        faults.push(fault("R17", CatalogError::ApplicationIdIsClsid, &[app::ID.at]));
    }
    if RESERVED.contains(&id) {
        faults.push(fault("R17", CatalogError::SystemApplication, &[app::ID.at]));
    }
}

fn configured(root: &Node, application: &Node, node: &Node, faults: &mut Vec<Fault>) {
    let (clsid, progid) = (node.get(comp::CLSID), node.get(comp::PROG_ID));
    for (other_application, other) in root.components() {
        if other.get(comp::CLSID) == clsid {
            let elsewhere = other_application.get(app::ID) != application.get(app::ID);
            if elsewhere && other_application.partition() == application.partition() {
                faults.push(fault("R18", CatalogError::ComponentExists, &[comp::CLSID.at]));
            } else if elsewhere && !same_class(node, other) {
                faults.push(fault("A.1", CatalogError::ClassFactsDiffer, &[]));
            }
        } else if !progid.is_empty() && same_name(other.get(comp::PROG_ID), progid) {
            faults.push(fault("R18", CatalogError::ProgIdInUse, &[comp::PROG_ID.at]));
        }
        let together = other_application.get(app::ID) == application.get(app::ID);
        if together && other.get(comp::BITNESS) != node.get(comp::BITNESS) {
            faults.push(fault("A.1", CatalogError::WrongBitness, &[comp::BITNESS.at]));
        }
    }
    if root.applications().iter().any(|application| application.get(app::ID) == clsid) {
        faults.push(fault("R17", CatalogError::ApplicationIdIsClsid, &[comp::CLSID.at]));
    }
    let legacy = |application: &complus_sync::Arc<Node>| {
        application.find(CollectionId::LegacyComponents, ValueRef::Guid(clsid)).is_some()
    };
    if root.applications().iter().any(legacy) {
        faults.push(fault("A.1", CatalogError::ComponentExists, &[comp::CLSID.at]));
    }
}

/// Whether the facts of a class are the same in two configurations of it (A.1, rule 7).
fn same_class(one: &Node, other: &Node) -> bool {
    let texts = [
        comp::PROG_ID,
        comp::DLL,
        comp::VERSION_MAJOR,
        comp::VERSION_MINOR,
        comp::VERSION_BUILD,
        comp::VERSION_SUB_BUILD,
    ];
    texts.iter().all(|field| one.get(*field) == other.get(*field))
        && one.get(comp::THREADING_MODEL) == other.get(comp::THREADING_MODEL)
}

fn named_partition(root: &Node, node: &Node, faults: &mut Vec<Fault>) {
    let (id, name) = (node.get(partition::ID), node.get(partition::NAME).trim());
    if name.is_empty() {
        faults.push(fault("R22", CatalogError::InvalidPartitionName, &[partition::NAME.at]));
    }
    let others = root.below(CollectionId::Partitions);
    if others.iter().any(|other| other.get(partition::ID) != id && same_name(other.get(partition::NAME), name)) {
        faults.push(fault("R22", CatalogError::DuplicatePartitionName, &[partition::NAME.at]));
    }
    if id.as_u128() == crate::schema::GLOBAL_PARTITION {
        faults.push(fault("R22", CatalogError::ObjectExists, &[partition::ID.at]));
    }
}

/// The same rules for the whole database at once, in time that grows with its size alone.
pub(crate) fn check_all(root: &Node, tell: &mut impl FnMut(&[Step], Fault)) {
    duplicates(root, &mut Vec::new(), tell);
    applications(root, tell);
    components(root, tell);
    for node in root.below(CollectionId::Partitions) {
        let mut faults = Vec::new();
        named_partition(root, node, &mut faults);
        let path = [step(CollectionId::Partitions, node)];
        faults.into_iter().for_each(|fault| tell(&path, fault));
    }
}

fn step(collection: CollectionId, node: &Node) -> Step {
    Step { collection, key: node.record.key().to_value() }
}

/// A key with letter case taken out, to be hashed.
fn folded(key: ValueRef<'_>) -> Value {
    match key {
        ValueRef::Text(text) => Value::from(text.to_lowercase()),
        key => key.to_value(),
    }
}

fn duplicates(node: &Node, way: &mut Path, tell: &mut impl FnMut(&[Step], Fault)) {
    for (collection, items) in node.all_below() {
        let mut seen = HashMap::with_capacity(if items.len() > 1 { items.len() } else { 0 });
        for item in items {
            way.push(step(collection, item));
            let schema = collection.schema();
            if items.len() > 1 && seen.insert(folded(item.record.key()), ()).is_some() {
                tell(way, fault("A.1", schema.duplicate, &[schema.key]));
            }
            duplicates(item, way, tell);
            way.pop();
        }
    }
}

fn applications(root: &Node, tell: &mut impl FnMut(&[Step], Fault)) {
    let mut names: HashMap<(Uuid, String), Uuid> = HashMap::new();
    for node in root.applications() {
        let (id, path) = (node.get(app::ID), [step(CollectionId::Applications, node)]);
        let name = (node.partition(), node.get(app::NAME).to_lowercase());
        if names.insert(name, id).is_some_and(|other| other != id) {
            tell(&path, fault("A.1", CatalogError::ApplicationExists, &[app::NAME.at]));
        }
        if RESERVED.contains(&id) && !node.get(app::IS_SYSTEM) {
            tell(&path, fault("R17", CatalogError::SystemApplication, &[app::ID.at]));
        }
    }
}

fn components(root: &Node, tell: &mut impl FnMut(&[Step], Fault)) {
    let ids: HashMap<Uuid, ()> = root.applications().iter().map(|node| (node.get(app::ID), ())).collect();
    let mut legacy: HashMap<Uuid, ()> = HashMap::new();
    for node in root.applications().iter().flat_map(|node| node.below(CollectionId::LegacyComponents)) {
        legacy.insert(node.get(class::CLSID), ());
    }
    let mut progids: HashMap<String, Uuid> = HashMap::new();
    /// The first configuration of a class, and the applications and partitions that have one.
    type Configurations<'n> = (&'n Node, Vec<(Uuid, Uuid)>);
    let mut classes: HashMap<Uuid, Configurations<'_>> = HashMap::new();
    for application in root.applications() {
        let (id, place) = (application.get(app::ID), application.partition());
        let mut bitness = None;
        for node in application.below(CollectionId::Components) {
            let clsid = node.get(comp::CLSID);
            let mut wrong = |rule, error, properties: &[u8]| {
                let path = [step(CollectionId::Applications, application), step(CollectionId::Components, node)];
                tell(&path, fault(rule, error, properties));
            };
            let progid = node.get(comp::PROG_ID);
            if !progid.is_empty() && *progids.entry(progid.to_lowercase()).or_insert(clsid) != clsid {
                wrong("R18", CatalogError::ProgIdInUse, &[comp::PROG_ID.at]);
            }
            if ids.contains_key(&clsid) {
                wrong("R17", CatalogError::ApplicationIdIsClsid, &[comp::CLSID.at]);
            }
            if legacy.contains_key(&clsid) {
                wrong("A.1", CatalogError::ComponentExists, &[comp::CLSID.at]);
            }
            if *bitness.get_or_insert(node.get(comp::BITNESS)) != node.get(comp::BITNESS) {
                wrong("A.1", CatalogError::WrongBitness, &[comp::BITNESS.at]);
            }
            let (first, places) = classes.entry(clsid).or_insert_with(|| (node, Vec::new()));
            if places.iter().any(|(other, partition)| *other != id && *partition == place) {
                wrong("R18", CatalogError::ComponentExists, &[comp::CLSID.at]);
            } else if !same_class(first, node) {
                wrong("A.1", CatalogError::ClassFactsDiffer, &[]);
            }
            places.push((id, place));
        }
    }
}
