//! Transactions that the program brings along.

use crate::support::*;
use complus::{
    ByotAbort, Compat,
    context::StreamState,
    event::Diagnostic,
    hresult::{E_INVALIDARG, XACT_E_ABORTED, XACT_E_ABORTING, XACT_E_NOTRANSACTION, XACT_S_LOCALLY_OK},
    prelude::*,
};

fn begin(world: &World) -> Transaction {
    world.runtime.transaction_manager().begin(Default::default()).unwrap()
}

/// CSC_NoTransaction and a brought transaction; the order of the setters does not matter.
fn bring(transaction: &Transaction) -> [ServiceConfig; 2] {
    let none = TransactionConfig::NoTransaction;
    [
        ServiceConfig::new().transaction(none).bring_your_own_transaction(transaction),
        ServiceConfig::new().bring_your_own_transaction(transaction).transaction(none),
    ]
}

#[test]
fn swc_52_a_brought_transaction_beats_no_transaction_and_stays_open() {
    every_machine(|world| {
        let t = begin(world);
        for config in bring(&t) {
            let domain = enter(&config);
            assert_eq!(place().transaction, Some(t.id()));
            assert!(place().activity.is_some(), "raised (S-15)");
            std::mem::forget(domain);
            assert_eq!(co_leave(), [XACT_S_LOCALLY_OK]);
            assert_eq!(t.state(), StreamState::Active);
        }
        t.commit().unwrap();
        for config in bring(&t) {
            let before = place();
            assert_eq!(code(ServiceDomain::enter(&config)), XACT_E_NOTRANSACTION);
            assert_eq!(place(), before);
        }
    });
}

#[test]
fn swc_54_an_abort_vote_vetoes_the_owners_commit_or_aborts_at_once() {
    every_machine(|world| {
        let t = begin(world);
        let [config, _] = bring(&t);
        std::mem::forget(enter(&config));
        here().set_abort().unwrap();
        assert_eq!(co_leave(), [XACT_E_ABORTING]);
        assert_eq!(t.state(), StreamState::Doomed);
        assert_eq!(code(t.commit()), XACT_E_ABORTED);
    });
    let compat = Compat { byot_abort: ByotAbort::Immediate, ..Compat::default() };
    every_machine_with(
        |builder| builder.compat(compat),
        |world| {
            let t = begin(world);
            let [config, _] = bring(&t);
            std::mem::forget(enter(&config));
            here().set_abort().unwrap();
            assert_eq!(t.state(), StreamState::Active, "nothing is counted before the leave");
            assert_eq!(co_leave(), [XACT_E_ABORTED]);
            assert_eq!(t.state(), StreamState::Aborted);
            assert_eq!(code(t.commit()), XACT_E_ABORTED);
        },
    );
}

#[test]
fn swc_55_the_callers_own_transaction_does_not_matter() {
    every_machine(|world| {
        let t2 = begin(world);
        let outer = enter(&root());
        let t1 = place().transaction;
        let inner = enter(&bring(&t2)[0]);
        assert_eq!(place().transaction, Some(t2.id()));
        assert_eq!(inner.leave().unwrap(), TransactionStatus::LocallyOk);
        assert_eq!(place().transaction, t1);
        assert_eq!(outer.leave().unwrap(), TransactionStatus::Committed);
        t2.commit().unwrap();
    });
}

#[test]
fn swc_56_two_entries_of_a_scope_library_give_the_transaction_an_activity_of_its_own() {
    every_machine(|world| {
        let t = begin(world);
        let caller = enter(&own_activity());
        let original = place();
        // One configuration object: first RequiresNew, then Required and the transaction.
        let config = ServiceConfig::new().synchronization(SynchronizationConfig::New);
        let first = enter(&config);
        let a2 = place().activity;
        let config = config.synchronization(SynchronizationConfig::NewIfNecessary).bring_your_own_transaction(&t);
        let second = enter(&config);
        assert_eq!(place().transaction, Some(t.id()));
        assert!(a2.is_some() && a2 != original.activity);
        assert_eq!(place().activity, a2);
        second.leave().unwrap();
        first.leave().unwrap();
        assert_eq!(place(), original);
        assert_eq!(t.state(), StreamState::Active);
        t.abort().unwrap();
        // With an ended transaction the second entry fails, and exactly one leave follows.
        let first = enter(&own_activity());
        assert_eq!(code(ServiceDomain::enter(&config)), XACT_E_NOTRANSACTION);
        first.leave().unwrap();
        assert_eq!(place(), original);
        caller.leave().unwrap();
    });
}

#[test]
fn swc_105_a_brought_transaction_with_new_synchronization_is_accepted_with_a_diagnostic_or_refused() {
    every_machine(|world| {
        let t = begin(world);
        let caller = enter(&own_activity());
        let a1 = place().activity;
        let domain = enter(&bring(&t)[0].clone().synchronization(SynchronizationConfig::New));
        assert_eq!(place().transaction, Some(t.id()));
        assert!(place().activity.is_some() && place().activity != a1);
        domain.leave().unwrap();
        world.assert_diagnostics(&[Diagnostic::BroughtTransactionInNewActivity]);
        caller.leave().unwrap();
    });
    let compat = Compat { strict_misuse: true, ..Compat::default() };
    every_machine_with(
        |builder| builder.compat(compat),
        |world| {
            let t = begin(world);
            let caller = enter(&own_activity());
            let before = place();
            let config = bring(&t)[0].clone().synchronization(SynchronizationConfig::New);
            assert_eq!(code(ServiceDomain::enter(&config)), E_INVALIDARG);
            assert_eq!(place(), before);
            assert_eq!(t.state(), StreamState::Active);
            assert!(world.runtime.is_alive());
            caller.leave().unwrap();
            t.commit().unwrap();
        },
    );
}
