//! An in-memory store of balances.

use super::ResourceManager;
use crate::Transaction;
use complus_core::{Result, error::TransactionError, id::TransactionId, two_phase_commit::Vote};
use complus_sync::{Arc, Mutex};
use std::collections::BTreeMap;

/// Balances by name, kept in memory. Clones are the same store.
///
/// A transaction's writes are invisible to others until it commits, and lock what they write: another
/// transaction that writes there is refused at once. A store may refuse negative balances when it prepares.
#[derive(Clone, Debug)]
pub struct VolatileStore(Arc<Store>);

#[derive(Debug)]
struct Store {
    name: String,
    floor: Option<i64>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    balances: BTreeMap<String, i64>,
    pending: BTreeMap<TransactionId, BTreeMap<String, i64>>,
    refusals: usize,
}

impl VolatileStore {
    /// An empty store that takes any balance.
    pub fn new(name: &str) -> Self {
        Self::with_floor(name, None)
    }

    /// An empty store that refuses to prepare a transaction after which a balance it wrote is below `floor`.
    pub fn with_floor(name: &str, floor: impl Into<Option<i64>>) -> Self {
        Self(Arc::new(Store { name: name.into(), floor: floor.into(), state: Mutex::default() }))
    }

    /// The committed balance; zero if nothing was ever written.
    pub fn get(&self, key: &str) -> i64 {
        self.0.state.lock().balances.get(key).copied().unwrap_or(0)
    }

    /// The balance as `transaction` sees it.
    pub fn get_in(&self, transaction: &Transaction, key: &str) -> i64 {
        let state = self.0.state.lock();
        let own = state.pending.get(&transaction.id()).and_then(|writes| writes.get(key));
        own.or_else(|| state.balances.get(key)).copied().unwrap_or(0)
    }

    /// All committed balances.
    pub fn balances(&self) -> BTreeMap<String, i64> {
        self.0.state.lock().balances.clone()
    }

    /// Sets a balance outside any transaction.
    pub fn seed(&self, key: &str, balance: i64) {
        self.0.state.lock().balances.insert(key.into(), balance);
    }

    /// Adds `amount` to a balance, in `transaction`; enlists the store.
    ///
    /// # Errors
    /// XACT_E_NOTCURRENT if another transaction has written there; XACT_E_WRONGSTATE when the transaction begins to end
    /// meanwhile; what [`Transaction::enlist`] returns.
    pub fn add(&self, transaction: &Transaction, key: &str, amount: i64) -> Result<()> {
        let current = self.get_in(transaction, key);
        self.set(transaction, key, current.saturating_add(amount))
    }

    /// Sets a balance, in `transaction`; enlists the store. Errors as for [`add`](Self::add).
    pub fn set(&self, transaction: &Transaction, key: &str, balance: i64) -> Result<()> {
        let locked = |state: &State| {
            state.pending.iter().any(|(other, writes)| *other != transaction.id() && writes.contains_key(key))
        };
        if locked(&self.0.state.lock()) {
            return Err(TransactionError::Locked.into());
        }
        transaction.enlist(Arc::new(self.clone()))?;
        let mut state = self.0.state.lock();
        if locked(&state) {
            return Err(TransactionError::Locked.into());
        }
        if !transaction.takes_work() {
            return Err(TransactionError::NotActive.into());
        }
        state.pending.entry(transaction.id()).or_default().insert(key.into(), balance);
        Ok(())
    }

    /// Makes the next prepare request fail.
    pub fn refuse_next_prepare(&self) {
        self.0.state.lock().refusals += 1;
    }
}

impl ResourceManager for VolatileStore {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn prepare(&self, transaction: TransactionId) -> Vote {
        let mut state = self.0.state.lock();
        let told_to_refuse = state.refusals > 0;
        state.refusals = state.refusals.saturating_sub(1);
        let Some(writes) = state.pending.get(&transaction) else {
            return if told_to_refuse { Vote::Refused } else { Vote::ReadOnly };
        };
        let below = self.0.floor.is_some_and(|floor| writes.values().any(|balance| *balance < floor));
        if told_to_refuse || below {
            state.pending.remove(&transaction);
            return Vote::Refused;
        }
        Vote::Prepared
    }

    fn commit(&self, transaction: TransactionId) {
        let mut state = self.0.state.lock();
        if let Some(writes) = state.pending.remove(&transaction) {
            state.balances.extend(writes);
        }
    }

    fn abort(&self, transaction: TransactionId) {
        self.0.state.lock().pending.remove(&transaction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransactionManager;
    use complus_core::hresult;

    #[test]
    fn writes_are_seen_by_their_transaction_only_and_lock_the_key() {
        let manager = TransactionManager::new();
        let store = VolatileStore::new("ledger");
        let (first, second) = (manager.begin(Default::default()).unwrap(), manager.begin(Default::default()).unwrap());
        store.add(&first, "alice", 5).unwrap();
        assert_eq!((store.get_in(&first, "alice"), store.get_in(&second, "alice"), store.get("alice")), (5, 0, 0));
        assert_eq!(store.add(&second, "alice", 1).unwrap_err().hresult(), hresult::XACT_E_NOTCURRENT);
        first.abort().unwrap();
        store.add(&second, "alice", 1).unwrap();
        second.commit().unwrap();
        assert_eq!(store.get("alice"), 1);
    }

    #[test]
    fn a_balance_below_the_floor_refuses_the_commit() {
        let manager = TransactionManager::new();
        let store = VolatileStore::with_floor("ledger", 0);
        let transaction = manager.begin(Default::default()).unwrap();
        store.add(&transaction, "alice", -1).unwrap();
        assert_eq!(transaction.commit().unwrap_err().hresult(), hresult::XACT_E_ABORTED);
        assert_eq!(store.get("alice"), 0);
    }
}
