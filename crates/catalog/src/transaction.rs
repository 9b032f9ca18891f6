//! [`CatalogTransaction`]: changes that become visible together, or not at all (SEC A.8).

use crate::{Catalog, admin::Administrator, catalog::Turn, host::Host, node::Node, snapshot::Snapshot};
use complus_core::error::{CatalogError, Result};
use complus_sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

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
#[derive(Default)]
pub(crate) struct Work {
    state: Mutex<State>,
    /// It takes no more writes. Read without the lock by those who wait for a turn.
    closed: AtomicBool,
}

#[derive(Default)]
enum State {
    /// Nothing was written.
    #[default]
    Clean,
    /// The state that it makes, and its turn.
    Written(Arc<Node>, Turn),
    /// The same, ready to be published, and sure to be.
    Prepared(Arc<Snapshot>, Turn),
    Over,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match *self.state.lock() {
            State::Clean => "Clean",
            State::Written(..) => "Written",
            State::Prepared(..) => "Prepared",
            State::Over => "Over",
        })
    }
}

impl CatalogTransaction {
    pub(crate) fn new(catalog: Catalog) -> Self {
        Self { catalog, work: Arc::default() }
    }

    /// Administration within the transaction.
    pub fn administer(&self) -> Administrator {
        Administrator::new(self.catalog.clone(), Some(self.work.clone()))
    }

    /// Phase one for whoever commits it together with others: whether anything was written. If so,
    /// [`commit`](Self::commit) cannot fail any more, and the database is held until then. Nothing more is written either
    /// way.
    ///
    /// # Errors
    /// XACT_E_NOTRANSACTION when the System Application was restarted meanwhile; the transaction is over then.
    pub fn prepare(&self) -> Result<bool> {
        self.work.closed.store(true, Ordering::Release);
        let (promised, root) = match &*self.work.state.lock() {
            State::Clean => return Ok(false),
            State::Written(root, turn) => (turn.promise(), root.clone()),
            State::Prepared(..) => return Ok(true),
            State::Over => return Err(CatalogError::TransactionOver.into()),
        };
        if !promised {
            drop(self.work.end());
            return Err(CatalogError::TransactionOver.into());
        }
        let next = self.catalog.freeze(root); // costs time: not under the lock
        let mut state = self.work.state.lock();
        match std::mem::replace(&mut *state, State::Over) {
            State::Written(_, turn) => {
                *state = State::Prepared(next, turn);
                Ok(true)
            }
            // aborted meanwhile
            _ => Err(CatalogError::TransactionOver.into()),
        }
    }

    /// Makes the changes visible.
    ///
    /// # Errors
    /// XACT_E_NOTRANSACTION when the System Application was restarted meanwhile; then nothing is changed.
    pub fn commit(self) -> Result<()> {
        let published = match self.work.end() {
            State::Clean | State::Over => true,
            State::Written(root, turn) => turn.publish(root),
            State::Prepared(next, turn) => turn.store(next),
        };
        if published { Ok(()) } else { Err(CatalogError::TransactionOver.into()) }
    }

    /// Forgets the changes.
    pub fn abort(self) {}
}

impl Drop for CatalogTransaction {
    fn drop(&mut self) {
        drop(self.work.end());
        self.catalog.stir(); // who waits for a turn in it need not
    }
}

impl Work {
    /// It takes no more writes, and what it was is the caller's.
    fn end(&self) -> State {
        self.closed.store(true, Ordering::Release);
        std::mem::replace(&mut *self.state.lock(), State::Over)
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The state that the transaction sees.
    pub(crate) fn view(&self, catalog: &Catalog) -> Arc<Node> {
        match &*self.state.lock() {
            State::Written(root, _) => root.clone(),
            State::Prepared(next, _) => next.root_arc(),
            State::Clean | State::Over => catalog.snapshot().root_arc(),
        }
    }

    /// Changes that state; waits for another writer before the first change.
    pub(crate) fn write<R>(
        &self,
        catalog: &Catalog,
        host: Option<&dyn Host>,
        change: impl FnOnce(&Arc<Node>) -> (Option<Arc<Node>>, R),
    ) -> Result<R, CatalogError> {
        if let Some(host) = host {
            host.takes_work()?;
        }
        if matches!(*self.state.lock(), State::Clean) {
            let turn = catalog.turn(host, &|| self.is_closed())?; // not under the lock: others may look meanwhile
            let mut state = self.state.lock();
            if matches!(*state, State::Clean) && !self.is_closed() {
                *state = State::Written(catalog.snapshot().root_arc(), turn);
            }
        }
        let mut state = self.state.lock();
        let State::Written(root, turn) = &mut *state else { return Err(CatalogError::TransactionOver) };
        if self.is_closed() || !turn.holds() {
            return Err(CatalogError::TransactionOver);
        }
        let (next, result) = change(root);
        if let Some(next) = next {
            *root = next;
        }
        Ok(result)
    }
}
