//! Transaction: SWC 4.1 for service domains, ACT 4.1 for components.

use crate::{
    attribute::{IsolationLevel, TransactionAttribute, TransactionConfig},
    error::DomainError,
    explain::{Explain, Reason},
};
use alloc::format;

/// The transaction of the caller's context: the columns of SWC 4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enclosing {
    /// No transaction.
    None,
    /// Active, at this level.
    Active(IsolationLevel),
    /// Active, but bound to abort.
    Doomed,
    /// Committed or aborted already.
    Over,
}

/// A transaction begun outside and given to the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    /// None was brought.
    None,
    /// It can be joined.
    Active,
    /// It has ended.
    Over,
}

/// The transaction a new context gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// None.
    None,
    /// The caller's, as an interior context.
    Callers,
    /// A new one, as its root.
    New,
    /// The brought one.
    Brought,
}

/// Whether a transaction at level `enclosing` serves who asks for level `requested` (SWC 4.3, S-12):
/// equal, or nothing asked for.
#[inline]
pub const fn is_compatible(requested: IsolationLevel, enclosing: IsolationLevel) -> bool {
    matches!(requested, IsolationLevel::Any) || requested as i8 == enclosing as i8
}

/// The level of a root that asks for `requested`: nothing asked for is serializable (SWC 4.3).
#[inline]
pub const fn root_isolation(requested: IsolationLevel) -> IsolationLevel {
    if matches!(requested, IsolationLevel::Any) { IsolationLevel::Serializable } else { requested }
}

/// The transaction of a service domain (SWC 4.1).
///
/// A brought transaction overrides every setting. Joining a transaction that is over is
/// XACT_E_NOTRANSACTION; one that is merely doomed is joined, so that cleaning up is possible (S-11).
#[inline]
pub fn service_domain(
    setting: TransactionConfig,
    requested: IsolationLevel,
    brought: Brought,
    caller: Enclosing,
    explain: &mut impl Explain,
) -> Result<Transaction, DomainError> {
    use TransactionConfig as Setting;
    let (result, rule) = match (brought, setting, caller) {
        (Brought::Active, _, _) => (Ok(Transaction::Brought), "SWC 4.5: a brought transaction overrides every setting"),
        (Brought::Over, _, _) => (Err(DomainError::TransactionOver), "SWC 4.5: the brought transaction is over"),
        (_, Setting::NoTransaction, _) => (Ok(Transaction::None), "SWC 4.1, row 0"),
        (_, Setting::New, _) => (Ok(Transaction::New), "SWC 4.1, row 3"),
        (_, Setting::IfContainerIsTransactional, Enclosing::None) => {
            (Ok(Transaction::None), "SWC 4.1, row 1, column -")
        }
        (_, Setting::CreateIfNecessary, Enclosing::None) => (Ok(Transaction::New), "SWC 4.1, row 2, column -"),
        (_, _, Enclosing::Active(level)) if is_compatible(requested, level) => {
            (Ok(Transaction::Callers), "SWC 4.1, rows 1 and 2, column T ok")
        }
        (_, _, Enclosing::Active(_)) => {
            (Ok(Transaction::New), "SWC 4.1, rows 1 and 2, column isolation not equal (S-10)")
        }
        (_, _, Enclosing::Doomed) => (Ok(Transaction::Callers), "SWC 4.1, rows 1 and 2, column T doomed (S-11)"),
        (_, _, Enclosing::Over) => (Err(DomainError::TransactionOver), "SWC 4.1, rows 1 and 2, column T over (S-11)"),
    };
    explain.because(|| Reason {
        rule,
        inputs: format!("setting {setting}, isolation {requested:?}, brought {brought:?}, caller {caller:?}"),
        verdict: match result {
            Ok(Transaction::None) => "no transaction".into(),
            Ok(Transaction::Callers) => "the caller's transaction, as interior".into(),
            Ok(Transaction::New) => format!("a new transaction at {:?}, as root", root_isolation(requested)),
            Ok(Transaction::Brought) => "the brought transaction".into(),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "ne-comsvcs-csc_transactionconfig",
    });
    result
}

/// Whether the Transaction attribute forces a component into a context of its own (ACT 4.1).
#[inline]
pub const fn component_needs_own_context(attribute: TransactionAttribute) -> bool {
    !matches!(attribute, TransactionAttribute::Disabled)
}

/// The transaction that a component in a context of its own gets (`own`), or takes part in by sharing
/// its creator's context (ACT 4.1). `Callers` is the creator's; `New` makes the component its root.
#[inline]
pub fn component(attribute: TransactionAttribute, creator: bool, own: bool, explain: &mut impl Explain) -> Transaction {
    let result = match attribute {
        TransactionAttribute::Disabled if creator && !own => Transaction::Callers,
        _ => component_own(attribute, creator),
    };
    explain.because(|| Reason {
        rule: "ACT 4.1",
        inputs: format!("{attribute}, creator {} a transaction", if creator { "in" } else { "outside" }),
        verdict: of_component(result).into(),
        source: "configuring-transactions",
    });
    result
}

/// What a component gets, in words.
const fn of_component(transaction: Transaction) -> &'static str {
    match transaction {
        Transaction::None => "no transaction",
        Transaction::Callers => "the creator's transaction, as interior",
        Transaction::New => "a new transaction, as root",
        Transaction::Brought => "the brought transaction",
    }
}

/// The same, for a component in a context of its own.
#[inline]
pub const fn component_own(attribute: TransactionAttribute, creator: bool) -> Transaction {
    use TransactionAttribute as Attribute;
    match (attribute, creator) {
        (Attribute::Disabled | Attribute::NotSupported, _) | (Attribute::Supported, false) => Transaction::None,
        (Attribute::Supported | Attribute::Required, true) => Transaction::Callers,
        (Attribute::Required, false) | (Attribute::RequiresNew, _) => Transaction::New,
    }
}

/// The transaction of a component that is created with a brought one: that one where it would be the creator's,
/// else what its attribute says (ACT 4.1, T-27, AD-50).
#[inline]
pub fn component_brought(attribute: TransactionAttribute, explain: &mut impl Explain) -> Transaction {
    let result = match component_own(attribute, true) {
        Transaction::Callers => Transaction::Brought,
        other => other,
    };
    explain.because(|| Reason {
        rule: "ACT 4.1 (T-27)",
        inputs: format!("{attribute}, the request brings a transaction"),
        verdict: of_component(result).into(),
        source: "inheriting-manual-transactions",
    });
    result
}

/// Whether a component that asks for level `requested` may join a transaction at `level`: one as strong or weaker, or
/// nothing asked for (TXN 9, T-25). It then runs at the transaction's level.
#[inline]
pub const fn component_may_join(requested: IsolationLevel, level: IsolationLevel) -> bool {
    requested as i8 <= level as i8
}
