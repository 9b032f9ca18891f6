//! Calls through typed references: direct and over borders.

use crate::support::*;
use complus::{
    Error, Method, Object, Reference, Result,
    hresult::{
        CO_E_CLASSSTRING, E_ACCESSDENIED, E_FAIL, E_NOINTERFACE, REGDB_E_CLASSNOTREG, RPC_E_WRONG_THREAD, S_FALSE, S_OK,
    },
    prelude::*,
    typed::{Component, Instance, Interface},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

#[test]
fn an_object_of_the_own_context_is_called_directly() {
    every_machine(|world| {
        install_probes(world);
        let probe: Ref<dyn Probe> = complus::create_instance("Probes.Both").unwrap();
        assert!(!probe.is_proxy());
        assert_eq!(probe.whereabouts(), Ok(Ran::here()));
    });
}

#[test]
fn a_call_over_a_border_runs_at_the_object() {
    every_machine(|world| {
        let sta = Sta::start(world);
        let probe = sta.probe();
        assert!(probe.is_proxy());
        assert_eq!(probe.whereabouts(), Ok(sta.ran));
        let named = probe.cast::<dyn Named>().unwrap();
        assert_eq!(named.rename("first".into()), Ok(String::new()));
        assert_eq!(named.rename("second".into()), Ok("first".into()));
        probe.release().unwrap();
        named.release().unwrap();
        sta.end();
    });
}

#[test]
fn a_class_is_found_by_prog_id_and_by_clsid() {
    every_machine(|world| {
        install_probes(world);
        let clsid = BothProbe::DESCRIPTION.clsid;
        let names = ["Probes.Both".to_string(), "pRoBeS.bOtH".to_string(), clsid.braced().to_string()];
        for name in names {
            assert!(complus::create_instance::<dyn Probe>(&name).is_ok(), "{name}");
        }
        assert!(complus::create_instance::<dyn Probe>(clsid).is_ok());
        for name in ["Probes.None", "", "{7f1c8b52}", "{"] {
            assert_eq!(code(complus::create_instance::<dyn Probe>(name)), CO_E_CLASSSTRING, "{name}");
        }
        let nobodys = uuid::Uuid::from_u128(7);
        for error in [
            code(complus::create_instance::<dyn Probe>(nobodys)),
            code(complus::create_instance::<dyn Probe>(nobodys.braced().to_string())),
        ] {
            assert_eq!(error, REGDB_E_CLASSNOTREG);
        }
        let missing = complus::create_instance::<dyn Missing>(clsid).and_then(|it| it.nothing());
        assert_eq!(code(missing), E_NOINTERFACE);
    });
}

#[test]
fn a_cast_is_query_interface() {
    every_machine(|world| {
        let sta = Sta::start(world);
        for probe in [sta.probe(), Ref::new(BothProbe::default()).unwrap()] {
            let named = probe.cast::<dyn Named>().unwrap();
            assert_eq!(probe, named);
            assert_eq!(named.cast::<dyn Probe>(), Ok(probe.clone()));
            assert_eq!(code(probe.cast::<dyn Missing>()), E_NOINTERFACE);
            let untyped: Reference = probe.clone().into();
            assert_eq!((&untyped, Ref::try_from(untyped.clone())), (probe.as_reference(), Ok(named)));
        }
        sta.end();
    });
}

#[test]
fn act_h08_two_proxies_of_an_object_in_one_context_are_one() {
    every_machine(|world| {
        let sta = Sta::start(world);
        let probe = sta.probe();
        probe.keep(None).unwrap();
        let again = Ref::<dyn Probe>::unpack(probe.clone().pack().unwrap()).unwrap();
        assert!(again.is_proxy());
        assert_eq!(
            probe.as_reference().query(complus::iid::UNKNOWN),
            again.as_reference().query(complus::iid::UNKNOWN)
        );
        assert_eq!(probe, again);
        assert_ne!(probe, sta.probe());
        sta.end();
    });
}

#[test]
fn a_reference_is_of_no_use_in_another_context() {
    every_machine(|world| {
        let sta = Sta::start(world);
        let (probe, direct) = (sta.probe(), Ref::<dyn Probe>::new(BothProbe::default()).unwrap());
        let domain = enter(&own_activity());
        for reference in [&probe, &direct] {
            assert_eq!(code(reference.whereabouts()), RPC_E_WRONG_THREAD);
            assert_eq!(code(reference.cast::<dyn Named>()), RPC_E_WRONG_THREAD);
            assert_eq!(code(reference.clone().pack()), RPC_E_WRONG_THREAD);
        }
        domain.leave().unwrap();
        assert!(probe.whereabouts().is_ok() && direct.whereabouts().is_ok());
        sta.end();
    });
}

/// Answers what it is told to.
#[complus::interface]
trait Oracle {
    fn answer(&self, code: HResult) -> HResult;
    fn fail(&self, error: Error) -> Result<i64>;
    #[auto_complete]
    fn inherited(&self, number: i64) -> Result<i64> {
        Ok(number + 1)
    }
}

#[complus::component(interfaces(Oracle))]
#[derive(Default)]
struct Pythia;

impl Oracle for Pythia {
    fn answer(&self, code: HResult) -> HResult {
        code
    }
    fn fail(&self, error: Error) -> Result<i64> {
        Err(error)
    }
}

#[test]
fn codes_come_back_as_they_are() {
    every_machine(|world| {
        let sta = Sta::start(world);
        let made = sta.run(|| Ref::<dyn Oracle>::new(Pythia).unwrap().pack().unwrap());
        for oracle in [Ref::unpack(made).unwrap(), Ref::<dyn Oracle>::new(Pythia).unwrap()] {
            for code in [S_OK, S_FALSE, HResult(7), E_FAIL, HResult::from_bits(0x8004_1234)] {
                assert_eq!(oracle.answer(code), code);
            }
            assert_eq!(code(oracle.fail(E_ACCESSDENIED.into())), E_ACCESSDENIED);
            assert_eq!(oracle.inherited(1), Ok(2));
        }
        sta.end();
    });
}

#[test]
fn an_interface_tells_its_methods() {
    let methods = <dyn Oracle>::METHODS;
    let told: Vec<_> = methods.iter().map(|it| (it.number, it.name, it.in_only, it.auto_complete)).collect();
    assert_eq!(told, [(3, "answer", true, false), (4, "fail", false, false), (5, "inherited", false, true)]);
    assert_eq!(<dyn Oracle>::NAME, "Oracle");
    // uuid5 of "typed::calls::Oracle" in the namespace of the library, computed elsewhere.
    assert_eq!(<dyn Oracle>::IID.to_string(), "73fc805a-73e6-56d0-8fba-df9746444086");
    assert_ne!(<dyn Oracle>::IID, <dyn Probe>::IID);
}

/// Counts the calls that come to it, as an object that is no component.
struct Counter(AtomicUsize);

impl Object for Counter {
    fn supports(&self, interface: uuid::Uuid) -> bool {
        interface == <dyn Named>::IID
    }
}

#[test]
fn an_object_without_a_caster_cannot_be_called_through_a_type() {
    every_machine(|_| {
        let counter = Arc::new(Counter(AtomicUsize::new(0)));
        let reference = Reference::new(counter.clone()).unwrap();
        let named = Ref::<dyn Named>::try_from(&reference).unwrap();
        assert_eq!(code(named.name()), E_NOINTERFACE);
        let method = Method { interface: <dyn Named>::IID, number: 3 };
        reference.call_as(method, |counter: &Counter| Ok(counter.0.fetch_add(1, Ordering::Relaxed))).unwrap();
        assert_eq!(counter.0.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_component_and_its_object_know_each_other() {
    let object = <BothProbe as Component>::Instance::new(BothProbe::default());
    assert!(object.get().is_ok_and(|probe| probe.name() == Ok(String::new())));
    assert!(object.supports(<dyn Probe>::IID) && object.supports(<dyn Named>::IID));
    assert!(!object.supports(<dyn Missing>::IID) && object.caster(<dyn Missing>::IID).is_none());
}

/// An interface that has grown old.
#[complus::interface]
trait Aged {
    #[deprecated(note = "call `grow`")]
    fn grow_old(&self) -> Result<u32>;
    #[must_use = "it is a new one"]
    fn grow(&self) -> Result<u32>;
}

#[complus::component(interfaces(Aged))]
#[derive(Default)]
struct Elder;

impl Aged for Elder {
    fn grow_old(&self) -> Result<u32> {
        Ok(1)
    }
    fn grow(&self) -> Result<u32> {
        Ok(2)
    }
}

#[test]
fn a_deprecated_method_warns_those_alone_who_call_it() {
    every_machine(|_| {
        let elder = Ref::<dyn Aged>::new(Elder).unwrap();
        #[expect(deprecated, reason = "it is called")]
        let old = elder.grow_old();
        assert_eq!((old, elder.grow()), (Ok(1), Ok(2)));
    });
}
