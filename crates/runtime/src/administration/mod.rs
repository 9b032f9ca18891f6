//! Administration of the machine's class registration database within COM+ transactions (SEC A.8).
//!
//! Catalog and transactions know nothing of each other; here the one becomes a resource manager of the other.
//!
//! | file | holds |
//! |---|---|
//! | `manager` | the database as a resource manager: an interim state for each transaction |
//! | `host` | how a thread of a machine waits for another writer, and whether its transaction takes work |
//! | `watch` | a thread that takes over a catalog file whenever it has changed |

mod host;
mod manager;
mod watch;

pub(crate) use manager::CatalogManager;
pub use watch::CatalogWatcher;

use crate::{Runtime, object_context::ObjectContext, thread};
use complus_catalog::Administrator;
use complus_core::error::Result;
use complus_sync::Arc;
use complus_transaction::Transaction;
use host::OnMachine;

impl Runtime {
    /// Administration of its database (CLSID_COMAdminCatalog), within the transaction of the current context if it has
    /// one: what is saved is seen there at once, and becomes visible to others, or vanishes, with the transaction. From
    /// its first write on other writers wait; readers never do. In a context without transaction whatever is saved is
    /// visible at once.
    ///
    /// ```
    /// use complus_runtime::{Apartment, Runtime, ServiceConfig, ServiceDomain};
    /// use complus_core::attribute::{ApartmentModel, TransactionConfig};
    /// let runtime = Runtime::builder().build()?;
    /// let _bound = runtime.enter();
    /// let _apartment = Apartment::initialize(ApartmentModel::Multithreaded)?;
    /// let domain = ServiceDomain::enter(&ServiceConfig::new().transaction(TransactionConfig::New))?;
    /// let mut applications = runtime.administer()?.collection("Applications")?;
    /// applications.populate()?;
    /// applications.add()?.put("Name", "Bank")?;
    /// applications.save_changes().result?;
    /// assert_eq!(runtime.catalog().snapshot().applications().len(), 0);
    /// domain.leave()?;
    /// assert_eq!(runtime.catalog().snapshot().applications().len(), 1);
    /// # Ok::<(), complus_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// XACT_E_ABORTING when the transaction is doomed, XACT_E_NOTRANSACTION when it is over, XACT_E_WRONGSTATE while it is
    /// being ended. With the first two, writes fail later on, too.
    pub fn administer(&self) -> Result<Administrator> {
        thread::refuse_observers()?;
        let is_here = thread::machine().is_some_and(|machine| Arc::ptr_eq(&machine, &self.0));
        let context = ObjectContext::current().ok().filter(|_| is_here);
        match context.map(|context| context.info().transaction()).transpose()?.flatten() {
            Some(transaction) => self.administer_in(&transaction),
            None => Ok(self.catalog().administer().hosted(Arc::new(OnMachine { transaction: None }))),
        }
    }

    /// The same within this transaction, whichever context the caller is in.
    ///
    /// # Errors
    /// As for [`administer`](Self::administer).
    pub fn administer_in(&self, transaction: &Transaction) -> Result<Administrator> {
        let administrator = self.0.administration.administer(transaction)?;
        Ok(administrator.hosted(Arc::new(OnMachine { transaction: Some(transaction.participant()) })))
    }
}
