//! Entries that are refused, and one that barely is not.

use crate::support::*;
use complus::{
    HResult, Partition,
    event::What,
    hresult::{
        CO_E_NOTINITIALIZED, CO_E_SXS_CONFIG, CO_E_THREADPOOL_CONFIG, CO_E_TRACKER_CONFIG,
        COMADMIN_E_PARTITION_ACCESSDENIED,
    },
    id::PartitionId,
    prelude::*,
};
use uuid::Uuid;

/// `config` is refused with `expected`, and nothing has changed: here and inside of domains.
#[track_caller]
fn is_refused(world: &World, config: &ServiceConfig, expected: HResult) {
    for outer in [None, Some(own_activity()), Some(root())] {
        let outer = outer.map(|config| enter(&config));
        let before = place();
        world.log.take();
        assert_eq!(code(ServiceDomain::enter(config)), expected);
        assert_eq!(place(), before);
        if world.observed {
            assert_eq!(world.log.take_whats(), [What::DomainRefused { error: expected }]);
        }
        if let Some(outer) = outer {
            outer.leave().unwrap();
        }
    }
}

#[test]
fn swc_09_an_sta_pool_is_refused_and_nothing_is_pushed() {
    every_machine(|world| {
        is_refused(world, &ServiceConfig::new().thread_pool(ThreadPool::Sta), CO_E_THREADPOOL_CONFIG)
    });
}

#[test]
fn swc_10_an_mta_pool_is_refused_in_the_mta_too() {
    every_bare_machine(
        |builder| builder,
        |world| {
            let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
            is_refused(world, &ServiceConfig::new().thread_pool(ThreadPool::Mta), CO_E_THREADPOOL_CONFIG);
        },
    );
}

#[test]
fn swc_11_binding_to_a_pool_thread_is_refused() {
    every_machine(|world| {
        is_refused(world, &ServiceConfig::new().binding(Binding::BindToPoolThread), CO_E_THREADPOOL_CONFIG);
    });
}

#[test]
fn swc_13_a_new_assembly_without_directory_is_refused() {
    every_machine(|world| {
        is_refused(world, &ServiceConfig::new().sxs(SxsConfig::New), CO_E_SXS_CONFIG);
        is_refused(world, &ServiceConfig::new().sxs(SxsConfig::New).sxs_name("bank"), CO_E_SXS_CONFIG);
    });
}

#[test]
fn swc_15_a_tracker_without_application_name_is_refused() {
    every_machine(|world| {
        for (application, context) in [(None, None), (None, Some("context")), (Some(""), Some("context"))] {
            let config = ServiceConfig::new().tracker(TrackerConfig::Use, application, context);
            is_refused(world, &config, CO_E_TRACKER_CONFIG);
        }
    });
}

#[test]
fn swc_16_a_partition_of_others_is_refused() {
    let id = PartitionId(Uuid::from_u128(7));
    every_machine_with(
        |builder| builder.principal("bob").partitions([Partition::new(id).member("alice")]),
        |world| {
            let config = ServiceConfig::new().partition(PartitionConfig::New).partition_id(id);
            is_refused(world, &config, COMADMIN_E_PARTITION_ACCESSDENIED);
        },
    );
}

#[test]
fn swc_19_a_thread_without_apartment_enters_nothing() {
    every_bare_machine(
        |builder| builder,
        |world| {
            for config in [ServiceConfig::new(), root(), own_activity()] {
                let before = place();
                assert_eq!(before.token, None);
                assert_eq!(code(ServiceDomain::enter(&config)), CO_E_NOTINITIALIZED);
                assert_eq!(place(), before);
            }
            if world.observed {
                assert_eq!(world.log.take_whats(), vec![What::DomainRefused { error: CO_E_NOTINITIALIZED }; 3]);
            }
        },
    );
}

#[test]
fn swc_104_a_tracker_without_context_name_is_tracked_by_the_context_id() {
    every_machine(|_| {
        let domain = enter(&ServiceConfig::new().tracker(TrackerConfig::Use, Some("app"), None));
        let tracker = here().tracker().unwrap().unwrap();
        assert_eq!(tracker.application, "app");
        assert_eq!(tracker.context, here().context_id().unwrap().to_string());
        assert_eq!(domain.leave().unwrap(), TransactionStatus::NoTransaction);
    });
}
