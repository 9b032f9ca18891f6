//! References and their use in the wrong place (SYN 10.1, ACT 8.1, 8.3).

use crate::{objects::*, support::*};
use complus::{
    Reference, Stream, disconnect_object,
    hresult::{CO_E_NOTINITIALIZED, CO_E_OBJNOTCONNECTED, E_NOINTERFACE, RPC_E_DISCONNECTED, RPC_E_WRONG_THREAD},
    iid,
    prelude::*,
    pump_messages,
};
use std::{sync::Arc, thread};

#[test]
fn a_reference_in_its_own_context_is_the_object_itself() {
    every_machine(|_| {
        let (object, weak) = Probe::make();
        let reference = Reference::new(object.clone()).unwrap();
        assert!(!reference.is_proxy());
        assert_eq!(whereabouts(&reference), Ok(Ran::here()));
        assert_eq!(Reference::new(object.clone()).unwrap(), reference);
        assert_ne!(Reference::new(Probe::make().0).unwrap(), reference);
        assert_eq!(reference.query(IID_OTHER), Ok(reference.clone()));
        assert_eq!(code(reference.query(IID_MISSING)), E_NOINTERFACE);
        assert_eq!(code(reference.query(iid::MULTI_QI)), E_NOINTERFACE);
        assert_eq!(Arc::strong_count(&object), 2);
        drop((object, reference));
        assert_eq!(weak.strong_count(), 0);
    });
}

#[test]
fn a_call_through_a_proxy_runs_on_the_thread_of_the_object() {
    every_machine(|world| {
        let host = Host::sta(world);
        let (stream, weak) = exported(&host);
        let proxy = stream.unmarshal(IID_PROBE).unwrap();
        assert!(proxy.is_proxy());
        assert_eq!(whereabouts(&proxy), Ok(host.ran.unwrap()));
        for interface in [iid::UNKNOWN, iid::MULTI_QI, iid::CLIENT_SECURITY, iid::MARSHAL, IID_PROBE, IID_OTHER] {
            assert_eq!(proxy.query(interface), Ok(proxy.clone()));
        }
        assert_eq!(code(proxy.query(IID_UNMARSHALABLE)), E_NOINTERFACE);
        assert_eq!(code(proxy.query(IID_MISSING)), E_NOINTERFACE);
        proxy.release().unwrap();
        assert_eq!(weak.strong_count(), 0);
        host.end();
    });
}

#[test]
fn a_proxy_for_another_context_of_the_same_apartment_needs_no_other_thread() {
    every_machine(|_| {
        let outside = Ran::here();
        let domain = enter(&own_activity());
        let inside = Ran::here();
        let stream = Stream::between_threads(&Reference::new(Probe::make().0).unwrap(), IID_PROBE).unwrap();
        let inner = enter(&ServiceConfig::new());
        let proxy = stream.unmarshal(IID_PROBE).unwrap();
        assert!(proxy.is_proxy());
        assert_eq!(whereabouts(&proxy), Ok(inside));
        assert_ne!(inside.token, outside.token);
        inner.leave().unwrap();
        assert_eq!(code(whereabouts(&proxy)), RPC_E_WRONG_THREAD);
        domain.leave().unwrap();
    });
}

#[test]
fn an_object_that_nobody_holds_any_more_ends_on_its_own_thread() {
    every_machine(|world| {
        let host = Host::sta(world);
        let (object, tells) = Probe::told();
        let stream = host.run(move || Stream::between_threads(&Reference::new(object).unwrap(), IID_PROBE).unwrap());
        drop(stream.unmarshal(IID_PROBE).unwrap());
        assert_eq!(tells.recv().unwrap(), host.ran);
        // The reference itself, dropped in the wrong place.
        let (object, tells) = Probe::told();
        let reference = host.run(move || Reference::new(object).unwrap());
        assert_eq!(code(whereabouts(&reference)), RPC_E_WRONG_THREAD);
        drop(reference);
        assert_eq!(tells.recv().unwrap(), host.ran);
        host.end();
    });
}

#[test]
fn dropping_the_last_reference_does_not_wait_for_a_busy_apartment() {
    every_machine(|world| {
        let (object, tells) = Probe::told();
        let stream = Stream::between_threads(&Reference::new(object).unwrap(), IID_PROBE).unwrap();
        // This thread serves nothing while it waits for the other one to end.
        thread::scope(|scope| {
            scope.spawn(|| {
                let _bound = world.runtime.enter();
                let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
                drop(stream.unmarshal(IID_PROBE).unwrap());
            });
        });
        assert!(tells.try_recv().is_err());
        assert_eq!(pump_messages(), Ok(1));
        assert_eq!(tells.try_recv(), Ok(Some(Ran::here())));
    });
}

#[test]
fn dropping_the_last_reference_does_not_wait_for_a_busy_activity() {
    every_bare_machine(
        |builder| builder,
        |world| {
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            let domain = enter(&own_activity());
            let (object, tells) = Probe::told();
            let inside = Ran::here();
            let stream = Stream::between_threads(&Reference::new(object).unwrap(), IID_PROBE).unwrap();
            let client = Host::mta(world);
            client.run(move || drop(stream.unmarshal(IID_PROBE).unwrap()));
            assert!(tells.try_recv().is_err(), "this causality is in the activity");
            domain.leave().unwrap();
            assert_eq!(tells.recv().unwrap().map(|ran| ran.token), Some(inside.token));
            client.end();
        },
    );
}

#[test]
fn a_release_where_no_call_can_be_made_is_done_all_the_same() {
    every_machine(|world| {
        let host = Host::sta(world);
        let (object, tells) = Probe::told();
        let stream = host.run(move || Stream::between_threads(&Reference::new(object).unwrap(), IID_PROBE).unwrap());
        let proxy = stream.unmarshal(IID_PROBE).unwrap();
        let nowhere = Host::bare(world);
        assert_eq!(nowhere.run(move || code(proxy.release())), CO_E_NOTINITIALIZED);
        assert_eq!(tells.recv().unwrap(), host.ran);
        nowhere.end();
        host.end();
    });
}

#[test]
fn syn_w87_a_proxy_is_of_no_use_on_a_foreign_thread_but_can_be_released() {
    every_machine(|world| {
        let host = Host::sta(world);
        let (stream, weak) = exported(&host);
        let proxy = stream.unmarshal(IID_PROBE).unwrap();
        let foreign = Host::sta(world);
        let elsewhere = proxy.clone();
        foreign.run(move || {
            assert_eq!(code(whereabouts(&elsewhere)), RPC_E_WRONG_THREAD);
            assert_eq!(code(elsewhere.query(IID_PROBE)), RPC_E_WRONG_THREAD);
        });
        thread::scope(|scope| {
            scope.spawn(|| {
                let _bound = world.runtime.enter();
                assert_eq!(code(whereabouts(&proxy)), CO_E_NOTINITIALIZED);
                assert_eq!(code(proxy.query(IID_PROBE)), RPC_E_WRONG_THREAD);
            });
        });
        assert_eq!(whereabouts(&proxy), Ok(host.ran.unwrap()));
        foreign.run(move || proxy.release().unwrap());
        assert_eq!(weak.strong_count(), 0);
        foreign.end();
        host.end();
    });
}

#[test]
fn a_disconnected_object_can_be_called_by_nobody() {
    every_machine(|world| {
        let host = Host::sta(world);
        let (stream, home, weak) = host.run(|| {
            let (object, weak) = Probe::make();
            let reference = Reference::new(object).unwrap();
            (Stream::between_threads(&reference, IID_PROBE).unwrap(), reference, weak)
        });
        let proxy = stream.unmarshal(IID_PROBE).unwrap();
        assert_eq!(whereabouts(&proxy), Ok(host.ran.unwrap()));
        // In the middle of a call on it.
        let again = home.clone();
        proxy.call(PROBE_METHOD, move |_| disconnect_object(&again)).unwrap();
        assert_eq!(code(whereabouts(&proxy)), RPC_E_DISCONNECTED);
        assert_eq!(weak.strong_count(), 1, "its own reference is still there");
        // Marshaled again, it is another connection.
        let stream = host.run(move || Stream::between_threads(&home, IID_PROBE).unwrap());
        let other = stream.unmarshal(IID_PROBE).unwrap();
        assert_ne!(other, proxy);
        assert_eq!(whereabouts(&other), Ok(host.ran.unwrap()));
        assert_eq!(code(whereabouts(&proxy)), RPC_E_DISCONNECTED);
        host.end();
    });
}

#[test]
fn syn_h8_whose_apartment_ends_decides_what_a_call_says() {
    every_machine(|world| {
        let host = Host::sta(world);
        let (object, tells) = Probe::told();
        let stream = host.run(move || Stream::between_threads(&Reference::new(object).unwrap(), IID_PROBE).unwrap());
        let (proxy, ran) = (stream.unmarshal(IID_PROBE).unwrap(), host.ran);
        host.end();
        assert_eq!(tells.try_recv(), Ok(ran), "in its apartment, while that was there");
        assert_eq!(code(whereabouts(&proxy)), RPC_E_DISCONNECTED);

        let host = Host::sta(world);
        let (object, tells) = Probe::told();
        let stream = host.run(move || Stream::between_threads(&Reference::new(object).unwrap(), IID_PROBE).unwrap());
        let client = Host::sta(world);
        let proxy = client.run(move || stream.unmarshal(IID_PROBE).unwrap());
        client.end();
        assert_eq!(code(whereabouts(&proxy)), CO_E_OBJNOTCONNECTED);
        assert_eq!(code(proxy.query(IID_PROBE)), CO_E_OBJNOTCONNECTED);
        assert_eq!(tells.recv().unwrap(), host.ran, "the object ends where it lived");
        host.end();
    });
}
