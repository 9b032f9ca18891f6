//! Service domains beyond the scenarios: atomic failures, order of checks, nesting, guards, panics, limits,
//! leaks.

mod support;

use complus::{
    BroughtTransaction, Compat, HResult, Limits, Partition, ResourceManager, TransactionProxy, VolatileStore, Vote,
    com,
    context::StreamState,
    event::{Diagnostic, What},
    hresult::{
        CO_E_NOTINITIALIZED, CO_E_SXS_CONFIG, CO_E_THREADPOOL_CONFIG, CO_E_TRACKER_CONFIG,
        COMADMIN_E_PARTITION_ACCESSDENIED, COMADMIN_E_PARTITIONS_DISABLED, CONTEXT_E_NOCONTEXT,
        CONTEXT_E_TMNOTAVAILABLE, E_FAIL, E_INVALIDARG, E_OUTOFMEMORY, E_UNEXPECTED, RPC_E_DISCONNECTED, S_OK,
        XACT_E_ABORTED, XACT_E_ABORTING, XACT_E_INDOUBT, XACT_E_NOTRANSACTION, XACT_S_LOCALLY_OK,
    },
    id::{PartitionId, TransactionId},
    prelude::*,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
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
            com::co_initialize_ex(ApartmentModel::Multithreaded).unwrap();
            com::co_enter_service_domain(&ServiceConfig::new()).unwrap();
            com::co_uninitialize();
            assert!(!world.runtime.is_alive());
            assert!(!world.observed || world.log.saw_failfast());
            com::co_initialize_ex(ApartmentModel::Multithreaded).unwrap();
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

#[test]
fn guards_that_are_left_out_of_order_leave_what_lies_above_with_abort_votes() {
    every_machine(|world| {
        let before = place();
        let outer = enter(&root());
        let inner = enter(&joining());
        let independent = enter(&root());
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Aborted, "the inner one was voted abort");
        assert_eq!(place(), before);
        world.assert_diagnostics(&[Diagnostic::UnbalancedDomain; 2]);
        assert_eq!(code(independent.leave()), CONTEXT_E_NOCONTEXT);
        assert_eq!(code(inner.leave()), CONTEXT_E_NOCONTEXT);
        assert_eq!(place(), before);
        // A later domain is not reached by the guards that are over.
        let (one, two) = (enter(&root()), enter(&root()));
        one.leave().unwrap();
        let next = enter(&root());
        drop(two);
        assert_eq!(next.leave().unwrap(), TransactionStatus::Committed);
    });
}

#[test]
fn a_dropped_guard_leaves_with_an_abort_vote() {
    every_machine(|world| {
        let before = place();
        let outer = enter(&root());
        drop(enter(&joining()));
        world.assert_diagnostics(&[Diagnostic::DroppedDomain]);
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Aborted);
        let outer = enter(&root());
        drop(enter(&root()));
        drop(enter(&ServiceConfig::new()));
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Committed);
        assert_eq!(place(), before);
        world.assert_diagnostics(&[Diagnostic::DroppedDomain; 3]);
    });
}

#[test]
fn a_guard_that_the_com_shaped_call_has_left_is_over() {
    every_machine(|_| {
        let before = place();
        let domain = enter(&root());
        assert_eq!(co_leave(), [S_OK]);
        assert_eq!(code(domain.leave()), CONTEXT_E_NOCONTEXT);
        let domain = enter(&root());
        assert_eq!(co_leave(), [S_OK]);
        drop(domain);
        assert_eq!(place(), before);
    });
}

#[test]
fn a_domain_stays_open_whatever_another_thread_does() {
    every_machine(|world| {
        com::co_enter_service_domain(&root()).unwrap();
        let inside = place();
        thread::scope(|scope| {
            scope.spawn(|| {
                let _bound = world.runtime.enter();
                com::co_initialize_ex(ApartmentModel::Multithreaded).unwrap();
                assert_eq!(co_leave(), []);
                com::co_enter_service_domain(&root()).unwrap();
                assert_eq!(co_leave(), [S_OK]);
                assert_eq!(co_leave(), []);
                com::co_uninitialize();
            });
        });
        assert_eq!(place(), inside);
        assert_eq!(co_leave(), [S_OK]);
    });
}

#[test]
fn a_panic_aborts_every_transaction_it_passes_through_and_goes_on() {
    every_machine(|world| {
        let before = place();
        let store = VolatileStore::new("ledger");
        let outermost = enter(&root());
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _outer = enter(&root());
            store.add(&here().info().transaction().unwrap().unwrap(), "outer", 1).unwrap();
            let _inner = enter(&joining());
            let _activity = enter(&own_activity());
            ServiceDomain::run(&root(), || {
                store.add(&here().info().transaction().unwrap().unwrap(), "inner", 1).unwrap();
                here().set_complete().unwrap();
                panic!("inside");
            })
            .unwrap();
        }));
        assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"inside"));
        assert_eq!((store.get("outer"), store.get("inner")), (0, 0));
        world.assert_diagnostics(&[Diagnostic::PanicInDomain; 4]);
        assert!(!world.log.saw_failfast() && world.runtime.is_alive());
        assert_eq!(outermost.leave().unwrap(), TransactionStatus::Committed, "it was caught inside of this one");
        assert_eq!(place(), before);
    });
}

#[test]
fn a_panic_through_guards_is_no_misuse_and_no_failfast() {
    let compat = Compat { strict_misuse: true, ..Compat::default() };
    every_machine_with(
        |builder| builder.compat(compat),
        |world| {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _outer = enter(&root());
                let _inner = enter(&joining());
                panic!("inside");
            }));
            panicked.unwrap_err();
            assert!(world.runtime.is_alive());
        },
    );
}

#[test]
fn an_error_of_the_body_aborts_in_run_or_abort_and_not_in_run() {
    every_machine(|_| {
        let failed = ServiceDomain::run_or_abort(&root(), || Err::<(), _>("no")).unwrap();
        assert_eq!((failed.value, failed.status), (Err("no"), TransactionStatus::Aborted));
        let done = ServiceDomain::run_or_abort(&root(), || Ok::<_, &str>(1)).unwrap();
        assert_eq!((done.value, done.status), (Ok(1), TransactionStatus::Committed));
        let failed = ServiceDomain::run(&root(), || Err::<(), _>("no")).unwrap();
        assert_eq!((failed.value, failed.status), (Err("no"), TransactionStatus::Committed));
    });
}

/// Domains are open when the apartment or the binding ends.
fn unbalanced(strict: bool, end_of_binding: bool) {
    let compat = Compat { strict_misuse: strict, ..Compat::default() };
    let store = VolatileStore::new("ledger");
    every_bare_machine(
        |builder| builder.compat(compat),
        |world| {
            let bound = world.runtime.enter();
            com::co_initialize_ex(ApartmentModel::ApartmentThreaded).unwrap();
            com::co_enter_service_domain(&root()).unwrap();
            let transaction = here().info().transaction().unwrap().unwrap();
            store.add(&transaction, &world.runtime.seed().to_string(), 1).unwrap();
            com::co_enter_service_domain(&joining()).unwrap();
            com::co_enter_service_domain(&ServiceConfig::new()).unwrap();
            if !end_of_binding {
                com::co_uninitialize();
                assert_eq!(place().token, None);
            }
            drop(bound);
            assert_eq!(transaction.state(), StreamState::Aborted);
            assert_eq!(store.get(&world.runtime.seed().to_string()), 0);
            world.assert_diagnostics(&[Diagnostic::UnbalancedDomain; 3]);
            assert_eq!(world.runtime.is_alive(), !strict);
            assert_eq!(world.log.saw_failfast(), strict && world.observed);
            let deaths = world.log.events().iter().filter(|event| event.what == What::Failfast).count();
            assert!(deaths <= 1, "a process dies once");
        },
    );
}

#[test]
fn domains_that_are_open_at_the_end_of_the_apartment_are_left_with_abort_votes() {
    unbalanced(false, false);
}

#[test]
fn domains_that_are_open_at_the_end_of_the_binding_are_left_with_abort_votes() {
    unbalanced(false, true);
}

#[test]
fn strictly_an_unbalanced_domain_is_a_failfast() {
    unbalanced(true, false);
    unbalanced(true, true);
}

#[test]
fn a_domain_that_is_open_when_its_thread_ends_aborts() {
    every_machine(|world| {
        let (send, receive) = std::sync::mpsc::channel();
        let runtime = world.runtime.clone();
        // Without a guard for the binding's end: the thread just ends.
        let thread = thread::spawn(move || {
            std::mem::forget(runtime.enter());
            com::co_initialize_ex(ApartmentModel::Multithreaded).unwrap();
            com::co_enter_service_domain(&root()).unwrap();
            send.send(here().info().transaction().unwrap().unwrap()).unwrap();
        });
        let transaction = receive.recv().unwrap();
        thread.join().unwrap();
        assert_eq!(transaction.state(), StreamState::Aborted);
    });
}

struct Bomb(AtomicUsize);

impl StatusSink for Bomb {
    fn set_transaction_status(&self, _: HResult) -> HResult {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("in the sink")
    }
}

#[test]
fn a_status_sink_is_called_once_in_the_outer_context_and_may_panic_and_call_back() {
    every_machine(|world| {
        let before = place();
        let bomb = Bomb(AtomicUsize::new(0));
        com::co_enter_service_domain(&root()).unwrap();
        com::co_leave_service_domain(Some(&bomb));
        assert_eq!(bomb.0.load(Ordering::Relaxed), 1);
        assert_eq!(place(), before);
        world.assert_diagnostics(&[Diagnostic::CallbackPanicked]);

        let outer = enter(&root());
        let outside = place();
        com::co_enter_service_domain(&joining()).unwrap();
        let told = Told::default();
        com::co_leave_service_domain(Some(&told));
        assert_eq!(*told.0.borrow(), [(XACT_S_LOCALLY_OK, outside.context)]);

        // It may use the runtime: nothing is locked.
        com::co_enter_service_domain(&joining()).unwrap();
        com::co_leave_service_domain(Some(&|status: HResult| {
            assert_eq!(status, XACT_S_LOCALLY_OK);
            assert_eq!(enter(&root()).leave().unwrap(), TransactionStatus::Committed);
            here().set_abort().unwrap();
        }));
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Aborted);
    });
}

#[test]
fn ten_thousand_nested_domains_are_entered_and_left() {
    every_machine(|_| {
        let before = place();
        let mut places = Vec::new();
        com::co_enter_service_domain(&root()).unwrap();
        for _ in 0..10_000 {
            places.push(place().context);
            com::co_enter_service_domain(&joining()).unwrap();
        }
        while let Some(context) = places.pop() {
            assert_eq!(co_leave(), [XACT_S_LOCALLY_OK]);
            assert_eq!(place().context, context);
        }
        assert_eq!(co_leave(), [S_OK]);
        assert_eq!(place(), before);
    });
}

#[test]
fn ten_thousand_unbalanced_domains_are_unwound() {
    every_bare_machine(
        |builder| builder,
        |world| {
            com::co_initialize_ex(ApartmentModel::Multithreaded).unwrap();
            com::co_enter_service_domain(&root()).unwrap();
            let transaction = here().info().transaction().unwrap().unwrap();
            for _ in 0..10_000 {
                com::co_enter_service_domain(&joining()).unwrap();
            }
            com::co_uninitialize();
            assert_eq!(transaction.state(), StreamState::Aborted);
            assert!(!world.observed || world.log.diagnostics() == [Diagnostic::UnbalancedDomain; 10_001]);
            assert_eq!(place().token, None);
        },
    );
}

/// Counts how many of it there are.
struct Counted {
    _alive: Arc<()>,
    vote: Vote,
}

impl ResourceManager for Counted {
    fn name(&self) -> &str {
        "counted"
    }
    fn prepare(&self, _: TransactionId) -> Vote {
        self.vote
    }
    fn commit(&self, _: TransactionId) {}
    fn abort(&self, _: TransactionId) {}
}

#[test]
fn a_transaction_that_is_over_holds_nothing() {
    every_machine(|_| {
        let alive = Arc::new(());
        for (vote, abort) in
            [(Vote::Prepared, false), (Vote::Prepared, true), (Vote::Refused, false), (Vote::Unknown, false)]
        {
            for _ in 0..100 {
                let domain = enter(&root());
                let transaction = here().info().transaction().unwrap().unwrap();
                transaction.enlist(Arc::new(Counted { _alive: alive.clone(), vote })).unwrap();
                transaction.tip_url();
                drop(transaction);
                let inner = enter(&joining());
                if abort {
                    here().set_abort().unwrap();
                }
                inner.leave().unwrap();
                domain.leave().unwrap();
            }
            assert_eq!(Arc::strong_count(&alive), 1, "{vote:?}");
        }
    });
}

struct Proxy {
    _alive: Arc<()>,
    transaction: Transaction,
}

impl TransactionProxy for Proxy {
    fn commit(&self, _: Uuid) -> complus::Result<()> {
        panic!("never called on a brought transaction")
    }
    fn abort(&self) -> complus::Result<()> {
        self.transaction.abort()
    }
    fn promote(&self) -> complus::Result<Transaction> {
        Ok(self.transaction.participant())
    }
}

#[test]
fn domains_leave_no_proxy_behind() {
    every_machine(|world| {
        let alive = Arc::new(());
        let transaction = world.runtime.transaction_manager().begin(Default::default()).unwrap();
        let proxy: Arc<dyn TransactionProxy> =
            Arc::new(Proxy { _alive: alive.clone(), transaction: transaction.clone() });
        let config = ServiceConfig::new().bring_your_own_transaction(BroughtTransaction::Proxy(proxy.clone()));
        for _ in 0..100 {
            assert_eq!(enter(&config).leave().unwrap(), TransactionStatus::LocallyOk);
        }
        drop(config);
        assert_eq!(Arc::strong_count(&proxy), 1);
        drop(proxy);
        assert_eq!(Arc::strong_count(&alive), 1);
        transaction.commit().unwrap();
    });
}

#[test]
fn a_machine_goes_with_its_last_handle() {
    for virtually in [false, true] {
        let log = Arc::new(Recorder::default());
        let mut builder = Runtime::builder().observer(log.clone());
        if virtually {
            builder = builder.clock(complus::VirtualClock::new());
        }
        let runtime = builder.build().unwrap();
        {
            let _bound = runtime.enter();
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            let domain = enter(&root());
            let shared = here().share().unwrap();
            assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
            assert_eq!(shared.transaction_state(), Some(StreamState::Committed));
            com::co_enter_service_domain(&root().transaction_timeout(std::time::Duration::from_secs(3600))).unwrap();
            here().share().unwrap();
        }
        drop(runtime);
        assert_eq!(Arc::strong_count(&log), 1, "virtual clock: {virtually}");
    }
}

#[test]
fn a_root_whose_outcome_nobody_knows_is_in_doubt() {
    every_machine(|_| {
        com::co_enter_service_domain(&root()).unwrap();
        let transaction = here().info().transaction().unwrap().unwrap();
        transaction.enlist(Arc::new(Counted { _alive: Arc::default(), vote: Vote::Unknown })).unwrap();
        assert_eq!(co_leave(), [XACT_E_INDOUBT]);
    });
}

#[test]
fn a_resource_manager_that_refuses_aborts_the_root() {
    every_machine(|_| {
        let store = VolatileStore::with_floor("ledger", 0);
        com::co_enter_service_domain(&root()).unwrap();
        store.add(&here().info().transaction().unwrap().unwrap(), "alice", -1).unwrap();
        assert_eq!(co_leave(), [XACT_E_ABORTED]);
        assert_eq!(store.get("alice"), 0);
    });
}

#[test]
fn a_participant_that_aborts_the_transaction_ends_it_for_everybody() {
    every_machine(|_| {
        com::co_enter_service_domain(&root()).unwrap();
        com::co_enter_service_domain(&joining()).unwrap();
        let transaction = here().info().transaction().unwrap().unwrap();
        assert_eq!(code(transaction.commit()), complus::hresult::XACT_E_COMMITPREVENTED);
        transaction.abort().unwrap();
        let told = co_leave();
        assert!(told == [XACT_E_ABORTED] || told == [XACT_E_ABORTING], "{told:?}");
        assert_eq!(co_leave(), [XACT_E_ABORTED]);
    });
}

/// Two machines whose numbers run the same.
fn two_machines() -> (Runtime, Runtime) {
    (Runtime::builder().seed(1).build().unwrap(), Runtime::builder().seed(2).build().unwrap())
}

#[test]
fn a_guard_never_leaves_a_domain_of_another_machine() {
    let (first, second) = two_machines();
    let _first = first.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    let of_first = enter(&root());
    {
        let _second = second.enter();
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        let of_second = enter(&root());
        let inside = place();
        assert_eq!(code(of_first.leave()), CONTEXT_E_NOCONTEXT);
        assert_eq!(place(), inside);
        assert_eq!(of_second.leave().unwrap(), TransactionStatus::Committed);
    }
    assert_eq!(co_leave(), [S_OK]);
}

#[test]
fn a_dropped_guard_never_leaves_a_domain_of_another_machine() {
    let (first, second) = two_machines();
    let _first = first.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    let of_first = enter(&root());
    let _second = second.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    let of_second = enter(&root());
    let inside = place();
    drop(of_first);
    assert_eq!(place(), inside);
    assert_eq!(of_second.leave().unwrap(), TransactionStatus::Committed);
}

#[test]
fn an_object_context_is_of_no_use_on_another_machine() {
    let (first, second) = two_machines();
    let _first = first.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    let of_first = enter(&root());
    let (context, token) = (here(), complus::context_token().unwrap());
    {
        let _second = second.enter();
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        let of_second = enter(&root());
        assert_eq!(code(context.set_abort()), E_UNEXPECTED);
        assert_ne!(complus::context_token().unwrap(), token, "equal tokens, same context (ACT 9.1)");
        assert_eq!(of_second.leave().unwrap(), TransactionStatus::Committed);
    }
    of_first.leave().unwrap();
}

#[test]
fn bindings_nest_and_each_has_its_own_apartment_and_contexts() {
    let (first, second) = two_machines();
    let _first = first.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    let outer = enter(&root());
    let inside = place();
    {
        let _second = second.enter();
        assert_eq!(place().token, None);
        assert_eq!(code(ServiceDomain::enter(&root())), CO_E_NOTINITIALIZED);
        com::co_initialize_ex(ApartmentModel::Multithreaded).unwrap();
        com::co_enter_service_domain(&root()).unwrap();
    }
    assert_eq!(place(), inside);
    assert_eq!(code(ServiceDomain::enter_in(&second, &root())), CO_E_NOTINITIALIZED);
    assert_eq!(ServiceDomain::enter_in(&first, &root()).unwrap().leave().unwrap(), TransactionStatus::Committed);
    assert_eq!(outer.leave().unwrap(), TransactionStatus::Committed);
}

/// A resource manager that waits in prepare until it is let go.
struct Slow(Barrier, Barrier, &'static str);

impl ResourceManager for Slow {
    fn name(&self) -> &str {
        self.2
    }
    fn prepare(&self, _: TransactionId) -> Vote {
        self.0.wait();
        self.1.wait();
        Vote::Prepared
    }
    fn commit(&self, _: TransactionId) {}
    fn abort(&self, _: TransactionId) {}
}

#[test]
fn an_abort_vote_during_the_owners_commit_is_not_reported_as_aborting_and_then_committed() {
    every_machine(|world| {
        let transaction = world.runtime.transaction_manager().begin(Default::default()).unwrap();
        let slow = Arc::new(Slow(Barrier::new(2), Barrier::new(2), "slow"));
        transaction.enlist(slow.clone()).unwrap();
        VolatileStore::new("ledger").add(&transaction, "alice", 1).unwrap();
        com::co_enter_service_domain(&ServiceConfig::new().bring_your_own_transaction(&transaction)).unwrap();
        let outcome = thread::scope(|scope| {
            let owner = scope.spawn(|| transaction.commit());
            slow.0.wait();
            here().set_abort().unwrap();
            let told = co_leave();
            slow.1.wait();
            let outcome = owner.join().unwrap();
            if told == [XACT_E_ABORTING] {
                assert_eq!(code(outcome), XACT_E_ABORTED, "aborting was promised");
            }
            outcome
        });
        assert_eq!(outcome.is_ok(), transaction.state() == StreamState::Committed);
    });
}

#[test]
fn an_inconsistent_context_deeper_in_a_brought_transaction_vetoes_the_owners_commit() {
    every_machine(|world| {
        let transaction = world.runtime.transaction_manager().begin(Default::default()).unwrap();
        let brought = enter(&ServiceConfig::new().bring_your_own_transaction(&transaction));
        let interior = enter(&joining());
        here().disable_commit().unwrap();
        assert_eq!(code(transaction.commit()), XACT_E_ABORTED, "no, if any participant is inconsistent (TXN 11.2)");
        assert_eq!(interior.leave().unwrap(), TransactionStatus::Aborted);
        assert_eq!(brought.leave().unwrap(), TransactionStatus::Aborted);
    });
}

#[test]
fn an_open_consistent_domain_does_not_block_the_owners_commit() {
    every_machine(|world| {
        let transaction = world.runtime.transaction_manager().begin(Default::default()).unwrap();
        com::co_enter_service_domain(&ServiceConfig::new().bring_your_own_transaction(&transaction)).unwrap();
        transaction.commit().unwrap();
        assert_eq!(co_leave(), [S_OK], "the owner ended it meanwhile");
        let transaction = world.runtime.transaction_manager().begin(Default::default()).unwrap();
        com::co_enter_service_domain(&ServiceConfig::new().bring_your_own_transaction(&transaction)).unwrap();
        here().disable_commit().unwrap();
        assert_eq!(code(transaction.commit()), XACT_E_ABORTED, "an open inconsistent one vetoes it");
        assert_eq!(co_leave(), [XACT_E_ABORTED]);
    });
}

/// A resource manager that does something else while it is asked to prepare.
struct Meddling<F>(F);

impl<F: Fn() + Send + Sync> ResourceManager for Meddling<F> {
    fn name(&self) -> &str {
        "meddling"
    }
    fn prepare(&self, _: TransactionId) -> Vote {
        (self.0)();
        Vote::Prepared
    }
    fn commit(&self, _: TransactionId) {}
    fn abort(&self, _: TransactionId) {}
}

/// A root with a resource manager that does `meddle` is left; the domain around it must then be current.
fn meddled(meddle: impl Fn() + Send + Sync + Clone + 'static) {
    every_machine(|_| {
        let before = place();
        let outer = enter(&own_activity());
        let outside = place();
        let inner = enter(&root());
        here().info().transaction().unwrap().unwrap().enlist(Arc::new(Meddling(meddle.clone()))).unwrap();
        let status = inner.leave();
        assert_eq!(place(), outside, "only the frames that were entered are popped (S-22)");
        assert!(!matches!(status, Ok(TransactionStatus::LocallyOk | TransactionStatus::Aborting)), "{status:?}");
        outer.leave().unwrap();
        assert_eq!(place(), before);
    });
}

#[test]
fn a_resource_manager_that_leaves_too_often_pops_nothing_of_others() {
    meddled(|| com::co_leave_service_domain(None));
    meddled(|| (0..3).for_each(|_| com::co_leave_service_domain(None)));
}

#[test]
fn a_resource_manager_that_enters_and_does_not_leave_pushes_nothing_for_good() {
    meddled(|| com::co_enter_service_domain(&ServiceConfig::new()).unwrap());
    meddled(|| com::co_enter_service_domain(&root()).unwrap());
}

#[test]
fn a_resource_manager_may_use_domains() {
    meddled(|| assert_eq!(enter(&root()).leave().unwrap(), TransactionStatus::Committed));
}

#[test]
fn a_root_that_leaves_while_another_thread_aborts_is_committed_or_aborted() {
    every_machine(|_| {
        for round in 0..300 {
            let domain = enter(&root());
            let transaction = here().info().transaction().unwrap().unwrap();
            let status = thread::scope(|scope| {
                let start = Arc::new(Barrier::new(2));
                let go = start.clone();
                let other = transaction.clone();
                scope.spawn(move || {
                    go.wait();
                    if round % 2 == 0 { other.doom() } else { other.abort().unwrap_or_default() }
                });
                start.wait();
                domain.leave().unwrap()
            });
            match status {
                TransactionStatus::Committed => assert_eq!(transaction.state(), StreamState::Committed),
                TransactionStatus::Aborted => assert_eq!(transaction.state(), StreamState::Aborted),
                other => panic!("a root reports {other:?}"),
            }
        }
    });
}

#[test]
fn an_apartment_guard_never_leaves_the_apartment_of_another_binding() {
    let (first, second) = two_machines();
    let _first = first.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    let domain = enter(&root());
    let inside = place();
    let bound = second.enter();
    let late = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
    drop(bound);
    drop(late);
    assert_eq!(place(), inside);
    assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
}

#[test]
fn a_principals_guard_never_changes_another_binding() {
    let (first, second) = two_machines();
    let _first = first.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    let _alice = complus::AsPrincipal::assume("alice").unwrap();
    let domain = enter(&root());
    let bound = second.enter();
    let late = complus::AsPrincipal::assume("bob").unwrap();
    drop(bound);
    drop(late);
    assert_eq!(here().security().principal().unwrap(), "alice");
    domain.leave().unwrap();
}

#[test]
fn many_threads_of_one_machine_get_in_nobodys_way() {
    every_machine(|world| {
        let store = VolatileStore::new("ledger");
        thread::scope(|scope| {
            for number in 0..4 {
                let store = &store;
                scope.spawn(move || {
                    let _bound = world.runtime.enter();
                    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                    let name = format!("{number}");
                    for round in 0..50 {
                        let outer = enter(&root());
                        store.add(&here().info().transaction().unwrap().unwrap(), &name, 1).unwrap();
                        let inner = enter(&joining());
                        if round % 2 == 0 {
                            here().set_abort().unwrap();
                        }
                        inner.leave().unwrap();
                        let expected =
                            if round % 2 == 0 { TransactionStatus::Aborted } else { TransactionStatus::Committed };
                        assert_eq!(outer.leave().unwrap(), expected);
                    }
                });
            }
        });
        for number in 0..4 {
            assert_eq!(store.get(&format!("{number}")), 25);
        }
    });
}

#[test]
fn a_url_made_after_the_end_leads_nowhere_and_holds_nothing() {
    let log = Arc::new(Recorder::default());
    let runtime = Runtime::builder().observer(log.clone()).build().unwrap();
    let transaction = runtime.transaction_manager().begin(Default::default()).unwrap();
    transaction.commit().unwrap();
    let url = transaction.tip_url();
    assert_eq!(code(runtime.transaction_manager().import(&url)), complus::hresult::XACT_E_TIP_PULL_FAILED);
    drop((transaction, runtime));
    assert_eq!(Arc::strong_count(&log), 1, "the machine went with its last handle");
}

#[test]
fn a_brought_transaction_that_was_entered_often_still_commits_soon() {
    every_machine(|world| {
        let transaction = world.runtime.transaction_manager().begin(Default::default()).unwrap();
        let config = ServiceConfig::new().bring_your_own_transaction(&transaction);
        for _ in 0..5_000 {
            enter(&config).leave().unwrap();
        }
        let start = std::time::Instant::now();
        transaction.commit().unwrap();
        let taken = start.elapsed();
        assert!(taken < std::time::Duration::from_millis(700), "a ballot that was left needs no asking: {taken:?}");
    });
}
