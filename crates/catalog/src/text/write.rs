//! From a database to a file. A file that exists is changed only where it says something else: comments, order,
//! spelling and layout stay.

use super::{
    FORMAT,
    read::Language,
    tree,
    value::{read as read_value, write as write_value},
};
use crate::{
    node::Node,
    record::Record,
    schema::{Access, CollectionId, Property, Schema, Shape, Source, application as app, component, interface, method},
    value::Value,
};
use complus_core::CatalogDefaults;
use complus_sync::Arc;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value as Toml};

/// The text of a database in a language; `present` is what the file holds now.
pub(crate) fn write(root: &Node, language: Language, present: Option<&str>) -> String {
    match language {
        Language::Json => super::json::write(document(root, None).as_table()),
        Language::Toml => document(root, present).to_string(),
    }
}

fn document(root: &Node, present: Option<&str>) -> DocumentMut {
    let mut document: DocumentMut = present.and_then(|text| text.parse().ok()).unwrap_or_default();
    let profile = match root.record.profile() {
        CatalogDefaults::Ws2003 => "ws2003",
        CatalogDefaults::W2k => "w2k",
    };
    let table = document.as_table_mut();
    if table.get("format").is_none() {
        table.insert("format", toml_edit::value(FORMAT));
    }
    let same = table.get("defaults").and_then(Item::as_str).is_some_and(|name| name.eq_ignore_ascii_case(profile));
    if !same {
        replace(table, "defaults", profile.into());
    }
    collections(root, table);
    document
}

/// Brings the table of an object to what the object is.
fn object(node: &Node, table: &mut Table) {
    let record = &node.record;
    for (at, property) in (0..).zip(record.schema().properties) {
        if property.source != Source::Record || property.access == Access::WriteOnly {
            continue;
        }
        let value = record.value(at);
        let present = table.iter().find(|(key, _)| property.is_called(key)).map(|(key, item)| (key.to_owned(), item));
        match present {
            Some((_, item)) if reads_as(property, item).is_some_and(|it| same(property, &it, record, at)) => {}
            Some((key, _)) => replace(table, &key, write_value(property, value)),
            None if at == record.schema().key || !record.is_default(at) && !follows(node, at) => {
                table.insert(property.file_name(), Item::Value(write_value(property, value)));
            }
            None => {}
        }
    }
    collections(node, table);
}

/// Whether a file that says nothing of a property means its value: what A.6.1 raises by itself.
fn follows(node: &Node, at: u8) -> bool {
    if node.record.schema().id != CollectionId::Components {
        return false;
    }
    let services = crate::rules::own::services(node);
    let silent = complus_core::rules::coherence::Services {
        transaction: services.transaction,
        ..complus_core::rules::coherence::Services::DEFAULT
    };
    let settled = complus_core::rules::coherence::Services::DEFAULT.settle(silent);
    settled == Ok(services) && (at == component::JUST_IN_TIME_ACTIVATION.at || at == component::SYNCHRONIZATION.at)
}

fn same(property: &Property, found: &Value, record: &Record, at: u8) -> bool {
    match found {
        Value::Text(text) if property.name_like => record.value(at).same_key(Value::from(text.trim()).view()),
        found => found.view() == record.value(at),
    }
}

/// The value that an item of the file is read as.
fn reads_as(property: &Property, item: &Item) -> Option<Value> {
    let text = format!("x = {}", item.as_value()?.clone().decorated("", ""));
    let (tree, problems) = tree::toml(&text);
    let (_, value) = tree.entries().first().filter(|_| problems.is_empty())?;
    read_value(property, value).ok()
}

/// Replaces a value and leaves what stands around it.
fn replace(table: &mut Table, key: &str, mut value: Toml) {
    if let Some(item) = table.get_mut(key) {
        if let Some(decor) = item.as_value().map(|old| old.decor().clone()) {
            *value.decor_mut() = decor;
        }
        *item = Item::Value(value);
    } else {
        table.insert(key, Item::Value(value));
    }
}

/// Brings what stands below an object's table to what stands below the object.
fn collections(node: &Node, table: &mut Table) {
    for (id, items) in node.all_below() {
        let schema = id.schema();
        let Some(name) = schema.shape.key() else { continue };
        let present = table.iter().map(|(key, _)| key.to_owned()).find(|key| crate::schema::same_word(key, name));
        let key = present.unwrap_or_else(|| name.to_owned());
        match schema.shape {
            Shape::Absent => {}
            Shape::Single(_) => single(&items[0], table, &key),
            Shape::Names(_) => names(items, table, &key),
            Shape::Tables(_) => tables(schema, items, table, &key),
        }
    }
}

fn single(node: &Node, table: &mut Table, key: &str) {
    if let Some(present) = table.get_mut(key).and_then(Item::as_table_mut) {
        return object(node, present);
    }
    let mut made = fresh();
    object(node, &mut made);
    // the key of the only object need not be said
    let schema = node.record.schema();
    if node.record.is_default(schema.key) {
        made.remove(schema.key().file_name());
    }
    if !made.is_empty() {
        table.insert(key, Item::Table(made));
    }
}

fn fresh() -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    table
}

fn names(items: &[Arc<Node>], table: &mut Table, key: &str) {
    let mut wanted: Vec<String> = items.iter().map(|node| node.record.key().to_string()).collect();
    let has = |names: &[String], name: &str| names.iter().any(|other| crate::value::same_name(other, name));
    match table.get_mut(key).and_then(Item::as_array_mut) {
        Some(array) => {
            let present: Vec<String> = array.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
            array.retain(|it| it.as_str().is_some_and(|name| has(&wanted, name.trim())));
            wanted.retain(|name| !present.iter().any(|other| crate::value::same_name(other.trim(), name)));
            array.extend(wanted);
        }
        None if wanted.is_empty() => {}
        None => {
            wanted.sort_by_key(|name| name.to_lowercase());
            table.insert(key, Item::Value(Toml::Array(wanted.into_iter().collect::<Array>())));
        }
    }
}

fn tables(schema: &'static Schema, items: &[Arc<Node>], table: &mut Table, key: &str) {
    let mut rest: Vec<&Arc<Node>> = items.iter().filter(|node| worth_writing(node)).collect();
    if rest.is_empty() && !table.contains_key(key) {
        return;
    }
    rest.sort_by_cached_key(|node| order(node));
    let item = table.entry(key).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    if !item.is_array_of_tables() {
        // a single table, or tables in one line each
        let owned = std::mem::take(item);
        *item = match owned {
            Item::Table(single) => {
                let mut array = ArrayOfTables::new();
                array.push(single);
                Item::ArrayOfTables(array)
            }
            other => other
                .into_array_of_tables()
                .map_or_else(|_| Item::ArrayOfTables(ArrayOfTables::new()), Item::ArrayOfTables),
        };
    }
    let Some(array) = item.as_array_of_tables_mut() else { return };
    let key_of = |present: &Table| {
        let (_, item) = present.iter().find(|(key, _)| schema.key().is_called(key))?;
        reads_as(schema.key(), item)
    };
    let mut at = 0;
    while let Some(present) = array.get_mut(at) {
        let found = key_of(present).and_then(|key| rest.iter().position(|node| node.record.key().same_key(key.view())));
        match found {
            Some(found) => {
                object(rest.remove(found), present);
                at += 1;
            }
            None => drop(array.remove(at)),
        }
    }
    for node in rest {
        let mut made = fresh();
        object(node, &mut made);
        array.push(made);
    }
    if array.is_empty() {
        table.remove(key);
    }
}

/// The one role of a partition is there by itself.
fn worth_writing(node: &Node) -> bool {
    node.record.schema().id != CollectionId::RolesForPartition
        || !node.below(CollectionId::UsersInPartitionRole).is_empty()
}

/// Where a new object goes among its like, so that two writers write the same (A.10).
fn order(node: &Node) -> (String, i32, String) {
    let key = node.record.key().to_string();
    match node.record.schema().id {
        CollectionId::Applications => (node.get(app::NAME).to_lowercase(), 0, key),
        CollectionId::Components => (node.get(component::PROG_ID).to_lowercase(), 0, key),
        CollectionId::InterfacesForComponent => (node.get(interface::NAME).to_lowercase(), 0, key),
        CollectionId::MethodsForInterface => (String::new(), node.get(method::INDEX), key),
        _ => (node.record.name().to_lowercase(), 0, key),
    }
}
