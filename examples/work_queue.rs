//! Work that is submitted to an activity object: one call at a time, in the order of submission, each in a transaction
//! of its own; a call that fails is heard of.
//!
//! `cargo run --example work_queue`

#![allow(clippy::print_stdout, reason = "an example shows what happens")]

use complus::{
    VolatileStore,
    hresult::{CONTEXT_E_ABORTED, E_INVALIDARG},
    prelude::*,
};
use std::sync::{Arc, mpsc};

fn main() -> complus::Result<()> {
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
    let ledger = Arc::new(VolatileStore::with_floor("ledger", 0)); // refuses to prepare a negative balance
    ledger.seed("till", 100);

    let config = ServiceConfig::new()
        .thread_pool(ThreadPool::Mta)
        .transaction(TransactionConfig::New)
        .synchronization(SynchronizationConfig::New);
    let teller = Activity::create(&config)?;

    let (told, failures) = mpsc::channel();
    for amount in [-30, -500, -20, 0] {
        let (ledger, told) = (ledger.clone(), told.clone());
        let pay = move || -> complus::Result<()> {
            if amount == 0 {
                return Err(E_INVALIDARG.into());
            }
            let transaction = ObjectContext::current()?.info().transaction()?.expect("each call has its transaction");
            ledger.add(&transaction, "till", amount)
        };
        // The loss of 500 is heard of as CONTEXT_E_ABORTED: the call succeeded, and its commit did not.
        teller.asynchronous_call(pay.on_error(move |error| told.send((amount, error)).unwrap_or_default()))?;
    }

    // A synchronous call stands behind them in the same line.
    let balance = teller.call(move || ledger.get("till"))?;
    println!("the till holds {balance}");
    assert_eq!(balance, 50);

    // OnError runs after the context was left, so failures may arrive beside each other.
    drop(told);
    let mut failures: Vec<_> = failures.iter().collect();
    failures.sort_by_key(|(amount, _)| *amount);
    for (amount, error) in &failures {
        println!("{amount}: {error}");
    }
    assert_eq!(failures, [(-500, CONTEXT_E_ABORTED), (0, E_INVALIDARG)]);
    Ok(())
}
