//! What a scenario file says, as plain data.

mod component;
mod services;
mod step;

pub(crate) use component::class;
pub use component::{Cast, Class, Create, Interface, Invoke, Life, Method, Turn};
pub use services::{ActivityDeclaration, CallStep, Enter, OnErrorBlock, Services};
pub use step::{Action, Administration, Step, Work};

use complus_catalog::{Application, Catalog};
use complus_core::{Compat, id::PartitionId};
use complus_runtime::{Knobs, PoolSettings};
use complus_sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A scenario: a machine, and what its threads do.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows.
    pub title: String,
    /// The seed the file asks for.
    pub seed: Option<u64>,
    /// The policy switches.
    pub compat: Compat,
    /// Resource managers.
    pub managers: Vec<Manager>,
    /// The partitions of the catalog that steps can name, beside the global one.
    pub partitions: Vec<PartitionDeclaration>,
    /// Whom threads run as.
    pub principal: Option<String>,
    /// The machine's default time-out.
    pub default_timeout: Option<Duration>,
    /// The thread pools.
    pub pools: Pools,
    /// The class registration database, if the file has any.
    pub catalog: Option<Catalog>,
    /// Every class that the file or its catalog knows.
    pub classes: Vec<Arc<Class>>,
    /// The threads, in the order of the file.
    pub threads: Vec<Thread>,
    /// The file.
    pub source: crate::Source,
}

impl Scenario {
    /// The names of its classes, and of what else its catalog has that events may be about: applications, partitions.
    pub(crate) fn names(&self) -> impl Iterator<Item = (Uuid, String)> + '_ {
        let classes = self.classes.iter().map(|class| (class.clsid, class.name.clone()));
        let partitions = self.partitions.iter().map(|partition| (partition.id.0, partition.name.clone()));
        let state = self.catalog.as_ref().map(Catalog::snapshot);
        let name = |application: &Application| (application.id, application.name().to_owned());
        let applications: Vec<_> = state.iter().flat_map(|state| state.applications().iter().map(name)).collect();
        classes.chain(partitions).chain(applications)
    }
}

/// A resource manager with balances in memory.
#[derive(Clone, Debug)]
pub struct Manager {
    /// Its name.
    pub name: String,
    /// Balances below this refuse to prepare.
    pub floor: Option<i64>,
    /// Balances at the start.
    pub seeds: Vec<(String, i64)>,
}

/// A partition of the catalog; its members are there.
#[derive(Clone, Debug)]
pub struct PartitionDeclaration {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: PartitionId,
}

/// How the thread pools are set up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pools {
    /// Processors that the machine is taken to have: a run must not depend on those that it really has.
    pub processors: u32,
    /// The knobs.
    pub knobs: Knobs,
}

impl Default for Pools {
    /// A machine with two processors.
    fn default() -> Self {
        Self { processors: 2, knobs: Knobs::new(2) }
    }
}

impl Pools {
    /// The same for the machine.
    pub fn settings(&self) -> PoolSettings {
        PoolSettings::new().processors(self.processors).knobs(self.knobs)
    }
}

/// The apartment of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApartmentChoice {
    /// A single-threaded one that is not the main one.
    Sta,
    /// A single-threaded one; the main one, since it is the first.
    MainSta,
    /// The multithreaded one.
    Mta,
    /// None.
    None,
}

/// A thread and its steps.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Its name.
    pub name: String,
    /// Its apartment.
    pub apartment: ApartmentChoice,
    /// What it does.
    pub steps: Vec<Step>,
}
