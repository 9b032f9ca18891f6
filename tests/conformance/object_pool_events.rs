//! What observers are told of object pools, and in which order (SEC C.5, O-61; ACT 7.6, P12).

use crate::support::{
    World, code,
    components::{AUTO_DONE, PLAIN, PROBE, REQUIRED, clsid, create, inside, with_components},
    every_mta_machine, mta_thread,
    pools::{CONSTRUCTED, number_of, pooled, pooled_and_just_in_time, statistics, transactional},
    until,
};
use complus::{
    Object, ObjectContext, ServicePool, ServicePoolConfig,
    event::{FlagCall, ObjectStep, PoolStep, What},
    hresult::{CO_E_ACTIVATIONFAILED_TIMEOUT, S_OK},
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

const LARGEST: u32 = 1_048_576;

fn object(class: &str, step: ObjectStep) -> What {
    What::Object { class: clsid(class), step }
}

fn pool(class: &str, step: PoolStep) -> What {
    What::Pool { class: clsid(class), step }
}

/// A pool of one instance at most, where nobody waits, lets it be made.
const FIRST_OF_ONE: PoolStep = PoolStep::CreateDecision { waiting: 0, available: 0, created: 0, min: 0, max: 1 };

/// What was told since the last time of pools, objects and flags; nothing where nobody observes.
fn told(world: &World) -> Vec<What> {
    let of_pools = |what: &What| {
        matches!(what, What::Activating { .. } | What::Pool { .. } | What::Object { .. } | What::FlagsSet { .. })
    };
    world.log.take_whats().into_iter().filter(of_pools).collect()
}

#[track_caller]
fn assert_told(world: &World, expected: &[What]) {
    let told = told(world);
    if world.observed {
        assert_eq!(told, expected);
    }
}

/// O-61, for a component that is pooled, constructed and activated just in time.
#[test]
fn the_order_of_the_events_of_a_pooled_constructed_just_in_time_component() {
    let properties = pooled_and_just_in_time(&format!("max_pool_size = 4\ncreation_timeout = 1500\n{CONSTRUCTED}"));
    with_components(&[("P", &properties)], |world, _| {
        let it = create("P");
        let told_of_creation = told(world);
        if world.observed {
            assert!(matches!(told_of_creation[0], What::Activating { class, .. } if class == clsid("P")));
            let timeout = Some(Duration::from_millis(1500));
            let created = PoolStep::Created { min: 0, max: 4, timeout };
            assert_eq!(told_of_creation[1..], [pool("P", created)], "no instance before the first call");
        }
        let work = || {
            it.call(PLAIN, |_| ObjectContext::current()?.set_complete()).unwrap();
        };
        let used = [
            object("P", ObjectStep::TakenFromPool),
            object("P", ObjectStep::Activated(S_OK)),
            What::FlagsSet { call: FlagCall::SetComplete, consistent: true, done: true },
            object("P", ObjectStep::Deactivated),
            object("P", ObjectStep::CanBePooled(true)),
            object("P", ObjectStep::PutIntoPool),
        ];
        work();
        let decision = PoolStep::CreateDecision { waiting: 0, available: 0, created: 0, min: 0, max: 4 };
        let made = [pool("P", decision), object("P", ObjectStep::Created), object("P", ObjectStep::Constructed(S_OK))];
        assert_told(world, &[&made[..], &used].concat());
        work();
        assert_told(world, &used);
        drop(it);
        assert_told(world, &[]);
    });
}

#[test]
fn a_call_that_gets_no_instance_in_time_is_told_as_such() {
    let properties = pooled_and_just_in_time("max_pool_size = 1\ncreation_timeout = 50");
    with_components(&[("P", &properties)], |world, _| {
        let (holder, other) = (create("P"), create("P"));
        inside(&holder, || ()); // it keeps its instance
        told(world);
        let waits = {
            let other = other.marshal_for(PROBE).unwrap();
            mta_thread(&world.runtime, move || {
                let other = other.unmarshal().unwrap();
                (code(other.call(AUTO_DONE, |_| Ok(()))), other)
            })
        };
        if world.is_virtual() {
            until(|| statistics(world, "P").waiting == 1);
            until(|| {
                world.runtime.advance(Duration::from_millis(50)).unwrap();
                statistics(world, "P").waiting == 0
            });
        }
        let (answer, other_there) = waits.join().unwrap();
        assert_eq!(answer, CO_E_ACTIVATIONFAILED_TIMEOUT);
        let events = world.log.take();
        let timed_out = pool("P", PoolStep::TimedOut { timeout: Duration::from_millis(50) });
        let event = events.iter().find(|event| event.what == timed_out);
        assert_eq!(event.is_some(), world.observed);
        assert!(event.is_none_or(|event| event.activity.is_some()), "the activity that waited");
        let of_pool = |what: &What| matches!(what, What::Pool { .. } | What::Object { .. });
        let count = events.iter().filter(|event| of_pool(&event.what)).count();
        assert_eq!(count, usize::from(world.observed), "nothing else of pools and objects");
        number_of(&holder, AUTO_DONE);
        told(world);
        drop((holder, other, other_there));
        assert_told(world, &[]);
    });
}

#[test]
fn who_waited_and_may_make_one_is_told_with_those_who_wait_still() {
    with_components(&[("P", &pooled("max_pool_size = 1"))], |world, probes| {
        let held = create("P");
        let waits = || mta_thread(&world.runtime, || drop(create("P")));
        let first = waits();
        until(|| statistics(world, "P").waiting == 1);
        let second = waits();
        until(|| statistics(world, "P").waiting == 2);
        told(world);
        probes.behave(|it| it.poolable = false);
        drop(held);
        first.join().unwrap();
        second.join().unwrap();
        let decided =
            |waiting| pool("P", PoolStep::CreateDecision { waiting, available: 0, created: 0, min: 0, max: 1 });
        let ended = [ObjectStep::Deactivated, ObjectStep::CanBePooled(false), ObjectStep::Destroyed];
        let made = [ObjectStep::Created, ObjectStep::TakenFromPool, ObjectStep::Activated(S_OK)];
        let ended = ended.map(|step| object("P", step));
        let used = [made.map(|step| object("P", step)), ended.clone()].concat();
        let expected = [&ended[..], &[decided(1)], &used, &[decided(0)], &used].concat();
        assert_told(world, &expected);
    });
}

#[test]
fn pools_are_told_when_the_application_starts_and_filling_them_is_no_decision() {
    let (filled, other) = (pooled(&format!("{CONSTRUCTED}\nmin_pool_size = 2")), pooled("max_pool_size = 1"));
    with_components(&[("P", &filled), ("Q", &other), ("R", "transaction = \"disabled\"")], |world, _| {
        let _r = create("R");
        let created = |min, max| PoolStep::Created { min, max, timeout: None };
        let made = [object("P", ObjectStep::Created), object("P", ObjectStep::Constructed(S_OK))];
        let mut of_each = [
            (clsid("P"), [&[pool("P", created(2, LARGEST))][..], &made, &made].concat()),
            (clsid("Q"), vec![pool("Q", created(0, 1))]),
        ];
        of_each.sort_unstable_by_key(|(clsid, _)| *clsid);
        let mut expected: Vec<What> = of_each.into_iter().flat_map(|(_, told)| told).collect();
        expected.push(object("R", ObjectStep::Created));
        let all = told(world);
        if world.observed {
            assert!(matches!(all[0], What::Activating { class, .. } if class == clsid("R")));
            assert_eq!(all[1..all.len() - 1], expected);
            assert_eq!(all[all.len() - 1], object("R", ObjectStep::Activated(S_OK)));
        }
        drop(create("Q"));
        let all = told(world);
        if world.observed {
            let used = [
                ObjectStep::Created,
                ObjectStep::TakenFromPool,
                ObjectStep::Activated(S_OK),
                ObjectStep::Deactivated,
                ObjectStep::CanBePooled(true),
                ObjectStep::PutIntoPool,
            ];
            let used = used.map(|step| object("Q", step));
            assert_eq!(all[1..], [&[pool("Q", FIRST_OF_ONE)][..], &used].concat());
        }
    });
}

#[test]
fn an_instance_that_stays_with_another_transaction_is_idle_and_cannot_be_had() {
    with_components(&[("R", REQUIRED), ("P", &transactional("max_pool_size = 2"))], |world, _| {
        let root = create("R");
        inside(&root, || {
            number_of(&create("P"), AUTO_DONE);
        });
        let outside = create("P");
        told(world);
        number_of(&outside, AUTO_DONE);
        let all = told(world);
        if world.observed {
            let step = PoolStep::CreateDecision { waiting: 0, available: 1, created: 1, min: 0, max: 2 };
            assert_eq!(all[0], pool("P", step));
        }
        drop(root);
    });
}

struct Plain;

impl Object for Plain {
    fn supports(&self, _: Uuid) -> bool {
        true
    }
}

struct PlainClass;

impl complus::ClassFactory for PlainClass {
    fn create_instance(&self) -> complus::Result<Arc<dyn Object>> {
        Ok(Arc::new(Plain))
    }
}

#[test]
fn the_pool_of_a_program_has_no_class() {
    every_mta_machine(|world| {
        let service = ServicePool::new();
        let config = ServicePoolConfig::new(Arc::new(PlainClass)).min_pool_size(1).max_pool_size(1);
        service.initialize(&config.creation_timeout(Duration::from_secs(2))).unwrap();
        let class = Uuid::nil();
        let timeout = Some(Duration::from_secs(2));
        let expected = [
            What::Pool { class, step: PoolStep::Created { min: 1, max: 1, timeout } },
            What::Object { class, step: ObjectStep::Created },
        ];
        assert_told(world, &expected);
    });
}
