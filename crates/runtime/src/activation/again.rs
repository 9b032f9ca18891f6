//! The fast path of an activation: one that a thread repeats, from a context without transaction, while nobody
//! observes.
//!
//! The same rules decide as on the way step by step ([`Configured::create`]), which everything takes that does not fit;
//! nothing has changed then.

use super::{Activation, Configured, creator};
use crate::{
    class::Server,
    interception::{self, call, leave_creation},
    machine::gate,
    reference::{Lent, Reference},
    thread::{
        self, Binding,
        frame::{Frame, Kind},
    },
};
use complus_core::{
    attribute::ClassContext,
    error::{ClassError, Error, Result},
    hresult::S_OK,
    rules::{
        activation::{self, Decision},
        class_apartment::Creator,
        gates,
        placement::{Origin, Placement},
        security,
        synchronization::Activity,
        transaction::Transaction,
    },
    stack::PushedBy,
};
use complus_sync::Arc;

/// What was decided.
enum Way {
    /// Step 12: the object comes to live with its creator.
    CreatorsContext(Arc<Server>),
    /// Step 14: it gets a context of its own, which was entered; what makes it, unless it comes from a pool.
    OwnContext(Lent, Option<Arc<Server>>),
}

/// Makes the object of a request, if that can be done so.
#[inline]
pub(super) fn create(request: &Activation) -> Option<Result<Reference>> {
    Some(match thread::try_active(|binding| decide(binding, request))? {
        Way::CreatorsContext(server) => in_creators_context(&server, request),
        Way::OwnContext(lent, server) => in_own_context(lent, server.as_deref(), request),
    })
}

fn in_creators_context(server: &Server, request: &Activation) -> Result<Reference> {
    let object = interception::masked(|| server.make_instance())?;
    Reference::new(object)?.having(request.interface)
}

/// The context was entered; it is left here, whatever happens.
fn in_own_context(lent: Lent, server: Option<&Server>, request: &Activation) -> Result<Reference> {
    let mut made = Err(ClassError::NotRegistered.into());
    let ended = call(|| {
        made = lent.begin_again(server, request.interface);
        made.as_ref().map_or_else(|error: &Error| error.hresult(), |_| S_OK)
    });
    leave_creation(lent.context()?, ended)?;
    lent.into_reference(made?)
}

#[inline]
fn decide(binding: &mut Binding, request: &Activation) -> Option<Way> {
    let (machine, process) = (binding.machine.as_ref()?, binding.process.as_ref()?);
    let quiet = machine.gate() & !gate::VIRTUAL == 0 && machine.memory.is_none();
    if !quiet || !is_plain(request) || process.instance().is_some() || !process.classes.none_registered() {
        return None;
    }
    let creator = creator::creator(binding)?;
    let top = binding.stack.top()?;
    let com = binding.com.as_mut()?;
    let class = com.classes.as_mut()?.find(machine, request)?;
    let configured = &class.configured;
    let origin = origin(top, configured)?;
    let gates = configured.gates(gates::Instance::Running, true, true);
    let Decision { context, .. } = activation::configured(
        &gates,
        &configured.class.component,
        activation::Request::default(),
        creator,
        &origin,
        &machine.compat,
        &mut (),
    )
    .ok()?;
    let (simple, pooled) = (configured.only_obtains(), configured.class.pool.is_some());
    match context {
        Placement::CreatorsContext if simple && !pooled => class.server(process).map(Way::CreatorsContext),
        // What flows into it from a component's context is not looked at here.
        Placement::OwnContext { activity: Activity::None, transaction: Transaction::None, .. }
            if simple && top.pushed_by != PushedBy::Call && creator == Creator::Mta && binding.stack.has_room() =>
        {
            let server = if pooled { None } else { Some(class.server(process)?) };
            let spare = com.spares.lend(&class.configured, top.number)?;
            Some(Way::OwnContext(spare.enter(binding)?, server))
        }
        _ => None,
    }
}

/// Whether nothing is asked for beside the class.
#[inline]
fn is_plain(request: &Activation) -> bool {
    let from_default = request.contexts.contains(ClassContext::FROM_DEFAULT_CONTEXT);
    !from_default && request.partition.is_none() && request.transaction.is_none() && !request.aggregated
}

/// The creator's context, if it has neither a transaction nor anything rare.
#[inline]
fn origin(top: &Frame, configured: &Configured) -> Option<Origin> {
    if top.kind > Kind::InActivity {
        return None;
    }
    match top.pushed_by {
        PushedBy::Apartment => Some(Origin::DEFAULT_CONTEXT),
        // A frame of a component that does not name it may be one of the class's own application.
        PushedBy::Call if security::has_property(configured.class.component.security) => None,
        PushedBy::Domain | PushedBy::Call => Some(Origin {
            default_context: false,
            activity: top.activity.is_some(),
            same_partition: top.partition == 0,
            ..Origin::DEFAULT_CONTEXT
        }),
        PushedBy::DefaultCall | PushedBy::Poll | PushedBy::Leaving | PushedBy::Masked => None,
    }
}
