//! Instances of server applications: which one takes an activation, and what may be done with one (SEC D.6, A.9).

use super::gates::Instance;
use crate::{
    error::ApplicationError,
    explain::{Explain, Reason},
};
use alloc::format;

/// How an instance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It takes activations.
    Running,
    /// It takes none until it is resumed; its objects go on.
    Paused,
    /// It takes none any more, and ends with the last of its objects.
    Recycled,
    /// It is ending.
    Stopping,
    /// It has ended.
    Stopped,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Running, Self::Paused, Self::Recycled, Self::Stopping, Self::Stopped];

    /// Whether it is one of those that take the application's activations: the pool counts these.
    pub const fn is_in_pool(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }

    /// How it stands to its own objects that ask for others: a recycled one goes on for them.
    pub const fn to_its_own(self) -> Instance {
        match self {
            Self::Running | Self::Recycled => Instance::Running,
            Self::Paused => Instance::Paused,
            Self::Stopping | Self::Stopped => Instance::Stopping,
        }
    }

    /// Pauses it; without effect on one that is paused.
    ///
    /// # Errors
    /// COMADMIN_E_RECYCLEDPROCESSMAYNOTBEPAUSED, COMADMIN_E_APP_NOT_RUNNING.
    pub const fn pause(self) -> Result<Self, ApplicationError> {
        match self {
            Self::Running | Self::Paused => Ok(Self::Paused),
            Self::Recycled => Err(ApplicationError::RecycledNotPaused),
            Self::Stopping | Self::Stopped => Err(ApplicationError::NotRunning),
        }
    }

    /// Lets it take activations again.
    ///
    /// # Errors
    /// CO_E_SERVER_NOT_PAUSED, COMADMIN_E_APP_NOT_RUNNING.
    pub const fn resume(self) -> Result<Self, ApplicationError> {
        match self {
            Self::Paused => Ok(Self::Running),
            Self::Running | Self::Recycled => Err(ApplicationError::NotPaused),
            Self::Stopping | Self::Stopped => Err(ApplicationError::NotRunning),
        }
    }

    /// Recycles it.
    ///
    /// # Errors
    /// COMADMIN_E_PAUSEDPROCESSMAYNOTBERECYCLED, COMADMIN_E_PROCESSALREADYRECYCLED, COMADMIN_E_APP_NOT_RUNNING.
    pub const fn recycle(self) -> Result<Self, ApplicationError> {
        match self {
            Self::Running => Ok(Self::Recycled),
            Self::Paused => Err(ApplicationError::PausedNotRecycled),
            Self::Recycled => Err(ApplicationError::AlreadyRecycled),
            Self::Stopping | Self::Stopped => Err(ApplicationError::NotRunning),
        }
    }
}

/// Why an instance is recycled (SEC C.5); positive numbers are the program's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RecycleReason(pub i32);

impl RecycleReason {
    /// Nobody gave a reason.
    pub const NONE: Self = Self(0);
    /// Its life time is over.
    pub const LIFETIME: Self = Self(-1);
    /// It has activated so many objects.
    pub const ACTIVATIONS: Self = Self(-2);
    /// It has served so many calls.
    pub const CALLS: Self = Self(-3);
    /// It takes up too much memory.
    pub const MEMORY: Self = Self(-4);
    /// An administrator wanted it.
    pub const ADMINISTRATOR: Self = Self(-5);
}

/// Who takes an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The instance in this place.
    Instance(usize),
    /// A new one.
    Start,
    /// Nobody: all that there may be are paused.
    Paused,
}

/// Chooses among the instances of an application, which come in the order in which they were last chosen: new ones are
/// started up to `most` (ConcurrentApps), then they take turns (O-70). Those that are recycled count no more.
pub fn choose(instances: impl Iterator<Item = State> + Clone, most: u32, explain: &mut impl Explain) -> Choice {
    let pool = instances.clone().filter(|state| state.is_in_pool()).count();
    let choice = if starts(instances.clone(), most) {
        Choice::Start
    } else {
        let running = instances.clone().position(|state| state == State::Running);
        running.map_or(Choice::Paused, Choice::Instance)
    };
    explain.because(|| Reason {
        rule: "SEC D.6",
        inputs: format!("{pool} of at most {most} instances"),
        verdict: match choice {
            Choice::Instance(_) => "one that is running".into(),
            Choice::Start => "a new one".into(),
            Choice::Paused => "none: paused".into(),
        },
        source: "com--application-pooling-concepts",
    });
    choice
}

/// Whether there is room for another instance.
pub fn starts(instances: impl Iterator<Item = State>, most: u32) -> bool {
    let pool = instances.filter(|state| state.is_in_pool()).count();
    u32::try_from(pool).is_ok_and(|pool| pool < most.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_filled_before_its_instances_take_turns() {
        use State::{Paused, Recycled, Running};
        let choose = |states: &[State], most| choose(states.iter().copied(), most, &mut ());
        assert_eq!(choose(&[], 1), Choice::Start);
        assert_eq!(choose(&[Running], 1), Choice::Instance(0));
        assert_eq!(choose(&[Running], 2), Choice::Start);
        assert_eq!(choose(&[Paused, Running], 2), Choice::Instance(1));
        assert_eq!(choose(&[Paused, Paused], 2), Choice::Paused);
        assert_eq!(choose(&[Recycled], 1), Choice::Start, "a fresh one takes them");
        assert_eq!(choose(&[Recycled, Paused], 1), Choice::Paused);
        assert_eq!(choose(&[State::Stopping], 1), Choice::Start);
    }

    #[test]
    fn every_operation_has_its_code_in_every_state() {
        use ApplicationError as E;
        let rows = [
            (State::Running, Ok(State::Paused), Err(E::NotPaused), Ok(State::Recycled)),
            (State::Paused, Ok(State::Paused), Ok(State::Running), Err(E::PausedNotRecycled)),
            (State::Recycled, Err(E::RecycledNotPaused), Err(E::NotPaused), Err(E::AlreadyRecycled)),
            (State::Stopping, Err(E::NotRunning), Err(E::NotRunning), Err(E::NotRunning)),
            (State::Stopped, Err(E::NotRunning), Err(E::NotRunning), Err(E::NotRunning)),
        ];
        for ((state, pause, resume, recycle), expected) in rows.into_iter().zip(State::ALL) {
            assert_eq!(state, expected);
            assert_eq!((state.pause(), state.resume(), state.recycle()), (pause, resume, recycle), "{state:?}");
        }
    }
}
