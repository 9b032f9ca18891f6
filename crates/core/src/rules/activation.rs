//! A whole activation: the gates, the apartment, the context, and what its creator gets (ACT 3.2).

use super::{
    class_apartment::{self, Creator},
    gates,
    placement::{self, Component, Origin, Placement},
    reference::{self, Reference},
};
use crate::{
    Compat,
    attribute::ThreadingModel,
    error::{ActivationError, Error},
    explain::Explain,
};

/// What the request asks for beside the class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// It names an outer object, to aggregate the new one.
    pub aggregated: bool,
    /// The component is pooled.
    pub pooled: bool,
}

/// Where the object goes, and what its creator gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its apartment.
    pub apartment: class_apartment::Placement,
    /// Its context.
    pub context: Placement,
    /// What its creator gets.
    pub reference: Reference,
}

/// Activates a configured component; step 6 and steps 8 to 15.
///
/// `origin.same_apartment` is found out here. An activation from another process arrives on a thread of the
/// multithreaded apartment, whatever `creator` says (ACT 5.2).
///
/// # Errors
/// Those of [`gates::check`] and [`placement::component`]; CLASS_E_NOAGGREGATION for an outer object in another context,
/// or around a pooled one.
pub fn configured(
    facts: &gates::Facts,
    component: &Component,
    request: Request,
    creator: Creator,
    origin: &Origin,
    compat: &Compat,
    explain: &mut impl Explain,
) -> Result<Decision, Error> {
    gates::check(facts, component, origin, compat, explain)?;
    let creator = if origin.same_process { creator } else { Creator::Mta };
    let apartment = class_apartment::place(component.threading_model, creator, explain);
    let origin = Origin { same_apartment: !apartment.proxy, ..*origin };
    let context = placement::component(component, &origin, compat, explain)?;
    Ok(finish(request, creator, &origin, apartment, context, explain)?)
}

/// Activates a class without catalog entry; steps 8, 9 and 15.
///
/// # Errors
/// CLASS_E_NOAGGREGATION for an outer object in another context.
pub fn unconfigured(
    model: ThreadingModel,
    request: Request,
    creator: Creator,
    origin: &Origin,
    explain: &mut impl Explain,
) -> Result<Decision, ActivationError> {
    let apartment = class_apartment::place(model, creator, explain);
    let origin = Origin { same_apartment: !apartment.proxy, ..*origin };
    let context = placement::unconfigured(origin.same_apartment, explain);
    finish(request, creator, &origin, apartment, context, explain)
}

fn finish(
    request: Request,
    creator: Creator,
    origin: &Origin,
    apartment: class_apartment::Placement,
    context: Placement,
    explain: &mut impl Explain,
) -> Result<Decision, ActivationError> {
    if request.aggregated && (request.pooled || !context.is_creators(origin)) {
        return Err(ActivationError::NoAggregation);
    }
    let border = context.border(origin, class_apartment::border(creator, apartment));
    Ok(Decision { apartment, context, reference: reference::translate(border, false, explain) })
}
