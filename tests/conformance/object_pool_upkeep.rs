//! Pools are filled, trimmed, shut down, and end with their process (ACT 7.6; ACT-F).

use crate::support::{
    applications::{server, with_applications},
    code,
    components::{PLAIN, Probes, QUIET, RAW, clsid, create, try_create, with_components},
    every_bare_machine, mta_thread,
    pools::{CONSTRUCTED, assert_steps, number_of, pooled, statistics},
    until,
};
use complus::{PoolStatistics, event::ObjectStep, hresult, prelude::*};

#[test]
fn act_f01_a_pool_is_filled_when_the_application_starts() {
    let min = pooled(&format!("{CONSTRUCTED}\nmin_pool_size = 2"));
    with_components(&[("P", &min), ("Q", RAW)], |world, probes| {
        let _q = create("Q"); // another class of the application
        assert_eq!(probes.told(), ["create 1", "construct \"s\" 1", "create 2", "construct \"s\" 2", "create 3"]);
        let made = [ObjectStep::Created, ObjectStep::Constructed(hresult::S_OK)];
        assert_steps(world, "P", &[made, made].concat());
        assert_eq!(statistics(world, "P"), PoolStatistics { pooled: 2, idle: 2, ..PoolStatistics::default() });
        let _p = create("P");
        assert_eq!(probes.told(), ["activate 2"], "not filled again at once");
    });
}

#[test]
fn a_server_application_that_is_started_fills_its_pools_before_anybody_asks() {
    let min = pooled(&format!("{CONSTRUCTED}\nmin_pool_size = 2"));
    with_applications(&[server("Server", &[("P", &min)])], |world, probes| {
        let instance = world.runtime.start_application("Server").unwrap();
        let made = ["create 1", "construct \"s\" 1", "create 2", "construct \"s\" 2"];
        assert_eq!(probes.told(), made);
        let figures = || instance.process().pool_manager().statistics(clsid("P"));
        assert_eq!(figures(), Some(PoolStatistics { pooled: 2, idle: 2, ..PoolStatistics::default() }));
        world.runtime.start_application("Server").unwrap();
        let object = create("P");
        assert_eq!(probes.told(), ["activate 2"], "filled once");
        drop(object);
    });
}

#[test]
fn a_pool_is_filled_as_far_as_that_succeeds() {
    let min = pooled(&format!("{CONSTRUCTED}\nmin_pool_size = 2"));
    with_components(&[("P", &min), ("Q", RAW)], |world, probes| {
        probes.behave(|it| it.construct = hresult::E_FAIL);
        let _q = create("Q");
        assert_eq!(probes.told(), ["create 1", "construct \"s\" 1", "destroy 1", "create 2"]);
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
    });
}

#[test]
fn act_f11_the_clean_up_cycle_trims_to_the_minimum() {
    with_components(&[("P", &pooled("min_pool_size = 1"))], |world, probes| {
        let held = [create("P"), create("P"), create("P")];
        probes.told();
        drop(held);
        assert_eq!(statistics(world, "P").idle, 3);
        if world.is_virtual() {
            // What is missing while objects are held may be made meanwhile; what is too much goes.
            world.wait(60);
        } else {
            world.runtime.process().pool_manager().clean_up();
        }
        assert_eq!(statistics(world, "P"), PoolStatistics { pooled: 1, idle: 1, ..PoolStatistics::default() });
        let told = probes.told();
        assert_eq!(told.iter().filter(|told| told.starts_with("destroy")).count(), 2);
        assert_eq!(told[told.len() - 2..], ["destroy 1", "destroy 2"], "those that were idle longest");
    });
}

#[test]
fn the_clean_up_cycle_makes_what_is_missing() {
    with_components(&[("P", &pooled("min_pool_size = 1\nmax_pool_size = 2"))], |world, _| {
        let _held = create("P");
        assert_eq!(statistics(world, "P").idle, 0);
        if world.is_virtual() {
            world.wait(60);
        } else {
            world.runtime.process().pool_manager().clean_up();
        }
        let expected = PoolStatistics { pooled: 2, activated: 1, objects: 1, idle: 1, ..PoolStatistics::default() };
        assert_eq!(statistics(world, "P"), expected);
        let _second = create("P");
        world.runtime.process().pool_manager().clean_up();
        assert_eq!(statistics(world, "P").pooled, 2, "never above the maximum");
    });
}

#[test]
fn a_pool_that_is_shut_down_gives_new_instances() {
    with_components(&[("P", &pooled("max_pool_size = 2"))], |world, probes| {
        let manager = world.runtime.process().pool_manager();
        let (lent, idle) = (create("P"), create("P"));
        drop(idle);
        probes.told();
        manager.shutdown_pool("Tests.P").unwrap();
        assert_eq!(probes.told(), ["destroy 2"]);
        assert_eq!(statistics(world, "P").pooled, 1, "what is lent counts");
        drop(lent);
        assert_eq!(probes.told(), ["deactivate 1", "can be pooled 1", "destroy 1"]);
        assert_eq!(number_of(&create("P"), PLAIN), 3);
        probes.told();
        manager.shutdown_pool(&format!("{{{}}}", clsid("P"))).unwrap();
        assert_eq!(probes.told(), ["destroy 3"]);
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
        for unknown in ["Tests.Nothing", "{not-a-guid}", "{00000000-0000-0000-0000-000000000001}"] {
            assert_eq!(code(manager.shutdown_pool(unknown)), hresult::REGDB_E_CLASSNOTREG);
        }
    });
}

#[test]
fn idle_instances_end_with_the_process() {
    let p = pooled("");
    let catalog = crate::support::components::catalog(QUIET, &[("P", &p)]);
    every_bare_machine(
        |builder| builder.catalog(catalog.clone()),
        |world| {
            let probes = Probes::default();
            probes.register(&world.runtime);
            let apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            drop(create("P"));
            probes.told();
            drop(apartment);
            assert_eq!(probes.told(), ["destroy 1"]);
            assert_eq!(world.runtime.process().pool_manager().statistics(clsid("P")), None);
        },
    );
}

#[test]
fn who_waits_when_the_process_dies_is_let_go() {
    with_components(&[("P", &pooled("max_pool_size = 1"))], |world, _| {
        let _held = create("P");
        let waits = mta_thread(&world.runtime, || code(try_create("P")));
        until(|| statistics(world, "P").waiting == 1);
        world.runtime.process().kill();
        assert_eq!(waits.join().unwrap(), hresult::RPC_E_DISCONNECTED);
    });
}
