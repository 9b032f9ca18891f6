//! Activation: a new object of a class, in the context that it asks for (ACT 3).
//!
//! [`Activation::create`] finds the class, takes down the facts about its creator, and lets the rules decide
//! (`core::rules::activation`). What they decide is then made: nothing, where the object shares its creator's context;
//! a default context's neighbour; or a context of its own with what flows into it.

mod class_object;
mod creator;
mod elsewhere;
mod moniker;
mod own_context;
mod place;

pub(crate) use class_object::ConfiguredClass;
pub(crate) use place::{default_context, in_its_apartment, in_its_default_context};

use crate::{
    application::memory_left,
    class::{self, InProcessClass, Located},
    component::{Component, Parts},
    interception,
    machine::Machine,
    object_pool,
    process::ProcessState,
    reference::{Reference, iid},
    thread,
};
use complus_catalog::{Application, Class, Creator, Found};
use complus_core::{
    attribute::{Activation as Served, ClassContext},
    context::UserProperties,
    error::{ActivationError, CatalogError, ClassError, Error, Result},
    event::What,
    explain::Explain,
    id::PartitionId,
    rules::{
        activation::{self, Decision},
        application_instance::Choice,
        class_location::{self, Place},
        gates,
        placement::Placement,
    },
    stack::PushedBy,
};
use complus_sync::Arc;
use complus_transaction::Transaction;
use creator::CreatorFacts;
use elsewhere::Elsewhere;
use uuid::Uuid;

/// A request for a new object: CoCreateInstance with everything that can be asked for beside the class.
///
/// ```
/// # use complus_runtime::{*, class::*};
/// # use complus_core::{attribute::*, Result};
/// # use std::sync::Arc;
/// # struct Account;
/// # impl Object for Account {
/// #     fn supports(&self, _: uuid::Uuid) -> bool {
/// #         true
/// #     }
/// # }
/// # struct AccountClass;
/// # impl ClassFactory for AccountClass {
/// #     fn create_instance(&self) -> Result<Arc<dyn Object>> {
/// #         Ok(Arc::new(Account))
/// #     }
/// # }
/// # const CLSID: uuid::Uuid = uuid::Uuid::from_u128(0xacc0);
/// # let runtime = Runtime::builder().build()?;
/// # runtime.register_class(CLSID, ThreadingModel::Both, || Arc::new(AccountClass));
/// # let _bound = runtime.enter();
/// # let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
/// let account = Activation::of(CLSID).create()?;
/// assert!(!account.is_proxy()); // An unconfigured class shares its creator's context.
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Activation {
    clsid: Uuid,
    contexts: ClassContext,
    interface: Uuid,
    partition: Option<PartitionId>,
    transaction: Option<Transaction>,
    aggregated: bool,
}

impl Activation {
    /// An object of this class, served from wherever its configuration says.
    pub fn of(clsid: Uuid) -> Self {
        Self {
            clsid,
            contexts: ClassContext::INPROC_SERVER | ClassContext::LOCAL_SERVER,
            interface: iid::UNKNOWN,
            partition: None,
            transaction: None,
            aggregated: false,
        }
    }

    /// CLSCTX: where it may be served from, and CLSCTX_FROM_DEFAULT_CONTEXT.
    pub fn contexts(mut self, contexts: ClassContext) -> Self {
        self.contexts = contexts;
        self
    }

    /// The interface that the reference is for; IUnknown by default.
    pub fn interface(mut self, interface: Uuid) -> Self {
        self.interface = interface;
        self
    }

    /// The class is looked for in this partition first: `partition:{..}/new:{..}`.
    pub fn partition(mut self, partition: PartitionId) -> Self {
        self.partition = Some(partition);
        self
    }

    /// The object is to work in this transaction, which it does not end: ICreateWithTransactionEx.
    pub fn transaction(mut self, transaction: &Transaction) -> Self {
        self.transaction = Some(transaction.participant());
        self
    }

    /// The new object is to become a part of another one.
    pub fn aggregated(mut self) -> Self {
        self.aggregated = true;
        self
    }

    /// Makes it.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED; REGDB_E_CLASSNOTREG, COMADMIN_E_PRIVATE_ACCESSDENIED and the others of ACT 4.8; the gates
    /// of ACT 3.3; CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT, CLASS_E_NOAGGREGATION; the failures of the class
    /// factory and of the object's life (ACT 7.7); E_NOINTERFACE. Nothing has been made then.
    pub fn create(&self) -> Result<Reference> {
        self.create_and(&mut ())
    }

    /// The same, and tells why.
    ///
    /// # Errors
    /// As for [`create`](Self::create).
    pub fn create_and(&self, explain: &mut impl Explain) -> Result<Reference> {
        match class::locate(self, explain)? {
            Located::Registered(class) => class.brought_here(iid::CLASS_FACTORY)?.create_instance(self.interface),
            Located::InProcess(class) => place::unconfigured(self, class, explain),
            Located::Configured(configured) => configured.create(self, explain),
        }
    }

    pub(crate) fn clsid(&self) -> Uuid {
        self.clsid
    }

    pub(crate) fn class_contexts(&self) -> ClassContext {
        self.contexts
    }

    fn request(&self, pooled: bool) -> activation::Request {
        activation::Request { aggregated: self.aggregated, pooled }
    }
}

/// Finds a class in the catalog: its configuration, or its plain registration.
///
/// # Errors
/// Those of ACT 4.8 for a class that is configured but may not be used.
pub(crate) fn locate(
    machine: &Arc<Machine>,
    request: &Activation,
    explain: &mut impl Explain,
) -> Result<Option<Located>> {
    let catalog = machine.catalog.snapshot();
    let asked = thread::bound(|binding| {
        let top = binding.stack.top();
        let from_default = request.contexts.contains(ClassContext::FROM_DEFAULT_CONTEXT);
        let component = binding.component();
        let default = |pushed_by| matches!(pushed_by, PushedBy::Apartment | PushedBy::DefaultCall);
        let inside = top.filter(|top| !from_default && !default(top.pushed_by));
        let partition = inside.map(|top| machine.partitions.id(top.partition));
        let application = component.map(|component| component.application);
        (partition, application, binding.principal.clone())
    });
    let (partition, application, principal) = asked?;
    let user = principal.as_deref().unwrap_or(&machine.principal);
    let creator = Creator { moniker: request.partition, partition, application, user };
    match catalog.locate(request.clsid, &creator, explain) {
        Ok(Found::Configured(class, partition)) => {
            let application = catalog.classes().application_of(class).clone();
            let (_, process) = thread::here()?;
            let own = process.is_instance_of(application.id);
            if !class_location::is_served(request.contexts, application.activation, own, explain) {
                return Err(ClassError::NotRegistered.into());
            }
            Ok(Some(Located::Configured(Box::new(Configured { class: class.clone(), application, partition }))))
        }
        Ok(Found::Registered(_)) if !request.contexts.intersects(ClassContext::IN_PROCESS) => Ok(None),
        Ok(Found::Registered(plain)) => {
            let factory = machine.classes.factory(plain.clsid, plain.threading_model, plain.factory());
            Ok(factory.map(Located::InProcess))
        }
        Err(CatalogError::ClassNotRegistered) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A configured class, as an activation found it.
pub(crate) struct Configured {
    pub(crate) class: Class,
    pub(crate) application: Application,
    /// The partition that the context of a new object is in.
    pub(crate) partition: PartitionId,
}

impl Configured {
    fn create(self, request: &Activation, explain: &mut impl Explain) -> Result<Reference> {
        let (machine, process) = thread::here()?;
        let (class, model) = (self.class.clsid, self.class.threading_model);
        let elsewhere = self.application.activation == Served::Server && !process.is_instance_of(self.application.id);
        let refused = |error: &Error| machine.emit_here(What::ActivationRefused { class, error: error.hresult() });
        let (facts, decision) = self.decide(request, &machine, &process, elsewhere, explain).inspect_err(refused)?;
        let factory = machine.classes.factory(class, model, self.class.factory());
        let factory = factory.ok_or(ClassError::NotRegistered).map_err(Error::from).inspect_err(refused)?;
        let arriving = if elsewhere { Some(machine.applications.take(&machine, &self.application)) } else { None };
        let arriving = arriving.transpose().inspect_err(refused)?;
        machine.emit_here(What::Activating { class, placement: decision.context });
        if let Some(arriving) = arriving {
            let request = request.clone();
            return Elsewhere { configured: self, machine, factory, request, facts, decision }.create(arriving);
        }
        object_pool::application_started(&machine, &process, self.application.id);
        match decision.context {
            Placement::CreatorsContext if !facts.elsewhere => {
                self.in_creators_context(machine, process, factory, request)
            }
            Placement::CreatorsContext | Placement::DefaultContext => {
                place::in_default_context(&facts, decision.apartment, self.alone(machine, process, factory), request)
            }
            Placement::OwnContext { activity, transaction, .. } => {
                let own = own_context::OwnContext { configured: self, machine, process, factory, request };
                own.create(&facts, decision, activity, transaction)
            }
        }
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
        let gates = gates::Facts {
            location: Ok(Place::Chosen),
            enabled: self.class.enabled && self.application.enabled,
            instance,
            memory: memory_left(machine.memory.as_ref()).suffices(starts_process),
            same_threading_model: machine
                .classes
                .model(self.class.clsid)
                .is_none_or(|m| m == self.class.threading_model),
            manager: machine.manager.is_available(),
        };
        let pooled = self.class.pool.is_some();
        let decision = activation::configured(
            &gates,
            self.class.component(),
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
    fn alone(self, machine: Arc<Machine>, process: Arc<ProcessState>, factory: Arc<InProcessClass>) -> Arc<Component> {
        let security = self.class.component().security;
        Component::new(Parts {
            machine,
            process,
            class: self.class,
            application: self.application.id,
            security,
            factory,
            own_context: false,
            membership: None,
            properties: UserProperties::default(),
            resident: None,
        })
    }

    /// Step 12: the object comes to live with its creator.
    fn in_creators_context(
        self,
        machine: Arc<Machine>,
        process: Arc<ProcessState>,
        factory: Arc<InProcessClass>,
        request: &Activation,
    ) -> Result<Reference> {
        let component = self.alone(machine, process, factory);
        interception::masked(|| component.create())?;
        let reference = Reference::new(component.object())?; // before Activate, which may give it out
        component.created()?;
        reference.query(request.interface)
    }
}
