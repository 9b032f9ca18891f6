//! Handles on a transaction.

use crate::{
    Ballot, ResourceManager, Voter,
    drive::{Body, Drive, Enlisted},
    manager::Shared,
};
use complus_core::{
    Result,
    attribute::IsolationLevel,
    context::{StreamState, TransactionStream},
    error::TransactionError,
    event::{AbortReason, What},
    id::TransactionId,
    two_phase_commit::{Input, Outcome, Participant, TwoPhaseCommit},
};
use complus_sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicBool, Ordering},
};
use std::fmt;

/// A handle on a transaction. Clones are handles on the same transaction.
///
/// Its owner commits or aborts it; when the last owner's handle is dropped without either, it aborts.
/// A [`participant`](Self::participant)'s handle may enlist and abort, but not commit.
pub struct Transaction {
    /// Only an owner commits; its drop aborts. It comes before what it aborts, since fields are dropped in order.
    owner: Option<Arc<Ownership>>,
    body: Arc<Body>,
}

struct Ownership {
    body: Weak<Body>,
    released: AtomicBool,
}

impl Drop for Ownership {
    fn drop(&mut self) {
        if let Some(body) = self.body.upgrade()
            && !self.released.load(Ordering::Acquire)
        {
            let _ = body.end(Input::Abort, AbortReason::Requested);
        }
    }
}

impl Transaction {
    pub(crate) const TIP_PREFIX: &'static str = "tip://localhost/?OleTx-";

    pub(crate) fn new(
        manager: Arc<Shared>,
        id: TransactionId,
        stream: TransactionStream,
        description: Option<Arc<str>>,
    ) -> Self {
        let body = Arc::new(Body {
            id,
            isolation: stream.isolation,
            timeout: stream.timeout,
            description,
            manager,
            stream: Mutex::new(stream),
            drive: Mutex::new(Drive {
                machine: TwoPhaseCommit::new(),
                participants: Vec::new(),
                timer: None,
                ballot: None,
                driving: false,
                reason: AbortReason::Requested,
            }),
        });
        let owner = Ownership { body: Arc::downgrade(&body), released: AtomicBool::new(false) };
        Self { body, owner: Some(Arc::new(owner)) }
    }

    /// Sets the timer for its deadline.
    pub(crate) fn arm(&self) {
        let Some(deadline) = self.body.stream.lock().deadline.moment() else { return };
        let body = Arc::downgrade(&self.body);
        let expire = move || {
            if let Some(body) = body.upgrade() {
                let _ = body.end(Input::Abort, AbortReason::TimedOut { deadline });
            }
        };
        let nanoseconds = u64::try_from(deadline.as_nanos()).unwrap_or(u64::MAX);
        let key = self.body.manager.timers.set(nanoseconds, Box::new(expire));
        self.body.drive.lock().timer = Some(key);
    }

    /// Its id: the unit of work that all members see.
    pub fn id(&self) -> TransactionId {
        self.body.id
    }

    /// The level it runs at.
    pub fn isolation_level(&self) -> IsolationLevel {
        self.body.isolation
    }

    /// Its time-out in seconds; zero means never.
    pub fn timeout(&self) -> u32 {
        self.body.timeout
    }

    /// Its description.
    pub fn description(&self) -> Option<&str> {
        self.body.description.as_deref()
    }

    /// What has become of it, at this moment.
    pub fn state(&self) -> StreamState {
        self.body.settle();
        self.body.stream.lock().state
    }

    /// Its stream, at this moment.
    pub fn stream(&self) -> TransactionStream {
        self.body.settle();
        *self.body.stream.lock()
    }

    /// Its stream, as it was last seen: the deadline is not looked at, so nobody is called.
    pub fn unsettled_stream(&self) -> TransactionStream {
        *self.body.stream.lock()
    }

    /// A handle that may not commit.
    pub fn participant(&self) -> Self {
        Self { body: self.body.clone(), owner: None }
    }

    /// Whether both are handles on the same transaction.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.body, &other.body)
    }

    /// A TIP URL under which the manager finds it, until it ends.
    pub fn tip_url(&self) -> String {
        let id = self.id().guid();
        self.body.manager.exported.insert(id, self.participant());
        if self.state().is_over() {
            self.body.manager.exported.remove(&id);
        }
        format!("{}{}", Self::TIP_PREFIX, id.hyphenated())
    }

    /// Lets a resource manager take part; once per transaction.
    ///
    /// # Errors
    /// XACT_E_ABORTING when the transaction is doomed, XACT_E_NOTRANSACTION when it has ended,
    /// XACT_E_WRONGSTATE while it is ending.
    pub fn enlist(&self, manager: Arc<dyn ResourceManager>) -> Result<()> {
        self.may_enlist()?;
        let mut drive = self.body.drive.lock();
        let same = |enlisted: &Enlisted| match enlisted {
            Enlisted::Manager(known) => known.name() == manager.name(),
            Enlisted::Voter(_) => false,
        };
        if drive.participants.iter().any(same) {
            return Ok(());
        }
        let name = Arc::from(manager.name());
        drive.enlist(Participant::Volatile, Enlisted::Manager(manager))?;
        drop(drive);
        self.body.emit(What::ResourceEnlisted { manager: name });
        Ok(())
    }

    /// Gives somebody a veto, once. Errors as for [`enlist`](Self::enlist), but a doomed transaction is no error.
    pub fn register_voter(&self, voter: Arc<dyn Voter>) -> Result<()> {
        if self.unsettled_stream().state.is_over() {
            return Err(TransactionError::Ended.into());
        }
        let mut drive = self.body.drive.lock();
        let same = |enlisted: &Enlisted| matches!(enlisted, Enlisted::Voter(known) if Arc::ptr_eq(known, &voter));
        if drive.participants.iter().any(same) {
            return Ok(());
        }
        drive.enlist(Participant::Voter, Enlisted::Voter(voter))
    }

    /// The vote of the COM+ contexts in this transaction: there is one for all of them. The first context
    /// has it registered, by `register`.
    ///
    /// # Errors
    /// What `register` returns.
    pub fn ballot(&self, register: impl FnOnce(Arc<Ballot>) -> Result<()>) -> Result<Arc<Ballot>> {
        if let Some(ballot) = &self.body.drive.lock().ballot {
            return Ok(ballot.clone());
        }
        let ballot = Arc::new(Ballot::default());
        register(ballot.clone())?;
        Ok(self.body.drive.lock().ballot.get_or_insert(ballot).clone())
    }

    /// Whether its end has not begun. Whoever holds a lock that he takes to prepare, and finds it so, is still asked
    /// about what he writes under it.
    pub fn takes_work(&self) -> bool {
        self.body.drive.lock().machine.is_active()
    }

    fn may_enlist(&self) -> Result<()> {
        match self.state() {
            StreamState::Active => Ok(()),
            StreamState::Doomed => Err(TransactionError::Doomed.into()),
            _ => Err(TransactionError::Ended.into()),
        }
    }

    /// Marks it for abort. A latch; without effect once it is over, or while its only resource manager decides.
    pub fn doom(&self) {
        let (doomed, ending) = {
            let drive = self.body.drive.lock();
            let mut stream = self.body.stream.lock();
            let before = stream.state;
            if drive.machine.can_abort() {
                stream.doom();
            }
            (before != stream.state, !drive.machine.is_active())
        };
        if doomed {
            self.body.emit(What::TransactionDoomed);
        }
        if ending {
            // The votes are being collected: doom still turns the decision.
            let _ = self.body.end(Input::Abort, AbortReason::Doomed);
        }
    }

    /// Attempts to commit: phase one, the decision, phase two.
    ///
    /// # Errors
    /// XACT_E_COMMITPREVENTED from a participant's handle, XACT_E_ABORTED when it aborted instead,
    /// XACT_E_NOTRANSACTION when it had ended before, XACT_E_ALREADYINPROGRESS while it is being ended,
    /// XACT_E_INDOUBT when nobody can tell.
    pub fn commit(&self) -> Result<()> {
        let Some(owner) = &self.owner else { return Err(TransactionError::CommitPrevented.into()) };
        let outcome = match self.state() {
            StreamState::Active if self.body.manager.is_available() => {
                self.body.end(Input::Commit, AbortReason::Refused)?
            }
            StreamState::Active => self.body.end(Input::Abort, AbortReason::ManagerLost)?,
            StreamState::Doomed => self.body.end(Input::Abort, AbortReason::Doomed)?,
            StreamState::Aborted => return Err(TransactionError::Aborted.into()),
            StreamState::Committed | StreamState::InDoubt => return Err(TransactionError::Ended.into()),
        };
        owner.released.store(true, Ordering::Release);
        match outcome {
            Outcome::Committed => Ok(()),
            Outcome::Aborted => Err(TransactionError::Aborted.into()),
            Outcome::InDoubt => Err(TransactionError::InDoubt.into()),
        }
    }

    /// Aborts.
    ///
    /// # Errors
    /// XACT_E_NOTRANSACTION when it has ended or its end is decided, XACT_E_ALREADYINPROGRESS while its only
    /// resource manager decides.
    pub fn abort(&self) -> Result<()> {
        self.abort_because(AbortReason::Requested)
    }

    /// Aborts and says why. Errors as for [`abort`](Self::abort).
    pub fn abort_because(&self, reason: AbortReason) -> Result<()> {
        if self.state().is_over() {
            return Err(TransactionError::Ended.into());
        }
        self.body.end(Input::Abort, reason).map(drop)
    }
}

impl Clone for Transaction {
    fn clone(&self) -> Self {
        Self { body: self.body.clone(), owner: self.owner.clone() }
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("id", &self.id())
            .field("state", &self.body.stream.lock().state)
            .field("owner", &self.owner.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TransactionManager, TransactionOptions, VolatileStore};
    use complus_core::{
        hresult::{self, HResult},
        two_phase_commit::Vote,
    };
    use complus_sync::VirtualClock;
    use std::time::Duration;

    fn code<T: fmt::Debug>(result: Result<T>) -> HResult {
        result.unwrap_err().hresult()
    }

    fn begin() -> Transaction {
        TransactionManager::new().begin(TransactionOptions::default()).unwrap()
    }

    struct Says(bool);
    impl Voter for Says {
        fn vote(&self) -> bool {
            self.0
        }
    }

    #[test]
    fn a_participant_may_abort_but_not_commit() {
        let transaction = begin();
        let participant = transaction.participant();
        assert_eq!(code(participant.commit()), hresult::XACT_E_COMMITPREVENTED);
        assert_eq!(transaction.state(), StreamState::Active);
        participant.abort().unwrap();
        assert_eq!(code(transaction.commit()), hresult::XACT_E_ABORTED);
        assert_eq!(code(transaction.abort()), hresult::XACT_E_NOTRANSACTION);
    }

    #[test]
    fn dropping_the_last_owner_aborts() {
        let transaction = begin();
        let (second, participant) = (transaction.clone(), transaction.participant());
        drop(transaction);
        assert_eq!(participant.state(), StreamState::Active);
        drop(second);
        assert_eq!(participant.state(), StreamState::Aborted);
    }

    #[test]
    fn dropping_the_only_handle_tells_the_participants() {
        let manager = TransactionManager::new();
        let store = VolatileStore::new("ledger");
        let transaction = manager.begin(TransactionOptions::default()).unwrap();
        store.add(&transaction, "alice", 1).unwrap();
        drop(transaction);
        let next = manager.begin(TransactionOptions::default()).unwrap();
        store.add(&next, "alice", 1).unwrap();
        next.commit().unwrap();
        assert_eq!(store.get("alice"), 1);
    }

    #[test]
    fn a_doomed_transaction_takes_no_more_resources_and_aborts_at_commit() {
        let transaction = begin();
        transaction.doom();
        let store = Arc::new(VolatileStore::new("ledger"));
        assert_eq!(code(transaction.enlist(store)), hresult::XACT_E_ABORTING);
        assert_eq!(code(transaction.commit()), hresult::XACT_E_ABORTED);
    }

    #[test]
    fn a_veto_aborts_before_any_manager_is_asked() {
        let transaction = begin();
        let store = VolatileStore::new("ledger");
        store.add(&transaction, "alice", 1).unwrap();
        transaction.register_voter(Arc::new(Says(true))).unwrap();
        transaction.register_voter(Arc::new(Says(false))).unwrap();
        assert_eq!(code(transaction.commit()), hresult::XACT_E_ABORTED);
        assert_eq!(store.get("alice"), 0);
    }

    #[test]
    fn a_virtual_deadline_aborts_at_its_moment() {
        let clock = VirtualClock::new();
        let manager = TransactionManager::with(clock.clone().into(), 1, 60);
        let transaction = manager.begin(TransactionOptions { timeout: Some(2), ..Default::default() }).unwrap();
        let never = manager.begin(TransactionOptions { timeout: Some(0), ..Default::default() }).unwrap();
        let advance = |seconds| clock.advance(Duration::from_secs(seconds), || Ok::<_, ()>(())).unwrap();
        advance(1);
        assert_eq!(transaction.state(), StreamState::Active);
        advance(1);
        assert_eq!(transaction.state(), StreamState::Aborted);
        advance(1_000_000);
        never.commit().unwrap();
    }

    #[test]
    fn a_lost_manager_begins_nothing_and_aborts_what_is_undecided() {
        let manager = TransactionManager::new();
        let transaction = manager.begin(TransactionOptions::default()).unwrap();
        manager.set_available(false);
        assert_eq!(code(manager.begin(TransactionOptions::default())), hresult::XACT_E_TMNOTAVAILABLE);
        assert_eq!(code(transaction.commit()), hresult::XACT_E_ABORTED);
    }

    #[test]
    fn a_url_finds_the_transaction_while_it_lasts() {
        let manager = TransactionManager::new();
        let transaction = manager.begin(TransactionOptions::default()).unwrap();
        let url = transaction.tip_url();
        assert!(manager.import(&url).unwrap().is_same(&transaction));
        transaction.commit().unwrap();
        assert_eq!(code(manager.import(&url)), hresult::XACT_E_TIP_PULL_FAILED);
        assert_eq!(code(manager.import("tip://elsewhere/")), hresult::XACT_E_TIP_PULL_FAILED);
    }

    struct Bomb;
    impl ResourceManager for Bomb {
        fn name(&self) -> &str {
            "bomb"
        }
        fn prepare(&self, _: TransactionId) -> Vote {
            panic!("prepare")
        }
        fn commit(&self, _: TransactionId) {
            panic!("commit")
        }
        fn abort(&self, _: TransactionId) {
            panic!("abort")
        }
    }

    #[test]
    fn a_manager_that_panics_in_prepare_refuses() {
        let transaction = begin();
        let store = VolatileStore::new("ledger");
        store.add(&transaction, "alice", 1).unwrap();
        transaction.enlist(Arc::new(Bomb)).unwrap();
        assert_eq!(code(transaction.commit()), hresult::XACT_E_ABORTED);
        assert_eq!(store.get("alice"), 0);
    }

    #[test]
    fn a_single_manager_that_panics_leaves_the_outcome_in_doubt() {
        let transaction = begin();
        transaction.enlist(Arc::new(Bomb)).unwrap();
        assert_eq!(code(transaction.commit()), hresult::XACT_E_INDOUBT);
    }
}
