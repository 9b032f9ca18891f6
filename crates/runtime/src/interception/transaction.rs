//! What leaving a context does to its transaction (SWC 7.2, TXN 8).

use super::facts::guarded;
use crate::{
    machine::Machine,
    observation::Place,
    thread::{self, frame::Position},
};
use complus_core::{
    attribute::TransactionStatus,
    context::{StreamState, TransactionStream},
    error::{DomainError, Result},
    event::{AbortReason, Diagnostic, What},
    rules::leave::{self, Ending, Role},
};
use complus_sync::Arc;
use complus_transaction::{Transaction, TransactionProxy};
use uuid::Uuid;

/// A context that is about to be left, as its transaction sees it.
pub(super) struct Leaving {
    pub(super) role: Role,
    pub(super) consistent: bool,
    pub(super) position: Position,
    pub(super) shared: Option<Transaction>,
    pub(super) proxy: Option<(Uuid, Arc<dyn TransactionProxy>)>,
}

impl Leaving {
    /// Counts the vote and ends the transaction if the context is its root; answers the status.
    pub(super) fn finish(self, machine: &Machine, place: Place) -> Result<Option<TransactionStatus>> {
        let state = match &self.shared {
            Some(transaction) => self.finish_shared(machine, transaction),
            None if self.role == Role::None => StreamState::Active,
            None => self.finish_in_frame(machine, place)?,
        };
        Ok(leave::status(self.role, state, &mut ()))
    }

    /// The transaction lives in a frame of this thread.
    fn finish_in_frame(&self, machine: &Machine, place: Place) -> Result<StreamState> {
        let now = machine.clock.now();
        let (stream, news) = thread::bound(|binding| {
            let available = machine.manager.is_available();
            let owned = binding.transactions.get_mut(self.position.index());
            owned.map(|owned| {
                let news = self.end(&mut owned.stream, now, available, machine);
                (owned.stream, news)
            })
        })?
        .ok_or(DomainError::NotEntered)?;
        for what in news {
            machine.emit(place, what);
        }
        Ok(stream.state)
    }

    fn end(&self, stream: &mut TransactionStream, now: u64, available: bool, machine: &Machine) -> Vec<What> {
        let mut news = Vec::new();
        let before = stream.state;
        if stream.settle(now)
            && let Some(deadline) = stream.deadline.moment()
        {
            news.push(What::TransactionAborted { reason: AbortReason::TimedOut { deadline } });
        }
        match leave::ending(self.role, self.consistent, stream.state, machine.compat.byot_abort) {
            Ending::Nothing => {}
            Ending::Doom => {
                stream.doom();
                if stream.state != before {
                    news.push(What::TransactionDoomed);
                }
            }
            Ending::Commit if available => {
                stream.state = StreamState::Committed;
                news.extend([What::TransactionPrepared { yes: true }, What::TransactionCommitted]);
            }
            Ending::Commit => {
                stream.state = StreamState::Aborted;
                news.push(What::TransactionAborted { reason: AbortReason::ManagerLost });
            }
            Ending::Abort => {
                stream.state = StreamState::Aborted;
                news.push(What::TransactionAborted { reason: self.abort_reason(before) });
            }
        }
        news
    }

    /// The transaction is shared: the manager reports what happens to it.
    fn finish_shared(&self, machine: &Machine, transaction: &Transaction) -> StreamState {
        let state = transaction.state();
        match leave::ending(self.role, self.consistent, state, machine.compat.byot_abort) {
            Ending::Nothing => {}
            Ending::Doom => transaction.doom(),
            Ending::Commit => self.commit(machine, transaction),
            Ending::Abort => {
                if let Some((_, proxy)) = &self.proxy {
                    self.ask(machine, || proxy.abort());
                }
                let _ = transaction.abort_because(self.abort_reason(state));
            }
        }
        transaction.state()
    }

    /// Commits, through the registered proxy if there is one: its answer is the decision.
    fn commit(&self, machine: &Machine, transaction: &Transaction) {
        let agreed = match &self.proxy {
            Some((id, proxy)) => self.ask(machine, || proxy.commit(*id)),
            None => true,
        };
        let _ = if agreed { transaction.commit() } else { transaction.abort_because(AbortReason::Refused) };
    }

    /// Whether a proxy did what it was asked; a panic is a no.
    fn ask(&self, machine: &Machine, call: impl FnOnce() -> Result<()>) -> bool {
        guarded(call).map_or_else(
            || {
                machine.emit_here(What::Diagnostic(Diagnostic::CallbackPanicked));
                false
            },
            |answer| answer.is_ok(),
        )
    }

    fn abort_reason(&self, before: StreamState) -> AbortReason {
        if before == StreamState::Doomed { AbortReason::Doomed } else { AbortReason::Requested }
    }
}
