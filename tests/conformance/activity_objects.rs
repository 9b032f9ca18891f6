//! Activity objects: creation, calls and their results.

use crate::support::*;
use complus::{
    Compat, FailFast, apartment_type,
    attribute::{ApartmentType, ApartmentTypeQualifier},
    com,
    event::{Diagnostic, What},
    hresult::{
        CO_E_THREADPOOL_CONFIG, E_FAIL, E_INVALIDARG, E_NOINTERFACE, RPC_E_DISCONNECTED, RPC_E_SERVERFAULT, S_FALSE,
        S_OK,
    },
    prelude::*,
};
use std::sync::{Arc, Mutex, mpsc};
use uuid::Uuid;

const IID_SERVICE_CALL: Uuid = Uuid::from_u128(0xbd3e_2e12_42dd_40f4_a09a_95a5_0c58_304b);

/// Runs on machines whose main thread is in an STA, and on others where it is in the MTA.
#[track_caller]
fn every_caller(test: impl Fn(&World) + Sync) {
    every_machine(&test);
    every_mta_machine(&test);
}

/// An activity object of every kind: pool, binding, synchronization.
fn every_kind() -> Vec<Activity> {
    let synchronized = |config: ServiceConfig| config.synchronization(SynchronizationConfig::New);
    [mta(), sta(), bound_sta()]
        .into_iter()
        .flat_map(|config| [config.clone(), synchronized(config)])
        .map(|config| Activity::create(&config).unwrap())
        .collect()
}

#[test]
fn swc_31_a_domain_entered_in_the_neutral_apartment_is_in_it_on_the_same_thread() {
    every_caller(|_| {
        let thread = std::thread::current().id();
        let (outside, place_outside) = (apartment_type().unwrap(), place());
        let neutral = complus::ContextCallback::into_neutral_apartment().unwrap();
        let before = neutral.context_id().unwrap();
        let seen = Arc::new(Mutex::new(None));
        let sees = seen.clone();
        neutral
            .call(METHOD, move || {
                let in_default = (apartment_type().unwrap(), place());
                let domain = enter(&ServiceConfig::new());
                let inside = (apartment_type().unwrap(), place(), std::thread::current().id());
                let door = complus::ContextCallback::current().unwrap();
                assert_eq!(domain.leave().unwrap(), TransactionStatus::NoTransaction);
                assert_eq!((apartment_type().unwrap(), place()), in_default);
                *sees.lock().unwrap() = Some((in_default, inside, door));
            })
            .unwrap();
        let (in_default, inside, door) = seen.lock().unwrap().take().unwrap();
        let qualifier = match outside.0 {
            ApartmentType::Mta => ApartmentTypeQualifier::NaOnMta,
            _ => ApartmentTypeQualifier::NaOnMainSta,
        };
        assert_eq!(in_default.0, (ApartmentType::Na, qualifier));
        assert_eq!(in_default.1.context, None, "a default context has no object context");
        assert_eq!(inside.0, in_default.0);
        assert_eq!(inside.2, thread);
        assert!(inside.1.context.is_some() && inside.1.context != Some(before));
        assert_eq!((apartment_type().unwrap(), place()), (outside, place_outside));
        // The context belongs to the neutral apartment: a call from elsewhere runs on the caller's thread.
        let called_on = Arc::new(Mutex::new(None));
        let tells = called_on.clone();
        door.call(METHOD, move || *tells.lock().unwrap() = Some((std::thread::current().id(), place().token))).unwrap();
        assert_eq!(called_on.lock().unwrap().take(), Some((thread, inside.1.token)));
    });
}

#[test]
fn swc_61_an_untouched_configuration_makes_no_activity_object() {
    every_caller(|world| {
        let untouched = ServiceConfig::new();
        assert_eq!(code(Activity::create(&untouched)), CO_E_THREADPOOL_CONFIG);
        for interface in [com::IID_SERVICE_ACTIVITY, com::IID_UNKNOWN] {
            assert_eq!(code(com::co_create_activity(Some(&untouched), interface)), CO_E_THREADPOOL_CONFIG);
        }
        let told = world.log.take_whats();
        assert!(!told.contains(&What::ActivityCreated) && !told.contains(&What::ThreadStarted), "{told:?}");
    });
}

#[test]
fn syn_c1_no_thread_pool_makes_no_activity_object() {
    every_caller(|_| {
        for binding in Binding::ALL {
            let config = ServiceConfig::inheriting().thread_pool(ThreadPool::None).binding(*binding);
            assert_eq!(code(Activity::create(&config)), CO_E_THREADPOOL_CONFIG);
        }
    });
}

#[test]
fn swc_97_a_managed_activity_without_thread_pool_throws() {
    every_caller(|_| {
        // ThreadPoolOption.None is CSC_ThreadPoolNone, and an exception carries the code.
        let mut config = ServiceConfig::inheriting();
        config.set(Property::ThreadPool, 0).unwrap();
        assert_eq!(code(Activity::create(&config)), CO_E_THREADPOOL_CONFIG);
    });
}

#[test]
fn swc_63_a_pool_is_all_that_an_activity_object_needs() {
    every_caller(|_| {
        for config in [mta(), sta(), bound_sta()] {
            let activity = com::co_create_activity(Some(&config), com::IID_SERVICE_ACTIVITY).unwrap();
            assert_eq!(activity.synchronous_call(|| S_OK).unwrap(), S_OK);
            assert_eq!(activity.activity_id(), None, "an activity object is not itself an activity");
        }
    });
}

#[test]
fn swc_64_an_activity_object_is_not_its_call() {
    every_caller(|_| {
        assert_eq!(code(com::co_create_activity(Some(&mta()), IID_SERVICE_CALL)), E_NOINTERFACE);
        assert_eq!(code(com::co_create_activity(None, com::IID_SERVICE_ACTIVITY)), E_INVALIDARG);
        assert!(com::co_create_activity(Some(&mta()), com::IID_UNKNOWN).is_ok());
    });
}

/// Answers a fixed code.
struct Answers(HResult);

impl ServiceCall for Answers {
    fn on_call(&self) -> HResult {
        self.0
    }
}

/// What SynchronousCall gives for a code, both ways of calling.
#[track_caller]
fn synchronously(result: HResult) {
    every_caller(|_| {
        for activity in every_kind() {
            assert_eq!(com::synchronous_call(&activity, Some(Arc::new(Answers(result)))), result);
            let answered = activity.synchronous_call(move || result).unwrap_or_else(HResult::from);
            assert_eq!(answered, result);
        }
    });
}

#[test]
fn swc_65_a_failing_code_of_on_call_is_returned() {
    synchronously(HResult(0x8004_1234_u32.cast_signed()));
}

#[test]
fn swc_66_a_success_code_of_on_call_is_returned() {
    synchronously(S_FALSE);
    assert_eq!(S_FALSE, HResult(1));
}

#[test]
fn syn_c7_what_on_call_returns_is_returned_exactly() {
    synchronously(HResult(0x8004_0321_u32.cast_signed()));
}

#[test]
fn swc_67_a_missing_call_object_is_an_invalid_argument() {
    every_caller(|world| {
        for activity in every_kind() {
            world.log.take();
            assert_eq!(com::synchronous_call(&activity, None), E_INVALIDARG);
            assert_eq!(com::asynchronous_call(&activity, None), E_INVALIDARG);
            // A thread of the pool that was started for a bound object may tell of itself meanwhile.
            let started = |what: &What| matches!(what, What::ThreadStarted | What::ApartmentJoined { .. });
            assert_eq!(world.log.take_whats().into_iter().filter(|what| !started(what)).collect::<Vec<_>>(), []);
        }
    });
}

/// Answers a fixed code, and says who was told of it.
struct Fails(mpsc::Sender<HResult>);

impl ServiceCall for Fails {
    fn on_call(&self) -> HResult {
        E_FAIL
    }

    fn async_error_notify(&self) -> Option<&dyn complus::AsyncErrorNotify> {
        Some(self)
    }
}

impl complus::AsyncErrorNotify for Fails {
    fn on_error(&self, error: HResult) -> HResult {
        assert_eq!(place().context, None, "the context was left");
        self.0.send(error).unwrap();
        S_OK
    }
}

/// Whether everything that was submitted is over, so that no more news can come: pools are empty and nobody keeps the
/// call object any more.
fn over<T>(call: &Arc<T>) -> bool {
    Arc::strong_count(call) == 1
}

#[test]
fn swc_78_a_failing_asynchronous_call_is_notified_once() {
    every_caller(|world| {
        for activity in every_kind() {
            let (told, hears) = mpsc::channel();
            let call = Arc::new(Fails(told));
            assert_eq!(com::asynchronous_call(&activity, Some(call.clone())), S_OK);
            until(|| over(&call));
            assert_eq!(hears.try_iter().collect::<Vec<_>>(), [E_FAIL]);
            // Nobody is notified of a synchronous call.
            assert_eq!(com::synchronous_call(&activity, Some(call.clone())), E_FAIL);
            assert_eq!(hears.try_iter().count(), 0);
        }
        if world.observed {
            let told = world.log.take_whats();
            let notified = told.iter().filter(|what| **what == What::ErrorNotified { error: E_FAIL });
            assert_eq!(notified.count(), 6);
            world.assert_diagnostics(&[]);
        }
    });
}

#[test]
fn swc_80_a_failing_asynchronous_call_without_notification_is_lost_but_for_a_diagnostic() {
    every_caller(|world| {
        for activity in every_kind() {
            let call = Arc::new(Answers(E_FAIL));
            assert_eq!(com::asynchronous_call(&activity, Some(call.clone())), S_OK);
            until(|| over(&call));
            assert_eq!(activity.synchronous_call(|| S_OK).unwrap(), S_OK, "the object goes on");
        }
        world.assert_diagnostics(&[Diagnostic::AsynchronousErrorLost; 6]);
        assert!(world.runtime.is_alive());
    });
}

#[test]
fn syn_c8_an_asynchronous_call_is_accepted_whatever_becomes_of_it() {
    every_caller(|_| {
        for activity in every_kind() {
            let (told, hears) = mpsc::channel();
            let call = (|| E_FAIL).on_error(move |error| told.send(error).unwrap());
            assert_eq!(activity.asynchronous_call(call), Ok(()));
            assert_eq!(hears.recv().unwrap(), E_FAIL);
        }
    });
}

/// An OnCall that panics.
fn bad() -> HResult {
    panic!("as the test wants")
}

/// OnCall panics, in an object of every kind, on a machine of its own.
fn panics(submit: fn(&Activity, &World), failfast: FailFast) {
    for kind in 0..6 {
        let compat = Compat { failfast, ..Compat::default() };
        every_bare_machine(
            |builder| builder.compat(compat),
            |world| {
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                submit(&every_kind()[kind], world);
            },
        );
    }
}

/// The process is dead and says so, once.
fn is_dead(activity: &Activity, world: &World) {
    until(|| !world.runtime.is_alive());
    assert_eq!(code(activity.synchronous_call(|| S_OK)), RPC_E_DISCONNECTED);
    assert_eq!(code(activity.asynchronous_call(|| S_OK)), RPC_E_DISCONNECTED);
    assert_eq!(code(Activity::create(&mta())), RPC_E_DISCONNECTED);
    if world.observed {
        until(|| deaths(world).contains(&What::Failfast));
        assert_eq!(deaths(world), [as_the_test_wants(), What::Failfast]);
    }
}

/// Panics and deaths that were told of.
fn deaths(world: &World) -> Vec<What> {
    let whats = world.log.events().into_iter().map(|event| event.what);
    whats.filter(|what| matches!(what, What::ExceptionUser { .. } | What::Failfast)).collect()
}

/// OnExceptionUser of [`bad`].
fn as_the_test_wants() -> What {
    What::ExceptionUser { message: Some("as the test wants".into()) }
}

#[test]
fn swc_82_a_panic_in_on_call_ends_the_process() {
    let synchronous: fn(&Activity, &World) = |activity, world| {
        assert_eq!(code(activity.synchronous_call(bad)), RPC_E_SERVERFAULT);
        is_dead(activity, world);
    };
    let asynchronous: fn(&Activity, &World) = |activity, world| {
        activity.asynchronous_call(bad).unwrap();
        is_dead(activity, world);
    };
    panics(synchronous, FailFast::KillInstance);
    panics(asynchronous, FailFast::KillInstance);
    panics(
        |activity, world| {
            assert_eq!(code(activity.synchronous_call(bad)), RPC_E_SERVERFAULT);
            assert!(world.runtime.is_alive() && !world.log.saw_failfast());
            assert_eq!(activity.synchronous_call(|| S_FALSE).unwrap(), S_FALSE, "the lock was left");
            assert_eq!(deaths(world), vec![as_the_test_wants(); usize::from(world.observed)]);
        },
        FailFast::Contain,
    );
}

#[test]
fn a_panic_in_on_error_is_told_and_ends_the_process() {
    panics(
        |activity, world| {
            activity.asynchronous_call((|| E_FAIL).on_error(|_| assert_eq!(bad(), S_OK))).unwrap();
            is_dead(activity, world);
        },
        FailFast::KillInstance,
    );
}

/// OnCall calls its own activity object, `depth` deep; the contexts that were current, outermost first.
fn nested(activity: &Activity, depth: u32) -> Vec<Place> {
    let own = activity.clone();
    let inside = activity.call(move || {
        let mut places = vec![place()];
        if depth > 1 {
            places.extend(nested(&own, depth - 1));
        }
        places
    });
    inside.unwrap()
}

/// A synchronized object's own calls enter again; the events of its activity.
#[track_caller]
fn reenters(config: &ServiceConfig, same_context: bool) {
    every_caller(|world| {
        let activity = Activity::create(config).unwrap();
        world.log.take();
        let places = nested(&activity, 3);
        assert_eq!(places.len(), 3);
        assert!(places.iter().all(|it| it.activity == activity.activity_id() && it.activity.is_some()));
        if same_context {
            assert!(places.iter().all(|it| it.context == places[0].context), "the same context");
        }
        if world.observed {
            let mut told = world.log.take_whats();
            told.retain(|what| {
                use What::*;
                matches!(what, ActivityEntered | ActivityReentered { .. } | ActivityLeftSame { .. } | ActivityLeft)
            });
            let expected = [
                What::ActivityEntered,
                What::ActivityReentered { depth: 2 },
                What::ActivityReentered { depth: 3 },
                What::ActivityLeftSame { depth: 2 },
                What::ActivityLeftSame { depth: 1 },
                What::ActivityLeft,
            ];
            assert_eq!(told, expected);
        }
        assert_eq!(activity.waiting_calls(), 0);
    });
}

#[test]
fn swc_83_on_call_may_call_its_own_activity_object() {
    reenters(&synchronized(), true);
}

#[test]
fn syn_c9_a_synchronized_object_in_an_sta_is_reentered_without_deadlock() {
    for (config, same_context) in [(bound_sta(), true), (sta(), false)] {
        reenters(&config.synchronization(SynchronizationConfig::New), same_context);
    }
}

#[test]
fn swc_89_the_configuration_may_be_released_after_creation() {
    every_caller(|_| {
        let config = synchronized().tracker(complus::attribute::TrackerConfig::Use, Some("app"), Some("name"));
        let activity = Activity::create(&config).unwrap();
        drop(config);
        let tracker = activity.call(|| here().tracker().unwrap().unwrap()).unwrap();
        assert_eq!((tracker.application.as_str(), tracker.context.as_str()), ("app", "name"));
    });
}

#[test]
fn swc_92_the_creator_in_the_shared_activity_calls_at_once() {
    every_caller(|world| {
        for config in [mta(), sta(), bound_sta()] {
            let domain = enter(&own_activity());
            let a1 = place().activity;
            let sharing = config.synchronization(SynchronizationConfig::IfContainerIsSynchronized);
            let activity = Activity::create(&sharing).unwrap();
            assert_eq!(activity.activity_id(), a1);
            world.log.take();
            assert_eq!(activity.call(|| place().activity).unwrap(), a1);
            if world.observed {
                let told = world.log.take_whats();
                assert!(told.contains(&What::ActivityReentered { depth: 2 }), "{told:?}");
                assert!(!told.iter().any(|what| matches!(what, What::ActivityWaiting { .. })), "{told:?}");
            }
            // Another causality waits until the creator has left the activity.
            let (other, story) = (activity.clone(), Story::default());
            let tells = story.clone();
            let waiting = mta_thread(&world.runtime, move || other.call(move || tells.tell("other")).unwrap());
            until(|| activity.waiting_calls() == 1);
            story.tell("leaves");
            domain.leave().unwrap();
            waiting.join().unwrap();
            assert_eq!(story.told(), ["leaves", "other"]);
        }
    });
}
