//! The table of the other attributes of a component: which force it into a context of its own, and what they do where
//! it lands (ACT 4.4).

use super::{Grid, Known, yes_no};
use complus_core::{
    Compat,
    attribute::IsolationLevel,
    context::{Flags, PropertyKind},
    rules::{
        just_in_time,
        life_cycle::{self, Life, Step},
        placement::{self, Component, Origin, Placement},
        property_flow::{self, Intrinsics},
        security::{self, Switches},
    },
};

/// The one table.
pub(super) const KNOWN: &[Known] = &[(
    "other-attributes",
    "Which other attributes force a context of their own, and what they do in it and in a shared one",
    "ACT 4.4",
    attributes,
)];

const RAW: Component = Component::RAW;
const OWN: Origin = Origin { default_context: false, ..Origin::DEFAULT_CONTEXT };
const LEVEL_1: Switches = Switches { application_checks: true, component_level: true, component_checks: false };

/// What an attribute does in a context, own or not.
type Effect = fn(Component, Placement) -> &'static str;

fn attributes() -> Grid {
    let mut grid = Grid::new(["attribute", "switch", "forces own context", "effect when own", "effect when shared"]);
    let jit = Component { just_in_time: true, ..RAW };
    let tracked = Component { tracked: true, ..RAW };
    let checked = |security| Component { security, ..RAW };
    let (level_0, off) =
        (Switches { component_level: false, ..LEVEL_1 }, Switches { application_checks: false, ..LEVEL_1 });
    let isolation = Component { isolation: IsolationLevel::ReadCommitted, ..RAW };
    let elsewhere = Origin { same_apartment: false, ..OWN };
    let same_application = Origin { same_security: true, ..OWN };
    let rows: [(&str, Component, Origin, Option<&str>, Effect); 13] = [
        ("JustInTimeActivation", jit, OWN, None, just_in_time),
        ("ObjectPoolingEnabled", RAW, OWN, None, pooled),
        ("ConstructionEnabled", RAW, OWN, None, constructed),
        ("EventTrackingEnabled, with EventsEnabled", tracked, OWN, None, nothing),
        ("EventTrackingEnabled, with EventsEnabled", tracked, OWN, Some("tracking_needs_context = false"), nothing),
        ("AccessChecksLevel 1, checks enabled", checked(LEVEL_1), OWN, None, secured),
        (
            "the same, creator of the same application and level",
            checked(LEVEL_1),
            same_application,
            Some("security_shares_within_application = true"),
            secured,
        ),
        ("AccessChecksLevel 0", checked(level_0), OWN, None, secured),
        ("AccessChecksLevel 1, ApplicationAccessChecksEnabled off", checked(off), OWN, None, secured),
        ("threading model of another apartment", RAW, elsewhere, None, nothing),
        ("IISIntrinsics", RAW, OWN, None, iis),
        ("COMTIIntrinsics", RAW, OWN, None, comti),
        ("TxIsolationLevel without transaction", isolation, OWN, None, nothing),
    ];
    for (attribute, component, origin, switch, effect) in rows {
        let default = Compat::default();
        let compat = match switch {
            None => default,
            Some(_) => Compat { tracking_needs_context: false, security_shares_within_application: true, ..default },
        };
        let place = |component: Component, compat: &Compat| {
            placement::component(&component, &origin, compat, &mut ()).expect("no flag asks for a certain context")
        };
        let placed = place(component, &compat);
        let forces = placed != Placement::CreatorsContext;
        // another reason gives it a context of its own where the attribute does not
        let own = place(Component { tracked: true, ..component }, &default);
        let shared = if forces { "impossible" } else { effect(component, placed) };
        grid.row([attribute, switch.unwrap_or("-"), yes_no(forces), effect(component, own), shared]);
    }
    grid
}

fn nothing(_: Component, _: Placement) -> &'static str {
    "none of its own"
}

fn just_in_time(component: Component, _: Placement) -> &'static str {
    let done = Flags { consistent: true, done: true };
    if just_in_time::deactivates(component.just_in_time, done, false) { "deactivated when done" } else { "stays" }
}

fn secured(component: Component, _: Placement) -> &'static str {
    if security::has_property(component.security) { "security property" } else { "no security property" }
}

fn life(placement: Placement, pooled: bool) -> Life {
    let controlled = life_cycle::controls(placement != Placement::CreatorsContext, pooled);
    Life { just_in_time: false, pooled, constructed: true, controlled }
}

fn pooled(_: Component, placement: Placement) -> &'static str {
    let first = life_cycle::creation(life(placement, true), true).next();
    if first == Some(Step::CheckOut) { "instance from the pool" } else { "new instance" }
}

fn constructed(_: Component, placement: Placement) -> &'static str {
    let steps = life_cycle::creation(life(placement, false), false);
    if steps.filter(|step| *step == Step::Construct).count() == 1 { "Construct, once" } else { "no Construct" }
}

fn iis(_: Component, placement: Placement) -> &'static str {
    intrinsics(PropertyKind::Iis, placement)
}

fn comti(_: Component, placement: Placement) -> &'static str {
    intrinsics(PropertyKind::Comti, placement)
}

fn intrinsics(kind: PropertyKind, placement: Placement) -> &'static str {
    match (property_flow::sees(kind, &placement, Intrinsics { iis: true, comti: true }), placement) {
        (false, _) => "properties not there",
        (true, Placement::CreatorsContext) => "the creator's properties are seen",
        (true, _) => "properties copied",
    }
}
