//! What an observer is told of two nested domains, on a machine with a seed and a virtual clock.
//!
//! `cargo run --example observer`

#![allow(clippy::print_stdout, reason = "an example shows what happens")]

use complus::{
    Result, VirtualClock,
    event::{Event, What},
    prelude::*,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

fn main() -> Result<()> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = told.clone();
    let observer = Arc::new(move |event: &Event| {
        println!("{:>4} ms  thread {}  {:?}", event.at.as_millis(), event.thread, event.what);
        log.lock().unwrap().push(event.clone());
    });
    let runtime = Runtime::builder().seed(42).clock(VirtualClock::new()).observer(observer).build()?;
    let _bound = runtime.enter();
    let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;

    let root = ServiceConfig::new().transaction(TransactionConfig::New).transaction_timeout(Duration::from_secs(60));
    let outer = ServiceDomain::enter(&root)?;
    runtime.advance(Duration::from_millis(250))?;
    let inner = ServiceDomain::enter(&ServiceConfig::inheriting())?;
    ObjectContext::current()?.set_abort()?;
    assert_eq!(inner.leave()?, TransactionStatus::Aborting);
    assert_eq!(outer.leave()?, TransactionStatus::Aborted);

    // The abort vote of the domain inside dooms the transaction, at the moment that the clock shows.
    let told = told.lock().unwrap();
    let at = |wanted: fn(&What) -> bool| told.iter().position(|event| wanted(&event.what)).expect("it was told");
    let doomed = at(|what| matches!(what, What::TransactionDoomed));
    let aborted = at(|what| matches!(what, What::TransactionAborted { .. }));
    assert!(doomed < aborted, "first the doom, then the end");
    assert_eq!(told[doomed].at, Duration::from_millis(250));
    // Both are told of the same transaction, whichever context they were told from.
    assert!(told[doomed].transaction.is_some() && told[doomed].transaction == told[aborted].transaction);
    Ok(())
}
