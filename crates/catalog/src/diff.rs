//! What differs between two states of the database.

use crate::{
    node::{Node, Path, Step, show},
    schema::{Property, Source},
    value::Value,
};
use std::fmt;

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// An object that only the second has.
    Added(Path),
    /// An object that only the first has.
    Removed(Path),
    /// A property that differs.
    Changed {
        /// The object.
        path: Path,
        /// The property.
        property: &'static str,
        /// Its value in the first.
        before: String,
        /// Its value in the second.
        after: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(path) => write!(f, "+ {}", show(path)),
            Self::Removed(path) => write!(f, "- {}", show(path)),
            Self::Changed { path, property, before, after } => {
                write!(f, "~ {}: {property}: {before} -> {after}", show(path))
            }
        }
    }
}

/// The differences between two trees, in the order of the description and of the first tree.
pub fn diff(before: &Node, after: &Node) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(before, after, &mut Vec::new(), &mut found);
    found
}

fn compare(before: &Node, after: &Node, way: &mut Path, found: &mut Vec<Difference>) {
    if std::ptr::eq(before, after) {
        return;
    }
    for (at, property) in (0..).zip(before.record.schema().properties) {
        let (old, new) = (before.record.value(at), after.record.value(at));
        if old != new && property.source == Source::Record {
            found.push(Difference::Changed {
                path: way.clone(),
                property: property.name,
                before: shown(property, &old.to_value()),
                after: shown(property, &new.to_value()),
            });
        }
    }
    for (id, items) in before.all_below() {
        let single = matches!(id.schema().shape, crate::schema::Shape::Single(_));
        for item in items {
            let key = item.record.key();
            let other = if single { after.below(id).first() } else { after.find(id, key) };
            way.push(Step { collection: id, key: key.to_value() });
            match other {
                Some(other) => compare(item, other, way, found),
                None => found.push(Difference::Removed(way.clone())),
            }
            way.pop();
        }
        for item in after.below(id) {
            let key = item.record.key();
            if !single && before.find(id, key).is_none() {
                let step = Step { collection: id, key: key.to_value() };
                found.push(Difference::Added(way.iter().cloned().chain([step]).collect()));
            }
        }
    }
}

fn shown(property: &Property, value: &Value) -> String {
    let text = || match value {
        Value::Text(text) => format!("{text:?}"),
        value => value.to_string(),
    };
    property.word(value.view()).unwrap_or_else(text)
}
