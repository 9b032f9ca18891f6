//! Initialize spies (SYN 9).

use crate::{support::*, threads::*};
use complus::{InitializeSpy, SpyCookie, attribute::CoInit, com::*, hresult::*, prelude::*};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// A call of a spy, by what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    PreInitialize(CoInit, u32),
    PostInitialize(HResult, CoInit, u32),
    PreUninitialize(u32),
    PostUninitialize(u32),
}

use Seen::{PostInitialize, PostUninitialize, PreInitialize, PreUninitialize};

/// Keeps what it is told.
#[derive(Default)]
struct Spy {
    told: RefCell<Vec<Seen>>,
    /// What it makes of every result.
    answer: Cell<Option<HResult>>,
    /// What it revokes at the first uninitialize.
    revokes: RefCell<Vec<SpyCookie>>,
}

impl Spy {
    fn take(&self) -> Vec<Seen> {
        self.told.take()
    }
}

impl InitializeSpy for Spy {
    fn pre_initialize(&self, flags: CoInit, count: u32) {
        self.told.borrow_mut().push(PreInitialize(flags, count));
    }

    fn post_initialize(&self, result: HResult, flags: CoInit, count: u32) -> HResult {
        self.told.borrow_mut().push(PostInitialize(result, flags, count));
        self.answer.get().unwrap_or(result)
    }

    fn pre_uninitialize(&self, count: u32) {
        self.told.borrow_mut().push(PreUninitialize(count));
        for cookie in self.revokes.take() {
            assert_eq!(co_revoke_initialize_spy(cookie), Ok(()));
        }
    }

    fn post_uninitialize(&self, count: u32) {
        self.told.borrow_mut().push(PostUninitialize(count));
    }
}

const UNSET: SpyCookie = SpyCookie(u64::MAX);
const STA: CoInit = CoInit::APARTMENT_THREADED;

fn register(spy: &Rc<Spy>) -> SpyCookie {
    let mut cookie = UNSET;
    co_register_initialize_spy(Some(spy.clone()), Some(&mut cookie)).unwrap();
    cookie
}

/// A spy that is registered three times.
fn three() -> (Rc<Spy>, [SpyCookie; 3]) {
    let spy = Rc::new(Spy::default());
    let cookies = [0; 3].map(|_| register(&spy));
    (spy, cookies)
}

fn thrice(told: [Seen; 2]) -> Vec<Seen> {
    told.into_iter().flat_map(|told| [told; 3]).collect()
}

fn on_every_machine(test: impl Fn(&World) + Sync) {
    every_bare_machine(|builder| builder, test);
}

#[test]
fn syn_g1_a_spy_is_told_of_every_call_from_registration_to_revocation() {
    on_every_machine(|_| {
        let spy = Rc::new(Spy::default());
        let cookie = register(&spy);
        assert_eq!(co_initialize_ex(None, STA), Ok(S_OK));
        co_uninitialize();
        let cycle = [PreInitialize(STA, 0), PostInitialize(S_OK, STA, 1), PreUninitialize(1), PostUninitialize(0)];
        assert_eq!(spy.take(), cycle);
        drop(Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap());
        assert_eq!(spy.take(), cycle);
        assert_eq!(co_revoke_initialize_spy(cookie), Ok(()));
        drop(Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap());
        assert_eq!(spy.take(), []);
    });
}

#[test]
fn syn_g4_spies_see_the_count_before_and_after() {
    on_every_machine(|_| {
        let spy = Rc::new(Spy::default());
        register(&spy);
        co_initialize(None).unwrap();
        co_initialize(None).unwrap();
        co_uninitialize();
        co_uninitialize();
        let first = [PreInitialize(STA, 0), PostInitialize(S_OK, STA, 1)];
        let again = [PreInitialize(STA, 1), PostInitialize(S_FALSE, STA, 2)];
        let undone = [PreUninitialize(2), PostUninitialize(1), PreUninitialize(1), PostUninitialize(0)];
        assert_eq!(spy.take(), [&first[..], &again, &undone].concat());
        // An unbalanced one is told, and does nothing (SYN 6.2).
        co_uninitialize();
        assert_eq!(spy.take(), [PreUninitialize(0), PostUninitialize(0)]);
    });
}

#[test]
fn syn_g5_a_spy_sees_only_what_comes_after_it() {
    on_every_machine(|_| {
        co_initialize(None).unwrap();
        let spy = Rc::new(Spy::default());
        register(&spy);
        assert_eq!(spy.take(), []);
        assert_eq!(co_initialize(None), Ok(S_FALSE));
        assert_eq!(spy.take(), [PreInitialize(STA, 1), PostInitialize(S_FALSE, STA, 2)]);
    });
}

#[test]
fn syn_w39_spy_and_place_are_both_needed() {
    on_every_machine(|_| {
        let spy: Rc<dyn InitializeSpy> = Rc::new(Spy::default());
        let mut cookie = UNSET;
        assert_eq!(code(co_register_initialize_spy(None, None)), E_INVALIDARG);
        assert_eq!(code(co_register_initialize_spy(None, Some(&mut cookie))), E_INVALIDARG);
        assert_eq!(code(co_register_initialize_spy(Some(spy), None)), E_INVALIDARG);
        assert_eq!(cookie, UNSET);
    });
}

#[test]
fn syn_w40_cookies_are_thread_and_index() {
    on_every_machine(|_| {
        let thread = complus::MessageQueue::current().unwrap().thread();
        let (_, cookies) = three();
        let parts = cookies.map(|cookie| ((cookie.0 >> 32) as u32, cookie.0 as u32));
        assert_eq!(parts, [(thread, 0), (thread, 1), (thread, 2)]);
        assert_eq!(cookies.map(|cookie| (cookie.thread(), cookie.index())), parts);
    });
}

#[test]
fn syn_w41_the_smallest_free_index_is_used_again() {
    on_every_machine(|_| {
        let (spy, cookies) = three();
        assert_eq!(co_revoke_initialize_spy(cookies[1]), Ok(()));
        assert_eq!(code(co_revoke_initialize_spy(cookies[1])), E_INVALIDARG);
        assert_eq!(register(&spy), cookies[1]);
        assert_eq!(register(&spy).index(), 3);
    });
}

#[test]
fn syn_w42_every_registration_is_told_of_an_initialization() {
    on_every_machine(|_| {
        let (spy, _) = three();
        let flags = STA | CoInit::DISABLE_OLE1DDE;
        assert_eq!(co_initialize_ex(None, flags), Ok(S_OK));
        assert_eq!(spy.take(), thrice([PreInitialize(flags, 0), PostInitialize(S_OK, flags, 1)]));
    });
}

#[test]
fn syn_w43_a_second_initialization_is_told_as_well() {
    on_every_machine(|_| {
        let (spy, _) = three();
        let flags = STA | CoInit::DISABLE_OLE1DDE;
        co_initialize_ex(None, STA).unwrap();
        spy.take();
        assert_eq!(co_initialize_ex(None, flags), Ok(S_FALSE));
        assert_eq!(spy.take(), thrice([PreInitialize(flags, 1), PostInitialize(S_FALSE, flags, 2)]));
    });
}

#[test]
fn syn_w44_every_registration_is_told_of_each_uninitialize() {
    on_every_machine(|_| {
        let (spy, _) = three();
        co_initialize(None).unwrap();
        co_initialize(None).unwrap();
        spy.take();
        co_uninitialize();
        assert_eq!(spy.take(), thrice([PreUninitialize(2), PostUninitialize(1)]));
        co_uninitialize();
        assert_eq!(spy.take(), thrice([PreUninitialize(1), PostUninitialize(0)]));
    });
}

#[test]
fn syn_w45_spies_belong_to_their_thread() {
    on_every_machine(|world| {
        let (spy, cookies) = three();
        let codes = elsewhere_in(world, ApartmentModel::ApartmentThreaded, move || {
            cookies.map(|cookie| code(co_revoke_initialize_spy(cookie)))
        });
        assert_eq!(codes, [E_INVALIDARG; 3]);
        assert_eq!(spy.take(), []);
        co_initialize(None).unwrap();
        assert_eq!(spy.take().len(), 6);
    });
}

#[test]
fn syn_w46_a_revocation_in_a_callback_counts_at_once() {
    on_every_machine(|_| {
        let (spy, cookies) = three();
        co_initialize(None).unwrap();
        spy.take();
        spy.revokes.replace(cookies.to_vec());
        co_uninitialize();
        assert_eq!(spy.take(), [PreUninitialize(1)]);
        assert_eq!(code(complus::context_token()), CO_E_NOTINITIALIZED);
    });
}

/// SYN 9: the answer replaces the result, is what the next spy is told, and does not change what happened.
#[test]
fn the_last_spy_decides_what_is_returned() {
    on_every_machine(|_| {
        let (older, newer) = (Rc::new(Spy::default()), Rc::new(Spy::default()));
        register(&older);
        register(&newer);
        newer.answer.set(Some(E_FAIL));
        assert_eq!(code(co_initialize(None)), E_FAIL);
        assert_eq!(older.take(), [PreInitialize(STA, 0), PostInitialize(E_FAIL, STA, 1)]);
        assert!(complus::context_token().is_ok());
        // Failures are told as well.
        newer.answer.set(None);
        newer.take();
        assert_eq!(code(co_initialize_ex(None, CoInit::MULTITHREADED)), RPC_E_CHANGED_MODE);
        let mta = CoInit::MULTITHREADED;
        assert_eq!(newer.take(), [PreInitialize(mta, 1), PostInitialize(RPC_E_CHANGED_MODE, mta, 1)]);
        older.answer.set(Some(S_OK));
        let apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        assert_eq!((apartment.hresult(), apartment.was_initialized()), (S_OK, true));
    });
}

/// Y-30: a registration in a callback counts from the next call.
#[test]
fn a_spy_that_is_registered_in_a_callback_waits_for_the_next_call() {
    struct Registers(Rc<Spy>);
    impl InitializeSpy for Registers {
        fn pre_initialize(&self, _: CoInit, _: u32) {
            register(&self.0);
        }

        fn post_uninitialize(&self, _: u32) {
            panic!("contained");
        }
    }
    on_every_machine(|_| {
        let spy = Rc::new(Spy::default());
        let mut cookie = UNSET;
        co_register_initialize_spy(Some(Rc::new(Registers(spy.clone()))), Some(&mut cookie)).unwrap();
        co_initialize(None).unwrap();
        assert_eq!(spy.take(), []);
        co_uninitialize();
        assert_eq!(spy.take(), [PreUninitialize(1), PostUninitialize(0)]);
    });
}
