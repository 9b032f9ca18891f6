//! Object pools: ACT 7.6.

use crate::support::check;
use complus_core::object_pool::{Change, CheckIn, Grant, Lease, Limits, ObjectPool, Ticket};
use std::collections::BTreeMap;

/// A pool, and who asks it: requests and instances are numbered in the order in which they come.
struct Town {
    pool: ObjectPool<u32, u32, char>,
    requests: u32,
    made: u32,
    tickets: BTreeMap<u32, Ticket>,
    leases: BTreeMap<u32, Lease>,
}

impl Town {
    fn make(&mut self, lease: Lease) -> u32 {
        self.made += 1;
        self.leases.insert(self.made, lease);
        self.pool.made();
        self.made
    }

    fn hand(&mut self, (request, grant): (u32, Grant<u32>)) -> String {
        match grant {
            Grant::Idle(instance, _) | Grant::Affine(instance, _) => format!("{instance} to {request}"),
            Grant::Create(lease) => format!("new {} for {request}", self.make(lease)),
        }
    }

    /// An instance that is to be destroyed is gone at once.
    fn destroyed(&mut self) -> Option<String> {
        let next = self.pool.destroyed();
        next.map(|next| self.hand(next))
    }

    fn change(&mut self, change: Change<u32, u32>) -> String {
        let mut words: Vec<String> = change.served.into_iter().map(|served| self.hand(served)).collect();
        words.extend((change.added > 0).then(|| format!("{} more idle", change.added)));
        words.extend(self.gone(change.surplus));
        if words.is_empty() { "nothing".into() } else { words.join(" ") }
    }

    fn gone(&mut self, instances: Vec<u32>) -> Option<String> {
        let gone = instances.iter().map(|_| self.destroyed().map(|next| format!(" {next}")).unwrap_or_default());
        let next = gone.collect::<String>();
        let names: String = instances.iter().map(|instance| format!(" {instance}")).collect();
        (!instances.is_empty()).then(|| format!("gone{names}{next}"))
    }

    fn step(&mut self, step: &str) -> String {
        let words: Vec<&str> = step.split_whitespace().collect();
        let number = |place: usize| words[place].parse::<u32>().unwrap();
        let letter = |place: usize| words.get(place).map(|word| word.chars().next().unwrap());
        match words[0] {
            "out" => {
                let transaction = letter(1);
                transaction.map(|transaction| self.pool.transaction_pends(transaction));
                self.requests += 1;
                match self.pool.check_out(transaction) {
                    Some(Grant::Create(lease)) => format!("new {}", self.make(lease)),
                    Some(Grant::Idle(instance, _)) => format!("has {instance}"),
                    Some(Grant::Affine(instance, _)) => format!("has {instance} of {}", transaction.unwrap()),
                    None => {
                        self.tickets.insert(self.requests, self.pool.wait(transaction, self.requests));
                        "waits".into()
                    }
                }
            }
            "in" => match self.pool.check_in(number(1), self.leases[&number(1)], letter(2)) {
                CheckIn::Idle => "idle".into(),
                CheckIn::Recycled => "stays".into(),
                CheckIn::Handed(request, grant) => self.hand((request, grant)),
                CheckIn::Destroy(_) => {
                    ["gone".into()].into_iter().chain(self.destroyed()).collect::<Vec<_>>().join(" ")
                }
            },
            "no" => {
                self.pool.give_up();
                self.destroyed().unwrap_or("gone".into())
            }
            "makes" => match self.pool.check_out(None) {
                Some(Grant::Create(_)) => {
                    self.requests += 1;
                    "begins".into()
                }
                other => panic!("{step} is given {other:?}"),
            },
            "fails" => {
                let next = self.pool.failed();
                next.map_or("gone".into(), |next| self.hand(next))
            }
            "late" => {
                assert_eq!(self.pool.cancel(self.tickets[&number(1)]), Some(number(1)));
                "gives up".into()
            }
            "end" => {
                let change = self.pool.transaction_ended(letter(1).unwrap());
                self.change(change)
            }
            "fill" => {
                let mut made = Vec::new();
                while let Some(lease) = self.pool.fill() {
                    self.made += 1;
                    self.leases.insert(self.made, lease);
                    assert_eq!(self.pool.filled(self.made, lease), CheckIn::Idle);
                    made.push(self.made.to_string());
                }
                if made.is_empty() { "nothing".into() } else { format!("new {}", made.join(" ")) }
            }
            "trim" => {
                let surplus = self.pool.trim();
                self.gone(surplus).unwrap_or("nothing".into())
            }
            "shut" => {
                let idle = self.pool.shut_down();
                self.gone(idle).unwrap_or("nothing".into())
            }
            "limit" => {
                let change = self.pool.set_limits(Limits { min: 0, max: number(1) });
                self.change(change)
            }
            step => panic!("{step} is no step"),
        }
    }
}

#[test]
fn a_pool_gives_takes_and_lets_wait_as_the_rules_say() {
    check("object_pool", 36, ["results"], |row| {
        let number = |column| row.get(column).parse().unwrap();
        let limits = Limits { min: number("min"), max: number("max") };
        let mut town = Town {
            pool: ObjectPool::new(limits),
            requests: 0,
            made: 0,
            tickets: BTreeMap::new(),
            leases: BTreeMap::new(),
        };
        let answers: Vec<_> = row.get("steps").split("; ").map(|step| town.step(step)).collect();
        vec![[answers.join("; ")]]
    });
}
