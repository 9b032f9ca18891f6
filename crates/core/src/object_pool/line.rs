//! Those who wait for an instance, in the order of their arrival.

use alloc::collections::VecDeque;

/// A place in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

#[derive(Clone, Debug)]
struct Waiting<W, T> {
    ticket: Ticket,
    transaction: Option<T>,
    waiter: W,
}

#[derive(Clone, Debug)]
pub(super) struct Line<W, T> {
    waiting: VecDeque<Waiting<W, T>>,
    arrivals: u64,
}

impl<W, T: Copy + Eq> Line<W, T> {
    pub(super) const fn new() -> Self {
        Self { waiting: VecDeque::new(), arrivals: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn join(&mut self, transaction: Option<T>, waiter: W) -> Ticket {
        self.arrivals += 1;
        let ticket = Ticket(self.arrivals);
        self.waiting.push_back(Waiting { ticket, transaction, waiter });
        ticket
    }

    pub(super) fn cancel(&mut self, ticket: Ticket) -> Option<W> {
        let place = self.waiting.binary_search_by_key(&ticket, |waiting| waiting.ticket).ok()?;
        Some(self.waiting.remove(place)?.waiter)
    }

    /// Who has waited longest.
    pub(super) fn first(&mut self) -> Option<W> {
        Some(self.waiting.pop_front()?.waiter)
    }

    /// Who has waited longest in this transaction: nobody else may have what belongs to it.
    pub(super) fn first_of(&mut self, transaction: T) -> Option<W> {
        let place = self.waiting.iter().position(|waiting| waiting.transaction == Some(transaction))?;
        Some(self.waiting.remove(place)?.waiter)
    }
}
