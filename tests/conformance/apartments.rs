//! Domains and the apartment they are entered in.

use crate::support::*;
use complus::{apartment_type, hresult::CO_E_THREADPOOL_CONFIG, prelude::*};

#[test]
fn syn_c12_only_an_inherited_pool_and_no_binding_may_be_entered() {
    for model in [ApartmentModel::ApartmentThreaded, ApartmentModel::Multithreaded] {
        every_bare_machine(
            |builder| builder,
            |_| {
                let _apartment = Apartment::initialize(model).unwrap();
                let (before, apartment) = (place(), apartment_type().unwrap());
                for config in [
                    ServiceConfig::new().thread_pool(ThreadPool::Sta),
                    ServiceConfig::new().thread_pool(ThreadPool::Mta),
                    ServiceConfig::inheriting().binding(Binding::BindToPoolThread),
                    ServiceConfig::new().thread_pool(ThreadPool::None).binding(Binding::BindToPoolThread),
                ] {
                    assert_eq!(code(ServiceDomain::enter(&config)), CO_E_THREADPOOL_CONFIG, "{config:?}");
                    assert_eq!(place(), before);
                }
                for pool in [ThreadPool::Inherit, ThreadPool::None] {
                    let domain = enter(&ServiceConfig::new().thread_pool(pool));
                    assert_ne!(place(), before);
                    assert_eq!(apartment_type().unwrap(), apartment);
                    domain.leave().unwrap();
                }
            },
        );
    }
}
