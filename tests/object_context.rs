//! What code in a context sees, and what it is told where there is nothing to see.

mod support;

use complus::{
    AsPrincipal, BroughtTransaction, Error, Result, SharedContext, TransactionProxy, VolatileStore, Voter, com,
    context::StreamState,
    context_token,
    event::Diagnostic,
    hresult::{
        CO_E_NOIISINTRINSICS, CO_E_NOTINITIALIZED, CONTEXT_E_NOCONTEXT, CONTEXT_E_NOJIT, CONTEXT_E_NOTRANSACTION,
        CONTEXT_E_OLDREF, E_FAIL, E_INVALIDARG, E_NOTIMPL, E_UNEXPECTED, XACT_E_COMMITPREVENTED, XACT_E_XTIONEXISTS,
    },
    prelude::*,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use support::*;
use uuid::Uuid;

#[test]
fn a_default_context_has_no_object_context() {
    for model in [ApartmentModel::ApartmentThreaded, ApartmentModel::Multithreaded] {
        every_bare_machine(
            |builder| builder,
            |_| {
                assert_eq!(code(ObjectContext::current()), CONTEXT_E_NOCONTEXT);
                assert_eq!(code(com::get_object_context()), CONTEXT_E_NOCONTEXT);
                assert_eq!(code(context_token()), CO_E_NOTINITIALIZED);
                let _apartment = Apartment::initialize(model).unwrap();
                assert_eq!(code(ObjectContext::current()), CONTEXT_E_NOCONTEXT);
                context_token().unwrap();
                let domain = enter(&ServiceConfig::new());
                here();
                domain.leave().unwrap();
                assert_eq!(code(ObjectContext::current()), CONTEXT_E_NOCONTEXT);
            },
        );
    }
}

/// Every method of every interface of `context` is E_UNEXPECTED.
#[track_caller]
fn is_foreign(context: ObjectContext) {
    let (state, info, transaction) = (context.state(), context.info(), context.transaction_info());
    let (properties, security) = (context.properties(), context.security());
    let codes = [
        code(context.set_complete()),
        code(context.set_abort()),
        code(context.enable_commit()),
        code(context.disable_commit()),
        code(context.is_in_transaction()),
        code(context.is_security_enabled()),
        code(context.is_caller_in_role("role")),
        code(context.context_id()),
        code(context.activity_id()),
        code(context.transaction_id()),
        code(context.is_same_sxs_config(None, "/")),
        code(context.tracker()),
        code(context.share()),
        code(state.set_deactivate_on_return(true)),
        code(state.deactivate_on_return()),
        code(state.set_my_transaction_vote(TransactionVote::Abort)),
        code(state.my_transaction_vote()),
        code(info.transaction()),
        code(info.partition_id()),
        code(info.application_id()),
        code(info.application_instance_id()),
        code(transaction.fetch_transaction()),
        code(transaction.isolation_level_and_timeout()),
        code(transaction.register_transaction_proxy(Arc::new(Recording::default()))),
        code(properties.count()),
        code(properties.get("Session")),
        code(properties.names()),
        code(properties.set("Color", "red")),
        code(properties.remove("Color")),
        code(security.principal()),
    ];
    assert_eq!(codes, [E_UNEXPECTED; 30]);
}

#[test]
fn outside_its_context_an_object_context_is_e_unexpected() {
    every_machine_with(
        |builder| builder.partitions([]),
        |_| {
            let outer = enter(&root());
            let outside = here();
            let inner = enter(&root());
            let inside = here();
            assert_ne!(inside, outside);
            is_foreign(outside);
            assert_eq!(inner.leave().unwrap(), TransactionStatus::Committed);
            is_foreign(inside);
            assert_eq!(outside.state().my_transaction_vote().unwrap(), TransactionVote::Commit);
            assert_eq!(outside, here());
            assert_eq!(outer.leave().unwrap(), TransactionStatus::Committed, "its flags were not touched");
            is_foreign(outside);
        },
    );
}

#[test]
fn the_flags_are_as_the_four_calls_and_the_two_setters_leave_them() {
    every_machine(|_| {
        let domain = enter(&root());
        let context = here();
        let flags =
            || (context.state().my_transaction_vote().unwrap(), context.state().deactivate_on_return().unwrap());
        use TransactionVote::{Abort, Commit};
        assert_eq!(flags(), (Commit, false));
        context.set_complete().unwrap();
        assert_eq!(flags(), (Commit, true));
        context.set_abort().unwrap();
        assert_eq!(flags(), (Abort, true));
        context.disable_commit().unwrap();
        assert_eq!(flags(), (Abort, false));
        context.enable_commit().unwrap();
        assert_eq!(flags(), (Commit, false));
        context.state().set_my_transaction_vote(Abort).unwrap();
        assert_eq!(flags(), (Abort, false));
        context.state().set_deactivate_on_return(true).unwrap();
        assert_eq!(flags(), (Abort, true));
        context.state().set_my_transaction_vote_value(0).unwrap();
        assert_eq!(flags(), (Commit, true));
        // Not done: no effect on the end (T-38).
        context.state().set_deactivate_on_return(false).unwrap();
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
    });
}

#[test]
fn without_transaction_the_context_state_says_what_is_missing_and_the_object_context_does_nothing() {
    every_machine(|_| {
        let outer = enter(&root());
        for config in [ServiceConfig::new(), own_activity()] {
            let domain = enter(&config);
            let state = here().state();
            assert_eq!(code(state.set_deactivate_on_return(true)), CONTEXT_E_NOJIT);
            assert_eq!(code(state.deactivate_on_return()), CONTEXT_E_NOJIT);
            for vote in TransactionVote::ALL {
                assert_eq!(code(state.set_my_transaction_vote(*vote)), CONTEXT_E_NOJIT);
            }
            assert_eq!(code(state.set_my_transaction_vote_value(7)), E_INVALIDARG);
            assert_eq!(code(state.my_transaction_vote()), CONTEXT_E_NOTRANSACTION);
            here().set_complete().unwrap();
            here().set_abort().unwrap();
            here().enable_commit().unwrap();
            here().disable_commit().unwrap();
            assert_eq!(domain.leave().unwrap(), TransactionStatus::NoTransaction);
        }
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Committed);
    });
}

#[test]
fn the_transaction_info_is_the_roots_wherever_it_is_asked() {
    every_machine(|_| {
        let plain = enter(&ServiceConfig::new());
        assert!(here().transaction_info().fetch_transaction().unwrap().is_none());
        assert_eq!(code(here().transaction_info().isolation_level_and_timeout()), CONTEXT_E_NOTRANSACTION);
        let config = root()
            .isolation_level(IsolationLevel::ReadCommitted)
            .transaction_timeout(std::time::Duration::from_secs(5));
        let outer = enter(&config);
        let inner = enter(&joining().transaction_timeout(std::time::Duration::from_secs(9)));
        for _ in 0..2 {
            // In the frame first, then shared.
            let found = here().transaction_info().isolation_level_and_timeout().unwrap();
            assert_eq!(found, (IsolationLevel::ReadCommitted, 5));
            let transaction = here().transaction_info().fetch_transaction().unwrap().unwrap();
            assert_eq!(Some(transaction.id()), here().transaction_id().unwrap());
            assert_eq!((transaction.isolation_level(), transaction.timeout()), found);
            assert_eq!(code(transaction.commit()), XACT_E_COMMITPREVENTED);
        }
        assert_eq!(inner.leave().unwrap(), TransactionStatus::LocallyOk);
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Committed);
        plain.leave().unwrap();
    });
}

/// A proxy that records what is asked of it.
#[derive(Default)]
struct Recording {
    transaction: Option<Transaction>,
    refuses: bool,
    panics: bool,
    committed: Mutex<Vec<Uuid>>,
    aborts: AtomicUsize,
    voters: AtomicUsize,
}

impl TransactionProxy for Recording {
    fn commit(&self, id: Uuid) -> Result<()> {
        assert!(!self.panics, "in the proxy");
        self.committed.lock().unwrap().push(id);
        if self.refuses { Err(Error::from(E_FAIL)) } else { Ok(()) }
    }
    fn abort(&self) -> Result<()> {
        assert!(!self.panics, "in the proxy");
        self.aborts.fetch_add(1, Ordering::Relaxed);
        self.transaction.as_ref().map_or(Ok(()), Transaction::abort)
    }
    fn promote(&self) -> Result<Transaction> {
        let transaction = self.transaction.as_ref().map(Transaction::participant);
        transaction.ok_or_else(|| Error::from(CONTEXT_E_NOTRANSACTION))
    }
    fn create_voter(&self, voter: Arc<dyn Voter>) -> Result<()> {
        self.voters.fetch_add(1, Ordering::Relaxed);
        self.promote()?.register_voter(voter)
    }
}

#[test]
fn a_registered_proxy_commits_for_the_root() {
    every_machine(|_| {
        let proxy = Arc::new(Recording::default());
        let domain = enter(&root());
        let id = here().transaction_info().register_transaction_proxy(proxy.clone()).unwrap();
        let again = here().transaction_info().register_transaction_proxy(proxy.clone());
        assert_eq!(code(again), XACT_E_XTIONEXISTS);
        assert!(proxy.committed.lock().unwrap().is_empty());
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
        assert_eq!(*proxy.committed.lock().unwrap(), [id]);
        assert_eq!(proxy.aborts.load(Ordering::Relaxed), 0);
        assert_eq!(Arc::strong_count(&proxy), 1);
    });
}

#[test]
fn a_root_that_votes_abort_aborts_through_its_proxy() {
    every_machine(|_| {
        let proxy = Arc::new(Recording::default());
        let domain = enter(&root());
        here().transaction_info().register_transaction_proxy(proxy.clone()).unwrap();
        here().set_abort().unwrap();
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
        assert!(proxy.committed.lock().unwrap().is_empty());
        assert_eq!(proxy.aborts.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_proxy_that_fails_to_commit_aborts_the_transaction() {
    every_machine(|_| {
        let store = VolatileStore::new("ledger");
        let proxy = Arc::new(Recording { refuses: true, ..Default::default() });
        let domain = enter(&root());
        store.add(&here().info().transaction().unwrap().unwrap(), "alice", 1).unwrap();
        here().transaction_info().register_transaction_proxy(proxy.clone()).unwrap();
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
        assert_eq!(proxy.committed.lock().unwrap().len(), 1);
        assert_eq!(store.get("alice"), 0);
    });
}

#[test]
fn a_proxy_that_panics_leaves_no_context_behind() {
    every_machine(|world| {
        for abort in [false, true] {
            let before = place();
            let domain = enter(&root());
            here()
                .transaction_info()
                .register_transaction_proxy(Arc::new(Recording { panics: true, ..Default::default() }))
                .unwrap();
            if abort {
                here().set_abort().unwrap();
            }
            let left = catch_unwind(AssertUnwindSafe(|| domain.leave()));
            assert_eq!(place(), before, "left, whatever the proxy does");
            assert_eq!(left.expect("caught, like a panic in a sink or a voter"), Ok(TransactionStatus::Aborted));
        }
        world.assert_diagnostics(&[Diagnostic::CallbackPanicked; 2]);
    });
}

#[test]
fn only_the_root_of_an_automatic_transaction_takes_a_proxy() {
    every_machine(|world| {
        let register = || here().transaction_info().register_transaction_proxy(Arc::new(Recording::default()));
        let not_implemented = |config: &ServiceConfig| {
            let domain = enter(config);
            assert_eq!(code(register()), E_NOTIMPL, "{config:?}");
            domain.leave().unwrap();
        };
        not_implemented(&ServiceConfig::new());
        let t = world.runtime.transaction_manager().begin(Default::default()).unwrap();
        not_implemented(&ServiceConfig::new().bring_your_own_transaction(&t));
        let outer = enter(&root());
        not_implemented(&joining());
        register().unwrap();
        not_implemented(&joining());
        outer.leave().unwrap();
    });
}

#[test]
fn a_brought_proxy_is_asked_for_a_ballot_at_each_entry() {
    every_machine(|world| {
        let t = world.runtime.transaction_manager().begin(Default::default()).unwrap();
        let proxy = Arc::new(Recording { transaction: Some(t.clone()), ..Default::default() });
        let config = ServiceConfig::new().bring_your_own_transaction(BroughtTransaction::Proxy(proxy.clone()));
        for entries in 1..=2 {
            let domain = enter(&config);
            assert_eq!(place().transaction, Some(t.id()));
            assert_eq!(
                proxy.voters.load(Ordering::Relaxed),
                entries,
                "CreateVoter gives the context its ballot (SWC 4.5)"
            );
            domain.leave().unwrap();
        }
        t.commit().unwrap();
    });
}

#[test]
fn an_immediate_abort_goes_through_the_brought_proxy() {
    let compat = complus::Compat { byot_abort: complus::ByotAbort::Immediate, ..Default::default() };
    every_machine_with(
        |builder| builder.compat(compat),
        |world| {
            let t = world.runtime.transaction_manager().begin(Default::default()).unwrap();
            let proxy = Arc::new(Recording { transaction: Some(t.clone()), ..Default::default() });
            let domain =
                enter(&ServiceConfig::new().bring_your_own_transaction(BroughtTransaction::Proxy(proxy.clone())));
            here().set_abort().unwrap();
            assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
            assert_eq!(
                proxy.aborts.load(Ordering::Relaxed),
                1,
                "a proxy's Abort rolls back the outer transaction (TXN 11.2)"
            );
            assert!(proxy.committed.lock().unwrap().is_empty());
            assert_eq!(t.state(), StreamState::Aborted);
        },
    );
}

#[test]
fn a_reusable_proxy_without_transaction_cannot_be_entered() {
    every_machine(|_| {
        let proxy = Arc::new(Recording::default());
        let config = ServiceConfig::new().bring_your_own_transaction(BroughtTransaction::Proxy(proxy));
        let before = place();
        assert_eq!(code(ServiceDomain::enter(&config)), complus::hresult::XACT_E_NOTRANSACTION);
        assert_eq!(place(), before);
    });
}

#[test]
fn a_transaction_of_another_manager_keeps_its_id() {
    every_machine(|_| {
        let elsewhere = TransactionManager::with(complus::Clock::system(), 99, 60);
        let t = elsewhere.begin(Default::default()).unwrap();
        let domain = enter(&ServiceConfig::new().bring_your_own_transaction(&t));
        assert_eq!(here().info().transaction().unwrap().unwrap().id(), t.id());
        assert_eq!(here().transaction_id().unwrap(), Some(t.id()));
        let inner = enter(&joining());
        assert_eq!(here().transaction_id().unwrap(), Some(t.id()));
        inner.leave().unwrap();
        domain.leave().unwrap();
        t.commit().unwrap();
    });
}

#[test]
fn properties_are_set_found_and_removed_by_name() {
    every_machine(|_| {
        let domain = enter(&ServiceConfig::new());
        let properties = here().properties();
        assert_eq!(properties.count().unwrap(), 0);
        assert_eq!(code(properties.get("Color")), E_INVALIDARG);
        assert_eq!(code(properties.remove("Color")), E_INVALIDARG);
        assert_eq!(code(properties.set("", "value")), E_INVALIDARG);
        for name in ["Application", "Request", "response", "SERVER", "Session"] {
            assert_eq!(code(properties.get(name)), CO_E_NOIISINTRINSICS, "{name}");
        }
        properties.set("Color", "red").unwrap();
        properties.set("COLOR", "blue").unwrap();
        properties.set("Size", "").unwrap();
        assert_eq!((properties.count().unwrap(), properties.names().unwrap().len()), (2, 2));
        assert_eq!((properties.get("color").unwrap(), properties.get("size").unwrap()), ("blue".into(), String::new()));
        properties.remove("cOLOR").unwrap();
        assert_eq!(code(properties.get("Color")), E_INVALIDARG);
        domain.leave().unwrap();
    });
}

#[test]
fn a_shared_context_tells_its_ids_elsewhere_and_says_when_its_transaction_is_over() {
    every_machine(|world| {
        let domain = enter(&root());
        let inside = place();
        let shared = here().share().unwrap();
        let look = |shared: &SharedContext| (shared.context_id(), shared.activity_id(), shared.transaction_id());
        let expected = (inside.context.unwrap(), inside.activity, inside.transaction);
        thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(look(&shared), expected);
                assert_eq!(shared.runtime().seed(), world.runtime.seed());
                let transaction = shared.transaction().unwrap().unwrap();
                assert_eq!(code(transaction.commit()), XACT_E_COMMITPREVENTED);
            });
        });
        assert_eq!(place(), inside, "sharing moves nothing that can be seen");
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
        assert_eq!(look(&shared), expected);
        assert_eq!(code(shared.transaction()), CONTEXT_E_OLDREF);
        assert_eq!(shared.transaction_state(), Some(StreamState::Committed));

        let domain = enter(&ServiceConfig::new());
        let shared = here().share().unwrap();
        domain.leave().unwrap();
        assert!(shared.transaction().unwrap().is_none());
        assert_eq!((shared.activity_id(), shared.transaction_id(), shared.transaction_state()), (None, None, None));
    });
}

#[test]
fn another_thread_that_aborts_the_shared_transaction_aborts_the_domain() {
    every_machine(|_| {
        let outer = enter(&root());
        let inner = enter(&joining());
        let shared = here().share().unwrap();
        thread::spawn(move || shared.transaction().unwrap().unwrap().abort().unwrap()).join().unwrap();
        assert_eq!(inner.leave().unwrap(), TransactionStatus::Aborted);
        assert_eq!(code(ServiceDomain::enter(&joining())), complus::hresult::XACT_E_NOTRANSACTION);
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Aborted);
    });
}

#[test]
fn equal_tokens_are_the_same_context() {
    every_machine(|world| {
        let token = || context_token().unwrap();
        let default = token();
        assert_eq!(default, token());
        let outer = enter(&ServiceConfig::new());
        let outside = token();
        let inner = enter(&ServiceConfig::new());
        let inside = token();
        assert!(default != outside && outside != inside && default != inside);
        let mut by_com = None;
        com::co_get_context_token(Some(&mut by_com)).unwrap();
        assert_eq!(by_com, Some(inside));
        inner.leave().unwrap();
        assert_eq!(token(), outside);
        outer.leave().unwrap();
        assert_eq!(token(), default);
        // Threads of the MTA have its one default context, each STA has its own.
        let token_in = |model| {
            let _bound = world.runtime.enter();
            let _apartment = Apartment::initialize(model).unwrap();
            token()
        };
        let _keep = world.runtime.enter();
        std::mem::forget(Apartment::initialize(ApartmentModel::Multithreaded).unwrap());
        let here = token();
        thread::scope(|scope| {
            let there = scope.spawn(|| token_in(ApartmentModel::Multithreaded)).join().unwrap();
            assert_eq!(here, there);
            let implicit = scope.spawn(|| {
                let _bound = world.runtime.enter();
                token()
            });
            assert_eq!(here, implicit.join().unwrap());
            let sta = scope.spawn(|| token_in(ApartmentModel::ApartmentThreaded)).join().unwrap();
            assert!(sta != here && sta != default);
        });
    });
}

#[test]
fn nothing_is_checked_in_a_domain_and_everybody_is_in_every_role() {
    every_machine_with(
        |builder| builder.principal("bob"),
        |_| {
            let _alice = AsPrincipal::assume("alice").unwrap();
            let domain = enter(&ServiceConfig::new());
            let (context, security) = (here(), here().security());
            assert!(!context.is_security_enabled().unwrap() && !security.is_security_enabled().unwrap());
            for role in ["", "Teller", "no such role"] {
                assert!(context.is_caller_in_role(role).unwrap() && security.is_caller_in_role(role).unwrap());
            }
            assert_eq!(security.principal().unwrap(), "alice");
            {
                let _carol = AsPrincipal::assume("carol").unwrap();
                assert_eq!(security.principal().unwrap(), "carol");
            }
            assert_eq!(security.principal().unwrap(), "alice");
            domain.leave().unwrap();
            drop(_alice);
            let domain = enter(&ServiceConfig::new());
            assert_eq!(here().security().principal().unwrap(), "bob");
            assert_eq!(here().info().application_id().unwrap(), Uuid::nil());
            assert_eq!(here().info().application_instance_id().unwrap(), Uuid::nil());
            domain.leave().unwrap();
        },
    );
}
