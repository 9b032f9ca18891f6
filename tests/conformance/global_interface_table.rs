//! The global interface table (SYN 10.4).

use crate::{marshaling_table, objects::*, support::*};
use complus::{
    GlobalInterfaceTable, Reference,
    attribute::{ClassContext, ThreadingModel},
    class, com,
    hresult::{CO_E_OBJNOTREG, E_INVALIDARG, E_NOINTERFACE, RPC_E_WRONG_THREAD, S_OK},
    iid,
};
use std::sync::Arc;
use uuid::Uuid;

const CLSID_STD_GLOBAL_INTERFACE_TABLE: Uuid = Uuid::from_u128(0x0000_0323_0000_0000_c000_0000_0000_0046);
const CLSID_NEUTRAL: Uuid = Uuid::from_u128(0x0c1a_5500_0000_4000_8000_0000_0000_0001);

#[test]
fn syn_w92_a_cookie_keeps_the_object_and_gives_it_wherever_it_is_asked_for() {
    marshaling_table::run("SYN-W92");
    every_machine(|_| {
        assert_eq!((GlobalInterfaceTable.add_ref(), GlobalInterfaceTable.release()), (1, 1));
        let contexts = ClassContext::INPROC_SERVER;
        let factory = class::get_class_object(CLSID_STD_GLOBAL_INTERFACE_TABLE, contexts, iid::CLASS_FACTORY).unwrap();
        assert_eq!(code(factory.query(iid::GLOBAL_INTERFACE_TABLE)), E_NOINTERFACE);
        let table =
            class::create_instance(CLSID_STD_GLOBAL_INTERFACE_TABLE, contexts, iid::GLOBAL_INTERFACE_TABLE).unwrap();
        let reference = Reference::new(Probe::make().0).unwrap();
        let given = reference.clone();
        let cookie = table.call_as(PROBE_METHOD, move |table: &GlobalInterfaceTable| table.register(&given, IID_PROBE));
        assert_eq!(GlobalInterfaceTable.get(cookie.unwrap(), IID_PROBE), Ok(reference.clone()));
        GlobalInterfaceTable.revoke(cookie.unwrap()).unwrap();
        let mut none = None;
        assert_eq!(com::get_interface_from_global(cookie.unwrap(), IID_PROBE, Some(&mut none)), E_INVALIDARG);
        assert_eq!(com::get_interface_from_global(0, IID_PROBE, Some(&mut none)), E_INVALIDARG);
        assert_eq!(com::register_interface_in_global(Some(&reference), IID_PROBE, None), E_INVALIDARG);
        assert_eq!(none, None);
    });
}

/// What a thread finds under a cookie: the reference, and where a call on it runs.
fn found(cookie: u32) -> (Reference, Ran) {
    let reference = GlobalInterfaceTable.get(cookie, IID_PROBE).unwrap();
    let ran = whereabouts(&reference).unwrap();
    (reference, ran)
}

#[test]
fn syn_h3_each_apartment_gets_a_reference_of_its_own_from_the_table() {
    every_machine(|world| {
        let (owner, sta, mta) = (Host::sta(world), Host::sta(world), Host::mta(world));
        let cookie = owner.run(|| {
            let reference = Reference::new(Probe::make().0).unwrap();
            GlobalInterfaceTable.register(&reference, IID_PROBE).unwrap()
        });
        // A call in the neutral apartment, on this thread.
        world.runtime.register_class(CLSID_NEUTRAL, ThreadingModel::Neutral, || Arc::new(ProbeClass::default()));
        let neutral = class::create_instance(CLSID_NEUTRAL, ClassContext::INPROC_SERVER, IID_PROBE).unwrap();
        assert!(neutral.is_proxy());
        let in_neutral = || neutral.call(PROBE_METHOD, move |_| Ok(found(cookie))).unwrap();

        let home = owner.run(move || found(cookie));
        let others = [sta.run(move || found(cookie)), mta.run(move || found(cookie)), in_neutral()];
        assert!(!home.0.is_proxy());
        for (proxy, ran) in &others {
            assert!(proxy.is_proxy());
            assert_eq!(Some(*ran), owner.ran);
            assert_ne!(*proxy, home.0);
        }
        // Each works in its own apartment only.
        let all = [&home, &others[0], &others[1], &others[2]].map(|(reference, _)| reference.clone());
        let tried = |at: usize| {
            let all = all.clone();
            move || {
                let codes = all.iter().map(|reference| whereabouts(reference).map_or_else(Into::into, |_| S_OK));
                let right = (0..4).map(|place| if place == at { S_OK } else { RPC_E_WRONG_THREAD });
                assert!(codes.eq(right), "in apartment {at}");
            }
        };
        owner.run(tried(0));
        sta.run(tried(1));
        mta.run(tried(2));
        let here = tried(3);
        neutral
            .call(PROBE_METHOD, move |_| {
                here();
                Ok(())
            })
            .unwrap();
        mta.run(move || GlobalInterfaceTable.revoke(cookie).unwrap());
        for host in [&owner, &sta, &mta] {
            assert_eq!(host.run(move || code(GlobalInterfaceTable.get(cookie, IID_PROBE))), E_INVALIDARG);
        }
        drop((home, others, all, neutral));
        [sta, mta, owner].into_iter().for_each(Host::end);
    });
}

#[test]
fn a_cookie_of_an_apartment_that_has_ended_gives_nothing_and_can_be_revoked() {
    every_machine(|world| {
        let owner = Host::sta(world);
        let (cookie, weak) = owner.run(|| {
            let (object, weak) = Probe::make();
            let reference = Reference::new(object).unwrap();
            (GlobalInterfaceTable.register(&reference, IID_PROBE).unwrap(), weak)
        });
        assert_eq!(weak.strong_count(), 1);
        owner.end();
        assert_eq!(weak.strong_count(), 0);
        assert_eq!(code(GlobalInterfaceTable.get(cookie, IID_PROBE)), CO_E_OBJNOTREG);
        GlobalInterfaceTable.revoke(cookie).unwrap();
        assert_eq!(code(GlobalInterfaceTable.revoke(cookie)), E_INVALIDARG);
    });
}
