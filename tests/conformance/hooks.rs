//! Classes whose objects run code of a test while they are made, activated and let go of.

use crate::support::{
    World,
    components::{PROBE, clsid},
};
use complus::{ClassFactory, Object, ObjectConstruct, ObjectControl, Result, attribute::ThreadingModel};
use std::sync::Arc;
use uuid::Uuid;

/// Code of a test that runs at such a moment.
pub(crate) type Code = Arc<dyn Fn() -> Result<()> + Send + Sync>;

/// What runs when.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    /// In the constructor.
    pub(crate) constructor: Option<Code>,
    /// In Construct.
    pub(crate) construct: Option<Code>,
    /// In Activate.
    pub(crate) activate: Option<Code>,
    /// In Deactivate; what it answers is of no account.
    pub(crate) deactivate: Option<Code>,
    /// In the destructor; what it answers is of no account.
    pub(crate) destructor: Option<Code>,
    /// CanBePooled says no.
    pub(crate) stays_out: bool,
    /// The objects aggregate the free-threaded marshaler.
    pub(crate) agile: bool,
}

/// A hook.
pub(crate) fn code(run: impl Fn() -> Result<()> + Send + Sync + 'static) -> Option<Code> {
    Some(Arc::new(run))
}

fn run(code: &Option<Code>) -> Result<()> {
    code.as_ref().map_or(Ok(()), |code| code())
}

/// Registers the class of this name: without a catalog entry it is unconfigured, and with one made by these hooks.
pub(crate) fn register(world: &World, name: &str, model: ThreadingModel, hooks: &Hooks) {
    let hooks = hooks.clone();
    world.runtime.register_class(clsid(name), model, move || Arc::new(Class(hooks.clone())));
}

struct Class(Hooks);

impl ClassFactory for Class {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        run(&self.0.constructor)?;
        Ok(Arc::new(Hooked(self.0.clone())))
    }
}

struct Hooked(Hooks);

impl Object for Hooked {
    fn supports(&self, interface: Uuid) -> bool {
        interface == PROBE
    }

    fn control(&self) -> Option<&dyn ObjectControl> {
        Some(self)
    }

    fn construction(&self) -> Option<&dyn ObjectConstruct> {
        Some(self)
    }

    fn is_free_threaded(&self) -> bool {
        self.0.agile
    }
}

impl ObjectControl for Hooked {
    fn activate(&self) -> Result<()> {
        run(&self.0.activate)
    }

    fn deactivate(&self) {
        let _ = run(&self.0.deactivate);
    }

    fn can_be_pooled(&self) -> bool {
        !self.0.stays_out
    }
}

impl ObjectConstruct for Hooked {
    fn construct(&self, _: &str) -> Result<()> {
        run(&self.0.construct)
    }
}

impl Drop for Hooked {
    fn drop(&mut self) {
        let _ = run(&self.0.destructor);
    }
}
