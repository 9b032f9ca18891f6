//! The machine as the host of administration: its threads wait as their apartment does.

use crate::{apartment, thread};
use complus_catalog::{Host, Waker};
use complus_core::{context::StreamState, error::CatalogError};
use complus_sync::Arc;
use complus_transaction::Transaction;
use std::time::Duration;

/// A thread of a machine administers, perhaps in a transaction.
#[derive(Debug)]
pub(super) struct OnMachine {
    /// A participant's handle.
    pub(super) transaction: Option<Transaction>,
}

impl Host for OnMachine {
    fn takes_work(&self) -> Result<(), CatalogError> {
        let Some(transaction) = &self.transaction else { return Ok(()) };
        match transaction.state() {
            StreamState::Active if transaction.takes_work() => Ok(()),
            StreamState::Active => Err(CatalogError::TransactionEnding),
            StreamState::Doomed => Err(CatalogError::TransactionDoomed),
            StreamState::Committed | StreamState::Aborted | StreamState::InDoubt => Err(CatalogError::TransactionOver),
        }
    }

    fn waker(&self) -> Waker {
        let signal = thread::bound(|binding| binding.signal()).ok().flatten();
        Arc::new(move || {
            if let Some(signal) = &signal {
                signal.set();
            }
        })
    }

    /// Also ends when the process dies, or the thread is being torn down.
    fn wait(&self, limit: Option<Duration>, ready: &mut dyn FnMut() -> bool) {
        let Ok((machine, process)) = thread::here() else { return };
        let nanoseconds = |limit: Duration| u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        let deadline = limit.map(|limit| machine.clock.now().saturating_add(nanoseconds(limit)));
        let _ = apartment::wait_for(&machine, &process, deadline, || ready().then_some(()));
    }
}
