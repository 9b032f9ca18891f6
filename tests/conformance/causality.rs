//! Logical threads: one causality through apartments (SYN 5).

use crate::{support::*, threads::*};
use complus::{
    ChannelHook, ContextCallback, HookPhase, HookedCall, attribute::ApartmentType, attribute::ThreadFlags, com::*,
    hresult::*, logical_thread_id, prelude::*, register_channel_hook, rules::context_interface::ContextInterface,
    thread_flags,
};
use std::sync::{Arc, Mutex, mpsc};
use uuid::Uuid;

fn on_every_machine(test: impl Fn(&World) + Sync) {
    every_bare_machine(|builder| builder, test);
}

fn here() -> Uuid {
    logical_thread_id().unwrap()
}

fn info() -> complus::ThreadingInfo {
    co_get_object_context(ContextInterface::ComThreadingInfo.iid()).unwrap().threading_info().unwrap()
}

#[test]
fn syn_b24_a_chain_of_calls_is_one_logical_thread() {
    on_every_machine(|world| {
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        let (first, second) = (StaThread::start(world), StaThread::start(world));
        let (mta, own) = (ContextCallback::of_default(ApartmentType::Mta).unwrap(), here());
        let (told, hears) = mpsc::channel();
        // MTA -> first STA -> second STA -> MTA.
        let (there, tell) = (second.door.clone(), told.clone());
        let chain = move || {
            tell.send(here()).unwrap();
            let (back, tell_there) = (mta, tell.clone());
            let next = move || {
                tell_there.send(here()).unwrap();
                let tell_back = tell_there.clone();
                back.call(METHOD, move || tell_back.send(here()).unwrap()).unwrap();
            };
            there.call(METHOD, next).unwrap();
            tell.send(here()).unwrap();
        };
        first.door.call(METHOD, chain).unwrap();
        assert_eq!(hears.iter().take(4).collect::<Vec<_>>(), [own; 4]);
        assert_eq!(here(), own);
        // Each thread works for itself again: the next call finds the ids that other callers bring.
        let mut others = Vec::new();
        for sta in [&first, &second] {
            let door = sta.door.clone();
            let tell = told.clone();
            let caller = elsewhere_in(world, ApartmentModel::Multithreaded, move || {
                door.call(METHOD, move || tell.send(here()).unwrap()).unwrap();
                here()
            });
            assert_eq!(hears.recv().unwrap(), caller);
            others.push(caller);
        }
        assert!(others[0] != others[1] && !others.contains(&own));
    });
}

/// SYN 5.2: a call that is served during a wait is restored from, too.
#[test]
fn a_thread_gets_its_own_id_back_after_it_has_served_a_call() {
    on_every_machine(|world| {
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        let (own, door, queue) =
            (here(), ContextCallback::current().unwrap(), complus::MessageQueue::current().unwrap());
        let (told, hears) = mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let _bound = world.runtime.enter();
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                let caller = here();
                door.call(METHOD, move || told.send((caller, here())).unwrap()).unwrap();
            });
            until(|| queue.len() == 1);
            assert_eq!(complus::pump_messages(), Ok(1));
        });
        let (caller, inside) = hears.recv().unwrap();
        assert_eq!(caller, inside);
        assert_ne!(inside, own);
        assert_eq!(here(), own);
    });
}

#[test]
fn syn_w22_every_thread_has_a_logical_thread_id() {
    on_every_machine(|world| {
        let mut id = Uuid::nil();
        assert_eq!(thread_flags(), Ok(ThreadFlags(0)));
        assert_eq!(code(co_get_current_logical_thread_id(None)), E_INVALIDARG);
        assert_eq!(thread_flags(), Ok(ThreadFlags(0)));
        assert_eq!(co_get_current_logical_thread_id(Some(&mut id)), Ok(()));
        assert!(!id.is_nil());
        assert_eq!(thread_flags(), Ok(ThreadFlags::UUID_INITIALIZED));
        assert_eq!(here(), id);
        assert_ne!(elsewhere(world, here), id);
        co_initialize(None).unwrap();
        assert_eq!(thread_flags(), Ok(ThreadFlags::UUID_INITIALIZED | ThreadFlags::APARTMENT_THREADED));
        co_uninitialize();
        assert_eq!((here(), thread_flags()), (id, Ok(ThreadFlags::UUID_INITIALIZED)));
    });
}

#[test]
fn syn_w34_threading_info_needs_a_place_for_the_id() {
    every_machine(|_| assert_eq!(code(info().get_current_logical_thread_id(None)), E_INVALIDARG));
}

#[test]
fn syn_w35_threading_info_gives_the_same_id() {
    every_machine(|_| {
        let (mut by_info, mut by_call) = (Uuid::nil(), Uuid::nil());
        info().get_current_logical_thread_id(Some(&mut by_info)).unwrap();
        co_get_current_logical_thread_id(Some(&mut by_call)).unwrap();
        assert!(!by_info.is_nil());
        assert_eq!(by_info, by_call);
    });
}

/// A thread that works for another's causality may enter where that one is inside.
#[test]
fn an_id_that_is_set_is_the_causality_of_what_follows() {
    on_every_machine(|world| {
        let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
        let own = here();
        let domain = enter(&own_activity());
        let door = ContextCallback::current().unwrap();
        elsewhere_in(world, ApartmentModel::Multithreaded, || {
            info().set_current_logical_thread_id(own).unwrap();
            assert_eq!(here(), own);
            assert_eq!(door.call(METHOD, move || assert_eq!(here(), own)), Ok(S_OK));
            let foreign = Uuid::from_u128(0xf0_4e16_0000);
            info().set_current_logical_thread_id(foreign).unwrap();
            assert_eq!(here(), foreign);
            let there = elsewhere_in(world, ApartmentModel::Multithreaded, || {
                info().set_current_logical_thread_id(foreign).unwrap();
                here()
            });
            assert_eq!(there, foreign);
        });
        assert_eq!(here(), own);
        domain.leave().unwrap();
    });
}

#[derive(Default)]
struct Hook(Mutex<Vec<(HookPhase, HookedCall, std::thread::ThreadId)>>);

impl ChannelHook for Hook {
    fn passes(&self, phase: HookPhase, call: &HookedCall) {
        self.0.lock().unwrap().push((phase, *call, std::thread::current().id()));
    }
}

#[test]
fn syn_w56_a_channel_hook_sees_one_causality_on_both_sides() {
    use HookPhase::{ClientFillBuffer, ClientGetSize, ClientNotify, ServerFillBuffer, ServerGetSize, ServerNotify};
    const CALL: [HookPhase; 6] =
        [ClientGetSize, ClientFillBuffer, ServerNotify, ServerGetSize, ServerFillBuffer, ClientNotify];
    on_every_machine(|world| {
        let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
        let (hook, sta) = (Arc::new(Hook::default()), StaThread::start(world));
        register_channel_hook(hook.clone()).unwrap();
        let own = here();
        sta.door.call(METHOD, || ()).unwrap();
        sta.door.call(METHOD, || ()).unwrap(); // the next call of the thread shows the same
        let seen = std::mem::take(&mut *hook.0.lock().unwrap());
        assert_eq!(seen.iter().map(|seen| seen.0).collect::<Vec<_>>(), [CALL, CALL].concat());
        let this = std::thread::current().id();
        for (phase, call, thread) in seen {
            let client = matches!(phase, ClientGetSize | ClientFillBuffer | ClientNotify);
            assert_eq!((call.causality, call.method), (own, METHOD));
            assert_eq!(call.server, world.runtime.process_id());
            assert_eq!(thread == this, client);
            let before = matches!(phase, ClientGetSize | ClientFillBuffer);
            assert_eq!(call.target, sta.door.context_id().filter(|_| !before));
        }
        // Nobody answers an asynchronous call. The synchronous one behind it comes later.
        sta.door.notify(METHOD, || ()).unwrap();
        sta.door.call(METHOD, || ()).unwrap();
        let seen: Vec<_> = hook.0.lock().unwrap().iter().map(|seen| seen.0).collect();
        let count = |phase| seen.iter().filter(|seen| **seen == phase).count();
        assert_eq!(CALL.map(count), [2, 2, 2, 1, 1, 1]);
    });
}
