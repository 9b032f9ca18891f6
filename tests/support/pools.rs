//! Pooled components for tests: their properties, the figures of their pools, what is told of their objects.

use super::{
    World,
    components::{Probe, clsid},
};
use complus::{
    Method, Object, PoolStatistics, Reference,
    event::{ObjectStep, What},
};
use std::any::Any;

/// Properties of a pooled component that shares its creator's context, and more of them.
pub(crate) fn pooled(more: &str) -> String {
    format!("transaction = \"disabled\"\nobject_pooling_enabled = true\n{more}\n")
}

/// Those of one that is also activated just in time.
pub(crate) fn pooled_and_just_in_time(more: &str) -> String {
    pooled(&format!("just_in_time_activation = true\nsynchronization = \"required\"\n{more}"))
}

/// Those of a transactional one.
pub(crate) fn transactional(more: &str) -> String {
    format!("transaction = \"supported\"\nobject_pooling_enabled = true\n{more}\n")
}

/// Properties of a component that is constructed.
pub(crate) const CONSTRUCTED: &str = "construction_enabled = true\nconstructor_string = \"s\"";

/// Figures of the pools of a class.
pub(crate) fn statistics(world: &World, class: &str) -> PoolStatistics {
    world.runtime.process().pool_manager().statistics(clsid(class)).unwrap()
}

/// Which instance runs a method.
pub(crate) fn number_of(object: &Reference, method: Method) -> u32 {
    let number = |object: &dyn Object| {
        let object: &dyn Any = object;
        Ok(object.downcast_ref::<Probe>().unwrap().number)
    };
    object.call(method, number).unwrap()
}

/// What was told of the objects of a class since the last time; nothing where nobody observes.
pub(crate) fn steps(world: &World, name: &str) -> Vec<ObjectStep> {
    let step = |what| match what {
        What::Object { class, step } if class == clsid(name) => Some(step),
        _ => None,
    };
    world.log.take_whats().into_iter().filter_map(step).collect()
}

/// Checks what was told of the objects of a class since the last time, where somebody observes.
#[track_caller]
pub(crate) fn assert_steps(world: &World, name: &str, expected: &[ObjectStep]) {
    let told = steps(world, name);
    if world.observed {
        assert_eq!(told, expected);
    }
}
