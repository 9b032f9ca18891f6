//! A configured class, and the making of its objects (ACT 3.2).

use super::{Activation, creator::CreatorFacts, elsewhere::Elsewhere, own_context::OwnContext, place};
use crate::{
    application::memory_left,
    class::InProcessClass,
    component::{Component, Parts},
    machine::Machine,
    object_pool,
    process::ProcessState,
    reference::Reference,
    thread,
};
use complus_catalog::{Application, Class};
use complus_core::{
    attribute::Activation as Served,
    context::UserProperties,
    error::{ActivationError, ClassError, Error, Result},
    event::What,
    explain::Explain,
    id::PartitionId,
    rules::{
        activation::{self, Decision},
        application_instance::Choice,
        class_location::Place,
        gates,
        placement::Placement,
    },
};
use complus_sync::Arc;
use uuid::Uuid;

/// A configured class, as activations find it in one state of the catalog.
pub(crate) struct Configured {
    pub(crate) class: Class,
    pub(crate) application: Application,
    /// The partition that the context of a new object is in.
    pub(crate) partition: PartitionId,
    /// What makes its objects; none if nobody has registered that.
    factory: Option<Arc<InProcessClass>>,
    /// It is served by its creator's process, is not constructed, and insists on nothing.
    only_obtains: bool,
    /// The registered threading model is the recorded one.
    same_threading_model: bool,
    /// The methods that are done when they return, by interface and place.
    pub(crate) auto_complete: Box<[(Uuid, u16)]>,
}

impl Configured {
    pub(super) fn new(machine: &Machine, class: Class, application: Application, partition: PartitionId) -> Self {
        let model = class.component.threading_model;
        let methods = class.interfaces().flat_map(|interface| {
            let done = interface.methods().filter(|method| method.auto_complete());
            done.filter_map(move |method| Some((interface.iid(), u16::try_from(method.index()).ok()?)))
        });
        let lives = class.constructed || class.requires() != 0;
        Self {
            only_obtains: application.activation == Served::Library && !lives,
            factory: machine.classes.factory(class.clsid, model, class.factory()),
            same_threading_model: machine.classes.model(class.clsid).is_none_or(|registered| registered == model),
            auto_complete: methods.collect(),
            class,
            application,
            partition,
        }
    }

    /// What makes its objects.
    ///
    /// # Errors
    /// REGDB_E_CLASSNOTREG.
    pub(crate) fn factory(&self) -> Result<&Arc<InProcessClass>> {
        self.factory.as_ref().ok_or_else(|| ClassError::NotRegistered.into())
    }

    /// Makes an object.
    pub(super) fn create(self: Arc<Self>, request: &Activation, explain: &mut impl Explain) -> Result<Reference> {
        let (machine, process) = thread::here()?;
        let class = self.class.clsid;
        let elsewhere = self.application.activation == Served::Server && !process.is_instance_of(self.application.id);
        let refused = |error: &Error| machine.emit_here(What::ActivationRefused { class, error: error.hresult() });
        let (facts, decision) = self.decide(request, &machine, &process, elsewhere, explain).inspect_err(refused)?;
        self.factory().inspect_err(refused)?;
        let arriving = if elsewhere { Some(machine.applications.take(&machine, &self.application)) } else { None };
        let arriving = arriving.transpose().inspect_err(refused)?;
        machine.emit_here(What::Activating { class, placement: decision.context });
        if let Some(arriving) = arriving {
            let request = request.clone();
            return Elsewhere { configured: self, machine, request, facts, decision }.create(arriving);
        }
        object_pool::application_started(&machine, &process, self.application.id);
        match decision.context {
            Placement::CreatorsContext if !facts.elsewhere => self.in_creators_context(machine, process, request),
            Placement::CreatorsContext | Placement::DefaultContext => {
                place::in_default_context(&facts, decision.apartment, self.alone(machine, process), request)
            }
            Placement::OwnContext { activity, transaction, .. } => {
                let own = OwnContext { configured: self, machine, process, request };
                own.create(&facts, decision, activity, transaction)
            }
        }
    }

    /// What the gates ask.
    #[inline]
    pub(super) fn gates(&self, instance: gates::Instance, memory: bool, manager: bool) -> gates::Facts {
        gates::Facts {
            location: Ok(Place::Chosen),
            enabled: self.class.enabled && self.application.enabled,
            instance,
            memory,
            same_threading_model: self.same_threading_model,
            manager,
        }
    }

    /// Whether an instance has but to be obtained, to become active.
    #[inline]
    pub(super) fn only_obtains(&self) -> bool {
        self.only_obtains
    }

    fn decide(
        &self,
        request: &Activation,
        machine: &Arc<Machine>,
        process: &ProcessState,
        elsewhere: bool,
        explain: &mut impl Explain,
    ) -> Result<(CreatorFacts, Decision)> {
        let facts = CreatorFacts::of(self, request, elsewhere)?;
        let (instance, starts_process) = self.instance(machine, process, elsewhere, explain);
        let memory = memory_left(machine.memory.as_ref()).suffices(starts_process);
        let gates = self.gates(instance, memory, machine.manager.is_available());
        let pooled = self.class.pool.is_some();
        let decision = activation::configured(
            &gates,
            &self.class.component,
            request.request(pooled),
            facts.creator,
            &facts.origin,
            &machine.compat,
            explain,
        );
        let doomed = ActivationError::IsolationLevel.hresult();
        if decision.as_ref().is_err_and(|error| error.hresult() == doomed) {
            facts.doom();
        }
        Ok((facts, decision?))
    }

    /// How the instance stands that would make the object, and whether it has to be started. A library application takes
    /// part in its creator's process whatever becomes of that.
    fn instance(
        &self,
        machine: &Machine,
        process: &ProcessState,
        elsewhere: bool,
        explain: &mut impl Explain,
    ) -> (gates::Instance, bool) {
        if elsewhere {
            return match machine.applications.look(&self.application, explain) {
                Choice::Instance(_) => (gates::Instance::Running, false),
                Choice::Start => (gates::Instance::Running, true),
                Choice::Paused => (gates::Instance::Paused, false),
            };
        }
        let own = process.instance().filter(|instance| instance.application == self.application.id);
        (own.map_or(gates::Instance::Running, |instance| instance.state().to_its_own()), false)
    }

    /// A component without context of its own.
    pub(super) fn alone(self: Arc<Self>, machine: Arc<Machine>, process: Arc<ProcessState>) -> Arc<Component> {
        Component::new(Parts {
            machine,
            process,
            configured: self,
            own_context: false,
            membership: None,
            properties: UserProperties::default(),
            resident: None,
        })
    }

    /// Step 12: the object comes to live with its creator.
    fn in_creators_context(
        self: Arc<Self>,
        machine: Arc<Machine>,
        process: Arc<ProcessState>,
        request: &Activation,
    ) -> Result<Reference> {
        let component = self.alone(machine, process);
        component.create()?;
        let reference = Reference::new(component.object())?; // before Activate, which may give it out
        component.created()?;
        reference.having(request.interface)
    }
}
