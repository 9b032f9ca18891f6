//! The class registration database as a resource manager (SEC A.8).

use complus_catalog::{Administrator, Catalog, CatalogTransaction};
use complus_core::{
    error::{Result, TransactionError},
    id::TransactionId,
    two_phase_commit::Vote,
};
use complus_sync::{Arc, Mutex};
use complus_transaction::{ResourceManager, Transaction};
use std::collections::BTreeMap;

/// The interim states of a database: one for each transaction in which it is administered.
pub(crate) struct CatalogManager {
    catalog: Catalog,
    open: Mutex<BTreeMap<TransactionId, CatalogTransaction>>,
}

impl CatalogManager {
    pub(crate) fn new(catalog: Catalog) -> Arc<Self> {
        Arc::new(Self { catalog, open: Mutex::default() })
    }

    /// Administration in a transaction: whoever asks for it sees the same interim state.
    ///
    /// # Errors
    /// As for [`Transaction::enlist`].
    pub(super) fn administer(self: &Arc<Self>, transaction: &Transaction) -> Result<Administrator> {
        transaction.enlist(self.clone())?;
        let mut open = self.open.lock();
        // Asked under the lock that `prepare` and `abort` take: what is put in here, they find.
        if !transaction.takes_work() {
            return Err(TransactionError::NotActive.into());
        }
        Ok(open.entry(transaction.id()).or_insert_with(|| self.catalog.begin()).administer())
    }

    fn take(&self, transaction: TransactionId) -> Option<CatalogTransaction> {
        self.open.lock().remove(&transaction)
    }
}

impl ResourceManager for CatalogManager {
    fn name(&self) -> &str {
        "catalog"
    }

    fn prepare(&self, transaction: TransactionId) -> Vote {
        let Some(work) = self.take(transaction) else { return Vote::ReadOnly };
        match work.prepare() {
            Ok(true) => {
                self.open.lock().insert(transaction, work);
                Vote::Prepared
            }
            Ok(false) => Vote::ReadOnly,
            // the System Application was restarted
            Err(_) => Vote::Refused,
        }
    }

    fn commit(&self, transaction: TransactionId) {
        if let Some(work) = self.take(transaction) {
            let _ = work.commit(); // it has promised: nothing is left that could fail
        }
    }

    fn abort(&self, transaction: TransactionId) {
        drop(self.take(transaction));
    }

    fn commit_single_phase(&self, transaction: TransactionId) -> Vote {
        match self.take(transaction).map(CatalogTransaction::commit) {
            None => Vote::ReadOnly,
            Some(Ok(())) => Vote::SinglePhase,
            Some(Err(_)) => Vote::Refused,
        }
    }
}
