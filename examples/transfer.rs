//! A transfer between two stores: a root domain, a domain inside that joins it, commit and abort.
//!
//! `cargo run --example transfer`

#![allow(clippy::print_stdout, reason = "an example shows what happens")]

use complus::{Result, VolatileStore, prelude::*};

fn main() -> Result<()> {
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
    let checking = VolatileStore::with_floor("checking", 0); // refuses to prepare a negative balance
    let savings = VolatileStore::new("savings");
    checking.seed("alice", 100);

    // 30 can be paid: the domain inside votes, the root commits both stores.
    let done = transfer(&checking, &savings, 30)?;
    println!("30: {:?}, checking {}, savings {}", done.status, checking.get("alice"), savings.get("alice"));
    assert_eq!(done.status, TransactionStatus::Committed);
    assert_eq!((checking.get("alice"), savings.get("alice")), (70, 30));

    // 500 cannot: `checking` refuses to prepare, so `savings` forgets what it was told.
    let done = transfer(&checking, &savings, 500)?;
    println!("500: {:?}, checking {}, savings {}", done.status, checking.get("alice"), savings.get("alice"));
    assert_eq!(done.value, Ok(TransactionStatus::LocallyOk)); // the domain inside saw nothing wrong
    assert_eq!(done.status, TransactionStatus::Aborted);
    assert_eq!((checking.get("alice"), savings.get("alice")), (70, 30));
    Ok(())
}

/// Moves `amount` from one store to the other; an error on the way aborts.
fn transfer(
    from: &VolatileStore,
    to: &VolatileStore,
    amount: i64,
) -> Result<complus::Completed<Result<TransactionStatus>>> {
    let root = ServiceConfig::new().transaction(TransactionConfig::New);
    ServiceDomain::run_or_abort(&root, || {
        from.add(&current()?, "alice", -amount)?;
        // Joins the transaction; outside of one it would begin its own.
        let joining = ServiceConfig::inheriting().transaction(TransactionConfig::CreateIfNecessary);
        let deposit = ServiceDomain::enter(&joining)?;
        to.add(&current()?, "alice", amount)?;
        ObjectContext::current()?.set_complete()?;
        deposit.leave()
    })
}

/// The transaction of the current context, to enlist stores in.
fn current() -> Result<Transaction> {
    Ok(ObjectContext::current()?.info().transaction()?.expect("the domain is transactional"))
}
