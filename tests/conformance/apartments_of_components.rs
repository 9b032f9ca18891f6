//! The apartment of a new object (ACT 5, SYN 6.5, ACT-D): by its class's threading model and its creator's place.

use crate::{
    hooks::{self, Hooks},
    placement::SYNCHRONIZED,
    support::{World, code, components::*, every_bare_machine, every_mta_machine},
    threads::{StaThread, elsewhere},
};
use complus::{
    Reference, apartment_type,
    attribute::{ApartmentType, ApartmentTypeQualifier, ThreadingModel},
    hresult::{CO_E_NOTINITIALIZED, REGDB_E_BADTHREADINGMODEL},
    prelude::*,
};
use std::{
    sync::Arc,
    thread::{self, ThreadId},
};

/// Properties of a component that may share its creator's context, for this threading model.
fn modelled(model: &str) -> String {
    format!("{RAW}\nthreading_model = \"{model}\"")
}

/// Where the methods of an object run, and what its creator has of it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Seen {
    apartment: ApartmentType,
    thread: ThreadId,
    is_proxy: bool,
}

/// A new object, which ends here.
fn made(name: &str) -> Seen {
    let object = create(name);
    let (apartment, thread) = inside(&object, || (apartment_type().unwrap().0, thread::current().id()));
    Seen { apartment, thread, is_proxy: object.is_proxy() }
}

/// Runs code in the STA.
fn at<T: Send + 'static>(sta: &StaThread, run: impl FnOnce() -> T + Send + 'static) -> T {
    crate::apartment_table::through(&sta.door, run)
}

#[test]
fn act_d01_an_apartment_class_stays_in_its_creators_sta() {
    with_components(&[("A", &modelled("apartment"))], |world, _| {
        let (main, other) = (StaThread::start(world), StaThread::start(world));
        let make = || (made("A"), thread::current().id());
        let (in_main, in_other) = (at(&main, make), at(&other, make));
        for ((seen, thread), apartment) in [(in_main, ApartmentType::MainSta), (in_other, ApartmentType::Sta)] {
            assert_eq!(seen, Seen { apartment, thread, is_proxy: false });
        }
    });
}

#[test]
fn act_d02_a_free_class_from_an_sta_makes_the_mta_that_is_missing() {
    in_an_sta(|world| {
        assert_eq!(code(elsewhere(world, apartment_type)), CO_E_NOTINITIALIZED);
        let seen = made("F");
        assert_eq!((seen.apartment, seen.is_proxy), (ApartmentType::Mta, true));
        assert_ne!(seen.thread, thread::current().id());
    });
}

#[test]
fn act_d03_a_class_for_both_is_wherever_its_creator_is() {
    with_components(&[("B", RAW)], |world, _| {
        let sta = StaThread::start(world);
        let neutral = || {
            let door = complus::ContextCallback::into_neutral_apartment().unwrap();
            crate::apartment_table::through(&door, || made("B"))
        };
        let all = [at(&sta, || made("B")), made("B"), neutral(), at(&sta, neutral)];
        let expected = [ApartmentType::MainSta, ApartmentType::Mta, ApartmentType::Na, ApartmentType::Na];
        assert_eq!(all.map(|seen| (seen.apartment, seen.is_proxy)), expected.map(|apartment| (apartment, false)));
    });
}

#[test]
fn act_d05_a_class_without_model_makes_the_main_sta_that_is_missing_and_the_next_one_finds_it() {
    with_components(&[("N", &modelled("not_specified")), ("M", &modelled("main"))], |world, _| {
        let (first, second, main) = (made("N"), made("N"), made("M"));
        assert_eq!((first.apartment, first.is_proxy), (ApartmentType::MainSta, true));
        assert_eq!((second, main), (first, first));
        let next = StaThread::start(world);
        assert_eq!(at(&next, || apartment_type().unwrap().0), ApartmentType::Sta);
        assert_eq!(at(&next, || made("N")), first);
    });
}

#[test]
fn act_d07_a_threading_model_that_is_none_makes_nothing() {
    every_mta_machine(|world| {
        let register = |model: Option<&str>| {
            let class = || -> Arc<dyn complus::ClassFactory> { Arc::<crate::objects::ProbeClass>::default() };
            world.runtime.register_in_process_server(clsid("R"), model, class);
        };
        let make = || complus::Activation::of(clsid("R")).create().map(|object| object.is_proxy());
        register(Some("Rental"));
        assert_eq!(code(make()), REGDB_E_BADTHREADINGMODEL);
        let contexts = complus::attribute::ClassContext::INPROC_SERVER;
        let class = complus::class::get_class_object(clsid("R"), contexts, complus::iid::CLASS_FACTORY);
        assert_eq!(code(class), REGDB_E_BADTHREADINGMODEL);
        register(Some("both"));
        assert_eq!(make(), Ok(false));
        register(None);
        assert_eq!(make(), Ok(true));
    });
}

/// Components of an STA, in the activity of whoever made them.
fn in_activity() -> String {
    format!("{SYNCHRONIZED}\nthreading_model = \"apartment\"")
}

#[test]
fn act_d08_apartment_components_of_one_activity_share_an_sta_of_the_pool() {
    with_components(&[("X", SYNCHRONIZED), ("A", &in_activity()), ("B", &in_activity())], |_, _| {
        let (a, b, activities) = inside(&create("X"), || {
            let (a, b) = (create("A"), create("B"));
            let activities = [place(), place_of(&a), place_of(&b)].map(|place| place.activity);
            let seen = |object| inside(object, || (apartment_type().unwrap().0, thread::current().id()));
            (seen(&a), seen(&b), activities)
        });
        assert_eq!(a, b);
        assert_eq!(activities, [activities[0]; 3]);
        assert_ne!(a.1, thread::current().id());
    });
}

#[test]
fn syn_c19_an_activity_keeps_its_sta_and_another_one_may_have_another() {
    with_components(&[("X", SYNCHRONIZED), ("A", &in_activity())], |_, _| {
        let thread_of = |object: &Reference| inside(object, || thread::current().id());
        // They live on while others are made: the first STA has something to do.
        let pair = move || {
            let made = [create("A"), create("A")];
            (made.each_ref().map(thread_of), made)
        };
        let (x, y) = (create("X"), create("X"));
        let (of_x, kept) = inside(&x, pair);
        let (of_y, also_kept) = inside(&y, pair);
        assert_eq!((of_x[0], of_y[0]), (of_x[1], of_y[1]));
        assert_ne!(of_x[0], of_y[0], "the least loaded one is another");
        drop((kept, also_kept));
    });
}

#[test]
fn syn_d11_com_makes_the_main_sta_for_a_class_without_model() {
    every_mta_machine(|world| {
        hooks::register(world, "U", ThreadingModel::NotSpecified, &Hooks::default());
        let seen = made("U");
        assert_eq!((seen.apartment, seen.is_proxy), (ApartmentType::MainSta, true));
        let next = StaThread::start(world);
        assert_eq!(at(&next, || apartment_type().unwrap().0), ApartmentType::Sta, "the role is taken");
    });
}

#[test]
fn syn_d12_com_makes_the_mta_for_a_free_class_and_all_are_in_it() {
    every_bare_machine(
        |builder| builder,
        |world| {
            hooks::register(world, "U", ThreadingModel::Free, &Hooks::default());
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            assert_eq!(code(elsewhere(world, apartment_type)), CO_E_NOTINITIALIZED);
            assert_eq!(made("U").apartment, ApartmentType::Mta);
            let implicit = Ok((ApartmentType::Mta, ApartmentTypeQualifier::ImplicitMta));
            assert_eq!(elsewhere(world, apartment_type), implicit);
        },
    );
}

/// Runs the test in the first STA of a process that has nothing else; "F" is a configured class for the MTA.
fn in_an_sta(test: impl Fn(&World) + Sync) {
    let free = modelled("free");
    let classes = [("F", free.as_str())];
    every_bare_machine(
        |builder| builder.catalog(catalog(QUIET, &classes)),
        |world| {
            Probes::default().register(&world.runtime);
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            test(world);
        },
    );
}
