//! Joining and leaving apartments, and what a thread is told of its own (SYN 6, ACT 2).

use crate::{support::*, threads::*};
use complus::{
    Compat, ContextCallback, apartment_type,
    attribute::{ApartmentType, ApartmentTypeQualifier, CoInit, ThreadFlags},
    com::*,
    context_token,
    hresult::*,
    prelude::*,
    register_message_filter, thread_flags,
};
use std::sync::{Barrier, mpsc};

use ApartmentType::{Current, MainSta, Mta, Na, Sta};
use ApartmentTypeQualifier as Qualifier;

const STA: CoInit = CoInit::APARTMENT_THREADED;
const MTA: CoInit = CoInit::MULTITHREADED;

/// CoInitializeEx, by its code.
fn initialize(flags: CoInit) -> HResult {
    co_initialize_ex(None, flags).unwrap_or_else(|error| error.hresult())
}

/// OleInitialize, by its code.
fn ole() -> HResult {
    ole_initialize().unwrap_or_else(|error| error.hresult())
}

/// CoGetApartmentType: the code, and what was written over values that it never writes.
fn queried() -> (HResult, ApartmentType, Qualifier) {
    let (mut apartment, mut qualifier) = (Na, Qualifier::ApplicationSta);
    let result = co_get_apartment_type(Some(&mut apartment), Some(&mut qualifier));
    (result.map_or_else(|error| error.hresult(), |()| S_OK), apartment, qualifier)
}

const NOWHERE: (HResult, ApartmentType, Qualifier) = (CO_E_NOTINITIALIZED, Current, Qualifier::None);
const MAIN: (HResult, ApartmentType, Qualifier) = (S_OK, MainSta, Qualifier::None);
const JOINED_MTA: (HResult, ApartmentType, Qualifier) = (S_OK, Mta, Qualifier::None);
const IMPLICIT: (HResult, ApartmentType, Qualifier) = (S_OK, Mta, Qualifier::ImplicitMta);

fn on_every_machine(test: impl Fn(&World) + Sync) {
    every_bare_machine(|builder| builder, test);
}

#[test]
fn syn_d1_each_success_needs_its_uninitialize() {
    on_every_machine(|_| {
        assert_eq!(co_initialize(None), Ok(S_OK));
        assert_eq!(co_initialize(None), Ok(S_FALSE));
        co_uninitialize();
        assert_eq!(queried(), MAIN);
        co_uninitialize();
        assert_eq!(queried(), NOWHERE);
        co_uninitialize();
        assert_eq!(queried(), NOWHERE);
    });
}

#[test]
fn syn_d2_a_refused_initialization_does_not_count() {
    on_every_machine(|_| {
        for (first, other) in [(STA, MTA), (MTA, STA)] {
            assert_eq!(initialize(first), S_OK);
            assert_eq!(initialize(other), RPC_E_CHANGED_MODE);
            co_uninitialize();
            assert_eq!(queried(), NOWHERE);
        }
    });
}

#[test]
fn bad_arguments_are_refused_and_bits_beside_the_model_do_not_count() {
    on_every_machine(|_| {
        assert_eq!(code(co_initialize_ex(Some(&()), STA)), E_INVALIDARG);
        assert_eq!(code(co_initialize_ex(None, CoInit(0x10))), E_INVALIDARG);
        assert_eq!(queried(), NOWHERE);
        assert_eq!(initialize(STA), S_OK);
        assert_eq!(initialize(STA | CoInit::SPEED_OVER_MEMORY), S_FALSE);
        co_uninitialize();
        co_uninitialize();
        assert_eq!(queried(), NOWHERE);
    });
}

#[test]
fn syn_d3_the_first_sta_is_the_main_one() {
    on_every_machine(|world| {
        assert_eq!(initialize(STA), S_OK);
        assert_eq!(queried(), MAIN);
        let other = elsewhere_in(world, ApartmentModel::ApartmentThreaded, queried);
        assert_eq!(other, (S_OK, Sta, Qualifier::None));
    });
}

/// Y-22: nobody is promoted, and the next new one takes the role.
#[test]
fn the_role_of_the_main_sta_stays_vacant_until_another_one_is_made() {
    on_every_machine(|world| {
        assert_eq!(initialize(STA), S_OK);
        let second = StaThread::start(world);
        co_uninitialize();
        elsewhere_in(world, ApartmentModel::Multithreaded, || {
            let (told, hears) = mpsc::channel();
            second.door.call(METHOD, move || told.send(apartment_type()).unwrap()).unwrap();
            assert_eq!(hears.recv().unwrap(), Ok((Sta, Qualifier::None)));
        });
        assert_eq!(initialize(STA), S_OK);
        assert_eq!(queried(), MAIN);
    });
}

#[test]
fn syn_d5_mta_threads_share_a_token_and_an_sta_has_its_own() {
    on_every_machine(|world| {
        assert_eq!(initialize(MTA), S_OK);
        let here = context_token().unwrap();
        let token = || context_token().unwrap();
        assert_eq!(elsewhere_in(world, ApartmentModel::Multithreaded, token), here);
        assert_ne!(elsewhere_in(world, ApartmentModel::ApartmentThreaded, token), here);
        assert_eq!(context_token(), Ok(here));
    });
}

#[test]
fn syn_d6_an_uninitialized_thread_is_in_the_mta_while_there_is_one() {
    on_every_machine(|world| {
        assert_eq!(queried(), NOWHERE);
        let (joined, left) = (Barrier::new(2), Barrier::new(2));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _bound = world.runtime.enter();
                let apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                joined.wait();
                left.wait();
                drop(apartment);
                joined.wait();
            });
            joined.wait();
            assert_eq!(queried(), IMPLICIT);
            left.wait();
            joined.wait();
            assert_eq!(queried(), NOWHERE);
        });
    });
}

#[test]
fn syn_d7_usage_cookies_keep_the_mta_whoever_gives_them_back() {
    on_every_machine(|world| {
        assert_eq!(queried(), NOWHERE);
        let first = co_increment_mta_usage().unwrap();
        assert_ne!(first.0, 0);
        assert_eq!(queried(), IMPLICIT);
        let second = co_increment_mta_usage().unwrap();
        assert!(second.0 != 0 && second != first);
        co_decrement_mta_usage(first).unwrap();
        assert_eq!(queried(), IMPLICIT);
        elsewhere(world, || co_decrement_mta_usage(second)).unwrap();
        assert_eq!(queried(), NOWHERE);
        // A cookie that is given back twice has no effect (Y-23).
        assert_eq!(co_decrement_mta_usage(second), Ok(()));
        let kept = complus::MtaUsage::keep().unwrap();
        assert_eq!(queried(), IMPLICIT);
        elsewhere(world, || drop(kept));
        assert_eq!(queried(), NOWHERE);
    });
}

#[test]
fn a_bad_usage_cookie_is_an_error_under_strict_misuse() {
    let strict = Compat { strict_misuse: true, ..Compat::default() };
    every_bare_machine(
        |builder| builder.compat(strict),
        |_| {
            let cookie = co_increment_mta_usage().unwrap();
            assert_eq!(co_decrement_mta_usage(cookie), Ok(()));
            assert_eq!(code(co_decrement_mta_usage(cookie)), E_INVALIDARG);
        },
    );
}

#[test]
fn syn_d13_ole_counts_for_itself() {
    on_every_machine(|_| {
        // W3
        assert_eq!([initialize(STA), ole(), ole()], [S_OK, S_OK, S_FALSE]);
        (0..2).for_each(|_| ole_uninitialize());
        assert_eq!(queried(), MAIN);
        co_uninitialize();
        assert_eq!(queried(), NOWHERE);
        // Alone, it initialises COM and undoes that.
        assert_eq!(ole(), S_OK);
        assert_eq!(queried(), MAIN);
        ole_uninitialize();
        assert_eq!(queried(), NOWHERE);
    });
}

#[test]
fn syn_w3_the_first_ole_initialize_is_ok_after_an_initialize() {
    on_every_machine(|_| {
        assert_eq!(initialize(STA), S_OK);
        assert_eq!(ole(), S_OK);
        assert_eq!(ole(), S_FALSE);
    });
}

#[test]
fn syn_w4_ole_is_refused_in_the_mta_and_undoes_nothing_there() {
    on_every_machine(|_| {
        assert_eq!(initialize(MTA), S_OK);
        assert_eq!(ole(), RPC_E_CHANGED_MODE);
        ole_uninitialize();
        assert_eq!(queried(), JOINED_MTA);
        assert!(context_token().is_ok());
    });
}

#[test]
fn syn_w5_surplus_ole_uninitialize_calls_are_ignored() {
    on_every_machine(|_| {
        assert_eq!([initialize(STA), ole()], [S_OK, S_OK]);
        (0..3).for_each(|_| ole_uninitialize());
        assert_eq!(queried(), MAIN);
        assert!(context_token().is_ok());
        co_uninitialize();
        assert_eq!(queried(), NOWHERE);
        assert_eq!(code(context_token()), CO_E_NOTINITIALIZED);
    });
}

#[test]
fn syn_w6_ole_does_not_see_what_couninitialize_does() {
    on_every_machine(|_| {
        assert_eq!([initialize(STA), ole()], [S_OK, S_OK]);
        (0..2).for_each(|_| co_uninitialize());
        assert_eq!(queried(), NOWHERE);
        assert_eq!(ole(), S_FALSE);
        assert_eq!(queried(), MAIN);
    });
}

#[test]
fn syn_w7_a_missing_place_leaves_the_other_one_as_it_is() {
    on_every_machine(|_| {
        for _ in 0..2 {
            let (mut apartment, mut qualifier) = (Na, Qualifier::ApplicationSta);
            assert_eq!(code(co_get_apartment_type(Some(&mut apartment), None)), E_INVALIDARG);
            assert_eq!(code(co_get_apartment_type(None, Some(&mut qualifier))), E_INVALIDARG);
            assert_eq!((apartment, qualifier), (Na, Qualifier::ApplicationSta));
            initialize(STA);
        }
    });
}

#[test]
fn syn_w8_both_places_are_written_on_a_thread_without_apartment() {
    on_every_machine(|_| {
        let (mut apartment, mut qualifier) = (Na, Qualifier::ApplicationSta);
        let result = co_get_apartment_type(Some(&mut apartment), Some(&mut qualifier));
        assert_eq!(code(result), CO_E_NOTINITIALIZED);
        assert_eq!((apartment, qualifier), (Current, Qualifier::None));
    });
}

#[test]
fn syn_w9_the_first_sta_and_the_mta_tell_their_names() {
    on_every_machine(|_| {
        initialize(STA);
        assert_eq!(queried(), MAIN);
        co_uninitialize();
        initialize(MTA);
        assert_eq!(queried(), JOINED_MTA);
    });
}

#[test]
fn syn_w10_nothing_is_left_of_an_apartment_that_ole_made() {
    on_every_machine(|_| {
        assert_eq!(ole(), S_OK);
        assert_eq!(queried(), MAIN);
        ole_uninitialize();
        assert_eq!(queried(), NOWHERE);
    });
}

#[test]
fn syn_w11_two_cookies_keep_the_mta_until_both_are_back() {
    on_every_machine(|_| {
        let mut seen = vec![queried()];
        let cookies = [0; 2].map(|_| {
            let cookie = co_increment_mta_usage().unwrap();
            seen.push(queried());
            cookie
        });
        assert!(cookies[0] != cookies[1] && cookies.iter().all(|cookie| cookie.0 != 0));
        for cookie in cookies {
            co_decrement_mta_usage(cookie).unwrap();
            seen.push(queried());
        }
        assert_eq!(seen, [NOWHERE, IMPLICIT, IMPLICIT, IMPLICIT, NOWHERE]);
    });
}

#[test]
fn syn_w12_usage_cookies_do_not_touch_an_sta() {
    on_every_machine(|_| {
        initialize(STA);
        let cookie = co_increment_mta_usage().unwrap();
        assert_eq!(queried(), MAIN);
        assert_eq!(co_decrement_mta_usage(cookie), Ok(()));
        assert_eq!(queried(), MAIN);
    });
}

#[test]
fn syn_w13_an_implicit_member_reaches_the_mta_and_has_no_message_filter() {
    on_every_machine(|world| {
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        let home = context_token().unwrap();
        elsewhere(world, || {
            use complus::rules::context_interface::ContextInterface::{ContextCallback, ObjContext};
            assert_eq!(queried(), IMPLICIT);
            assert_eq!(context_token(), Ok(home));
            assert_eq!(co_get_object_context(ObjContext.iid()).unwrap().token(), home);
            let door = co_get_object_context(ContextCallback.iid()).unwrap().callback().unwrap();
            assert_eq!(door.call(METHOD, move || assert_eq!(context_token(), Ok(home))), Ok(S_OK));
            assert_eq!(code(register_message_filter(None)), CO_E_NOT_SUPPORTED);
        });
    });
}

#[test]
fn syn_w14_an_implicit_member_may_become_an_sta() {
    on_every_machine(|_| {
        let _kept = complus::MtaUsage::keep().unwrap();
        assert_eq!(queried(), IMPLICIT);
        let implicit = context_token().unwrap();
        assert_eq!(initialize(STA), S_OK);
        assert_eq!(queried(), MAIN);
        assert_ne!(context_token(), Ok(implicit));
        co_uninitialize();
        assert_eq!(queried(), IMPLICIT);
        assert_eq!(context_token(), Ok(implicit));
    });
}

#[test]
fn syn_w19_what_is_noted_about_a_thread() {
    on_every_machine(|world| {
        let dde = CoInit::DISABLE_OLE1DDE;
        let (sta, mta) = (ThreadFlags::APARTMENT_THREADED, ThreadFlags::MULTITHREADED | ThreadFlags::DISABLE_OLE1DDE);
        let rows = [(STA, sta), (STA | dde, sta | ThreadFlags::DISABLE_OLE1DDE), (MTA, mta), (MTA | dde, mta)];
        for (flags, noted) in rows {
            assert_eq!(thread_flags(), Ok(ThreadFlags(0)));
            assert_eq!(initialize(flags), S_OK);
            assert_eq!(thread_flags(), Ok(noted), "{flags:?}");
            let implicit = elsewhere(world, || thread_flags().unwrap());
            assert_eq!(implicit, ThreadFlags(0));
            co_uninitialize();
        }
        assert_eq!(thread_flags(), Ok(ThreadFlags(0)));
    });
}

#[test]
fn syn_w20_a_dispatching_mta_thread_may_initialize_and_stays_what_it_is() {
    on_every_machine(|_| {
        let _kept = complus::MtaUsage::keep().unwrap();
        initialize(STA);
        let mta = ContextCallback::of_default(Mta).unwrap();
        let (told, hears) = mpsc::channel();
        for _ in 0..2 {
            let told = told.clone();
            let served = move || {
                let mut seen = vec![initialize(MTA), initialize(STA)];
                co_uninitialize();
                seen.push(queried().0);
                co_uninitialize(); // one too many: COM made this thread
                told.send((seen, queried())).unwrap();
            };
            mta.call(METHOD, served).unwrap();
            let (seen, after) = hears.recv().unwrap();
            assert_eq!(seen, [S_FALSE, RPC_E_CHANGED_MODE, S_OK]);
            assert_eq!(after, JOINED_MTA);
        }
    });
}

#[test]
fn syn_w21_the_mta_outlives_the_thread_that_made_it() {
    on_every_machine(|world| {
        initialize(MTA);
        let (there, gone) = (mpsc::channel(), mpsc::channel::<()>());
        let (tell, hear) = there;
        let (leave, left) = gone;
        std::thread::scope(|scope| {
            let runtime = world.runtime.clone();
            scope.spawn(move || {
                let _bound = runtime.enter();
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                tell.send(ContextCallback::current().unwrap()).unwrap();
                let _ = left.recv();
            });
            let door = hear.recv().unwrap();
            co_uninitialize();
            assert_eq!(initialize(STA), S_OK);
            let (told, hears) = mpsc::channel();
            assert_eq!(door.call(METHOD, move || told.send(apartment_type()).unwrap()), Ok(S_OK));
            assert_eq!(hears.recv().unwrap(), Ok((Mta, Qualifier::None)));
            drop(leave);
        });
    });
}

#[test]
fn syn_w23_every_thread_has_a_number_that_is_no_other_number() {
    on_every_machine(|world| {
        let here = co_get_current_process().unwrap();
        let there = elsewhere(world, || co_get_current_process().unwrap());
        let thread = complus::MessageQueue::current().unwrap().thread();
        assert!(here != 0 && there != 0 && here != there);
        assert!(![thread, std::process::id()].contains(&here));
        assert_eq!(co_get_current_process(), Ok(here));
    });
}

#[test]
fn act_a03_apartments_tell_their_types() {
    on_every_machine(|world| {
        initialize(STA);
        assert_eq!(queried(), MAIN);
        assert_eq!(elsewhere_in(world, ApartmentModel::ApartmentThreaded, queried), (S_OK, Sta, Qualifier::None));
        assert_eq!(elsewhere_in(world, ApartmentModel::Multithreaded, queried), JOINED_MTA);
    });
}

#[test]
fn act_a05_a_thread_without_apartment_is_told_so_in_both_places() {
    on_every_machine(|_| {
        assert_eq!(queried(), NOWHERE);
        let mut apartment = Na;
        assert_eq!(code(co_get_apartment_type(Some(&mut apartment), None)), E_INVALIDARG);
        assert_eq!(apartment, Na);
    });
}

#[test]
fn act_a06_only_what_succeeded_has_to_be_undone() {
    on_every_machine(|_| {
        assert_eq!([initialize(MTA), initialize(STA)], [S_OK, RPC_E_CHANGED_MODE]);
        co_uninitialize();
        assert_eq!(queried(), NOWHERE);
        assert_eq!([initialize(MTA), initialize(MTA)], [S_OK, S_FALSE]);
        co_uninitialize();
        assert_eq!(queried(), JOINED_MTA);
        co_uninitialize();
        assert_eq!(queried(), NOWHERE);
    });
}

/// SYN 6.8, 6.9: a neutral call stays on its thread, which keeps its apartment beneath.
#[test]
fn a_neutral_call_tells_what_lies_beneath_and_cannot_initialize() {
    on_every_machine(|world| {
        let neutral = |beneath: Qualifier| {
            let door = ContextCallback::of_default(Na).unwrap();
            let here = std::thread::current().id();
            let inside = move || {
                assert_eq!(queried(), (S_OK, Na, beneath));
                assert_eq!([initialize(STA), initialize(MTA)], [RPC_E_CHANGED_MODE; 2]);
                assert_eq!(std::thread::current().id(), here);
            };
            assert_eq!(door.call(METHOD, inside), Ok(S_OK));
        };
        assert_eq!(code(ContextCallback::of_default(Na)), CO_E_NOTINITIALIZED);
        initialize(STA);
        neutral(Qualifier::NaOnMainSta);
        elsewhere_in(world, ApartmentModel::ApartmentThreaded, || neutral(Qualifier::NaOnSta));
        elsewhere_in(world, ApartmentModel::Multithreaded, || {
            neutral(Qualifier::NaOnMta);
            elsewhere(world, || neutral(Qualifier::NaOnImplicitMta));
        });
        assert_eq!(queried(), MAIN);
    });
}
