//! Transactions of domains and the statuses that they report.

use crate::support::*;
use complus::{
    HResult, VolatileStore, com,
    event::{AbortReason, Diagnostic, What},
    hresult::{S_OK, XACT_E_ABORTED, XACT_E_ABORTING, XACT_E_NOTRANSACTION, XACT_S_LOCALLY_OK},
    prelude::*,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

/// Enters by the COM-shaped call.
#[track_caller]
fn co_enter(config: &ServiceConfig) {
    com::co_enter_service_domain(config).unwrap();
}

/// Work in the current transaction.
#[track_caller]
fn deposit(store: &VolatileStore) {
    store.add(&here().info().transaction().unwrap().unwrap(), "alice", 1).unwrap();
}

/// Runs `scenario` as it is, and with resource managers in the transaction: then it has left its frame.
fn with_and_without_work(scenario: impl Fn(&World, Option<&VolatileStore>) + Sync) {
    every_machine(|world| {
        scenario(world, None);
        scenario(world, Some(&VolatileStore::new("ledger")));
    });
}

#[test]
fn swc_38_a_root_that_does_nothing_commits() {
    with_and_without_work(|world, store| {
        let before = place();
        world.log.take();
        co_enter(&root());
        store.map(deposit);
        let told = Told::default();
        com::co_leave_service_domain(Some(&told));
        assert_eq!(*told.0.borrow(), [(S_OK, before.context)], "once, in the outer context");
        assert!(store.is_none_or(|store| store.get("alice") == 1));
        if world.observed {
            assert_eq!(world.log.take_whats().iter().filter(|what| **what == What::TransactionCommitted).count(), 1);
        }
    });
}

#[test]
fn swc_39_set_abort_in_a_root_aborts() {
    with_and_without_work(|_, store| {
        co_enter(&root());
        store.map(deposit);
        here().set_abort().unwrap();
        assert_eq!(co_leave(), [XACT_E_ABORTED]);
        assert!(store.is_none_or(|store| store.get("alice") == 0));
    });
}

#[test]
fn swc_41_only_the_last_vote_counts() {
    with_and_without_work(|_, store| {
        co_enter(&root());
        store.map(deposit);
        here().set_abort().unwrap();
        here().set_complete().unwrap();
        assert_eq!(co_leave(), [S_OK]);
        assert!(store.is_none_or(|store| store.get("alice") == 1));
        co_enter(&root());
        here().set_complete().unwrap();
        here().disable_commit().unwrap();
        assert_eq!(co_leave(), [XACT_E_ABORTED]);
    });
}

#[test]
fn swc_42_inner_domain_joins_and_reports_locally_ok() {
    with_and_without_work(|_, store| {
        co_enter(&root());
        store.map(deposit);
        let outside = place();
        co_enter(&joining());
        assert_eq!((place().transaction, place().activity), (outside.transaction, outside.activity));
        assert_eq!(co_leave(), [XACT_S_LOCALLY_OK]);
        assert_eq!(place(), outside);
        assert_eq!(co_leave(), [S_OK]);
        assert!(store.is_none_or(|store| store.get("alice") == 1));
    });
}

#[test]
fn swc_44_an_inner_root_that_aborts_leaves_the_outer_one_alone() {
    with_and_without_work(|_, store| {
        co_enter(&root());
        store.map(deposit);
        let outer = place().transaction;
        co_enter(&root());
        assert!(place().transaction.is_some() && place().transaction != outer);
        here().set_abort().unwrap();
        assert_eq!(co_leave(), [XACT_E_ABORTED]);
        assert_eq!(co_leave(), [S_OK]);
        assert!(store.is_none_or(|store| store.get("alice") == 1));
    });
}

#[test]
fn swc_45_an_inner_domain_without_transaction_is_outside_the_outer_one() {
    with_and_without_work(|_, store| {
        co_enter(&root());
        store.map(deposit);
        co_enter(&ServiceConfig::new());
        assert!(!here().is_in_transaction().unwrap());
        here().set_abort().unwrap();
        assert_eq!(co_leave(), []);
        assert_eq!(co_leave(), [S_OK]);
        assert!(store.is_none_or(|store| store.get("alice") == 1));
    });
}

#[test]
fn swc_46_if_container_outside_a_transaction_has_none_and_tells_nobody() {
    every_machine(|_| {
        let config = transaction(TransactionConfig::IfContainerIsTransactional);
        co_enter(&config);
        assert!(!here().is_in_transaction().unwrap());
        assert_eq!(co_leave(), []);
        co_enter(&config);
        let status = StatusObject::new();
        com::co_leave_service_domain(Some(&status));
        assert_eq!(status.transaction_status(), XACT_E_NOTRANSACTION);
    });
}

/// The abort by time-out must have been told once, with the deadline; not checked where nobody observes.
#[track_caller]
fn assert_timed_out(world: &World, begun: Duration) {
    if !world.observed {
        return;
    }
    let timed_out = |event: complus::event::Event| match event.what {
        What::TransactionAborted { reason: AbortReason::TimedOut { deadline } } => Some((event.at, deadline)),
        _ => None,
    };
    let found: Vec<_> = world.log.take().into_iter().filter_map(timed_out).collect();
    let [(at, deadline)] = found[..] else { panic!("told once, not {found:?}") };
    assert!(at >= deadline, "{at:?} {deadline:?}");
    let after = deadline - begun;
    assert!(after >= Duration::from_secs(1) && after < Duration::from_millis(1500), "{after:?}");
}

/// Configurations that want to join.
fn joiners() -> [ServiceConfig; 4] {
    [
        joining(),
        transaction(TransactionConfig::IfContainerIsTransactional),
        ServiceConfig::inheriting(),
        joining().isolation_level(IsolationLevel::ReadCommitted),
    ]
}

/// Nothing joins the current transaction: it is over. New ones and none are entered as ever (S-11).
#[track_caller]
fn nothing_joins() {
    for joiner in joiners() {
        let before = place();
        assert_eq!(code(ServiceDomain::enter(&joiner)), XACT_E_NOTRANSACTION, "{joiner:?}");
        assert_eq!(place(), before);
    }
    assert_eq!(enter(&ServiceConfig::new()).leave().unwrap(), TransactionStatus::NoTransaction);
    assert_eq!(enter(&root()).leave().unwrap(), TransactionStatus::Committed);
}

fn short_root() -> ServiceConfig {
    root().transaction_timeout(Duration::from_secs(1))
}

/// A root with a time-out of one second waits for two, then does `meanwhile`, then leaves.
fn timed_out_root(store: Option<&VolatileStore>, meanwhile: impl Fn() + Sync) {
    every_machine(|world| {
        let begun = world.runtime.now();
        co_enter(&short_root());
        let inside = place();
        if let Some(store) = store {
            // A key per machine: they run at the same time, and writes lock.
            let transaction = here().info().transaction().unwrap().unwrap();
            store.add(&transaction, &world.runtime.seed().to_string(), 1).unwrap();
        }
        world.wait(1);
        meanwhile();
        assert_eq!(place(), inside, "the context is still in its transaction");
        assert_eq!(co_leave(), [XACT_E_ABORTED]);
        if let Some(store) = store {
            assert_eq!(store.get(&world.runtime.seed().to_string()), 0);
        }
        assert_timed_out(world, begun);
    });
}

#[test]
fn swc_47_a_root_that_outlives_its_time_out_reports_aborted() {
    std::thread::scope(|scope| {
        let store = VolatileStore::new("ledger");
        scope.spawn(|| timed_out_root(None, || {}));
        scope.spawn(|| timed_out_root(None, nothing_joins));
        scope.spawn(|| timed_out_root(None, || here().set_complete().unwrap()));
        scope.spawn(move || timed_out_root(Some(&store), nothing_joins));
    });
}

#[test]
fn swc_100_after_the_root_timed_out_inner_and_outer_report_aborted() {
    let run = |votes: fn(), joins: fn()| {
        every_machine(|world| {
            let begun = world.runtime.now();
            co_enter(&short_root());
            co_enter(&transaction(TransactionConfig::IfContainerIsTransactional));
            let inner = place();
            world.wait(1);
            joins();
            assert_eq!(place(), inner);
            votes();
            assert_eq!(co_leave(), [XACT_E_ABORTED]);
            joins();
            assert_eq!(co_leave(), [XACT_E_ABORTED]);
            assert_timed_out(world, begun);
        });
    };
    std::thread::scope(|scope| {
        scope.spawn(move || run(|| {}, || {}));
        scope.spawn(move || run(|| {}, nothing_joins));
        scope.spawn(move || run(|| here().set_abort().unwrap(), || {}));
    });
}

#[test]
fn txn_f8_a_time_out_inside_a_root_domain_is_told_as_aborted() {
    std::thread::scope(|scope| {
        // The guard tells the same as the status object.
        scope.spawn(|| {
            every_machine(|world| {
                let domain = enter(&short_root());
                world.wait(1);
                assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
            });
        });
        // Time-outs of joiners are ignored; never means never (S-13).
        scope.spawn(|| {
            every_machine(|world| {
                let never = enter(&root().transaction_timeout(Duration::ZERO));
                let inner = enter(&joining().transaction_timeout(Duration::from_secs(1)));
                world.wait(1);
                assert_eq!(inner.leave().unwrap(), TransactionStatus::LocallyOk);
                assert_eq!(never.leave().unwrap(), TransactionStatus::Committed);
            });
        });
        // The machine's default is used where none is set.
        scope.spawn(|| {
            every_machine_with(
                |builder| builder.default_timeout(1),
                |world| {
                    let domain = enter(&root());
                    assert_eq!(here().transaction_info().isolation_level_and_timeout().unwrap().1, 1);
                    world.wait(1);
                    assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
                },
            );
        });
    });
}

#[test]
fn swc_49_another_isolation_level_gets_an_independent_root() {
    with_and_without_work(|_, store| {
        co_enter(&root().isolation_level(IsolationLevel::Serializable));
        store.map(deposit);
        let outer = place().transaction;
        // For both joining values (S-10).
        for value in [TransactionConfig::CreateIfNecessary, TransactionConfig::IfContainerIsTransactional] {
            co_enter(&transaction(value).isolation_level(IsolationLevel::ReadCommitted));
            assert!(place().transaction.is_some() && place().transaction != outer);
            let (level, _) = here().transaction_info().isolation_level_and_timeout().unwrap();
            assert_eq!(level, IsolationLevel::ReadCommitted);
            here().set_abort().unwrap();
            assert_eq!(co_leave(), [XACT_E_ABORTED]);
        }
        assert_eq!(co_leave(), [S_OK]);
    });
}

#[test]
fn swc_50_any_isolation_level_joins() {
    every_machine(|_| {
        for level in IsolationLevel::ALL {
            co_enter(&root().isolation_level(*level));
            let outer = place().transaction;
            co_enter(&joining().isolation_level(IsolationLevel::Any));
            assert_eq!(place().transaction, outer, "{level}");
            assert_eq!(co_leave(), [XACT_S_LOCALLY_OK]);
            assert_eq!(co_leave(), [S_OK]);
        }
    });
}

#[test]
fn swc_51_without_transaction_the_isolation_level_is_ignored() {
    every_machine(|_| {
        co_enter(&ServiceConfig::new().isolation_level(IsolationLevel::Serializable));
        assert!(!here().is_in_transaction().unwrap());
        assert_eq!(co_leave(), []);
    });
}

#[test]
fn swc_59_a_panic_in_a_domain_pops_it_and_aborts_and_goes_on() {
    with_and_without_work(|world, store| {
        let before = place();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _domain = enter(&root());
            store.map(deposit);
            here().set_complete().unwrap();
            panic!("in the domain");
        }));
        assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"in the domain"));
        assert_eq!(place(), before);
        assert!(store.is_none_or(|store| store.get("alice") == 0));
        assert!(world.runtime.is_alive() && !world.log.saw_failfast());
        if world.observed {
            assert!(world.log.diagnostics().contains(&Diagnostic::PanicInDomain));
            let aborted = What::TransactionAborted { reason: AbortReason::Requested };
            assert_eq!(world.log.take_whats().iter().filter(|what| **what == aborted).count(), 1);
        }
        assert_eq!(enter(&root()).leave().unwrap(), TransactionStatus::Committed);
    });
}

#[test]
fn swc_102_a_doomed_transaction_can_still_be_joined() {
    with_and_without_work(|_, store| {
        co_enter(&root());
        store.map(deposit);
        let outer = place().transaction;
        co_enter(&joining());
        here().set_abort().unwrap();
        assert_eq!(co_leave(), [XACT_E_ABORTING]);
        for joiner in joiners() {
            co_enter(&joiner);
            assert_eq!(place().transaction, outer);
            assert_eq!(co_leave(), [XACT_E_ABORTING]);
        }
        assert_eq!(co_leave(), [XACT_E_ABORTED]);
        assert!(store.is_none_or(|store| store.get("alice") == 0));
    });
}

#[test]
fn txn_d1_a_root_at_any_level_runs_serializable() {
    every_machine(|_| {
        co_enter(&root().isolation_level(IsolationLevel::Any));
        let (level, _) = here().transaction_info().isolation_level_and_timeout().unwrap();
        assert_eq!(level.dtc_value(), 0x10_0000);
        assert_eq!(co_leave(), [S_OK]);
    });
}

#[test]
fn txn_f1_a_new_transaction_commits_at_leave() {
    with_and_without_work(|_, store| {
        co_enter(&root());
        store.map(deposit);
        assert_eq!(co_leave(), [S_OK]);
        assert!(store.is_none_or(|store| store.get("alice") == 1));
    });
}

#[test]
fn txn_f2_an_abort_vote_aborts_the_new_transaction() {
    let votes: [fn(&ObjectContext); 3] = [
        |context| context.set_abort().unwrap(),
        |context| context.disable_commit().unwrap(),
        |context| context.state().set_my_transaction_vote(TransactionVote::Abort).unwrap(),
    ];
    for vote in votes {
        with_and_without_work(|_, store| {
            co_enter(&root());
            store.map(deposit);
            vote(&here());
            assert_eq!(co_leave(), [XACT_E_ABORTED]);
            assert!(store.is_none_or(|store| store.get("alice") == 0));
        });
    }
}

/// A domain in T that joins, does `inside` and reports `inner`; then its root leaves and reports `outer`.
#[track_caller]
fn interior(inside: impl Fn() + Sync, inner: HResult, outer: HResult) {
    with_and_without_work(|_, store| {
        co_enter(&root());
        store.map(deposit);
        let transaction = place().transaction;
        co_enter(&self::transaction(TransactionConfig::IfContainerIsTransactional));
        assert_eq!(place().transaction, transaction);
        inside();
        assert_eq!(co_leave(), [inner]);
        assert!(here().is_in_transaction().unwrap());
        assert_eq!(place().transaction, transaction);
        assert_eq!(co_leave(), [outer]);
    });
}

#[test]
fn txn_f3_an_interior_domain_leaves_the_transaction_open() {
    interior(|| {}, XACT_S_LOCALLY_OK, S_OK);
}

#[test]
fn txn_f4_an_interior_abort_vote_dooms_and_the_root_aborts() {
    interior(|| here().set_abort().unwrap(), XACT_E_ABORTING, XACT_E_ABORTED);
    interior(|| here().disable_commit().unwrap(), XACT_E_ABORTING, XACT_E_ABORTED);
}

#[test]
fn txn_f5_no_transaction_suspends_the_callers() {
    every_machine(|_| {
        co_enter(&root());
        let transaction = place().transaction;
        co_enter(&self::transaction(TransactionConfig::NoTransaction));
        assert!(!here().is_in_transaction().unwrap());
        assert_eq!(place().transaction, None);
        assert_eq!(co_leave(), []);
        assert!(here().is_in_transaction().unwrap());
        assert_eq!(place().transaction, transaction);
        assert_eq!(co_leave(), [S_OK]);
    });
}

#[test]
fn txn_f6_without_transaction_the_status_object_is_not_called() {
    every_machine(|_| {
        co_enter(&ServiceConfig::new());
        assert_eq!(co_leave(), []);
        co_enter(&ServiceConfig::new());
        let status = StatusObject::new();
        com::co_leave_service_domain(Some(&status));
        assert_eq!(status.transaction_status(), XACT_E_NOTRANSACTION);
        assert_eq!(status.status(), Some(TransactionStatus::NoTransaction));
        assert_eq!(enter(&ServiceConfig::new()).leave().unwrap(), TransactionStatus::NoTransaction);
    });
}

#[test]
fn txn_f10_the_inherit_defaults_join_and_the_ignore_defaults_do_not() {
    every_machine(|_| {
        co_enter(&root());
        let transaction = place().transaction;
        co_enter(&ServiceConfig::inheriting());
        assert_eq!(place().transaction, transaction);
        assert_eq!(co_leave(), [XACT_S_LOCALLY_OK]);
        co_enter(&ServiceConfig::inheriting().inheritance(InheritanceConfig::Ignore));
        assert_eq!(place().transaction, None);
        assert_eq!(co_leave(), []);
        assert_eq!(co_leave(), [S_OK]);
    });
}
