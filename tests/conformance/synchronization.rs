//! Activities of domains.

use crate::support::*;
use complus::{id::ActivityId, prelude::*};
use std::{sync::Barrier, thread};

const ALL: &[SynchronizationConfig] = SynchronizationConfig::ALL;

/// The activity inside of a domain with `config`; the caller's must be visible again after it.
#[track_caller]
fn activity_in(config: &ServiceConfig) -> Option<ActivityId> {
    let before = place();
    let domain = enter(config);
    let inside = place().activity;
    domain.leave().unwrap();
    assert_eq!(place(), before);
    inside
}

#[test]
fn swc_32_outside_an_activity_the_settings_give_none_none_new_new() {
    every_machine(|_| {
        let found: Vec<_> = ALL.iter().map(|setting| activity_in(&synchronization(*setting))).collect();
        assert_eq!((found[0], found[1]), (None, None));
        assert!(found[2].is_some() && found[3].is_some());
        assert_ne!(found[2], found[3], "each entry makes its own");
    });
}

#[test]
fn swc_33_in_an_activity_the_settings_give_none_the_callers_the_callers_new() {
    every_machine(|_| {
        let caller = enter(&own_activity());
        let a1 = place().activity;
        let found: Vec<_> = ALL.iter().map(|setting| activity_in(&synchronization(*setting))).collect();
        assert_eq!(found[..3], [None, a1, a1]);
        assert!(found[3].is_some() && found[3] != a1);
        caller.leave().unwrap();
    });
}

/// Two threads enter with `config` and are inside at the same time; their activities.
fn two_threads(world: &World, config: &ServiceConfig) -> [Option<ActivityId>; 2] {
    let both_inside = Barrier::new(2);
    let run = || {
        let _bound = world.runtime.enter();
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        let domain = enter(config);
        both_inside.wait();
        let activity = place().activity;
        both_inside.wait();
        domain.leave().unwrap();
        activity
    };
    thread::scope(|scope| [scope.spawn(run), scope.spawn(run)].map(|thread| thread.join().unwrap()))
}

#[test]
fn swc_34_two_threads_with_the_same_code_get_two_activities_and_run_in_parallel() {
    every_machine(|world| {
        let [one, two] = two_threads(world, &synchronization(SynchronizationConfig::NewIfNecessary));
        assert!(one.is_some() && two.is_some() && one != two, "{one:?} {two:?}");
    });
}

#[test]
fn swc_35_a_new_transaction_without_synchronization_is_synchronized() {
    every_machine(|_| {
        for setting in [SynchronizationConfig::NoSynchronization, SynchronizationConfig::IfContainerIsSynchronized] {
            assert!(activity_in(&root().synchronization(setting)).is_some(), "{setting}");
        }
    });
}

#[test]
fn swc_37_a_new_transaction_with_new_synchronization_has_an_activity_of_its_own() {
    every_machine(|_| {
        for caller in [own_activity(), root()] {
            let caller = enter(&caller);
            let (a1, t1) = (place().activity, place().transaction);
            let domain = enter(&root().synchronization(SynchronizationConfig::New));
            let inside = place();
            assert!(inside.activity.is_some() && inside.activity != a1);
            assert!(inside.transaction.is_some() && inside.transaction != t1);
            assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
            caller.leave().unwrap();
        }
    });
}

#[test]
fn syn_a13_a_domain_has_the_callers_activity_none_or_a_fresh_one() {
    every_machine(|_| {
        let caller = enter(&own_activity());
        let a = place().activity;
        assert_eq!(activity_in(&ServiceConfig::inheriting()), a);
        assert_eq!(activity_in(&ServiceConfig::new().inheritance(InheritanceConfig::Ignore)), None);
        let fresh = activity_in(&ServiceConfig::inheriting().synchronization(SynchronizationConfig::New));
        assert!(fresh.is_some() && fresh != a);
        assert_eq!(place().activity, a);
        caller.leave().unwrap();
    });
}

#[test]
fn syn_a15_two_threads_with_one_configuration_have_different_activities_and_do_not_block() {
    every_machine(|world| {
        let config = ServiceConfig::inheriting().synchronization(SynchronizationConfig::NewIfNecessary);
        let [one, two] = two_threads(world, &config);
        assert!(one.is_some() && two.is_some() && one != two, "{one:?} {two:?}");
    });
}
