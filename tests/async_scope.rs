//! Futures in service domains, on three executors and polled by hand.

mod support;

use complus::{
    Compat, Completed, Limits, Result, Scope, VolatileStore, com,
    context::StreamState,
    event::{Diagnostic, What},
    hresult::{CO_E_THREADPOOL_CONFIG, CONTEXT_E_NOCONTEXT, E_OUTOFMEMORY, RPC_E_WRONG_THREAD, XACT_E_ABORTED},
    prelude::*,
};
use std::{
    collections::BTreeSet,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};
use support::*;

/// One poll by hand.
fn poll<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Pending once.
async fn pause() {
    let mut paused = false;
    poll_fn(|context| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The value and the status of a scope that has to be ready.
#[track_caller]
fn ready<T>(poll: Poll<Result<Completed<T>>>) -> (T, TransactionStatus) {
    match poll {
        Poll::Ready(Ok(completed)) => (completed.value, completed.status),
        Poll::Ready(Err(error)) => panic!("{error}"),
        Poll::Pending => panic!("pending"),
    }
}

/// On tokio's executor of one thread: this one.
fn on_tokio<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// Runs `work` on a thread of its own.
fn elsewhere(work: impl FnOnce() + Send) {
    thread::scope(|threads| threads.spawn(work).join().unwrap());
}

/// Checks that the context is the same before and after every pause; answers where it was.
async fn steady() -> Place {
    let inside = place();
    for _ in 0..3 {
        pause().await;
        assert_eq!(place(), inside);
    }
    inside
}

#[test]
fn the_context_is_current_inside_and_not_outside() {
    every_machine(|_| {
        let outside = place();
        let mut scope = Box::pin(ServiceDomain::scope(&root(), steady()));
        assert_eq!(place(), outside, "nothing is entered before the first poll");
        for _ in 0..3 {
            assert!(poll(&mut scope).is_pending());
            assert_eq!(place(), outside);
        }
        let (inside, status) = ready(poll(&mut scope));
        assert_eq!((place(), status), (outside.clone(), TransactionStatus::Committed));
        assert!(inside.context.is_some() && inside.transaction.is_some() && inside.activity.is_some());
        assert_ne!(inside.token, outside.token);
    });
}

#[test]
fn a_scope_runs_on_tokio_with_one_thread() {
    every_machine(|_| {
        let outside = place();
        let done = on_tokio(async {
            let done = ServiceDomain::scope(&root(), async {
                let inside = steady().await;
                tokio::time::sleep(Duration::from_millis(1)).await;
                assert_eq!(place(), inside);
                here().set_complete().unwrap();
            });
            done.await
        });
        assert_eq!(done.unwrap().status, TransactionStatus::Committed);
        assert_eq!(place(), outside);
    });
}

#[test]
fn a_scope_runs_on_smol() {
    every_machine(|_| {
        let outside = place();
        let executor = smol::LocalExecutor::new();
        let done = smol::block_on(executor.run(async {
            let task = executor.spawn(ServiceDomain::scope(&root(), async {
                let inside = steady().await;
                smol::Timer::after(Duration::from_millis(1)).await;
                assert_eq!(place(), inside);
                here().set_abort().unwrap();
                inside
            }));
            let other = executor.spawn(ServiceDomain::scope(&own_activity(), steady()));
            let (task, other) = smol::future::zip(task, other).await;
            let (task, other) = (task.unwrap(), other.unwrap());
            assert_ne!(task.value.context, other.value.context);
            assert_eq!(other.status, TransactionStatus::NoTransaction);
            task
        }));
        assert_eq!(done.status, TransactionStatus::Aborted);
        assert_eq!(place(), outside);
    });
}

/// Pools of threads need to know the machine.
fn pool(runtime: &Runtime) -> tokio::runtime::Runtime {
    let runtime = runtime.clone();
    let bind = move || {
        std::mem::forget(runtime.enter());
        com::co_initialize_ex(None, ApartmentModel::Multithreaded).unwrap();
    };
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().on_thread_start(bind).build().unwrap()
}

/// Goes on until another thread polls it.
async fn hop() -> BTreeSet<String> {
    let mut threads = BTreeSet::new();
    for _ in 0..5000 {
        threads.insert(format!("{:?}", thread::current().id()));
        if threads.len() > 1 {
            break;
        }
        // Whoever polls this is busy for a while, so that somebody else has to go on.
        tokio::spawn(async { thread::sleep(Duration::from_millis(2)) });
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    threads
}

#[test]
fn a_scope_hops_between_the_threads_of_the_multithreaded_apartment() {
    every_machine(|world| {
        let pool = pool(&world.runtime);
        let store = VolatileStore::new("ledger");
        let work = |name: &'static str, abort: bool| {
            let store = store.clone();
            ServiceDomain::scope(&root(), async move {
                let inside = place();
                store.add(&here().info().transaction().unwrap().unwrap(), name, 1).unwrap();
                let threads = hop().await;
                assert_eq!(place(), inside);
                if abort {
                    here().set_abort().unwrap();
                }
                (inside, threads)
            })
        };
        let (keep, lose) = (pool.spawn(work("keep", false)), pool.spawn(work("lose", true)));
        let (keep, lose) = pool.block_on(async { (keep.await.unwrap().unwrap(), lose.await.unwrap().unwrap()) });
        assert_eq!((keep.status, lose.status), (TransactionStatus::Committed, TransactionStatus::Aborted));
        assert!(keep.value.1.len() > 1, "it hopped: {:?}", keep.value.1);
        assert_ne!(keep.value.0.transaction, lose.value.0.transaction);
        assert_eq!((store.get("keep"), store.get("lose")), (1, 0));
    });
}

#[test]
fn a_scope_may_be_sent_wherever_its_future_may() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&ServiceDomain::scope(&root(), async {}));
}

#[test]
fn two_scopes_interleave_and_each_keeps_its_context() {
    every_machine(|_| {
        let outside = place();
        let (one, two) = on_tokio(async {
            let one = ServiceDomain::scope(&root(), steady());
            let two = ServiceDomain::scope(&root(), async {
                let inside = steady().await;
                here().set_abort().unwrap();
                inside
            });
            tokio::join!(one, two)
        });
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!((one.status, two.status), (TransactionStatus::Committed, TransactionStatus::Aborted));
        let (one, two) = (one.value, two.value);
        assert!(one.context != two.context && one.activity != two.activity && one.transaction != two.transaction);
        assert_eq!(place(), outside);
    });
}

#[test]
fn scopes_nest_and_the_inner_joins_the_outer() {
    every_machine(|_| {
        let outside = place();
        let done = on_tokio(ServiceDomain::scope(&root(), async {
            let outer = place();
            let one = ServiceDomain::scope(&joining(), steady());
            let two = ServiceDomain::scope(&joining(), async {
                let inside = steady().await;
                here().set_abort().unwrap();
                inside
            });
            let (one, two) = tokio::join!(one, two);
            let (one, two) = (one.unwrap(), two.unwrap());
            assert_eq!(place(), outer);
            assert_eq!((one.value.transaction, one.value.activity), (outer.transaction, outer.activity));
            assert_eq!((two.value.transaction, two.value.activity), (outer.transaction, outer.activity));
            assert_ne!(one.value.context, two.value.context);
            // The other one may have left before or after the doom.
            assert!(matches!(one.status, TransactionStatus::LocallyOk | TransactionStatus::Aborting));
            assert_eq!(two.status, TransactionStatus::Aborting);
        }));
        assert_eq!(done.unwrap().status, TransactionStatus::Aborted);
        assert_eq!(place(), outside);
    });
}

#[test]
fn a_scope_in_a_domain_joins_it() {
    every_machine(|_| {
        let domain = enter(&root());
        let outside = place();
        let done = on_tokio(ServiceDomain::scope(&ServiceConfig::inheriting(), steady())).unwrap();
        assert_eq!((done.value.transaction, done.value.activity), (outside.transaction, outside.activity));
        assert_eq!(done.status, TransactionStatus::LocallyOk);
        assert_eq!(place(), outside);
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
    });
}

#[test]
fn a_scope_that_is_dropped_early_aborts() {
    every_machine(|world| {
        let outside = place();
        let store = VolatileStore::new("ledger");
        let mut scope = Box::pin(ServiceDomain::scope(&root(), async {
            store.add(&here().info().transaction().unwrap().unwrap(), "alice", 1).unwrap();
            here().set_complete().unwrap();
            pause().await;
        }));
        assert!(poll(&mut scope).is_pending());
        drop(scope);
        assert_eq!((store.get("alice"), place()), (0, outside.clone()));
        world.assert_diagnostics(&[Diagnostic::DroppedDomain]);
        // Before its first poll there is nothing to leave.
        drop(ServiceDomain::scope(&root(), pause()));
        world.assert_diagnostics(&[Diagnostic::DroppedDomain]);
        assert!(!world.log.saw_failfast());
        assert_eq!(place(), outside);
    });
}

#[test]
fn a_scope_may_be_dropped_on_any_thread() {
    every_machine(|_| {
        let mut scope = Box::pin(ServiceDomain::scope(&root(), async {
            let transaction = here().info().transaction().unwrap().unwrap();
            pause().await;
            drop(transaction);
        }));
        assert!(poll(&mut scope).is_pending());
        thread::spawn(move || drop(scope)).join().unwrap();
        let mut scope = Box::pin(ServiceDomain::scope(&root(), steady()));
        assert!(poll(&mut scope).is_pending());
    });
}

#[test]
fn domains_inside_of_a_scope_nest_across_its_pauses() {
    every_machine(|_| {
        let outside = place();
        let done = on_tokio(ServiceDomain::scope(&root(), async {
            let around = place();
            assert_eq!(ServiceDomain::run(&joining(), || ()).unwrap().status, TransactionStatus::LocallyOk);
            let inner = enter(&joining());
            let independent = enter(&root());
            let inside = steady().await;
            assert!(inside.transaction != around.transaction && inside.context != around.context);
            here().set_abort().unwrap();
            pause().await;
            assert_eq!(independent.leave().unwrap(), TransactionStatus::Aborted);
            assert_eq!(place().transaction, around.transaction);
            pause().await;
            assert_eq!(inner.leave().unwrap(), TransactionStatus::LocallyOk);
            assert_eq!(place(), around);
        }));
        assert_eq!(done.unwrap().status, TransactionStatus::Committed);
        assert_eq!(place(), outside);
    });
}

#[test]
fn a_scopes_context_is_not_left_by_the_com_shaped_call() {
    every_machine(|_| {
        let done = on_tokio(ServiceDomain::scope(&root(), async {
            let inside = place();
            assert_eq!(co_leave(), []);
            assert_eq!(code(com::try_leave_service_domain(None)), CONTEXT_E_NOCONTEXT);
            assert_eq!(place(), inside);
        }));
        assert_eq!(done.unwrap().status, TransactionStatus::Committed);
    });
}

#[test]
fn a_domain_left_open_at_the_end_of_a_scope_is_left_with_an_abort_vote() {
    every_machine(|world| {
        let outside = place();
        let done = on_tokio(ServiceDomain::scope(&root(), async {
            com::co_enter_service_domain(&joining()).unwrap();
            pause().await;
        }));
        assert_eq!(done.unwrap().status, TransactionStatus::Aborted);
        assert_eq!(place(), outside);
        world.assert_diagnostics(&[Diagnostic::UnbalancedDomain]);
    });
}

/// A scope that panics after `pauses`.
fn bomb(store: &VolatileStore, pauses: usize) -> Pin<Box<Scope<impl Future<Output = ()> + Send + use<>>>> {
    let store = store.clone();
    Box::pin(ServiceDomain::scope(&root(), async move {
        store.add(&here().info().transaction().unwrap().unwrap(), "alice", 1).unwrap();
        here().set_complete().unwrap();
        for _ in 0..pauses {
            pause().await;
        }
        panic!("in the future")
    }))
}

/// Strict misuse: a panic through a scope is none.
fn strictly(builder: complus::RuntimeBuilder) -> complus::RuntimeBuilder {
    builder.compat(Compat { strict_misuse: true, ..Compat::default() })
}

#[test]
fn a_panic_inside_aborts_and_goes_on() {
    every_machine_with(strictly, |world| {
        let outside = place();
        for pauses in 0..3 {
            let store = VolatileStore::new("ledger");
            let mut scope = bomb(&store, pauses);
            for _ in 0..pauses {
                assert!(poll(&mut scope).is_pending());
            }
            let panicked = catch_unwind(AssertUnwindSafe(|| poll(&mut scope)));
            assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"in the future"));
            assert_eq!((store.get("alice"), place()), (0, outside.clone()));
            assert!(world.runtime.is_alive() && !world.log.saw_failfast());
        }
        world.assert_diagnostics(&[Diagnostic::PanicInDomain; 3]);
    });
}

#[test]
fn a_panic_on_a_thread_of_another_machine_is_no_misuse_either() {
    every_bare_machine(strictly, |world| {
        com::co_initialize_ex(None, ApartmentModel::Multithreaded).unwrap();
        let store = VolatileStore::new("ledger");
        let mut scope = bomb(&store, 1);
        assert!(poll(&mut scope).is_pending());
        thread::scope(|threads| {
            threads.spawn(|| {
                let other = Runtime::builder().build().unwrap();
                let _bound = other.enter();
                catch_unwind(AssertUnwindSafe(|| poll(&mut scope))).unwrap_err();
                assert_eq!(place().token, None);
            });
        });
        assert_eq!(store.get("alice"), 0);
        assert!(world.runtime.is_alive() && !world.log.saw_failfast());
        world.assert_diagnostics(&[Diagnostic::PanicInDomain]);
    });
}

#[test]
fn a_scope_of_the_multithreaded_apartment_goes_on_on_any_thread_of_it() {
    every_bare_machine(
        |builder| builder,
        |world| {
            com::co_initialize_ex(None, ApartmentModel::Multithreaded).unwrap();
            let mut scope = Box::pin(ServiceDomain::scope(&root(), steady()));
            assert!(poll(&mut scope).is_pending());
            // A member by initialisation, an implicit one, and one that is bound to no machine at all.
            elsewhere(|| {
                let _bound = world.runtime.enter();
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                assert!(poll(&mut scope).is_pending());
            });
            elsewhere(|| {
                let _bound = world.runtime.enter();
                assert!(poll(&mut scope).is_pending());
            });
            elsewhere(|| assert_eq!(ready(poll(&mut scope)).1, TransactionStatus::Committed));
        },
    );
}

#[test]
fn a_scope_of_an_sta_is_refused_elsewhere_and_aborts() {
    every_machine(|world| {
        let outside = place();
        for model in [None, Some(ApartmentModel::ApartmentThreaded), Some(ApartmentModel::Multithreaded)] {
            let mut scope = Box::pin(ServiceDomain::scope(&root(), async {
                let transaction = here().info().transaction().unwrap().unwrap();
                thread::spawn(move || drop(transaction)).join().unwrap();
                steady().await
            }));
            let store = VolatileStore::new("ledger");
            let work = store.clone();
            let mut working = Box::pin(ServiceDomain::scope(&root(), async move {
                work.add(&here().info().transaction().unwrap().unwrap(), "alice", 1).unwrap();
                pause().await;
            }));
            assert!(poll(&mut scope).is_pending() && poll(&mut working).is_pending());
            thread::scope(|threads| {
                threads.spawn(|| {
                    let _bound = world.runtime.enter();
                    let _apartment = model.map(|model| Apartment::initialize(model).unwrap());
                    let before = place();
                    let refused =
                        |polled: Poll<HResult>| assert_eq!(polled, Poll::Ready(RPC_E_WRONG_THREAD), "{model:?}");
                    refused(poll(&mut scope).map(code));
                    refused(poll(&mut working).map(code));
                    assert_eq!(place(), before);
                });
            });
            assert_eq!(store.get("alice"), 0);
        }
        assert_eq!(place(), outside);
    });
}

#[test]
fn a_scope_that_cannot_be_entered_gives_the_code_and_never_runs() {
    every_machine(|_| {
        let config = root().thread_pool(ThreadPool::Sta);
        let done = on_tokio(ServiceDomain::scope(&config, async { unreachable!() }));
        assert_eq!(code(done), CO_E_THREADPOOL_CONFIG);
    });
}

#[test]
fn there_are_at_most_so_many_suspended_contexts() {
    let limits = Limits { contexts: 2, ..Limits::default() };
    every_machine_with(
        |builder| builder.limits(limits),
        |_| {
            let scope = || Box::pin(ServiceDomain::scope(&root(), pause()));
            for _ in 0..3 {
                let (mut one, mut two, mut three) = (scope(), scope(), scope());
                assert!(poll(&mut one).is_pending() && poll(&mut two).is_pending());
                let before = place();
                assert_eq!(poll(&mut three).map(code), Poll::Ready(E_OUTOFMEMORY));
                assert_eq!(place(), before);
                ready(poll(&mut one));
                assert!(poll(&mut scope()).is_pending());
            }
        },
    );
}

#[test]
fn time_goes_on_while_a_scope_is_pending() {
    every_machine(|world| {
        let mut scope = Box::pin(ServiceDomain::scope(&root().transaction_timeout(Duration::from_secs(1)), async {
            pause().await;
            assert_eq!(code(ServiceDomain::enter(&joining())), complus::hresult::XACT_E_NOTRANSACTION);
        }));
        assert!(poll(&mut scope).is_pending());
        world.wait(1);
        assert_eq!(ready(poll(&mut scope)).1, TransactionStatus::Aborted);
    });
}

#[test]
fn suspending_and_resuming_is_told() {
    every_machine(|world| {
        if !world.observed {
            return;
        }
        world.log.take();
        let mut scope = Box::pin(ServiceDomain::scope(&ServiceConfig::new(), async {
            pause().await;
            place()
        }));
        assert!(poll(&mut scope).is_pending());
        let (inside, _) = ready(poll(&mut scope));
        let events = world.log.take();
        assert!(events.iter().all(|event| event.context == inside.context));
        let whats: Vec<_> = events.into_iter().map(|event| event.what).collect();
        let [What::DomainEntered { .. }, What::DomainSuspended, What::DomainResumed, What::DomainLeft { .. }] =
            whats[..]
        else {
            panic!("{whats:?}")
        };
    });
}

#[test]
fn an_inconsistent_scope_that_is_still_pending_aborts_its_root() {
    every_machine(|_| {
        let domain = enter(&root());
        let transaction = here().info().transaction().unwrap().unwrap();
        let mut scope = Box::pin(ServiceDomain::scope(&joining(), async {
            here().disable_commit().unwrap();
            pause().await;
        }));
        assert!(poll(&mut scope).is_pending());
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted, "its flags count (TXN 14.3)");
        assert_eq!(transaction.state(), StreamState::Aborted);
        assert_eq!(ready(poll(&mut scope)).1, TransactionStatus::Aborted);
    });
}

#[test]
fn a_future_needs_no_pinning_by_its_caller() {
    every_machine(|_| {
        let scope = pin!(ServiceDomain::scope(&root(), async { 1 }));
        assert_eq!(smol::block_on(scope).unwrap(), Completed { value: 1, status: TransactionStatus::Committed });
    });
}

#[test]
fn an_inconsistent_scope_that_is_pending_vetoes_the_owners_commit() {
    every_machine(|world| {
        let begin = || world.runtime.transaction_manager().begin(Default::default()).unwrap();
        let inconsistent = || async {
            here().disable_commit().unwrap();
            pause().await;
        };
        let t = begin();
        let mut scope =
            Box::pin(ServiceDomain::scope(&ServiceConfig::new().bring_your_own_transaction(&t), inconsistent()));
        assert!(poll(&mut scope).is_pending());
        assert_eq!(code(t.commit()), XACT_E_ABORTED);
        assert_eq!(ready(poll(&mut scope)).1, TransactionStatus::Aborted);
        // Deeper, too.
        let t = begin();
        let domain = enter(&ServiceConfig::new().bring_your_own_transaction(&t));
        let mut scope = Box::pin(ServiceDomain::scope(&joining(), inconsistent()));
        assert!(poll(&mut scope).is_pending());
        assert_eq!(code(t.commit()), XACT_E_ABORTED);
        assert_eq!(ready(poll(&mut scope)).1, TransactionStatus::Aborted);
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
        // And a consistent one does not.
        let t = begin();
        let mut scope = Box::pin(ServiceDomain::scope(&ServiceConfig::new().bring_your_own_transaction(&t), pause()));
        assert!(poll(&mut scope).is_pending());
        t.commit().unwrap();
        assert_eq!(ready(poll(&mut scope)).1, TransactionStatus::Committed);
    });
}

#[test]
fn a_dropped_scope_in_a_brought_transaction_vetoes_the_owners_commit() {
    every_machine(|world| {
        let t = world.runtime.transaction_manager().begin(Default::default()).unwrap();
        let mut scope = Box::pin(ServiceDomain::scope(&ServiceConfig::new().bring_your_own_transaction(&t), pause()));
        assert!(poll(&mut scope).is_pending());
        drop(scope);
        assert_eq!(t.state(), StreamState::Doomed);
        assert_eq!(code(t.commit()), XACT_E_ABORTED);
    });
}

#[test]
fn an_interior_scope_that_outlives_its_root_does_not_report_committed() {
    every_machine(|_| {
        let domain = enter(&root());
        let mut scope = Box::pin(ServiceDomain::scope(&joining(), pause()));
        assert!(poll(&mut scope).is_pending());
        domain.leave().unwrap();
        let status = ready(poll(&mut scope)).1;
        assert_ne!(status, TransactionStatus::Committed, "an interior domain's status is never S_OK (SWC 13, 4)");
    });
}

/// A scope that joins, and is pending once.
fn pending() -> Pin<Box<Scope<impl Future<Output = ()>>>> {
    let mut scope = Box::pin(ServiceDomain::scope(&joining(), pause()));
    assert!(poll(&mut scope).is_pending());
    scope
}

#[test]
fn votes_from_before_a_scope_was_there_count_as_ever() {
    every_machine(|_| {
        // The root changed its mind; the scope ended before, or after, or was there all the time.
        for ends in 0..3 {
            let domain = enter(&root());
            here().disable_commit().unwrap();
            let mut scope = pending();
            if ends == 0 {
                ready(poll(&mut scope));
            }
            here().enable_commit().unwrap();
            if ends == 1 {
                assert_eq!(ready(poll(&mut scope)).1, TransactionStatus::LocallyOk);
            }
            assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed, "{ends}");
        }
        // The same one level deeper.
        let domain = enter(&root());
        let inner = enter(&joining());
        here().disable_commit().unwrap();
        let mut scope = pending();
        here().enable_commit().unwrap();
        ready(poll(&mut scope));
        assert_eq!(inner.leave().unwrap(), TransactionStatus::LocallyOk);
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
        // And the other way round.
        let domain = enter(&root());
        let mut scope = pending();
        here().disable_commit().unwrap();
        ready(poll(&mut scope));
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
    });
}

#[test]
fn a_domain_that_is_open_in_a_pending_scope_votes_too() {
    every_machine(|_| {
        for (consistent, expected) in [(true, TransactionStatus::Committed), (false, TransactionStatus::Aborted)] {
            let domain = enter(&root());
            let mut scope = Box::pin(ServiceDomain::scope(&joining(), async {
                let inner = enter(&joining());
                here().disable_commit().unwrap();
                if consistent {
                    here().enable_commit().unwrap();
                }
                pause().await;
                let _ = inner.leave();
            }));
            assert!(poll(&mut scope).is_pending());
            assert_eq!(domain.leave().unwrap(), expected);
        }
    });
}

#[test]
fn a_scope_dropped_before_its_root_leaves_aborts_the_root() {
    every_machine(|_| {
        let domain = enter(&root());
        drop(pending());
        assert_eq!(enter(&joining()).leave().unwrap(), TransactionStatus::Aborting);
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
    });
}
