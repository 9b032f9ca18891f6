//! [`CatalogTransaction`]: changes that become visible together, or not at all (SEC A.8).

use crate::{Catalog, admin::Administrator, catalog::Turn, node::Node};
use complus_core::error::{CatalogError, Result};
use complus_sync::{Arc, Mutex};

/// A transaction of the database.
///
/// Whoever administers through it sees its changes; everybody else sees the committed state until
/// [`commit`](Self::commit). From its first write on other writers wait. Dropped without an end, it is aborted.
///
/// ```
/// use complus_catalog::{Catalog, Options};
/// let catalog = Catalog::new(Options::default());
/// let transaction = catalog.begin();
/// let mut applications = transaction.administer().collection("Applications")?;
/// applications.populate()?;
/// applications.add()?.put("Name", "Bank")?;
/// assert_eq!(applications.save_changes().attempted, 1);
/// assert_eq!(catalog.snapshot().applications().len(), 0);
/// transaction.commit()?;
/// assert_eq!(catalog.snapshot().applications().len(), 1);
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a transaction that is dropped is aborted"]
pub struct CatalogTransaction {
    catalog: Catalog,
    work: Arc<Work>,
}

/// What has been done in a transaction so far.
pub(crate) struct Work {
    state: Mutex<State>,
}

#[derive(Default)]
enum State {
    /// Nothing was written.
    #[default]
    Clean,
    /// The state that it makes, and its turn.
    Written(Arc<Node>, Turn),
    Over,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match *self.state.lock() {
            State::Clean => "Clean",
            State::Written(..) => "Written",
            State::Over => "Over",
        })
    }
}

impl CatalogTransaction {
    pub(crate) fn new(catalog: Catalog) -> Self {
        Self { catalog, work: Arc::new(Work { state: Mutex::default() }) }
    }

    /// Administration within the transaction.
    pub fn administer(&self) -> Administrator {
        Administrator::new(self.catalog.clone(), Some(self.work.clone()))
    }

    /// Makes the changes visible.
    ///
    /// # Errors
    /// XACT_E_NOTRANSACTION when the System Application was restarted meanwhile; then nothing is changed.
    pub fn commit(self) -> Result<()> {
        let state = std::mem::replace(&mut *self.work.state.lock(), State::Over);
        let State::Written(root, turn) = state else { return Ok(()) };
        if turn.publish(root) { Ok(()) } else { Err(CatalogError::TransactionOver.into()) }
    }

    /// Forgets the changes.
    pub fn abort(self) {}
}

impl Drop for CatalogTransaction {
    fn drop(&mut self) {
        *self.work.state.lock() = State::Over;
    }
}

impl Work {
    /// The state that the transaction sees.
    pub(crate) fn view(&self, catalog: &Catalog) -> Arc<Node> {
        match &*self.state.lock() {
            State::Written(root, _) => root.clone(),
            State::Clean | State::Over => catalog.snapshot().root_arc(),
        }
    }

    /// Changes that state; waits for another writer before the first change.
    pub(crate) fn write<R>(
        &self,
        catalog: &Catalog,
        change: impl FnOnce(&Arc<Node>) -> (Option<Arc<Node>>, R),
    ) -> Result<R, CatalogError> {
        if matches!(*self.state.lock(), State::Clean) {
            let turn = catalog.turn()?; // not under the lock: others may look meanwhile
            let mut state = self.state.lock();
            if matches!(*state, State::Clean) {
                *state = State::Written(catalog.snapshot().root_arc(), turn);
            }
        }
        let mut state = self.state.lock();
        let State::Written(root, turn) = &mut *state else { return Err(CatalogError::TransactionOver) };
        if !turn.holds() {
            return Err(CatalogError::TransactionOver);
        }
        let (next, result) = change(root);
        if let Some(next) = next {
            *root = next;
        }
        Ok(result)
    }
}
