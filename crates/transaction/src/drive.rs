//! The drive through the two phases: what the state machine says is carried out, one action at a time, with
//! nothing locked while anybody else is called.

use crate::{Ballot, ResourceManager, Voter, manager::Shared};
use complus_core::{
    Result,
    attribute::IsolationLevel,
    context::{StreamState, TransactionStream},
    error::TransactionError,
    event::{AbortReason, Diagnostic, PrepareAnswer, What},
    id::TransactionId,
    two_phase_commit::{Action, Input, Outcome, Participant, TwoPhaseCommit, Vote},
};
use complus_sync::{Arc, Mutex, TimerKey};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A transaction itself; handles share it.
pub(crate) struct Body {
    pub(crate) id: TransactionId,
    pub(crate) isolation: IsolationLevel,
    pub(crate) timeout: u32,
    pub(crate) description: Option<Arc<str>>,
    pub(crate) manager: Arc<Shared>,
    /// Doom and outcome, readable without waiting for whoever drives the phases.
    pub(crate) stream: Mutex<TransactionStream>,
    pub(crate) drive: Mutex<Drive>,
}

/// Who takes part, and how far it has come.
pub(crate) struct Drive {
    pub(crate) machine: TwoPhaseCommit,
    pub(crate) participants: Vec<Enlisted>,
    pub(crate) timer: Option<TimerKey>,
    /// The vote of the contexts in it, once one is.
    pub(crate) ballot: Option<Arc<Ballot>>,
    pub(crate) driving: bool,
    pub(crate) reason: AbortReason,
}

#[derive(Clone)]
pub(crate) enum Enlisted {
    Manager(Arc<dyn ResourceManager>),
    Voter(Arc<dyn Voter>),
}

impl Drive {
    pub(crate) fn enlist(&mut self, kind: Participant, enlisted: Enlisted) -> Result<()> {
        self.machine.enlist(kind).map_err(|_| TransactionError::NotActive)?;
        self.participants.push(enlisted);
        Ok(())
    }

    /// The manager's name, for traces; voters have none.
    fn name(&self, id: usize) -> Option<Arc<str>> {
        match self.participants.get(id)? {
            Enlisted::Manager(manager) => Some(Arc::from(manager.name())),
            Enlisted::Voter(_) => None,
        }
    }
}

impl Body {
    pub(crate) fn emit(&self, what: What) {
        self.manager.emit(self.id, what);
    }

    /// Aborts if the deadline has passed.
    pub(crate) fn settle(&self) {
        let stream = *self.stream.lock();
        if !stream.state.is_over()
            && let Some(deadline) = stream.deadline.moment()
            && stream.deadline.has_passed(self.manager.clock.now())
        {
            let _ = self.end(Input::Abort, AbortReason::TimedOut { deadline });
        }
    }

    /// Feeds in commit or abort and, unless somebody does already, drives the machine until it has ended.
    pub(crate) fn end(&self, input: Input, reason: AbortReason) -> Result<Outcome> {
        {
            let mut drive = self.drive.lock();
            let doomed = self.stream.lock().state == StreamState::Doomed;
            let (input, reason) = match input {
                Input::Commit if doomed => (Input::Abort, AbortReason::Doomed),
                input => (input, reason),
            };
            if self.step(&mut drive, |machine| machine.input(input)).is_err() {
                let ended = drive.machine.outcome().is_some();
                return Err(if ended { TransactionError::Ended } else { TransactionError::AlreadyInProgress }.into());
            }
            drive.reason = reason;
            if std::mem::replace(&mut drive.driving, true) {
                drop(drive);
                self.overtake();
                return Ok(Outcome::Aborted); // the other thread carries the abort out
            }
        }
        let mut outcome = Outcome::Aborted;
        loop {
            let Some(action) = self.step(&mut self.drive.lock(), TwoPhaseCommit::next) else { break };
            match action {
                Action::Decided(decided) => {
                    outcome = decided;
                    self.decided(decided);
                }
                other => self.carry_out(other),
            }
        }
        Ok(outcome)
    }

    /// Asks or tells the machine. A decision stands in the stream before anybody else can act on the machine: nobody
    /// who looks is told what the decision has overtaken.
    fn step<T>(&self, drive: &mut Drive, step: impl FnOnce(&mut TwoPhaseCommit) -> T) -> T {
        let result = step(&mut drive.machine);
        if let Some(outcome) = drive.machine.outcome() {
            self.stream.lock().state = match outcome {
                Outcome::Committed => StreamState::Committed,
                Outcome::Aborted => StreamState::Aborted,
                Outcome::InDoubt => StreamState::InDoubt,
            };
        }
        result
    }

    fn carry_out(&self, action: Action) {
        let input = match action {
            Action::RequestVote(id) => Input::Voted(id, self.ask_voter(id)),
            Action::RequestPrepare { enlistment, single_phase } => {
                Input::Prepared(enlistment, self.ask_manager(enlistment, single_phase))
            }
            // Only prepared durable participants need a record, and none can enlist.
            Action::ForceCommitRecord => Input::Recorded,
            Action::Commit(id) => self.tell(id, Outcome::Committed),
            Action::Abort(id) => self.tell(id, Outcome::Aborted),
            Action::InDoubt(id) => self.tell(id, Outcome::InDoubt),
            Action::Decided(_) | Action::Forget => return,
        };
        // An abort may have overtaken the answer; the machine then no longer wants it.
        let _ = self.step(&mut self.drive.lock(), |machine| machine.input(input));
    }

    fn participant(&self, id: usize) -> Option<Enlisted> {
        self.drive.lock().participants.get(id).cloned()
    }

    fn ask_voter(&self, id: usize) -> bool {
        let Some(Enlisted::Voter(voter)) = self.participant(id) else { return false };
        self.guarded(|| voter.vote()).unwrap_or(false)
    }

    /// The abort has come while somebody is asked, who may wait for something.
    fn overtake(&self) {
        let participants = self.drive.lock().participants.clone();
        for participant in participants {
            if let Enlisted::Voter(voter) = participant {
                self.guarded(|| voter.overtaken());
            }
        }
    }

    fn ask_manager(&self, id: usize, single_phase: bool) -> Vote {
        let Some(Enlisted::Manager(manager)) = self.participant(id) else { return Vote::Refused };
        let ask = || if single_phase { manager.commit_single_phase(self.id) } else { manager.prepare(self.id) };
        let vote = match self.guarded(ask) {
            // Committing alone was not offered: the transaction cannot be kept atomic.
            Some(Vote::SinglePhase | Vote::Unknown) if !single_phase => Vote::Refused,
            Some(vote) => vote,
            None if single_phase => Vote::Unknown,
            None => Vote::Refused,
        };
        let answer = match vote {
            Vote::Prepared => PrepareAnswer::Prepared,
            Vote::ReadOnly => PrepareAnswer::ReadOnly,
            Vote::Refused => PrepareAnswer::Refused,
            Vote::SinglePhase => PrepareAnswer::SinglePhase,
            Vote::Unknown => PrepareAnswer::InDoubt,
        };
        if let Some(manager) = self.drive.lock().name(id) {
            self.emit(What::ResourcePrepared { manager, answer });
        }
        vote
    }

    /// Tells a participant; that it panicked does not change the outcome.
    fn tell(&self, id: usize, outcome: Outcome) -> Input {
        if let Some(participant) = self.participant(id) {
            self.guarded(|| match (participant, outcome) {
                (Enlisted::Voter(voter), outcome) => voter.outcome(outcome),
                (Enlisted::Manager(manager), Outcome::Committed) => manager.commit(self.id),
                (Enlisted::Manager(manager), Outcome::Aborted) => manager.abort(self.id),
                (Enlisted::Manager(_), Outcome::InDoubt) => {}
            });
        }
        Input::Acknowledged(id)
    }

    /// Calls foreign code; a panic in it becomes a diagnostic.
    fn guarded<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
        let result = catch_unwind(AssertUnwindSafe(call)).ok();
        if result.is_none() {
            self.emit(What::Diagnostic(Diagnostic::CallbackPanicked));
        }
        result
    }

    fn decided(&self, outcome: Outcome) {
        let (reason, timer) = {
            let mut drive = self.drive.lock();
            (drive.reason, drive.timer.take())
        };
        if let Some(timer) = timer {
            self.manager.timers.cancel(timer);
        }
        if self.manager.exported.contains_key(&self.id.guid()) {
            self.manager.exported.remove(&self.id.guid());
        }
        if matches!(reason, AbortReason::Refused) {
            self.emit(What::TransactionPrepared { yes: outcome == Outcome::Committed });
        }
        self.emit(match outcome {
            Outcome::Committed => What::TransactionCommitted,
            Outcome::Aborted => What::TransactionAborted { reason },
            Outcome::InDoubt => What::TransactionInDoubt,
        });
    }
}
