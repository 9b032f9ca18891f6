//! Tables of service domains: transaction and activity, and what a configuration starts from (SWC 2, 4, 5).

use super::{Grid, Known, cell, setting};
use complus_core::{
    attribute::*,
    rules::{
        inheritance,
        service_domain::{self, Flow, Settings},
        synchronization::{self, Activity, Adjustment},
        transaction::{self, Brought, Enclosing, Transaction},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    ("inheritance", "What ContainingContextTreatment sets", "SWC 2.1", inheritance),
    (
        "transaction",
        "The transaction of a service domain, by setting and caller",
        "SWC 4.1, 4.5, TXN 14.2",
        transaction,
    ),
    ("isolation", "Whether an enclosing transaction serves who asks for a level", "SWC 4.3, TXN 2.2", isolation),
    ("synchronization", "The activity of a service domain without transaction", "SWC 5.1", synchronization),
    (
        "service-domain",
        "Transaction and activity of a service domain; ^ raised by its transaction, v limited by joining one",
        "SWC 5.2, SYN 3.3",
        service_domain,
    ),
];

/// The levels that a transaction can run at.
const LEVELS: [IsolationLevel; 4] = [
    IsolationLevel::ReadUncommitted,
    IsolationLevel::ReadCommitted,
    IsolationLevel::RepeatableRead,
    IsolationLevel::Serializable,
];

/// A pair of levels, requested and enclosing, of which the second serves the first; and one of which
/// it does not. They stand for all such pairs, which `isolation` has.
const COMPATIBLE: (IsolationLevel, IsolationLevel) = (IsolationLevel::Any, IsolationLevel::Serializable);
const NOT_EQUAL: (IsolationLevel, IsolationLevel) = (IsolationLevel::ReadCommitted, IsolationLevel::Serializable);

/// SWC 2.1, rows 1 to 11: those that are numbered settings.
fn inheritance() -> Grid {
    // the two differ in every row: what both come out with has been overwritten
    let starts = [
        inheritance::DEFAULT,
        Settings {
            inheritance: InheritanceConfig::Inherit,
            comti: ComtiIntrinsicsConfig::Inherit,
            iis: IisIntrinsicsConfig::Inherit,
            partition: PartitionConfig::New,
            sxs: SxsConfig::New,
            synchronization: SynchronizationConfig::New,
            thread_pool: ThreadPool::Mta,
            transaction: TransactionConfig::New,
            binding: Binding::BindToPoolThread,
            tracker: TrackerConfig::Use,
            isolation: IsolationLevel::Serializable,
        },
    ];
    type Read = fn(&Settings) -> &'static str;
    let properties: [(&str, Property, Read); 11] = [
        ("Inheritance", Property::Inheritance, |settings| settings.inheritance.com_name()),
        ("COMTI intrinsics", Property::ComtiIntrinsics, |settings| settings.comti.com_name()),
        ("IIS intrinsics", Property::IisIntrinsics, |settings| settings.iis.com_name()),
        ("Partition", Property::Partition, |settings| settings.partition.com_name()),
        ("SxS", Property::Sxs, |settings| settings.sxs.com_name()),
        ("Synchronization", Property::Synchronization, |settings| settings.synchronization.com_name()),
        ("Thread pool", Property::ThreadPool, |settings| settings.thread_pool.com_name()),
        ("Transaction", Property::Transaction, |settings| settings.transaction.com_name()),
        ("Binding", Property::Binding, |settings| settings.binding.com_name()),
        ("Tracker", Property::Tracker, |settings| settings.tracker.com_name()),
        ("Isolation level", Property::IsolationLevel, |settings| settings.isolation.name()),
    ];
    let mut grid = Grid::new(["property", "setter", "native default", "reset by CSC_Inherit", "reset by CSC_Ignore"]);
    for (name, property, read) in properties {
        let reset = |treatment| match starts.map(|start| read(&inheritance::reset(start, treatment))) {
            [one, other] if one == other => one,
            _ => "unchanged",
        };
        let [inherit, ignore] = [InheritanceConfig::Inherit, InheritanceConfig::Ignore].map(reset);
        grid.row([name, property.com_name(), read(&inheritance::DEFAULT), inherit, ignore]);
    }
    grid
}

/// A row for each transaction setting, after its label; only one, for "any", where the setting plays no
/// part.
fn by_setting(cells: impl Fn(TransactionConfig) -> Vec<String>) -> Vec<(String, Vec<String>)> {
    let label = |value: TransactionConfig| setting(value.value(), value.com_name());
    let mut rows: Vec<_> = TransactionConfig::ALL.iter().map(|&value| (label(value), cells(value))).collect();
    if rows.iter().all(|(_, cells)| *cells == rows[0].1) {
        rows.truncate(1);
        rows[0].0 = "any".into();
    }
    rows
}

/// SWC 4.1, and the brought transaction of SWC 4.5 that overrides it.
fn transaction() -> Grid {
    let mut grid = Grid::new([
        "CSC value",
        "BYOT",
        "caller: -",
        "T ok, isolation compatible",
        "T ok, isolation not equal",
        "T doomed",
        "T over",
    ]);
    let callers = [
        (IsolationLevel::Any, Enclosing::None),
        (COMPATIBLE.0, Enclosing::Active(COMPATIBLE.1)),
        (NOT_EQUAL.0, Enclosing::Active(NOT_EQUAL.1)),
        (IsolationLevel::Any, Enclosing::Doomed),
        (IsolationLevel::Any, Enclosing::Over),
    ];
    for (brought, byot) in [(Brought::None, "none"), (Brought::Active, "active"), (Brought::Over, "already ended")] {
        let rows = by_setting(|setting| {
            let results = callers.map(|(requested, caller)| {
                let result = transaction::service_domain(setting, requested, brought, caller, &mut ());
                cell(result, |transaction| match (transaction, caller) {
                    (Transaction::None, _) => "none".into(),
                    (Transaction::Callers, Enclosing::Doomed) => "T, interior, doomed".into(),
                    (Transaction::Callers, _) => "T, interior".into(),
                    (Transaction::New, _) => "new T2, root".into(),
                    (Transaction::Brought, _) => "the brought one".into(),
                })
            });
            results.into()
        });
        for (label, cells) in rows {
            grid.row([label, byot.into()].into_iter().chain(cells));
        }
    }
    grid
}

/// SWC 4.3, with what a root runs at (TXN 2.2).
fn isolation() -> Grid {
    let mut grid = Grid::new(["requested", "", "", "", "", "at a root", "DTC value at a root"]);
    for (column, level) in grid.columns[1..].iter_mut().zip(LEVELS) {
        *column = format!("in {}", level.name());
    }
    for &requested in IsolationLevel::ALL {
        let compatible = LEVELS
            .map(|enclosing| if transaction::is_compatible(requested, enclosing) { "compatible" } else { "not equal" });
        let root = transaction::root_isolation(requested);
        let ends = [root.name().into(), format!("{:#x}", root.dtc_value())];
        let label = setting(requested.value(), requested.name());
        grid.row([label].into_iter().chain(compatible.map(Into::into)).chain(ends));
    }
    grid
}

/// SWC 5.1.
fn synchronization() -> Grid {
    let mut grid = Grid::new(["CSC value", "caller not in an activity", "caller in activity A"]);
    for &value in SynchronizationConfig::ALL {
        let [outside, inside] = [false, true].map(|caller| {
            match synchronization::service_domain(value, Transaction::None, caller, &mut ()).0 {
                Activity::None => "none",
                Activity::Callers => "A",
                Activity::New => "new A2",
            }
        });
        grid.row([&setting(value.value(), value.com_name()), outside, inside]);
    }
    grid
}

/// SWC 5.2, with the rows that the specification adds in words: isolation mismatch and BYOT.
fn service_domain() -> Grid {
    let mut grid = Grid::new([
        "caller state",
        "CSC tx",
        "BYOT",
        "result tx",
        "sync=0 No",
        "sync=1 IfContainer",
        "sync=2 NewIfNecessary",
        "sync=3 New",
    ]);
    let callers = [
        ("none", IsolationLevel::Any, Enclosing::None, false),
        ("A only", IsolationLevel::Any, Enclosing::None, true),
        ("T+A", COMPATIBLE.0, Enclosing::Active(COMPATIBLE.1), true),
        ("T+A, isolation not equal", NOT_EQUAL.0, Enclosing::Active(NOT_EQUAL.1), true),
    ];
    for (brought, byot) in [(Brought::None, "none"), (Brought::Active, "active")] {
        for (caller, isolation, enclosing, activity) in callers {
            let rows = by_setting(|transaction| {
                let flows = SynchronizationConfig::ALL.iter().map(|&synchronization| {
                    let settings = Settings { transaction, synchronization, isolation, ..inheritance::DEFAULT };
                    service_domain::flow(&settings, brought, enclosing, activity, &mut ())
                });
                let mut results: Vec<String> = flows.clone().map(|flow| cell(flow, transaction_of)).collect();
                results.dedup(); // to a single one: synchronization has no say in the transaction
                results.into_iter().chain(flows.map(|flow| cell(flow, activity_of))).collect()
            });
            for (label, cells) in rows {
                grid.row([caller.into(), label, byot.into()].into_iter().chain(cells));
            }
        }
    }
    grid
}

fn transaction_of(flow: Flow) -> String {
    match flow.transaction {
        Transaction::None => "none".into(),
        Transaction::Callers => "T1 (interior)".into(),
        Transaction::New => "T2 new (root)".into(),
        Transaction::Brought => "the brought one".into(),
    }
}

fn activity_of(flow: Flow) -> String {
    let activity = match flow.activity {
        Activity::None => "none",
        Activity::Callers => "A1",
        Activity::New => "A2 new",
    };
    let mark = match flow.adjustment {
        Adjustment::None => "",
        Adjustment::Raised => "^",
        Adjustment::Limited => "v",
    };
    format!("{activity}{mark}")
}
