//! `partition`: a partition of the machine's catalog, and the names by which steps mean partitions.
//!
//! A partition that the scenario declares is put into the catalog, like an application; those that the catalog file has
//! can be named as well.

use super::{
    Reading,
    reader::{Reader, head, name_span},
    value::{self, Wrong},
};
use crate::model::PartitionDeclaration;
use complus_catalog::{
    Catalog, Content, Key, Tree,
    schema::{CollectionId, partition},
};
use complus_core::id::PartitionId;
use complus_diagnostic::{Diagnostic, Span, suggest};
use kdl::{KdlDocument, KdlValue};
use uuid::Uuid;

/// A `partition` node.
pub(super) struct Declared {
    /// Its place, without its block.
    span: Span,
    name: (String, Span),
    id: (PartitionId, Span),
    members: Vec<(String, Span)>,
}

/// The `partition` nodes of a document.
pub(super) fn read(document: &KdlDocument, reading: &mut Reading<'_>) -> Vec<Declared> {
    let mut all: Vec<Declared> = Vec::new();
    for node in document.nodes().iter().filter(|node| node.name().value() == "partition") {
        let mut reader = Reader::new(node);
        let name = reader.required(reading, "a name", value::text);
        let id = reader.property(reading, "id", partition_id);
        let mut members = Vec::new();
        for child in reader.block().into_iter().flat_map(KdlDocument::nodes) {
            let mut reader = Reader::new(child);
            if child.name().value() != "member" {
                let message = format!("a partition's block has no node `{}`", child.name().value());
                let problem = Diagnostic::new(name_span(child), message, "unknown node");
                reading.problem(problem.help("it has `member \"alice\"`"));
                continue;
            }
            members.extend(reader.required(reading, "a principal", value::text));
            reader.finish(reading);
        }
        reader.finish(reading);
        let Some(name) = name else { continue };
        let id = id.unwrap_or_else(|| (PartitionId(super::catalog::id_of("partition", &name.0)), name.1));
        if id.0 == PartitionId::NULL || id.0 == PartitionId::GLOBAL {
            let problem = Diagnostic::new(id.1, "a partition needs an id of its own", "a reserved one");
            reading.problem(problem.help("leave it out, or give id=\"{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}\""));
        } else if let Some(at) = all.iter().find_map(|known| known.clash(&name, id)) {
            reading.problem(Diagnostic::new(at, "this partition is declared twice", "the second one"));
            continue;
        }
        all.push(Declared { span: head(node), name, id, members });
    }
    all
}

impl Declared {
    /// Where the name, else the id of another one is the same.
    fn clash(&self, name: &(String, Span), id: (PartitionId, Span)) -> Option<Span> {
        let same_name = self.name.0.to_lowercase() == name.0.to_lowercase();
        let same_id = (self.id.0 == id.0).then_some(id.1);
        if same_name { Some(name.1) } else { same_id }
    }

    /// The table that a catalog file has for it.
    fn table<'t>(&self) -> Tree<'t> {
        let text = |(text, span): &(String, Span)| Tree { span: *span, content: Content::Text(text.clone().into()) };
        let table = |entries: Vec<(&'static str, Tree<'t>)>| {
            let entries = entries.into_iter().map(|(name, tree)| (Key { name: name.into(), span: tree.span }, tree));
            Tree { span: self.span, content: Content::Table(entries.collect()) }
        };
        let users = Tree { span: self.span, content: Content::List(self.members.iter().map(text).collect()) };
        let role = table(vec![("Name", text(&("Activators".into(), self.span))), ("users", users)]);
        let id = text(&(format!("{{{}}}", self.id.0.0), self.id.1));
        table(vec![("Name", text(&self.name)), ("ID", id), ("role", role)])
    }
}

/// The declared partitions as parts of a catalog, which are switched on; nothing where none is declared.
pub(super) fn tables<'t>(declared: &[Declared]) -> Vec<(Key<'t>, Tree<'t>)> {
    let Some(span) = declared.first().map(|it| it.span) else { return Vec::new() };
    let key = |name: &'static str| Key { name: name.into(), span };
    let enabled = vec![(key("PartitionsEnabled"), Tree { span, content: Content::Bool(true) })];
    let all = declared.iter().map(Declared::table).collect();
    vec![
        (key("machine"), Tree { span, content: Content::Table(enabled) }),
        (key("partition"), Tree { span, content: Content::List(all) }),
    ]
}

/// The partitions that steps can name: the declared ones, and those of the catalog file, which must be others.
pub(super) fn named(
    declared: &[Declared],
    file: Option<&Catalog>,
    reading: &mut Reading<'_>,
) -> Vec<PartitionDeclaration> {
    let state = file.map(Catalog::snapshot);
    let nodes = state.iter().flat_map(|state| state.root().below(CollectionId::Partitions));
    let of_file = nodes.map(|node| PartitionDeclaration {
        name: node.get(partition::NAME).into(),
        id: PartitionId(node.get(partition::ID)),
    });
    let mut all: Vec<PartitionDeclaration> = of_file.collect();
    for it in declared {
        let same_name = |known: &&PartitionDeclaration| known.name.to_lowercase() == it.name.0.to_lowercase();
        let help = "leave it out: steps can name what the catalog has";
        if let Some(known) = all.iter().find(same_name) {
            let message = format!("the catalog has a partition `{}` already", known.name);
            reading.problem(Diagnostic::new(it.name.1, message, "the same name again").help(help));
        } else if let Some(known) = all.iter().find(|known| known.id == it.id.0) {
            let message = format!("this is the id of the catalog's partition `{}`", known.name);
            reading.problem(Diagnostic::new(it.id.1, message, "the same id again").help(help));
        }
    }
    all.extend(declared.iter().map(|it| PartitionDeclaration { name: it.name.0.clone(), id: it.id.0 }));
    all
}

/// A partition id: a GUID with or without braces.
pub(super) fn partition_id(value: &KdlValue) -> Result<PartitionId, Wrong> {
    let id = value.as_string().and_then(|text| Uuid::try_parse(text).ok());
    id.map(PartitionId).ok_or_else(|| {
        ("a GUID".into(), Some("such as \"{41E90F3E-56C1-4633-81C3-6E8BAC8BDD70}\", the global partition".into()))
    })
}

/// `Partition="Sales"` of an application becomes the id that a catalog file says there.
pub(super) fn resolve(application: &mut Tree<'_>, partitions: &[PartitionDeclaration], reading: &mut Reading<'_>) {
    let Content::Table(entries) = &mut application.content else { return };
    for (key, tree) in entries {
        let is_partition = ["partition", "apppartitionid"].iter().any(|word| super::catalog::same(&key.name, word));
        let Content::Text(text) = &tree.content else { continue };
        if !is_partition || Uuid::try_parse(text).is_ok() {
            continue;
        }
        match partitions.iter().find(|partition| partition.name == **text) {
            Some(partition) => tree.content = Content::Text(format!("{{{}}}", partition.id.0).into()),
            None => {
                let problem = Diagnostic::new(tree.span, format!("there is no partition `{text}`"), "unknown name");
                let names = partitions.iter().map(|partition| partition.name.as_str());
                let help = suggest::nearest(text, names).map_or_else(
                    || "a partition stands in the catalog file, or is declared by `partition`".into(),
                    |near| format!("did you mean `{near}`?"),
                );
                reading.problem(problem.help(help));
            }
        }
    }
}
