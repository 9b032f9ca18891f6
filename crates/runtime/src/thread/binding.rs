//! A thread's binding to a machine: apartment, stack of contexts, causality, principal.

use super::frame::{Frame, Position};
use crate::machine::Machine;
use complus_core::{
    attribute::ApartmentType,
    error::{ApartmentError, Result},
    rules::transaction::Enclosing,
    stack::{ContextStack, PushedBy},
};
use complus_sync::{Arc, Turn};
use complus_transaction::Transaction;
use std::rc::Rc;

/// How a thread belongs to an apartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Membership {
    /// Not at all, or to the MTA without having asked for it.
    None,
    /// It has an STA of its own; the first of the process is the main one.
    Sta { main: bool },
    /// It joined the MTA.
    Mta,
}

pub(crate) struct Binding {
    pub(crate) machine: Option<Arc<Machine>>,
    /// The default context of the thread's apartment, then what was entered.
    pub(crate) stack: ContextStack<Frame>,
    /// The next number to give away.
    pub(crate) next: u64,
    /// Number of the thread in the machine.
    pub(crate) thread: u32,
    pub(crate) membership: Membership,
    /// Successful initialisations not yet undone.
    pub(crate) initializations: u32,
    causality: u64,
    pub(crate) principal: Option<Arc<str>>,
    pub(crate) turn: Option<Rc<Turn>>,
}

impl Binding {
    pub(crate) const fn unbound() -> Self {
        Self {
            machine: None,
            stack: ContextStack::new(),
            next: 0,
            thread: 0,
            membership: Membership::None,
            initializations: 0,
            causality: 0,
            principal: None,
            turn: None,
        }
    }

    pub(crate) fn new(machine: Arc<Machine>) -> Self {
        let (thread, next) = machine.new_thread();
        let mut binding = Self::unbound();
        (binding.machine, binding.thread, binding.next) = (Some(machine), thread, next);
        binding
    }

    pub(crate) fn is_bound(&self) -> bool {
        self.machine.is_some()
    }

    /// A number nobody else in the machine has.
    #[inline]
    pub(crate) fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    /// The causality of the thread, made on first use (Y-21).
    pub(crate) fn causality(&mut self) -> u64 {
        if self.causality == 0 {
            self.causality = self.number();
        }
        self.causality
    }

    /// The type of the apartment that the thread is in, explicitly or implicitly.
    pub(crate) fn apartment(&self) -> Option<ApartmentType> {
        match self.membership {
            Membership::Sta { main: true } => Some(ApartmentType::MainSta),
            Membership::Sta { main: false } => Some(ApartmentType::Sta),
            Membership::Mta => Some(ApartmentType::Mta),
            Membership::None => self.machine.as_ref()?.process.mta().map(|_| ApartmentType::Mta),
        }
    }

    /// Makes sure that the default context of the thread's apartment lies at the bottom of the stack. A
    /// thread that never initialised COM belongs to the MTA for as long as there is one.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment.
    pub(crate) fn ensure_base(&mut self) -> Result<()> {
        if self.membership != Membership::None || self.stack.depth() > 1 {
            return Ok(());
        }
        let mta = self.machine.as_ref().and_then(|machine| machine.process.mta());
        match (mta, self.stack.top_mut()) {
            (Some(number), Some(base)) => base.number = number,
            (Some(number), None) => self.stack.push(Frame::plain(number, PushedBy::Apartment)),
            (None, _) => {
                self.stack.pop();
                return Err(ApartmentError::NotInitialized.into());
            }
        }
        Ok(())
    }

    /// The frame at `position`.
    #[inline]
    pub(crate) fn frame(&self, position: Position) -> Option<&Frame> {
        self.stack.frames().get(position.index())
    }

    /// The frame at `position`.
    #[inline]
    pub(crate) fn frame_mut(&mut self, position: Position) -> Option<&mut Frame> {
        self.stack.frames_mut().get_mut(position.index())
    }

    /// The frame that owns the current context's transaction.
    pub(crate) fn transaction_owner(&self) -> Option<&Frame> {
        self.frame(self.stack.top()?.transaction)
    }

    /// The shared transaction that the current context is in, if it is shared.
    pub(crate) fn shared_transaction(&self) -> Option<Transaction> {
        self.transaction_owner()?.shared_transaction().cloned()
    }

    /// How the current context looks to the flow rules, once a shared transaction was settled.
    pub(crate) fn enclosing(&self) -> Enclosing {
        match self.transaction_owner() {
            None => Enclosing::None,
            Some(owner) => match owner.shared_transaction() {
                Some(transaction) => transaction.stream().enclosing(),
                None => owner.stream.enclosing(),
            },
        }
    }

    /// The number of the current context's transaction.
    pub(crate) fn transaction_number(&self) -> Option<u64> {
        self.transaction_owner()
            .map(|owner| owner.shared_transaction().map_or(owner.stream.number, |shared| shared.id().number()))
    }

    /// The number of the current context's activity.
    pub(crate) fn activity_number(&self) -> Option<u64> {
        self.frame(self.stack.top()?.activity).map(Frame::activity_number)
    }

    /// Moves the transaction that the frame at `owner` owns to where other threads can reach it; it keeps its
    /// identity. Answers a handle for participants.
    pub(crate) fn share_transaction(&mut self, owner: Position) -> Option<Transaction> {
        let manager = self.machine.as_ref()?.manager.clone();
        let frame = self.frame_mut(owner)?;
        if let Some(transaction) = frame.shared_transaction() {
            return Some(transaction.participant());
        }
        let stream = frame.stream;
        let shared = frame.shared_mut();
        let transaction = manager.adopt(stream, shared.description.clone());
        let participant = transaction.participant();
        shared.transaction = Some(transaction);
        Some(participant)
    }
}

/// A thread that ends leaves its apartment as if it had undone every initialisation.
impl Drop for Binding {
    fn drop(&mut self) {
        if let Some(machine) = &self.machine {
            match self.membership {
                Membership::None => {}
                Membership::Sta { .. } => machine.process.close_sta(self.thread),
                Membership::Mta => machine.process.leave_mta(),
            }
        }
    }
}
