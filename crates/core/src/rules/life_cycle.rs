//! The order of the calls in an object's life, in four flavours: plain, JIT, pooled, both (ACT 7.1, 7.2).

use crate::{
    LifecycleErrors,
    error::{ActivationError, Error},
    hresult::HResult,
};

/// A step in an object's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The class factory makes an instance.
    Create,
    /// IObjectConstruct::Construct, once in the life of an instance.
    Construct,
    /// An idle instance is taken from the pool.
    CheckOut,
    /// IObjectControl::Activate.
    Activate,
    /// IObjectControl::Deactivate.
    Deactivate,
    /// IObjectControl::CanBePooled.
    CanBePooled,
    /// The instance goes back to the pool.
    CheckIn,
    /// The instance is dropped.
    Destroy,
}

/// What the component's configuration and its class say of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// JustInTimeActivation.
    pub just_in_time: bool,
    /// ObjectPoolingEnabled.
    pub pooled: bool,
    /// ConstructionEnabled.
    pub constructed: bool,
    /// The class has IObjectControl, and it is used: see [`controls`].
    pub controlled: bool,
}

/// What the context has of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instance {
    /// Nothing.
    None,
    /// An instance that was never activated.
    Made,
    /// An active instance.
    Active,
}

/// Whether IObjectControl is used at all: for what has a context of its own, is pooled or is JIT-activated, which
/// forces an own context (L1, \[activate-plain\]).
#[inline]
pub const fn controls(own_context: bool, pooled: bool) -> bool {
    own_context || pooled
}

/// What the creation of the object does; `idle` says that the pool has an instance to give.
///
/// A JIT-activated object is made, so that a failing constructor shows here, but not activated; a pooled one of these is
/// not even taken, so that idle references hold no instance (\[jit-eager\], AD-41).
pub fn creation(life: Life, idle: bool) -> impl Iterator<Item = Step> + Clone {
    let obtains = !(life.just_in_time && life.pooled);
    happening([obtain(life, idle && life.pooled, obtains), activate(life, !life.just_in_time)])
}

/// What happens before a method runs. Methods of IUnknown do nothing of this (L8).
pub fn call(life: Life, instance: Instance, idle: bool) -> impl Iterator<Item = Step> + Clone {
    let obtains = matches!(instance, Instance::None);
    let activates = !matches!(instance, Instance::Active);
    happening([obtain(life, idle && life.pooled, obtains), activate(life, activates)])
}

/// What the end of an activation does: the return of a method of a JIT-activated object that is done, or the last
/// release. `poolable` is what CanBePooled answers, which is asked only of those that are pooled; an instance without
/// IObjectControl is always poolable (L6, L7).
pub fn end(life: Life, instance: Instance, poolable: bool) -> impl Iterator<Item = Step> + Clone {
    let active = matches!(instance, Instance::Active);
    let exists = !matches!(instance, Instance::None);
    let returns = active && life.pooled && (poolable || !life.controlled);
    happening([
        [
            (Step::Deactivate, active && life.controlled),
            (Step::CanBePooled, active && life.controlled && life.pooled),
            (Step::CheckIn, returns),
        ],
        [(Step::Destroy, exists && !returns), NEVER, NEVER],
    ])
}

/// What the requester is told when a step has failed with `code` (ACT 7.7, AD-31); the code itself goes to the trace.
/// The failures of a class factory pass unchanged.
pub fn failure(step: Step, code: HResult, policy: LifecycleErrors) -> Error {
    match (policy, step) {
        (LifecycleErrors::Mapped, Step::Construct) => ActivationError::InitializationFailed.into(),
        (LifecycleErrors::Mapped, Step::Activate) => ActivationError::ActivationFailed.into(),
        _ => code.into(),
    }
}

type Perhaps = [(Step, bool); 3];
const NEVER: (Step, bool) = (Step::Destroy, false);

const fn obtain(life: Life, idle: bool, obtains: bool) -> Perhaps {
    [
        (Step::CheckOut, obtains && idle),
        (Step::Create, obtains && !idle),
        (Step::Construct, obtains && !idle && life.constructed),
    ]
}

const fn activate(life: Life, activates: bool) -> Perhaps {
    [(Step::Activate, activates && life.controlled), NEVER, NEVER]
}

fn happening(steps: [Perhaps; 2]) -> impl Iterator<Item = Step> + Clone {
    steps.into_iter().flatten().filter_map(|(step, happens)| happens.then_some(step))
}
