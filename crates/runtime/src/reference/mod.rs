//! References: how code holds objects, in their own context and in others (SYN 10, ACT 8.1).
//!
//! An object has a **slot** in each context that gives it out: who holds it from outside, and the context in which its
//! methods run. In that context a [`Reference`] is the object itself; in any other it is a **proxy**, one for each
//! object and context, whose calls are intercepted. A proxy of one context is of no use in another: references are
//! moved by [marshaling](marshal), by the [global interface table](GlobalInterfaceTable), or as [`AgileReference`]s.
//!
//! Code of an object that wants to hand out its own gets one from [`Reference::to_self`].
//!
//! An object that somebody outside holds is *connected*. It is let go of in its own context: when the last proxy,
//! packet and lock are gone, when it is disconnected, when its apartment ends.

mod agile;
mod connection;
mod direct;
mod farewell;
mod holder;
mod indirect;
mod itself;
mod marshal;
mod object;
mod proxy;
mod registry;
mod residence;
mod slot;
mod spare;
mod table;

pub use agile::AgileReference;
pub use connection::{disconnect_object, lock_object_external};
pub(crate) use holder::Holder;
pub(crate) use indirect::{FirstCall, Shortcut};
pub use marshal::{FreeThreadedMarshaler, Marshaled, Stream};
pub use object::{ExternalConnection, Object, ObjectConstruct, ObjectControl, iid};
pub(crate) use registry::References;
pub(crate) use residence::Residence;
pub(crate) use slot::Slot;
pub(crate) use spare::{Lent, Spares};
pub use table::GlobalInterfaceTable;

use crate::{activation::ConfiguredClass, apartment::Method, interception};
use complus_core::{
    error::{MarshalError, Result},
    rules::{activity_result::Ended, call_out::Use, marshal::Hold},
};
use complus_sync::Arc;
use direct::Direct;
use indirect::Indirect;
use proxy::Proxy;
use std::{any::Any, fmt};
use uuid::Uuid;

/// A counted reference to an object, valid in one context: an interface pointer without its type.
///
/// It can be sent anywhere, and is checked where it is used. A clone is AddRef; dropping it is Release, which never
/// blocks: an object that is let go of ends in its own context, now if that can be entered from here, else as soon as
/// its apartment gets to it.
#[derive(Clone)]
pub struct Reference(Kind);

#[derive(Clone)]
enum Kind {
    Direct(Direct),
    Proxy(Indirect),
}

impl From<Arc<Proxy>> for Reference {
    fn from(proxy: Arc<Proxy>) -> Self {
        Self(Kind::Proxy(Indirect::new(proxy)))
    }
}

/// Which way a call goes.
pub(crate) enum Route<'a> {
    /// The object is called as it is.
    Direct(&'a dyn Object),
    /// Its context is entered, if it is connected since then.
    Intercepted(&'a Arc<Slot>, u64),
}

impl Reference {
    /// A reference to `object` in the current context, which becomes the context that its methods run in. Given out
    /// again there, it is the same object.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment.
    pub fn new(object: Arc<dyn Object>) -> Result<Self> {
        let reference = Self::here(object)?;
        reference.remember();
        Ok(reference)
    }

    /// The same of an object that was given out before.
    fn here(object: Arc<dyn Object>) -> Result<Self> {
        let residence = Residence::here()?;
        let free = object.is_free_threaded();
        Ok(Self(Kind::Direct(Direct { object: Some(object), residence, free })))
    }

    /// A reference to `object`, which was made in `context`, the current one.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment.
    pub(crate) fn in_context(object: Arc<dyn Object>, context: Arc<interception::Context>) -> Result<Self> {
        let residence = Residence { context, apartment: Holder::current()?.apartment };
        let free = object.is_free_threaded();
        let reference = Self(Kind::Direct(Direct { object: Some(object), residence, free }));
        if free {
            reference.remember(); // Its methods run elsewhere, where its context does not tell.
        }
        Ok(reference)
    }

    /// Lets the object find itself.
    fn remember(&self) {
        if let Kind::Direct(Direct { object: Some(object), residence, .. }) = &self.0 {
            residence.context.process.references.known.add(object);
        }
    }

    /// Whether calls on it are intercepted.
    pub fn is_proxy(&self) -> bool {
        matches!(self.0, Kind::Proxy(_))
    }

    /// QueryInterface: the same object, if it has `interface`, and if that can be called from this context
    /// (ACT 8.1 I4).
    ///
    /// # Errors
    /// E_NOINTERFACE; RPC_E_WRONG_THREAD outside its context, CO_E_OBJNOTCONNECTED after the end of its apartment,
    /// RPC_E_DISCONNECTED when the object is gone.
    pub fn query(&self, interface: Uuid) -> Result<Self> {
        if self.supports(interface)? { Ok(self.clone()) } else { Err(MarshalError::NoInterface.into()) }
    }

    /// The same, if it has `interface`.
    ///
    /// # Errors
    /// As for [`query`](Self::query).
    pub(crate) fn having(self, interface: Uuid) -> Result<Self> {
        if self.supports(interface)? { Ok(self) } else { Err(MarshalError::NoInterface.into()) }
    }

    /// Calls the method: runs `body` with the object in the object's context, and gives what it answers. In the object's
    /// own context the call is direct.
    ///
    /// # Errors
    /// The body's own; RPC_E_WRONG_THREAD outside the reference's context, CO_E_NOTINITIALIZED on a thread without
    /// apartment, CO_E_OBJNOTCONNECTED after the end of its apartment; RPC_E_DISCONNECTED when the object is gone; the
    /// restrictions on calling out (SYN 7.5), the failures of a callee (7.6), what message filters say (8), and what
    /// the callee's context answers: CONTEXT_E_WOULD_DEADLOCK, CONTEXT_E_ABORTED and others.
    pub fn call<T: Send + 'static>(
        &self,
        method: Method,
        body: impl FnOnce(&dyn Object) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        interception::invoke(self, method, body)
    }

    /// The same with the object as what it is.
    ///
    /// # Errors
    /// As for [`call`](Self::call); E_NOINTERFACE if it is something else.
    pub fn call_as<O: Object, T: Send + 'static>(
        &self,
        method: Method,
        body: impl FnOnce(&O) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.call(method, move |object| {
            let object: &dyn Any = object;
            object.downcast_ref::<O>().ok_or(MarshalError::NoInterface).map(body)?
        })
    }

    /// IClassFactory::CreateInstance of a class object: a new object in the class object's context, as a reference for
    /// this one.
    ///
    /// # Errors
    /// The class's own; E_NOINTERFACE when this is no class object, or the new object lacks `interface`, or that cannot
    /// be called from here; those of [`call`](Self::call).
    pub fn create_instance(&self, interface: Uuid) -> Result<Self> {
        if let Kind::Direct(Direct { object: Some(object), .. }) = &self.0
            && let Some(class) = (&**object as &dyn Any).downcast_ref::<ConfiguredClass>()
        {
            return class.create_instance(interface);
        }
        let method = Method { interface: iid::CLASS_FACTORY, number: 3 };
        let make = |class: &dyn Object| {
            let factory = class.class_factory().ok_or(MarshalError::NoInterface)?;
            Self::new(factory.create_instance()?)
        };
        if self.is_proxy() {
            self.call(method, move |class| make(class)?.marshal_for(interface))?.unmarshal()
        } else {
            self.call(method, make)?.query(interface)
        }
    }

    /// The same object for the current context, whichever context this reference belongs to.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED; E_NOINTERFACE; RPC_E_DISCONNECTED when the object is gone.
    pub(crate) fn brought_here(&self, interface: Uuid) -> Result<Self> {
        let at_home = match &self.0 {
            Kind::Direct(direct) => direct.free || direct.residence.holder() == Holder::current()?,
            Kind::Proxy(_) => false,
        };
        if at_home {
            return self.query(interface);
        }
        let (slot, epoch) = self.connect_from_elsewhere()?;
        Marshaled::standard(slot, epoch, interface).unmarshal()?.query(interface)
    }

    /// Release that waits: an object that is let go of by it has ended when this returns.
    ///
    /// # Errors
    /// What keeps a call from being made into the object's context. The reference is gone all the same.
    pub fn release(self) -> Result<()> {
        match self.0 {
            Kind::Direct(direct) => {
                drop(direct);
                Ok(())
            }
            Kind::Proxy(proxy) => proxy.release(),
        }
    }

    /// The straight way to the instance, if the object has one.
    #[inline]
    pub(crate) fn shortcut(&self) -> Option<Shortcut<'_>> {
        match &self.0 {
            Kind::Proxy(proxy) => proxy.shortcut(),
            Kind::Direct(_) => None,
        }
    }

    /// The same for its first call.
    #[inline]
    pub(crate) fn first_call(&self) -> Option<FirstCall<'_>> {
        match &self.0 {
            Kind::Proxy(proxy) => proxy.first_call(),
            Kind::Direct(_) => None,
        }
    }

    /// Lets later calls go straight to the instance, if there is one for good.
    pub(crate) fn set_shortcut(&self, instance: impl FnOnce() -> Option<Arc<dyn Object>>) {
        if let Kind::Proxy(proxy) = &self.0
            && let Some(instance) = instance()
        {
            proxy.set_shortcut(instance);
        }
    }

    /// Takes note of how a call ended that went straight to the instance: one that has panicked serves no more.
    #[inline]
    pub(crate) fn note_end(&self, ended: Ended) {
        if ended == Ended::Panicked
            && let Kind::Proxy(proxy) = &self.0
        {
            proxy.lose_instance();
        }
    }

    /// Where a call goes from here.
    ///
    /// # Errors
    /// As for [`call`](Self::call), as far as they concern the reference.
    pub(crate) fn route(&self) -> Result<Route<'_>> {
        match &self.0 {
            Kind::Direct(direct) => {
                direct.may_use(Use::Method)?;
                Ok(Route::Direct(direct.object()?))
            }
            Kind::Proxy(proxy) => {
                let (slot, epoch) = proxy.server(Use::Method)?;
                Ok(Route::Intercepted(slot, epoch))
            }
        }
    }

    /// The object, if it is the same in every context.
    fn free_object(&self) -> Option<&Arc<dyn Object>> {
        match &self.0 {
            Kind::Direct(direct) if direct.free => direct.object.as_ref(),
            Kind::Direct(_) | Kind::Proxy(_) => None,
        }
    }

    /// The same, and where it was given out.
    fn free_at_home(&self) -> Option<(&Arc<dyn Object>, &Residence)> {
        match &self.0 {
            Kind::Direct(direct) if direct.free => Some((direct.object.as_ref()?, &direct.residence)),
            Kind::Direct(_) | Kind::Proxy(_) => None,
        }
    }

    /// One more who holds the object from outside, on behalf of whoever has this reference here.
    ///
    /// # Errors
    /// As for [`call`](Self::call), as far as they concern the reference.
    fn connect(&self, hold: Hold) -> Result<(Arc<Slot>, u64)> {
        match &self.0 {
            Kind::Direct(direct) => {
                direct.may_use(Use::Method)?;
                direct.connect(hold)
            }
            Kind::Proxy(proxy) => {
                let (slot, epoch) = proxy.server(Use::Method)?;
                slot.reconnect(epoch, hold)?;
                Ok((slot.clone(), epoch))
            }
        }
    }

    /// The same wherever this thread is, for somebody who was given the reference to keep.
    fn connect_from_elsewhere(&self) -> Result<(Arc<Slot>, u64)> {
        match &self.0 {
            Kind::Direct(direct) => direct.connect(Hold::Strong),
            Kind::Proxy(proxy) => proxy.proxy()?.reconnect(),
        }
    }

    /// The object of a slot, in its own context.
    fn raw(slot: &Slot) -> Result<Self> {
        let object = slot.any_object().ok_or(MarshalError::NotConnected)?;
        let free = object.is_free_threaded();
        Ok(Self(Kind::Direct(Direct { object: Some(object), residence: slot.residence.clone(), free })))
    }

    fn supports(&self, interface: Uuid) -> Result<bool> {
        match &self.0 {
            Kind::Direct(direct) => {
                direct.may_use(Use::QueryInterface)?;
                Ok(object::object_supports(direct.object()?, interface))
            }
            Kind::Proxy(proxy) => {
                let (slot, epoch) = proxy.server(Use::QueryInterface)?;
                Ok(object::proxy_supports(&*slot.object(epoch)?, interface))
            }
        }
    }
}

/// The same object in the same context: COM's identity (ACT 8.1 I3).
impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Direct(a), Kind::Direct(b)) => {
                let same = a.object.as_ref().zip(b.object.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b));
                same && (a.free || a.residence.holder() == b.residence.holder())
            }
            (Kind::Proxy(a), Kind::Proxy(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Reference {}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reference").field("is_proxy", &self.is_proxy()).finish_non_exhaustive()
    }
}
