//! An administrator changes a pooled class while its application runs (ACT 7.6; SEC O-24): pools follow at their next
//! operation.

use crate::support::{
    World,
    applications::{library, only_instance, put_component, server, with_applications},
    code,
    components::{AUTO_DONE, PLAIN, Probes, clsid, create, try_create},
    mta_thread,
    pools::{CONSTRUCTED, number_of, pooled, pooled_and_just_in_time, statistics},
    until,
};
use complus::{PoolStatistics, catalog::Value, hresult};
use std::time::Duration;

/// A class of a library application, with these properties.
fn with_class(properties: &str, test: impl Fn(&World, &Probes) + Sync) {
    with_applications(&[library("A", &[("P", properties)])], test);
}

/// The administrator changes a property of the class.
fn put(world: &World, property: &str, value: impl Into<Value>) {
    put_component(world, "A", "P", property, value);
}

/// An operation of every pool, which gives and takes nothing.
fn clean_up(world: &World) {
    world.runtime.process().pool_manager().clean_up();
}

#[test]
fn who_waits_is_served_at_the_next_operation_after_the_maximum_has_grown() {
    with_class(&pooled("max_pool_size = 1"), |world, _| {
        let held = create("P");
        let waits = || mta_thread(&world.runtime, || number_of(&create("P"), PLAIN));
        let first = waits();
        until(|| statistics(world, "P").waiting == 1);
        let second = waits();
        until(|| statistics(world, "P").waiting == 2);
        put(world, "MaxPoolSize", 2);
        assert_eq!(statistics(world, "P").waiting, 2, "figures are no operation");
        clean_up(world);
        assert_eq!((first.join().unwrap(), second.join().unwrap()), (2, 2), "one after the other, on one instance");
        assert_eq!(number_of(&held, PLAIN), 1);
    });
}

#[test]
fn a_request_serves_those_who_came_before_it() {
    with_class(&pooled("max_pool_size = 1"), |world, _| {
        let held = create("P");
        let waits = mta_thread(&world.runtime, || create("P"));
        until(|| statistics(world, "P").waiting == 1);
        put(world, "MaxPoolSize", 3);
        let last = create("P");
        let other = waits.join().unwrap();
        let mut numbers = [&held, &other, &last].map(|object| number_of(object, PLAIN));
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3]);
        put(world, "MaxPoolSize", 2);
        drop(held);
        assert_eq!(statistics(world, "P").pooled, 2);
    });
}

#[test]
fn an_instance_that_comes_back_makes_room_under_the_new_maximum() {
    with_class(&pooled("max_pool_size = 1"), |world, probes| {
        let held = create("P");
        let waits = || mta_thread(&world.runtime, || create("P"));
        let first = waits();
        until(|| statistics(world, "P").waiting == 1);
        let second = waits();
        until(|| statistics(world, "P").waiting == 2);
        put(world, "MaxPoolSize", 2);
        probes.told();
        drop(held);
        // One may make an instance, the other one is handed the first.
        let objects = [first.join().unwrap(), second.join().unwrap()];
        assert_eq!(objects.each_ref().map(|object| number_of(object, PLAIN)), [2, 1]);
        assert_eq!(probes.told().iter().filter(|told| told.starts_with("create")).count(), 1);
    });
}

#[test]
fn idle_instances_above_a_smaller_maximum_are_destroyed() {
    with_class(&pooled(""), |world, probes| {
        drop([create("P"), create("P"), create("P")]);
        put(world, "MaxPoolSize", 1);
        probes.told();
        assert_eq!(statistics(world, "P").idle, 3);
        let held = create("P");
        assert_eq!(probes.told(), ["destroy 1", "destroy 2", "activate 3"], "those that were idle longest");
        put(world, "CreationTimeout", 20);
        if !world.is_virtual() {
            assert_eq!(code(try_create("P")), hresult::CO_E_ACTIVATIONFAILED_TIMEOUT);
        }
        drop(held);
        assert_eq!(statistics(world, "P"), PoolStatistics { pooled: 1, idle: 1, ..PoolStatistics::default() });
    });
}

#[test]
fn lent_instances_above_a_smaller_maximum_are_destroyed_when_they_come_back() {
    with_class(&pooled(""), |world, probes| {
        let [one, two, three] = [create("P"), create("P"), create("P")];
        put(world, "MaxPoolSize", 1);
        probes.told();
        for (object, number) in [(one, 1), (two, 2)] {
            drop(object);
            let [deactivate, asked, destroy] = ["deactivate", "can be pooled", "destroy"];
            assert_eq!(probes.told(), [deactivate, asked, destroy].map(|what| format!("{what} {number}")));
        }
        drop(three);
        assert_eq!(probes.told(), ["deactivate 3", "can be pooled 3"]);
        assert_eq!(statistics(world, "P"), PoolStatistics { pooled: 1, idle: 1, ..PoolStatistics::default() });
    });
}

#[test]
fn the_clean_up_cycle_keeps_the_new_minimum() {
    with_class(&pooled(""), |world, _| {
        let cycle = || if world.is_virtual() { world.wait(60) } else { clean_up(world) };
        let idle = |idle| PoolStatistics { pooled: idle, idle, ..PoolStatistics::default() };
        drop(create("P"));
        cycle();
        assert_eq!(statistics(world, "P"), idle(0));
        put(world, "MinPoolSize", 3);
        drop(create("P"));
        assert_eq!(statistics(world, "P"), idle(1), "not at once");
        cycle();
        assert_eq!(statistics(world, "P"), idle(3));
        put(world, "MinPoolSize", 2);
        drop(create("P"));
        cycle();
        assert_eq!(statistics(world, "P"), idle(2));
    });
}

#[test]
fn a_new_time_out_is_for_those_who_come_after_it() {
    with_class(&pooled("max_pool_size = 1"), |world, _| {
        let held = create("P");
        let patient = mta_thread(&world.runtime, || number_of(&create("P"), PLAIN));
        until(|| statistics(world, "P").waiting == 1);
        put(world, "CreationTimeout", 50);
        let hasty = mta_thread(&world.runtime, || code(try_create("P")));
        if world.is_virtual() {
            until(|| statistics(world, "P").waiting == 2);
            until(|| {
                world.runtime.advance(Duration::from_millis(50)).unwrap();
                statistics(world, "P").waiting == 1
            });
        }
        assert_eq!(hasty.join().unwrap(), hresult::CO_E_ACTIVATIONFAILED_TIMEOUT);
        assert_eq!(statistics(world, "P").waiting, 1);
        drop(held);
        assert_eq!(patient.join().unwrap(), 1);
    });
}

#[test]
fn objects_that_were_made_pooled_stay_so_when_pooling_is_switched_off() {
    with_class(&pooled_and_just_in_time(""), |world, probes| {
        let object = create("P");
        assert_eq!(number_of(&object, AUTO_DONE), 1);
        put(world, "ObjectPoolingEnabled", false);
        assert_eq!(statistics(world, "P").idle, 1);
        probes.told();
        let other = create("P");
        assert_eq!(probes.told(), ["destroy 1", "create 2"], "with just-in-time activation alone it is made at once");
        number_of(&other, AUTO_DONE);
        assert_eq!(probes.told(), ["activate 2", "deactivate 2", "destroy 2"]);
        number_of(&object, AUTO_DONE);
        assert_eq!(probes.told(), ["create 3", "activate 3", "deactivate 3", "can be pooled 3"]);
        clean_up(world);
        assert_eq!(probes.told(), ["destroy 3"], "the pool keeps nothing any more");
        put(world, "ObjectPoolingEnabled", true);
        assert_eq!(number_of(&create("P"), AUTO_DONE), 4);
        assert_eq!(number_of(&object, AUTO_DONE), 4);
    });
}

#[test]
fn a_class_is_pooled_once_pooling_is_switched_on() {
    with_class("transaction = \"disabled\"", |world, probes| {
        let before = create("P");
        assert_eq!(world.runtime.process().pool_manager().statistics(clsid("P")), None);
        put(world, "ObjectPoolingEnabled", true);
        put(world, "MaxPoolSize", 1);
        drop(create("P"));
        drop(before);
        assert_eq!(number_of(&create("P"), PLAIN), 2);
        assert_eq!(
            probes.told(),
            [
                "create 1",
                "create 2",
                "activate 2",
                "deactivate 2",
                "can be pooled 2",
                "destroy 1",
                "activate 2",
                "deactivate 2",
                "can be pooled 2"
            ]
        );
    });
}

#[test]
fn the_instances_of_a_pool_are_alike() {
    with_class(&pooled(CONSTRUCTED), |world, probes| {
        let lent = create("P");
        drop(create("P"));
        put(world, "Description", "a word that makes no difference");
        drop(create("P"));
        probes.told();
        put(world, "ConstructorString", "other");
        drop(create("P"));
        let made = ["create 3", "construct \"other\" 3", "activate 3", "deactivate 3", "can be pooled 3"];
        assert_eq!(probes.told(), [&["destroy 2"], &made[..]].concat());
        drop(lent);
        assert_eq!(probes.told(), ["deactivate 1", "can be pooled 1", "destroy 1"]);
        assert_eq!(number_of(&create("P"), PLAIN), 3);
    });
}

#[test]
fn a_running_server_application_follows_too() {
    let properties = pooled("max_pool_size = 1\nmin_pool_size = 1");
    with_applications(&[server("A", &[("P", &properties)])], |world, _| {
        let held = create("P");
        let instance = only_instance(world);
        let figures = || instance.process().pool_manager().statistics(clsid("P")).unwrap();
        let waits = mta_thread(&world.runtime, || create("P"));
        until(|| figures().waiting == 1);
        put(world, "MaxPoolSize", 2);
        instance.process().pool_manager().clean_up();
        let other = waits.join().unwrap();
        assert_eq!(figures(), PoolStatistics { pooled: 2, activated: 2, objects: 2, ..PoolStatistics::default() });
        drop((held, other));
        until(|| figures().idle == 2); // nobody waits for a release in another process
        assert_eq!(only_instance(world), instance, "it is still the one that was started");
    });
}
