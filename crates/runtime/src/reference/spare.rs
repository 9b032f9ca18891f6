//! Contexts that nobody refers to any more: a thread keeps some of those that it let go of, and the next object of the
//! class that is wanted from the same context moves in.
//!
//! A component in a context of its own takes a good many pieces: context, component, what stands for its instances,
//! slot, proxy, and their places in tables. As long as its creator was the only one who ever held it, and nothing
//! intercepts its calls but the border itself, nobody can tell whether they are made anew: the instance comes and goes
//! as ever, and the context gets a new number.

use super::{Object, Reference, iid, marshal::may_marshal, proxy::Proxy};
use crate::{
    activation::Configured,
    class::Server,
    component::Component,
    interception::{Context, call, enter_call, enter_creation, leave_call},
    thread::{self, Binding},
};
use complus_core::{
    error::{Error, MarshalError, Result},
    hresult::S_OK,
};
use complus_sync::{Arc, Weak};
use uuid::Uuid;

/// So many contexts a thread keeps, in use or not.
const MOST: usize = 16;

/// The contexts that a thread keeps, or has lent from here.
#[derive(Default)]
pub(crate) struct Spares(Vec<Spare>);

struct Spare {
    /// The number of its context, while it is in use.
    number: u64,
    component: Weak<Component>,
    /// The proxy with all that hangs on it, while it is not.
    proxy: Option<Arc<Proxy>>,
}

impl Spare {
    fn is_of(&self, component: &Arc<Component>) -> bool {
        std::ptr::eq(self.component.as_ptr(), Arc::as_ptr(component))
    }
}

impl Spares {
    /// The component whose context has this number, if it was lent by this thread.
    pub(crate) fn component(&self, number: u64) -> Option<Arc<Component>> {
        self.0.iter().find(|spare| spare.number == number)?.component.upgrade()
    }

    /// Whether the component was lent by this thread, for a context of this number.
    pub(crate) fn have_lent(&self, component: &Arc<Component>, number: u64) -> bool {
        self.0.iter().any(|spare| spare.number == number && spare.is_of(component))
    }

    /// Those that are not in use, which are kept no longer.
    #[must_use = "dropped with nothing borrowed"]
    pub(crate) fn idle(&mut self) -> Spares {
        Self(self.0.extract_if(.., |spare| spare.proxy.is_some()).collect())
    }

    /// Lends one for an object of this class that is wanted from the context `from`.
    #[inline]
    pub(crate) fn lend(&mut self, configured: &Arc<Configured>, from: u64) -> Option<Lent> {
        let fits = |proxy: &mut Arc<Proxy>| proxy.is_spare_of(configured, from);
        self.0.iter_mut().find_map(|spare| spare.proxy.take_if(fits)).map(Lent)
    }

    /// Takes back what was named to this thread; gives it back if it was not.
    #[must_use = "dropped with nothing borrowed"]
    pub(crate) fn take_back(&mut self, proxy: Arc<Proxy>) -> Option<Arc<Proxy>> {
        let place = proxy.component().and_then(|component| self.0.iter_mut().find(|spare| spare.is_of(component)));
        match place {
            Some(spare) => {
                spare.number = 0;
                spare.proxy.replace(proxy)
            }
            None => Some(proxy),
        }
    }

    /// Names a component to this thread; what had to make room, or none if there is no place.
    #[must_use = "dropped with nothing borrowed"]
    fn name(&mut self, component: &Arc<Component>, number: u64) -> Option<Spares> {
        if let Some(spare) = self.0.iter_mut().find(|spare| spare.is_of(component)) {
            spare.number = number;
            return Some(Self::default());
        }
        self.0.retain(|spare| spare.proxy.is_some() || spare.component.strong_count() > 0);
        let oldest = if self.0.len() < MOST { None } else { Some(self.0.iter().position(|it| it.proxy.is_some())?) };
        let evicted = oldest.map(|oldest| self.0.remove(oldest)).into_iter().collect();
        self.0.push(Spare { number, component: Arc::downgrade(component), proxy: None });
        Some(Self(evicted))
    }
}

/// A context that was lent, while its object is made.
pub(crate) struct Lent(Arc<Proxy>);

impl Lent {
    /// Makes a fresh context of it, and enters that to make its object.
    #[inline]
    pub(crate) fn enter(self, binding: &mut Binding) -> Option<Self> {
        let number = binding.number();
        let context = self.0.context()?;
        context.renumber(number);
        binding.com_mut().spares.name(self.0.component()?, number)?;
        enter_creation(binding, context)?;
        Some(self)
    }

    /// The context.
    ///
    /// # Errors
    /// None, as long as it is held.
    pub(crate) fn context(&self) -> Result<&Context> {
        self.0.context().map(|context| &**context).ok_or_else(|| MarshalError::NotConnected.into())
    }

    /// Begins the life of an object in it, which is to have this interface for others.
    ///
    /// # Errors
    /// As for [`Component::begin_again`]; E_NOINTERFACE.
    pub(crate) fn begin_again(&self, server: Option<&Server>, interface: Uuid) -> Result<Arc<dyn Object>> {
        let component = self.0.component().ok_or(MarshalError::NotConnected)?;
        let object = component.begin_again(server)?;
        // What the instance says of itself, what stands for it says as well.
        let quickly = interface == iid::UNKNOWN || object.supports(interface) && object.is_marshalable(interface);
        if !quickly {
            may_marshal(&*self.0.object()?, interface)?;
        }
        Ok(object)
    }

    /// The creator's reference to the object.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment any more.
    pub(crate) fn into_reference(self, object: Arc<dyn Object>) -> Result<Reference> {
        match self.0.component() {
            Some(component) if component.is_agile(&*object) => {
                component.disown();
                Reference::new(object)
            }
            _ => Ok(Reference::from(self.0)),
        }
    }
}

/// Lets go of a proxy.
pub(super) fn let_go(proxy: Arc<Proxy>) {
    if proxy.is_alone() {
        end_object(proxy);
    }
}

/// Ends the object behind the only reference that there ever was to it, and keeps its context.
#[inline(never)]
fn end_object(proxy: Arc<Proxy>) {
    let (Some(context), Some(component)) = (proxy.context(), proxy.component()) else { return };
    let named = thread::try_active(|binding| binding.com_mut().spares.name(component, context.number()));
    if named.map(drop).is_none() || !enter_call(&**context) {
        return;
    }
    let ended = call(|| component.deactivate(true).map_or_else(|error: Error| error.hresult(), |()| S_OK));
    let left = leave_call(&**context, ended);
    // Asked once more: the end of the object was its own code's.
    if left.is_ok_and(|code| code == S_OK) && proxy.is_alone() {
        component.rest();
        drop(thread::try_active(|binding| binding.com_mut().spares.take_back(proxy)));
    }
}
