//! Two-phase commit with presumed abort, as a state machine: inputs in, actions out (TXN 15).
//!
//! The machine does no I/O and knows no clock. Whoever drives it feeds in what happened
//! ([`TwoPhaseCommit::input`]) and carries out what it is told ([`TwoPhaseCommit::next`]), one action
//! at a time, so that a model checker can take any order of events a network could produce.
//!
//! ```text
//! Active --commit--> Voting --no veto--> Preparing --all yes--> (Recording) --> Committing --> Ended
//!    |                 | veto               | no, time-out                          committed
//!    +--abort,time-out-+--------------------+--> Aborting --> Ended aborted
//! Voting --exactly one resource manager--> SinglePhase --> Ended committed | aborted | in doubt
//! ```
//!
//! Voters come before resource managers; nothing is recorded for an abort (whoever asks about an unknown
//! transaction is told *aborted*), nor for a commit in which no durable participant is prepared.

use alloc::vec::Vec;

/// A participant, by the order of its enlistment.
pub type EnlistmentId = usize;

/// What a participant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Participant {
    /// Has a veto and keeps nothing: this is how COM+ contexts take part.
    Voter,
    /// A resource manager that forgets when it dies.
    Volatile,
    /// A resource manager that recovers: it must be able to ask for the outcome later.
    Durable,
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// All of it happened.
    Committed,
    /// None of it happened.
    Aborted,
    /// Nobody can tell.
    InDoubt,
}

/// An answer to a prepare request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vote {
    /// Yes; waits for the outcome.
    Prepared,
    /// Yes; nothing to do in phase two.
    ReadOnly,
    /// No; the participant has undone its work.
    Refused,
    /// Committed in one phase; only if single phase was offered.
    SinglePhase,
    /// Was offered single phase and does not know what happened.
    Unknown,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The owner asks for commit.
    Commit,
    /// Somebody asks for abort, or the deadline passed.
    Abort,
    /// A voter answered; `false` is a veto.
    Voted(EnlistmentId, bool),
    /// A resource manager answered a prepare request.
    Prepared(EnlistmentId, Vote),
    /// The commit record is on stable storage.
    Recorded,
    /// A participant has carried out the outcome.
    Acknowledged(EnlistmentId),
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Ask a voter for its vote.
    RequestVote(EnlistmentId),
    /// Ask a resource manager to prepare, or to commit at once if `single_phase`.
    RequestPrepare {
        /// Whom.
        enlistment: EnlistmentId,
        /// It is the only one and may decide alone.
        single_phase: bool,
    },
    /// Force a commit record that names the prepared durable participants; answer with [`Input::Recorded`].
    ForceCommitRecord,
    /// The outcome is decided; the owner may be told. Comes exactly once.
    Decided(Outcome),
    /// Tell a participant that the transaction committed.
    Commit(EnlistmentId),
    /// Tell a participant that the transaction aborted.
    Abort(EnlistmentId),
    /// Tell a voter that nobody knows the outcome.
    InDoubt(EnlistmentId),
    /// Every participant is done; the commit record, if any, may go.
    Forget,
}

/// An input that does not fit the state; the machine is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongState;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    Active,
    Voting,
    Preparing,
    Delegated,
    Recording,
    Ending(Outcome),
    Ended(Outcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Standing {
    Enlisted,
    Asked,
    Yes,
    Told,
    Done,
}

/// The coordinator's side of one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TwoPhaseCommit {
    phase: Phase,
    enlistments: Vec<(Participant, Standing)>,
    announced: bool,
    forgotten: bool,
    record_requested: bool,
}

impl TwoPhaseCommit {
    /// An active transaction without participants.
    pub const fn new() -> Self {
        Self {
            phase: Phase::Active,
            enlistments: Vec::new(),
            announced: false,
            forgotten: false,
            record_requested: false,
        }
    }

    /// Adds a participant; only an active transaction takes one.
    pub fn enlist(&mut self, participant: Participant) -> Result<EnlistmentId, WrongState> {
        if self.phase != Phase::Active {
            return Err(WrongState);
        }
        self.enlistments.push((participant, Standing::Enlisted));
        Ok(self.enlistments.len() - 1)
    }

    /// Whether commit or abort has not yet been asked for.
    pub fn is_active(&self) -> bool {
        self.phase == Phase::Active
    }

    /// Whether an abort would still be taken in.
    pub fn can_abort(&self) -> bool {
        matches!(self.phase, Phase::Active | Phase::Voting | Phase::Preparing)
    }

    /// The outcome, once decided.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.phase {
            Phase::Ending(outcome) | Phase::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// The durable participants that the commit record has to name.
    pub fn prepared_durables(&self) -> impl Iterator<Item = EnlistmentId> {
        self.enlistments
            .iter()
            .enumerate()
            .filter(|(_, entry)| **entry == (Participant::Durable, Standing::Yes))
            .map(|(id, _)| id)
    }

    /// Takes in what happened. After an error nothing has changed.
    pub fn input(&mut self, input: Input) -> Result<(), WrongState> {
        match (input, self.phase) {
            (Input::Commit, Phase::Active) => self.phase = Phase::Voting,
            // A time-out may still fire until the decision (T-23); a single-phase commit decides elsewhere.
            (Input::Abort, _) if self.can_abort() => {
                self.phase = Phase::Ending(Outcome::Aborted);
            }
            (Input::Voted(id, yes), Phase::Voting) if self.stands(id, Standing::Asked, true) => {
                self.enlistments[id].1 = Standing::Yes;
                if !yes {
                    self.phase = Phase::Ending(Outcome::Aborted);
                }
            }
            (Input::Prepared(id, vote), Phase::Preparing) if self.stands(id, Standing::Asked, false) => match vote {
                Vote::Prepared => self.enlistments[id].1 = Standing::Yes,
                Vote::ReadOnly => self.enlistments[id].1 = Standing::Done,
                Vote::Refused => {
                    self.enlistments[id].1 = Standing::Done;
                    self.phase = Phase::Ending(Outcome::Aborted);
                }
                Vote::SinglePhase | Vote::Unknown => return Err(WrongState),
            },
            (Input::Prepared(id, vote), Phase::Delegated) if self.stands(id, Standing::Asked, false) => {
                let (standing, phase) = match vote {
                    Vote::Prepared => (Standing::Yes, Phase::Preparing),
                    Vote::ReadOnly | Vote::SinglePhase => (Standing::Done, Phase::Ending(Outcome::Committed)),
                    Vote::Refused => (Standing::Done, Phase::Ending(Outcome::Aborted)),
                    Vote::Unknown => (Standing::Done, Phase::Ending(Outcome::InDoubt)),
                };
                self.enlistments[id].1 = standing;
                self.phase = phase;
            }
            // An answer that comes after the abort was decided: a no needs no notice, a yes gets one.
            (Input::Prepared(id, vote), Phase::Ending(Outcome::Aborted)) if self.stands(id, Standing::Asked, false) => {
                self.enlistments[id].1 = if vote == Vote::Prepared { Standing::Yes } else { Standing::Done };
            }
            (Input::Voted(id, _), Phase::Ending(Outcome::Aborted)) if self.stands(id, Standing::Asked, true) => {
                self.enlistments[id].1 = Standing::Yes;
            }
            (Input::Recorded, Phase::Recording) if self.record_requested => {
                self.phase = Phase::Ending(Outcome::Committed);
            }
            (Input::Acknowledged(id), Phase::Ending(_))
                if self.enlistments.get(id).is_some_and(|entry| entry.1 == Standing::Told) =>
            {
                self.enlistments[id].1 = Standing::Done;
            }
            _ => return Err(WrongState),
        }
        Ok(())
    }

    /// The next thing to do, or `None` when an input has to come first.
    #[expect(clippy::should_implement_trait, reason = "not an iterator: inputs come in between")]
    pub fn next(&mut self) -> Option<Action> {
        loop {
            match self.phase {
                Phase::Active => return None,
                Phase::Voting => match self.ask(|participant| participant == Participant::Voter) {
                    Asked::Now(id) => return Some(Action::RequestVote(id)),
                    Asked::Waiting => return None,
                    Asked::All => {
                        let managers = self.enlistments.iter().filter(|entry| entry.0 != Participant::Voter).count();
                        self.phase = if managers == 1 { Phase::Delegated } else { Phase::Preparing };
                    }
                },
                Phase::Delegated => {
                    return match self.ask(|participant| participant != Participant::Voter) {
                        Asked::Now(enlistment) => Some(Action::RequestPrepare { enlistment, single_phase: true }),
                        Asked::Waiting | Asked::All => None,
                    };
                }
                Phase::Preparing => match self.ask(|participant| participant != Participant::Voter) {
                    Asked::Now(enlistment) => return Some(Action::RequestPrepare { enlistment, single_phase: false }),
                    Asked::Waiting => return None,
                    Asked::All => {
                        let durable = self.prepared_durables().next().is_some();
                        self.phase = if durable { Phase::Recording } else { Phase::Ending(Outcome::Committed) };
                    }
                },
                Phase::Recording => {
                    return (!core::mem::replace(&mut self.record_requested, true))
                        .then_some(Action::ForceCommitRecord);
                }
                Phase::Ending(outcome) => {
                    if !core::mem::replace(&mut self.announced, true) {
                        return Some(Action::Decided(outcome));
                    }
                    match self.tell(outcome) {
                        Some(action) => return Some(action),
                        None if self.enlistments.iter().all(|entry| entry.1 == Standing::Done) => {
                            self.phase = Phase::Ended(outcome);
                        }
                        None => return None,
                    }
                }
                Phase::Ended(_) => {
                    return (!core::mem::replace(&mut self.forgotten, true)).then_some(Action::Forget);
                }
            }
        }
    }

    fn stands(&self, id: EnlistmentId, standing: Standing, voter: bool) -> bool {
        self.enlistments.get(id).is_some_and(|entry| entry.1 == standing && (entry.0 == Participant::Voter) == voter)
    }

    /// Asks the next participant that `counts` and has not been asked, in order of enlistment.
    fn ask(&mut self, counts: impl Fn(Participant) -> bool) -> Asked {
        let mut waiting = false;
        for (id, (participant, standing)) in self.enlistments.iter_mut().enumerate() {
            if counts(*participant) {
                match standing {
                    Standing::Enlisted => {
                        *standing = Standing::Asked;
                        return Asked::Now(id);
                    }
                    Standing::Asked => waiting = true,
                    _ => {}
                }
            }
        }
        if waiting { Asked::Waiting } else { Asked::All }
    }

    /// Tells the next participant the outcome. One that is still being asked is told once it answered.
    fn tell(&mut self, outcome: Outcome) -> Option<Action> {
        for (id, (participant, standing)) in self.enlistments.iter_mut().enumerate() {
            if matches!(standing, Standing::Enlisted | Standing::Yes) {
                if outcome == Outcome::InDoubt && *participant != Participant::Voter {
                    *standing = Standing::Done;
                    continue;
                }
                *standing = Standing::Told;
                return Some(match outcome {
                    Outcome::Committed => Action::Commit(id),
                    Outcome::Aborted => Action::Abort(id),
                    Outcome::InDoubt => Action::InDoubt(id),
                });
            }
        }
        None
    }
}

impl Default for TwoPhaseCommit {
    fn default() -> Self {
        Self::new()
    }
}

enum Asked {
    Now(EnlistmentId),
    Waiting,
    All,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// Drives a machine whose resource managers answer `votes` in order and acknowledge at once.
    fn run(participants: &[Participant], votes: &[Vote]) -> Vec<Action> {
        let mut machine = TwoPhaseCommit::new();
        for participant in participants {
            machine.enlist(*participant).unwrap();
        }
        machine.input(Input::Commit).unwrap();
        let mut actions = vec![];
        let mut votes = votes.iter();
        while let Some(action) = machine.next() {
            actions.push(action);
            match action {
                Action::RequestVote(id) => machine.input(Input::Voted(id, true)).unwrap(),
                Action::RequestPrepare { enlistment, .. } => {
                    machine.input(Input::Prepared(enlistment, *votes.next().unwrap())).unwrap();
                }
                Action::ForceCommitRecord => machine.input(Input::Recorded).unwrap(),
                Action::Commit(id) | Action::Abort(id) | Action::InDoubt(id) => {
                    machine.input(Input::Acknowledged(id)).unwrap();
                }
                Action::Decided(_) | Action::Forget => {}
            }
        }
        actions
    }

    use Action::{Abort, Commit, Decided, ForceCommitRecord, Forget, RequestPrepare, RequestVote};
    use Participant::{Durable, Volatile, Voter};

    fn prepare(enlistment: EnlistmentId) -> Action {
        RequestPrepare { enlistment, single_phase: false }
    }

    #[test]
    fn nobody_enlisted_commits_without_a_record() {
        assert_eq!(run(&[], &[]), [Decided(Outcome::Committed), Forget]);
    }

    #[test]
    fn volatile_managers_need_no_record() {
        assert_eq!(
            run(&[Volatile, Volatile], &[Vote::Prepared, Vote::Prepared]),
            [prepare(0), prepare(1), Decided(Outcome::Committed), Commit(0), Commit(1), Forget]
        );
    }

    #[test]
    fn durable_managers_force_the_record_before_anybody_is_told() {
        assert_eq!(
            run(&[Durable, Durable], &[Vote::Prepared, Vote::Prepared]),
            [prepare(0), prepare(1), ForceCommitRecord, Decided(Outcome::Committed), Commit(0), Commit(1), Forget]
        );
    }

    #[test]
    fn a_read_only_manager_has_no_phase_two() {
        assert_eq!(
            run(&[Durable, Volatile], &[Vote::ReadOnly, Vote::Prepared]),
            [prepare(0), prepare(1), Decided(Outcome::Committed), Commit(1), Forget]
        );
    }

    #[test]
    fn the_first_refusal_aborts_those_that_were_not_asked_too() {
        assert_eq!(
            run(&[Volatile, Volatile, Volatile], &[Vote::Prepared, Vote::Refused]),
            [prepare(0), prepare(1), Decided(Outcome::Aborted), Abort(0), Abort(2), Forget]
        );
    }

    #[test]
    fn voters_come_first_and_a_single_manager_decides_alone() {
        assert_eq!(
            run(&[Volatile, Voter], &[Vote::SinglePhase]),
            [
                RequestVote(1),
                RequestPrepare { enlistment: 0, single_phase: true },
                Decided(Outcome::Committed),
                Commit(1),
                Forget
            ]
        );
    }

    #[test]
    fn a_lost_single_phase_answer_is_in_doubt() {
        let actions = run(&[Durable], &[Vote::Unknown]);
        assert_eq!(actions, [RequestPrepare { enlistment: 0, single_phase: true }, Decided(Outcome::InDoubt), Forget]);
    }

    #[test]
    fn voters_are_told_when_nobody_knows() {
        assert_eq!(
            run(&[Durable, Voter], &[Vote::Unknown]),
            [
                RequestVote(1),
                RequestPrepare { enlistment: 0, single_phase: true },
                Decided(Outcome::InDoubt),
                Action::InDoubt(1),
                Forget
            ]
        );
    }

    #[test]
    fn an_abort_during_prepare_waits_for_the_answer_that_is_under_way() {
        let mut machine = TwoPhaseCommit::new();
        machine.enlist(Volatile).unwrap();
        machine.enlist(Volatile).unwrap();
        machine.input(Input::Commit).unwrap();
        assert_eq!(machine.next(), Some(prepare(0)));
        machine.input(Input::Abort).unwrap();
        assert_eq!(machine.next(), Some(Decided(Outcome::Aborted)));
        assert_eq!(machine.next(), Some(Abort(1)));
        machine.input(Input::Acknowledged(1)).unwrap();
        assert_eq!(machine.next(), None);
        machine.input(Input::Prepared(0, Vote::Prepared)).unwrap();
        assert_eq!(machine.next(), Some(Abort(0)));
        assert_eq!(machine.input(Input::Commit), Err(WrongState));
    }

    #[test]
    fn no_input_is_accepted_out_of_turn() {
        let mut machine = TwoPhaseCommit::new();
        let id = machine.enlist(Volatile).unwrap();
        for input in
            [Input::Voted(id, true), Input::Prepared(id, Vote::Prepared), Input::Recorded, Input::Acknowledged(id)]
        {
            let before = machine.clone();
            assert_eq!(machine.input(input), Err(WrongState));
            assert_eq!(machine, before);
        }
    }
}
