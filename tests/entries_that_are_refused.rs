//! Entries that are refused: their codes, the order of the checks, limits, dead processes; nothing changes.

mod support;

use complus::{
    Compat, HResult, Limits, Partition, VolatileStore, com,
    hresult::{
        CO_E_NOTINITIALIZED, CO_E_SXS_CONFIG, CO_E_THREADPOOL_CONFIG, CO_E_TRACKER_CONFIG,
        COMADMIN_E_PARTITION_ACCESSDENIED, COMADMIN_E_PARTITIONS_DISABLED, CONTEXT_E_TMNOTAVAILABLE, E_FAIL,
        E_INVALIDARG, E_OUTOFMEMORY, RPC_E_DISCONNECTED, XACT_E_NOTRANSACTION,
    },
    id::PartitionId,
    prelude::*,
};
use support::*;
use uuid::Uuid;

const DENIED: PartitionId = PartitionId(Uuid::from_u128(1));
const UNKNOWN: PartitionId = PartitionId(Uuid::from_u128(2));

fn ended(world: &World) -> Transaction {
    let transaction = world.runtime.transaction_manager().begin(Default::default()).unwrap();
    transaction.commit().unwrap();
    transaction
}

/// Every configuration error of SWC section 3, with its code, in the order of the checks (S-07).
fn refusals(world: &World) -> Vec<(ServiceConfig, HResult)> {
    let new_partition = |id| ServiceConfig::new().partition(PartitionConfig::New).partition_id(id);
    vec![
        (ServiceConfig::new().sxs(SxsConfig::New), CO_E_SXS_CONFIG),
        (ServiceConfig::new().sxs(SxsConfig::New).sxs_directory("/no/such/directory"), CO_E_SXS_CONFIG),
        (ServiceConfig::new().thread_pool(ThreadPool::Sta), CO_E_THREADPOOL_CONFIG),
        (ServiceConfig::new().thread_pool(ThreadPool::Mta), CO_E_THREADPOOL_CONFIG),
        (ServiceConfig::new().binding(Binding::BindToPoolThread), CO_E_THREADPOOL_CONFIG),
        (ServiceConfig::new().tracker(TrackerConfig::Use, None, Some("context")), CO_E_TRACKER_CONFIG),
        (ServiceConfig::new().partition(PartitionConfig::New), E_INVALIDARG),
        (new_partition(DENIED), COMADMIN_E_PARTITION_ACCESSDENIED),
        (new_partition(UNKNOWN), COMADMIN_E_PARTITION_ACCESSDENIED),
        (ServiceConfig::new().bring_your_own_transaction(ended(world)), XACT_E_NOTRANSACTION),
        (ServiceConfig::new().bring_your_own_transaction_url("tip://elsewhere/?none"), XACT_E_NOTRANSACTION),
    ]
}

/// The entry fails with `expected` and changes nothing: context, activity, transaction, vote.
#[track_caller]
fn fails(config: &ServiceConfig, expected: HResult) {
    let before = place();
    assert_eq!(code(ServiceDomain::enter(config)), expected, "{config:?}");
    assert_eq!(code(com::co_enter_service_domain(config)), expected, "{config:?}");
    assert_eq!(place(), before);
}

/// Does `test` in no domain, in one with an activity, in a root, in an interior one, and in a doomed one; the
/// statuses of these show that their transactions' states have not changed. All of it twice: with the
/// transactions in their frames, and shared.
fn in_every_context(test: impl Fn()) {
    let state = || ObjectContext::current().ok().and_then(|it| it.info().transaction().unwrap()).map(|t| t.state());
    in_these_contexts(&test);
    in_these_contexts(&|| {
        let before = state();
        test();
        assert_eq!(state(), before);
    });
}

fn in_these_contexts(test: &dyn Fn()) {
    test();
    ServiceDomain::run(&own_activity(), test).unwrap();
    assert_eq!(ServiceDomain::run(&root(), test).unwrap().status, TransactionStatus::Committed);
    let outer = enter(&root());
    here().disable_commit().unwrap();
    assert_eq!(ServiceDomain::run(&joining(), test).unwrap().status, TransactionStatus::LocallyOk);
    let inner = enter(&joining());
    here().set_abort().unwrap();
    inner.leave().unwrap();
    test();
    here().set_complete().unwrap();
    assert_eq!(outer.leave().unwrap(), TransactionStatus::Aborted);
}

fn guarded_partitions(builder: complus::RuntimeBuilder) -> complus::RuntimeBuilder {
    builder.partitions([Partition::new(DENIED).member("nobody")])
}

#[test]
fn a_configuration_error_changes_nothing() {
    every_machine_with(guarded_partitions, |world| {
        for (config, expected) in refusals(world) {
            in_every_context(|| fails(&config, expected));
            let both = config.transaction(TransactionConfig::New).synchronization(SynchronizationConfig::New);
            in_every_context(|| fails(&both, expected));
        }
    });
}

#[test]
fn partitions_that_are_disabled_are_refused_but_the_global_one_is_not() {
    every_machine(|_| {
        let named = |id| ServiceConfig::new().partition(PartitionConfig::New).partition_id(id);
        in_every_context(|| fails(&named(UNKNOWN), COMADMIN_E_PARTITIONS_DISABLED));
        in_every_context(|| ServiceDomain::run(&named(PartitionId::GLOBAL), || ()).unwrap().value);
    });
}

#[test]
fn an_injected_fault_is_e_fail_and_changes_nothing() {
    every_machine(|world| {
        in_every_context(|| {
            world.runtime.inject_faults(2);
            fails(&root(), E_FAIL);
        });
        in_every_context(|| {
            world.runtime.inject_faults(2);
            fails(&joining(), E_FAIL);
        });
        world.runtime.inject_faults(1);
        assert_eq!(code(ServiceDomain::enter(&root())), E_FAIL);
        assert_eq!(enter(&root()).leave().unwrap(), TransactionStatus::Committed, "one fault, one failure");
    });
}

#[test]
fn at_the_limit_of_open_contexts_an_entry_is_e_outofmemory_and_changes_nothing() {
    let limits = Limits { depth: 5, ..Limits::default() };
    every_machine_with(
        |builder| builder.limits(limits),
        |_| {
            for config in [ServiceConfig::new(), root(), joining(), own_activity()] {
                let before = place();
                let outer = enter(&root());
                let mut open = Vec::new();
                while let Ok(domain) = ServiceDomain::enter(&config) {
                    open.push(domain);
                    assert!(open.len() < limits.depth);
                }
                assert!(open.len() + 2 >= limits.depth - 1, "{}", open.len());
                fails(&config, E_OUTOFMEMORY);
                fails(&root(), E_OUTOFMEMORY);
                while let Some(domain) = open.pop() {
                    domain.leave().unwrap();
                }
                assert_eq!(outer.leave().unwrap(), TransactionStatus::Committed);
                assert_eq!(place(), before);
            }
        },
    );
}

#[test]
fn without_transaction_manager_new_transactions_are_refused_and_nothing_else() {
    every_machine(|world| {
        let manager = world.runtime.transaction_manager();
        in_every_context(|| {
            manager.set_available(false);
            fails(&root(), CONTEXT_E_TMNOTAVAILABLE);
            ServiceDomain::run(&own_activity(), || ()).unwrap();
            fails(&root().synchronization(SynchronizationConfig::New), CONTEXT_E_TMNOTAVAILABLE);
            manager.set_available(true);
        });
        let outer = enter(&root());
        manager.set_available(false);
        assert_eq!(ServiceDomain::run(&joining(), || ()).unwrap().status, TransactionStatus::LocallyOk);
        fails(&joining().isolation_level(IsolationLevel::ReadCommitted), CONTEXT_E_TMNOTAVAILABLE);
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Aborted, "lost before the decision");
    });
}

/// A machine whose process dies while `config` is entered: a domain left unbalanced, strictly.
fn dead(test: impl Fn(&World) + Sync) {
    let compat = Compat { strict_misuse: true, ..Compat::default() };
    every_bare_machine(
        |builder| guarded_partitions(builder).compat(compat),
        |world| {
            com::co_initialize_ex(None, ApartmentModel::Multithreaded).unwrap();
            com::co_enter_service_domain(&ServiceConfig::new()).unwrap();
            com::co_uninitialize();
            assert!(!world.runtime.is_alive());
            assert!(!world.observed || world.log.saw_failfast());
            com::co_initialize_ex(None, ApartmentModel::Multithreaded).unwrap();
            test(world);
        },
    );
}

#[test]
fn in_a_dead_process_nothing_is_entered() {
    dead(|world| {
        for config in [ServiceConfig::new(), root(), joining(), own_activity()] {
            fails(&config, RPC_E_DISCONNECTED);
        }
        for (config, _) in refusals(world) {
            fails(&config, RPC_E_DISCONNECTED);
        }
    });
}

#[test]
fn the_transactions_of_a_process_that_dies_abort() {
    let compat = Compat { strict_misuse: true, ..Compat::default() };
    every_machine_with(
        |builder| builder.compat(compat),
        |world| {
            let store = VolatileStore::new("ledger");
            let outer = enter(&root());
            store.add(&here().info().transaction().unwrap().unwrap(), "alice", 1).unwrap();
            com::co_enter_service_domain(&ServiceConfig::new()).unwrap();
            // The outer domain is left over the inner one: unbalanced, and strictly so the process dies.
            let status = outer.leave();
            assert!(!world.runtime.is_alive());
            assert_ne!(status, Ok(TransactionStatus::Committed), "SEC D.8, AD-30: its transactions abort");
            assert_eq!(store.get("alice"), 0);
        },
    );
}

#[test]
fn when_several_checks_fail_the_first_in_order_decides() {
    every_machine_with(guarded_partitions, |world| {
        let all = ServiceConfig::new()
            .sxs(SxsConfig::New)
            .thread_pool(ThreadPool::Sta)
            .tracker(TrackerConfig::Use, None, None)
            .partition(PartitionConfig::New)
            .bring_your_own_transaction(ended(world));
        fails(&all, CO_E_SXS_CONFIG);
        let all = all.sxs(SxsConfig::No);
        fails(&all, CO_E_THREADPOOL_CONFIG);
        let all = all.thread_pool(ThreadPool::None);
        fails(&all, CO_E_TRACKER_CONFIG);
        let all = all.tracker(TrackerConfig::DontUse, None, None);
        fails(&all, E_INVALIDARG);
        let all = all.partition_id(DENIED);
        fails(&all, COMADMIN_E_PARTITION_ACCESSDENIED);
        let all = all.partition(PartitionConfig::NoPartition);
        fails(&all, XACT_E_NOTRANSACTION);
        // A caller's transaction that is over, and no manager: the joining entry does not need one.
        world.runtime.transaction_manager().set_available(false);
        fails(&all, XACT_E_NOTRANSACTION);
        fails(&root().thread_pool(ThreadPool::Sta), CO_E_THREADPOOL_CONFIG);
        fails(&root().partition(PartitionConfig::New).partition_id(DENIED), COMADMIN_E_PARTITION_ACCESSDENIED);
        fails(&root(), CONTEXT_E_TMNOTAVAILABLE);
    });
    // The apartment comes before all of them.
    every_bare_machine(guarded_partitions, |world| {
        for (config, _) in refusals(world) {
            assert_eq!(code(ServiceDomain::enter(&config)), CO_E_NOTINITIALIZED);
        }
    });
}
