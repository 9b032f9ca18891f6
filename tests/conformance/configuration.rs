//! The configuration object.

use crate::support::*;
use complus::{attribute::Property, hresult::E_INVALIDARG, prelude::*};

#[test]
fn swc_03_a_value_outside_its_enumeration_is_e_invalidarg_and_changes_nothing() {
    let setters = [
        (Property::Inheritance, 2),
        (Property::ThreadPool, 4),
        (Property::Binding, 2),
        (Property::Transaction, 4),
        (Property::IsolationLevel, 5),
        (Property::Synchronization, 4),
        (Property::IisIntrinsics, 2),
        (Property::ComtiIntrinsics, 2),
        (Property::Tracker, 2),
        (Property::Sxs, 3),
        (Property::Partition, 3),
    ];
    every_machine(|_| {
        let mut config = root().synchronization(SynchronizationConfig::New);
        let before = *config.settings();
        for (property, end) in setters {
            for value in [-1, end, i32::MIN, i32::MAX] {
                assert_eq!(code(config.set(property, value)), E_INVALIDARG, "{property} {value}");
                assert_eq!(*config.settings(), before, "{property} {value}");
            }
        }
        let domain = enter(&config);
        assert!(here().is_in_transaction().unwrap());
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
    });
}

#[test]
fn swc_05_inherit_and_then_a_new_transaction_enters_as_root() {
    every_machine(|_| {
        let mut config = ServiceConfig::new();
        config.set(Property::Inheritance, 0).unwrap();
        config.set(Property::Transaction, 3).unwrap();
        let domain = enter(&config);
        assert!(here().transaction_id().unwrap().is_some());
        assert_eq!(domain.leave().unwrap(), TransactionStatus::Committed);
    });
}
