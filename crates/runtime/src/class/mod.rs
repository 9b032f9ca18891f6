//! Class objects: what makes instances, where it lives, and who can see it (SYN 6.4 to 6.6, 10.6, ACT 5.1).
//!
//! A class is found in four places, in this order: among the class objects that the apartment has
//! [registered](register_class_object), in the [catalog](crate::Runtime::catalog), among the in-process classes of the
//! [machine](crate::Runtime::register_class), and among the class objects that any apartment of the process registered
//! for others. An in-process class is loaded on demand and lives in the apartment that its threading model wants; COM
//! makes that apartment if there is none.

mod in_process;
mod proxy_stub;
mod registration;
mod unloading;

pub(crate) use in_process::{InProcessClass, InProcessClasses, Server, load, loaded};
pub(crate) use proxy_stub::{proxy_stub_class, register_proxy_stub_class};
pub use registration::{register_class_object, revoke_class_object};
pub use unloading::free_unused_libraries;

use crate::{
    activation::{self, Activation, Configured, ConfiguredClass},
    reference::{Holder, Object, Reference},
    thread,
};
use complus_core::{
    attribute::ClassContext,
    error::{ClassError, Result},
    explain::Explain,
};
use complus_sync::{
    Arc, DashMap, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use registration::Registrations;
use uuid::Uuid;

/// IClassFactory: makes the instances of a class, in the context that it is asked in.
pub trait ClassFactory: Send + Sync {
    /// CreateInstance: a new object.
    ///
    /// # Errors
    /// Whatever the class says.
    fn create_instance(&self) -> Result<Arc<dyn Object>>;

    /// Whether its objects can become a part of another one: CreateInstance with an outer object succeeds. Objects of a
    /// class that refuses it cannot be pooled (ACT 7.6 P9).
    fn aggregates(&self) -> bool {
        true
    }

    /// DllCanUnloadNow, asked of an in-process class of which no object and no reference is left.
    fn can_unload_now(&self) -> bool {
        true
    }
}

/// The class objects of a process.
#[derive(Default)]
pub(crate) struct Classes {
    registrations: Mutex<Registrations>,
    /// How many of them there are, for those who look for none.
    registered: AtomicUsize,
    /// In-process classes that are loaded.
    servers: Mutex<Vec<Arc<Server>>>,
    /// Proxy/stub classes by interface.
    proxy_stubs: DashMap<Uuid, Uuid>,
}

impl Classes {
    /// An apartment ends: its class objects are revoked.
    pub(crate) fn apartment_ended(&self, apartment: u64) {
        let revoked = self.change_registrations(|registrations| registrations.end(apartment));
        drop(revoked);
    }

    fn change_registrations<T>(&self, change: impl FnOnce(&mut Registrations) -> T) -> T {
        let mut registrations = self.registrations.lock();
        let result = change(&mut registrations);
        self.registered.store(registrations.len(), Ordering::Release);
        result
    }

    /// Whether no apartment has registered a class object.
    #[inline]
    pub(crate) fn none_registered(&self) -> bool {
        self.registered.load(Ordering::Acquire) == 0
    }

    /// Nobody in the process uses COM any more: what was registered for the process goes, and all that was loaded.
    pub(crate) fn process_ended(&self) {
        self.proxy_stubs.clear();
        let unloaded = std::mem::take(&mut *self.servers.lock());
        drop(unloaded);
    }
}

/// Where a class was found.
pub(crate) enum Located {
    /// A class object that somebody registered.
    Registered(Reference),
    /// A class of the class registration database.
    Configured(Arc<Configured>),
    /// An in-process class.
    InProcess(Arc<InProcessClass>),
}

/// Finds a class for this thread: among the class objects that its apartment has registered, in the catalog, among
/// the in-process classes, among the class objects that others have registered.
///
/// # Errors
/// CO_E_NOTINITIALIZED; REGDB_E_CLASSNOTREG; what the catalog says of a class that may not be used (ACT 4.8).
pub(crate) fn locate(request: &Activation, explain: &mut impl Explain) -> Result<Located> {
    let (clsid, contexts) = (request.clsid(), request.class_contexts());
    let holder = Holder::current()?;
    let (machine, process) = thread::here()?;
    let in_process = contexts.intersects(ClassContext::INPROC_SERVER | ClassContext::INPROC_HANDLER);
    let registered = || process.classes.registrations.lock().find(clsid, contexts, holder.apartment);
    if in_process && let Some(found) = registered() {
        return Ok(Located::Registered(found));
    }
    if let Some(found) = activation::locate(&machine, &process, request, explain)? {
        return Ok(found);
    }
    if in_process && let Some(class) = machine.classes.find(clsid) {
        return Ok(Located::InProcess(class));
    }
    if contexts.contains(ClassContext::LOCAL_SERVER) {
        let found = process.classes.registrations.lock().find_for_others(clsid);
        return found.map(Located::Registered).ok_or_else(|| ClassError::NotRegistered.into());
    }
    Err(ClassError::NotRegistered.into())
}

/// CoGetClassObject: the class object, as a reference for the current context.
///
/// # Errors
/// CO_E_NOTINITIALIZED; REGDB_E_CLASSNOTREG when nobody has registered the class where this thread can see it;
/// E_NOINTERFACE; the failures of a call to the class object's apartment.
///
/// ```
/// # use complus_runtime::{*, class::get_class_object};
/// # use complus_core::{attribute::*, Result};
/// # use std::sync::Arc;
/// struct Account;
/// impl Object for Account {
///     fn supports(&self, _: uuid::Uuid) -> bool {
///         false
///     }
/// }
/// struct AccountClass;
/// impl ClassFactory for AccountClass {
///     fn create_instance(&self) -> Result<Arc<dyn Object>> {
///         Ok(Arc::new(Account))
///     }
/// }
/// const CLSID: uuid::Uuid = uuid::Uuid::from_u128(0xacc0);
/// let runtime = Runtime::builder().build()?;
/// runtime.register_class(CLSID, ThreadingModel::Apartment, || Arc::new(AccountClass));
/// let _bound = runtime.enter();
/// let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
/// let class = get_class_object(CLSID, ClassContext::INPROC_SERVER, iid::CLASS_FACTORY)?;
/// let account = class.create_instance(iid::UNKNOWN)?;
/// assert!(account.is_proxy()); // It lives in an STA that COM hosts.
/// # Ok::<(), complus_core::Error>(())
/// ```
pub fn get_class_object(clsid: Uuid, contexts: ClassContext, interface: Uuid) -> Result<Reference> {
    let request = Activation::of(clsid).contexts(contexts);
    match locate(&request, &mut ())? {
        Located::Registered(class) => class.brought_here(interface),
        Located::Configured(_) => Reference::new(Arc::new(ConfiguredClass::new(request)))?.query(interface),
        Located::InProcess(class) => {
            activation::in_its_apartment(class.model?, interface, move || Reference::new(in_process::load(&class)?))
        }
    }
}

/// CoCreateInstance: a new object of the class, as a reference for the current context.
///
/// # Errors
/// As for [`get_class_object`], and the class's own.
pub fn create_instance(clsid: Uuid, contexts: ClassContext, interface: Uuid) -> Result<Reference> {
    Activation::of(clsid).contexts(contexts).interface(interface).create()
}
