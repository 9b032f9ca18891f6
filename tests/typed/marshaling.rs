//! References among the arguments and results of a call (ACT 8.1 I1, 8.6).

use crate::support::*;
use complus::{
    Result,
    hresult::{E_FAIL, RPC_E_DISCONNECTED},
    prelude::*,
    pump_messages,
};
use std::sync::Arc;

#[test]
fn act_h01_a_reference_that_comes_home_is_the_object_itself() {
    every_machine(|world| {
        let y = Sta::start(world);
        let other = y.probe();
        let own = Ref::<dyn Probe>::new(BothProbe::default()).unwrap();
        other.keep(Some(own.clone())).unwrap();
        assert_eq!(other.is_kept_direct(), Ok(false), "Y holds a proxy");
        let home = other.kept().unwrap().unwrap();
        assert!(!home.is_proxy());
        assert_eq!(home, own);
        assert_eq!(other.visit(own), Ok(Ran::here()));
        y.end();
    });
}

#[test]
fn syn_h6_a_reference_arrives_as_one_that_the_callee_can_use() {
    every_machine(|world| {
        install_probes(world);
        let host = Sta::start(world);
        let callee = host.probe();
        // Of another apartment: a proxy, whose calls come back here.
        let own = Ref::<dyn Probe>::new(BothProbe::default()).unwrap();
        callee.keep(Some(own.clone())).unwrap();
        assert_eq!((callee.is_kept_direct(), callee.visit(own)), (Ok(false), Ok(Ran::here())));
        // Of the callee's own context: the object itself.
        let neighbour = host.probe();
        assert!(neighbour.is_proxy());
        callee.keep(Some(neighbour.clone())).unwrap();
        assert_eq!((callee.is_kept_direct(), callee.same_as_kept(neighbour.clone())), (Ok(true), Ok(true)));
        assert_eq!(callee.visit(neighbour), Ok(host.ran));
        // Agile: itself, everywhere.
        let agile: Ref<dyn Probe> = complus::create_instance("Probes.Agile").unwrap();
        callee.keep(Some(agile.clone())).unwrap();
        assert_eq!((callee.is_kept_direct(), callee.visit(agile)), (Ok(true), Ok(host.ran)));
        host.end();
    });
}

#[test]
fn act_h06_a_free_threaded_object_runs_in_the_context_of_its_caller() {
    every_machine(|world| {
        let agile = Ref::<dyn Probe>::new(AgileProbe::default()).unwrap();
        let y = Sta::start(world);
        assert_eq!(y.probe().visit(agile.clone()), Ok(y.ran));
        // So it does in another context of this apartment.
        let domain = enter(&own_activity());
        assert!(!agile.is_proxy());
        assert_eq!(agile.whereabouts(), Ok(Ran::here()));
        domain.leave().unwrap();
        y.end();
    });
}

#[test]
fn a_proxy_that_is_passed_on_leads_straight_to_the_object() {
    every_machine(|world| {
        let (y, z) = (Sta::start(world), Sta::start(world));
        let third = z.probe().pack().unwrap();
        let third = std::thread::scope(|scope| {
            let between = scope.spawn(|| {
                let _bound = world.runtime.enter();
                let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
                let third = Ref::<dyn Probe>::unpack(third).unwrap();
                third.keep(Some(y.probe())).unwrap();
                third.pack().unwrap()
            });
            between.join().unwrap()
        });
        // Who passed it on is gone with its apartment.
        let third = Ref::<dyn Probe>::unpack(third).unwrap();
        assert_eq!(third.is_kept_direct(), Ok(false));
        let kept = third.kept().unwrap().unwrap();
        assert_eq!(kept.whereabouts(), Ok(y.ran));
        drop((kept, third));
        z.end();
        y.end();
    });
}

#[test]
fn between_contexts_of_one_apartment_references_are_translated_too() {
    every_machine(|_| {
        let outer = Ref::<dyn Probe>::new(BothProbe::default()).unwrap();
        let (outside, packet) = (Ran::here(), outer.clone().pack().unwrap());
        let domain = enter(&own_activity());
        let (inside, proxy) = (Ran::here(), Ref::<dyn Probe>::unpack(packet).unwrap());
        assert!(proxy.is_proxy());
        assert_eq!(proxy.whereabouts(), Ok(outside));
        let own = Ref::<dyn Probe>::new(BothProbe::default()).unwrap();
        assert_eq!(proxy.visit(own.clone()), Ok(inside));
        assert_eq!(proxy.visit(proxy.clone()), Ok(outside));
        proxy.keep(Some(own.clone())).unwrap();
        assert_eq!(proxy.kept(), Ok(Some(own)));
        domain.leave().unwrap();
    });
}

/// Gives out references to others, and fails.
#[complus::interface]
trait Nursery {
    /// Gives a child.
    fn child(&self) -> Result<Ref<dyn Probe>>;
    /// Takes one, and fails.
    fn refuse(&self, child: Ref<dyn Probe>) -> Result<()>;
}

#[complus::component(interfaces(Nursery))]
#[derive(Default)]
struct Home {
    children: Arc<()>,
}

/// Lives as long as it holds a part of its home.
#[complus::component(interfaces(Probe), create = Child::alone)]
struct Child {
    _home: Arc<()>,
}

impl Child {
    fn alone() -> Self {
        Self { _home: Arc::default() }
    }
}

impl Probe for Child {
    fn whereabouts(&self) -> Result<Ran> {
        Ok(Ran::here())
    }
    fn keep(&self, _: Option<Ref<dyn Probe>>) -> Result<()> {
        Err(E_FAIL.into())
    }
    fn kept(&self) -> Result<Option<Ref<dyn Probe>>> {
        Ok(None)
    }
    fn is_kept_direct(&self) -> Result<bool> {
        Ok(false)
    }
    fn same_as_kept(&self, _: Ref<dyn Probe>) -> Result<bool> {
        Ok(false)
    }
    fn visit(&self, other: Ref<dyn Probe>) -> Result<Ran> {
        other.whereabouts()
    }
}

impl Nursery for Home {
    fn child(&self) -> Result<Ref<dyn Probe>> {
        Ref::new(Child { _home: self.children.clone() })
    }
    fn refuse(&self, _child: Ref<dyn Probe>) -> Result<()> {
        Err(E_FAIL.into())
    }
}

#[test]
fn a_failing_code_comes_back_unchanged_and_the_arguments_are_released() {
    every_machine(|world| {
        let host = Sta::start(world);
        let made = host.run(|| Ref::<dyn Nursery>::new(Home::default()).unwrap().pack().unwrap());
        let home = Ref::<dyn Nursery>::unpack(made).unwrap();
        let own = Home::default();
        let alive = own.children.clone();
        let child = Ref::<dyn Nursery>::new(own).unwrap().child().unwrap();
        assert_eq!(code(home.refuse(child)), E_FAIL);
        pump_messages().unwrap(); // the callee's release
        assert_eq!(Arc::strong_count(&alive), 1, "nobody holds it any more");
        host.end();
    });
}

#[test]
fn a_packet_that_is_dropped_gives_back_what_it_holds() {
    every_machine(|_| {
        let home = Home::default();
        let alive = home.children.clone();
        let home = Ref::<dyn Nursery>::new(home).unwrap();
        let children: Vec<_> = (0..3).map(|_| home.child().unwrap()).collect();
        let packet = (children, Some(home.child().unwrap())).pack().unwrap();
        assert_eq!(Arc::strong_count(&alive), 2 + 4);
        drop(packet);
        assert_eq!(Arc::strong_count(&alive), 2);
    });
}

#[test]
fn a_call_that_cannot_be_made_leaves_the_arguments_alone() {
    every_machine(|world| {
        let host = Sta::start(world);
        let probe = host.probe();
        host.end();
        let home = Home::default();
        let alive = home.children.clone();
        let child = Ref::<dyn Nursery>::new(home).unwrap().child().unwrap();
        assert_eq!(code(probe.keep(Some(child.clone()))), RPC_E_DISCONNECTED);
        assert_eq!(Arc::strong_count(&alive), 2, "the child, and this");
        assert_eq!(child.whereabouts(), Ok(Ran::here()));
    });
}

#[test]
fn a_direct_call_passes_what_it_is_given() {
    every_machine(|_| {
        let own = Ref::<dyn Probe>::new(BothProbe::default()).unwrap();
        let domain = enter(&own_activity());
        let foreign = Ref::<dyn Probe>::new(BothProbe::default()).unwrap();
        domain.leave().unwrap();
        // It could not be packed here; nobody does.
        assert!(foreign.clone().pack().is_err());
        own.keep(Some(foreign.clone())).unwrap();
        assert_eq!(own.kept(), Ok(Some(foreign)));
    });
}

#[test]
fn arguments_are_not_copied_where_nothing_has_to_be() {
    #[complus::interface]
    trait Scribe {
        fn address(&self, text: String) -> Result<usize>;
    }
    #[complus::component(interfaces(Scribe))]
    #[derive(Default)]
    struct Copyist;
    impl Scribe for Copyist {
        fn address(&self, text: String) -> Result<usize> {
            Ok(text.as_ptr().addr())
        }
    }
    every_machine(|world| {
        let host = Sta::start(world);
        let made = host.run(|| Ref::<dyn Scribe>::new(Copyist).unwrap().pack().unwrap());
        for scribe in [Ref::unpack(made).unwrap(), Ref::<dyn Scribe>::new(Copyist).unwrap()] {
            let text = "text".to_string();
            let address = text.as_ptr().addr();
            assert_eq!(scribe.address(text), Ok(address));
        }
        host.end();
    });
}
