//! What the managed wrappers see: the option names, and the numbers of TransactionStatus.

use crate::support::*;
use complus::prelude::*;

#[test]
fn swc_94_requires_new_and_set_abort_give_aborted_four() {
    every_machine(|_| {
        let domain = enter(&transaction(TransactionConfig::New)); // RequiresNew
        here().set_abort().unwrap();
        let status = domain.leave().unwrap();
        assert_eq!((status, status.value()), (TransactionStatus::Aborted, 4));
    });
}

#[test]
fn swc_95_disabled_gives_no_transaction_two() {
    every_machine(|_| {
        for outer in [None, Some(root())] {
            let outer = outer.map(|config| enter(&config));
            let domain = enter(&transaction(TransactionConfig::NoTransaction)); // Disabled
            assert!(!here().is_in_transaction().unwrap());
            let status = domain.leave().unwrap();
            assert_eq!((status, status.value()), (TransactionStatus::NoTransaction, 2));
            if let Some(outer) = outer {
                outer.leave().unwrap();
            }
        }
    });
}
