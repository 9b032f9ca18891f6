//! What may stand in the database (SEC A.1, A.6): rules as functions over the tree, asked for one object when it
//! is saved and for all of them when a file is read.
//!
//! | file | rules |
//! |---|---|
//! | `range` | types, ranges and lengths from the description tables |
//! | `own` | between the properties of one object, and with the objects above and below it (R1 to R22) |
//! | `keys` | what is there once (A.1, R16 to R18, R20, R22) |
//! | `gate` | what may be written at all (R10, R23) |
//! | `cascade` | what goes when something is removed (A.6.3) |

pub(crate) mod cascade;
pub(crate) mod gate;
pub(crate) mod keys;
pub(crate) mod own;
mod range;

#[cfg(test)]
pub(crate) use range::in_range;
pub(crate) use range::range_fault;

use crate::{
    node::{Node, Path, Step},
    schema::{CollectionId, Property, Schema},
};
use complus_core::error::CatalogError;
use complus_sync::Arc;
use std::fmt;

/// What is wrong with one object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    /// The rule: `R1`, or a section.
    pub(crate) rule: &'static str,
    /// The code.
    pub(crate) error: CatalogError,
    /// The properties that contradict each other, by position.
    pub(crate) properties: Vec<u8>,
}

/// Something in the database that a rule forbids.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The object.
    pub path: Path,
    /// The rule, by its number in SEC A.6.2, or the section that states it.
    pub rule: &'static str,
    /// Why.
    pub error: CatalogError,
    /// The properties that contradict each other.
    pub properties: Vec<&'static Property>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", crate::node::show(&self.path))?;
        let names: Vec<_> = self.properties.iter().map(|property| property.name).collect();
        if !names.is_empty() {
            write!(f, "{}: ", names.join(", "))?;
        }
        write!(f, "{} ({}, {})", self.error, self.rule, self.error.hresult())
    }
}

/// An object and those above it, from the root on.
#[derive(Clone, Copy)]
pub(crate) struct Place<'t> {
    chain: &'t [&'t Node],
}

impl<'t> Place<'t> {
    pub(crate) fn new(chain: &'t [&'t Node]) -> Self {
        Self { chain }
    }

    /// The object.
    pub(crate) fn node(self) -> &'t Node {
        self.chain[self.chain.len() - 1]
    }

    /// The root.
    pub(crate) fn root(self) -> &'t Node {
        self.chain[0]
    }

    /// The nearest object of a collection at or above this one.
    pub(crate) fn nearest(self, collection: CollectionId) -> Option<&'t Node> {
        self.chain.iter().rev().find(|node| node.record.schema().id == collection).copied()
    }
}

/// What is wrong with one object by itself and with its surroundings; not whether it is there twice.
pub(crate) fn check(place: Place<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    needs(place.node(), &mut faults);
    for rule in own::of(place.node().record.schema().id) {
        rule(place, &mut faults);
    }
    faults
}

/// The `needs` columns of the description tables (R5, R6, R7, R9, R10).
fn needs(node: &Node, faults: &mut Vec<Fault>) {
    let schema: &'static Schema = node.record.schema();
    for (at, property) in (0..).zip(schema.properties) {
        let Some((needed, rule)) = property.needs else { continue };
        if !node.record.is_default(at) && !node.record.value(at).is_unset() && node.record.value(needed).is_unset() {
            faults.push(Fault { rule, error: CatalogError::PropertySaveFailed, properties: vec![at, needed] });
        }
    }
}

/// What is wrong with everything at and below the object at the end of a way.
pub(crate) fn check_below(root: &Node, path: &[Step], found: &mut impl FnMut(&[Step], Fault)) {
    let Some(mut chain) = root.chain(path) else { return };
    let mut way = path.to_vec();
    walk(&mut chain, &mut way, found);
}

fn walk<'t>(chain: &mut Vec<&'t Node>, way: &mut Path, found: &mut impl FnMut(&[Step], Fault)) {
    for fault in check(Place::new(chain)) {
        found(way, fault);
    }
    let node: &'t Node = chain[chain.len() - 1];
    for (collection, items) in node.all_below() {
        for item in items {
            let item: &'t Arc<Node> = item;
            chain.push(item);
            way.push(Step { collection, key: item.record.key().to_value() });
            walk(chain, way, found);
            way.pop();
            chain.pop();
        }
    }
}

/// Everything in a database that a rule forbids.
pub(crate) fn check_all(root: &Node) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut tell = |path: &[Step], fault: Fault| {
        let schema = path.last().map_or(CollectionId::Root, |step| step.collection).schema();
        violations.push(Violation {
            path: path.to_vec(),
            rule: fault.rule,
            error: fault.error,
            properties: fault.properties.into_iter().map(|at| schema.property(at)).collect(),
        });
    };
    check_below(root, &[], &mut tell);
    keys::check_all(root, &mut tell);
    violations
}
