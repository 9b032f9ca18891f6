//! What a random tree of components does.

use crate::support::components::{RAW, REQUIRED, REQUIRES_NEW, Row, SUPPORTED};
use proptest::{collection::vec, prelude::*};
use std::sync::Arc;

/// A class, by its transaction attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Required,
    RequiresNew,
    Supported,
    NotSupported,
    Disabled,
}

impl Class {
    pub(crate) fn name(self) -> &'static str {
        CLASSES[self as usize].0
    }
}

/// The classes in the catalog.
pub(crate) const CLASSES: [Row<'static>; 5] = [
    ("Required", REQUIRED),
    ("RequiresNew", REQUIRES_NEW),
    ("Supported", SUPPORTED),
    ("NotSupported", "transaction = \"none\""),
    ("Disabled", RAW),
];

/// A call on the object context, as the truth tables spell it, and what it writes: consistent, done.
pub(crate) type Word = (&'static str, Option<bool>, Option<bool>);

const WORDS: [Word; 8] = [
    ("set_complete", Some(true), Some(true)),
    ("set_abort", Some(false), Some(true)),
    ("enable_commit", Some(true), Some(false)),
    ("disable_commit", Some(false), Some(false)),
    ("vote_commit", Some(true), None),
    ("vote_abort", Some(false), None),
    ("deactivate_true", None, Some(true)),
    ("deactivate_false", None, Some(false)),
];

/// A method that is called.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    pub(crate) auto_done: bool,
    pub(crate) fails: bool,
    pub(crate) steps: Vec<Step>,
}

/// What a method does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// It sets flags.
    Say(Word),
    /// It aborts its transaction through the participant's handle.
    Abort,
    /// It creates an object and calls it; and keeps it, or releases it.
    Create(Tree, bool),
    /// It calls one of the objects that it, or an earlier method, has kept.
    Call(usize, Arc<Method>),
    /// It releases one of them.
    Release(usize),
}

/// An object and the calls that its creator makes.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) class: Class,
    pub(crate) methods: Vec<Arc<Method>>,
}

fn word() -> impl Strategy<Value = Step> {
    proptest::sample::select(&WORDS[..]).prop_map(Step::Say)
}

fn method(step: impl Strategy<Value = Step>) -> impl Strategy<Value = Arc<Method>> {
    (any::<bool>(), prop::bool::weighted(0.2), vec(step, 0..5))
        .prop_map(|(auto_done, fails, steps)| Arc::new(Method { auto_done, fails, steps }))
}

fn tree(step: impl Strategy<Value = Step>, classes: &'static [Class]) -> impl Strategy<Value = Tree> {
    let class = proptest::sample::select(classes);
    (class, vec(method(step), 0..4)).prop_map(|(class, methods)| Tree { class, methods })
}

const ALL: [Class; 5] = [Class::Required, Class::Supported, Class::RequiresNew, Class::NotSupported, Class::Disabled];

fn step() -> impl Strategy<Value = Step> {
    let leaf = prop_oneof![8 => word(), 1 => Just(Step::Abort), 1 => (0..3usize).prop_map(Step::Release)];
    leaf.prop_recursive(3, 60, 5, |inner| {
        prop_oneof![
            4 => word(),
            3 => (tree(inner.clone(), &ALL), prop::bool::weighted(0.7)).prop_map(|(tree, keep)| Step::Create(tree, keep)),
            2 => (0..3usize, method(inner)).prop_map(|(which, method)| Step::Call(which, method)),
        ]
    })
}

/// Some trees, one after another. A client without context does not create disabled objects: nothing shares with it.
pub(crate) fn trees() -> impl Strategy<Value = Vec<Tree>> {
    vec(tree(step(), &ALL[..4]), 1..3)
}
