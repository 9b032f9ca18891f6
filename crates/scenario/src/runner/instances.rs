//! Objects whose methods and turns of life stand in the file.

use super::{
    calls::facts,
    recorder::{self, now_at},
    references::note_apartment,
    worker::{Scope, Worker},
    world::{Caller, World},
};
use crate::{
    model::{Class, Turn},
    trace::{Kind, StepPlace},
};
use complus_core::{
    Result,
    hresult::{E_UNEXPECTED, RPC_E_SERVERFAULT},
};
use complus_runtime::{ClassFactory, Object, ObjectConstruct, ObjectControl};
use complus_sync::{Arc, Mutex, Weak};
use std::{collections::BTreeMap, panic::resume_unwind};
use uuid::Uuid;

/// What an object keeps as long as it lives, by name.
pub(super) type State = Mutex<BTreeMap<String, String>>;

/// The name under which an object keeps its constructor string.
const CONSTRUCTOR_STRING: &str = "ConstructorString";

/// Makes the classes of a scenario known to its machine.
pub(super) fn register(world: &Arc<World>) {
    for class in &world.scenario.classes {
        let (world_of, made) = (Arc::downgrade(world), class.clone());
        let load =
            move || -> Arc<dyn ClassFactory> { Arc::new(Scripted { world: world_of.clone(), class: made.clone() }) };
        world.runtime.register_class(class.clsid, class.threading_model, load);
    }
}

/// The class object.
struct Scripted {
    // Not the world itself: its machine knows the class.
    world: Weak<World>,
    class: Arc<Class>,
}

impl ClassFactory for Scripted {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        if let Some(world) = self.world.upgrade() {
            note_apartment(&world);
        }
        let (world, class) = (self.world.clone(), self.class.clone());
        Ok(Arc::new(Instance { world, class, state: Arc::default() }))
    }
}

/// An object.
pub(super) struct Instance {
    world: Weak<World>,
    class: Arc<Class>,
    pub(super) state: Arc<State>,
}

impl Instance {
    /// Does a turn of its life, in the context that it is in.
    fn turn(&self, turn: Option<&Turn>) -> Result<()> {
        let (Some(turn), Some(world), before) = (turn, self.world.upgrade(), recorder::here()) else { return Ok(()) };
        let Some(thread) = before.0.filter(|_| !world.stopped()) else { return Ok(()) };
        let place = StepPlace { line: turn.line, span: turn.span };
        now_at(Some(thread), Some(place));
        world.recorder.record(Kind::Began);
        let caller = Caller { thread, ..Caller::default() };
        let scope = Scope { is_method: true, state: Some(self.state.clone()), ..Scope::default() };
        let entered = facts(&world, caller, thread);
        let mut worker = Worker::serving(&world, thread, &turn.body, entered, caller).with_scope(scope);
        let result = worker.serve(place);
        drop(worker);
        now_at(Some(thread), Some(place));
        world.recorder.record(Kind::Ended { hresult: result.unwrap_or(RPC_E_SERVERFAULT), message: None });
        now_at(before.0, before.1);
        let code = result.unwrap_or_else(|| resume_unwind(Box::new(())));
        let code = if world.stopped() { E_UNEXPECTED } else { code };
        if code.is_failure() { Err(code.into()) } else { Ok(()) }
    }
}

impl Object for Instance {
    fn supports(&self, interface: Uuid) -> bool {
        self.class.interfaces().any(|known| known.iid == interface)
    }

    fn is_marshalable(&self, interface: Uuid) -> bool {
        !self.class.private && self.supports(interface)
    }

    fn control(&self) -> Option<&dyn ObjectControl> {
        self.class.life.is_controlled().then_some(self)
    }

    fn construction(&self) -> Option<&dyn ObjectConstruct> {
        self.class.life.construct.is_some().then_some(self)
    }

    fn is_free_threaded(&self) -> bool {
        self.class.free_threaded
    }
}

impl ObjectConstruct for Instance {
    fn construct(&self, string: &str) -> Result<()> {
        self.state.lock().insert(CONSTRUCTOR_STRING.into(), string.into());
        self.turn(self.class.life.construct.as_ref())
    }
}

impl ObjectControl for Instance {
    fn activate(&self) -> Result<()> {
        self.turn(self.class.life.activate.as_ref())
    }

    fn deactivate(&self) {
        // It has nobody to answer.
        let _ = self.turn(self.class.life.deactivate.as_ref());
    }

    fn can_be_pooled(&self) -> bool {
        self.class.life.can_be_pooled.unwrap_or(true)
    }
}
