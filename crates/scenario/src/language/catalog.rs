//! `catalog`, `application` and `partition`: the class registration database of a scenario.
//!
//! A catalog file is read as it is. An application in the scenario file is the same in another language: each node
//! becomes the table that a catalog file has for it, with the places of the scenario file, and the catalog's own reader
//! and rules do the rest.

use super::{
    Reading, partitions,
    reader::{Reader, head, name_span, span_of},
    references::Kind,
    value,
};
use crate::model::PartitionDeclaration;
use complus_catalog::{Catalog, CatalogFile, Content, Key, LoadError, Options, Tree};
use complus_core::Compat;
use complus_diagnostic::{Diagnostic, Span};
use kdl::{KdlDocument, KdlEntry, KdlNode, KdlValue};
use std::borrow::Cow;
use uuid::Uuid;

/// How an object of the catalog is written as a node: what its first argument is, and the key that follows from its
/// name if nobody gives it.
struct Table {
    word: &'static str,
    title: &'static str,
    key: Option<&'static str>,
    below: &'static [&'static Table],
}

const METHOD: Table = Table { word: "method", title: "Name", key: None, below: &[] };
const INTERFACE: Table = Table { word: "interface", title: "Name", key: Some("IID"), below: &[&METHOD] };
const COMPONENT: Table =
    Table { word: "component", title: "ProgID", key: Some("CLSID"), below: &[&INTERFACE, &METHOD] };
const ROLE: Table = Table { word: "role", title: "Name", key: None, below: &[] };
const APPLICATION: Table = Table { word: "application", title: "Name", key: Some("ID"), below: &[&COMPONENT, &ROLE] };

/// The database that a document describes, if it does, and the partitions that steps can name.
pub(super) fn read(
    document: &KdlDocument,
    compat: &Compat,
    reading: &mut Reading<'_>,
) -> (Option<Catalog>, Vec<PartitionDeclaration>) {
    let named = |name: &'static str| document.nodes().iter().filter(move |node| node.name().value() == name);
    let options = Options { compat: *compat, ..Options::default() };
    let mut files = named("catalog");
    let file = files.next().map(|node| load(node, options, reading));
    for node in files {
        reading.problem(Diagnostic::new(head(node), "a machine has one catalog", "the second one"));
    }
    let mut applications: Vec<Tree<'_>> = named("application").map(|node| object(&APPLICATION, node)).collect();
    reading.names_unknown = file.as_ref().is_some_and(Option::is_none);
    let before = reading.problems.len();
    let declared = partitions::read(document, reading);
    let names = partitions::named(&declared, file.iter().flatten().next(), reading);
    applications.iter_mut().for_each(|application| partitions::resolve(application, &names, reading));
    if file.is_none() && applications.is_empty() && declared.is_empty() {
        return (None, names);
    }
    if reading.problems.len() > before {
        // Told where it stands; the catalog's own rules would tell it again.
        reading.names_unknown = true;
        return (None, names);
    }
    let base = file.flatten().unwrap_or_else(|| Catalog::new(options));
    let here = applications.first().map_or(Span::default(), |tree| tree.span);
    let key = Key { name: "application".into(), span: here };
    let list = Tree { span: here, content: Content::List(applications) };
    let mut entries = partitions::tables(&declared);
    entries.push((key, list));
    match base.with(&Tree { span: here, content: Content::Table(entries) }) {
        Ok(catalog) => {
            declare(&catalog, reading);
            (Some(catalog), names)
        }
        Err(problems) => {
            reading.names_unknown = true;
            problems.into_iter().for_each(|one| reading.problem(one));
            (None, names)
        }
    }
}

/// `catalog "bank.toml"`
fn load(node: &KdlNode, options: Options, reading: &mut Reading<'_>) -> Option<Catalog> {
    let mut reader = Reader::new(node);
    let file = reader.required(reading, "the name of a catalog file", value::text);
    reader.finish(reading);
    let (file, span) = file?;
    match CatalogFile::new(reading.folder.join(&file)).load(options) {
        Ok(loaded) => Some(loaded.catalog),
        Err(LoadError::Mistakes(mistakes)) => {
            reading.elsewhere.get_or_insert(mistakes);
            None
        }
        Err(error) => {
            let why = match error {
                LoadError::Unreadable(error) => error.kind().to_string(),
                error => error.to_string(),
            };
            let problem = Diagnostic::new(span, format!("the catalog `{file}` cannot be read: {why}"), "this file");
            reading.problem(problem.help("its place is told from the folder of the scenario file"));
            None
        }
    }
}

/// The names that steps may use.
fn declare(catalog: &Catalog, reading: &mut Reading<'_>) {
    let snapshot = catalog.snapshot();
    for application in snapshot.applications() {
        reading.references.declare(Kind::Application, application.name());
    }
    for class in snapshot.classes().iter() {
        reading.references.declare(Kind::Class, class.progid());
        for interface in class.interfaces() {
            reading.references.declare(Kind::Interface, interface.name());
            for method in interface.methods() {
                reading.references.declare(Kind::Method, method.name());
            }
        }
    }
}

fn object<'t>(table: &'static Table, node: &'t KdlNode) -> Tree<'t> {
    let span = head(node);
    let title = node.entries().iter().find(|entry| entry.name().is_none());
    let name = title.and_then(|entry| entry.value().as_string()).unwrap_or_default();
    let mut entries = Vec::new();
    if let Some(key) = table.key.filter(|key| !has(node, key)) {
        // Applications of one name in several partitions are different ones; classes and interfaces are the same.
        let partition = property(node, "partition").filter(|_| table.word == APPLICATION.word);
        let named = partition.map_or(Cow::Borrowed(name), |partition| format!("{name} in {partition}").into());
        let id = Content::Text(format!("{{{}}}", id_of(table.word, &named)).into());
        entries.push((Key { name: key.into(), span }, Tree { span, content: id }));
    }
    if let Some(title) = title {
        let at = span_of(title);
        entries.push((Key { name: table.title.into(), span: at }, scalar(title.value(), at)));
    }
    for entry in node.entries() {
        let Some(key) = entry.name() else { continue };
        let key = Key { name: key.value().into(), span: span_of(entry) };
        entries.push((key, scalar(entry.value(), span_of(entry))));
    }
    // What no library application may say otherwise (R11).
    let library = |value: &KdlValue| {
        let word = value.as_string().unwrap_or_default().to_lowercase();
        word.ends_with("library") || value.as_integer() == Some(0)
    };
    if property(node, "activation").is_some_and(library) && !has(node, "authentication") {
        let content = Content::Text("default".into());
        entries.push((Key { name: "Authentication".into(), span }, Tree { span, content }));
    }
    below(table, node, name, &mut entries);
    Tree { span, content: Content::Table(entries) }
}

/// The nodes in the block, those of one name together.
fn below<'t>(table: &'static Table, node: &'t KdlNode, name: &str, entries: &mut Vec<(Key<'t>, Tree<'t>)>) {
    let children = || node.children().into_iter().flat_map(KdlDocument::nodes);
    let known = |child: &KdlNode| table.below.iter().find(|below| below.word == child.name().value());
    for table in table.below {
        let of = || children().filter(|child| child.name().value() == table.word);
        let Some(first) = of().next() else { continue };
        let key = Key { name: table.word.into(), span: name_span(first) };
        let mut trees: Vec<Tree<'t>> = of().map(|child| object(table, child)).collect();
        if table.word == "method" {
            number(&mut trees, of());
        }
        let list = Tree { span: key.span, content: Content::List(trees) };
        match entries.iter_mut().find(|(key, _)| key.name == "interface") {
            // Methods of a component that stand in no interface are in one of its own.
            _ if table.word != "method" || name.is_empty() => entries.push((key, list)),
            Some((_, Tree { content: Content::List(interfaces), .. })) => {
                interfaces.push(own_interface(name, key, list))
            }
            _ if node.name().value() == "component" => {
                let span = key.span;
                let content = Content::List(vec![own_interface(name, key, list)]);
                entries.push((Key { name: "interface".into(), span }, Tree { span, content }));
            }
            _ => entries.push((key, list)),
        }
    }
    for child in children().filter(|child| known(child).is_none()) {
        let span = name_span(child);
        let values = child.entries().iter().map(|entry| scalar(entry.value(), span_of(entry)));
        let list = Tree { span: head(child), content: Content::List(values.collect()) };
        entries.push((Key { name: child.name().value().into(), span }, list));
    }
}

fn own_interface<'t>(component: &str, key: Key<'t>, methods: Tree<'t>) -> Tree<'t> {
    let (span, name) = (key.span, own_interface_name(component));
    let text = |key: &'static str, text: String| {
        (Key { name: key.into(), span }, Tree { span, content: Content::Text(text.into()) })
    };
    let id = format!("{{{}}}", id_of("interface", &name));
    Tree { span, content: Content::Table(vec![text("IID", id), text("Name", name), (key, methods)]) }
}

/// Methods without index follow one another, after those of IUnknown.
fn number<'t>(trees: &mut [Tree<'t>], nodes: impl Iterator<Item = &'t KdlNode>) {
    for ((at, tree), node) in trees.iter_mut().enumerate().zip(nodes) {
        if let Content::Table(entries) = &mut tree.content
            && !has(node, "index")
        {
            let content = Content::Number(i64::try_from(at).map_or(i64::MAX, |at| at + 3));
            entries.insert(0, (Key { name: "Index".into(), span: tree.span }, Tree { span: tree.span, content }));
        }
    }
}

fn has(node: &KdlNode, key: &str) -> bool {
    property(node, key).is_some()
}

fn property<'n>(node: &'n KdlNode, key: &str) -> Option<&'n KdlValue> {
    let is_it = |entry: &&KdlEntry| entry.name().is_some_and(|name| same(name.value(), key));
    node.entries().iter().find(is_it).map(KdlEntry::value)
}

/// Two spellings of a property.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.replace(['_', '-'], "").eq_ignore_ascii_case(other)
}

fn scalar(value: &KdlValue, span: Span) -> Tree<'_> {
    let content = match value {
        KdlValue::String(text) => Content::Text(Cow::Borrowed(text)),
        KdlValue::Integer(number) => {
            i64::try_from(*number).map_or(Content::Other("a number of more than 64 bits"), Content::Number)
        }
        KdlValue::Bool(truth) => Content::Bool(*truth),
        KdlValue::Float(_) => Content::Other("a fraction"),
        KdlValue::Null => Content::Other("null"),
    };
    Tree { span, content }
}

/// The interface of methods for which none is named: `IAccount` of `Bank.Account`.
pub(super) fn own_interface_name(class: &str) -> String {
    format!("I{}", class.rsplit('.').next().unwrap_or(class))
}

/// The id of what has a name only: always the same.
pub(super) fn id_of(kind: &str, name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{kind}:{name}").as_bytes())
}
