//! Who may use the flags: IContextState, with its order of checks (ACT 9.3, TXN 5.3).
//!
//! The four methods of IObjectContext need no rule: they always succeed, and in a context without
//! just-in-time activation and transaction they have no effect (T-10).

use crate::{attribute::TransactionVote, error::ContextError};

/// Just-in-time activation and transaction: what a context has of the two. A transaction brings
/// just-in-time activation with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The context has the JIT property.
    pub jit: bool,
    /// The context has the transaction property.
    pub transaction: bool,
}

/// SetDeactivateOnReturn and GetDeactivateOnReturn.
#[inline]
pub const fn deactivate_on_return(context: Capabilities) -> Result<(), ContextError> {
    if context.jit { Ok(()) } else { Err(ContextError::NoJit) }
}

/// SetMyTransactionVote: the value first, then JIT, then the transaction (AD-25).
#[inline]
pub fn set_my_transaction_vote(context: Capabilities, vote: i32) -> Result<TransactionVote, ContextError> {
    let vote = TransactionVote::try_from(vote).map_err(|_| ContextError::InvalidArgument)?;
    match context {
        Capabilities { jit: false, .. } => Err(ContextError::NoJit),
        Capabilities { transaction: false, .. } => Err(ContextError::NoTransaction),
        _ => Ok(vote),
    }
}

/// GetMyTransactionVote: the transaction alone.
#[inline]
pub const fn get_my_transaction_vote(context: Capabilities) -> Result<(), ContextError> {
    if context.transaction { Ok(()) } else { Err(ContextError::NoTransaction) }
}
