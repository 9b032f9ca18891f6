//! Tables of what comes before placement: gates, coherence, reasons for an own context (ACT 3.2, 3.3).

use super::{Grid, Known, cell};
use complus_core::{
    Compat,
    attribute::{IsolationLevel, SynchronizationAttribute, TransactionAttribute},
    error::CatalogError,
    rules::{
        coherence::Services,
        gates::{self, Facts, Instance},
        own_reasons::own_reasons,
        placement::{Component, Origin},
        security::Switches,
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("own-reasons", "Why a component needs a context of its own", "ACT 3.2, 4.7", reasons),
    ("gates", "What an activation has to pass first; the first closed gate counts", "ACT 3.3", gates),
    ("coherence", "Transaction, JIT and Synchronization together, at activation", "ACT 3.3, 4.3, SEC A.6.1", coherence),
];

const OWN: Origin = Origin { default_context: false, ..Origin::DEFAULT_CONTEXT };
const BOTH: Origin = Origin { activity: true, transaction: Some(IsolationLevel::Serializable), ..OWN };
const LEVEL_1: Switches = Switches { application_checks: true, component_level: true, component_checks: false };
const RAW: Component = Component::RAW;

fn reasons() -> Grid {
    let mut grid = Grid::new(["setting", "creator", "reasons", "switch", "reasons with the switch turned over"]);
    let default = Compat::default();
    let sync = (Compat { sync_required_shares: false, ..default }, "sync_required_shares");
    let stats = (Compat { tracking_needs_context: false, ..default }, "tracking_needs_context");
    let security =
        (Compat { security_shares_within_application: true, ..default }, "security_shares_within_application");
    let none = (default, "-");
    let any = [("default context", Origin::DEFAULT_CONTEXT), ("own context, A, T", BOTH)];
    let mut row = |setting: String, component: Component, creator: &str, origin: Origin, by: (Compat, &str)| {
        let reasons = [default, by.0].map(|compat| own_reasons(&component, &origin, &compat).to_string());
        let [before, after] = reasons;
        let after = if by.1 == "-" { "-".to_owned() } else { after };
        grid.row([setting, creator.into(), before, by.1.into(), after]);
    };
    for (creator, origin) in any {
        row("none (the raw preset)".into(), RAW, creator, origin, none);
        row("JustInTimeActivation".into(), Component { just_in_time: true, ..RAW }, creator, origin, none);
        for &transaction in TransactionAttribute::ALL {
            row(format!("Transaction {}", transaction.name()), Component { transaction, ..RAW }, creator, origin, none);
        }
        for &synchronization in SynchronizationAttribute::ALL {
            let component = Component { synchronization, ..RAW };
            row(format!("Synchronization {}", synchronization.name()), component, creator, origin, sync);
        }
        let tracked = "EventTrackingEnabled and EventsEnabled";
        row(tracked.into(), Component { tracked: true, ..RAW }, creator, origin, stats);
        let level_0 = Component { security: Switches { component_level: false, ..LEVEL_1 }, ..RAW };
        row("AccessChecksLevel 0".into(), level_0, creator, origin, security);
        let level_1 = Component { security: LEVEL_1, ..RAW };
        row("AccessChecksLevel 1".into(), level_1, creator, origin, security);
        let off = Component { security: Switches { application_checks: false, ..LEVEL_1 }, ..RAW };
        row("AccessChecksLevel 1, ApplicationAccessChecksEnabled off".into(), off, creator, origin, security);
        let partition = Origin { same_partition: false, ..origin };
        row("another partition".into(), RAW, creator, partition, none);
        row("another apartment".into(), RAW, creator, Origin { same_apartment: false, ..origin }, none);
        row("another process".into(), RAW, creator, Origin { same_process: false, ..origin }, none);
    }
    let level_1 = Component { security: LEVEL_1, ..RAW };
    let same = Origin { same_security: true, ..OWN };
    row("AccessChecksLevel 1".into(), level_1, "of the same application, level 1", same, security);
    row("freshly installed".into(), Component::INSTALLED, "own context, A, T", BOTH, none);
    grid
}

fn gates() -> Grid {
    let mut grid = Grid::new(["gate", "code when it is closed"]);
    let open = Facts::OPEN;
    let location = |error| Facts { location: Err(error), ..open };
    let synchronized = Component {
        transaction: TransactionAttribute::Required,
        synchronization: SynchronizationAttribute::Required,
        just_in_time: true,
        ..RAW
    };
    let unsynchronized = Component { synchronization: SynchronizationAttribute::Disabled, ..synchronized };
    let both = Component { must_run_in_client_context: true, must_run_in_default_context: true, ..RAW };
    let weaker = Origin { transaction: Some(IsolationLevel::ReadCommitted), ..BOTH };
    let default = Compat::default();
    let eager = Compat { eager_begin: true, ..default };
    let root = Origin::DEFAULT_CONTEXT;
    for (gate, facts, component, origin, compat) in [
        ("the creator may use the partition", location(CatalogError::PartitionDenied), RAW, root, default),
        (
            "the component is not private to another application",
            location(CatalogError::PrivateDenied),
            RAW,
            root,
            default,
        ),
        ("the class is configured or registered", location(CatalogError::ClassNotRegistered), RAW, root, default),
        ("component and application are enabled", Facts { enabled: false, ..open }, RAW, root, default),
        ("the application is not paused", Facts { instance: Instance::Paused, ..open }, RAW, root, default),
        ("an instance runs or can be started", Facts { instance: Instance::Stopping, ..open }, RAW, root, default),
        ("there is memory", Facts { memory: false, ..open }, RAW, root, default),
        ("the threading model is the recorded one", Facts { same_threading_model: false, ..open }, RAW, root, default),
        ("transaction and JIT have synchronization", open, unsynchronized, root, default),
        ("the row is coherent otherwise", open, Component { just_in_time: false, ..synchronized }, root, default),
        ("the isolation level is not stronger than the transaction's", open, synchronized, weaker, default),
        ("not both MustRun flags are set", open, both, root, default),
        ("the transaction manager is there", Facts { manager: false, ..open }, synchronized, root, default),
        ("the same, under eager_begin", Facts { manager: false, ..open }, synchronized, root, eager),
    ] {
        let checked = gates::check(&facts, &component, &origin, &compat, &mut ());
        grid.row([gate.to_owned(), cell(checked, |()| "no gate: the first call fails".into())]);
    }
    grid
}

fn coherence() -> Grid {
    let mut grid = Grid::new([
        "Transaction",
        "JIT",
        "Sync Disabled",
        "Sync NotSupported",
        "Sync Supported",
        "Sync Required",
        "Sync RequiresNew",
    ]);
    for &transaction in TransactionAttribute::ALL {
        for just_in_time in [false, true] {
            let cells = SynchronizationAttribute::ALL.iter().map(|&synchronization| {
                let services = Services { transaction, just_in_time, synchronization };
                cell(services.check_at_activation(&mut ()), |()| "coherent".into())
            });
            let labels = [transaction.name(), if just_in_time { "on" } else { "off" }].map(Into::into);
            grid.row(labels.into_iter().chain(cells));
        }
    }
    grid
}
