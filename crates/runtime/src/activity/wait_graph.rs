//! Who waits for which activity: the graph in which a cycle is a deadlock (SYN 4.7).

use complus_sync::Mutex;
use std::collections::BTreeMap;

/// The waits of one process: causality to activity. From there the activity's owner leads on.
#[derive(Default)]
pub(crate) struct WaitGraph(Mutex<BTreeMap<u64, u64>>);

impl WaitGraph {
    /// Notes that `causality` waits for `activity`; unless that would close a cycle and cycles are to be `refused`:
    /// then nothing is noted and the answer is `false`.
    ///
    /// What is found is stable: whoever waits cannot leave what it is in.
    pub(crate) fn add(&self, causality: u64, activity: u64, refuse: bool, owner_of: impl Fn(u64) -> u64) -> bool {
        let mut waits = self.0.lock();
        if refuse && Self::cycle(&waits, causality, activity, owner_of).is_some() {
            return false;
        }
        waits.insert(causality, activity);
        true
    }

    /// `causality` waits no longer.
    pub(crate) fn resolved(&self, causality: u64) {
        self.0.lock().remove(&causality);
    }

    /// The cycle that a wait closes: causalities with the activity that each waits for.
    fn cycle(
        waits: &BTreeMap<u64, u64>,
        causality: u64,
        activity: u64,
        owner_of: impl Fn(u64) -> u64,
    ) -> Option<Vec<(u64, u64)>> {
        let mut chain = vec![(causality, activity)];
        let mut wanted = activity;
        // Each causality waits for one thing, so a chain is never longer than there are waits.
        for _ in 0..=waits.len() {
            let owner = owner_of(wanted);
            if owner == causality {
                return Some(chain);
            }
            wanted = *waits.get(&owner)?;
            chain.push((owner, wanted));
        }
        None
    }

    /// The deadlocks at this moment, each once: it begins with its smallest causality.
    pub(crate) fn cycles(&self, owner_of: impl Fn(u64) -> u64) -> Vec<Vec<(u64, u64)>> {
        let waits = self.0.lock();
        let from = |(causality, activity): (&u64, &u64)| Self::cycle(&waits, *causality, *activity, &owner_of);
        let first = |cycle: &Vec<(u64, u64)>| cycle.iter().all(|(causality, _)| *causality >= cycle[0].0);
        waits.iter().filter_map(from).filter(first).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_that_would_close_a_cycle_is_refused_and_others_are_not() {
        let graph = WaitGraph::default();
        // Causality n is inside activity 10 n.
        let owner = |activity: u64| activity / 10;
        assert!(graph.add(1, 20, true, owner));
        assert!(graph.add(2, 30, true, owner));
        assert!(graph.add(4, 10, true, owner), "a fourth may wait for the chain");
        assert!(!graph.add(3, 10, true, owner));
        assert_eq!(graph.cycles(owner), Vec::<Vec<_>>::new());
        assert!(graph.add(3, 10, false, owner), "to be seen hanging");
        assert_eq!(graph.cycles(owner), [vec![(1, 20), (2, 30), (3, 10)]]);
        graph.resolved(2);
        assert_eq!(graph.cycles(owner), Vec::<Vec<_>>::new());
    }
}
