//! Reaching the current context, default contexts, and what describes a call (SYN 11, 6.10, ACT 9.1, 9.8).

use crate::{support::*, threads::*};
use complus::{
    CallContext, ContextCallback, ContextToken, ENTER_ACTIVITY_WITH_NO_LOCK, Method, apartment_type,
    attribute::{ApartmentType, ApartmentTypeQualifier, ThreadType},
    com::*,
    hresult::*,
    prelude::*,
    rules::context_interface::ContextInterface as Interface,
};
use std::sync::{Arc, mpsc};
use uuid::Uuid;

use ApartmentModel::{ApartmentThreaded, Multithreaded};

const BASIC: [Interface; 4] =
    [Interface::ComThreadingInfo, Interface::Context, Interface::ContextCallback, Interface::ObjContext];

const COM_PLUS: [Interface; 7] = [
    Interface::ObjectContext,
    Interface::ObjectContextActivity,
    Interface::ObjectContextInfo,
    Interface::ObjectContextInfo2,
    Interface::ContextState,
    Interface::ContextProperties,
    Interface::GetContextProperties,
];

fn on_every_machine(test: impl Fn(&World) + Sync) {
    every_bare_machine(|builder| builder, test);
}

fn token() -> ContextToken {
    let mut token = None;
    co_get_context_token(Some(&mut token)).unwrap();
    token.unwrap()
}

/// What IComThreadingInfo says of this thread.
fn threading_info() -> (ApartmentType, ThreadType) {
    let info = co_get_object_context(Interface::ComThreadingInfo.iid()).unwrap().threading_info().unwrap();
    (info.current_apartment_type().unwrap(), info.current_thread_type().unwrap())
}

#[test]
fn act_a01_there_is_no_context_without_com() {
    on_every_machine(|_| {
        for interface in BASIC.into_iter().chain(COM_PLUS) {
            assert_eq!(code(co_get_object_context(interface.iid())), CO_E_NOTINITIALIZED);
        }
    });
}

#[test]
fn act_a02_a_failing_token_call_leaves_the_place_alone() {
    on_every_machine(|world| {
        let preset = elsewhere_in(world, Multithreaded, token);
        let mut place = Some(preset);
        assert_eq!(code(co_get_context_token(Some(&mut place))), CO_E_NOTINITIALIZED);
        assert_eq!(place, Some(preset));
        assert_eq!(code(co_get_context_token(None)), CO_E_NOTINITIALIZED);
        co_initialize(None).unwrap();
        assert_eq!(code(co_get_context_token(None)), E_POINTER);
    });
}

#[test]
fn act_a04_an_implicit_member_is_in_the_default_context_of_the_mta() {
    on_every_machine(|world| {
        let _apartment = Apartment::initialize(Multithreaded).unwrap();
        let there = elsewhere(world, || (apartment_type(), token()));
        assert_eq!(there.0, Ok((ApartmentType::Mta, ApartmentTypeQualifier::ImplicitMta)));
        assert_eq!(there.1, token());
    });
}

#[test]
fn act_a09_a_default_context_offers_nothing_of_com_plus() {
    on_every_machine(|_| {
        let _apartment = Apartment::initialize(ApartmentThreaded).unwrap();
        for interface in COM_PLUS {
            assert_eq!(code(co_get_object_context(interface.iid())), E_NOINTERFACE, "{interface:?}");
        }
        assert_eq!(code(get_object_context()), CONTEXT_E_NOCONTEXT);
        let domain = enter(&ServiceConfig::new());
        for interface in BASIC.into_iter().chain(COM_PLUS) {
            let reference = co_get_object_context(interface.iid()).unwrap();
            assert_eq!((reference.interface(), reference.token()), (interface, token()));
            assert_eq!(reference.object_context().is_some(), COM_PLUS.contains(&interface));
        }
        let context = co_get_object_context(Interface::ObjectContext.iid()).unwrap().object_context().unwrap();
        assert_eq!(context, get_object_context().unwrap());
        domain.leave().unwrap();
        assert_eq!(code(context.context_id()), E_UNEXPECTED);
        assert_eq!(code(co_get_object_context(Uuid::from_u128(7))), E_NOINTERFACE);
    });
}

#[test]
fn act_a10_the_type_of_a_thread() {
    on_every_machine(|world| {
        for (model, expected) in
            [(ApartmentThreaded, ThreadType::ProcessMessages), (Multithreaded, ThreadType::BlockMessages)]
        {
            elsewhere_in(world, model, || {
                let reference = co_get_object_context(Interface::ComThreadingInfo.iid()).unwrap();
                let info = reference.threading_info().unwrap();
                assert_eq!(info.current_thread_type(), Ok(expected));
                assert_eq!(code(info.get_current_logical_thread_id(None)), E_INVALIDARG);
            });
        }
        let info = elsewhere_in(world, Multithreaded, || {
            co_get_object_context(Interface::ComThreadingInfo.iid()).unwrap().threading_info().unwrap()
        });
        assert_eq!(code(info.current_thread_type()), E_FAIL);
        assert_eq!(code(info.current_apartment_type()), E_FAIL);
        assert_eq!(code(info.set_current_logical_thread_id(Uuid::from_u128(1))), E_FAIL);
    });
}

#[test]
fn syn_i1_a_context_is_one_object_while_somebody_refers_to_it() {
    on_every_machine(|_| {
        let _apartment = Apartment::initialize(ApartmentThreaded).unwrap();
        let all: Vec<_> = BASIC.into_iter().map(|it| co_get_object_context(it.iid()).unwrap()).collect();
        assert!(all.iter().all(|reference| reference.is_same(&all[0]) && reference.token() == token()));
        assert_eq!(all[0].references(), 4);
        let queried = all[0].query_interface(Interface::ContextCallback.iid()).unwrap();
        assert!(queried.is_same(&all[2]) && queried.callback().is_some());
        assert_eq!(queried.release(), 4);
        let left: Vec<_> = all.into_iter().map(complus::ContextReference::release).collect();
        assert_eq!(left, [3, 2, 1, 0]);
    });
}

#[test]
fn syn_i2_the_token_changes_inside_a_call_and_comes_back() {
    on_every_machine(|_| {
        let _apartment = Apartment::initialize(Multithreaded).unwrap();
        let home = token();
        let domain = enter(&ServiceConfig::new());
        let inside = token();
        let door = ContextCallback::current().unwrap();
        domain.leave().unwrap();
        assert_ne!(inside, home);
        assert_eq!(token(), home);
        for _ in 0..2 {
            assert_eq!(door.call(METHOD, move || assert_eq!([token(), token()], [inside; 2])), Ok(S_OK));
            assert_eq!(token(), home);
        }
    });
}

#[test]
fn syn_i5_a_callback_into_an_sta_runs_on_its_thread() {
    on_every_machine(|world| {
        let _apartment = Apartment::initialize(Multithreaded).unwrap();
        let sta = StaThread::start(world);
        let (told, hears) = mpsc::channel();
        let data = (3_u32, 4_u32, String::from("user data"));
        let (sent, own) = (data.clone(), sta.queue.thread());
        let callback = move || {
            let here = complus::MessageQueue::current().unwrap().thread();
            told.send((here, apartment_type().unwrap().0, sent)).unwrap();
            HResult(0x0004_0007)
        };
        assert_eq!(sta.door.call(METHOD, callback), Ok(HResult(0x0004_0007)));
        assert_eq!(hears.recv().unwrap(), (own, ApartmentType::MainSta, data));
        assert_eq!(code(sta.door.call(METHOD, || E_FAIL)), E_FAIL);
        let never = || -> HResult { panic!("not called") };
        let unknown = Method { interface: Interface::Unknown.iid(), number: 5 };
        assert_eq!(code(sta.door.call(unknown, never)), E_INVALIDARG);
        for interface in [METHOD.interface, ENTER_ACTIVITY_WITH_NO_LOCK] {
            assert_eq!(code(sta.door.call(Method { interface, number: 2 }, never)), E_INVALIDARG);
        }
        assert!(world.runtime.is_alive());
    });
}

/// Y-33.
#[test]
fn a_callback_into_an_apartment_that_has_ended_is_disconnected() {
    on_every_machine(|world| {
        let _apartment = Apartment::initialize(Multithreaded).unwrap();
        let door = elsewhere_in(world, ApartmentThreaded, || ContextCallback::current().unwrap());
        assert_eq!(code(door.call(METHOD, || ())), RPC_E_DISCONNECTED);
        assert_eq!(code(door.notify(METHOD, || ())), RPC_E_DISCONNECTED);
    });
}

#[test]
fn a_callback_into_an_mta_that_has_ended_is_disconnected() {
    on_every_machine(|world| {
        let door = elsewhere_in(world, Multithreaded, || ContextCallback::current().unwrap());
        assert_eq!(code(door.call(METHOD, || ())), CO_E_NOTINITIALIZED);
        for model in [ApartmentThreaded, Multithreaded] {
            let _apartment = Apartment::initialize(model).unwrap();
            assert_eq!(code(door.call(METHOD, || ())), RPC_E_DISCONNECTED);
            assert_eq!(code(door.notify(METHOD, || ())), RPC_E_DISCONNECTED);
        }
    });
}

#[test]
fn syn_w24_no_context_without_an_apartment() {
    on_every_machine(|_| {
        assert_eq!(code(co_get_object_context(Interface::ComThreadingInfo.iid())), CO_E_NOTINITIALIZED);
    });
}

#[test]
fn syn_w25_no_token_without_an_apartment() {
    on_every_machine(|_| {
        let mut place = None;
        assert_eq!(code(co_get_context_token(Some(&mut place))), CO_E_NOTINITIALIZED);
        assert_eq!(place, None);
    });
}

#[test]
fn syn_w26_a_token_needs_a_place() {
    every_machine(|_| assert_eq!(code(co_get_context_token(None)), E_POINTER));
}

#[test]
fn syn_w27_a_context_has_one_token() {
    every_machine(|_| {
        let (mut first, mut second) = (None, None);
        co_get_context_token(Some(&mut first)).unwrap();
        co_get_context_token(Some(&mut second)).unwrap();
        assert!(first.is_some() && first == second);
    });
}

#[test]
fn syn_w28_a_token_holds_no_reference() {
    every_machine(|_| {
        let token = token();
        let reference = token.add_ref().unwrap();
        assert_eq!(reference.references(), 1);
        assert_eq!(reference.release(), 0);
        let domain = enter(&ServiceConfig::new());
        assert_eq!(code(token.add_ref()), E_UNEXPECTED);
        domain.leave().unwrap();
    });
}

#[test]
fn syn_w29_the_token_is_the_context() {
    every_machine(|_| {
        let reference = co_get_object_context(Interface::ObjContext.iid()).unwrap();
        assert_eq!(reference.token(), token());
        assert!(reference.is_same(&token().add_ref().unwrap()));
    });
}

#[test]
fn syn_w30_asking_twice_gives_the_same_object() {
    every_machine(|_| {
        let [first, second] = [0; 2].map(|_| co_get_object_context(Interface::ComThreadingInfo.iid()).unwrap());
        assert!(first.is_same(&second));
        assert_eq!([first.release(), second.release()], [1, 0]);
    });
}

#[test]
fn syn_w31_callback_and_context_in_both_kinds_of_apartment() {
    on_every_machine(|world| {
        for model in [ApartmentThreaded, Multithreaded] {
            elsewhere_in(world, model, || {
                for interface in [Interface::ContextCallback, Interface::ObjContext] {
                    assert_eq!(co_get_object_context(interface.iid()).unwrap().release(), 0);
                }
            });
        }
    });
}

#[test]
fn syn_w32_the_main_sta_pumps() {
    every_machine(|_| assert_eq!(threading_info(), (ApartmentType::MainSta, ThreadType::ProcessMessages)));
}

#[test]
fn syn_w33_the_mta_blocks() {
    on_every_machine(|_| {
        let _apartment = Apartment::initialize(Multithreaded).unwrap();
        assert_eq!(threading_info(), (ApartmentType::Mta, ThreadType::BlockMessages));
    });
}

#[derive(Debug, PartialEq)]
struct Describes(Uuid);

impl CallContext for Describes {
    fn offers(&self, interface: Uuid) -> bool {
        interface == self.0
    }
}

const SERVER_SECURITY: Uuid = Uuid::from_u128(0x0000_013e_0000_0000_c000_0000_0000_0046);

#[test]
fn syn_w36_outside_a_call_there_is_no_call_context() {
    on_every_machine(|_| {
        assert_eq!(code(co_get_call_context(SERVER_SECURITY)), RPC_E_CALL_COMPLETE);
        co_initialize(None).unwrap();
        assert_eq!(code(co_get_call_context(SERVER_SECURITY)), RPC_E_CALL_COMPLETE);
        // A served call without security (O-42).
        let door = ContextCallback::current().unwrap();
        let inside = || code(co_get_call_context(SERVER_SECURITY));
        assert_eq!(code(door.call(METHOD, inside)), E_NOINTERFACE);
    });
}

#[test]
fn syn_w37_switching_the_call_context_counts_nothing_and_getting_it_does() {
    on_every_machine(|_| {
        let object = Arc::new(Describes(SERVER_SECURITY));
        let mine: Arc<dyn CallContext> = object.clone();
        assert_eq!(Arc::strong_count(&object), 2);
        assert!(co_switch_call_context(Some(mine)).unwrap().is_none());
        assert_eq!(Arc::strong_count(&object), 2);
        let got = co_get_call_context(SERVER_SECURITY).unwrap();
        assert_eq!(Arc::strong_count(&object), 3);
        assert_eq!(code(co_get_call_context(Uuid::from_u128(1))), E_NOINTERFACE);
        drop(got);
        let before = co_switch_call_context(None).unwrap().unwrap();
        assert_eq!(Arc::strong_count(&object), 2);
        assert!(before.offers(SERVER_SECURITY));
        drop(before);
        assert_eq!(Arc::strong_count(&object), 1);
        assert_eq!(code(co_get_call_context(SERVER_SECURITY)), RPC_E_CALL_COMPLETE);
    });
}

/// ACT 8.5: the call context is the call's, whichever way the call is made.
#[test]
fn a_call_context_ends_with_its_call() {
    on_every_machine(|_| {
        let _apartment = Apartment::initialize(Multithreaded).unwrap();
        let outer: Arc<dyn CallContext> = Arc::new(Describes(SERVER_SECURITY));
        co_switch_call_context(Some(outer)).unwrap();
        let object = Arc::new(Describes(Uuid::from_u128(9)));
        let door = ContextCallback::current().unwrap();
        let activity = Activity::create(&own_activity().thread_pool(ThreadPool::Mta)).unwrap();
        for direct in [false, true] {
            let own = object.clone();
            let inside = move || {
                assert_eq!(code(co_get_call_context(SERVER_SECURITY)), E_NOINTERFACE);
                assert!(co_switch_call_context(Some(own.clone())).unwrap().is_none());
                assert!(co_get_call_context(Uuid::from_u128(9)).is_ok());
                S_OK
            };
            let result = if direct { door.call(METHOD, inside) } else { activity.synchronous_call(inside) };
            assert_eq!(result, Ok(S_OK));
            assert_eq!(Arc::strong_count(&object), 1);
            assert!(co_get_call_context(SERVER_SECURITY).is_ok());
        }
    });
}

#[test]
fn syn_w38_cancellation_is_a_count_of_the_thread() {
    on_every_machine(|world| {
        assert_eq!(code(co_disable_call_cancellation()), CO_E_CANCEL_DISABLED);
        co_enable_call_cancellation().unwrap();
        assert_eq!(co_disable_call_cancellation(), Ok(()));
        assert_eq!(code(co_disable_call_cancellation()), CO_E_CANCEL_DISABLED);
        co_enable_call_cancellation().unwrap();
        co_initialize(None).unwrap();
        co_enable_call_cancellation().unwrap();
        co_uninitialize();
        assert_eq!(elsewhere(world, || code(co_disable_call_cancellation())), CO_E_CANCEL_DISABLED);
        assert_eq!([co_disable_call_cancellation(), co_disable_call_cancellation()], [Ok(()), Ok(())]);
        assert_eq!(code(co_disable_call_cancellation()), CO_E_CANCEL_DISABLED);
    });
}

/// AD-44: every cell of CoGetDefaultContext.
#[test]
fn default_contexts_are_reached_by_the_kind_of_their_apartment() {
    use ApartmentType::{Current, MainSta, Mta, Na, Sta};
    on_every_machine(|world| {
        let ask = |kind| co_get_default_context(kind, Interface::ObjContext.iid()).map(|it| it.token());
        assert_eq!(code(ask(Sta)), E_INVALIDARG);
        for kind in [Current, Mta, Na, MainSta] {
            assert_eq!(code(ask(kind)), CO_E_NOTINITIALIZED);
        }
        let _apartment = Apartment::initialize(ApartmentThreaded).unwrap();
        let own = token();
        assert_eq!(code(ask(Sta)), E_INVALIDARG);
        assert_eq!(code(ask(Mta)), CO_E_NOTINITIALIZED);
        assert_eq!([ask(Current), ask(MainSta)], [Ok(own), Ok(own)]);
        let neutral = ask(Na).unwrap();
        assert_ne!(neutral, own);
        elsewhere_in(world, Multithreaded, || {
            assert_eq!(ask(Current), Ok(token()));
            assert_eq!([ask(Mta), ask(MainSta), ask(Na)], [Ok(token()), Ok(own), Ok(neutral)]);
        });
        let domain = enter(&own_activity());
        assert_eq!(ask(Current), Ok(own));
        domain.leave().unwrap();
        for interface in COM_PLUS {
            assert_eq!(code(co_get_default_context(Current, interface.iid())), E_NOINTERFACE);
        }
        let neutral_door = co_get_default_context(Na, Interface::ContextCallback.iid()).unwrap().callback().unwrap();
        assert_eq!(neutral_door.call(METHOD, move || assert_eq!(token(), neutral)), Ok(S_OK));
        assert_eq!(token(), own);
    });
}
