//! Pools without a catalog: CServicePool, and what COM calls pools by (ACT 7.6; ACT-F).

use crate::support::{
    code,
    components::{PLAIN, PROBE, Probes, clsid, create, with_components},
    every_mta_machine,
    pools::pooled,
};
use complus::{
    ClassFactory, Object, ObjectControl, Result, ServicePool, ServicePoolConfig, com, hresult, iid, prelude::*,
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

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

#[test]
fn the_calls_of_a_service_pool_in_the_shape_of_com() {
    every_mta_machine(|_| {
        assert_eq!(code(com::co_create_service_pool(PROBE)), hresult::E_NOINTERFACE);
        com::co_create_service_pool(com::IID_UNKNOWN).unwrap();
        let (pool, probes) = (com::co_create_service_pool(com::IID_SERVICE_POOL).unwrap(), Probes::default());
        assert_eq!(code(com::service_pool_get_object(&pool, PROBE)), hresult::CO_E_NOTINITIALIZED);
        assert_eq!(com::service_pool_shutdown(&pool), hresult::CO_E_NOTINITIALIZED);
        assert_eq!(com::service_pool_initialize(&pool, None), hresult::E_INVALIDARG);
        let config = ServicePoolConfig::new(Arc::new(AccountClass(probes.clone()))).max_pool_size(1);
        assert_eq!(com::service_pool_initialize(&pool, Some(&config.clone().min_pool_size(2))), hresult::E_INVALIDARG);
        assert_eq!(com::service_pool_initialize(&pool, Some(&config)), hresult::S_OK);
        assert_eq!(com::service_pool_initialize(&pool, Some(&config)), hresult::E_UNEXPECTED);
        assert_eq!(code(com::service_pool_get_object(&pool, Uuid::from_u128(1))), hresult::E_NOINTERFACE);
        drop(com::service_pool_get_object(&pool, PROBE).unwrap());
        probes.told();
        assert_eq!(com::service_pool_shutdown(&pool), hresult::S_OK);
        assert_eq!(probes.told(), ["destroy"]);
    });
}

#[test]
fn the_pool_manager_in_the_shape_of_com() {
    with_components(&[("P", &pooled(""))], |world, probes| {
        let manager = world.runtime.process().pool_manager();
        let braced = format!("{{{}}}", clsid("P"));
        for (number, name) in [(1, "tests.p"), (2, &braced)] {
            drop(create("P"));
            probes.told();
            assert_eq!(com::shutdown_pool(&manager, Some(name)), hresult::S_OK);
            assert_eq!(probes.told(), [format!("destroy {number}")]);
            assert_eq!(com::shutdown_pool(&manager, Some(name)), hresult::S_OK, "without effect");
        }
        for nobody in [None, Some(""), Some("Tests.Nothing"), Some("{}")] {
            assert_eq!(com::shutdown_pool(&manager, nobody), hresult::REGDB_E_CLASSNOTREG);
        }
    });
}
