//! The flow of a configuration for every caller, worked out beforehand.
//!
//! Transaction and activity of a domain depend on its settings and on little of the caller: seven states of
//! its transaction, and whether it is in an activity. A configuration is changed seldom and entered often, so
//! the rules are asked fourteen times when it changes, and an entry looks the answer up.

use super::{
    partition,
    service_domain::{Flow, Settings, flow},
    synchronization::{Activity, Adjustment},
    transaction::{Brought, Enclosing, Transaction},
};
use crate::attribute::IsolationLevel;

/// What the rules look at in a caller's transaction, as a small number: none, active at one of four levels,
/// doomed, over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class(u8);

impl Class {
    /// No transaction.
    pub const NONE: Self = Self::of(Enclosing::None);
    const COUNT: usize = 7;

    /// The class of a transaction.
    #[inline]
    pub const fn of(transaction: Enclosing) -> Self {
        match transaction {
            Enclosing::None => Self(0),
            Enclosing::Active(level) => Self(level as u8),
            Enclosing::Doomed => Self(5),
            Enclosing::Over => Self(6),
        }
    }
}

/// What happens for one kind of caller, packed: a property that is the caller's is a bit, so that taking it
/// over or leaving it out needs no branch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Step(u8);

impl Step {
    /// The rules have to be asked.
    const UNDECIDED: Self = Self(0);
    const DECIDED: u8 = 0x80;
    const CALLERS_TRANSACTION: u8 = 0x01;
    const CALLERS_ACTIVITY: u8 = 0x02;
    const CALLERS_PARTITION: u8 = 0x04;
    const NEW_TRANSACTION: u8 = 0x08;
    const NEW_ACTIVITY: u8 = 0x10;

    const fn new(transaction: Transaction, activity: Activity, callers_partition: bool) -> Self {
        let transaction = match transaction {
            Transaction::None | Transaction::Brought => 0,
            Transaction::Callers => Self::CALLERS_TRANSACTION,
            Transaction::New => Self::NEW_TRANSACTION,
        };
        let activity = match activity {
            Activity::None => 0,
            Activity::Callers => Self::CALLERS_ACTIVITY,
            Activity::New => Self::NEW_ACTIVITY,
        };
        let partition = if callers_partition { Self::CALLERS_PARTITION } else { 0 };
        Self(Self::DECIDED | transaction | activity | partition)
    }

    #[inline]
    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Its transaction is the caller's.
    #[inline]
    pub const fn callers_transaction(self) -> bool {
        self.has(Self::CALLERS_TRANSACTION)
    }

    /// Its activity is the caller's.
    #[inline]
    pub const fn callers_activity(self) -> bool {
        self.has(Self::CALLERS_ACTIVITY)
    }

    /// Its partition is the caller's, not the global one.
    #[inline]
    pub const fn callers_partition(self) -> bool {
        self.has(Self::CALLERS_PARTITION)
    }

    /// It is the root of a new transaction.
    #[inline]
    pub const fn new_transaction(self) -> bool {
        self.has(Self::NEW_TRANSACTION)
    }

    /// It is in a new activity.
    #[inline]
    pub const fn new_activity(self) -> bool {
        self.has(Self::NEW_ACTIVITY)
    }

    /// As [`only_inherits`](Self::only_inherits), in one comparison with whether it is decided.
    #[inline]
    const fn is_decided_and_only_inherits(self) -> bool {
        self.0 & (Self::DECIDED | Self::NEW_TRANSACTION | Self::NEW_ACTIVITY) == Self::DECIDED
    }

    /// Nothing new is made for it.
    #[inline]
    pub const fn only_inherits(self) -> bool {
        !self.has(Self::NEW_TRANSACTION | Self::NEW_ACTIVITY)
    }
}

/// The steps for all kinds of callers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Plan([Step; 2 * Class::COUNT]);

impl Plan {
    /// A plan that leaves everything to the rules.
    pub const EMPTY: Self = Self([Step::UNDECIDED; 2 * Class::COUNT]);

    /// The plan of plain settings; of others, an empty one. Nothing is planned that fails, or of which
    /// somebody has to be told.
    pub fn of(settings: &Settings) -> Self {
        let mut plan = Self::EMPTY;
        if settings.is_plain() {
            let nothing_named = || partition::Named::Nothing;
            let partition = partition::service_domain(settings.partition, nothing_named, &mut ());
            let callers_partition = partition == Ok(partition::Partition::Callers);
            for caller in callers() {
                for activity in [false, true] {
                    if let Ok(Flow { transaction, activity: of_domain, adjustment }) =
                        flow(settings, Brought::None, caller, activity, &mut ())
                        && adjustment != Adjustment::Limited
                    {
                        plan.0[index(Class::of(caller), activity)] =
                            Step::new(transaction, of_domain, callers_partition);
                    }
                }
            }
        }
        plan
    }

    /// What happens for this caller; `None` if the rules have to be asked.
    #[inline]
    pub fn step(&self, caller: Class, activity: bool) -> Option<Step> {
        self.0.get(index(caller, activity)).copied().filter(|step| *step != Step::UNDECIDED)
    }

    /// The same, if nothing new is made then.
    #[inline]
    pub fn inheriting(&self, caller: Class, activity: bool) -> Option<Step> {
        self.0.get(index(caller, activity)).copied().filter(|step| step.is_decided_and_only_inherits())
    }
}

impl core::fmt::Debug for Plan {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let decided = self.0.iter().filter(|step| **step != Step::UNDECIDED).count();
        write!(f, "Plan({decided} of {})", self.0.len())
    }
}

#[inline]
const fn index(caller: Class, activity: bool) -> usize {
    2 * caller.0 as usize + activity as usize
}

/// One caller of each class.
fn callers() -> impl Iterator<Item = Enclosing> {
    let active = IsolationLevel::ALL[1..].iter().map(|level| Enclosing::Active(*level));
    [Enclosing::None, Enclosing::Doomed, Enclosing::Over].into_iter().chain(active)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{attribute::*, rules::inheritance};

    #[test]
    fn a_plan_says_what_the_rules_say_for_every_setting_and_caller() {
        let mut planned = 0;
        for transaction in TransactionConfig::ALL {
            for synchronization in SynchronizationConfig::ALL {
                for isolation in IsolationLevel::ALL {
                    let settings = Settings {
                        transaction: *transaction,
                        synchronization: *synchronization,
                        isolation: *isolation,
                        ..inheritance::DEFAULT
                    };
                    let plan = Plan::of(&settings);
                    for caller in callers() {
                        for activity in [false, true] {
                            let rules = flow(&settings, Brought::None, caller, activity, &mut ());
                            match (plan.step(Class::of(caller), activity), rules) {
                                (Some(step), Ok(flow)) => {
                                    planned += 1;
                                    let transaction = (step.callers_transaction(), step.new_transaction());
                                    let activity = (step.callers_activity(), step.new_activity());
                                    assert_eq!(transaction.0, flow.transaction == Transaction::Callers);
                                    assert_eq!(transaction.1, flow.transaction == Transaction::New);
                                    assert_eq!(activity.0, flow.activity == Activity::Callers);
                                    assert_eq!(activity.1, flow.activity == Activity::New);
                                    assert_eq!(step.only_inherits(), !transaction.1 && !activity.1);
                                }
                                (None, Ok(flow)) => assert_eq!(flow.adjustment, Adjustment::Limited),
                                (None, Err(_)) => {}
                                (Some(_), Err(error)) => panic!("planned, but the rules say {error:?}"),
                            }
                        }
                    }
                }
            }
        }
        assert!(planned > 700, "{planned}");
    }

    #[test]
    fn the_partition_is_planned_as_its_rule_says() {
        for (partition, callers) in [(PartitionConfig::NoPartition, false), (PartitionConfig::Inherit, true)] {
            let plan = Plan::of(&Settings { partition, ..inheritance::DEFAULT });
            assert_eq!(plan.step(Class::NONE, false).map(Step::callers_partition), Some(callers));
        }
    }

    #[test]
    fn what_is_not_plain_is_not_planned() {
        let settings = Settings { thread_pool: ThreadPool::Sta, ..inheritance::DEFAULT };
        assert_eq!(Plan::of(&settings), Plan::EMPTY);
    }
}
