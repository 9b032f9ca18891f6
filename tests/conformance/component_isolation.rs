//! The isolation level of a component and its transaction's (TXN 9, AD-51; TXN-D).

use crate::support::components::{
    Kept, Row, call, create, inside, own_transaction, place, place_of, try_create, with_components,
};
use crate::support::*;
use complus::{
    attribute::IsolationLevel,
    context::StreamState,
    hresult::{CO_E_ISOLEVELMISMATCH, CONTEXT_E_ABORTED},
};

const COMMITTED_READS: &str = "transaction = \"required\"\ntx_isolation_level = \"read_committed\"";
const ANY_LEVEL: &str = "transaction = \"supported\"\ntx_isolation_level = \"any\"";
const STRONG: &str = "transaction = \"required\"\ntx_isolation_level = \"serializable\"";
const STRONG_NEW: &str = "transaction = \"requires_new\"\ntx_isolation_level = \"serializable\"";
const REPEATABLE: &str = "transaction = \"required\"\ntx_isolation_level = \"repeatable_read\"";
const LEVELS: [Row<'_>; 5] =
    [("R", COMMITTED_READS), ("Any", ANY_LEVEL), ("Strong", STRONG), ("New", STRONG_NEW), ("Repeatable", REPEATABLE)];

fn level() -> IsolationLevel {
    here().transaction_info().isolation_level_and_timeout().unwrap().0
}

#[test]
fn txn_d2_a_child_of_any_level_joins_and_runs_at_the_roots() {
    with_components(&LEVELS, |_, _| {
        inside(&create("R"), || {
            let own = place();
            let (child, level) = inside(&create("Any"), || (place(), level()));
            assert_eq!((child.transaction, level), (own.transaction, IsolationLevel::ReadCommitted));
            assert_eq!(level.dtc_value(), 0x1000);
        });
    });
}

#[test]
fn txn_d3_a_stronger_child_is_refused_and_dooms_the_transaction_at_once() {
    with_components(&LEVELS, |_, probes| {
        let (r, watched) = (create("R"), Kept::new());
        let seen = watched.clone();
        let result = call(&r, move || {
            assert_eq!(code(try_create("Strong")), CO_E_ISOLEVELMISMATCH);
            assert_eq!(own_transaction().state(), StreamState::Doomed);
            seen.put(own_transaction());
            here().set_complete()
        });
        assert_eq!(code(result), CONTEXT_E_ABORTED);
        assert_eq!(watched.take().state(), StreamState::Aborted);
        assert!(probes.told().iter().all(|it| it.ends_with('1')), "no instance of the child was made");
    });
}

#[test]
fn txn_d5_a_new_root_is_compared_with_nobody() {
    with_components(&LEVELS, |_, _| {
        inside(&create("R"), || {
            let own = place();
            let (child, level) = inside(&create("New"), || (place(), level()));
            assert!(child.transaction.is_some() && child.transaction != own.transaction);
            assert_eq!((level, level.dtc_value()), (IsolationLevel::Serializable, 0x10_0000));
            assert_eq!(own_transaction().state(), StreamState::Active);
        });
    });
}

#[test]
fn a_child_is_compared_with_the_root_and_not_with_its_creator() {
    with_components(&LEVELS, |_, _| {
        inside(&create("Strong"), || {
            let middle = inside(&create("R"), || {
                assert_eq!(level(), IsolationLevel::Serializable, "a lower level joins and runs at the transaction's");
                place_of(&create("Repeatable"))
            });
            assert_eq!(middle.transaction, place().transaction, "AD-51");
        });
    });
}
