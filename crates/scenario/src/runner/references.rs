//! References to objects: making them, and letting go of them.

use super::{
    calls::here,
    outcome::{Performed, StepError},
    worker::Worker,
    world::{Entered, Named},
};
use crate::{
    model::{Cast, Class, Create, class},
    trace::{Activated, Kind, StepPlace},
};
use complus_core::{
    attribute::ApartmentType,
    event::What,
    explain::Reasons,
    id::{ActivityId, ContextId, PartitionId},
    rules::{placement::Placement, synchronization::Activity, transaction::Transaction},
};
use complus_runtime::{Activation, Marshaled, Reference, iid};
use complus_sync::Arc;
use uuid::Uuid;

/// A reference that somebody holds under a name.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) reference: Reference,
    pub(super) made: Made,
    /// Number of the thread that holds it.
    pub(super) thread: usize,
}

/// What expectations may know of an object.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) class: Arc<Class>,
    /// Its context, as its creator got it.
    pub(super) entered: Entered,
    pub(super) is_proxy: bool,
    /// What it was asked for.
    interface: Uuid,
}

impl Made {
    /// The same as another context sees it.
    fn seen_by(self, reference: &Reference) -> Self {
        Self { is_proxy: reference.is_proxy(), ..self }
    }
}

/// A reference on its way to another context.
pub(super) struct Packed(Marshaled, Made);

impl Held {
    pub(super) fn pack(&self) -> Result<Packed, StepError> {
        Ok(Packed(self.reference.marshal_for(self.made.interface)?, self.made.clone()))
    }
}

impl Packed {
    /// The reference for the current context, which thread `thread` holds from now on.
    pub(super) fn unpack(self, thread: usize) -> complus_core::Result<Held> {
        let Self(packet, made) = self;
        let reference = packet.unmarshal()?;
        Ok(Held { made: made.seen_by(&reference), reference, thread })
    }
}

impl<'s> Worker<'s> {
    pub(super) fn create(&mut self, create: &Create, place: StepPlace) -> Result<Performed<'s>, StepError> {
        let world = self.world;
        let class = class(&world.scenario.classes, &create.class);
        let class = class.ok_or_else(|| StepError::runner(format!("there is no class `{}`", create.class)))?.clone();
        let mut request = Activation::of(class.clsid);
        if let Some(interface) = &create.interface {
            request = request.interface(self.interface(interface, &class));
        }
        if let Some(name) = &create.transaction {
            let missing = || StepError::runner(format!("the transaction `{name}` has not begun yet"));
            request = request.transaction(&world.transaction(name).ok_or_else(missing)?);
        }
        request = create.partition.into_iter().fold(request, Activation::partition);
        request = create.contexts.into_iter().fold(request, Activation::contexts);

        let (mark, mut reasons) = (world.recorder.len(), Reasons::default());
        let result = request.create_and(&mut reasons);
        self.at(place);
        let placement = world.recorder.since(mark).into_iter().find_map(|event| match event.what {
            What::Activating { class: activated, placement } if activated == class.clsid => Some(placement),
            _ => None,
        });
        let answer = result.as_ref().map(|_| placement).map_err(|error| error.hresult());
        let is_own = matches!(placement, Some(Placement::OwnContext { .. }));
        let entry = || world.recorder.entry_of(class.clsid, mark, is_own);
        let entry = if result.as_ref().is_ok_and(Reference::is_proxy) { entry() } else { None };
        let other = entry.as_ref().and_then(|event| Some((event.context?, event.activity)));
        let (name, named) = (create.name.clone(), class.name.clone());
        let activated = Activated { name, class: named, reasons: reasons.0, answer, other };
        world.recorder.record(Kind::Activated(Box::new(activated)));
        match result {
            Ok(reference) => {
                let made = self.made(class, &reference, placement, create, other);
                if let Some(name) = &create.name {
                    self.hold(name, Held { reference, made, thread: self.index });
                }
                Ok(Performed::Done)
            }
            Err(error) => {
                if let Some(name) = &create.name {
                    world.name(name, Named::Refused(error.hresult()));
                }
                Err(error.into())
            }
        }
    }

    /// What is known of a new object before it is called.
    fn made(
        &self,
        class: Arc<Class>,
        reference: &Reference,
        placement: Option<Placement>,
        create: &Create,
        other: Option<(ContextId, Option<ActivityId>)>,
    ) -> Made {
        let (caller, callers, is_proxy) = (self.caller(), self.current(), reference.is_proxy());
        let joined = |has: bool| if has { Transaction::Callers } else { Transaction::None };
        let inside = |has: bool| if has { Activity::Callers } else { Activity::None };
        let origin = match placement {
            Some(Placement::OwnContext { activity, transaction, .. }) => (transaction, activity),
            _ if is_proxy => (Transaction::None, Activity::None),
            _ => (joined(caller.transaction.is_some()), inside(caller.activity.is_some())),
        };
        let is_own = matches!(placement, Some(Placement::OwnContext { .. }));
        let brought = create.transaction.as_ref().and_then(|name| self.world.transaction(name));
        let context = if is_proxy { other.map(|other| other.0) } else { caller.context };
        let entered = Entered {
            context,
            is_default: if is_proxy { !is_own } else { caller.context.is_none() },
            transaction: match origin.0 {
                Transaction::Callers => caller.transaction,
                Transaction::Brought => brought.map(|transaction| transaction.id()),
                Transaction::None | Transaction::New => None,
            },
            activity: if is_proxy { other.and_then(|other| other.1) } else { caller.activity },
            origin,
            partition: create.partition.or(callers.map(|it| it.partition)).unwrap_or(PartitionId::GLOBAL),
            isolation: None,
            assembly: false,
            caller,
            status: None,
            thread: self.index,
            apartment: if is_proxy { context.and_then(|id| self.world.apartment(id)) } else { here() },
        };
        if let Some(id) = context.filter(|_| is_own) {
            self.world.shared.lock().domains.entry(id).or_insert_with(|| entered.clone());
        }
        let asked = create.interface.as_ref();
        let interface = asked.map_or(iid::UNKNOWN, |name| self.interface(name, &class));
        Made { class, entered, is_proxy, interface }
    }

    /// The interface of this name: the class's own, or another class's.
    fn interface(&self, name: &str, class: &Class) -> Uuid {
        let all = self.world.scenario.classes.iter().flat_map(|class| class.interfaces());
        class.interfaces().chain(all).find(|known| known.name == name).map_or(Uuid::nil(), |known| known.iid)
    }

    pub(super) fn cast(&mut self, cast: &Cast) -> Result<(), StepError> {
        let held = self.held(&cast.target)?;
        let interface = self.interface(&cast.interface, &held.made.class);
        let reference = held.reference.query(interface)?;
        if let Some(name) = &cast.name {
            self.hold(name, Held { reference, made: Made { interface, ..held.made }, ..held });
        }
        Ok(())
    }

    /// The reference of this name: the method's own, or one that a thread holds.
    pub(super) fn held(&self, name: &str) -> Result<Held, StepError> {
        let shared = || {
            let references = &self.world.shared.lock().references;
            references.iter().find(|(known, _)| known == name).map(|(_, held)| held.clone())
        };
        let found = self.scope.local(name).cloned().or_else(shared);
        found.ok_or_else(|| match self.world.named(name) {
            Some(Named::Refused(code)) => StepError::runner(format!("there is no object `{name}`: {code}")),
            _ => StepError::runner(format!("there is no reference `{name}` now: not made yet, or released")),
        })
    }

    /// Keeps a reference under a name: a method as long as it runs, a thread until it ends. One of this name that is
    /// held already is released.
    pub(super) fn hold(&mut self, name: &str, held: Held) {
        self.world.name(name, Named::Reference(Box::new(held.made.clone())));
        let _ = self.let_go(name);
        if self.scope.is_method {
            self.scope.locals.push((name.into(), held));
        } else {
            self.world.shared.lock().references.push((name.into(), held));
        }
    }

    /// The `release` step: of a reference, or of an activity object.
    pub(super) fn release(&mut self, name: &str) -> Result<(), StepError> {
        let activity = self.world.shared.lock().activities.remove(name);
        match (activity, self.world.named(name)) {
            (Some(activity), _) => {
                drop(activity);
                Ok(())
            }
            (None, Some(Named::Object(_))) => Err(self.missing(name)),
            (None, _) => {
                self.held(name)?;
                self.let_go(name)
            }
        }
    }

    fn let_go(&mut self, name: &str) -> Result<(), StepError> {
        let locals = &mut self.scope.locals;
        let local = locals.iter().position(|(known, _)| known == name).map(|at| locals.remove(at));
        let found = local.or_else(|| {
            let references = &mut self.world.shared.lock().references;
            let at = references.iter().position(|(known, _)| known == name).filter(|_| !self.scope.is_method)?;
            Some(references.remove(at))
        });
        Ok(found.map_or(Ok(()), |(_, held)| held.reference.release())?)
    }

    /// The end of a thread or of a method: what it holds is released, what came last first.
    pub(super) fn let_go_of_all(&mut self) {
        while let Some((_, held)) = self.scope.locals.pop() {
            let _ = held.reference.release();
        }
        if self.served.is_some() {
            return;
        }
        loop {
            let mut shared = self.world.shared.lock();
            let Some(at) = shared.references.iter().rposition(|(_, held)| held.thread == self.index) else { return };
            let (_, held) = shared.references.remove(at);
            drop(shared);
            let _ = held.reference.release();
        }
    }
}

/// Notes in which apartment the context is that this thread has entered last.
pub(super) fn note_apartment(world: &super::world::World) -> Option<ApartmentType> {
    let apartment = here()?;
    if let Some(context) = world.recorder.call_entered().and_then(|event| event.context) {
        world.shared.lock().apartments.insert(context, apartment);
    }
    Some(apartment)
}
