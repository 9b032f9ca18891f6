//! The transaction manager: transactions, those who take part in them, and the two phases in between.
//!
//! The protocol itself is a state machine without I/O
//! ([`complus_core::two_phase_commit`]); this crate drives it. A [`Transaction`] is a handle; its
//! [owner](Transaction) may commit, a [participant's](Transaction::participant) may not. Resources take part
//! as [`ResourceManager`]s, COM+ contexts as [`Voter`]s: they have a veto and keep nothing.
//!
//! ```
//! use complus_transaction::{TransactionManager, VolatileStore};
//! let manager = TransactionManager::new();
//! let ledger = VolatileStore::new("ledger");
//! let transaction = manager.begin(Default::default())?;
//! ledger.add(&transaction, "alice", 10)?;
//! assert_eq!(ledger.get("alice"), 0); // not yet
//! transaction.commit()?;
//! assert_eq!(ledger.get("alice"), 10);
//! # Ok::<(), complus_core::Error>(())
//! ```

mod brought;
mod drive;
mod manager;
mod resource_manager;
mod transaction;
mod voter;

pub use brought::{BroughtTransaction, TransactionProxy};
pub use manager::{EventSink, TransactionManager, TransactionOptions};
pub use resource_manager::{ResourceManager, VolatileStore};
pub use transaction::Transaction;
pub use voter::{Ballot, Voter};

pub use complus_core::two_phase_commit::{Outcome, Vote};
