//! The instances of a machine, and the choice of the one that takes an activation.

use super::{Instance, life::Arriving};
use crate::machine::Machine;
use complus_catalog::{Application, schema::application as app};
use complus_core::{
    error::{ActivationError, Result},
    event::ApplicationStep,
    explain::Explain,
    rules::application_instance::{self, Choice, State},
};
use complus_sync::{Arc, Mutex};
use uuid::Uuid;

/// The instances that have not ended, each application's in the order in which they last took an activation.
#[derive(Default)]
pub(crate) struct Applications(Mutex<Vec<Arc<Instance>>>);

/// ConcurrentApps.
fn most(application: &Application) -> u32 {
    u32::try_from(application.node().get(app::CONCURRENT_APPS)).unwrap_or(1)
}

impl Applications {
    /// Who would take an activation of the application now.
    pub(crate) fn look(&self, application: &Application, explain: &mut impl Explain) -> Choice {
        choose(&self.0.lock(), application, explain).0
    }

    /// An instance that takes an activation, started if need be; it stays until the guard is gone.
    ///
    /// # Errors
    /// CO_E_SERVER_PAUSED.
    pub(crate) fn take(&self, machine: &Arc<Machine>, application: &Application) -> Result<Arriving> {
        let mut all = self.0.lock();
        let started = match choose(&all, application, &mut ()) {
            (Choice::Start, _) => {
                let instance = Instance::start(machine, application);
                all.push(instance.clone());
                Some(instance)
            }
            (Choice::Instance(_), Some(place)) => {
                let chosen = all.remove(place);
                all.push(chosen);
                None
            }
            _ => return Err(ActivationError::Paused.into()),
        };
        let chosen = all.last().cloned().ok_or(ActivationError::Stopping)?;
        let arriving = Arriving::at(machine, chosen);
        drop(all);
        if let Some(instance) = started {
            instance.started(machine);
        }
        Ok(arriving)
    }

    /// StartApplication: another instance while there is room for one, else one of those that are there.
    pub(super) fn start(&self, machine: &Arc<Machine>, application: &Application) -> Arc<Instance> {
        let mut all = self.0.lock();
        let of_it = || all.iter().filter(|instance| instance.application == application.id);
        let there = of_it().find(|instance| instance.state().is_in_pool()).cloned();
        match there {
            Some(instance) if !application_instance::starts(of_it().map(|it| it.state()), most(application)) => {
                instance
            }
            _ => {
                let instance = Instance::start(machine, application);
                all.push(instance.clone());
                drop(all);
                instance.started(machine);
                instance
            }
        }
    }

    /// Those of an application, or all, in the order in which they were started.
    pub(super) fn all(&self, application: Option<Uuid>) -> Vec<Arc<Instance>> {
        let wanted = |instance: &&Arc<Instance>| application.is_none_or(|id| instance.application == id);
        let mut found: Vec<_> = self.0.lock().iter().filter(wanted).cloned().collect();
        found.sort_by_key(|instance| instance.process.number);
        found
    }

    /// One has ended.
    pub(super) fn forget(&self, instance: &Instance) {
        self.0.lock().retain(|known| !std::ptr::eq(&**known, instance));
    }
}

/// The choice, and the place of the chosen one among all.
fn choose(all: &[Arc<Instance>], application: &Application, explain: &mut impl Explain) -> (Choice, Option<usize>) {
    let of_it = all.iter().enumerate().filter(|(_, instance)| instance.application == application.id);
    let (places, states): (Vec<usize>, Vec<State>) = of_it.map(|(place, instance)| (place, instance.state())).unzip();
    let choice = application_instance::choose(states.iter().copied(), most(application), explain);
    let place = match choice {
        Choice::Instance(index) => places.get(index).copied(),
        Choice::Start | Choice::Paused => None,
    };
    (choice, place)
}

impl Instance {
    /// Tells that it was started, and sets the clock for its end.
    fn started(self: &Arc<Self>, machine: &Arc<Machine>) {
        self.tell(machine, ApplicationStep::Started);
        self.watch_lifetime(machine);
        self.watch_memory(machine, false);
        self.watch_idleness(machine, true);
    }
}
