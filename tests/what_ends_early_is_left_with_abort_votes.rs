//! Threads that end, scopes that cannot go on, and the numbers that observing must not change.

use complus::{Limits, TransactionOptions, Vote, Voter, event::Event, hresult::*, id::TransactionId, prelude::*};
use std::{
    future::Future,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
};

fn mta() -> Apartment {
    Apartment::initialize(ApartmentModel::Multithreaded).unwrap()
}

#[test]
fn a_thread_that_ends_in_a_brought_transaction_vetoes_it() {
    let runtime = Runtime::builder().build().unwrap();
    let transaction = runtime.transaction_manager().begin(TransactionOptions::default()).unwrap();
    let (machine, brought) = (runtime, transaction.participant());
    thread::spawn(move || {
        std::mem::forget(machine.enter()); // the binding lasts as long as the thread
        mta().forget();
        let config = ServiceConfig::new().bring_your_own_transaction(brought);
        complus::com::co_enter_service_domain(&config).unwrap();
    })
    .join()
    .unwrap();
    assert_eq!(transaction.commit().unwrap_err().hresult(), XACT_E_ABORTED);
}

/// Pending once, then ready.
async fn pause() {
    let mut polled = false;
    std::future::poll_fn(move |_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}

#[test]
fn a_scope_that_finds_no_room_ends_with_an_abort_vote_and_leaves_the_thread_as_it_was() {
    let runtime = Runtime::builder().limits(Limits { depth: 2, ..Limits::default() }).build().unwrap();
    let _bound = runtime.enter();
    let _apartment = mta();
    let root = ServiceConfig::new().transaction(TransactionConfig::New);
    let told = Arc::new(Mutex::new(None));
    let mut scope = pin!(ServiceDomain::scope(&root, {
        let told = told.clone();
        async move {
            *told.lock().unwrap() = ObjectContext::current().unwrap().info().transaction().unwrap();
            pause().await;
        }
    }));
    let mut waker = Context::from_waker(Waker::noop());
    assert!(scope.as_mut().poll(&mut waker).is_pending());
    let domain = ServiceDomain::enter(&root).unwrap();
    let here = complus::context_token().unwrap();
    match scope.as_mut().poll(&mut waker) {
        Poll::Ready(Err(error)) => assert_eq!(error.hresult(), E_OUTOFMEMORY),
        other => panic!("{other:?}"),
    }
    assert_eq!(complus::context_token().unwrap(), here);
    assert_eq!(told.lock().unwrap().as_ref().unwrap().state(), complus::context::StreamState::Aborted);
    assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
}

#[test]
fn observing_changes_no_id_of_an_implicit_member_of_the_mta() {
    let ids = |observed: bool| {
        let builder = Runtime::builder().seed(7);
        let builder = if observed { builder.observer(Arc::new(|_: &Event| {})) } else { builder };
        let runtime = builder.build().unwrap();
        let _bound = runtime.enter();
        let _apartment = mta();
        let implicit = runtime.clone();
        let member = move || {
            let _bound = implicit.enter();
            let enter = || ServiceDomain::enter(&ServiceConfig::new()).unwrap();
            let domains = [enter(), enter(), enter()];
            let ids = complus::ObjectContext::current().unwrap().context_id().unwrap();
            for domain in domains.into_iter().rev() {
                domain.leave().unwrap();
            }
            ids
        };
        thread::spawn(member).join().unwrap()
    };
    assert_eq!(ids(true), ids(false));
}

struct Told(Mutex<Option<complus::Outcome>>);
impl Voter for Told {
    fn vote(&self) -> bool {
        true
    }
    fn outcome(&self, outcome: complus::Outcome) {
        *self.0.lock().unwrap() = Some(outcome);
    }
}

/// The only resource manager, and it does not know what became of its commit.
struct Lost;
impl complus::ResourceManager for Lost {
    fn name(&self) -> &str {
        "lost"
    }
    fn prepare(&self, _: TransactionId) -> Vote {
        Vote::Prepared
    }
    fn commit_single_phase(&self, _: TransactionId) -> Vote {
        Vote::Unknown
    }
    fn commit(&self, _: TransactionId) {}
    fn abort(&self, _: TransactionId) {}
}

#[test]
fn in_doubt_is_what_everybody_is_told() {
    let runtime = Runtime::builder().build().unwrap();
    let _bound = runtime.enter();
    let _apartment = mta();
    let voter = Arc::new(Told(Mutex::default()));
    let domain = ServiceDomain::enter(&ServiceConfig::new().transaction(TransactionConfig::New)).unwrap();
    let transaction = ObjectContext::current().unwrap().info().transaction().unwrap().unwrap();
    transaction.enlist(Arc::new(Lost)).unwrap();
    transaction.register_voter(voter.clone()).unwrap();
    assert_eq!(domain.leave().unwrap(), TransactionStatus::InDoubt);
    assert_eq!(TransactionStatus::InDoubt.hresult(), XACT_E_INDOUBT);
    assert_eq!(*voter.0.lock().unwrap(), Some(complus::Outcome::InDoubt));
}
