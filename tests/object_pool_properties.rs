//! Object pools under random sequences of requests: invariant 9 of ACT 12, and that nothing is lost.

use complus::object_pool::{Change, CheckIn, Grant, Lease, Limits, ObjectPool, Ticket};
use proptest::{
    prelude::*,
    sample::{Index, select},
};
use std::collections::{BTreeMap, BTreeSet};

/// What may happen to a pool.
#[derive(Clone, Debug)]
enum Step {
    /// Somebody asks, in one of three transactions or in none.
    Request(Option<u8>),
    /// Somebody who has an instance gives it back; whether it may be used again.
    Return(Index, bool),
    /// Somebody who may make one does; whether he succeeds.
    Make(Index, bool),
    /// Somebody gives up waiting.
    GiveUp(Index),
    /// A transaction ends.
    End(u8),
    Fill,
    Trim,
    ShutDown,
    Limit(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let transaction = || prop::option::of(0..3_u8);
    let step = prop_oneof![
        6 => transaction().prop_map(Step::Request),
        4 => (any::<Index>(), prop::bool::weighted(0.8)).prop_map(|(who, ok)| Step::Return(who, ok)),
        4 => (any::<Index>(), prop::bool::weighted(0.8)).prop_map(|(who, ok)| Step::Make(who, ok)),
        1 => any::<Index>().prop_map(Step::GiveUp),
        2 => (0..3_u8).prop_map(Step::End),
        1 => Just(Step::Fill),
        1 => Just(Step::Trim),
        1 => select(vec![Step::ShutDown, Step::Limit(1), Step::Limit(2), Step::Limit(4)]),
    ];
    prop::collection::vec(step, 1..80)
}

/// A request: who asks, and in which transaction.
type Request = (u32, Option<u8>);

/// What the world around the pool knows.
struct World {
    pool: ObjectPool<u32, u32, u8>,
    max: u32,
    /// Most instances that the limits ever allowed to be left over.
    allowed: u32,
    requests: u32,
    made: u32,
    lent: Vec<(u32, Lease, Option<u8>)>,
    making: Vec<(Request, Lease)>,
    waiting: Vec<(Request, Ticket)>,
    idle: BTreeSet<u32>,
    affine: BTreeMap<u8, BTreeSet<u32>>,
}

impl World {
    fn new(limits: Limits) -> Self {
        Self {
            pool: ObjectPool::new(limits),
            max: limits.max,
            allowed: limits.max,
            requests: 0,
            made: 0,
            lent: Vec::new(),
            making: Vec::new(),
            waiting: Vec::new(),
            idle: BTreeSet::new(),
            affine: BTreeMap::new(),
        }
    }

    /// Somebody is given something.
    fn give(&mut self, request: Request, grant: Grant<u32>) {
        match grant {
            Grant::Create(lease) => self.making.push((request, lease)),
            Grant::Idle(instance, lease) | Grant::Affine(instance, lease) => {
                assert!(self.lent.iter().all(|lent| lent.0 != instance), "an instance is in two places");
                self.lent.push((instance, lease, request.1));
            }
        }
    }

    /// Somebody who waited is given something. Nobody came before him who could have had it.
    fn serve(&mut self, (request, grant): (u32, Grant<u32>), of: Option<u8>) {
        let place = self.waiting.iter().position(|(waiting, _)| waiting.0 == request).unwrap();
        let ((_, transaction), _) = self.waiting[place];
        match &grant {
            Grant::Affine(..) => {
                assert_eq!(transaction, of, "an instance goes to its own transaction");
                assert!(self.waiting[..place].iter().all(|(waiting, _)| waiting.1 != of), "in order of arrival");
            }
            Grant::Idle(..) | Grant::Create(_) => assert_eq!(place, 0, "in order of arrival"),
        }
        self.waiting.remove(place);
        self.give((request, transaction), grant);
    }

    fn destroyed(&mut self) {
        if let Some(next) = self.pool.destroyed() {
            self.serve(next, None);
        }
    }

    fn change(&mut self, change: Change<u32, u32>) {
        change.served.into_iter().for_each(|served| self.serve(served, None));
        for instance in change.surplus {
            self.idle.remove(&instance);
            self.destroyed();
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Request(transaction) => {
                self.requests += 1;
                let request = (self.requests, *transaction);
                if let Some(transaction) = transaction {
                    self.pool.transaction_pends(*transaction);
                    self.affine.entry(*transaction).or_default();
                }
                match self.pool.check_out(*transaction) {
                    Some(Grant::Idle(instance, lease)) => {
                        assert!(self.idle.remove(&instance));
                        self.give(request, Grant::Idle(instance, lease));
                    }
                    Some(Grant::Affine(instance, lease)) => {
                        assert!(self.affine.get_mut(&transaction.unwrap()).unwrap().remove(&instance));
                        self.give(request, Grant::Affine(instance, lease));
                    }
                    Some(create) => {
                        assert!(self.waiting.is_empty(), "nobody passes the line");
                        self.give(request, create);
                    }
                    None => {
                        let own = transaction.is_some_and(|own| !self.affine[&own].is_empty());
                        assert!(self.idle.is_empty() && !own, "nobody waits for nothing");
                        let ticket = self.pool.wait(*transaction, self.requests);
                        self.waiting.push((request, ticket));
                    }
                }
            }
            Step::Return(who, ok) if !self.lent.is_empty() => {
                let (instance, lease, transaction) = self.lent.remove(who.index(self.lent.len()));
                if !ok {
                    self.pool.give_up();
                    return self.destroyed();
                }
                match self.pool.check_in(instance, lease, transaction) {
                    CheckIn::Idle => assert!(self.idle.insert(instance)),
                    CheckIn::Recycled => assert!(self.affine.get_mut(&transaction.unwrap()).unwrap().insert(instance)),
                    CheckIn::Handed(request, grant) => self.serve((request, grant), transaction),
                    CheckIn::Destroy(_) => self.destroyed(),
                }
            }
            Step::Make(who, ok) if !self.making.is_empty() => {
                let (request, lease) = self.making.remove(who.index(self.making.len()));
                if *ok {
                    self.made += 1;
                    self.pool.made();
                    self.lent.push((self.made, lease, request.1));
                } else if let Some(next) = self.pool.failed() {
                    self.serve(next, None);
                }
            }
            Step::GiveUp(who) if !self.waiting.is_empty() => {
                let ((request, _), ticket) = self.waiting.remove(who.index(self.waiting.len()));
                assert_eq!(self.pool.cancel(ticket), Some(request));
                assert_eq!(self.pool.cancel(ticket), None);
            }
            Step::End(transaction) => {
                let own = self.affine.remove(transaction).unwrap_or_default();
                let change = self.pool.transaction_ended(*transaction);
                assert_eq!(change.served.len() + change.surplus.len() + change.added, own.len(), "none is lost");
                let handed: Vec<u32> = change
                    .served
                    .iter()
                    .filter_map(|(_, grant)| match grant {
                        Grant::Idle(instance, _) => Some(*instance),
                        _ => None,
                    })
                    .collect();
                self.idle.extend(own.into_iter().filter(|one| !handed.contains(one) && !change.surplus.contains(one)));
                self.change(change);
            }
            Step::Fill => {
                if let Some(lease) = self.pool.fill() {
                    self.made += 1;
                    match self.pool.filled(self.made, lease) {
                        CheckIn::Idle => assert!(self.idle.insert(self.made)),
                        other => panic!("nobody waits while there is room: {other:?}"),
                    }
                }
            }
            Step::Trim => {
                for instance in self.pool.trim() {
                    assert!(self.idle.remove(&instance));
                    self.destroyed();
                }
                assert!(self.idle.len() <= self.pool.limits().min as usize);
            }
            Step::ShutDown => {
                let idle = self.pool.shut_down().len();
                let known = self.idle.len() + self.affine.values().map(BTreeSet::len).sum::<usize>();
                assert_eq!(idle, known);
                self.idle.clear();
                self.affine.values_mut().for_each(BTreeSet::clear);
                (0..idle).for_each(|_| self.destroyed());
            }
            Step::Limit(max) => {
                self.max = *max;
                let min = self.pool.limits().min.min(*max);
                let change = self.pool.set_limits(Limits { min, max: *max });
                self.change(change);
            }
            Step::Return(..) | Step::Make(..) | Step::GiveUp(_) => {}
        }
    }

    fn look(&mut self) {
        let census = self.pool.census();
        let affine: usize = self.affine.values().map(BTreeSet::len).sum();
        let counted = [census.lent, census.idle, census.affine, census.making, census.waiting].map(|n| n as usize);
        assert_eq!(
            counted,
            [self.lent.len(), self.idle.len(), affine, self.making.len(), self.waiting.len()],
            "none is lost"
        );
        let live = census.pooled + census.making;
        // After a smaller maximum, what is there may stay until it comes back; it never grows.
        self.allowed = self.max.max(live.min(self.allowed));
        assert!(live <= self.allowed, "{live} instances, {} allowed", self.allowed);
        let room = live < self.max || census.idle > 0;
        assert!(self.waiting.is_empty() || !room, "nobody waits for what there is");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn a_pool_stays_within_its_limits_loses_nothing_and_serves_in_order(
        min in 0..3_u32,
        more in 1..4_u32,
        steps in steps(),
    ) {
        let mut world = World::new(Limits { min, max: min + more });
        for step in &steps {
            world.take(step);
            world.look();
        }
    }
}
