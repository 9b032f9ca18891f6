//! The activation of a server application's component, which an instance of the application carries out (ACT 3.2 step 7).

use super::{Activation, Configured, creator::CreatorFacts, own_context::OwnContext, place};
use crate::{
    apartment::Home,
    application::Arriving,
    interception::{self, InContext},
    machine::Machine,
    object_pool,
    process::ProcessState,
    reference::{Marshaled, Reference},
};
use complus_core::{
    error::Result,
    rules::{activation::Decision, placement::Placement},
};
use complus_sync::Arc;

/// What an instance is asked for.
pub(super) struct Elsewhere {
    pub(super) configured: Arc<Configured>,
    pub(super) machine: Arc<Machine>,
    pub(super) request: Activation,
    /// The creator, as far as it travels: activity, transaction, user properties.
    pub(super) facts: CreatorFacts,
    pub(super) decision: Decision,
}

impl Elsewhere {
    /// Has a thread of the instance's MTA make the object, and gives a reference to it for the current context.
    pub(super) fn create(self, arriving: Arriving) -> Result<Reference> {
        let process = arriving.instance.process.clone();
        let context: Arc<dyn InContext> = place::default_context(self.machine.clone(), process.clone(), Home::Mta);
        let made = interception::visit(&context, place::CREATE, move || self.make(process));
        let reference = made?.unmarshal();
        drop(arriving); // it is held now, or will never be
        reference
    }

    fn make(self, process: Arc<ProcessState>) -> Result<Marshaled> {
        let Self { configured, machine, request, facts, decision } = self;
        object_pool::application_started(&machine, &process, configured.application.id);
        match decision.context {
            Placement::OwnContext { activity, transaction, .. } => {
                let own = OwnContext { configured, machine, process, request: &request };
                own.make(&facts, decision, activity, transaction)
            }
            // No context spans two processes.
            Placement::DefaultContext | Placement::CreatorsContext => {
                let component = configured.alone(machine, process);
                let made = place::in_default_context(&facts, decision.apartment, component, &request)?;
                made.marshal_for(request.interface)
            }
        }
    }
}
