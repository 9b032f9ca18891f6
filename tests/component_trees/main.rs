//! Random trees of components and of what their methods do, on the machine and on a small model that is written from
//! the tables and knows nothing of the runtime (ACT 12, invariants 2, 5, 6, 7, 8, 12, 16; TXN 7.3, 8.2).

mod model;
mod plan;
#[path = "../support/mod.rs"]
mod support;
mod town;

use complus::{VirtualClock, prelude::*};
use model::Model;
use plan::{CLASSES, Tree, trees};
use proptest::prelude::*;
use support::{
    Recorder,
    components::{Probes, QUIET, catalog},
};
use town::Town;

/// Runs the trees on a machine, and compares it with the model.
fn agree(trees: &[Tree], observed: bool) -> Result<(), TestCaseError> {
    let mut builder = Runtime::builder().catalog(catalog(QUIET, &CLASSES));
    if observed {
        builder = builder.clock(VirtualClock::new()).observer(Recorder::default().observer());
    }
    let runtime = builder.build().unwrap();
    let _bound = runtime.enter();
    let probes = Probes::default();
    probes.register(&runtime);
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
    let town = Town::new(probes.clone());
    let mut model = Model::default();
    for tree in trees {
        town.run(tree);
        model.run(tree);
    }
    prop_assert_eq!(town.entries(), &*model.entries);
    prop_assert_eq!(probes.told(), &*model.story);
    prop_assert_eq!(town.outcomes(), model.outcomes());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_of_components_live_and_end_as_the_tables_say(trees in trees()) {
        for observed in [false, true] {
            agree(&trees, observed)?;
        }
    }
}
