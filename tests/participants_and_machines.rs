//! Participants, brought transactions and resource managers that meddle; several machines, bindings and threads;
//! what is left behind.

mod support;

use complus::{
    BroughtTransaction, ResourceManager, TransactionProxy, VolatileStore, Vote, com,
    context::StreamState,
    hresult::{
        CO_E_NOTINITIALIZED, CONTEXT_E_NOCONTEXT, E_UNEXPECTED, S_OK, XACT_E_ABORTED, XACT_E_ABORTING, XACT_E_INDOUBT,
    },
    id::TransactionId,
    prelude::*,
};
use std::{
    sync::{Arc, Barrier},
    thread,
};
use support::*;
use uuid::Uuid;

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
        com::co_initialize_ex(None, ApartmentModel::Multithreaded).unwrap();
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
