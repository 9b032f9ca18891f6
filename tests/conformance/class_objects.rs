//! Class objects, where instances live, and what makes an MTA (SYN 6.4 to 6.6, 14.1, 14.6).

use crate::{objects::*, support::*};
use complus::{
    ClassFactory, Reference, apartment_type,
    attribute::{ApartmentType, ApartmentTypeQualifier, ClassContext, RegistrationUse, ThreadingModel},
    class, com,
    hresult::{
        CO_E_NOTINITIALIZED, CO_E_OBJISREG, E_INVALIDARG, E_POINTER, REGDB_E_CLASSNOTREG, REGDB_E_IIDNOTREG,
        RPC_E_WRONG_THREAD, S_OK,
    },
    iid,
    prelude::*,
    pump_messages,
};
use std::sync::{
    Arc, Barrier, Mutex, Weak,
    atomic::{AtomicUsize, Ordering},
};
use uuid::Uuid;

const CLSID: Uuid = Uuid::from_u128(0x0c1a_5500_0000_4000_8000_0000_0000_0002);
const INPROC: ClassContext = ClassContext::INPROC_SERVER;
const LOCAL: ClassContext = ClassContext::LOCAL_SERVER;

fn bare(test: impl Fn(&World) + Sync) {
    every_bare_machine(|builder| builder, test);
}

fn initialize(model: ApartmentModel) -> Apartment {
    Apartment::initialize(model).unwrap()
}

fn register(world: &World, model: ThreadingModel) {
    world.runtime.register_class(CLSID, model, || Arc::new(ProbeClass::default()));
}

/// A reference to a new class object of probes.
fn class_object() -> Reference {
    Reference::new(Arc::new(ProbeClass::default())).unwrap()
}

/// What an uninitialised thread is told of its apartment.
fn implicitly(host: &Host) -> complus::Result<(ApartmentType, ApartmentTypeQualifier)> {
    host.run(apartment_type)
}

const IMPLICIT: complus::Result<(ApartmentType, ApartmentTypeQualifier)> =
    Ok((ApartmentType::Mta, ApartmentTypeQualifier::ImplicitMta));

#[test]
fn syn_w1_without_apartment_there_is_neither_class_object_nor_instance() {
    bare(|world| {
        register(world, ThreadingModel::Both);
        let _apartment = initialize(ApartmentModel::ApartmentThreaded);
        let stale = Reference::new(Probe::make().0).unwrap();
        let nowhere = Host::bare(world);
        nowhere.run(move || {
            let mut result = Some(stale.clone());
            let code = com::co_create_instance(CLSID, INPROC, IID_PROBE, Some(&mut result));
            assert_eq!((code, result), (CO_E_NOTINITIALIZED, None));
            let mut result = Some(stale);
            let code = com::co_get_class_object(CLSID, INPROC, iid::CLASS_FACTORY, Some(&mut result));
            assert_eq!((code, result), (CO_E_NOTINITIALIZED, None));
        });
        nowhere.end();
    });
}

#[test]
fn syn_w2_the_place_for_the_class_object_is_looked_at_first() {
    bare(|_| {
        assert_eq!(com::co_get_class_object(CLSID, INPROC, iid::CLASS_FACTORY, None), E_INVALIDARG);
        assert_eq!(com::co_create_instance(CLSID, INPROC, IID_PROBE, None), E_POINTER);
        let _apartment = initialize(ApartmentModel::ApartmentThreaded);
        let mut none = None;
        assert_eq!(com::co_get_class_object(CLSID, INPROC, iid::CLASS_FACTORY, Some(&mut none)), REGDB_E_CLASSNOTREG);
        assert_eq!(com::co_create_instance(CLSID, INPROC, IID_PROBE, Some(&mut none)), REGDB_E_CLASSNOTREG);
        assert_eq!(none, None);
    });
}

#[test]
fn syn_w15_an_activation_factory_does_not_initialise_com() {
    bare(|_| {
        assert_eq!(com::ro_get_activation_factory("Some.Class", iid::UNKNOWN), CO_E_NOTINITIALIZED);
        assert_eq!(code(apartment_type()), CO_E_NOTINITIALIZED);
    });
}

#[test]
fn syn_w16_an_activation_factory_keeps_an_mta_until_its_thread_leaves() {
    bare(|world| {
        let other = Host::bare(world);
        let asks = || assert_eq!(com::ro_get_activation_factory("Some.Class", iid::UNKNOWN), REGDB_E_CLASSNOTREG);
        let apartment = initialize(ApartmentModel::ApartmentThreaded);
        assert_eq!(code(implicitly(&other)), CO_E_NOTINITIALIZED);
        asks();
        asks();
        assert_eq!(apartment_type(), Ok((ApartmentType::MainSta, ApartmentTypeQualifier::None)));
        assert_eq!(implicitly(&other), IMPLICIT);
        let again = initialize(ApartmentModel::ApartmentThreaded);
        drop(again);
        assert_eq!(implicitly(&other), IMPLICIT, "not its last CoUninitialize");
        drop(apartment);
        assert_eq!(code(implicitly(&other)), CO_E_NOTINITIALIZED);
        // Or until it ends.
        let sta = Host::careless_sta(world);
        let _apartment = initialize(ApartmentModel::ApartmentThreaded);
        sta.run(asks);
        assert_eq!(implicitly(&other), IMPLICIT);
        sta.end();
        assert_eq!(code(implicitly(&other)), CO_E_NOTINITIALIZED);
        other.end();
    });
}

#[test]
fn syn_w17_an_activation_factory_keeps_the_mta_of_another_thread() {
    bare(|world| {
        let _apartment = initialize(ApartmentModel::ApartmentThreaded);
        let asks = || assert_eq!(com::ro_get_activation_factory("Some.Class", iid::UNKNOWN), REGDB_E_CLASSNOTREG);
        let other = Host::bare(world);
        for second in [Host::sta(world), Host::bare(world)] {
            let first = Host::mta(world);
            second.run(asks);
            first.end();
            assert_eq!(implicitly(&other), IMPLICIT);
            second.end();
            assert_eq!(code(implicitly(&other)), CO_E_NOTINITIALIZED);
        }
        other.end();
    });
}

#[test]
fn syn_w18_a_registered_dispenser_makes_an_mta() {
    bare(|world| {
        let other = Host::bare(world);
        assert_eq!(com::register_dispenser("D"), CO_E_NOTINITIALIZED);
        let apartment = initialize(ApartmentModel::ApartmentThreaded);
        register(world, ThreadingModel::Both);
        let create = || com::co_create_instance(CLSID, INPROC, IID_PROBE, Some(&mut None));
        assert_eq!(other.run(create), CO_E_NOTINITIALIZED);
        assert_eq!(com::register_dispenser("D"), S_OK);
        assert_eq!(com::register_dispenser("E"), S_OK);
        assert_eq!(other.run(create), S_OK);
        assert_eq!(implicitly(&other), IMPLICIT);
        drop(apartment);
        assert_eq!(code(implicitly(&other)), CO_E_NOTINITIALIZED, "nobody uses COM any more");
        other.end();
    });
}

#[test]
fn syn_w95_an_apartment_threaded_class_gives_the_mta_a_proxy() {
    bare(|world| {
        let _apartment = initialize(ApartmentModel::Multithreaded);
        register(world, ThreadingModel::Apartment);
        let create = || class::create_instance(CLSID, INPROC, IID_PROBE).unwrap();
        let (one, two) = (create(), create());
        assert_eq!(one.query(iid::MULTI_QI), Ok(one.clone()), "a proxy");
        let ran = whereabouts(&one).unwrap();
        assert_ne!(ran, Ran::here());
        assert_eq!(whereabouts(&two), Ok(ran), "the same host");
        assert_eq!(
            one.call(PROBE_METHOD, |_| apartment_type()),
            Ok((ApartmentType::MainSta, ApartmentTypeQualifier::None)),
            "the first STA of the process"
        );
        // The class object lives there as well.
        let class = class::get_class_object(CLSID, INPROC, iid::CLASS_FACTORY).unwrap();
        assert!(class.is_proxy());
        assert_eq!(whereabouts(&class.create_instance(IID_PROBE).unwrap()), Ok(ran));
    });
}

/// Where a class of `model` is put, seen from the creator: the apartment of an instance, and whether it is a proxy.
fn put(world: &World, model: ThreadingModel) -> (ApartmentType, bool) {
    register(world, model);
    let instance = class::create_instance(CLSID, INPROC, IID_PROBE).unwrap();
    let apartment = instance.call(PROBE_METHOD, |_| Ok(apartment_type()?.0)).unwrap();
    let is_proxy = instance.is_proxy();
    instance.release().unwrap();
    (apartment, is_proxy)
}

#[test]
fn a_class_is_put_where_its_threading_model_wants_it() {
    use ApartmentType::{MainSta, Mta, Na, Sta};
    use ThreadingModel::{Apartment as ApartmentModelled, Both, Free, Main, Neutral, NotSpecified};
    bare(|world| {
        let main = initialize(ApartmentModel::ApartmentThreaded);
        let here = [ApartmentModelled, Free, Both, Neutral, Main, NotSpecified].map(|model| put(world, model));
        let expected =
            [(MainSta, false), (Mta, true), (MainSta, false), (Na, true), (MainSta, false), (MainSta, false)];
        assert_eq!(here, expected);
        // From another STA and from the MTA.
        let runtime = world.runtime.clone();
        let put_there = move |model| {
            runtime.register_class(CLSID, model, || Arc::new(ProbeClass::default()));
            let instance = class::create_instance(CLSID, INPROC, IID_PROBE).unwrap();
            let apartment = instance.call(PROBE_METHOD, |_| Ok(apartment_type()?.0)).unwrap();
            (apartment, instance.is_proxy())
        };
        let sta = Host::sta(world);
        let there = put_there.clone();
        let from_sta = sta.run(move || [ApartmentModelled, Free, Both, Neutral, Main].map(&there));
        assert_eq!(from_sta, [(Sta, false), (Mta, true), (Sta, false), (Na, true), (MainSta, true)]);
        sta.end();
        let mta = Host::mta(world);
        let from_mta = mta.run(move || [ApartmentModelled, Free, Both, Neutral].map(&put_there));
        assert_eq!(from_mta, [(Sta, true), (Mta, false), (Mta, false), (Na, true)]);
        mta.end();
        drop(main);
    });
}

#[test]
fn com_makes_the_mta_that_a_free_class_wants_and_the_main_sta_that_another_wants() {
    bare(|world| {
        let other = Host::bare(world);
        {
            let _apartment = initialize(ApartmentModel::ApartmentThreaded);
            assert_eq!(code(implicitly(&other)), CO_E_NOTINITIALIZED);
            assert_eq!(put(world, ThreadingModel::Free), (ApartmentType::Mta, true));
            assert_eq!(implicitly(&other), IMPLICIT);
        }
        {
            let _apartment = initialize(ApartmentModel::Multithreaded);
            assert_eq!(put(world, ThreadingModel::NotSpecified), (ApartmentType::MainSta, true));
            assert_eq!(
                put(world, ThreadingModel::Apartment),
                (ApartmentType::MainSta, true),
                "the host is the main one"
            );
            let next = Host::sta(world);
            assert_eq!(next.run(apartment_type), Ok((ApartmentType::Sta, ApartmentTypeQualifier::None)));
            next.end();
        }
        let _apartment = initialize(ApartmentModel::ApartmentThreaded);
        assert_eq!(apartment_type().unwrap().0, ApartmentType::MainSta, "the host has ended with the process");
        other.end();
    });
}

#[test]
fn syn_w96_a_class_object_is_its_apartments_own() {
    bare(|world| {
        let _apartment = initialize(ApartmentModel::ApartmentThreaded);
        let owner = Host::sta(world);
        let cookie = owner.run(|| {
            let class = class_object();
            let cookie = class::register_class_object(CLSID, &class, INPROC, RegistrationUse::Multiple).unwrap();
            assert_eq!(class::get_class_object(CLSID, INPROC, iid::CLASS_FACTORY), Ok(class));
            let again = class::register_class_object(CLSID, &class_object(), INPROC, RegistrationUse::Multiple);
            assert_eq!(code(again), CO_E_OBJISREG);
            cookie
        });
        assert_eq!(code(class::get_class_object(CLSID, INPROC, iid::CLASS_FACTORY)), REGDB_E_CLASSNOTREG);
        let mut own = None;
        let class = class_object();
        let registered =
            com::co_register_class_object(CLSID, Some(&class), INPROC, RegistrationUse::Multiple, Some(&mut own));
        assert_eq!(registered, S_OK);
        assert_eq!(com::co_revoke_class_object(cookie), RPC_E_WRONG_THREAD);
        assert_eq!(com::co_revoke_class_object(own.unwrap()), S_OK);
        assert_eq!(com::co_revoke_class_object(own.unwrap()), E_INVALIDARG);
        owner.run(move || class::revoke_class_object(cookie).unwrap());
        let use_once = RegistrationUse::Single;
        assert_eq!(com::co_register_class_object(CLSID, None, INPROC, use_once, Some(&mut own)), E_INVALIDARG);
        assert_eq!(com::co_register_class_object(CLSID, Some(&class), INPROC, use_once, None), E_INVALIDARG);
        owner.end();
        let nowhere = Host::bare(world);
        nowhere.run(move || assert_eq!(com::co_revoke_class_object(cookie), CO_E_NOTINITIALIZED));
        nowhere.end();
    });
}

#[test]
fn syn_w97_a_class_object_for_others_is_a_proxy_to_them() {
    bare(|world| {
        let _apartment = initialize(ApartmentModel::ApartmentThreaded);
        let owner = Host::sta(world);
        let register =
            |r#use| owner.run(move || class::register_class_object(CLSID, &class_object(), LOCAL, r#use).unwrap());
        let cookie = register(RegistrationUse::Multiple);
        for _ in 0..2 {
            let class = class::get_class_object(CLSID, LOCAL, iid::CLASS_FACTORY).unwrap();
            assert!(class.is_proxy());
            let instance = class.create_instance(IID_PROBE).unwrap();
            assert_eq!(whereabouts(&instance).ok(), owner.ran);
        }
        assert_eq!(code(class::get_class_object(CLSID, INPROC, iid::CLASS_FACTORY)), REGDB_E_CLASSNOTREG);
        assert_eq!(whereabouts(&class::create_instance(CLSID, ClassContext::ALL, IID_PROBE).unwrap()).ok(), owner.ran);
        owner.run(move || class::revoke_class_object(cookie).unwrap());
        assert_eq!(code(class::get_class_object(CLSID, LOCAL, iid::CLASS_FACTORY)), REGDB_E_CLASSNOTREG);
        // For one use.
        register(RegistrationUse::Single);
        assert!(class::get_class_object(CLSID, LOCAL, iid::CLASS_FACTORY).unwrap().is_proxy());
        assert_eq!(code(class::get_class_object(CLSID, LOCAL, iid::CLASS_FACTORY)), REGDB_E_CLASSNOTREG);
        owner.end();
    });
}

#[test]
fn syn_w98_a_class_object_goes_with_its_apartment() {
    bare(|world| {
        for model in [ApartmentModel::ApartmentThreaded, ApartmentModel::Multithreaded] {
            let other = Host::bare(world);
            let apartment = initialize(model);
            let object = Arc::new(ProbeClass::default());
            let class = Reference::new(object.clone()).unwrap();
            let cookie = class::register_class_object(CLSID, &class, INPROC, RegistrationUse::Multiple).unwrap();
            drop(class);
            assert_eq!(Arc::strong_count(&object), 2);
            class::get_class_object(CLSID, INPROC, iid::CLASS_FACTORY).unwrap();
            drop(apartment);
            assert_eq!(Arc::strong_count(&object), 1);
            let _apartment = initialize(model);
            assert_eq!(code(class::get_class_object(CLSID, INPROC, iid::CLASS_FACTORY)), REGDB_E_CLASSNOTREG);
            assert_eq!(com::co_revoke_class_object(cookie), E_INVALIDARG);
            other.end();
        }
    });
}

#[test]
fn syn_w99_a_proxy_stub_class_is_known_to_the_process_while_it_uses_com() {
    bare(|world| {
        assert_eq!(com::co_register_ps_clsid(IID_PROBE, CLSID), CO_E_NOTINITIALIZED);
        assert_eq!(code(com::co_get_ps_clsid(IID_PROBE)), CO_E_NOTINITIALIZED);
        let reader = initialize(ApartmentModel::ApartmentThreaded);
        assert_eq!(code(com::co_get_ps_clsid(IID_PROBE)), REGDB_E_IIDNOTREG);
        let writer = Host::sta(world);
        writer.run(|| assert_eq!(com::co_register_ps_clsid(IID_PROBE, CLSID), S_OK));
        assert_eq!(com::co_get_ps_clsid(IID_PROBE), Ok(CLSID));
        writer.end();
        assert_eq!(com::co_get_ps_clsid(IID_PROBE), Ok(CLSID));
        drop(reader);
        let _apartment = initialize(ApartmentModel::ApartmentThreaded);
        assert_eq!(code(com::co_get_ps_clsid(IID_PROBE)), REGDB_E_IIDNOTREG);
    });
}

#[test]
fn syn_w100_unused_classes_are_unloaded_from_an_apartment_only() {
    bare(|world| {
        let apartment = initialize(ApartmentModel::ApartmentThreaded);
        let loads = Arc::new(AtomicUsize::new(0));
        let loaded = Arc::new(Mutex::new(Weak::<ProbeClass>::new()));
        let (count, last) = (loads.clone(), loaded.clone());
        world.runtime.register_class(CLSID, ThreadingModel::Apartment, move || {
            count.fetch_add(1, Ordering::SeqCst);
            let class = Arc::new(ProbeClass::default());
            *last.lock().unwrap() = Arc::downgrade(&class);
            class as Arc<dyn ClassFactory>
        });
        let is_loaded = || loaded.lock().unwrap().strong_count() > 0;
        let instance = class::create_instance(CLSID, INPROC, IID_PROBE).unwrap();
        let class = class::get_class_object(CLSID, INPROC, iid::CLASS_FACTORY).unwrap();
        com::co_free_unused_libraries();
        assert!(is_loaded(), "an instance is there");
        drop(instance);
        com::co_free_unused_libraries();
        assert!(is_loaded(), "a reference to the class object is there");
        drop(class);
        let nowhere = Host::bare(world);
        nowhere.run(com::co_free_unused_libraries);
        assert!(is_loaded(), "no effect from nowhere");
        com::co_free_unused_libraries();
        assert!(!is_loaded());
        // From another STA, the thread of the main one does it.
        drop(class::create_instance(CLSID, INPROC, IID_PROBE).unwrap());
        assert_eq!(loads.load(Ordering::SeqCst), 2);
        assert!(is_loaded());
        let other = Host::sta(world);
        other.run(com::co_free_unused_libraries);
        assert!(!is_loaded());
        // With the process goes everything.
        drop(class::create_instance(CLSID, INPROC, IID_PROBE).unwrap());
        other.end();
        nowhere.end();
        drop(apartment);
        assert!(!is_loaded());
    });
}

#[test]
fn creators_at_the_same_time_get_the_same_host() {
    bare(|world| {
        let _apartment = initialize(ApartmentModel::Multithreaded);
        register(world, ThreadingModel::Apartment);
        let both = Barrier::new(2);
        let create = || {
            let _bound = world.runtime.enter();
            both.wait();
            let instance = class::create_instance(CLSID, INPROC, IID_PROBE).unwrap();
            whereabouts(&instance).unwrap()
        };
        let [one, two] =
            std::thread::scope(|scope| [scope.spawn(create), scope.spawn(create)].map(|it| it.join().unwrap()));
        assert_eq!(one, two);
        assert_eq!(pump_messages(), Ok(0), "nothing came to this thread");
    });
}
