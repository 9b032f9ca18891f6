//! Tables of components: what an attribute gives, by creator (ACT 4, TXN 2, 9).

use super::{Grid, Known, yes_no};
use complus_core::{
    attribute::{IsolationLevel, SynchronizationAttribute, TransactionAttribute},
    rules::{
        synchronization::{self, Activity},
        transaction::{self, Transaction},
    },
};

/// In the order of the specification.
pub(super) const KNOWN: &[Known] = &[
    (
        "transaction-attribute",
        "The transaction of a component, by attribute and creator",
        "ACT 4.1, TXN 3.1",
        transaction,
    ),
    (
        "brought-transaction",
        "The transaction of a component that is created with a brought one",
        "ACT 4.1, TXN 11.2",
        brought,
    ),
    (
        "synchronization-attribute",
        "The activity of a component, by attribute and creator",
        "ACT 4.2, SYN 3.2",
        synchronization,
    ),
    ("isolation-level", "The level of a root, and in the units of the transaction manager", "TXN 2.2", isolation_level),
    (
        "isolation-attribute",
        "Whether a component may join a transaction, by its own level",
        "TXN 9",
        isolation_attribute,
    ),
];

/// Creators: without the property, and with it.
const CREATORS: [bool; 2] = [false, true];

/// For which of the two creators something holds.
fn when(holds: [bool; 2], never: &str, always: &str) -> String {
    match holds {
        [false, false] => never.into(),
        [true, true] => always.into(),
        [true, false] => "only in the first column".into(),
        [false, true] => "only in the second column".into(),
    }
}

/// ACT 4.1.
fn transaction() -> Grid {
    let mut grid = Grid::new([
        "Transaction",
        "placed in",
        "creator in no transaction",
        "creator in T",
        "root?",
        "needs own context",
    ]);
    for &attribute in TransactionAttribute::ALL {
        let needs_own = transaction::component_needs_own_context(attribute);
        for (own, place) in [(false, "creator's context"), (true, "own context")] {
            if needs_own && !own {
                continue;
            }
            let results = CREATORS.map(|creator| transaction::component(attribute, creator, own, &mut ()));
            let [outside, inside] = results.map(|result| match result {
                Transaction::None => "none",
                Transaction::Callers => "T",
                Transaction::New => "new T'",
                Transaction::Brought => "brought",
            });
            let root = when(results.map(|result| result == Transaction::New), "never", "always");
            let needs_own = if needs_own { "yes" } else { "no" };
            grid.row([attribute.name(), place, outside, inside, &root, needs_own]);
        }
    }
    grid
}

/// ACT 4.1, T-27.
fn brought() -> Grid {
    let mut grid = Grid::new(["Transaction", "the component is in"]);
    for &attribute in TransactionAttribute::ALL {
        let result = match transaction::component_brought(attribute, &mut ()) {
            Transaction::None => "none",
            Transaction::Callers => "the creator's",
            Transaction::New => "new T'",
            Transaction::Brought => "the brought one",
        };
        grid.row([attribute.name(), result]);
    }
    grid
}

/// ACT 4.2.
fn synchronization() -> Grid {
    let mut grid = Grid::new([
        "Synchronization",
        "placed in",
        "creator without activity",
        "creator in activity A",
        "needs own context (1.5 rule)",
        "needs own context (1.0 rule)",
    ]);
    for &attribute in SynchronizationAttribute::ALL {
        let may_share = |required_shares| {
            CREATORS.map(|creator| synchronization::component_may_share(attribute, creator, required_shares))
        };
        let needs_own =
            [true, false].map(|required_shares| when(may_share(required_shares).map(|may| !may), "no", "yes"));
        for (own, place) in [(false, "creator's context"), (true, "own context")] {
            let possible = if own { [true; 2] } else { may_share(true) };
            if possible == [false; 2] {
                continue;
            }
            let [outside, inside] = [0, 1].map(|at| {
                if !possible[at] {
                    return "cannot be";
                }
                match synchronization::component(attribute, CREATORS[at], own, &mut ()) {
                    Activity::None => "none",
                    Activity::Callers => "A",
                    Activity::New => "new A'",
                }
            });
            grid.row([attribute.name(), place, outside, inside, &needs_own[0], &needs_own[1]]);
        }
    }
    grid
}

/// TXN 2.2.
fn isolation_level() -> Grid {
    let mut grid = Grid::new(["TxIsolationLevel", "level of a root", "ISOLATIONLEVEL of the transaction manager"]);
    for &level in IsolationLevel::ALL {
        let root = transaction::root_isolation(level);
        grid.row([super::setting(level.value(), level.name()), root.name().into(), format!("{:#x}", root.dtc_value())]);
    }
    grid
}

/// TXN 9.
fn isolation_attribute() -> Grid {
    let levels = || IsolationLevel::ALL.iter().filter(|level| **level != IsolationLevel::Any);
    let mut grid = Grid::new([
        "TxIsolationLevel",
        "T at ReadUncommitted",
        "at ReadCommitted",
        "at RepeatableRead",
        "at Serializable",
    ]);
    for &requested in IsolationLevel::ALL {
        let cells = levels().map(|level| yes_no(transaction::component_may_join(requested, *level)));
        grid.row([requested.name()].into_iter().chain(cells));
    }
    grid
}
