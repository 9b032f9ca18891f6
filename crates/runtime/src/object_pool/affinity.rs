//! Who tells a pool that a transaction has ended, however it does: a voter that never objects.

use super::ObjectPool;
use complus_core::id::TransactionId;
use complus_sync::{Arc, Weak};
use complus_transaction::{Outcome, Transaction, Voter};

/// The part of a pool that belongs to a transaction.
struct Part {
    pool: Weak<ObjectPool>,
    transaction: TransactionId,
}

impl Voter for Part {
    fn vote(&self) -> bool {
        true
    }

    fn outcome(&self, _: Outcome) {
        if let Some(pool) = self.pool.upgrade() {
            pool.transaction_ended(self.transaction);
        }
    }
}

/// The transaction has a part of the pool from now on, unless it is about to end.
///
/// The part is there before the pool is told of the end, and goes when that is told or was too late to be asked for: no
/// instance stays in it.
pub(super) fn join(pool: &Weak<ObjectPool>, transaction: &Transaction) -> Option<TransactionId> {
    let id = transaction.id();
    let own = pool.upgrade()?;
    if !own.state.lock().transaction_pends(id) {
        return Some(id);
    }
    let part = Part { pool: pool.clone(), transaction: id };
    match transaction.register_voter(Arc::new(part)) {
        Ok(()) => Some(id),
        Err(_) => {
            own.transaction_ended(id);
            None
        }
    }
}
