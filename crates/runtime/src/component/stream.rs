//! The transaction stream: one transaction after another for a root and those that were created in it (TXN 1, 6, 8).

use super::{Component, Membership, ending::deactivate, voter::Member};
use crate::{
    machine::{ID_BITS, Machine},
    observation::Place,
    thread::{self, frame::SharedTransaction},
};
use complus_core::{
    attribute::IsolationLevel,
    context::{StreamState, TransactionStream},
    error::{CallError, ContextError, Result},
    event::What,
    rules::{
        leave::Role,
        transaction_call::{self, Aftermath, Call, Start},
    },
};
use complus_sync::{Arc, Mutex, OnceLock, Weak, atomic::Ordering};
use complus_transaction::{Transaction, TransactionProxy};
use uuid::Uuid;

/// A stream. The units of the root's follow each other; that of somebody else's transaction has but one.
pub(crate) struct Stream {
    /// That of the root's context.
    number: u64,
    /// The values of a root's transactions; none for a transaction that was begun elsewhere.
    begins: Option<Begins>,
    root: OnceLock<Weak<Component>>,
    pub(super) state: Mutex<State>,
}

/// How a root's transactions begin.
pub(crate) struct Begins {
    pub(crate) isolation: IsolationLevel,
    /// In seconds; zero is never. None is the machine's when the transaction begins.
    pub(crate) timeout: Option<u32>,
    pub(crate) description: Option<Arc<str>>,
}

pub(super) struct State {
    /// Counts the transactions, from 1; the one to come while there is none.
    pub(super) unit: u64,
    pub(super) current: Option<Transaction>,
    /// Those that take part in the current one, in the order of their first calls.
    pub(super) members: Vec<Weak<Component>>,
    /// Through which the root commits the current one.
    pub(super) proxy: Option<(Uuid, Arc<dyn TransactionProxy>)>,
}

impl Stream {
    /// The stream of a root that is about to be made.
    pub(crate) fn of_root(number: u64, begins: Begins) -> Arc<Self> {
        Arc::new(Self::new(number, Some(begins), None))
    }

    /// The stream of a transaction that somebody else ends: a service domain's, a brought one. Its members vote when
    /// that commits.
    ///
    /// # Errors
    /// XACT_E_NOTRANSACTION when it takes no more participants.
    pub(crate) fn of_transaction(number: u64, transaction: Transaction) -> Result<Arc<Self>> {
        let stream = Arc::new(Self::new(number, None, Some(transaction.participant())));
        if transaction.state() == StreamState::Active {
            transaction.register_voter(Member::of(&stream))?;
        }
        Ok(stream)
    }

    fn new(number: u64, begins: Option<Begins>, current: Option<Transaction>) -> Self {
        let state = State { unit: 1, current, members: Vec::new(), proxy: None };
        Self { number, begins, root: OnceLock::new(), state: Mutex::new(state) }
    }

    /// Says who the root is.
    pub(crate) fn set_root(&self, root: &Arc<Component>) {
        let _ = self.root.set(Arc::downgrade(root));
    }

    /// Its isolation level.
    pub(crate) fn isolation(&self) -> IsolationLevel {
        let current = || self.state.lock().current.as_ref().map(Transaction::isolation_level);
        self.begins.as_ref().map(|begins| begins.isolation).or_else(current).unwrap_or(IsolationLevel::Serializable)
    }

    /// The current transaction.
    pub(crate) fn current(&self) -> Option<Transaction> {
        self.state.lock().current.clone()
    }

    /// The current transaction, if the member takes part in it.
    pub(super) fn current_of(&self, membership: &Membership) -> Option<Transaction> {
        let state = self.state.lock();
        let current = state.current.as_ref().filter(|_| membership.unit.load(Ordering::Acquire) == state.unit)?;
        Some(current.participant())
    }

    /// How the current transaction stands.
    pub(super) fn state(&self) -> Option<StreamState> {
        self.current().map(|current| current.state())
    }

    /// Begins the first transaction before it is needed (`eager_begin`).
    ///
    /// # Errors
    /// CONTEXT_E_TMNOTAVAILABLE.
    pub(crate) fn begin_early(&self, machine: &Machine) -> Result<()> {
        self.begin(machine)
    }

    /// The transaction that a call of a member runs in.
    ///
    /// # Errors
    /// CONTEXT_E_ABORTING, CONTEXT_E_OLDREF, CONTEXT_E_TMNOTAVAILABLE.
    pub(super) fn enter(
        &self,
        component: &Component,
        membership: &Membership,
    ) -> Result<(Role, Box<SharedTransaction>)> {
        self.settle();
        let role = membership.role;
        let held = match self.state() {
            // It is over, and the root still at work in it: it is being torn down.
            Some(StreamState::Committed | StreamState::Aborted | StreamState::InDoubt) => Some(StreamState::Doomed),
            Some(state) => Some(state),
            None => component.lost.load(Ordering::Acquire).then_some(StreamState::Aborted),
        };
        let nested = component.calls.load(Ordering::Acquire) > 0;
        let manager = component.machine.manager.is_available();
        match transaction_call::enter(Call { role, held, old_sequence: false, nested, manager }, &mut ()) {
            Ok(Start::Begin) => {
                self.begin(&component.machine)?;
                self.join(component, membership)
            }
            Ok(_) => self.join(component, membership),
            Err((error, aftermath)) => {
                match aftermath {
                    Aftermath::Nothing => {}
                    Aftermath::Forget => component.lost.store(false, Ordering::Release),
                    Aftermath::Deactivate => deactivate(component, false)?,
                    Aftermath::Abort => self.abort(&component.machine),
                }
                Err(error.into())
            }
        }
    }

    /// The transaction that a member is let go of in, if it takes part in it.
    pub(super) fn join_if_current(
        &self,
        component: &Component,
        membership: &Membership,
    ) -> Option<(Role, Box<SharedTransaction>)> {
        self.settle();
        let takes_part = {
            let state = self.state.lock();
            // A root begins with its transaction, maybe before its first call (`eager_begin`).
            state.current.is_some()
                && (membership.role == Role::Root || membership.unit.load(Ordering::Acquire) == state.unit)
        };
        takes_part.then(|| self.join(component, membership).ok()).flatten()
    }

    /// Takes part in the current transaction.
    ///
    /// # Errors
    /// CONTEXT_E_ABORTING when it has ended just now, as it can under the eyes of another process, where the activity has
    /// another lock: what was found belongs to an old sequence number.
    fn join(&self, component: &Component, membership: &Membership) -> Result<(Role, Box<SharedTransaction>)> {
        let mut state = self.state.lock();
        let current = state.current.clone().ok_or(CallError::Aborting)?;
        component.lost.store(false, Ordering::Release);
        if membership.unit.swap(state.unit, Ordering::AcqRel) != state.unit {
            state.members.push(component.this());
        }
        drop(state);
        let handle = match membership.role {
            Role::Root => current,
            _ => current.participant(),
        };
        Ok((membership.role, SharedTransaction::new(handle)))
    }

    /// The transaction that a member asks about while no call of it runs in one: a root begins the next one
    /// (\[stream-gap\]).
    ///
    /// # Errors
    /// CONTEXT_E_TMNOTAVAILABLE.
    pub(crate) fn asked(&self, component: &Component, membership: &Membership) -> Result<Option<Transaction>> {
        self.settle();
        if self.current().is_none() && membership.role == Role::Root {
            if !component.machine.manager.is_available() {
                return Err(CallError::ManagerUnavailable.into());
            }
            self.begin(&component.machine)?;
        }
        Ok(self.current())
    }

    fn begin(&self, machine: &Machine) -> Result<()> {
        let Some(begins) = &self.begins else { return Ok(()) };
        let number = thread::bound(|binding| binding.number())? & ID_BITS;
        let timeout = begins.timeout.unwrap_or_else(|| machine.default_timeout.seconds());
        let stream = TransactionStream::begin(number, begins.isolation, timeout, machine.clock.now());
        let transaction = machine.manager.adopt(stream, begins.description.clone());
        if machine.is_observed() {
            // Its root's context is entered when it has begun: only the event says which transaction it is about.
            let here = thread::look(|binding| Some(Place::here(binding))).unwrap_or_default();
            let started = What::TransactionStarted {
                stream: machine.stream_id(self.number & ID_BITS),
                isolation: begins.isolation,
                timeout,
                description: begins.description.clone(),
            };
            machine.emit(Place { transaction: Some(transaction.id()), ..here }, started);
        }
        self.state.lock().current = Some(transaction);
        Ok(())
    }

    /// Those that take part in the current transaction, in the order of their first calls.
    pub(super) fn members(&self) -> Vec<Arc<Component>> {
        self.state.lock().members.iter().filter_map(Weak::upgrade).collect()
    }

    /// RegisterTransactionProxy: the root commits the current transaction through `proxy`, whichever of its calls ends
    /// it. Gives what the proxy's commit is given.
    ///
    /// # Errors
    /// XACT_E_XTIONEXISTS the second time, E_NOTIMPL where there is no transaction.
    pub(crate) fn register_proxy(&self, proxy: Arc<dyn TransactionProxy>) -> Result<Uuid> {
        let mut state = self.state.lock();
        let id = state.current.as_ref().ok_or(ContextError::NotRoot)?.id().guid();
        if state.proxy.is_some() {
            return Err(ContextError::ProxyExists.into());
        }
        state.proxy = Some((id, proxy));
        Ok(id)
    }

    /// The proxy through which the root commits, if one was registered.
    pub(super) fn proxy(&self) -> Option<(Uuid, Arc<dyn TransactionProxy>)> {
        self.state.lock().proxy.clone()
    }

    /// Marks the current transaction for abort.
    pub(super) fn doom(&self) {
        if let Some(current) = self.current() {
            current.doom();
        }
    }
}

impl Component {
    /// Marks the transaction that it takes part in for abort.
    pub(super) fn doom(&self) {
        if let Some(membership) = &self.membership {
            membership.stream.doom();
        }
    }

    pub(super) fn is_in_call(&self) -> bool {
        self.calls.load(Ordering::Acquire) > 0
    }
}
