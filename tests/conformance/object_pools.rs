//! Object pools (ACT 7.1, 7.2, 7.6, 7.7; ACT-F, TXN-B22).

use crate::support::{
    Latch, World, code,
    components::{
        AUTO_DONE, PLAIN, PROBE, Probe, Probes, QUIET, RAW, REQUIRED, REQUIRES_NEW, Row, clsid, create, inside,
        try_create, with_components, with_switches,
    },
    every_bare_machine, every_mta_machine, mta_thread, until,
};
use complus::{
    Activation, ClassFactory, Compat, FailFast, Method, Object, ObjectControl, PoolStatistics, Reference, Result,
    ServicePool, ServicePoolConfig,
    attribute::ThreadingModel,
    event::{ObjectStep, What},
    hresult, iid,
    prelude::*,
};
use std::{
    any::Any,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// Properties of a pooled component that shares its creator's context, and more of them.
fn pooled(more: &str) -> String {
    format!("transaction = \"disabled\"\nobject_pooling_enabled = true\n{more}\n")
}

/// Those of one that is also activated just in time.
fn pooled_and_just_in_time(more: &str) -> String {
    pooled(&format!("just_in_time_activation = true\nsynchronization = \"required\"\n{more}"))
}

/// Those of a transactional one.
fn transactional(more: &str) -> String {
    format!("transaction = \"supported\"\nobject_pooling_enabled = true\n{more}\n")
}

const CONSTRUCTED: &str = "construction_enabled = true\nconstructor_string = \"s\"";

fn with_pools(classes: &[Row<'_>], test: impl Fn(&World, &Probes) + Sync) {
    with_components(classes, test);
}

fn statistics(world: &World, class: &str) -> PoolStatistics {
    world.runtime.process().pool_manager().statistics(clsid(class)).unwrap()
}

/// Which instance runs a method.
fn number_of(object: &Reference, method: Method) -> u32 {
    let number = |object: &dyn Object| {
        let object: &dyn Any = object;
        Ok(object.downcast_ref::<Probe>().unwrap().number)
    };
    object.call(method, number).unwrap()
}

/// What was told of the objects of a class since the last time; nothing where nobody observes.
fn steps(world: &World, name: &str) -> Vec<ObjectStep> {
    let step = |what| match what {
        What::Object { class, step } if class == clsid(name) => Some(step),
        _ => None,
    };
    world.log.take_whats().into_iter().filter_map(step).collect()
}

#[track_caller]
fn assert_steps(world: &World, name: &str, expected: &[ObjectStep]) {
    let told = steps(world, name);
    if world.observed {
        assert_eq!(told, expected);
    }
}

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
    with_pools(&[("P", &pooled(CONSTRUCTED))], |world, probes| {
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
    with_pools(&[("P", &max_one)], |world, _| {
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
fn act_f01_a_pool_is_filled_when_the_application_starts() {
    let min = pooled(&format!("{CONSTRUCTED}\nmin_pool_size = 2"));
    with_pools(&[("P", &min), ("Q", RAW)], |world, probes| {
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
fn a_pool_is_filled_as_far_as_that_succeeds() {
    let min = pooled(&format!("{CONSTRUCTED}\nmin_pool_size = 2"));
    with_pools(&[("P", &min), ("Q", RAW)], |world, probes| {
        probes.behave(|it| it.construct = hresult::E_FAIL);
        let _q = create("Q");
        assert_eq!(probes.told(), ["create 1", "construct \"s\" 1", "destroy 1", "create 2"]);
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
    });
}

#[test]
fn act_f02_who_waits_too_long_is_told() {
    let small = pooled("max_pool_size = 1\ncreation_timeout = 50");
    with_pools(&[("P", &small)], |world, _| {
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
    with_pools(&[("P", &pooled("max_pool_size = 1"))], |world, _| {
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
fn act_f04_an_instance_that_cannot_be_pooled_makes_room_for_another() {
    with_pools(&[("P", &pooled("max_pool_size = 1"))], |world, probes| {
        let held = create("P");
        let waits = mta_thread(&world.runtime, || number_of(&create("P"), PLAIN));
        until(|| statistics(world, "P").waiting == 1);
        probes.told();
        probes.behave(|it| it.poolable = false);
        drop(held);
        assert_eq!(waits.join().unwrap(), 2);
        let told = probes.told();
        assert_eq!(told[..4], ["deactivate 1", "can be pooled 1", "destroy 1", "create 2"]);
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
    });
}

#[test]
fn act_f05_an_object_without_object_control_is_always_used_again() {
    with_pools(&[("P", &pooled(""))], |world, probes| {
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
fn act_f07_a_class_that_refuses_aggregation_is_not_pooled() {
    with_pools(&[("P", &pooled("max_pool_size = 1")), ("Q", RAW)], |world, probes| {
        probes.behave(|it| it.aggregates = false);
        assert_eq!(code(try_create("P")), hresult::CLASS_E_NOAGGREGATION);
        assert_eq!(probes.told(), [""; 0]);
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
        create("Q"); // it is not pooled
        probes.behave(|it| it.aggregates = true);
        create("P");
    });
}

#[test]
fn an_object_with_the_free_threaded_marshaler_is_not_pooled() {
    with_pools(&[("P", &pooled("max_pool_size = 1"))], |world, probes| {
        probes.behave(|it| it.agile = true);
        assert_eq!(code(try_create("P")), hresult::CO_E_ACTIVATIONFAILED);
        assert_eq!(probes.told(), ["create 1", "destroy 1"]);
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
    });
}

#[test]
fn no_slot_is_lost_to_what_fails() {
    with_pools(&[("P", &pooled(&format!("max_pool_size = 1\n{CONSTRUCTED}")))], |world, probes| {
        probes.behave(|it| it.construct = hresult::E_FAIL);
        assert_eq!(code(try_create("P")), hresult::CO_E_INITIALIZATIONFAILED);
        assert_eq!(probes.told(), ["create 1", "construct \"s\" 1", "destroy 1"]);
        probes.behave(|it| (it.construct, it.constructs) = (hresult::S_OK, false));
        assert_eq!(code(try_create("P")), hresult::CO_E_INITIALIZATIONFAILED);
        assert_eq!(probes.told(), ["create 2", "destroy 2"]);
        probes.behave(|it| (it.constructs, it.activate) = (true, hresult::E_FAIL));
        assert_eq!(code(try_create("P")), hresult::CO_E_ACTIVATIONFAILED);
        assert_eq!(probes.told(), ["create 3", "construct \"s\" 3", "activate 3", "destroy 3"], "without Deactivate");
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
        probes.behave(|it| it.activate = hresult::S_OK);
        let held = create("P");
        assert_eq!(number_of(&held, PLAIN), 4);
    });
}

#[test]
fn whoever_waits_may_try_where_another_one_failed() {
    with_pools(&[("P", &pooled(&format!("max_pool_size = 1\n{CONSTRUCTED}")))], |world, probes| {
        let held = create("P");
        let tries = || {
            mta_thread(&world.runtime, || {
                try_create("P").map(|object| number_of(&object, PLAIN)).map_err(|e| e.hresult())
            })
        };
        let first = tries();
        until(|| statistics(world, "P").waiting == 1);
        let second = tries();
        until(|| statistics(world, "P").waiting == 2);
        probes.behave(|it| (it.poolable, it.construct) = (false, hresult::E_FAIL));
        drop(held);
        let failed = Err(hresult::CO_E_INITIALIZATIONFAILED);
        assert_eq!((first.join().unwrap(), second.join().unwrap()), (failed, failed));
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
    });
}

/// Panics at every step that it is told to.
struct Bomb(&'static str);
struct BombClass(Arc<Mutex<&'static str>>);

impl ClassFactory for BombClass {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        let step = *self.0.lock().unwrap();
        assert_ne!(step, "create");
        Ok(Arc::new(Bomb(step)))
    }
}

impl Object for Bomb {
    fn supports(&self, _: Uuid) -> bool {
        true
    }

    fn control(&self) -> Option<&dyn ObjectControl> {
        Some(self)
    }
}

impl ObjectControl for Bomb {
    fn activate(&self) -> Result<()> {
        assert_ne!(self.0, "activate");
        Ok(())
    }

    fn deactivate(&self) {
        assert_ne!(self.0, "deactivate");
    }

    fn can_be_pooled(&self) -> bool {
        assert_ne!(self.0, "can be pooled");
        true
    }
}

#[test]
fn no_slot_is_lost_to_a_panic() {
    let compat = Compat { failfast: FailFast::Contain, ..Compat::default() };
    let own = pooled("max_pool_size = 1\nsynchronization = \"requires_new\"");
    with_switches(compat, QUIET, &[("P", &own)], |world, _| {
        let step = Arc::new(Mutex::new(""));
        let class = step.clone();
        world.runtime.register_class(clsid("P"), ThreadingModel::Both, move || Arc::new(BombClass(class.clone())));
        for explodes in ["create", "activate"] {
            *step.lock().unwrap() = explodes;
            assert_eq!(code(try_create("P")), hresult::RPC_E_SERVERFAULT, "{explodes}");
            assert_eq!(statistics(world, "P"), PoolStatistics::default(), "{explodes}");
        }
        for explodes in ["deactivate", "can be pooled"] {
            *step.lock().unwrap() = explodes;
            drop(create("P"));
            assert_eq!(statistics(world, "P"), PoolStatistics::default(), "{explodes}: it is not used again");
        }
        *step.lock().unwrap() = "";
        let object = create("P");
        assert_eq!(code(object.call(PLAIN, |_| -> Result<()> { panic!("in a method") })), hresult::RPC_E_SERVERFAULT);
        drop(object);
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
        create("P");
        assert_eq!(statistics(world, "P").idle, 1);
    });
}

#[test]
fn act_f09_an_instance_stays_with_its_transaction_until_it_ends() {
    let p = transactional("max_pool_size = 4");
    with_pools(&[("R", REQUIRED), ("N", REQUIRES_NEW), ("P", &p)], |world, _| {
        let (root, process) = (create("R"), world.runtime.process());
        let done = |expected| move || assert_eq!(number_of(&create("P"), AUTO_DONE), expected);
        let affine = move || process.pool_manager().statistics(clsid("P")).unwrap().in_transactions;
        inside(&root, move || {
            done(2)(); // after the root
            assert_eq!(affine(), 1);
            let other = create("N");
            inside(&other, done(4)); // after the other root
            assert_eq!(affine(), 2);
            done(2)();
            inside(&other, done(4));
            let second = create("P");
            assert_eq!(number_of(&second, PLAIN), 2);
            done(5)(); // the one that has affinity is in use
        });
        steps(world, "P");
        root.call(AUTO_DONE, |_| Ok(())).unwrap();
        assert_steps(world, "P", &[ObjectStep::PutIntoPool, ObjectStep::PutIntoPool]);
        assert_eq!(statistics(world, "P"), PoolStatistics { pooled: 3, idle: 3, ..PoolStatistics::default() });
    });
}

#[test]
fn affinity_is_told_with_the_events_of_transactions() {
    use ObjectStep::{Activated, CanBePooled, Created, Deactivated};
    let ok = hresult::S_OK;
    with_pools(&[("R", REQUIRED), ("P", &transactional(""))], |world, _| {
        let root = create("R");
        inside(&root, || {
            number_of(&create("P"), AUTO_DONE);
            number_of(&create("P"), AUTO_DONE);
        });
        root.call(AUTO_DONE, |_| Ok(())).unwrap();
        assert_steps(
            world,
            "P",
            &[
                Created,
                ObjectStep::TakenFromPool,
                Activated(ok),
                Deactivated,
                CanBePooled(true),
                ObjectStep::RecycledToTransaction,
                ObjectStep::TakenFromTransaction,
                Activated(ok),
                Deactivated,
                CanBePooled(true),
                ObjectStep::RecycledToTransaction,
                ObjectStep::PutIntoPool,
            ],
        );
    });
}

/// An object of the class in a transaction that was brought, and what a done call of it did.
fn in_brought_transaction(world: &World) -> complus::Transaction {
    let transaction = world.runtime.transaction_manager().begin(complus::TransactionOptions::default()).unwrap();
    let object = Activation::of(clsid("P")).interface(PROBE).transaction(&transaction).create().unwrap();
    number_of(&object, AUTO_DONE);
    assert_eq!(statistics(world, "P").in_transactions, 1);
    transaction
}

#[test]
fn a_transaction_that_ends_outside_frees_its_instances_too() {
    with_pools(&[("P", &transactional("max_pool_size = 1"))], |world, _| {
        let freed = PoolStatistics { pooled: 1, idle: 1, ..PoolStatistics::default() };
        in_brought_transaction(world).commit().unwrap();
        assert_eq!(statistics(world, "P"), freed);
        in_brought_transaction(world).abort().unwrap();
        assert_eq!(statistics(world, "P"), freed);
        drop(in_brought_transaction(world)); // its owner is gone
        assert_eq!(statistics(world, "P"), freed);
        if world.is_virtual() {
            let _late = in_brought_transaction(world);
            world.wait(60);
            assert_eq!(statistics(world, "P").in_transactions, 0);
        }
    });
}

#[test]
fn the_end_of_a_transaction_serves_who_waits() {
    with_pools(&[("P", &transactional("max_pool_size = 1"))], |world, _| {
        let transaction = in_brought_transaction(world);
        let waits = mta_thread(&world.runtime, || number_of(&create("P"), AUTO_DONE));
        until(|| statistics(world, "P").waiting == 1);
        assert_eq!(statistics(world, "P").in_transactions, 1, "it is not given to another transaction");
        transaction.commit().unwrap();
        assert_eq!(waits.join().unwrap(), 1);
    });
}

#[test]
fn who_waits_in_a_transaction_is_handed_what_comes_back_in_it() {
    with_pools(&[("P", &transactional("max_pool_size = 1"))], |world, _| {
        let transaction = world.runtime.transaction_manager().begin(complus::TransactionOptions::default()).unwrap();
        let make = |transaction: &complus::Transaction| {
            Activation::of(clsid("P")).interface(PROBE).transaction(transaction).create().unwrap()
        };
        let held = make(&transaction);
        assert_eq!(number_of(&held, PLAIN), 1);
        let stranger = mta_thread(&world.runtime, || number_of(&create("P"), AUTO_DONE));
        until(|| statistics(world, "P").waiting == 1);
        let own = transaction.participant();
        let member = mta_thread(&world.runtime, move || number_of(&make(&own), AUTO_DONE));
        until(|| statistics(world, "P").waiting == 2);
        number_of(&held, AUTO_DONE);
        assert_eq!(member.join().unwrap(), 1);
        assert_eq!(statistics(world, "P").waiting, 1);
        transaction.commit().unwrap();
        assert_eq!(stranger.join().unwrap(), 1);
    });
}

#[test]
fn act_f11_the_clean_up_cycle_trims_to_the_minimum() {
    with_pools(&[("P", &pooled("min_pool_size = 1"))], |world, probes| {
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
    with_pools(&[("P", &pooled("min_pool_size = 1\nmax_pool_size = 2"))], |world, _| {
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
fn txn_b22_an_instance_that_cannot_be_pooled_dooms_its_transaction() {
    let p = transactional("");
    with_pools(&[("R", REQUIRED), ("P", &p)], |world, probes| {
        probes.behave(|it| it.poolable = false);
        let root = create("R");
        let result = root.call(AUTO_DONE, |_| {
            create("P").call(AUTO_DONE, |_| Ok(()))?;
            Ok(())
        });
        assert_eq!(code(result), hresult::CONTEXT_E_ABORTED);
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
    });
}

#[test]
fn a_small_pool_serves_many_threads_and_never_has_more_than_its_maximum() {
    const MOST: u32 = 3;
    with_pools(&[("P", &pooled("max_pool_size = 3\nsynchronization = \"requires_new\""))], |world, probes| {
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
    with_pools(&[("P", &pooled("max_pool_size = 1"))], |world, _| {
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
    with_pools(&[("P", &pooled("max_pool_size = 1"))], |world, _| {
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

#[test]
fn a_pool_that_is_shut_down_gives_new_instances() {
    with_pools(&[("P", &pooled("max_pool_size = 2"))], |world, probes| {
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
    with_pools(&[("P", &pooled("max_pool_size = 1"))], |world, _| {
        let _held = create("P");
        let waits = mta_thread(&world.runtime, || code(try_create("P")));
        until(|| statistics(world, "P").waiting == 1);
        world.runtime.process().kill();
        assert_eq!(waits.join().unwrap(), hresult::RPC_E_DISCONNECTED);
    });
}

/// Makes objects that share one story.
struct AccountClass(Probes);

impl ClassFactory for AccountClass {
    fn create_instance(&self) -> Result<Arc<dyn Object>> {
        self.0.story.tell("create");
        Ok(Arc::new(Account(self.0.clone())))
    }
}

struct Account(Probes);

impl Object for Account {
    fn supports(&self, interface: Uuid) -> bool {
        interface == PROBE
    }

    fn control(&self) -> Option<&dyn ObjectControl> {
        Some(self)
    }
}

impl ObjectControl for Account {
    fn activate(&self) -> Result<()> {
        self.0.story.tell("activate");
        Ok(())
    }

    fn deactivate(&self) {
        self.0.story.tell("deactivate");
    }

    fn can_be_pooled(&self) -> bool {
        self.0.story.tell("can be pooled");
        true
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.0.story.tell("destroy");
    }
}

#[test]
fn act_f13_a_service_pool_has_to_be_initialized() {
    every_mta_machine(|world| {
        let (pool, probes) = (ServicePool::new(), Probes::default());
        assert_eq!(code(pool.object(PROBE)), hresult::CO_E_NOTINITIALIZED);
        assert_eq!(code(pool.shutdown()), hresult::CO_E_NOTINITIALIZED);
        let config = ServicePoolConfig::new(Arc::new(AccountClass(probes.clone()))).max_pool_size(1);
        for contradiction in [config.clone().max_pool_size(0), config.clone().min_pool_size(2)] {
            assert_eq!(code(pool.initialize(&contradiction)), hresult::E_INVALIDARG);
        }
        let timeout = Duration::from_millis(20);
        pool.initialize(&config.min_pool_size(1).creation_timeout(timeout)).unwrap();
        assert_eq!(
            code(pool.initialize(&ServicePoolConfig::new(Arc::new(AccountClass(probes.clone()))))),
            hresult::E_UNEXPECTED
        );
        assert_eq!(probes.told(), ["create"]);
        assert_eq!(code(pool.object(Uuid::from_u128(1))), hresult::E_NOINTERFACE);
        assert_eq!(probes.told(), ["activate", "deactivate", "can be pooled"]);
        let account = pool.object(PROBE).unwrap();
        assert!(!account.is_proxy());
        account.call_as(PLAIN, |_: &Account| Ok(())).unwrap();
        if !world.is_virtual() {
            assert_eq!(code(pool.object(PROBE)), hresult::CO_E_ACTIVATIONFAILED_TIMEOUT);
        }
        let statistics = pool.statistics().unwrap();
        assert_eq!((statistics.pooled, statistics.activated, statistics.objects), (1, 1, 1));
        probes.told();
        pool.shutdown().unwrap();
        assert_eq!(code(pool.object(iid::UNKNOWN)), hresult::CO_E_NOTINITIALIZED);
        drop(account);
        assert_eq!(probes.told(), ["deactivate", "can be pooled", "destroy"]);
    });
}

#[test]
fn an_object_of_a_service_pool_works_in_every_apartment() {
    every_mta_machine(|world| {
        let (pool, probes) = (ServicePool::new(), Probes::default());
        pool.initialize(&ServicePoolConfig::new(Arc::new(AccountClass(probes)))).unwrap();
        let account = pool.object(PROBE).unwrap();
        let process = world.runtime.process();
        std::thread::spawn(move || {
            let _bound = process.enter();
            let _apartment = Apartment::initialize(ApartmentModel::ApartmentThreaded).unwrap();
            account.call_as(PLAIN, |_: &Account| Ok(())).unwrap();
            drop(account);
        })
        .join()
        .unwrap();
        assert_eq!(pool.statistics().unwrap().idle, 1);
    });
}
