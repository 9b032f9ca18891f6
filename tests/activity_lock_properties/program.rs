//! Programs: what each thread calls, and what is called inside.

use proptest::{collection::vec, prelude::*};

/// What a program consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nested synchronous calls on objects of the MTA.
    Calls,
    /// Synchronous and asynchronous calls on objects of every pool; nested only in the MTA.
    Mixture,
    /// Nested calls of both kinds on objects of the MTA: many cycles.
    Graph,
}

/// A step of a thread, or of what it calls.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A synchronous call of an object, and what it does inside.
    Call(usize, Vec<Step>),
    /// An asynchronous call.
    Submit(usize, Vec<Step>),
    /// Others may run.
    Switch,
}

/// Some threads and some activities.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) kind: Kind,
    /// So many activities with two objects each: n, and n + activities. One more object has none.
    pub(crate) activities: usize,
    pub(crate) threads: Vec<Vec<Step>>,
}

fn steps(kind: Kind, objects: usize) -> BoxedStrategy<Vec<Step>> {
    let leaf = prop_oneof![
        2 => Just(Step::Switch),
        3 => (0..objects).prop_map(|object| Step::Call(object, Vec::new())),
    ];
    let step = leaf.prop_recursive(3, 10, 3, move |inner| {
        let submits = if kind == Kind::Calls { 0 } else { 3 };
        prop_oneof![
            3 => (0..objects, vec(inner.clone(), 0..3)).prop_map(|(object, inside)| Step::Call(object, inside)),
            submits + 1 => (0..objects, vec(inner, 0..3)).prop_map(move |(object, inside)| match submits {
                0 => Step::Call(object, inside),
                _ => Step::Submit(object, inside),
            }),
        ]
    });
    vec(step, 1..5).boxed()
}

/// Random programs of a kind.
pub(crate) fn programs(kind: Kind) -> impl Strategy<Value = Program> {
    (1usize..4, 1usize..5).prop_flat_map(move |(activities, threads)| {
        vec(steps(kind, activities * 2 + 1), threads).prop_map(move |threads| Program { kind, activities, threads })
    })
}
