//! How domains end: guards, drops, panics, ends of apartments, bindings and threads, status sinks, ten thousand.

mod support;

use complus::{
    Compat, HResult, VolatileStore, com,
    context::StreamState,
    event::{Diagnostic, What},
    hresult::{CONTEXT_E_NOCONTEXT, S_OK, XACT_S_LOCALLY_OK},
    prelude::*,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};
use support::*;

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
                com::co_initialize_ex(None, ApartmentModel::Multithreaded).unwrap();
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
            com::co_initialize_ex(None, ApartmentModel::ApartmentThreaded).unwrap();
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
            com::co_initialize_ex(None, ApartmentModel::Multithreaded).unwrap();
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
            com::co_initialize_ex(None, ApartmentModel::Multithreaded).unwrap();
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
