//! A transaction whose owner is outside of COM+: domains work in it and have a veto, the owner ends it.
//!
//! `cargo run --example brought_transaction`

#![allow(clippy::print_stdout, reason = "an example shows what happens")]

use complus::{Result, VolatileStore, hresult::XACT_E_ABORTED, prelude::*};

fn main() -> Result<()> {
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
    let manager = Runtime::current().transaction_manager().clone();
    let ledger = VolatileStore::new("ledger");

    // The domain is content, but that commits nothing: only the owner does.
    let owned = manager.begin(Default::default())?;
    let brought = ServiceConfig::new().bring_your_own_transaction(&owned);
    let done = ServiceDomain::run(&brought, || deposit(&ledger, 10))?;
    done.value?;
    assert_eq!((done.status, ledger.get("alice")), (TransactionStatus::LocallyOk, 0));
    owned.commit()?;
    assert_eq!(ledger.get("alice"), 10);
    println!("content: {:?}, alice has {}", done.status, ledger.get("alice"));

    // A domain that votes abort dooms the transaction, and the owner's commit fails.
    let owned = manager.begin(Default::default())?;
    let brought = ServiceConfig::new().bring_your_own_transaction(&owned);
    let domain = ServiceDomain::enter(&brought)?;
    deposit(&ledger, 1000)?;
    ObjectContext::current()?.set_abort()?;
    let status = domain.leave()?;
    let refused = owned.commit().expect_err("a doomed transaction cannot commit");
    assert_eq!((status, refused.hresult()), (TransactionStatus::Aborting, XACT_E_ABORTED));
    println!("abort vote: {status:?}, commit answers {}", refused.hresult());

    // So does one that is still open and inconsistent when the owner commits: the veto.
    let owned = manager.begin(Default::default())?;
    let brought = ServiceConfig::new().bring_your_own_transaction(&owned);
    let domain = ServiceDomain::enter(&brought)?;
    deposit(&ledger, 1000)?;
    ObjectContext::current()?.disable_commit()?;
    let vetoed = owned.commit().expect_err("an open, inconsistent domain vetoes the commit");
    assert_eq!((domain.leave()?, vetoed.hresult()), (TransactionStatus::Aborted, XACT_E_ABORTED));
    assert_eq!(ledger.get("alice"), 10);
    println!("veto: commit answers {}, alice has {}", vetoed.hresult(), ledger.get("alice"));
    Ok(())
}

/// Work in the transaction of the current context.
fn deposit(ledger: &VolatileStore, amount: i64) -> Result<()> {
    let transaction = ObjectContext::current()?.info().transaction()?.expect("a transaction was brought");
    ledger.add(&transaction, "alice", amount)
}
