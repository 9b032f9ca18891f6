//! A thread's binding to a machine: apartment, stack of contexts, causality, principal.

use super::{
    com_state::ComState,
    frame::{Frame, Owned, Position, SharedTransaction},
};
use crate::{
    apartment::{Queue, Sta},
    component::Component,
    machine::Machine,
    process::ProcessState,
};
use complus_core::{
    attribute::ApartmentType,
    context::UserProperties,
    error::{ApartmentError, Result},
    id::TransactionId,
    stack::{ContextStack, Places, PushedBy},
};
use complus_sync::{Arc, Counter, Signal, Turn};
use complus_transaction::Transaction;
use std::rc::Rc;

/// How a thread belongs to an apartment.
#[derive(Clone, Default)]
pub(crate) enum Membership {
    /// Not at all, or to the MTA without having asked for it.
    #[default]
    None,
    /// It has an STA of its own.
    Sta(Arc<Sta>),
    /// It joined the MTA.
    Mta,
}

impl Membership {
    pub(crate) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The STA, if it is one.
    pub(crate) const fn sta(&self) -> Option<&Arc<Sta>> {
        match self {
            Self::Sta(sta) => Some(sta),
            Self::None | Self::Mta => None,
        }
    }
}

/// Tells a binding from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BindingKey(u64);

static BINDINGS: Counter = Counter::new(1);

pub(crate) struct Binding {
    pub(crate) key: BindingKey,
    pub(crate) machine: Option<Arc<Machine>>,
    pub(crate) process: Option<Arc<ProcessState>>,
    /// The default context of the thread's apartment, then what was entered.
    pub(crate) stack: ContextStack<Frame>,
    /// The transactions that frames of the stack own, oldest first.
    pub(crate) transactions: Places<Owned>,
    /// The next number to give away, and where the block of numbers ends.
    pub(crate) next: u64,
    pub(crate) end: u64,
    /// Number of the thread in the machine.
    pub(crate) thread: u32,
    /// Number of the causality that it works for: its own, or the caller's while it serves a call (Y-21).
    pub(crate) causality: u64,
    pub(crate) membership: Membership,
    /// It executes a call in the neutral apartment.
    pub(crate) neutral: bool,
    /// Successful initialisations not yet undone.
    pub(crate) initializations: u32,
    /// It belongs to a pool: COM made it and initialised it, once.
    pub(crate) made_by_com: bool,
    pub(crate) principal: Option<Arc<str>>,
    pub(crate) turn: Option<Rc<Turn>>,
    /// Where it waits; made by the first wait.
    signal: Option<Signal>,
    /// What few threads have.
    pub(crate) com: Option<Box<ComState>>,
}

impl Binding {
    pub(crate) const fn unbound() -> Self {
        Self {
            key: BindingKey(0),
            machine: None,
            process: None,
            stack: ContextStack::new(),
            transactions: Places::new(),
            next: 0,
            end: 0,
            thread: 0,
            causality: 0,
            membership: Membership::None,
            neutral: false,
            initializations: 0,
            made_by_com: false,
            principal: None,
            turn: None,
            signal: None,
            com: None,
        }
    }

    pub(crate) fn new(machine: Arc<Machine>, process: Arc<ProcessState>) -> Self {
        let thread = machine.new_thread();
        Self::numbered(machine, process, thread)
    }

    /// A binding of a thread that has its number.
    pub(crate) fn numbered(machine: Arc<Machine>, process: Arc<ProcessState>, thread: u32) -> Self {
        let mut binding = Self::unbound();
        binding.key = BindingKey(BINDINGS.next());
        binding.stack.limit_to(machine.limits.depth);
        binding.thread = thread;
        binding.causality = u64::from(binding.thread);
        binding.machine = Some(machine);
        binding.process = Some(process);
        binding
    }

    pub(crate) fn is_bound(&self) -> bool {
        self.machine.is_some()
    }

    /// A number nobody else has.
    #[inline]
    pub(crate) fn number(&mut self) -> u64 {
        if self.next == self.end {
            self.take_numbers();
        }
        let number = self.next;
        self.next += 1;
        number
    }

    #[cold]
    fn take_numbers(&mut self) {
        if let Some(machine) = &self.machine {
            let block = machine.numbers();
            (self.next, self.end) = (block.start, block.end);
        }
    }

    /// Where the thread waits.
    pub(crate) fn signal(&mut self) -> Option<Signal> {
        if self.signal.is_none()
            && let (Some(machine), Some(process)) = (&self.machine, &self.process)
        {
            let signal = Signal::new(&machine.scheduler);
            process.waiters.insert(self.thread, signal.clone());
            self.signal = Some(signal);
        }
        self.signal.clone()
    }

    /// The thread's queue, made if need be.
    pub(crate) fn queue(&mut self) -> Option<Arc<Queue>> {
        if let Some(queue) = self.com.as_ref().and_then(|com| com.queue.clone()) {
            return Some(queue);
        }
        let queue = Queue::new(self.thread, self.signal()?);
        self.com_mut().queue = Some(queue.clone());
        Some(queue)
    }

    /// The thread has a queue that was made for it, and waits there.
    pub(crate) fn adopt_queue(&mut self, queue: Arc<Queue>) {
        let signal = queue.signal().clone();
        if let Some(process) = &self.process {
            process.waiters.insert(self.thread, signal.clone());
        }
        self.signal = Some(signal);
        self.com_mut().queue = Some(queue);
    }

    /// What few threads have, made if need be.
    pub(crate) fn com_mut(&mut self) -> &mut ComState {
        self.com.get_or_insert_default()
    }

    /// The type of the apartment that the thread is in, explicitly or implicitly.
    pub(crate) fn apartment(&self) -> Option<ApartmentType> {
        if self.neutral {
            return Some(ApartmentType::Na);
        }
        match &self.membership {
            Membership::Sta(sta) if sta.is_main() => Some(ApartmentType::MainSta),
            Membership::Sta(_) => Some(ApartmentType::Sta),
            Membership::Mta => Some(ApartmentType::Mta),
            Membership::None => self.process.as_ref()?.apartments.mta().map(|_| ApartmentType::Mta),
        }
    }

    /// Makes sure that the default context of the thread's apartment lies at the bottom of the stack. A
    /// thread that never initialised COM belongs to the MTA for as long as there is one.
    ///
    /// # Errors
    /// CO_E_NOTINITIALIZED when the thread is in no apartment.
    pub(crate) fn ensure_base(&mut self) -> Result<()> {
        if !self.membership.is_none() || self.stack.depth() > 1 {
            return Ok(());
        }
        let mta = self.process.as_ref().and_then(|process| process.apartments.mta());
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

    /// The configured object that lives in the current context. A frame that was pushed the fast way does not name it.
    pub(crate) fn component(&self) -> Option<Arc<Component>> {
        self.component_of(self.stack.top()?)
    }

    /// Those of all the contexts that this thread is in, the current one's first.
    pub(crate) fn components(&self) -> Vec<Arc<Component>> {
        self.stack.frames().iter().rev().filter_map(|frame| self.component_of(frame)).collect()
    }

    fn component_of(&self, frame: &Frame) -> Option<Arc<Component>> {
        match frame.component() {
            Some(component) => Some(component.clone()),
            None if matches!(frame.pushed_by, PushedBy::Call | PushedBy::Masked) => {
                let lent = self.com.as_ref().and_then(|com| com.spares.component(frame.number));
                lent.or_else(|| Component::known(self.process.as_deref()?, frame.number))
            }
            None => None,
        }
    }

    /// Looks at the user properties of the current context; those of a component's outlive its frame.
    pub(crate) fn with_properties<T>(&self, look: impl FnOnce(&UserProperties) -> T) -> T {
        match (self.component(), self.stack.top().and_then(Frame::details)) {
            (Some(component), _) => look(&component.properties.lock()),
            (None, Some(details)) => look(&details.properties),
            (None, None) => look(&UserProperties::default()),
        }
    }

    /// Changes them; nothing happens where there is no context.
    pub(crate) fn change_properties<T: Default>(&mut self, change: impl FnOnce(&mut UserProperties) -> T) -> T {
        if let Some(component) = self.component() {
            return component.change_properties(change);
        }
        self.stack.top_mut().map(|top| change(&mut top.rare_mut().details.properties)).unwrap_or_default()
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
        if let Some(process) = &self.process {
            let keeps_mta = self.com.as_ref().is_some_and(|com| com.keeps_mta);
            let membership = std::mem::take(&mut self.membership);
            let was_member = !membership.is_none() && !self.made_by_com;
            match membership {
                Membership::None => {}
                Membership::Sta(sta) => {
                    process.apartments.close_sta(&sta);
                    process.apartment_ended(sta.number);
                }
                Membership::Mta => process.release_mta(),
            }
            if keeps_mta {
                process.release_mta();
            }
            if was_member {
                process.member_left();
            }
            process.waiters.remove(&self.thread);
        }
        if let Some(queue) = self.com.as_ref().and_then(|com| com.queue.as_ref()) {
            queue.end();
        }
        if let Some(machine) = &self.machine {
            machine.give_back(self.next..self.end);
        }
    }
}
