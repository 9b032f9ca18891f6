//! Where an object of the database stands in the file that it was read from.

use super::{tree::Tree, value};
use crate::{
    node::{Node, Step, show},
    rules::Violation,
    schema::{CollectionId, Shape},
};
use complus_core::error::CatalogError;
use complus_diagnostic::Diagnostic;

/// The codes that a problem stands for, to end its text with.
pub(super) fn code(rule: &str, error: CatalogError) -> String {
    format!("({rule}, {})", error.hresult())
}

/// A broken rule at the place of its property, else of its object.
pub(super) fn show_violation(tree: &Tree<'_>, violation: &Violation) -> Diagnostic {
    let object = find(tree, &violation.path).unwrap_or(tree);
    let schema = violation.path.last().map_or(CollectionId::Root, |step| step.collection).schema();
    let mut span = object.entries().first().map_or(object.span, |(key, _)| key.span);
    // the first of the properties that the file names
    for property in violation.properties.iter().rev() {
        if let Some((_, tree)) = object.entries().iter().find(|(key, _)| property.is_called(&key.name)) {
            span = tree.span;
        }
    }
    if object.entries().is_empty() {
        span = object.span;
    }
    let error = violation.error;
    let message = format!("{} {}", error, code(violation.rule, error));
    let names: Vec<_> = violation.properties.iter().map(|property| property.name).collect();
    let label = if names.is_empty() { schema.name.to_string() } else { names.join(", ") };
    Diagnostic::new(span, message, label).help(format!("in {}", show(&violation.path)))
}

/// The table, or the name, that an object was read from.
pub(super) fn find<'a, 't>(tree: &'a Tree<'t>, path: &[Step]) -> Option<&'a Tree<'t>> {
    let Some((step, rest)) = path.split_first() else { return Some(tree) };
    let schema = step.collection.schema();
    let key = schema.shape.key()?;
    let lists = tree.entries().iter().filter(|(name, _)| crate::schema::same_word(&name.name, key));
    let mut elements = lists.flat_map(|(_, list)| list.elements());
    let is_it = |element: &&Tree<'t>| {
        let value = match schema.shape {
            Shape::Names(_) => Some(*element),
            Shape::Single(_) => return true,
            _ => element.entries().iter().find(|(key, _)| schema.key().is_called(&key.name)).map(|(_, tree)| tree),
        };
        let found = value.and_then(|tree| value::read(schema.key(), tree).ok());
        found.is_some_and(|found| found.view().same_key(step.key.view()))
    };
    // of two with the same key, the second is the one to look at
    let mut matching = elements.by_ref().filter(is_it);
    let first = matching.next()?;
    find(matching.last().unwrap_or(first), rest)
}

pub(super) fn step(node: &Node) -> Step {
    Step { collection: node.record.schema().id, key: node.record.key().to_value() }
}

/// Assigned roles that are spelt otherwise than where the application defines them.
pub(super) fn other_spellings(application: &Node, node: &Node, way: Vec<Step>, tell: &mut impl FnMut(&[Step], &str)) {
    for (id, items) in node.all_below() {
        for item in items {
            let way: Vec<Step> = way.iter().cloned().chain([step(item)]).collect();
            let assigned =
                [CollectionId::RolesForComponent, CollectionId::RolesForInterface, CollectionId::RolesForMethod];
            if !assigned.contains(&id) {
                other_spellings(application, item, way, tell);
            } else if let Some(role) = application.find(CollectionId::Roles, item.record.key())
                && role.record.key() != item.record.key()
            {
                tell(&way, &role.record.name());
            }
        }
    }
}
