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
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, TableLike, Value as Toml};

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
    collections(root, table, Style::Headed);
    document
}

/// Brings the table of an object to what the object is.
fn object(node: &Node, table: &mut dyn TableLike, style: Style) {
    let record = &node.record;
    // the key of the only object of its kind need not be said
    let keyed = matches!(record.schema().shape, Shape::Tables(_));
    for (at, property) in (0..).zip(record.schema().properties) {
        if property.source != Source::Record || property.access == Access::WriteOnly {
            continue;
        }
        let value = record.value(at);
        let present = table.iter().find(|(key, _)| property.is_called(key)).map(|(key, item)| (key.to_owned(), item));
        match present {
            Some((_, item)) if reads_as(property, item).is_some_and(|it| same(property, &it, record, at)) => {}
            Some((key, _)) => replace(table, &key, write_value(property, value)),
            None if keyed && at == record.schema().key || !record.is_default(at) && !follows(node, at) => {
                table.insert(property.file_name(), Item::Value(write_value(property, value)));
            }
            None => {}
        }
    }
    collections(node, table, style);
}

/// How the tables below a table are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// With a head each: `[[application.role]]`.
    Headed,
    /// Between braces, since the table above is.
    Inline,
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
fn replace(table: &mut dyn TableLike, key: &str, mut value: Toml) {
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
fn collections(node: &Node, table: &mut dyn TableLike, style: Style) {
    for (id, items) in node.all_below() {
        let schema = id.schema();
        let Some(name) = schema.shape.key() else { continue };
        let present = table.iter().map(|(key, _)| key.to_owned()).find(|key| crate::schema::same_word(key, name));
        let key = present.unwrap_or_else(|| name.to_owned());
        match schema.shape {
            Shape::Absent => {}
            Shape::Single(_) => single(&items[0], table, &key),
            Shape::Names(_) => names(items, table, &key),
            Shape::Tables(_) => tables(schema, items, table, &key, style),
        }
    }
}

fn single(node: &Node, table: &mut dyn TableLike, key: &str) {
    let present = table.get_mut(key);
    let style = if present.as_ref().is_some_and(|item| item.is_inline_table()) { Style::Inline } else { Style::Headed };
    if let Some(present) = present.and_then(Item::as_table_like_mut) {
        return object(node, present, style);
    }
    let made = fresh(node);
    if !made.is_empty() {
        table.insert(key, Item::Table(made));
    }
}

/// The table of an object that the file does not have.
fn fresh(node: &Node) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    object(node, &mut table, Style::Headed);
    table
}

fn names(items: &[Arc<Node>], table: &mut dyn TableLike, key: &str) {
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

fn tables(schema: &'static Schema, items: &[Arc<Node>], table: &mut dyn TableLike, key: &str, style: Style) {
    let mut rest: Vec<&Arc<Node>> = items.iter().filter(|node| worth_writing(node)).collect();
    rest.sort_by_cached_key(|node| order(node));
    let Some(item) = table.get_mut(key) else {
        if !rest.is_empty() {
            let made = Item::ArrayOfTables(rest.into_iter().map(|node| fresh(node)).collect());
            let made = if style == Style::Inline { made.into_value().map_or_else(|it| it, Item::Value) } else { made };
            table.insert(key, made);
        }
        return;
    };
    let key_of = |present: &dyn TableLike| {
        let (_, item) = present.iter().find(|(key, _)| schema.key().is_called(key))?;
        reads_as(schema.key(), item)
    };
    // takes the object of a table out of those that are still to be written
    let mut object_of = |present: &dyn TableLike| {
        let key = key_of(present)?;
        let found = rest.iter().position(|node| node.record.key().same_key(key.view()))?;
        Some(rest.remove(found))
    };
    let mut headed = false;
    let empty = match item {
        Item::ArrayOfTables(array) => {
            let mut at = 0;
            while let Some(present) = array.get_mut(at) {
                match object_of(present) {
                    Some(node) => {
                        object(node, present, Style::Headed);
                        at += 1;
                    }
                    None => drop(array.remove(at)),
                }
            }
            array.extend(rest.into_iter().map(|node| fresh(node)));
            array.is_empty()
        }
        Item::Value(Toml::Array(array)) => {
            let mut at = 0;
            while let Some(present) = array.get_mut(at) {
                match present.as_inline_table_mut().and_then(|it| object_of(it).map(|node| (node, it))) {
                    Some((node, present)) => {
                        object(node, present, Style::Inline);
                        at += 1;
                    }
                    None => drop(array.remove(at)),
                }
            }
            array.extend(rest.into_iter().map(|node| fresh(node).into_inline_table()));
            array.is_empty()
        }
        // one table stands for a list of one
        single => {
            let style = if single.is_inline_table() { Style::Inline } else { Style::Headed };
            let present = single.as_table_like_mut();
            match present.and_then(|it| object_of(it).map(|node| (node, it))) {
                Some((node, present)) if rest.is_empty() => object(node, present, style),
                _ => {
                    let all = items.iter().filter(|node| worth_writing(node)).map(|node| fresh(node));
                    *single = Item::ArrayOfTables(all.collect());
                    headed = true;
                }
            }
            single.as_array_of_tables().is_some_and(ArrayOfTables::is_empty)
        }
    };
    if empty {
        table.remove(key);
    } else if headed && let Some(mut key) = table.key_mut(key) {
        key.leaf_decor_mut().clear(); // what stood around a key of a line
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
