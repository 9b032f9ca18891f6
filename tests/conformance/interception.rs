//! Calls over the border of a component's context, and references in other contexts (ACT 8, ACT-G, ACT-H).

use crate::{
    hooks::{self, Hooks},
    placement::SYNCHRONIZED,
    support::{code, components::*, every_bare_machine, here},
    threads::{StaThread, elsewhere},
};
use complus::{
    GlobalInterfaceTable, ObjectContext, TransactionProxy, attribute::ThreadingModel, com, event::What, hresult::*,
    prelude::*, rules::context_interface::ContextInterface,
};
use std::{cell::Cell, sync::Arc, thread};
use uuid::Uuid;

/// A component with a context of its own, in its creator's activity.
pub(crate) const IN_ACTIVITY: &str =
    "transaction = \"disabled\"\nsynchronization = \"required\"\njust_in_time_activation = true";

thread_local! {
    /// An object context, left where code in another context finds it.
    static LEFT: Cell<Option<ObjectContext>> = const { Cell::new(None) };
}

#[test]
fn act_g08_an_object_context_is_of_no_use_in_another_context() {
    with_components(&[("A", REQUIRED), ("B", REQUIRED)], |_, _| {
        let flags = || {
            let state = here().state();
            (state.my_transaction_vote().unwrap(), state.deactivate_on_return().unwrap())
        };
        let (codes, before, after) = inside(&create("A"), move || {
            let before = flags();
            LEFT.set(Some(here()));
            let codes = inside(&create("B"), || {
                let context = LEFT.get().unwrap();
                [context.set_abort(), context.set_complete(), context.is_in_transaction().map(drop)].map(code)
            });
            (codes, before, flags())
        });
        assert_eq!(codes, [E_UNEXPECTED; 3]);
        assert_eq!((before, after), ((TransactionVote::Commit, false), (TransactionVote::Commit, false)));
    });
}

#[test]
fn act_h03_a_proxy_of_an_sta_is_of_no_use_in_the_mta_and_the_table_gives_another() {
    with_components(&[("X", REQUIRED)], |world, _| {
        let sta = StaThread::start(world);
        let (proxy, cookie) = crate::apartment_table::through(&sta.door, || {
            let x = create("X");
            let cookie = GlobalInterfaceTable.register(&x, PROBE).unwrap();
            assert!(x.is_proxy() && place_of(&x).transaction.is_some());
            (x, cookie)
        });
        assert_eq!(code(call(&proxy, || Ok(()))), RPC_E_WRONG_THREAD);
        assert_eq!(code(proxy.query(PROBE)), RPC_E_WRONG_THREAD);
        let found = GlobalInterfaceTable.get(cookie, PROBE).unwrap();
        assert!(place_of(&found).transaction.is_some());
        GlobalInterfaceTable.revoke(cookie).unwrap();
    });
}

#[test]
fn act_h05_an_implicit_member_uses_the_proxies_of_the_mta_until_it_has_an_sta() {
    with_components(&[("X", SYNCHRONIZED)], |world, _| {
        let (x, expected) = (create("X"), place().token);
        let own = place_of(&x);
        let of_thread = x.clone();
        elsewhere(world, move || {
            assert_eq!((place().token, place_of(&of_thread)), (expected, own));
            let apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            assert_eq!(code(call(&of_thread, || Ok(()))), RPC_E_WRONG_THREAD);
            drop(apartment);
            assert_eq!(place_of(&of_thread), own);
        });
    });
}

#[test]
fn an_agile_component_is_itself_everywhere_and_runs_where_its_caller_is() {
    with_components(&[("X", REQUIRED), ("Y", REQUIRED), ("K", RAW)], |world, probes| {
        hooks::register(world, "U", ThreadingModel::Both, &Hooks { agile: true, ..Hooks::default() });
        probes.behave(|behaviour| behaviour.agile = true);
        for class in ["U", "K"] {
            let (x, y) = (create("X"), create("Y"));
            let passed = inside(&x, move || create(class).marshal_for(PROBE).unwrap());
            let (is_proxy, same) = inside(&y, move || {
                let object = passed.unmarshal().unwrap();
                (object.is_proxy(), inside(&object, || here().context_id()) == here().context_id())
            });
            assert!(!is_proxy && same, "{class}");
        }
    });
}

#[test]
fn act_h14_an_object_whose_sta_has_ended_is_disconnected() {
    let apartment = format!("{RAW}\nthreading_model = \"apartment\"");
    with_components(
        &[("A", &apartment), ("S", &format!("{IN_ACTIVITY}\nthreading_model = \"apartment\""))],
        |world, _| {
            for class in ["A", "S"] {
                let sta = StaThread::start(world);
                let passed =
                    crate::apartment_table::through(&sta.door, move || create(class).marshal_for(PROBE).unwrap());
                let proxy = passed.unmarshal().unwrap();
                assert!(inside(&proxy, thread::current).id() != thread::current().id());
                drop(sta);
                assert_eq!(code(call(&proxy, || Ok(()))), RPC_E_DISCONNECTED);
            }
        },
    );
}

struct Never;

impl TransactionProxy for Never {
    fn commit(&self, _: Uuid) -> complus::Result<()> {
        Err(E_UNEXPECTED.into())
    }

    fn abort(&self) -> complus::Result<()> {
        Err(E_UNEXPECTED.into())
    }

    fn promote(&self) -> complus::Result<complus::Transaction> {
        Err(E_UNEXPECTED.into())
    }
}

#[test]
fn act_i06_only_a_root_registers_a_transaction_proxy() {
    with_components(&[("X", REQUIRED), ("S", SUPPORTED), ("N", IN_ACTIVITY)], |_, _| {
        let register =
            || here().transaction_info().register_transaction_proxy(Arc::new(Never)).map_err(|e| e.hresult());
        let x = create("X");
        let codes = inside(&x, move || [create("S"), create("N")].map(|object| inside(&object, register)));
        assert_eq!(codes, [Err(E_NOTIMPL); 2]);
    });
}

#[test]
fn syn_h7_a_call_into_another_context_of_the_apartment_switches_no_thread_and_is_intercepted() {
    with_components(&[("J", IN_ACTIVITY)], |world, probes| {
        let j = create("J");
        assert_eq!(probes.told(), ["create 1"]);
        world.log.take();
        let (own, thread) = (place(), thread::current().id());
        let (there, in_thread) = inside(&j, || (place(), thread::current().id()));
        assert_eq!(in_thread, thread);
        assert!(own.activity.is_none() && there.activity.is_some() && own.token != there.token);
        if world.observed {
            let whats = world.log.take_whats();
            let at = |wanted: fn(&What) -> bool| whats.iter().position(wanted).unwrap();
            let entered = at(|what| matches!(what, What::ActivityEntered));
            let active = at(|what| matches!(what, What::Object { .. }));
            assert!(entered < active && active < at(|what| matches!(what, What::CallReturned { .. })));
        }
        assert_eq!(probes.told(), ["activate 1"]);
    });
}

#[test]
fn syn_i4_a_components_context_offers_its_activity_and_a_default_context_does_not() {
    with_components(&[("S", SYNCHRONIZED)], |_, _| {
        let ask = || com::co_get_object_context(ContextInterface::ObjectContextActivity.iid());
        assert_eq!(code(ask()), E_NOINTERFACE);
        let (same, some) = inside(&create("S"), move || {
            let activity = ask().unwrap().object_context().unwrap().activity_id().unwrap();
            (activity == here().info().activity_id().unwrap(), activity.is_some())
        });
        assert!(same && some);
    });
}

#[test]
fn a_machine_without_catalog_knows_no_component() {
    every_bare_machine(
        |builder| builder,
        |_| {
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            assert_eq!(code(try_create("X")), REGDB_E_CLASSNOTREG);
        },
    );
}
