//! Who is given which instance of a pool, who waits, and what its objects are called (ACT 7.1, 7.2, 7.6; ACT-F).

use crate::support::{
    Latch, code,
    components::{AUTO_DONE, PLAIN, PROBE, create, inside, try_create, with_components},
    mta_thread,
    pools::{CONSTRUCTED, assert_steps, number_of, pooled, pooled_and_just_in_time, statistics, steps},
    until,
};
use complus::{Object, PoolStatistics, Reference, event::ObjectStep, hresult, prelude::*};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// A component of each flavour: what is told at creation, at two calls that are not done, at one that is, at the last
/// release.
#[test]
fn the_four_flavours_make_their_calls_in_the_order_of_the_table() {
    use ObjectStep::*;
    let jit = format!(
        "transaction = \"disabled\"\njust_in_time_activation = true\nsynchronization = \"required\"\n{CONSTRUCTED}"
    );
    let plain = format!("transaction = \"disabled\"\nsynchronization = \"requires_new\"\n{CONSTRUCTED}");
    let (pool, both) = (pooled(CONSTRUCTED), pooled_and_just_in_time(CONSTRUCTED));
    const OK: HResult = hresult::S_OK;
    type Moment = (&'static [&'static str], &'static [ObjectStep]);
    let expect: [(&str, &str, [Moment; 4]); 4] = [
        (
            "plain",
            &plain,
            [
                (&["create 1", "construct \"s\" 1", "activate 1"], &[Created, Constructed(OK), Activated(OK)]),
                (&[], &[]),
                (&[], &[]),
                (&["deactivate 1", "destroy 1"], &[Deactivated, Destroyed]),
            ],
        ),
        (
            "jit",
            &jit,
            [
                (&["create 1", "construct \"s\" 1"], &[Created, Constructed(OK)]),
                (&["activate 1"], &[Activated(OK)]),
                (&["deactivate 1", "destroy 1"], &[Deactivated, Destroyed]),
                (&[], &[]),
            ],
        ),
        (
            "pooled",
            &pool,
            [
                (
                    &["create 1", "construct \"s\" 1", "activate 1"],
                    &[Created, Constructed(OK), TakenFromPool, Activated(OK)],
                ),
                (&[], &[]),
                (&[], &[]),
                (&["deactivate 1", "can be pooled 1"], &[Deactivated, CanBePooled(true), PutIntoPool]),
            ],
        ),
        (
            "both",
            &both,
            [
                (&[], &[]),
                (
                    &["create 1", "construct \"s\" 1", "activate 1"],
                    &[Created, Constructed(OK), TakenFromPool, Activated(OK)],
                ),
                (&["deactivate 1", "can be pooled 1"], &[Deactivated, CanBePooled(true), PutIntoPool]),
                (&[], &[]),
            ],
        ),
    ];
    for (name, properties, moments) in expect {
        with_components(&[(name, properties)], |world, probes| {
            let check = |moment: usize| {
                let (told, events) = moments[moment];
                assert_eq!(probes.told(), told, "{name}, moment {moment}");
                assert_steps(world, name, events);
            };
            let object = create(name);
            check(0);
            inside(&object, || ());
            inside(&object, || ());
            check(1);
            object.call(AUTO_DONE, |_| Ok(())).unwrap();
            check(2);
            drop(object);
            check(3);
        });
    }
}

#[test]
fn an_idle_instance_is_taken_and_activated_anew_without_being_constructed_again() {
    with_components(&[("P", &pooled(CONSTRUCTED))], |world, probes| {
        drop(create("P"));
        probes.told();
        steps(world, "P");
        let object = create("P");
        assert_eq!(probes.told(), ["activate 1"]);
        assert_steps(world, "P", &[ObjectStep::TakenFromPool, ObjectStep::Activated(hresult::S_OK)]);
        let figures = statistics(world, "P");
        let expected = PoolStatistics { pooled: 1, activated: 1, objects: 1, ..PoolStatistics::default() };
        assert_eq!(figures, expected);
        drop(object);
        let expected = PoolStatistics { pooled: 1, idle: 1, ..PoolStatistics::default() };
        assert_eq!(statistics(world, "P"), expected);
    });
}

#[test]
fn an_instance_that_comes_and_goes_between_calls_keeps_no_pool_busy() {
    let max_one = pooled_and_just_in_time("max_pool_size = 1");
    with_components(&[("P", &max_one)], |world, _| {
        let (one, other) = (create("P"), create("P"));
        assert_eq!(statistics(world, "P"), PoolStatistics { objects: 2, ..PoolStatistics::default() });
        assert_eq!((number_of(&one, AUTO_DONE), number_of(&other, AUTO_DONE)), (1, 1));
        assert_eq!(
            statistics(world, "P"),
            PoolStatistics { pooled: 1, objects: 2, idle: 1, ..PoolStatistics::default() }
        );
    });
}

#[test]
fn act_f02_who_waits_too_long_is_told() {
    let small = pooled("max_pool_size = 1\ncreation_timeout = 50");
    with_components(&[("P", &small)], |world, _| {
        let held = create("P");
        let waits = mta_thread(&world.runtime, || code(try_create("P")));
        if world.is_virtual() {
            until(|| statistics(world, "P").waiting == 1);
            world.runtime.advance(Duration::from_millis(49)).unwrap();
            assert_eq!(statistics(world, "P").waiting, 1);
            // The deadline is set somewhat after the place in the line is taken.
            until(|| {
                world.runtime.advance(Duration::from_millis(50)).unwrap();
                statistics(world, "P").waiting == 0
            });
        }
        assert_eq!(waits.join().unwrap(), hresult::CO_E_ACTIVATIONFAILED_TIMEOUT);
        assert_eq!(statistics(world, "P").pooled, 1);
        drop(held);
        create("P");
    });
}

#[test]
fn a_time_out_of_zero_is_for_ever() {
    with_components(&[("P", &pooled("max_pool_size = 1"))], |world, _| {
        let held = create("P");
        let waits = mta_thread(&world.runtime, || number_of(&create("P"), PLAIN));
        until(|| statistics(world, "P").waiting == 1);
        if world.is_virtual() {
            world.runtime.advance(Duration::from_secs(1_000_000)).unwrap();
        }
        assert_eq!(statistics(world, "P").waiting, 1);
        drop(held);
        assert_eq!(waits.join().unwrap(), 1);
    });
}

#[test]
fn act_f05_an_object_without_object_control_is_always_used_again() {
    with_components(&[("P", &pooled(""))], |world, probes| {
        probes.behave(|it| (it.controls, it.poolable) = (false, false));
        let first = create("P");
        drop(first);
        assert_eq!(number_of(&create("P"), PLAIN), 1);
        assert_eq!(probes.told(), ["create 1"]);
        assert_steps(
            world,
            "P",
            &[
                ObjectStep::Created,
                ObjectStep::TakenFromPool,
                ObjectStep::Activated(hresult::S_OK),
                ObjectStep::Deactivated,
                ObjectStep::PutIntoPool,
                ObjectStep::TakenFromPool,
                ObjectStep::Activated(hresult::S_OK),
                ObjectStep::Deactivated,
                ObjectStep::PutIntoPool,
            ],
        );
    });
}

#[test]
fn a_small_pool_serves_many_threads_and_never_has_more_than_its_maximum() {
    const MOST: u32 = 3;
    with_components(&[("P", &pooled("max_pool_size = 3\nsynchronization = \"requires_new\""))], |world, probes| {
        let inside = Arc::new(AtomicU32::new(0));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let inside = inside.clone();
                mta_thread(&world.runtime, move || {
                    for _ in 0..40 {
                        let (object, inside) = (create("P"), inside.clone());
                        object
                            .call(PLAIN, move |_| {
                                assert!(inside.fetch_add(1, Ordering::Relaxed) < MOST);
                                std::thread::yield_now();
                                inside.fetch_sub(1, Ordering::Relaxed);
                                Ok(())
                            })
                            .unwrap();
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let told = probes.told();
        let count = |what: &str| told.iter().filter(|told| told.starts_with(what)).count();
        assert!(count("create") <= MOST as usize);
        assert_eq!((count("activate"), count("deactivate"), count("can be pooled")), (320, 320, 320));
        let figures = statistics(world, "P");
        assert_eq!((figures.pooled, figures.idle, figures.objects), (count("create") as u32, figures.pooled, 0));
    });
}

#[test]
fn who_came_first_is_served_first() {
    with_components(&[("P", &pooled("max_pool_size = 1"))], |world, _| {
        let (held, order) = (create("P"), Arc::new(Mutex::new(Vec::new())));
        let threads: Vec<_> = (1..=4)
            .map(|number| {
                let order = order.clone();
                let thread = mta_thread(&world.runtime, move || {
                    let _object = create("P");
                    order.lock().unwrap().push(number);
                });
                until(|| statistics(world, "P").waiting == number);
                thread
            })
            .collect();
        drop(held);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*order.lock().unwrap(), [1, 2, 3, 4]);
    });
}

#[test]
fn a_thread_of_an_sta_serves_its_queue_while_it_waits_for_an_instance() {
    with_components(&[("P", &pooled("max_pool_size = 1"))], |world, _| {
        let held = create("P");
        let (process, latch) = (world.runtime.process(), Latch::default());
        let (give, taken) = std::sync::mpsc::channel();
        let served = latch.clone();
        let waits = std::thread::spawn(move || {
            let _bound = process.enter();
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            let own = Reference::new(Arc::new(Served(served))).unwrap();
            give.send(own.marshal_for(PROBE).unwrap()).unwrap();
            number_of(&create("P"), PLAIN)
        });
        let own = taken.recv().unwrap().unmarshal().unwrap();
        until(|| statistics(world, "P").waiting == 1);
        own.call_as(PLAIN, |own: &Served| {
            own.0.open();
            Ok(())
        })
        .unwrap();
        latch.wait();
        drop(held);
        assert_eq!(waits.join().unwrap(), 1);
    });
}

struct Served(Latch);

impl Object for Served {
    fn supports(&self, interface: Uuid) -> bool {
        interface == PROBE
    }
}
