//! Tables of the catalog: what may stand in it together, and where a class is found (SEC A.6.1, ACT 4.8).

use super::{Grid, Known};
use complus_core::{
    attribute::{SynchronizationAttribute, TransactionAttribute},
    error::CatalogError,
    rules::{
        class_location::{self, Candidate, Named, Origin, Place},
        coherence::{Refused, Services},
    },
};

pub(super) const KNOWN: &[Known] = &[
    (
        "saved-services",
        "Which Transaction, JIT activation and Synchronization stand in the catalog together",
        "SEC A.6.1, SYN 3.4, TXN 3.2",
        coherence,
    ),
    ("partition-choice", "The partition of an activation, partitions enabled", "ACT 4.8", partition_choice),
    ("class-location", "Which configuration of a class an activation uses", "ACT 4.8", class_location),
];

/// SEC A.6.1; the last column is what a default component becomes.
fn coherence() -> Grid {
    let mut grid =
        Grid::new(["Transaction", "JIT activation", "Synchronization", "legal", "set on a default component"]);
    for &transaction in TransactionAttribute::ALL {
        for just_in_time in [false, true] {
            for &synchronization in SynchronizationAttribute::ALL {
                let services = Services { transaction, just_in_time, synchronization };
                let legal = if services.is_coherent() { "yes" } else { "no" };
                let jit = |on| if on { "on" } else { "off" };
                let becomes = match Services::DEFAULT.settle(services) {
                    Ok(settled) if settled == services => "as it is".into(),
                    Ok(Services { just_in_time, synchronization, .. }) => {
                        format!("JIT {}, {}", jit(just_in_time), synchronization.name())
                    }
                    Err(Refused { just_in_time: true, .. }) => "refused: JIT".into(),
                    Err(_) => "refused: Synchronization".into(),
                };
                grid.row([transaction.name(), jit(just_in_time), synchronization.name(), legal, &becomes]);
            }
        }
    }
    grid
}

fn code(error: CatalogError) -> String {
    error.hresult().name().unwrap_or_default().into()
}

/// ACT 4.8, first part.
fn partition_choice() -> Grid {
    const IDS: [(&str, Option<Named>); 4] = [
        ("-", None),
        ("global", Some(Named::Global)),
        ("known", Some(Named::Known)),
        ("unknown", Some(Named::Unknown)),
    ];
    let mut grid = Grid::new(["moniker", "creator's context", "user's default", "partition"]);
    for (moniker_name, moniker) in IDS {
        for (context_name, context) in IDS {
            for (user_name, user) in IDS {
                let chosen = match class_location::partition(true, moniker, context, user, &mut ()) {
                    Ok(Origin::Moniker) => "the moniker's".into(),
                    Ok(Origin::Context) => "the context's".into(),
                    Ok(Origin::User) => "the user's".into(),
                    Ok(Origin::Global) => "the global one".into(),
                    Err(error) => code(error),
                };
                grid.row([moniker_name, context_name, user_name, &chosen]);
            }
        }
    }
    grid
}

/// ACT 4.8, second part.
fn class_location() -> Grid {
    const FOUND: [(&str, Option<Candidate>); 4] = [
        ("no", None),
        ("own application", Some(Candidate { own: true, public: false })),
        ("public", Some(Candidate { own: false, public: true })),
        ("private", Some(Candidate { own: false, public: false })),
    ];
    let mut grid = Grid::new(["in the chosen partition", "in the global partition", "registered", "used"]);
    for (chosen_name, chosen) in FOUND {
        for (global_name, global) in FOUND {
            for (registered_name, registered) in [("no", false), ("yes", true)] {
                let used = match class_location::component(true, chosen, global, registered, &mut ()) {
                    Ok(Place::Chosen) => "the chosen partition's".into(),
                    Ok(Place::Global) => "the global partition's".into(),
                    Ok(Place::Unconfigured) => "the registration".into(),
                    Err(error) => code(error),
                };
                grid.row([chosen_name, global_name, registered_name, &used]);
            }
        }
    }
    grid
}
