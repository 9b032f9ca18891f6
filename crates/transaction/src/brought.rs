//! Transactions that come from outside COM+ (SWC 4.5, TXN 11).

use crate::{Transaction, Voter};
use complus_core::{Result, attribute::IsolationLevel};
use complus_sync::Arc;
use std::fmt;
use uuid::Uuid;

/// ITransactionProxy: another transaction manager's transaction, as COM+ sees it.
///
/// COM+ calls [`commit`](Self::commit) only on a proxy that was registered in the root context of an
/// automatic transaction, never on a brought one.
pub trait TransactionProxy: Send + Sync {
    /// Commits on behalf of the root; `id` is what registering answered.
    fn commit(&self, id: Uuid) -> Result<()>;

    /// Aborts.
    fn abort(&self) -> Result<()>;

    /// The manager's own transaction behind the proxy; CONTEXT_E_NOTRANSACTION while a reusable proxy
    /// carries none.
    fn promote(&self) -> Result<Transaction>;

    /// Gives a context a ballot.
    fn create_voter(&self, voter: Arc<dyn Voter>) -> Result<()> {
        self.promote()?.register_voter(voter)
    }

    /// The level it runs at.
    fn isolation_level(&self) -> Result<IsolationLevel> {
        Ok(self.promote()?.isolation_level())
    }

    /// Its id.
    fn identifier(&self) -> Result<Uuid> {
        Ok(self.promote()?.id().guid())
    }

    /// Whether the proxy carries several transactions, one after another.
    fn is_reusable(&self) -> bool {
        false
    }
}

/// The three ways of bringing a transaction; they differ in nothing else.
#[derive(Clone)]
pub enum BroughtTransaction {
    /// ConfigureBYOT: a transaction itself.
    Transaction(Transaction),
    /// ConfigureBYOTSysTxn: a proxy, asked at each entry.
    Proxy(Arc<dyn TransactionProxy>),
    /// BringYourOwnTransaction: a TIP URL, looked up at each entry.
    TipUrl(String),
}

impl fmt::Debug for BroughtTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transaction(transaction) => write!(f, "Transaction({:?})", transaction.id()),
            Self::Proxy(_) => f.write_str("Proxy(..)"),
            Self::TipUrl(url) => write!(f, "TipUrl({url})"),
        }
    }
}

impl From<Transaction> for BroughtTransaction {
    fn from(transaction: Transaction) -> Self {
        Self::Transaction(transaction)
    }
}

impl From<&Transaction> for BroughtTransaction {
    fn from(transaction: &Transaction) -> Self {
        Self::Transaction(transaction.clone())
    }
}

impl From<Arc<dyn TransactionProxy>> for BroughtTransaction {
    fn from(proxy: Arc<dyn TransactionProxy>) -> Self {
        Self::Proxy(proxy)
    }
}
