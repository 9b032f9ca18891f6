//! The fast path of an activation: one that a thread repeats, of a class without a life of its own, from a context
//! without services, while nobody observes.
//!
//! The same rules decide as on the way step by step ([`Configured::create`]), which everything takes that does not fit;
//! nothing has changed then.

use super::{Activation, Configured, creator, remembered};
use crate::{
    class::Recalled,
    interception,
    machine::gate,
    reference::Reference,
    thread::{
        self, Binding,
        frame::{Frame, Kind},
    },
};
use complus_core::{
    attribute::ClassContext,
    error::Result,
    rules::{
        activation::{self, Decision},
        gates,
        placement::{Origin, Placement},
        security,
    },
    stack::PushedBy,
};

/// Makes the object of a request, if that can be done so.
#[inline]
pub(super) fn create(request: &Activation) -> Option<Result<Reference>> {
    let server = thread::try_active(|binding| find(binding, request))?;
    let created = in_creators_context(&server, request);
    remembered::give_back(request, server);
    Some(created)
}

/// Step 12: the object comes to live with its creator.
fn in_creators_context(server: &Recalled, request: &Activation) -> Result<Reference> {
    let object = interception::masked(|| server.make_instance())?;
    Reference::new(object)?.having(request.interface)
}

/// What makes the object, once it is decided that it shares its creator's context.
#[inline]
fn find(binding: &mut Binding, request: &Activation) -> Option<Recalled> {
    let (machine, process) = (binding.machine.as_ref()?, binding.process.as_ref()?);
    let quiet = machine.gate() & !gate::VIRTUAL == 0 && machine.memory.is_none();
    if !quiet || !is_plain(request) || process.instance().is_some() || !process.classes.none_registered() {
        return None;
    }
    let creator = creator::creator(binding)?;
    let class = binding.com.as_mut()?.classes.as_mut()?.find(machine, request)?;
    let configured = &class.configured;
    let origin = origin(binding.stack.top()?, configured)?;
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
    match context {
        Placement::CreatorsContext if configured.only_creates() => class.take_server(process),
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
