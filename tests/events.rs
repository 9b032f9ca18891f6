//! What observers are told, and in which order.

mod support;

use complus::{
    AsPrincipal, Bound, Error, VirtualClock, apartment_type, com, context_token,
    error::RuntimeError,
    event::{AbortReason, Diagnostic, Event, FlagCall, Observer, What},
    hresult::E_UNEXPECTED,
    prelude::*,
    rules::{leave::Role, synchronization::Activity, transaction::Transaction as From},
};
use std::{
    cell::Cell,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use support::*;

/// Short names of what happened.
fn names(whats: &[What]) -> Vec<String> {
    let name = |what: &What| match what {
        What::DomainEntered { transaction, activity, .. } => format!("entered {transaction:?} {activity:?}"),
        What::DomainLeft { role, consistent, status } => format!("left {role:?} {consistent} {status:?}"),
        What::TransactionStarted { isolation, timeout, description, .. } => {
            format!("started {} {timeout} {description:?}", isolation.name())
        }
        What::TransactionAborted { reason } => format!("aborted {reason:?}"),
        other => format!("{other:?}"),
    };
    whats.iter().map(name).collect()
}

/// Every observed machine, with the apartment's own event forgotten.
fn every_observed(test: impl Fn(&World) + Sync) {
    every_machine(|world| {
        if world.observed {
            world.log.take();
            test(world);
        }
    });
}

#[test]
fn a_root_that_commits() {
    every_observed(|world| {
        let domain = enter(&root().transaction_description("transfer"));
        here().set_complete().unwrap();
        domain.leave().unwrap();
        let [created, started, entered, flags, prepared, committed, destroyed, left] = &world.log.take()[..] else {
            panic!()
        };
        assert_eq!(created.what, What::ActivityCreated);
        let What::TransactionStarted { isolation, timeout, description, .. } = &started.what else {
            panic!("{started:?}")
        };
        assert_eq!(
            (*isolation, *timeout, description.as_deref()),
            (IsolationLevel::Serializable, 60, Some("transfer"))
        );
        let What::DomainEntered { transaction, activity, partition, tracker, .. } = &entered.what else {
            panic!("{entered:?}")
        };
        assert_eq!((*transaction, *activity), (From::New, Activity::New));
        assert_eq!((partition, tracker), (&None, &None));
        assert_eq!(flags.what, What::FlagsSet { call: FlagCall::SetComplete, consistent: true, done: true });
        assert_eq!(prepared.what, What::TransactionPrepared { yes: true });
        assert_eq!(committed.what, What::TransactionCommitted);
        assert_eq!(destroyed.what, What::ActivityDestroyed);
        assert_eq!(
            left.what,
            What::DomainLeft { role: Role::Root, consistent: true, status: Some(TransactionStatus::Committed) }
        );
    });
}

#[test]
fn every_event_of_a_domain_says_where_it_happened() {
    every_observed(|world| {
        let domain = enter(&root());
        let inside = place();
        here().set_complete().unwrap();
        domain.leave().unwrap();
        let events = world.log.take();
        for event in &events {
            assert_eq!(
                (event.context, event.activity, event.transaction),
                (inside.context, inside.activity, inside.transaction),
                "{event:?}"
            );
            assert_eq!((event.thread, event.causality), (events[0].thread, events[0].causality));
            assert!(event.thread > 0 && event.causality.is_some());
        }
    });
}

#[test]
fn an_interior_abort_vote_dooms_before_its_domain_is_left_and_the_root_aborts() {
    every_observed(|world| {
        let outer = enter(&root());
        let inner = enter(&joining());
        here().set_abort().unwrap();
        inner.leave().unwrap();
        outer.leave().unwrap();
        assert_eq!(
            names(&world.log.take_whats()),
            [
                "ActivityCreated",
                "started Serializable 60 None",
                "entered New New",
                "entered Callers Callers",
                "FlagsSet { call: SetAbort, consistent: false, done: true }",
                "TransactionDoomed",
                "left Interior false Some(Aborting)",
                "aborted Doomed",
                "ActivityDestroyed",
                "left Root true Some(Aborted)",
            ]
        );
    });
}

#[test]
fn a_root_that_votes_abort() {
    every_observed(|world| {
        let domain = enter(&root());
        here().disable_commit().unwrap();
        domain.leave().unwrap();
        assert_eq!(
            names(&world.log.take_whats())[3..],
            [
                "FlagsSet { call: DisableCommit, consistent: false, done: false }",
                "aborted Requested",
                "ActivityDestroyed",
                "left Root false Some(Aborted)",
            ]
        );
    });
}

#[test]
fn a_brought_transaction_is_started_and_ended_by_its_owner() {
    every_observed(|world| {
        let t = world.runtime.transaction_manager().begin(Default::default()).unwrap();
        let config = ServiceConfig::new().bring_your_own_transaction(&t);
        enter(&config).leave().unwrap();
        let domain = enter(&config);
        here().set_abort().unwrap();
        domain.leave().unwrap();
        t.commit().unwrap_err();
        let events = world.log.take();
        assert!(events.iter().all(|event| event.transaction == Some(t.id())));
        let whats: Vec<_> = events.into_iter().map(|event| event.what).collect();
        assert_eq!(
            names(&whats),
            [
                "started Serializable 60 None",
                "ActivityCreated",
                "entered Brought New",
                "ActivityDestroyed",
                "left Brought true Some(LocallyOk)",
                "ActivityCreated",
                "entered Brought New",
                "FlagsSet { call: SetAbort, consistent: false, done: true }",
                "TransactionDoomed",
                "ActivityDestroyed",
                "left Brought false Some(Aborting)",
                "aborted Doomed",
            ]
        );
    });
}

#[test]
fn a_time_out_bears_its_deadline() {
    every_observed(|world| {
        let begun = world.runtime.now();
        let domain = enter(&root().transaction_timeout(Duration::from_secs(1)));
        let transaction = place().transaction;
        world.wait(1);
        domain.leave().unwrap();
        let events = world.log.take();
        let aborted: Vec<_> =
            events.iter().filter(|event| matches!(event.what, What::TransactionAborted { .. })).collect();
        let [aborted] = aborted[..] else { panic!("{events:?}") };
        let What::TransactionAborted { reason: AbortReason::TimedOut { deadline } } = aborted.what else {
            panic!("{aborted:?}")
        };
        assert_eq!(aborted.transaction, transaction);
        assert!(deadline >= begun + Duration::from_secs(1) && deadline < begun + Duration::from_millis(1200));
        assert!(aborted.at >= deadline);
        if world.runtime.now() == Duration::from_secs(1) {
            assert_eq!((aborted.at, deadline), (Duration::from_secs(1), Duration::from_secs(1)), "to the nanosecond");
        }
        let last = events.last().unwrap();
        assert_eq!(
            last.what,
            What::DomainLeft { role: Role::Root, consistent: true, status: Some(TransactionStatus::Aborted) }
        );
    });
}

#[test]
fn a_virtual_time_out_happens_at_its_moment_however_far_the_clock_goes() {
    let log = Recorder::default();
    let runtime = Runtime::builder().clock(VirtualClock::new()).observer(log.observer()).build().unwrap();
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    let domain = enter(&root().transaction_timeout(Duration::from_secs(2)));
    log.take();
    runtime.advance(Duration::from_secs(1)).unwrap();
    assert!(log.take().is_empty());
    runtime.advance(Duration::from_secs(3600)).unwrap();
    let [event] = &log.take()[..] else { panic!() };
    let deadline = Duration::from_secs(2);
    assert_eq!(
        (event.at, &event.what),
        (deadline, &What::TransactionAborted { reason: AbortReason::TimedOut { deadline } })
    );
    assert_eq!(domain.leave().unwrap(), TransactionStatus::Aborted);
}

#[test]
fn a_refused_entry_and_a_domain_without_services_are_told_too() {
    every_observed(|world| {
        let outside = place();
        let domain = enter(&ServiceConfig::new().tracker(TrackerConfig::Use, Some("app"), Some("context")));
        code(ServiceDomain::enter(&ServiceConfig::new().thread_pool(ThreadPool::Sta)));
        domain.leave().unwrap();
        let events = world.log.take();
        let [entered, refused, left] = &events[..] else { panic!("{events:?}") };
        let What::DomainEntered {
            tracker: Some(tracker),
            transaction: From::None,
            activity: Activity::None,
            caller,
            ..
        } = &entered.what
        else {
            panic!("{entered:?}")
        };
        assert_eq!((tracker.application.as_str(), tracker.context.as_str()), ("app", "context"));
        assert_eq!(caller.is_some(), outside.token.is_some());
        assert_eq!(refused.what, What::DomainRefused { error: complus::hresult::CO_E_THREADPOOL_CONFIG });
        assert_eq!(left.what, What::DomainLeft { role: Role::None, consistent: true, status: None });
        assert!(events.iter().all(|event| event.activity.is_none() && event.transaction.is_none()));
    });
}

#[test]
fn apartments_are_told_once() {
    every_bare_machine(
        |builder| builder,
        |world| {
            if world.observed {
                com::co_initialize_ex(None, ApartmentModel::Multithreaded).unwrap();
                com::co_initialize_ex(None, ApartmentModel::Multithreaded).unwrap();
                com::co_uninitialize();
                assert_eq!(
                    world.log.take_whats(),
                    [What::ApartmentJoined { apartment: complus::attribute::ApartmentType::Mta }]
                );
                com::co_uninitialize();
                com::co_uninitialize();
                assert_eq!(
                    world.log.take_whats(),
                    [What::ApartmentLeft { apartment: complus::attribute::ApartmentType::Mta }]
                );
            }
        },
    );
}

/// An observer that does something else at every event, once armed.
struct Calling<F> {
    armed: AtomicBool,
    call: F,
}

impl<F: Fn(&Event) + Send + Sync> Observer for Calling<F> {
    fn observe(&self, event: &Event) {
        if self.armed.load(Ordering::Relaxed) {
            (self.call)(event);
        }
    }
}

/// A machine whose observer does `call` at each event of a root with a child; what is seen from outside must
/// be as ever.
fn with_a_calling_observer(call: impl Fn(&Event) + Send + Sync + 'static) {
    let call = Arc::new(call);
    for virtually in [false, true] {
        let observer = {
            let call = call.clone();
            Arc::new(Calling { armed: AtomicBool::new(false), call: move |event: &Event| call(event) })
        };
        let mut builder = Runtime::builder().observer(observer.clone());
        if virtually {
            builder = builder.clock(VirtualClock::new());
        }
        let runtime = builder.build().unwrap();
        let _bound = runtime.enter();
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        let outside = place();
        observer.armed.store(true, Ordering::Relaxed);
        let outer = enter(&root());
        let inner = enter(&joining());
        here().set_complete().unwrap();
        assert_eq!(inner.leave().unwrap(), TransactionStatus::LocallyOk, "virtual clock: {virtually}");
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Committed, "virtual clock: {virtually}");
        assert_eq!(co_leave(), []);
        assert_eq!(place(), outside);
        observer.armed.store(false, Ordering::Relaxed);
        assert_eq!(apartment_type().unwrap().0, complus::attribute::ApartmentType::MainSta);
    }
}

/// Keeps what the observer's calls answered.
fn answers<T: Send + 'static>(call: impl Fn() -> complus::Result<T> + Send + Sync + 'static) {
    let found: Arc<Mutex<Vec<Option<Error>>>> = Arc::default();
    let keep = found.clone();
    with_a_calling_observer(move |_| {
        let answer = call().err();
        keep.lock().unwrap().push(answer);
    });
    let found = found.lock().unwrap();
    let refused = Some(Error::from(RuntimeError::CalledFromObserver));
    assert!(!found.is_empty() && found.iter().all(|answer| *answer == refused), "{found:?}");
    assert!(found.iter().all(|answer| answer.is_some_and(|error| error.hresult() == E_UNEXPECTED)));
}

#[test]
fn an_observer_may_not_enter() {
    answers(|| com::co_enter_service_domain(&ServiceConfig::new()));
    answers(|| com::co_enter_service_domain(&root()));
}

#[test]
fn an_observer_may_not_leave() {
    answers(|| com::try_leave_service_domain(None));
    with_a_calling_observer(|_| com::co_leave_service_domain(None));
}

#[test]
fn an_observer_may_not_join_an_apartment_or_assume_a_principal() {
    answers(|| com::co_initialize_ex(None, ApartmentModel::Multithreaded));
    answers(|| com::co_initialize_ex(None, ApartmentModel::ApartmentThreaded));
    answers(|| AsPrincipal::assume("alice").map(drop));
    answers(context_token);
    answers(apartment_type);
}

#[test]
fn an_observer_may_not_look_at_or_change_the_context() {
    answers(|| ObjectContext::current().map(drop));
}

#[test]
fn an_observer_may_not_vote() {
    with_a_calling_observer(|_| {
        if let Ok(context) = ObjectContext::current() {
            let _ = context.set_abort();
        }
    });
}

#[test]
fn an_observer_may_not_leave_the_apartment() {
    with_a_calling_observer(|_| com::co_uninitialize());
}

#[test]
fn an_observer_may_not_end_a_binding() {
    thread_local! { static BOUND: Cell<Option<Bound>> = const { Cell::new(None) }; }
    let is_note = |what: &What| matches!(what, What::Note(_));
    let is_entry = |what: &What| matches!(what, What::DomainEntered { .. });
    for is_it in [is_note as fn(&What) -> bool, is_entry] {
        let ending: Arc<dyn Observer> = Arc::new(move |event: &Event| {
            if is_it(&event.what) {
                drop(BOUND.take());
            }
        });
        let runtime = Runtime::builder().seed(42).observer(ending).build().unwrap();
        BOUND.set(Some(runtime.enter()));
        let apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        let outer = enter(&ServiceConfig::inheriting());
        runtime.note("a remark");
        assert!(BOUND.take().is_none(), "the observer had it");
        let inside = place();
        enter(&ServiceConfig::inheriting()).leave().unwrap();
        assert_eq!((place(), Runtime::current().seed()), (inside, 42), "and it goes on");
        outer.leave().unwrap();
        drop(apartment);
    }
}

#[test]
fn an_observer_that_panics_harms_nothing() {
    with_a_calling_observer(|_| panic!("in the observer"));
    let log = Recorder::default();
    let panicking: Arc<dyn Observer> = Arc::new(|_: &Event| panic!("in the observer"));
    let runtime = Runtime::builder().observer(panicking).observer(log.observer()).build().unwrap();
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    log.take();
    assert_eq!(enter(&root()).leave().unwrap(), TransactionStatus::Committed);
    assert_eq!(log.take().len(), 7, "those after it are told all the same");
}

#[test]
fn all_observers_are_told_the_same() {
    let logs = [Recorder::default(), Recorder::default()];
    let builder = logs.iter().fold(Runtime::builder(), |builder, log| builder.observer(log.observer()));
    let runtime = builder.build().unwrap();
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    enter(&root()).leave().unwrap();
    runtime.note("a remark");
    let [one, two] = logs.map(|log| log.take());
    assert_eq!(one, two);
    assert_eq!(one.last().unwrap().what, What::Note("a remark".into()));
}

/// What a little program tells on a machine with this seed and a virtual clock.
fn program(seed: u64) -> Vec<Event> {
    let log = Recorder::default();
    let runtime = Runtime::builder().seed(seed).clock(VirtualClock::new()).observer(log.observer()).build().unwrap();
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
    let outer = enter(&root());
    let inner = enter(&joining());
    here().set_abort().unwrap();
    inner.leave().unwrap();
    outer.leave().unwrap();
    let t = runtime.transaction_manager().begin(Default::default()).unwrap();
    enter(&ServiceConfig::new().bring_your_own_transaction(&t)).leave().unwrap();
    t.commit().unwrap();
    log.take()
}

#[test]
fn the_same_seed_gives_the_same_events_and_ids() {
    let (one, two) = (program(42), program(42));
    assert_eq!(one, two);
    let streams = |events: &[Event]| -> Vec<_> {
        let stream = |event: &Event| match &event.what {
            What::TransactionStarted { stream, .. } => Some(stream.guid()),
            _ => None,
        };
        events.iter().filter_map(stream).collect()
    };
    assert_eq!(streams(&one), streams(&two));
    assert_ne!(one, program(43));
}

#[test]
fn observing_does_not_change_the_ids() {
    let ids = |observed: bool| {
        let builder = Runtime::builder().seed(42);
        let builder = if observed { builder.observer(Recorder::default().observer()) } else { builder };
        let runtime = builder.build().unwrap();
        let _bound = runtime.enter();
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        let outer = enter(&root());
        let inner = enter(&own_activity());
        let found = place();
        inner.leave().unwrap();
        outer.leave().unwrap();
        (found.context, found.activity)
    };
    assert_eq!(ids(false), ids(true));
}

#[test]
fn new_synchronization_in_a_joined_transaction_is_limited_with_a_diagnostic() {
    every_observed(|world| {
        let outer = enter(&root());
        let outside = place();
        let inner = enter(&joining().synchronization(SynchronizationConfig::New));
        assert_eq!((place().activity, place().transaction), (outside.activity, outside.transaction));
        assert_eq!(world.log.diagnostics(), [Diagnostic::SynchronizationLimited]);
        inner.leave().unwrap();
        // A new transaction takes a new activity, and that is nothing to remark on.
        let inner = enter(&root().synchronization(SynchronizationConfig::New));
        assert_ne!(place().activity, outside.activity);
        inner.leave().unwrap();
        outer.leave().unwrap();
        assert_eq!(world.log.diagnostics(), [Diagnostic::SynchronizationLimited]);
    });
}
