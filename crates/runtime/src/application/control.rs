//! What administrators do with applications: start, pause, resume, recycle, shut down (SEC A.9, D.6).

use super::{Instance, memory};
use crate::{
    machine::{Machine, Runtime},
    process::Process,
    thread,
};
use complus_catalog::{Application, schema::application as app};
use complus_core::{
    attribute::Activation,
    error::{ActivationError, ApplicationError, CatalogError, Result},
    event::ApplicationStep,
    id::ApplicationInstanceId,
    rules::application_instance::{RecycleReason, State},
};
use complus_sync::{Arc, atomic::Ordering};
use std::fmt;
use uuid::Uuid;

/// An instance of a server application: the process that its components live in. A clone is the same instance.
///
/// ```
/// use complus_runtime::Runtime;
/// use complus_core::rules::application_instance::State;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let text = r#"
/// #     format = 1
/// #     defaults = "ws2003"
/// #     [[application]]
/// #     id = "{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0001}"
/// #     name = "Bank"
/// #     [[application.component]]
/// #     clsid = "{8F2B5C1E-51A0-4D0B-9C55-0E5A3D1F0101}"
/// #     threading_model = "both"
/// # "#;
/// # let source = complus_diagnostic::Source::new("bank.toml", text);
/// # let catalog = complus_catalog::parse(source, complus_catalog::Options::default())?.catalog;
/// let runtime = Runtime::builder().catalog(catalog).build()?;
/// let instance = runtime.start_application("Bank")?;
/// instance.pause()?; // activations are CO_E_SERVER_PAUSED, objects go on
/// assert_eq!(instance.state(), State::Paused);
/// runtime.shutdown_application("Bank")?;
/// assert_eq!(instance.state(), State::Stopped);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ApplicationInstance {
    machine: Arc<Machine>,
    instance: Arc<Instance>,
}

impl ApplicationInstance {
    /// The instance that this thread's process is; `None` if it is none.
    ///
    /// # Errors
    /// E_UNEXPECTED when an observer calls.
    pub fn current() -> Result<Option<Self>> {
        let (machine, process) = thread::here()?;
        Ok(process.instance().map(|instance| Self { machine, instance }))
    }

    /// Its id.
    pub fn id(&self) -> ApplicationInstanceId {
        self.instance.id
    }

    /// The id of its application.
    pub fn application(&self) -> Uuid {
        self.instance.application
    }

    /// The name that its application had when it was started.
    pub fn name(&self) -> &str {
        &self.instance.name
    }

    /// Its process.
    pub fn process(&self) -> Process {
        Process { machine: self.machine.clone(), state: self.instance.process.clone() }
    }

    /// How it stands.
    pub fn state(&self) -> State {
        self.instance.state()
    }

    /// How many objects became active in it so far.
    pub fn activations(&self) -> u32 {
        self.instance.activations.load(Ordering::Acquire)
    }

    /// PauseApplicationInstances: it takes no activations until it is resumed, and its objects go on. Without effect on
    /// one that is paused.
    ///
    /// # Errors
    /// COMADMIN_E_RECYCLEDPROCESSMAYNOTBEPAUSED; COMADMIN_E_APP_NOT_RUNNING; E_UNEXPECTED when an observer calls.
    pub fn pause(&self) -> Result<()> {
        self.switch(State::pause, true)
    }

    /// ResumeApplicationInstances.
    ///
    /// # Errors
    /// CO_E_SERVER_NOT_PAUSED; COMADMIN_E_APP_NOT_RUNNING; E_UNEXPECTED when an observer calls.
    pub fn resume(&self) -> Result<()> {
        self.switch(State::resume, false)
    }

    fn switch(&self, to: impl FnOnce(State) -> Result<State, ApplicationError>, paused: bool) -> Result<()> {
        thread::refuse_observers()?;
        if self.instance.change(to)? {
            self.instance.tell(&self.machine, ApplicationStep::Paused(paused));
        }
        Ok(())
    }

    /// RecycleApplicationInstances, and RecycleSurrogate from inside: activations go to another instance from now on;
    /// this one ends with its last object, at the latest after RecycleExpirationTimeout.
    ///
    /// # Errors
    /// COMADMIN_E_CANTRECYCLESERVICEAPPS; COMADMIN_E_PAUSEDPROCESSMAYNOTBERECYCLED;
    /// COMADMIN_E_PROCESSALREADYRECYCLED; COMADMIN_E_APP_NOT_RUNNING; E_UNEXPECTED when an observer calls.
    pub fn recycle(&self, reason: RecycleReason) -> Result<()> {
        thread::refuse_observers()?;
        let snapshot = self.machine.catalog.snapshot();
        let own = snapshot.applications().iter().find(|application| application.id == self.application());
        own.map_or(Ok(()), may_recycle)?;
        Ok(self.instance.recycle(&self.machine, reason)?)
    }

    /// ShutdownApplicationInstances: it takes nothing new, its objects are let go of, each in its context; calls that
    /// run come to their end, later ones are RPC_E_DISCONNECTED. Without effect on one that has ended.
    ///
    /// # Errors
    /// E_UNEXPECTED when an observer calls.
    pub fn shutdown(&self) -> Result<()> {
        thread::refuse_observers()?;
        self.instance.shut_down(&self.machine);
        Ok(())
    }
}

impl PartialEq for ApplicationInstance {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.instance, &other.instance)
    }
}

impl Eq for ApplicationInstance {}

impl fmt::Debug for ApplicationInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationInstance").field("id", &self.id()).field("state", &self.state()).finish()
    }
}

fn may_recycle(application: &Application) -> Result<()> {
    let is_service = !AsRef::<str>::as_ref(application.node().get(app::SERVICE_NAME)).is_empty();
    match application.activation {
        Activation::Library => Err(ApplicationError::LibraryNotRecycled.into()),
        Activation::Server if is_service => Err(ApplicationError::ServiceNotRecycled.into()),
        Activation::Server => Ok(()),
    }
}

/// Applications are named by their ids in braces, or by their names.
impl Runtime {
    /// The instances of applications that have not ended, in the order in which they were started.
    pub fn application_instances(&self) -> Vec<ApplicationInstance> {
        self.instances(None)
    }

    /// StartApplication: starts an instance, if fewer than ConcurrentApps are there; else gives one of those.
    ///
    /// # Errors
    /// COMADMIN_E_OBJECT_DOES_NOT_EXIST, COMADMIN_E_AMBIGUOUS_APPLICATION_NAME; COMADMIN_E_CAN_NOT_START_APP for a library
    /// application, COMADMIN_E_START_APP_DISABLED, COMADMIN_E_START_APP_NEEDS_COMPONENTS; E_OUTOFMEMORY; E_UNEXPECTED when
    /// an observer calls.
    pub fn start_application(&self, id_or_name: &str) -> Result<ApplicationInstance> {
        thread::refuse_observers()?;
        let id = self.0.catalog.administer().check_start(id_or_name)?;
        if !memory::left(self.0.memory.as_ref()).suffices(true) {
            return Err(ActivationError::OutOfMemory.into());
        }
        let instance = self.0.applications.start(&self.0, &self.application(id)?);
        instance.fill_pools(&self.0);
        Ok(ApplicationInstance { machine: self.0.clone(), instance })
    }

    /// ShutdownApplication: every instance of the application ends, as
    /// [`ApplicationInstance::shutdown`] says.
    ///
    /// # Errors
    /// COMADMIN_E_OBJECT_DOES_NOT_EXIST, COMADMIN_E_AMBIGUOUS_APPLICATION_NAME; E_UNEXPECTED when an observer calls.
    pub fn shutdown_application(&self, id_or_name: &str) -> Result<()> {
        self.instances_of(id_or_name)?.iter().try_for_each(ApplicationInstance::shutdown)
    }

    /// Pauses every instance of the application that takes activations.
    ///
    /// # Errors
    /// Those of [`shutdown_application`](Self::shutdown_application); COMADMIN_E_APP_NOT_RUNNING when there is none.
    pub fn pause_application(&self, id_or_name: &str) -> Result<()> {
        self.each_in_pool(id_or_name, ApplicationInstance::pause)
    }

    /// Resumes every instance of the application that is paused.
    ///
    /// # Errors
    /// Those of [`pause_application`](Self::pause_application); CO_E_SERVER_NOT_PAUSED.
    pub fn resume_application(&self, id_or_name: &str) -> Result<()> {
        self.each_in_pool(id_or_name, ApplicationInstance::resume)
    }

    /// Recycles every instance of the application that takes activations.
    ///
    /// # Errors
    /// Those of [`shutdown_application`](Self::shutdown_application); COMADMIN_E_CANTRECYCLELIBRARYAPPS,
    /// COMADMIN_E_CANTRECYCLESERVICEAPPS; COMADMIN_E_PAUSEDPROCESSMAYNOTBERECYCLED,
    /// COMADMIN_E_PROCESSALREADYRECYCLED; COMADMIN_E_APP_NOT_RUNNING when there is none.
    pub fn recycle_application(&self, id_or_name: &str, reason: RecycleReason) -> Result<()> {
        let id = self.0.catalog.administer().application(id_or_name)?;
        may_recycle(&self.application(id)?)?;
        self.each_in_pool(id_or_name, |instance| instance.recycle(reason))
    }

    /// Does it to those that take activations; where there are none, to the others, which say why they cannot.
    fn each_in_pool(&self, id_or_name: &str, act: impl Fn(&ApplicationInstance) -> Result<()>) -> Result<()> {
        let all = self.instances_of(id_or_name)?;
        let in_pool = || all.iter().filter(|instance| instance.state().is_in_pool());
        match (all.first(), in_pool().next()) {
            (None, _) => Err(ApplicationError::NotRunning.into()),
            (Some(other), None) => act(other),
            (Some(_), Some(_)) => in_pool().try_for_each(act),
        }
    }

    fn instances_of(&self, id_or_name: &str) -> Result<Vec<ApplicationInstance>> {
        thread::refuse_observers()?;
        let id = self.0.catalog.administer().application(id_or_name)?;
        Ok(self.instances(Some(id)))
    }

    fn instances(&self, application: Option<Uuid>) -> Vec<ApplicationInstance> {
        let all = self.0.applications.all(application).into_iter();
        all.map(|instance| ApplicationInstance { machine: self.0.clone(), instance }).collect()
    }

    fn application(&self, id: Uuid) -> Result<Application> {
        let snapshot = self.0.catalog.snapshot();
        let found = snapshot.applications().iter().find(|application| application.id == id).cloned();
        found.ok_or_else(|| CatalogError::DoesNotExist.into())
    }
}
