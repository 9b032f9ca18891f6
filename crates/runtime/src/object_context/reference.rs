//! References to contexts: CoGetObjectContext, CoGetDefaultContext, the token (SYN 11, ACT 9.1).

use super::{ContextCallback, ContextToken, ObjectContext, ThreadingInfo};
use crate::{
    apartment::{self, Home},
    interception::{self, Context, Properties, Visiting},
    process::ProcessState,
    thread,
};
use complus_core::{
    attribute::ApartmentType,
    error::{ApartmentError, ContextError, Result},
    rules::{
        apartment_type,
        context_interface::{self, ContextInterface},
    },
    stack::PushedBy,
};
use complus_sync::{Arc, Weak};
use once_cell::sync::OnceCell;
use std::num::NonZeroU64;
use uuid::Uuid;

/// What all references to a context share. It is there while one of them is: equal identity, same object.
pub(crate) struct Identity {
    token: ContextToken,
    is_default: bool,
    process: Weak<ProcessState>,
    /// The door into the context, once somebody asked for IContextCallback.
    door: OnceCell<ContextCallback>,
}

impl Drop for Identity {
    fn drop(&mut self) {
        if let Some(process) = self.process.upgrade() {
            process.contexts.remove_if(&self.token.0.get(), |_, identity| identity.strong_count() == 0);
        }
    }
}

/// A counted reference to an interface of a context: clones add to the count, drops take away.
///
/// ```
/// # use complus_runtime::*;
/// # use complus_core::{attribute::*, rules::context_interface::ContextInterface};
/// # let runtime = Runtime::builder().build()?;
/// # let _bound = runtime.enter();
/// # let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
/// let reference = ContextReference::current(ContextInterface::ObjContext.iid())?;
/// assert_eq!(reference.token(), context_token()?);
/// assert_eq!(reference.release(), 0);
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone)]
pub struct ContextReference {
    interface: ContextInterface,
    identity: Arc<Identity>,
}

impl ContextReference {
    /// CoGetObjectContext: an interface of the current context.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment; E_NOINTERFACE for what the context does not offer: a
    /// default context has the four basic interfaces only.
    pub fn current(iid: Uuid) -> Result<Self> {
        let (number, is_default) = thread::bound(|binding| {
            binding.ensure_base()?;
            let top = binding.stack.top().ok_or(ApartmentError::NotInitialized)?;
            Ok::<_, complus_core::Error>((top.number, is_default(top.pushed_by)))
        })??;
        let interface = context_interface::query(iid, is_default)?;
        let identity = identity(number, is_default)?;
        let reference = Self { interface, identity };
        reference.open_door()?;
        Ok(reference)
    }

    /// CoGetDefaultContext: an interface of the default context of an apartment of the process. Makes no apartment.
    ///
    /// # Errors
    /// E_INVALIDARG for APTTYPE_STA; CO_E_NOTINITIALIZED when the thread is in no apartment, and when the process has
    /// none of that kind; E_NOINTERFACE for the interfaces of COM+.
    pub fn of_default(kind: ApartmentType, iid: Uuid) -> Result<Self> {
        let door = default_context(kind)?;
        let interface = context_interface::query(iid, true)?;
        let number = door.0.target().number;
        let identity = identity(number, true)?;
        let _ = identity.door.set(door);
        Ok(Self { interface, identity })
    }

    /// QueryInterface: another interface of the same context.
    ///
    /// # Errors
    /// E_NOINTERFACE as for [`current`](Self::current); E_UNEXPECTED for IContextCallback of a context that is not the
    /// current one and was never asked for it there.
    pub fn query_interface(&self, iid: Uuid) -> Result<Self> {
        let interface = context_interface::query(iid, self.identity.is_default)?;
        let reference = Self { interface, identity: self.identity.clone() };
        reference.open_door()?;
        Ok(reference)
    }

    /// Whether both refer to one object.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.identity, &other.identity)
    }

    /// The interface.
    pub fn interface(&self) -> ContextInterface {
        self.interface
    }

    /// The token of the context: the identity of the object.
    pub fn token(&self) -> ContextToken {
        self.identity.token
    }

    /// How many references there are to the context, this one included.
    pub fn references(&self) -> usize {
        Arc::strong_count(&self.identity)
    }

    /// Release: gives this one back; answers how many are left.
    pub fn release(self) -> usize {
        let left = Arc::strong_count(&self.identity) - 1;
        drop(self);
        left
    }

    /// IComThreadingInfo, if it is that interface.
    pub fn threading_info(&self) -> Option<ThreadingInfo> {
        (self.interface == ContextInterface::ComThreadingInfo).then_some(ThreadingInfo)
    }

    /// IContextCallback, if it is that interface.
    pub fn callback(&self) -> Option<ContextCallback> {
        self.identity.door.get().filter(|_| self.interface == ContextInterface::ContextCallback).cloned()
    }

    /// The object context and what its methods give, if it is one of the interfaces of COM+.
    pub fn object_context(&self) -> Option<ObjectContext> {
        (!self.interface.is_everywhere()).then(|| ObjectContext::of(self.token()))
    }

    fn open_door(&self) -> Result<()> {
        if self.interface == ContextInterface::ContextCallback && self.identity.door.get().is_none() {
            let context = interception::capture()?;
            if context.number() != self.token().0.get() {
                return Err(ContextError::ForeignContext.into());
            }
            let _ = self.identity.door.set(ContextCallback(Arc::new(Visiting::callback(context))));
        }
        Ok(())
    }
}

impl std::fmt::Debug for ContextReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (interface, token) = (&self.interface, &self.identity.token);
        f.debug_struct("ContextReference").field("interface", interface).field("token", token).finish()
    }
}

impl ContextToken {
    /// AddRef on the token, which itself holds no reference: IObjContext of that context.
    ///
    /// # Errors
    /// E_UNEXPECTED when the context is not the current one: nothing tells whether it is still there.
    pub fn add_ref(self) -> Result<ContextReference> {
        let current = ContextReference::current(ContextInterface::ObjContext.iid())?;
        if current.token() == self { Ok(current) } else { Err(ContextError::ForeignContext.into()) }
    }
}

fn is_default(pushed_by: PushedBy) -> bool {
    matches!(pushed_by, PushedBy::Apartment | PushedBy::DefaultCall | PushedBy::Masked)
}

/// The object that stands for a context of this thread's process, made if nobody refers to it yet.
fn identity(number: u64, is_default: bool) -> Result<Arc<Identity>> {
    let (_, process) = thread::here()?;
    let token = NonZeroU64::new(number).map(ContextToken).ok_or(ContextError::NoContext)?;
    let mut place = process.contexts.entry(number).or_default();
    if let Some(identity) = place.upgrade() {
        return Ok(identity);
    }
    let process = Arc::downgrade(&process);
    let identity = Arc::new(Identity { token, is_default, process, door: OnceCell::new() });
    *place = Arc::downgrade(&identity);
    Ok(identity)
}

/// The door into the default context of an apartment of the process.
fn default_context(kind: ApartmentType) -> Result<ContextCallback> {
    let (machine, process) = thread::here()?;
    let apartments = &process.apartments;
    let is_initialized = !apartment::query()?.hresult.is_failure();
    apartment_type::default_context(kind, is_initialized, |kind| match kind {
        ApartmentType::Mta => apartments.mta().is_some(),
        _ => apartments.main_sta().is_some(),
    })?;
    let home = match kind {
        ApartmentType::Current | ApartmentType::Sta => thread::bound(|binding| Home::of(binding))?,
        ApartmentType::Mta => Some(Home::Mta),
        ApartmentType::Na => Some(Home::Neutral),
        ApartmentType::MainSta => apartments.main_sta().map(Home::Sta),
    };
    let home = home.ok_or(ApartmentError::NoSuchApartment)?;
    let number = match &home {
        Home::Sta(sta) => sta.number,
        Home::Mta => apartments.mta().ok_or(ApartmentError::NoSuchApartment)?,
        Home::Neutral => apartments.neutral(|| machine.new_context_number()),
    };
    let properties = Properties::default();
    let process = process.clone();
    Ok(ContextCallback(Arc::new(Context {
        machine,
        process,
        number: number.into(),
        home,
        properties,
        is_default: true,
    })))
}

impl ContextCallback {
    /// CoGetDefaultContext(IContextCallback): the door into the default context of an apartment of the process. The
    /// neutral apartment is there as soon as any is; calls into it stay on the calling thread.
    ///
    /// # Errors
    /// As for [`ContextReference::of_default`].
    pub fn of_default(kind: ApartmentType) -> Result<Self> {
        default_context(kind)
    }
}
