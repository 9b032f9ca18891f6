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
    Error,
    error::{ActivationError, CallError, Result},
    event::What,
    hresult,
    rules::{activation::Decision, placement::Placement},
};
use complus_sync::{Arc, Mutex};

/// What an instance is asked for.
pub(super) struct Elsewhere {
    pub(super) configured: Arc<Configured>,
    pub(super) machine: Arc<Machine>,
    pub(super) request: Activation,
    /// The creator, as far as it travels: activity, transaction, user properties.
    pub(super) facts: CreatorFacts,
    pub(super) decision: Decision,
}

/// So many instances in a row may end before the request has reached them.
const MOST_INSTANCES: u32 = 5;

/// A request that has not been taken up yet.
type Pending = Arc<Mutex<Option<Elsewhere>>>;

impl Elsewhere {
    /// Has a thread of the instance's MTA make the object, and gives a reference to it for the current context. An instance
    /// that ends before it has taken up the request - an administrator was faster, it died - is replaced (ACT 3.3).
    ///
    /// # Errors
    /// CO_E_SERVER_STOPPING when one instance after the other ended so; CO_E_SERVER_PAUSED when all that are left are
    /// paused; those of the creation, which is not tried again.
    pub(super) fn create(self, mut arriving: Arriving) -> Result<Reference> {
        let (machine, application) = (self.machine.clone(), self.configured.application.clone());
        let class = self.configured.class.clsid;
        let refused = |error: &Error| machine.emit_here(What::ActivationRefused { class, error: error.hresult() });
        let pending: Pending = Arc::new(Mutex::new(Some(self)));
        for _ in 1..MOST_INSTANCES {
            match ask(&machine, &pending, &arriving) {
                Some(made) => return made?.unmarshal(), // it is held before the guard goes
                None => arriving = machine.applications.take(&machine, &application).inspect_err(refused)?,
            }
        }
        let made = ask(&machine, &pending, &arriving);
        made.ok_or(ActivationError::Stopping).map_err(Error::from).inspect_err(refused)??.unmarshal()
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

/// Asks the instance for the object; none if it ended before it took up the request.
fn ask(machine: &Arc<Machine>, pending: &Pending, arriving: &Arriving) -> Option<Result<Marshaled>> {
    let instance = arriving.instance.clone();
    let context: Arc<dyn InContext> = place::default_context(machine.clone(), instance.process.clone(), Home::Mta);
    let make = {
        let (pending, instance) = (pending.clone(), instance.clone());
        move || {
            // Whoever comes late, even after the next instance was asked, finds that it has ended.
            let asked = if instance.has_ended() { None } else { pending.lock().take() };
            asked.ok_or(CallError::ServerDiedDidNotExecute)?.make(instance.process.clone())
        }
    };
    let made = interception::visit(&context, place::CREATE, make);
    let gone = [hresult::RPC_E_DISCONNECTED, hresult::RPC_E_SERVER_DIED_DNE];
    let ended = made.as_ref().is_err_and(|error| gone.contains(&error.hresult())) && instance.has_ended();
    if ended && pending.lock().is_some() { None } else { Some(made) }
}
