//! Transaction, JIT activation and synchronization of one component: which may stand together, and what
//! setting one does to the others (SEC A.6.1, ACT 3.4, SYN 3.4, TXN 3.2).
//!
//! Transactions need JIT activation, JIT activation needs synchronization: otherwise a second caller could
//! meet an object that the first one's return has just deactivated.

use crate::{
    attribute::{SynchronizationAttribute as Synchronization, TransactionAttribute as Transaction},
    error::CatalogError,
    explain::{Explain, Reason},
};
use alloc::format;

/// The three attributes that depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Services {
    /// The Transaction attribute.
    pub transaction: Transaction,
    /// JustInTimeActivation.
    pub just_in_time: bool,
    /// The Synchronization attribute.
    pub synchronization: Synchronization,
}

/// Which of the attributes are refused; the others are as they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// JIT activation is off, and the transaction needs it.
    pub just_in_time: bool,
    /// The synchronization is none that the other two allow.
    pub synchronization: bool,
}

impl Services {
    /// A freshly installed component: in no transaction, nothing else said (ACT 3.4).
    pub const DEFAULT: Self = Self {
        transaction: Transaction::NotSupported,
        just_in_time: false,
        synchronization: Synchronization::Disabled,
    };

    /// Whether the three may stand in the catalog together.
    pub const fn is_coherent(self) -> bool {
        let Refused { just_in_time, synchronization } = self.wrong();
        !just_in_time && !synchronization
    }

    const fn needs_just_in_time(self) -> bool {
        !matches!(self.transaction, Transaction::Disabled | Transaction::NotSupported)
    }

    const fn wrong(self) -> Refused {
        let synchronization = match (self.transaction, self.just_in_time, self.synchronization) {
            (Transaction::Disabled | Transaction::NotSupported, false, _) => false,
            // O-10, Y-06: RequiresNew is allowed with JIT activation
            (Transaction::Disabled | Transaction::NotSupported, true, Synchronization::RequiresNew) => false,
            (Transaction::RequiresNew, _, Synchronization::RequiresNew) => false,
            (_, _, synchronization) => !matches!(synchronization, Synchronization::Required),
        };
        Refused { just_in_time: self.needs_just_in_time() && !self.just_in_time, synchronization }
    }

    /// What is stored when `self` stood in the catalog and one save asks for `wish`.
    ///
    /// A trigger fires only where the combination would be illegal: a new Transaction switches JIT activation on
    /// and sets Synchronization to Required, JIT activation that goes on sets Synchronization to Required. So a
    /// legal wish is always kept, and an illegal one is overwritten if the trigger fired in the same save (O-13).
    /// Nothing is ever switched back (O-12).
    ///
    /// # Errors
    /// The illegal attributes whose trigger did not fire.
    pub const fn settle(self, wish: Self) -> Result<Self, Refused> {
        let mut settled = wish;
        let new_transaction = wish.transaction as i32 != self.transaction as i32;
        if settled.wrong().just_in_time && new_transaction {
            settled.just_in_time = true; // O-11: Supported, too
        }
        let now_just_in_time = settled.just_in_time && !self.just_in_time;
        if settled.wrong().synchronization && (new_transaction || now_just_in_time) {
            settled.synchronization = Synchronization::Required;
        }
        let refused = settled.wrong();
        if refused.just_in_time || refused.synchronization { Err(refused) } else { Ok(settled) }
    }

    /// The same dependency once more, at activation: a damaged catalog must not make contexts (SEC A.6.1, AD-32).
    ///
    /// # Errors
    /// CO_E_NOSYNCHRONIZATION for a transactional or JIT-activated row without dependable synchronization,
    /// CO_E_ACTIVATIONFAILED_CATALOGERROR for any other row that cannot have been saved.
    #[inline]
    pub fn check_at_activation(self, explain: &mut impl Explain) -> Result<(), CatalogError> {
        let Refused { just_in_time, synchronization } = self.wrong();
        let result = match synchronization {
            true if self.synchronization != Synchronization::RequiresNew => Err(CatalogError::NoSynchronization),
            true => Err(CatalogError::Damaged),
            false if just_in_time => Err(CatalogError::Damaged),
            false => Ok(()),
        };
        explain.because(|| Reason {
            rule: "SEC A.6.1",
            inputs: format!("{self:?}"),
            verdict: result.map_or_else(|error| format!("{}", error.hresult()), |()| "coherent".into()),
            source: "synchronization-dependencies.md",
        });
        result
    }
}

/// MustRunInClientContext and MustRunInDefaultContext exclude each other (O-16); found at activation.
///
/// # Errors
/// CO_E_ACTIVATIONFAILED_CATALOGERROR if both are set.
pub const fn check_must_run(client_context: bool, default_context: bool) -> Result<(), CatalogError> {
    if client_context && default_context { Err(CatalogError::Damaged) } else { Ok(()) }
}
