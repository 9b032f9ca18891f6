//! CServicePool: a pool of the objects of a class factory, for programs without catalog (ACT 7.6).

use super::{ObjectPool, PoolStatistics, Settings, User, maker::Maker};
use crate::{
    ClassFactory, ObjectContext,
    interception::guarded,
    machine::Machine,
    reference::{Object, Reference},
    thread,
};
use complus_core::{
    error::{ActivationError, Error, Result},
    event::{Diagnostic, ObjectStep, What},
    hresult::S_OK,
    object_pool::{Lease, Limits},
    rules::life_cycle::{self, Step},
};
use complus_sync::{Arc, Mutex};
use complus_transaction::Transaction;
use std::{any::Any, fmt, time::Duration};
use uuid::Uuid;

/// Largest size of a pool.
const LARGEST: u32 = 1_048_576;

/// How a service pool is set up: CServicePoolConfig with its property IServicePoolConfig::ClassFactory.
#[derive(Clone)]
#[must_use]
pub struct ServicePoolConfig {
    factory: Arc<dyn ClassFactory>,
    min: u32,
    max: u32,
    creation_timeout: Duration,
    transaction_affinity: bool,
}

impl ServicePoolConfig {
    /// A pool of what `factory` makes, with the defaults of components: 0 to 1048576 objects, and whoever asks for one
    /// waits for ever.
    pub fn new(factory: Arc<dyn ClassFactory>) -> Self {
        Self { factory, min: 0, max: LARGEST, creation_timeout: Duration::ZERO, transaction_affinity: false }
    }

    /// MinPoolSize: objects that are made at once, 0 to 1048576, not above the maximum.
    pub fn min_pool_size(mut self, min: u32) -> Self {
        self.min = min;
        self
    }

    /// MaxPoolSize: objects at most, 1 to 1048576.
    pub fn max_pool_size(mut self, max: u32) -> Self {
        self.max = max;
        self
    }

    /// CreationTimeout: how long GetObject waits; zero is for ever.
    pub fn creation_timeout(mut self, timeout: Duration) -> Self {
        self.creation_timeout = timeout;
        self
    }

    /// TransactionAffinity: an object that was used in a transaction is kept for that transaction until it ends.
    pub fn transaction_affinity(mut self, affinity: bool) -> Self {
        self.transaction_affinity = affinity;
        self
    }
}

impl fmt::Debug for ServicePoolConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServicePoolConfig")
            .field("min", &self.min)
            .field("max", &self.max)
            .field("creation_timeout", &self.creation_timeout)
            .field("transaction_affinity", &self.transaction_affinity)
            .finish_non_exhaustive()
    }
}

/// IServicePool. Clones are the same pool.
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
/// struct AccountClass;
/// impl ClassFactory for AccountClass {
///     fn create_instance(&self) -> Result<Arc<dyn Object>> {
///         Ok(Arc::new(Account))
///     }
/// }
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// # let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
/// let pool = ServicePool::new();
/// pool.initialize(&ServicePoolConfig::new(Arc::new(AccountClass)).max_pool_size(2))?;
/// let account = pool.object(iid::UNKNOWN)?;
/// drop(account); // It goes back into the pool.
/// assert_eq!(pool.statistics()?.idle, 1);
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct ServicePool(Arc<Mutex<Option<Initialized>>>);

#[derive(Clone)]
struct Initialized {
    pool: Arc<ObjectPool>,
    affinity: bool,
}

impl ServicePool {
    /// A pool that is not initialized yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Initialize: the pool opens in the process of this thread, and is filled to its minimum.
    ///
    /// # Errors
    /// E_INVALIDARG for sizes out of range; E_UNEXPECTED when it is open already.
    pub fn initialize(&self, config: &ServicePoolConfig) -> Result<()> {
        if !(1..=LARGEST).contains(&config.max) || config.min > config.max {
            return Err(ActivationError::PoolSize.into());
        }
        let (machine, process) = thread::here()?;
        let timeout = Some(config.creation_timeout).filter(|timeout| !timeout.is_zero());
        let settings = Settings {
            limits: Limits { min: config.min, max: config.max },
            timeout: timeout.map(|timeout| u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX)),
        };
        let maker = Maker::Given(config.factory.clone());
        let pool = ObjectPool::new(&machine, &process, None, settings, maker);
        {
            let mut place = self.0.lock();
            if place.is_some() {
                return Err(ActivationError::PoolInitialized.into());
            }
            *place = Some(Initialized { pool: pool.clone(), affinity: config.transaction_affinity });
        }
        pool.tell_created(&machine);
        pool.fill();
        Ok(())
    }

    /// GetObject: an object of the pool, activated. It may be used in every context and every apartment, and goes back to
    /// the pool when the last reference to it is released.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED before [`initialize`](Self::initialize) and after [`shutdown`](Self::shutdown);
    /// CO_E_ACTIVATIONFAILED_TIMEOUT; the class factory's; CO_E_ACTIVATIONFAILED or the code of Activate; E_NOINTERFACE.
    pub fn object(&self, interface: Uuid) -> Result<Reference> {
        let Initialized { pool, affinity } = self.opened()?;
        let (machine, process) = thread::here()?;
        let transaction = match ObjectContext::current() {
            Ok(context) if affinity => context.info().transaction()?,
            _ => None,
        };
        let (instance, lease) = pool.check_out(&machine, &process, transaction.as_ref())?;
        let lent = Lent { machine, pool: User::of(pool), instance: Some(instance), lease, transaction, active: false };
        Reference::new(Arc::new(lent.activated()?))?.query(interface)
    }

    /// Shutdown: idle objects are destroyed, the others when they are released.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when it is not open.
    pub fn shutdown(&self) -> Result<()> {
        let initialized = self.0.lock().take().ok_or(ActivationError::PoolNotInitialized)?;
        initialized.pool.shut_down();
        Ok(())
    }

    /// Its figures.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when it is not open.
    pub fn statistics(&self) -> Result<PoolStatistics> {
        Ok(self.opened()?.pool.statistics())
    }

    fn opened(&self) -> Result<Initialized> {
        self.0.lock().clone().ok_or_else(|| ActivationError::PoolNotInitialized.into())
    }
}

impl fmt::Debug for ServicePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServicePool").field("initialized", &self.0.lock().is_some()).finish()
    }
}

/// What references to a lent object are made of.
struct Lent {
    machine: Arc<Machine>,
    pool: User,
    /// Always there; taken out as it is dropped.
    instance: Option<Arc<dyn Object>>,
    lease: Lease,
    transaction: Option<Transaction>,
    active: bool,
}

impl Lent {
    fn activated(mut self) -> Result<Self> {
        let result = self.instance.as_ref().and_then(|instance| instance.control()).map_or(Ok(()), |it| it.activate());
        let code = result.as_ref().map_or_else(Error::hresult, |()| S_OK);
        self.pool.tell(&self.machine, ObjectStep::Activated(code));
        self.active = result.is_ok();
        match result {
            Ok(()) => Ok(self),
            Err(_) => Err(life_cycle::failure(Step::Activate, code, self.machine.compat.lifecycle_errors)),
        }
    }

    /// Deactivate and CanBePooled; whether the instance may be used again.
    fn deactivate(&self, instance: &dyn Object) -> bool {
        let Some(control) = instance.control() else {
            self.pool.tell(&self.machine, ObjectStep::Deactivated);
            return true;
        };
        let deactivated = guarded(|| control.deactivate()).is_some();
        if !deactivated {
            self.machine.emit_here(What::Diagnostic(Diagnostic::CallbackPanicked));
        }
        self.pool.tell(&self.machine, ObjectStep::Deactivated);
        let poolable = deactivated && guarded(|| control.can_be_pooled()).unwrap_or(false);
        self.pool.tell(&self.machine, ObjectStep::CanBePooled(poolable));
        poolable
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(instance) = self.instance.take() else { return };
        if self.active && self.deactivate(&*instance) {
            self.pool.check_in(&self.machine, instance, self.lease, self.transaction.as_ref());
        } else {
            self.pool.give_up(&self.machine, instance);
        }
    }
}

impl Object for Lent {
    fn supports(&self, interface: Uuid) -> bool {
        self.instance.as_ref().is_some_and(|instance| instance.supports(interface))
    }

    fn self_address(&self) -> usize {
        self.instance.as_ref().map_or(0, |instance| instance.self_address())
    }

    /// Everybody gets the object itself, whatever its class says of contexts and apartments.
    fn is_free_threaded(&self) -> bool {
        true
    }
}

/// The object whose methods run: what was lent, for a reference to something of a service pool.
pub(crate) fn stood_for(object: &dyn Object) -> &dyn Object {
    let any: &dyn Any = object;
    any.downcast_ref::<Lent>().and_then(|lent| lent.instance.as_deref()).unwrap_or(object)
}
