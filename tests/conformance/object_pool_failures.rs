//! What cannot be made, activated or used again costs a pool nothing (ACT 7.6, 7.7; ACT-F).

use crate::support::{
    code,
    components::{PLAIN, QUIET, RAW, clsid, create, try_create, with_components, with_switches},
    mta_thread,
    pools::{CONSTRUCTED, number_of, pooled, statistics},
    until,
};
use complus::{
    ClassFactory, Compat, FailFast, Object, ObjectControl, PoolStatistics, Result, attribute::ThreadingModel, hresult,
};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

#[test]
fn act_f04_an_instance_that_cannot_be_pooled_makes_room_for_another() {
    with_components(&[("P", &pooled("max_pool_size = 1"))], |world, probes| {
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
fn act_f07_a_class_that_refuses_aggregation_is_not_pooled() {
    with_components(&[("P", &pooled("max_pool_size = 1")), ("Q", RAW)], |world, probes| {
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
    with_components(&[("P", &pooled("max_pool_size = 1"))], |world, probes| {
        probes.behave(|it| it.agile = true);
        assert_eq!(code(try_create("P")), hresult::CO_E_ACTIVATIONFAILED);
        assert_eq!(probes.told(), ["create 1", "destroy 1"]);
        assert_eq!(statistics(world, "P"), PoolStatistics::default());
    });
}

#[test]
fn no_slot_is_lost_to_what_fails() {
    with_components(&[("P", &pooled(&format!("max_pool_size = 1\n{CONSTRUCTED}")))], |world, probes| {
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
    with_components(&[("P", &pooled(&format!("max_pool_size = 1\n{CONSTRUCTED}")))], |world, probes| {
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
