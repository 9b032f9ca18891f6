//! In-process classes: registered with the machine from Rust, loaded into a process by whoever first asks for them.

use super::ClassFactory;
use crate::{
    Runtime,
    process::ProcessState,
    reference::{GlobalInterfaceTable, Object, iid},
    thread,
};
use complus_core::{
    attribute::ThreadingModel,
    error::{ActivationError, Result},
    rules::class_apartment,
};
use complus_sync::{
    Arc, DashMap, Mutex, Weak,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
use uuid::Uuid;

/// CLSID_StdGlobalInterfaceTable.
const GLOBAL_INTERFACE_TABLE: Uuid = Uuid::from_u128(0x0000_0323_0000_0000_c000_0000_0000_0046);

/// The in-process classes of a machine, and the libraries that configured classes name.
pub(crate) struct InProcessClasses {
    classes: DashMap<Uuid, Arc<InProcessClass>>,
    libraries: DashMap<String, Arc<Load>>,
    /// Counts the changes.
    generation: AtomicU64,
}

type Load = dyn Fn() -> Arc<dyn ClassFactory> + Send + Sync;

/// One of them: what the registry and its library say.
pub(crate) struct InProcessClass {
    clsid: Uuid,
    /// Its threading model; none if the registry says something that is none.
    pub(crate) model: Result<ThreadingModel, ActivationError>,
    /// DllGetClassObject.
    load: Arc<Load>,
}

/// Those that every machine has.
impl Default for InProcessClasses {
    fn default() -> Self {
        let classes = Self { classes: DashMap::new(), libraries: DashMap::new(), generation: AtomicU64::new(1) };
        classes.register(GLOBAL_INTERFACE_TABLE, Ok(ThreadingModel::Both), Arc::new(|| Arc::new(TableClass)));
        classes
    }
}

impl InProcessClasses {
    fn register(&self, clsid: Uuid, model: Result<ThreadingModel, ActivationError>, load: Arc<Load>) {
        self.classes.insert(clsid, Arc::new(InProcessClass { clsid, model, load }));
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// The number of the state that they are in: another one once something was registered.
    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(super) fn find(&self, clsid: Uuid) -> Option<Arc<InProcessClass>> {
        self.classes.get(&clsid).map(|class| class.value().clone())
    }

    /// The threading model that the class is registered with.
    pub(crate) fn model(&self, clsid: Uuid) -> Option<ThreadingModel> {
        self.classes.get(&clsid)?.model.ok()
    }

    /// The class that makes the objects of a configured one, by its CLSID or by the name of its library.
    pub(crate) fn factory(&self, clsid: Uuid, model: ThreadingModel, library: &str) -> Option<Arc<InProcessClass>> {
        self.find(clsid).or_else(|| {
            let load = self.libraries.get(&library.to_lowercase())?.value().clone();
            Some(Arc::new(InProcessClass { clsid, model: Ok(model), load }))
        })
    }
}

impl Runtime {
    /// Registers an in-process class, as the registry does with its InprocServer32 key; one of the same id is replaced.
    /// `load` is called in each process that uses the class, and again after the class was unloaded.
    pub fn register_class(
        &self,
        clsid: Uuid,
        model: ThreadingModel,
        load: impl Fn() -> Arc<dyn ClassFactory> + Send + Sync + 'static,
    ) {
        self.0.classes.register(clsid, Ok(model), Arc::new(load));
    }

    /// The same with the threading model as the registry has it: the text of the ThreadingModel value, or none. A text
    /// that is no threading model fails every activation of the class with REGDB_E_BADTHREADINGMODEL (ACT 5.2).
    pub fn register_in_process_server(
        &self,
        clsid: Uuid,
        model: Option<&str>,
        load: impl Fn() -> Arc<dyn ClassFactory> + Send + Sync + 'static,
    ) {
        self.0.classes.register(clsid, class_apartment::registered(model), Arc::new(load));
    }

    /// Registers what makes the objects of configured classes whose DLL property is `name`; names ignore letter case,
    /// and one of the same name is replaced. `load` is called in each process that uses such a class. A configured
    /// class whose CLSID was [registered](Self::register_class) needs none.
    pub fn register_factory(&self, name: &str, load: impl Fn() -> Arc<dyn ClassFactory> + Send + Sync + 'static) {
        self.0.classes.libraries.insert(name.to_lowercase(), Arc::new(load));
        self.0.classes.generation.fetch_add(1, Ordering::AcqRel);
    }
}

/// A loaded class: its class object, in whatever apartments it is used.
pub(crate) struct Server {
    clsid: Uuid,
    factory: Arc<dyn ClassFactory>,
    instances: Mutex<Instances>,
    /// The address of the instance that came last, while it is known.
    last: AtomicUsize,
}

/// The instances that may still live. Those that do not are forgotten whenever there are twice as many as at the last
/// look, so that it costs each of them the same.
#[derive(Default)]
struct Instances {
    known: Vec<Weak<dyn Object>>,
    look_at: usize,
}

impl Instances {
    /// Few enough to keep.
    const FEW: usize = 16;

    /// Those of them that live no more, when it is time to look.
    fn dead(&mut self) -> Vec<Weak<dyn Object>> {
        if self.known.len() < self.look_at.max(Self::FEW) {
            return Vec::new();
        }
        let dead = self.known.extract_if(.., |instance| instance.strong_count() == 0).collect();
        self.look_at = self.known.len() * 2;
        dead
    }
}

impl Server {
    fn new(class: &InProcessClass) -> Arc<Self> {
        Arc::new(Self {
            clsid: class.clsid,
            factory: (class.load)(),
            instances: Mutex::default(),
            last: AtomicUsize::new(0),
        })
    }

    /// Whether nobody has anything of it but so many who look after it.
    pub(super) fn is_unused(self: &Arc<Self>, holders: usize) -> bool {
        let none_lives = || self.instances.lock().known.iter().all(|instance| instance.strong_count() == 0);
        Arc::strong_count(self) == holders && none_lives()
    }

    /// Takes note of an instance. A class that gives out the same object again and again has but one.
    fn note(&self, instance: &Arc<dyn Object>) {
        let address = Arc::as_ptr(instance).cast::<()>() as usize;
        // What is known keeps its address from being used again.
        if self.last.load(Ordering::Acquire) == address {
            return;
        }
        let mut instances = self.instances.lock();
        let dead = instances.dead();
        instances.known.push(Arc::downgrade(instance));
        self.last.store(address, Ordering::Release);
        drop(instances);
        drop(dead); // now that it is not the last one
    }
}

/// The class in this process, loaded if need be.
pub(crate) fn load(class: &InProcessClass) -> Result<Arc<Server>> {
    let (_, process) = thread::here()?;
    if let Some(server) = loaded(&process, class.clsid) {
        return Ok(server);
    }
    // Out here: loading calls foreign code.
    let fresh = Server::new(class);
    let mut servers = process.classes.servers.lock();
    let server = find(&servers, class.clsid).unwrap_or_else(|| {
        servers.push(fresh.clone());
        fresh
    });
    Ok(server)
}

/// The class in a process, if it is loaded there.
pub(crate) fn loaded(process: &ProcessState, clsid: Uuid) -> Option<Arc<Server>> {
    find(&process.classes.servers.lock(), clsid)
}

fn find(servers: &[Arc<Server>], clsid: Uuid) -> Option<Arc<Server>> {
    servers.iter().find(|server| server.clsid == clsid).cloned()
}

impl Server {
    /// A new instance of the class.
    pub(crate) fn make_instance(&self) -> Result<Arc<dyn Object>> {
        let instance = self.factory.create_instance()?;
        self.note(&instance);
        Ok(instance)
    }

    /// The same as a part of another object.
    ///
    /// # Errors
    /// CLASS_E_NOAGGREGATION from a class that refuses that.
    pub(crate) fn make_aggregated(&self) -> Result<Arc<dyn Object>> {
        if !self.factory.aggregates() {
            return Err(ActivationError::NoAggregation.into());
        }
        self.make_instance()
    }
}

impl ClassFactory for Server {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        self.make_instance()
    }

    fn can_unload_now(&self) -> bool {
        self.factory.can_unload_now()
    }
}

impl Object for Server {
    fn supports(&self, interface: Uuid) -> bool {
        interface == iid::CLASS_FACTORY
    }

    fn class_factory(&self) -> Option<&dyn ClassFactory> {
        Some(self)
    }
}

/// The class of the global interface table, which there is once in each process.
struct TableClass;

impl ClassFactory for TableClass {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        Ok(Arc::new(GlobalInterfaceTable))
    }
}
