//! A thread's binding to a machine: apartment, stack of contexts, causality, principal.

use super::frame::{Frame, Owned, Position, SharedTransaction};
use crate::machine::Machine;
use complus_core::{
    attribute::ApartmentType,
    error::{ApartmentError, Result},
    id::TransactionId,
    stack::{ContextStack, Places, PushedBy},
};
use complus_sync::{
    Arc, Turn,
    atomic::{AtomicU64, Ordering},
};
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

/// Tells a binding from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BindingKey(u64);

static BINDINGS: AtomicU64 = AtomicU64::new(1);

pub(crate) struct Binding {
    pub(crate) key: BindingKey,
    pub(crate) machine: Option<Arc<Machine>>,
    /// The default context of the thread's apartment, then what was entered.
    pub(crate) stack: ContextStack<Frame>,
    /// The transactions that frames of the stack own, oldest first.
    pub(crate) transactions: Places<Owned>,
    /// The next number to give away, and where the block of numbers ends.
    pub(crate) next: u64,
    pub(crate) end: u64,
    /// Number of the thread in the machine.
    pub(crate) thread: u32,
    pub(crate) membership: Membership,
    /// Successful initialisations not yet undone.
    pub(crate) initializations: u32,
    pub(crate) principal: Option<Arc<str>>,
    pub(crate) turn: Option<Rc<Turn>>,
}

impl Binding {
    pub(crate) const fn unbound() -> Self {
        Self {
            key: BindingKey(0),
            machine: None,
            stack: ContextStack::new(),
            transactions: Places::new(),
            next: 0,
            end: 0,
            thread: 0,
            membership: Membership::None,
            initializations: 0,
            principal: None,
            turn: None,
        }
    }

    pub(crate) fn new(machine: Arc<Machine>) -> Self {
        let mut binding = Self::unbound();
        binding.key = BindingKey(BINDINGS.fetch_add(1, Ordering::Relaxed));
        binding.stack.limit_to(machine.limits.depth);
        binding.thread = machine.new_thread();
        binding.machine = Some(machine);
        binding
    }

    pub(crate) fn is_bound(&self) -> bool {
        self.machine.is_some()
    }

    /// A number nobody else has.
    pub(crate) fn number(&mut self) -> u64 {
        if self.next == self.end
            && let Some(machine) = &self.machine
        {
            let block = machine.numbers();
            (self.next, self.end) = (block.start, block.end);
        }
        let number = self.next;
        self.next += 1;
        number
    }

    /// The number of the thread's causality: its own, until it serves somebody else's call (Y-21).
    #[inline]
    pub(crate) fn causality(&self) -> u64 {
        u64::from(self.thread)
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
            (Some(number), None) => {
                // The rare part keeps entries off the fast path, which does not look whether the MTA lasts.
                let mut base = Frame::plain(number, PushedBy::Apartment);
                base.rare_mut();
                self.stack.push(base);
            }
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
        self.stack.get(position.index())
    }

    /// The current context's transaction.
    pub(crate) fn transaction(&self) -> Option<&Owned> {
        self.transactions.get(self.stack.top()?.transaction.index())
    }

    /// The current context's transaction.
    pub(crate) fn transaction_mut(&mut self) -> Option<&mut Owned> {
        self.transactions.get_mut(self.stack.top()?.transaction.index())
    }

    /// The id of the current context's transaction.
    pub(crate) fn transaction_id(&self) -> Option<TransactionId> {
        self.transaction()?.id(self.machine.as_ref()?.seed)
    }

    /// The number of the current context's activity.
    pub(crate) fn activity_number(&self) -> Option<u64> {
        self.frame(self.stack.top()?.activity).map(Frame::activity_number)
    }

    /// Moves a transaction of this thread to where others can reach it; it keeps its identity. Answers a
    /// handle for participants.
    pub(crate) fn share_transaction(
        &mut self,
        position: Position,
        description: Option<Arc<str>>,
    ) -> Option<Transaction> {
        let manager = &self.machine.as_ref()?.manager;
        let owned = self.transactions.get_mut(position.index())?;
        let shared =
            owned.shared.get_or_insert_with(|| SharedTransaction::new(manager.adopt(owned.stream, description)));
        Some(shared.handle.participant())
    }
}

/// A binding that ends leaves its apartment as if every initialisation had been undone, and gives back the
/// numbers it did not use.
impl Drop for Binding {
    fn drop(&mut self) {
        if let Some(machine) = &self.machine {
            match self.membership {
                Membership::None => {}
                Membership::Sta { .. } => machine.process.close_sta(self.thread),
                Membership::Mta => machine.process.leave_mta(),
            }
            machine.give_back(self.next..self.end);
        }
    }
}
