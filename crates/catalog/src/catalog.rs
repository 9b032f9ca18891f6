//! [`Catalog`]: the committed state that readers see, and the one writer at a time who makes the next.

use crate::{
    admin::Administrator,
    host::{Host, Unhosted, Waker},
    node::{Node, Step},
    rules::{Violation, check_all},
    schema::{CollectionId, Field},
    snapshot::{Reader, Snapshot},
    timeout::TransactionTimeout,
    value::{Stored, Value},
};
use arc_swap::ArcSwap;
use complus_core::{
    Compat,
    error::{CatalogError, Result},
    id::CatalogId,
};
use complus_sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};
use std::{fmt, num::NonZeroU64, time::Duration};
use uuid::Uuid;

/// The class registration database.
///
/// A clone is the same database. Readers take a [`Snapshot`] and are never kept waiting; writers wait for each
/// other. Administration begins with [`administer`](Self::administer), or with [`begin`](Self::begin) for changes that
/// become visible together.
#[derive(Clone)]
pub struct Catalog {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    current: ArcSwap<Snapshot>,
    /// What that of `current` says.
    timeout: TransactionTimeout,
    /// That of `current`, or of the one before for the moment between both stores.
    generation: AtomicU64,
    writer: Mutex<Writer>,
    ids: AtomicU64,
}

/// How a database behaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// `defaults` selects the profile of the defaults, `atomic_saves` whether one bad item refuses a save.
    pub compat: Compat,
    /// New ids are functions of this seed; without it they are random.
    pub seed: Option<u64>,
    /// How long a writer waits for another; without it, for ever.
    pub writer_wait: Option<Duration>,
}

#[derive(Default)]
struct Writer {
    /// Who writes.
    owner: Option<u64>,
    /// He has promised to commit, and keeps his turn until he has.
    promised: bool,
    tickets: u64,
    /// Who waits for the turn, by ticket, and how he is woken.
    waiting: Vec<(u64, Waker)>,
}

impl Catalog {
    /// An empty database: the machine's settings and the global partition.
    pub fn new(options: Options) -> Self {
        Self::of(Node::root(options.compat.defaults), options)
    }

    /// A database with this content, which has to obey the rules already.
    pub(crate) fn of(root: Node, options: Options) -> Self {
        let first = Arc::new(Snapshot::new(Arc::new(root), 1));
        let shared = Shared {
            options,
            timeout: TransactionTimeout::of(first.transaction_timeout()),
            current: ArcSwap::new(first),
            generation: AtomicU64::new(1),
            writer: Mutex::default(),
            ids: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The behaviour.
    pub fn options(&self) -> Options {
        self.shared.options
    }

    /// The committed state. It stays as it is while it is held.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.current.load_full()
    }

    /// How often the database has changed since it was made, plus one.
    pub fn generation(&self) -> u64 {
        self.shared.generation.load(Ordering::Acquire)
    }

    /// The machine's time-out of transactions, which follows the committed state.
    pub fn transaction_timeout(&self) -> TransactionTimeout {
        self.shared.timeout.clone()
    }

    /// A reader that keeps a snapshot until there is a newer one.
    pub fn reader(&self) -> Reader {
        Reader::new(self.clone())
    }

    /// Administration whose every change is visible as soon as it is saved.
    pub fn administer(&self) -> Administrator {
        Administrator::new(self.clone(), None)
    }

    /// Begins a transaction. It holds the database from its first write until it ends.
    pub fn begin(&self) -> crate::CatalogTransaction {
        crate::CatalogTransaction::new(self.clone())
    }

    /// Everything that a rule forbids; a database that was changed through its own doors has nothing of it.
    pub fn violations(&self) -> Vec<Violation> {
        check_all(self.snapshot().root())
    }

    /// Takes over another content at once, as after a file was changed: a reload.
    ///
    /// # Errors
    /// COMADMIN_E_REGDB_SYSTEMERR when another writer does not come to an end in time, XACT_E_NOTRANSACTION when the
    /// System Application was restarted meanwhile.
    pub fn replace(&self, other: &Catalog) -> Result<()> {
        let turn = self.turn(None, &|| false)?;
        let published = turn.publish(other.snapshot().root_arc());
        if published { Ok(()) } else { Err(CatalogError::TransactionOver.into()) }
    }

    /// The same without waiting: `false`, and nothing is changed, while another writer has the database.
    pub fn try_replace(&self, other: &Catalog) -> bool {
        let ticket = self.ticket();
        if !self.take(ticket) {
            return false;
        }
        let turn = Turn { catalog: self.clone(), ticket };
        turn.publish(other.snapshot().root_arc())
    }

    /// Damages the database: sets a property of a component, in every application that has it, past all rules. So it can be
    /// tested what an activation does then.
    ///
    /// # Errors
    /// COMADMIN_E_OBJECT_DOES_NOT_EXIST when the class is not configured, E_INVALIDARG for a property of something else;
    /// COMADMIN_E_REGDB_SYSTEMERR and
    /// XACT_E_NOTRANSACTION as for [`replace`](Self::replace).
    pub fn damage<T: Stored>(&self, clsid: Uuid, field: Field<T>, value: T::View<'_>) -> Result<()> {
        let turn = self.turn(None, &|| false)?;
        if !field.is_of(CollectionId::Components.schema().properties) {
            return Err(CatalogError::UnknownProperty.into());
        }
        let mut root = self.snapshot().root().clone();
        let (key, value) = (Value::Guid(clsid), T::store(value));
        let mut found = false;
        for application in root.below_mut(CollectionId::Applications) {
            let step = Step { collection: CollectionId::Components, key: key.clone() };
            if application.find(CollectionId::Components, key.view()).is_some() {
                found = true;
                Arc::make_mut(application).change(&[step], |node| node.record.put(field.at, value.clone()));
            }
        }
        match (found, found && turn.publish(Arc::new(root))) {
            (false, _) => Err(CatalogError::DoesNotExist.into()),
            (true, false) => Err(CatalogError::TransactionOver.into()),
            (true, true) => Ok(()),
        }
    }

    /// Restarts the System Application, which cures a hung transaction: it loses the database and can no longer
    /// be committed (SEC A.8). One that has promised to commit is not hung; it keeps the database until it is told how
    /// it ends.
    pub fn restart_system_application(&self) {
        let mut writer = self.shared.writer.lock();
        if !writer.promised {
            writer.owner = None;
        }
        drop(writer);
        self.stir();
    }

    /// How many writers wait for another one.
    pub fn waiting_writers(&self) -> usize {
        self.shared.writer.lock().waiting.len()
    }

    /// Becomes the writer; gives up when the time of the options is over, or when `over` says so, which is asked again
    /// whenever a turn or a transaction ends. The thread waits as its `host` has it, else by the system's means.
    pub(crate) fn turn(&self, host: Option<&dyn Host>, over: &dyn Fn() -> bool) -> Result<Turn, CatalogError> {
        let ticket = self.ticket();
        let taken = match host {
            _ if over() => false,
            _ if self.take(ticket) => true,
            Some(host) => self.wait(ticket, host, over),
            None => self.wait(ticket, &Unhosted::new(), over),
        };
        match taken {
            true => Ok(Turn { catalog: self.clone(), ticket }),
            false if over() => Err(CatalogError::TransactionOver),
            false => Err(CatalogError::WriterBusy),
        }
    }

    fn ticket(&self) -> u64 {
        let mut writer = self.shared.writer.lock();
        writer.tickets += 1;
        writer.tickets
    }

    /// Takes the turn, if nobody has it.
    fn take(&self, ticket: u64) -> bool {
        let mut writer = self.shared.writer.lock();
        let free = writer.owner.is_none();
        if free {
            writer.owner = Some(ticket);
        }
        free
    }

    fn wait(&self, ticket: u64, host: &dyn Host, over: &dyn Fn() -> bool) -> bool {
        let waker = host.waker();
        self.shared.writer.lock().waiting.push((ticket, waker));
        let mut taken = false;
        host.wait(self.shared.options.writer_wait, &mut || {
            taken = taken || !over() && self.take(ticket);
            taken || over()
        });
        self.shared.writer.lock().waiting.retain(|(waiting, _)| *waiting != ticket);
        taken
    }

    /// The state that the writer publishes next, ready for look-ups. Costs time: outside of every lock.
    pub(crate) fn freeze(&self, root: Arc<Node>) -> Arc<Snapshot> {
        Arc::new(Snapshot::new(root, self.generation() + 1))
    }

    /// Lets everybody who waits for a turn look again.
    pub(crate) fn stir(&self) {
        let wakers: Vec<Waker> = self.shared.writer.lock().waiting.iter().map(|(_, waker)| waker.clone()).collect();
        wakers.iter().for_each(|wake| wake());
    }

    /// A new id, which nothing in `root` has.
    pub(crate) fn new_id(&self, taken: impl Fn(Uuid) -> bool) -> Uuid {
        let Some(seed) = self.shared.options.seed else { return Uuid::new_v4() };
        loop {
            let number = NonZeroU64::MIN.saturating_add(self.shared.ids.fetch_add(1, Ordering::Relaxed));
            let id = CatalogId::new(seed, number).guid();
            if !taken(id) {
                return id;
            }
        }
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog").field("generation", &self.generation()).finish_non_exhaustive()
    }
}

/// The turn of a writer; the next one comes when it is dropped.
pub(crate) struct Turn {
    catalog: Catalog,
    ticket: u64,
}

impl Turn {
    /// Makes a new state the committed one, unless the turn was taken away.
    pub(crate) fn publish(&self, root: Arc<Node>) -> bool {
        self.store(self.catalog.freeze(root))
    }

    /// Publishes what was frozen in this turn, unless the turn was taken away.
    pub(crate) fn store(&self, next: Arc<Snapshot>) -> bool {
        let Shared { current, timeout, generation, writer, .. } = &*self.catalog.shared;
        let number = next.generation();
        let writer = writer.lock();
        let mine = writer.owner == Some(self.ticket);
        if mine {
            timeout.follow(next.transaction_timeout());
            // A reader that sees the new number finds the new state, or a newer one.
            current.store(next);
            generation.store(number, Ordering::Release);
        }
        mine
    }

    /// Promises to publish: from now on the turn is not taken away. Whether it still is this writer's.
    pub(crate) fn promise(&self) -> bool {
        let mut writer = self.catalog.shared.writer.lock();
        let mine = writer.owner == Some(self.ticket);
        writer.promised |= mine;
        mine
    }

    /// Whether it still is this writer's turn.
    pub(crate) fn holds(&self) -> bool {
        self.catalog.shared.writer.lock().owner == Some(self.ticket)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut writer = self.catalog.shared.writer.lock();
        if writer.owner != Some(self.ticket) {
            return;
        }
        writer.owner = None;
        writer.promised = false;
        drop(writer);
        self.catalog.stir();
    }
}
