//! The transaction manager.

use crate::Transaction;
use complus_core::{
    Result,
    attribute::IsolationLevel,
    context::{Deadline, TransactionStream},
    error::TransactionError,
    event::What,
    id::TransactionId,
    rules::transaction::root_isolation,
};
use complus_sync::{
    Arc, Clock, DashMap, OnceLock, Timers,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use std::{fmt, num::NonZeroU64};
use uuid::Uuid;

/// Somebody who is told what happens to transactions.
pub trait EventSink: Send + Sync {
    /// Told of `what` happened to `transaction`, without any lock of it held.
    fn emit(&self, transaction: TransactionId, what: What);

    /// Told that the manager was lost, or can be reached again.
    fn availability(&self, available: bool) {
        let _ = available;
    }
}

/// What a transaction is begun with.
#[derive(Clone, Debug, Default)]
pub struct TransactionOptions {
    /// Its level; unset means serializable.
    pub isolation: Option<IsolationLevel>,
    /// Time-out in seconds; zero means never, unset the manager's default.
    pub timeout: Option<u32>,
    /// A description, for statistics.
    pub description: Option<Arc<str>>,
}

/// Numbers of transactions begun here, out of the way of those that are adopted.
const OWN_NUMBERS: u64 = 1 << 47;

/// Begins transactions and knows those that are shared. Clones are the same manager.
#[derive(Clone)]
pub struct TransactionManager {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) timers: Timers,
    available: AtomicBool,
    /// In seconds; zero is never.
    default_timeout: Box<dyn Fn() -> u32 + Send + Sync>,
    seed: u64,
    numbers: AtomicU64,
    sink: OnceLock<Arc<dyn EventSink>>,
    /// Transactions that a URL was made for.
    pub(crate) exported: DashMap<Uuid, Transaction>,
}

impl TransactionManager {
    /// The machine-wide default time-out, in seconds (TXN 8.4).
    pub const DEFAULT_TIMEOUT: u32 = 60;

    /// A manager on the system's clock.
    pub fn new() -> Self {
        Self::with(Clock::system(), 0, Self::DEFAULT_TIMEOUT)
    }

    /// A manager on `clock`, whose ids come from `seed`; `default_timeout` is in seconds.
    pub fn with(clock: Clock, seed: u64, default_timeout: u32) -> Self {
        Self::following(clock, seed, move || default_timeout)
    }

    /// The same with a default time-out that is asked for, in seconds, whenever a transaction begins that has no other.
    pub fn following(clock: Clock, seed: u64, default_timeout: impl Fn() -> u32 + Send + Sync + 'static) -> Self {
        Self {
            shared: Arc::new(Shared {
                timers: Timers::new(clock.clone()),
                clock,
                available: AtomicBool::new(true),
                default_timeout: Box::new(default_timeout),
                seed,
                numbers: AtomicU64::new(OWN_NUMBERS),
                sink: OnceLock::new(),
                exported: DashMap::new(),
            }),
        }
    }

    /// Sends what happens to `sink` from now on; only the first one counts.
    pub fn report_to(&self, sink: Arc<dyn EventSink>) {
        let _ = self.shared.sink.set(sink);
    }

    /// The default time-out as it is now, in seconds; zero is never.
    pub fn default_timeout(&self) -> u32 {
        (self.shared.default_timeout)()
    }

    /// Whether it can be reached.
    #[inline]
    pub fn is_available(&self) -> bool {
        self.shared.available.load(Ordering::Acquire)
    }

    /// Simulates loss of the manager: no new transaction begins, and a commit not yet decided aborts.
    pub fn set_available(&self, available: bool) {
        self.shared.available.store(available, Ordering::Release);
        if let Some(sink) = self.shared.sink.get() {
            sink.availability(available);
        }
    }

    /// Begins a transaction; the caller owns it and has to commit it, or it aborts when the last handle goes.
    ///
    /// # Errors
    /// XACT_E_TMNOTAVAILABLE when the manager cannot be reached.
    pub fn begin(&self, options: TransactionOptions) -> Result<Transaction> {
        if !self.is_available() {
            return Err(TransactionError::ManagerUnavailable.into());
        }
        let number = self.shared.numbers.fetch_add(1, Ordering::Relaxed);
        let isolation = root_isolation(options.isolation.unwrap_or(IsolationLevel::Any));
        let timeout = options.timeout.unwrap_or_else(|| self.default_timeout());
        let stream = TransactionStream::begin(number, isolation, timeout, self.shared.clock.now());
        let transaction = self.adopt(stream, options.description.clone());
        self.shared.emit(
            transaction.id(),
            What::TransactionStarted {
                stream: complus_core::id::StreamId::new(self.shared.seed, nonzero(number)),
                isolation,
                timeout,
                description: options.description,
            },
        );
        Ok(transaction)
    }

    /// Makes a shared transaction of one that has lived in its root's frame until now. It keeps its id,
    /// deadline and doom, and its timer is set.
    pub fn adopt(&self, stream: TransactionStream, description: Option<Arc<str>>) -> Transaction {
        let id = TransactionId::new(self.shared.seed, nonzero(stream.number));
        let transaction = Transaction::new(self.shared.clone(), id, stream, description);
        if stream.deadline != Deadline::NEVER && !stream.state.is_over() {
            transaction.arm();
        }
        transaction
    }

    /// The transaction that a TIP URL stands for.
    ///
    /// # Errors
    /// XACT_E_TIP_PULL_FAILED if the URL names none that is known here.
    pub fn import(&self, url: &str) -> Result<Transaction> {
        let id = url.strip_prefix(Transaction::TIP_PREFIX).and_then(|id| Uuid::try_parse(id).ok());
        let known = id.and_then(|id| self.shared.exported.get(&id).map(|entry| entry.value().clone()));
        known.ok_or_else(|| TransactionError::UnknownUrl.into())
    }
}

impl Default for TransactionManager {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TransactionManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionManager").field("available", &self.is_available()).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn emit(&self, transaction: TransactionId, what: What) {
        if let Some(sink) = self.sink.get() {
            sink.emit(transaction, what);
        }
    }

    pub(crate) fn is_available(&self) -> bool {
        self.available.load(Ordering::Acquire)
    }
}

fn nonzero(number: u64) -> NonZeroU64 {
    NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN)
}
