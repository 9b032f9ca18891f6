//! Contexts, their nesting, and what they have of the caller's.

use crate::support::*;
use complus::{
    Partition, apartment_type, com,
    event::Diagnostic,
    hresult::{CO_E_NOIISINTRINSICS, CONTEXT_E_NOCONTEXT},
    id::PartitionId,
    prelude::*,
};
use std::{sync::mpsc, thread};
use uuid::Uuid;

#[test]
fn swc_21_an_untouched_configuration_gives_a_context_without_services() {
    every_machine_with(
        |builder| builder.partitions([]),
        |_| {
            let (outside, apartment, thread) = (place(), apartment_type().unwrap(), thread::current().id());
            assert_eq!(outside.context, None, "a default context");
            let domain = enter(&ServiceConfig::new());
            let inside = place();
            assert_ne!(inside.token, outside.token);
            assert!(inside.context.is_some());
            assert_eq!((inside.activity, inside.transaction), (None, None));
            assert_eq!(here().info().partition_id().unwrap(), PartitionId::GLOBAL);
            assert_eq!((apartment_type().unwrap(), thread::current().id()), (apartment, thread));
            domain.leave().unwrap();
            // The same from within a domain: a context is made although it equals the current one.
            let outer = enter(&ServiceConfig::new());
            let outside = place();
            let inner = enter(&ServiceConfig::new());
            assert_ne!(place().context, outside.context);
            inner.leave().unwrap();
            outer.leave().unwrap();
        },
    );
}

#[test]
fn swc_22_leaving_makes_the_former_context_current() {
    every_machine(|_| {
        let before = place();
        com::co_enter_service_domain(&ServiceConfig::new()).unwrap();
        assert_ne!(place(), before);
        com::co_leave_service_domain(None);
        assert_eq!(place(), before);
    });
}

#[test]
fn swc_24_domains_close_last_in_first_out() {
    every_machine(|_| {
        let plain = place();
        com::co_enter_service_domain(&own_activity()).unwrap();
        let a = place();
        com::co_enter_service_domain(&ServiceConfig::new()).unwrap();
        let b = place();
        assert!(plain.token != a.token && a.token != b.token && plain.token != b.token);
        com::co_leave_service_domain(None);
        assert_eq!(place(), a);
        com::co_leave_service_domain(None);
        assert_eq!(place(), plain);
    });
}

#[test]
fn swc_25_leaving_without_entering_does_nothing_but_a_diagnostic() {
    every_machine(|world| {
        let before = place();
        assert_eq!(co_leave(), []);
        assert_eq!(place(), before);
        world.assert_diagnostics(&[Diagnostic::LeaveWithoutEnter]);
        assert_eq!(code(com::try_leave_service_domain(None)), CONTEXT_E_NOCONTEXT);
        assert_eq!(place(), before);
        world.assert_diagnostics(&[Diagnostic::LeaveWithoutEnter; 2]);
    });
}

#[test]
fn swc_27_leaving_on_another_thread_leaves_the_domain_open() {
    every_machine(|world| {
        let domain = enter(&root());
        let inside = place();
        world.log.take();
        thread::scope(|scope| {
            scope.spawn(|| {
                let _bound = world.runtime.enter();
                let _apartment = Apartment::initialize(ApartmentModel::Multithreaded).unwrap();
                let before = place();
                assert_eq!(co_leave(), []);
                assert_eq!(code(com::try_leave_service_domain(None)), CONTEXT_E_NOCONTEXT);
                assert_eq!(place(), before);
            });
        });
        world.assert_diagnostics(&[Diagnostic::LeaveWithoutEnter; 2]);
        let here = world.log.events().iter().map(|event| event.thread).collect::<std::collections::BTreeSet<_>>();
        assert!(here.len() <= 1, "all on the other thread: {here:?}");
        assert_eq!(place(), inside);
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
    });
}

#[test]
fn swc_29_the_partition_is_the_callers_the_global_or_the_named_one() {
    let (p, q) = (PartitionId(Uuid::from_u128(1)), PartitionId(Uuid::from_u128(2)));
    every_machine_with(
        |builder| builder.principal("Alice").partitions([Partition::new(p), Partition::new(q).member("alice")]),
        |_| {
            let partition = || here().info().partition_id().unwrap();
            let caller = enter(&ServiceConfig::new().partition(PartitionConfig::New).partition_id(p));
            assert_eq!(partition(), p);
            let settings = [
                (PartitionConfig::Inherit, p),
                (PartitionConfig::NoPartition, PartitionId::GLOBAL),
                (PartitionConfig::New, q),
            ];
            for (setting, expected) in settings {
                let domain = enter(&ServiceConfig::new().partition(setting).partition_id(q));
                assert_eq!(partition(), expected, "{setting}");
                domain.leave().unwrap();
            }
            // The caller's own, named: accepted (S-17). The global one is open to all.
            for id in [p, PartitionId::GLOBAL] {
                let domain = enter(&ServiceConfig::new().partition(PartitionConfig::New).partition_id(id));
                assert_eq!(partition(), id);
                domain.leave().unwrap();
            }
            assert_eq!(partition(), p);
            caller.leave().unwrap();
        },
    );
}

#[test]
fn swc_30_iis_intrinsics_are_visible_only_if_inherited() {
    every_machine(|_| {
        let caller = enter(&ServiceConfig::new());
        here().properties().set("Session", "I").unwrap();
        let domain = enter(&ServiceConfig::new().iis_intrinsics(IisIntrinsicsConfig::Inherit));
        assert_eq!(here().properties().get("session").unwrap(), "I");
        domain.leave().unwrap();
        let domain = enter(&ServiceConfig::new().iis_intrinsics(IisIntrinsicsConfig::No));
        assert_eq!(code(here().properties().get("Session")), CO_E_NOIISINTRINSICS);
        domain.leave().unwrap();
        assert_eq!(here().properties().get("Session").unwrap(), "I");
        caller.leave().unwrap();
    });
}

#[test]
fn a_leave_on_another_thread_while_the_first_is_busy_does_not_wait() {
    every_machine(|world| {
        let (done, finished) = mpsc::channel();
        let domain = enter(&root());
        thread::scope(|scope| {
            scope.spawn(move || {
                let _bound = world.runtime.enter();
                com::co_leave_service_domain(None);
                done.send(()).unwrap();
            });
            finished.recv_timeout(std::time::Duration::from_secs(10)).unwrap();
        });
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
    });
}
