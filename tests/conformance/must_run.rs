//! The MustRun flags, and CLSCTX_FROM_DEFAULT_CONTEXT (ACT 4.5; ACT-C).

use crate::support::{
    World,
    applications::{library, refused, with_applications},
    code,
    components::{Here, PROBE, RAW, REQUIRED, SUPPORTED, clsid, create, inside, place, place_of, try_create},
};
use complus::{
    Activation, Reference, apartment_type,
    attribute::{ApartmentType, ClassContext},
    hresult::*,
    prelude::*,
};

const WITH_CLIENT: &str = "transaction = \"disabled\"\nmust_run_in_client_context = true";
const WITH_CLIENT_IN_STA: &str =
    "transaction = \"disabled\"\nmust_run_in_client_context = true\nthreading_model = \"apartment\"";
const IN_DEFAULT: &str = "transaction = \"required\"\nmust_run_in_default_context = true";
const IN_DEFAULT_IN_STA: &str = "must_run_in_default_context = true\nthreading_model = \"apartment\"";

/// Runs it on a thread with an STA.
fn in_sta<T: Send + 'static>(world: &World, run: impl FnOnce() -> T + Send + 'static) -> T {
    let process = world.runtime.process();
    let thread = std::thread::spawn(move || {
        let _bound = process.enter();
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        run()
    });
    thread.join().unwrap()
}

#[test]
fn act_c02_what_must_run_with_its_client_and_cannot_is_refused() {
    const TOO_MUCH: &str = "must_run_in_client_context = true\nsynchronization = \"required\"\njust_in_time_activation = true\nconstruction_enabled = true";
    with_applications(&[library("App", &[("C", TOO_MUCH), ("R", REQUIRED), ("S", SUPPORTED)])], |world, probes| {
        refused(world, probes, "C", CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT);
        for creator in ["R", "S"] {
            let creator = create(creator);
            assert_eq!(inside(&creator, || code(try_create("C"))), CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT);
        }
        assert!(!probes.told().iter().any(|told| told.starts_with("construct")));
    });
}

#[test]
fn act_c03_what_must_run_with_its_client_needs_its_apartment() {
    with_applications(&[library("App", &[("A", WITH_CLIENT_IN_STA), ("R", REQUIRED)])], |world, probes| {
        assert_eq!(code(try_create("A")), CO_E_ATTEMPT_TO_CREATE_OUTSIDE_CLIENT_CONTEXT);
        assert_eq!(probes.told(), [] as [String; 0]);
        in_sta(world, || {
            let a = create("A");
            assert!(!a.is_proxy());
            // In a context of this apartment as well.
            let (own, inner) = inside(&create("R"), || (place(), place_of(&create("A"))));
            assert_eq!(own, inner);
        });
    });
}

#[test]
fn act_c07_what_must_run_in_a_default_context_does_so_in_its_own_apartment() {
    with_applications(&[library("App", &[("A", IN_DEFAULT_IN_STA)])], |_, _| {
        let a = create("A");
        assert!(a.is_proxy());
        let (apartment, context) = inside(&a, || (apartment_type().unwrap().0, code(ObjectContext::current())));
        // The STA that COM made for it is the first one of the process.
        assert_eq!((apartment, context), (ApartmentType::MainSta, CONTEXT_E_NOCONTEXT));
    });
}

#[test]
fn what_must_run_in_a_default_context_shares_it_with_its_creator_or_is_reached_by_a_proxy() {
    with_applications(&[library("App", &[("D", IN_DEFAULT), ("C", WITH_CLIENT), ("R", REQUIRED)])], |_, _| {
        let here = place();
        let d = create("D");
        assert!(!d.is_proxy());
        assert_eq!(place_of(&d), here, "no transaction: its services are off");
        let (is_proxy, found) = inside(&create("R"), || {
            let d = create("D");
            (d.is_proxy(), place_of(&d))
        });
        assert_eq!((is_proxy, found), (true, here));
    });
}

/// A new object, made as if from the default context.
fn from_default_context(name: &str) -> Reference {
    let contexts = ClassContext::INPROC_SERVER | ClassContext::FROM_DEFAULT_CONTEXT;
    Activation::of(clsid(name)).contexts(contexts).interface(PROBE).create().unwrap()
}

#[test]
fn from_the_default_context_nothing_is_shared_with_the_creator() {
    let classes = [("D", RAW), ("S", SUPPORTED), ("R", REQUIRED), ("C", WITH_CLIENT)];
    with_applications(&[library("App", &classes)], |_, _| {
        let default = place();
        let r = create("R");
        let (own, [d, c, s]): (Here, _) = inside(&r, || {
            let made = ["D", "C", "S"].map(from_default_context);
            assert!(made.iter().all(Reference::is_proxy));
            (place(), made.each_ref().map(place_of))
        });
        assert_eq!((d, c), (default, default));
        assert!(s.token != own.token && s.activity.is_some() && s.activity != own.activity);
        assert_eq!(s.transaction, None);
        // From the default context itself it makes no difference.
        assert!(!from_default_context("D").is_proxy());
    });
}
