//! Who waits for which activity: the graph in which a cycle is a deadlock (SYN 4.7).
//!
//! One for all processes of a machine: a causality that waits in one of them may hold an activity in another.

use super::ActivityLock;
use complus_sync::{Arc, Mutex, Weak};
use std::collections::BTreeMap;

/// The waits of a machine, by the causality that waits. From there the lock's owner leads on.
#[derive(Default)]
pub(crate) struct WaitGraph(Mutex<BTreeMap<u64, Wanted>>);

/// What somebody waits for: the lock of an activity in one process.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub(crate) process: u32,
    pub(crate) activity: u64,
    pub(crate) lock: Weak<ActivityLock>,
}

impl Wanted {
    /// Number of the causality inside; zero is nobody.
    fn owner(&self) -> u64 {
        self.lock.upgrade().map_or(0, |lock: Arc<ActivityLock>| lock.owner())
    }
}

/// A wait: the causality, the process and the activity.
pub(crate) type Wait = (u64, u32, u64);

impl WaitGraph {
    /// Notes that `causality` waits; unless that would close a cycle and cycles are to be `refused`: then nothing is
    /// noted and the answer is `false`.
    ///
    /// What is found is stable: whoever waits cannot leave what it is in.
    pub(crate) fn add(&self, causality: u64, wanted: Wanted, refuse: bool) -> bool {
        self.add_among(causality, wanted, refuse, Wanted::owner)
    }

    fn add_among(&self, causality: u64, wanted: Wanted, refuse: bool, owner: impl Fn(&Wanted) -> u64) -> bool {
        let mut waits = self.0.lock();
        if refuse && Self::cycle(&waits, causality, &wanted, owner).is_some() {
            return false;
        }
        waits.insert(causality, wanted);
        true
    }

    /// `causality` waits no longer.
    pub(crate) fn resolved(&self, causality: u64) {
        let gone = self.0.lock().remove(&causality);
        drop(gone);
    }

    /// The cycle that a wait closes.
    fn cycle(
        waits: &BTreeMap<u64, Wanted>,
        causality: u64,
        wanted: &Wanted,
        owner_of: impl Fn(&Wanted) -> u64,
    ) -> Option<Vec<Wait>> {
        let mut chain = vec![(causality, wanted.process, wanted.activity)];
        let mut wanted = wanted;
        // Each causality waits for one thing, so a chain is never longer than there are waits.
        for _ in 0..=waits.len() {
            let owner = owner_of(wanted);
            if owner == causality {
                return Some(chain);
            }
            wanted = waits.get(&owner)?;
            chain.push((owner, wanted.process, wanted.activity));
        }
        None
    }

    /// The deadlocks at this moment, each once: it begins with its smallest causality.
    pub(crate) fn cycles(&self) -> Vec<Vec<Wait>> {
        self.cycles_among(Wanted::owner)
    }

    fn cycles_among(&self, owner: impl Fn(&Wanted) -> u64) -> Vec<Vec<Wait>> {
        let waits = self.0.lock();
        let from = |(causality, wanted): (&u64, &Wanted)| Self::cycle(&waits, *causality, wanted, &owner);
        let first = |cycle: &Vec<Wait>| cycle.iter().all(|wait| wait.0 >= cycle[0].0);
        waits.iter().filter_map(from).filter(first).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_that_would_close_a_cycle_is_refused_and_others_are_not() {
        let graph = WaitGraph::default();
        // Causality n is inside activity 10 n, in process n.
        let owner = |wanted: &Wanted| wanted.activity / 10;
        let add = |causality, activity: u64, refuse| {
            let wanted = Wanted { process: (activity / 10) as u32, activity, lock: Weak::new() };
            graph.add_among(causality, wanted, refuse, owner)
        };
        assert!(add(1, 20, true));
        assert!(add(2, 30, true));
        assert!(add(4, 10, true), "a fourth may wait for the chain");
        assert!(!add(3, 10, true));
        assert_eq!(graph.cycles_among(owner), Vec::<Vec<_>>::new());
        assert!(add(3, 10, false), "to be seen hanging");
        assert_eq!(graph.cycles_among(owner), [vec![(1, 2, 20), (2, 3, 30), (3, 1, 10)]]);
        graph.resolved(2);
        assert_eq!(graph.cycles_among(owner), Vec::<Vec<_>>::new());
    }
}
