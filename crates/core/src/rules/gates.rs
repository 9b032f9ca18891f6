//! What an activation of a configured component has to pass before a context is thought of, in this order (ACT 3.3).

use super::{
    class_location::Place,
    coherence::{self, Services},
    placement::{Component, Origin},
    transaction::{self, Transaction},
};
use crate::{
    Compat,
    error::{ActivationError, CatalogError, Error},
    explain::{Explain, Reason},
};
use alloc::{format, string::String};

/// The instance of the application that would make the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instance {
    /// It takes activations; also one that is started for this purpose, in place of one that is recycled.
    Running,
    /// It is paused.
    Paused,
    /// It is ending, and none can be started in its place.
    Stopping,
}

impl Instance {
    /// Every case.
    pub const ALL: [Self; 3] = [Self::Running, Self::Paused, Self::Stopping];
}

/// What the gates ask of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Which configuration was found, or why none ([`class_location::component`](super::class_location::component)).
    pub location: Result<Place, CatalogError>,
    /// IsEnabled of the component and of its application.
    pub enabled: bool,
    /// The instance of the application.
    pub instance: Instance,
    /// There is memory for another object, and for another process where one has to be started.
    pub memory: bool,
    /// The registered threading model is the one that was recorded at installation.
    pub same_threading_model: bool,
    /// The transaction manager can be reached.
    pub manager: bool,
}

impl Facts {
    /// Nothing stands in the way.
    pub const OPEN: Self = Self {
        location: Ok(Place::Chosen),
        enabled: true,
        instance: Instance::Running,
        memory: true,
        same_threading_model: true,
        manager: true,
    };
}

/// A gate; the transaction manager is one only under `eager_begin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// The creator may use the partition, and a configuration that it may see was found there.
    Location,
    /// Component and application are enabled.
    Enabled,
    /// The instance of the application takes activations.
    Instance,
    /// There is memory left.
    Memory,
    /// The threading model is the recorded one.
    ThreadingModel,
    /// Transaction, JIT activation and synchronization stand together.
    Coherence,
    /// The isolation level is not stronger than that of the transaction to join.
    Isolation,
    /// Not both MustRun flags are set.
    MustRun,
    /// The transaction manager can be reached, if the component's transaction begins at creation.
    Manager,
}

impl Gate {
    /// Every gate, in their order.
    pub const ALL: [Self; 9] = [
        Self::Location,
        Self::Enabled,
        Self::Instance,
        Self::Memory,
        Self::ThreadingModel,
        Self::Coherence,
        Self::Isolation,
        Self::MustRun,
        Self::Manager,
    ];

    /// Its row, and the page that it rests on.
    const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Location => ("ACT 3.3: class and partition", "locating-a-component-for-activation"),
            Self::Enabled => ("ACT 3.3: enabled", "com-error-codes-1"),
            Self::Instance => ("ACT 3.3: application instance", "what-s-new-in-com--1-5"),
            Self::Memory => ("ACT 3.3: memory", "com--low-memory-activation-gates-concepts"),
            Self::ThreadingModel => ("ACT 3.3: threading model", "com-error-codes-2"),
            Self::Coherence => ("ACT 3.3: coherence (AD-32)", "com-error-codes-2"),
            Self::Isolation => ("ACT 3.3: isolation (AD-51)", "configuring-transaction-isolation-levels"),
            Self::MustRun => ("ACT 3.3: MustRun flags (AD-39)", "enforcing-activation-in-the-default-context"),
            Self::Manager => ("ACT 3.3: transaction manager (AD-13)", "com-error-codes-2"),
        }
    }

    /// The code with which it is closed.
    #[inline(always)]
    fn closes(self, asked: &Asked<'_>) -> Option<Error> {
        let Asked { facts, component, origin, compat } = *asked;
        let unless = |open: bool, error: ActivationError| (!open).then(|| error.into());
        match self {
            Self::Location => facts.location.err().map(Into::into),
            Self::Enabled => unless(facts.enabled, ActivationError::Disabled),
            Self::Instance => match facts.instance {
                Instance::Running => None,
                Instance::Paused => Some(ActivationError::Paused.into()),
                Instance::Stopping => Some(ActivationError::Stopping.into()),
            },
            Self::Memory => unless(facts.memory, ActivationError::OutOfMemory),
            Self::ThreadingModel => unless(facts.same_threading_model, ActivationError::ThreadingModelChanged),
            Self::Coherence => component.services().check_at_activation(&mut ()).err().map(Into::into),
            Self::Isolation => {
                let fits = |level| transaction::component_may_join(component.isolation, level);
                let joins = gets(component, origin) == Transaction::Callers;
                unless(!joins || origin.enclosing().is_none_or(fits), ActivationError::IsolationLevel)
            }
            Self::MustRun => {
                let flags = (component.must_run_in_client_context, component.must_run_in_default_context);
                coherence::check_must_run(flags.0, flags.1).err().map(Into::into)
            }
            Self::Manager => {
                let begins = compat.eager_begin && gets(component, origin) == Transaction::New;
                unless(facts.manager || !begins, ActivationError::ManagerUnavailable)
            }
        }
    }

    /// What it looked at.
    fn inputs(self, asked: &Asked<'_>) -> String {
        let Asked { facts, component, origin, compat } = *asked;
        match self {
            Self::Location => format!("{:?}", facts.location),
            Self::Enabled => format!("enabled {}", facts.enabled),
            Self::Instance => format!("{:?}", facts.instance),
            Self::Memory => format!("memory left {}", facts.memory),
            Self::ThreadingModel => format!("as recorded {}", facts.same_threading_model),
            Self::Coherence => {
                let Services { transaction, just_in_time, synchronization } = component.services();
                format!("{transaction}, JIT {just_in_time}, {synchronization}")
            }
            Self::Isolation => format!("{}, transaction to join {:?}", component.isolation, origin.enclosing()),
            Self::MustRun => "both flags".into(),
            Self::Manager => format!("reachable {}, eager_begin {}", facts.manager, compat.eager_begin),
        }
    }
}

/// Everything that a gate may look at.
#[derive(Clone, Copy)]
struct Asked<'a> {
    facts: &'a Facts,
    component: &'a Component,
    origin: &'a Origin,
    compat: &'a Compat,
}

/// What the component gets of a transaction; none where it must run in a default context, as its services are off then.
/// A row with both flags gets no further than [`Gate::MustRun`], which comes after those that ask this.
fn gets(component: &Component, origin: &Origin) -> Transaction {
    if component.must_run_in_default_context && !component.must_run_in_client_context {
        return Transaction::None;
    }
    transaction::component_own(component.transaction, origin.enclosing().is_some())
}

/// Whether the component may be activated. Nothing has been made when it may not.
///
/// With CO_E_ISOLEVELMISMATCH the transaction that the component would have joined is doomed at once (T-26).
///
/// # Errors
/// The code of the first closed gate: COMADMIN_E_PARTITION_ACCESSDENIED, COMADMIN_E_PRIVATE_ACCESSDENIED or
/// REGDB_E_CLASSNOTREG, CO_E_CLASS_DISABLED, CO_E_SERVER_PAUSED or CO_E_SERVER_STOPPING, E_OUTOFMEMORY,
/// CO_E_THREADINGMODEL_CHANGED, CO_E_NOSYNCHRONIZATION or CO_E_ACTIVATIONFAILED_CATALOGERROR, CO_E_ISOLEVELMISMATCH,
/// CO_E_ACTIVATIONFAILED_CATALOGERROR for both MustRun flags; under `eager_begin` CONTEXT_E_TMNOTAVAILABLE for a root.
pub fn check(
    facts: &Facts,
    component: &Component,
    origin: &Origin,
    compat: &Compat,
    explain: &mut impl Explain,
) -> Result<(), Error> {
    let asked = Asked { facts, component, origin, compat };
    let closed = Gate::ALL.into_iter().find_map(|gate| gate.closes(&asked).map(|error| (gate, error)));
    explain.because(|| match closed {
        None => Reason {
            rule: "ACT 3.3",
            inputs: "every gate".into(),
            verdict: "may be activated".into(),
            source: "locating-a-component-for-activation",
        },
        Some((gate, error)) => {
            let (rule, source) = gate.place();
            Reason { rule, inputs: gate.inputs(&asked), verdict: format!("{}", error.hresult()), source }
        }
    });
    closed.map_or(Ok(()), |(_, error)| Err(error))
}
