//! IContextState: the two flags, one by one (ACT 9.3).

use super::ObjectContext;
use complus_core::{attribute::TransactionVote, error::Result, event::FlagCall, rules::context_state};

/// The flags of the current context, one by one; unlike IObjectContext it tells when they do not exist.
#[derive(Clone, Copy, Debug)]
pub struct ContextState(pub(super) ObjectContext);

impl ContextState {
    /// SetDeactivateOnReturn. A domain's context ends with the domain whatever this says (T-38).
    ///
    /// # Errors
    /// CONTEXT_E_NOJIT; E_UNEXPECTED outside its context, as for all methods here.
    pub fn set_deactivate_on_return(&self, done: bool) -> Result<()> {
        context_state::deactivate_on_return(self.0.capabilities()?)?;
        self.0.set_flags(FlagCall::SetDeactivateOnReturn, |flags| flags.deactivate_on_return(done))
    }

    /// GetDeactivateOnReturn.
    ///
    /// # Errors
    /// CONTEXT_E_NOJIT, E_UNEXPECTED.
    pub fn deactivate_on_return(&self) -> Result<bool> {
        context_state::deactivate_on_return(self.0.capabilities()?)?;
        self.0.with(|binding| binding.stack.top().is_some_and(|top| top.all_flags().done))
    }

    /// SetMyTransactionVote.
    ///
    /// # Errors
    /// CONTEXT_E_NOJIT, then CONTEXT_E_NOTRANSACTION; E_UNEXPECTED.
    pub fn set_my_transaction_vote(&self, vote: TransactionVote) -> Result<()> {
        self.set_my_transaction_vote_value(vote.value())
    }

    /// SetMyTransactionVote, by number: 0 is commit, 1 abort.
    ///
    /// # Errors
    /// E_INVALIDARG for any other number, then as for
    /// [`set_my_transaction_vote`](Self::set_my_transaction_vote).
    pub fn set_my_transaction_vote_value(&self, vote: i32) -> Result<()> {
        let vote = context_state::set_my_transaction_vote(self.0.capabilities()?, vote)?;
        self.0.set_flags(FlagCall::SetMyTransactionVote, |flags| flags.vote(vote))
    }

    /// GetMyTransactionVote.
    ///
    /// # Errors
    /// CONTEXT_E_NOTRANSACTION, E_UNEXPECTED.
    pub fn my_transaction_vote(&self) -> Result<TransactionVote> {
        context_state::get_my_transaction_vote(self.0.capabilities()?)?;
        self.0.with(|binding| binding.stack.top().map_or(TransactionVote::Commit, |top| top.all_flags().my_vote()))
    }
}
