//! The transaction stream: one transaction after another for a root and those that were created in it (TXN 1, 6, 8).

use super::{Component, Membership};
use crate::{
    apartment::Method,
    interception::{self, InContext, Visiting},
    machine::{ID_BITS, Machine},
    thread::{self, frame::SharedTransaction},
};
use complus_core::{
    attribute::IsolationLevel,
    context::{StreamState, TransactionStream},
    error::Result,
    event::What,
    rules::{
        leave::Role,
        transaction_call::{self, Aftermath, Call, Start},
    },
};
use complus_sync::{Arc, Mutex, OnceLock, Weak, atomic::Ordering};
use complus_transaction::{Outcome, Transaction, Voter};

/// A stream. The units of the root's follow each other; that of somebody else's transaction has but one.
pub(crate) struct Stream {
    /// That of the root's context.
    number: u64,
    /// The values of a root's transactions; none for a transaction that was begun elsewhere.
    begins: Option<Begins>,
    root: OnceLock<Weak<Component>>,
    state: Mutex<State>,
}

/// How a root's transactions begin.
pub(crate) struct Begins {
    pub(crate) isolation: IsolationLevel,
    /// In seconds; zero is never.
    pub(crate) timeout: u32,
    pub(crate) description: Option<Arc<str>>,
}

struct State {
    /// Counts the transactions, from 1; the one to come while there is none.
    unit: u64,
    current: Option<Transaction>,
    /// Those that take part in the current one, in the order of their first calls.
    members: Vec<Weak<Component>>,
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
            transaction.register_voter(Arc::new(Member(Arc::downgrade(&stream))))?;
        }
        Ok(stream)
    }

    fn new(number: u64, begins: Option<Begins>, current: Option<Transaction>) -> Self {
        let state = State { unit: 1, current, members: Vec::new() };
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
                Ok(self.join(component, membership))
            }
            Ok(_) => Ok(self.join(component, membership)),
            Err((error, aftermath)) => {
                match aftermath {
                    Aftermath::Nothing => {}
                    Aftermath::Forget => component.lost.store(false, Ordering::Release),
                    Aftermath::Deactivate => deactivate(component, false),
                    Aftermath::Abort => self.abort(),
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
            state.current.is_some() && membership.unit.load(Ordering::Acquire) == state.unit
        };
        takes_part.then(|| self.join(component, membership))
    }

    fn join(&self, component: &Component, membership: &Membership) -> (Role, Box<SharedTransaction>) {
        component.lost.store(false, Ordering::Release);
        let mut state = self.state.lock();
        if membership.unit.swap(state.unit, Ordering::AcqRel) != state.unit {
            state.members.push(component.this());
        }
        let handle = state.current.as_ref().map(|current| match membership.role {
            Role::Root => current.clone(),
            _ => current.participant(),
        });
        drop(state);
        let handle =
            handle.unwrap_or_else(|| unreachable!("a transaction was begun or found under the activity's lock"));
        (membership.role, SharedTransaction::new(handle))
    }

    fn begin(&self, machine: &Machine) -> Result<()> {
        let Some(begins) = &self.begins else { return Ok(()) };
        let number = thread::bound(|binding| binding.number())? & ID_BITS;
        let stream = TransactionStream::begin(number, begins.isolation, begins.timeout, machine.clock.now());
        let transaction = machine.manager.adopt(stream, begins.description.clone());
        machine.emit_here(What::TransactionStarted {
            stream: machine.stream_id(self.number & ID_BITS),
            isolation: begins.isolation,
            timeout: begins.timeout,
            description: begins.description.clone(),
        });
        self.state.lock().current = Some(transaction);
        Ok(())
    }

    /// Takes note of a transaction that was ended from outside: those who were at work in it lose what they did. One
    /// that runs a method of the root is looked at when that returns (T-13).
    fn settle(&self) {
        let is_over = |state| matches!(state, StreamState::Committed | StreamState::Aborted | StreamState::InDoubt);
        let at_work = self.root.get().and_then(Weak::upgrade).is_some_and(|root| root.is_in_call());
        if at_work || !self.state().is_some_and(is_over) {
            return;
        }
        for member in self.over() {
            if member.is_active() {
                member.lost.store(true, Ordering::Release);
                deactivate(&member, false);
            }
        }
    }

    /// The current transaction is over; gives who took part.
    pub(super) fn over(&self) -> Vec<Arc<Component>> {
        let mut state = self.state.lock();
        state.unit += 1;
        let (ended, members) = (state.current.take(), std::mem::take(&mut state.members));
        drop(state);
        drop(ended); // out here: it may be the last handle
        members.iter().filter_map(Weak::upgrade).collect()
    }

    /// The root is told that its transaction is doomed: everything ends at once (TXN 7.2).
    fn abort(&self) {
        let members: Vec<_> = self.state.lock().members.iter().filter_map(Weak::upgrade).collect();
        members.iter().for_each(|member| deactivate(member, false));
        if let Some(current) = self.current() {
            let _ = current.abort_because(complus_core::event::AbortReason::Doomed);
        }
        self.over();
    }

    /// The root was deactivated: so are all others that take part, in the order in which they came (TXN 8.2, step 2).
    pub(super) fn deactivate_others(&self, root: &Component) {
        let members: Vec<_> = self.state.lock().members.iter().filter_map(Weak::upgrade).collect();
        for member in members.iter().filter(|member| !std::ptr::eq(Arc::as_ptr(member), root)) {
            if member.is_active() && !member.is_in_call() {
                deactivate(member, true);
            }
        }
    }

    /// Marks the current transaction for abort.
    pub(super) fn doom(&self) {
        if let Some(current) = self.current() {
            current.doom();
        }
    }
}

/// Deactivates a component in its own context.
fn deactivate(component: &Component, votes: bool) {
    let Some(component) = component.this().upgrade() else { return };
    let Some(context) = component.context() else { return component.destroy() };
    let context: Arc<dyn InContext> = Arc::new(Visiting::release(context));
    let own = component.clone();
    let visited = interception::visit(&context, Method::RELEASE, move || {
        own.deactivate(votes);
        Ok(())
    });
    if visited.is_err() {
        component.destroy(); // its apartment is gone, or cannot be called from here
    }
}

/// The members of a stream as voters in a transaction that somebody else ends: they are deactivated, and with that
/// their flags are read, when it is about to commit, and lost when it aborts (TXN 11.2).
struct Member(Weak<Stream>);

impl Voter for Member {
    fn vote(&self) -> bool {
        let Some(stream) = self.0.upgrade() else { return true };
        let members: Vec<_> = stream.state.lock().members.iter().filter_map(Weak::upgrade).collect();
        let consistent = members.iter().all(|member| !member.is_active() || member.flags.get().consistent);
        for member in members.iter().filter(|member| member.is_active() && !member.is_in_call()) {
            deactivate(member, false);
        }
        consistent
    }

    fn outcome(&self, _: Outcome) {
        let Some(stream) = self.0.upgrade() else { return };
        for member in stream.over() {
            if member.is_active() && !member.is_in_call() {
                deactivate(&member, false);
            }
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

    fn is_in_call(&self) -> bool {
        self.calls.load(Ordering::Acquire) > 0
    }
}
