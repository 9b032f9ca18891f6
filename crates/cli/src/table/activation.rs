//! Tables of activation: placement, references, properties (ACT 4.3 to 6).

use super::{Grid, Known, cell, yes_no};
use complus_core::{
    Compat, Error,
    attribute::{IsolationLevel, SynchronizationAttribute, ThreadingModel, TransactionAttribute},
    context::PropertyKind,
    rules::{
        activation::{self, Decision, Request},
        class_apartment::Creator,
        gates::Facts,
        own_reasons::OwnReasons,
        placement::{self, Component, Origin, Placement},
        property_flow::{self, Intrinsics},
        reference::Reference,
        synchronization::Activity,
        transaction::Transaction,
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("placement", "The context of a component without other reasons for its own", "ACT 4.3", placement),
    ("placement-other-reason", "The same, with another reason for an own context", "ACT 4.3", placement_other_reason),
    ("placement-1.0", "The same as placement, with sync_required_shares = false", "ACT 4.3", placement_1_0),
    ("must-run", "What MustRunInDefaultContext and MustRunInClientContext do", "ACT 4.5", must_run),
    ("activation", "The context and the reference, by kind of class and apartment", "ACT 4.6, 5.1, 8.1", references),
    ("property-flow", "Which named properties of its creator's context an object sees", "ACT 6", property_flow),
];

const OWN: Origin = Origin { default_context: false, ..Origin::DEFAULT_CONTEXT };
const ACTIVITY: Origin = Origin { activity: true, ..OWN };
const BOTH: Origin = Origin { transaction: Some(IsolationLevel::Serializable), ..ACTIVITY };
const SYNTHETIC: Origin = Origin { activity: false, ..BOTH };
const RAW: Component = Component::RAW;

fn placement() -> Grid {
    composite(RAW, Compat::default())
}

fn placement_other_reason() -> Grid {
    composite(Component { tracked: true, ..RAW }, Compat::default())
}

fn placement_1_0() -> Grid {
    composite(RAW, Compat { sync_required_shares: false, ..Compat::default() })
}

/// The coherent rows of ACT 4.3, with the other settings of `base`.
fn composite(base: Component, compat: Compat) -> Grid {
    let mut grid = Grid::new([
        "Tx",
        "Sync",
        "JIT",
        "creator: no activity, no tx",
        "creator: A, no tx",
        "creator: A, T",
        "creator: no activity, T (synthetic)",
    ]);
    for just_in_time in [false, true] {
        for &transaction in TransactionAttribute::ALL {
            for &synchronization in SynchronizationAttribute::ALL {
                let component = Component { transaction, synchronization, just_in_time, ..base };
                if !component.services().is_coherent() {
                    continue;
                }
                let labels = [transaction.name(), synchronization.name(), if just_in_time { "on" } else { "off" }];
                let cells = [OWN, ACTIVITY, BOTH, SYNTHETIC].map(|origin| {
                    cell(placement::component(&component, &origin, &compat, &mut ()), |place| context_word(&place))
                });
                grid.row(labels.map(Into::into).into_iter().chain(cells));
            }
        }
    }
    grid
}

/// A placement in the notation of ACT 4.3.
fn context_word(placement: &Placement) -> String {
    match placement {
        Placement::CreatorsContext => "CALLER".into(),
        Placement::DefaultContext => "DEFAULT".into(),
        Placement::OwnContext { activity, transaction, .. } => {
            let activity = match activity {
                Activity::None => "-",
                Activity::Callers => "A",
                Activity::New => "A'",
            };
            let transaction = match transaction {
                Transaction::None => "-",
                Transaction::Callers => "T",
                Transaction::New => "T'*",
                Transaction::Brought => "brought",
            };
            format!("OWN {activity}/{transaction}")
        }
    }
}

/// An activation whose apartment is the creator's, or another one.
fn activate(component: Component, same_apartment: bool, origin: Origin) -> Result<Decision, Error> {
    let threading_model = if same_apartment { ThreadingModel::Both } else { ThreadingModel::Apartment };
    let component = Component { threading_model, ..component };
    let compat = Compat::default();
    activation::configured(&Facts::OPEN, &component, Request::default(), Creator::Mta, &origin, &compat, &mut ())
}

fn must_run() -> Grid {
    let mut grid = Grid::new(["InDefault", "InClient", "own reasons", "apartment", "creator's context", "result"]);
    let reasons = [("none", RAW), ("some", Component { tracked: true, ..RAW })];
    for (default, client) in [(false, false), (false, true), (true, false), (true, true)] {
        for (word, base) in reasons {
            for same_apartment in [true, false] {
                for (creator, origin) in [("default", Origin::DEFAULT_CONTEXT), ("not default", BOTH)] {
                    let component =
                        Component { must_run_in_default_context: default, must_run_in_client_context: client, ..base };
                    let here = Origin { same_apartment, ..origin };
                    let result = cell(activate(component, same_apartment, origin), |Decision { context, .. }| {
                        let word = match context {
                            _ if context.is_creators(&here) => "creator's context",
                            Placement::OwnContext { .. } => "own context",
                            _ => "default context of the class's apartment",
                        };
                        word.into()
                    });
                    let apartment = if same_apartment { "the creator's" } else { "another" };
                    grid.row([yes_no(default), yes_no(client), word, apartment, creator, &result]);
                }
            }
        }
    }
    grid
}

fn references() -> Grid {
    let mut grid = Grid::new(["class", "creator's context", "apartment", "context", "the creator gets"]);
    let default = Component { must_run_in_default_context: true, ..RAW };
    let classes = [
        ("unconfigured", None),
        ("configured, no reasons", Some(RAW)),
        ("configured, with reasons", Some(Component { tracked: true, ..RAW })),
        ("configured, MustRunInDefaultContext", Some(default)),
    ];
    let apartments = [
        ("the creator's", ThreadingModel::Both, true),
        ("the neutral one", ThreadingModel::Neutral, true),
        ("another", ThreadingModel::Apartment, true),
        ("in another process", ThreadingModel::Both, false),
    ];
    for (class, component) in classes {
        for (creator, origin) in [("default", Origin::DEFAULT_CONTEXT), ("not default", BOTH)] {
            for (apartment, model, same_process) in apartments {
                let origin = Origin { same_process, ..origin };
                let (request, compat) = (Request::default(), Compat::default());
                let decision = match component {
                    None if !same_process => continue, // only applications have processes
                    None => {
                        activation::unconfigured(model, request, Creator::Mta, &origin, &mut ()).map_err(Into::into)
                    }
                    Some(component) => {
                        let component = Component { threading_model: model, ..component };
                        activation::configured(
                            &Facts::OPEN,
                            &component,
                            request,
                            Creator::Mta,
                            &origin,
                            &compat,
                            &mut (),
                        )
                    }
                };
                let context = cell(decision, |decision| match decision.context {
                    Placement::CreatorsContext => "the creator's".into(),
                    Placement::OwnContext { .. } => "its own".into(),
                    Placement::DefaultContext => "the default one of its apartment".into(),
                });
                let reference = cell(decision, |decision| reference_word(decision.reference).into());
                grid.row([class, creator, apartment, &context, &reference]);
            }
        }
    }
    grid
}

fn reference_word(reference: Reference) -> &'static str {
    match reference {
        Reference::Raw => "the pointer",
        Reference::Lightweight => "a lightweight proxy",
        Reference::Switching => "a proxy with thread switch",
        Reference::Remote => "a proxy to another process",
    }
}

fn property_flow() -> Grid {
    let mut grid = Grid::new(["property", "setting", "creator's context", "own context", "default context"]);
    let own = Placement::OwnContext {
        reasons: OwnReasons::default(),
        activity: Activity::None,
        transaction: Transaction::None,
    };
    for (property, kind) in [
        ("Application, Request, Response, Server, Session", PropertyKind::Iis),
        ("host-security-callback.cedar.microsoft.com", PropertyKind::Comti),
        ("any other name", PropertyKind::Custom),
    ] {
        for on in [true, false] {
            let setting = match kind {
                PropertyKind::Iis => format!("IISIntrinsics {on}"),
                PropertyKind::Comti => format!("COMTIIntrinsics {on}"),
                PropertyKind::Custom if on => "any".into(),
                PropertyKind::Custom => continue,
            };
            let sees = |placement| {
                let seen = property_flow::sees(kind, &placement, Intrinsics { iis: on, comti: on });
                match (placement, seen) {
                    (_, false) => "not there",
                    (Placement::CreatorsContext, true) => "seen",
                    (_, true) => "copied",
                }
            };
            let cells = [Placement::CreatorsContext, own, Placement::DefaultContext].map(sees);
            grid.row([property, &setting].into_iter().chain(cells));
        }
    }
    grid
}
