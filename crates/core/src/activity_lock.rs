//! The lock of an activity as a state machine: one causality inside, the others wait in one line (SYN 4.3).
//!
//! The state has two parts. The **word** is what an uncontended entry and leave look at and change: the owner and
//! whether anybody waits. [`try_enter`] and [`try_leave`] are its transitions, pure functions that the runtime's
//! compare-and-swap and the model checker call alike. The **line** ([`Line`]) holds those who wait, synchronous and
//! asynchronous alike, in the order of their arrival; whoever changes it holds a mutex around it. As long as
//! somebody waits, the word says so, and nobody enters or leaves past the line: no barging (Y-12).
//!
//! ```
//! use complus_core::activity_lock::{Entry, try_enter, try_leave, with_waiters};
//! let Entry::Take(word) = try_enter(0, 7) else { panic!() };
//! assert_eq!(try_enter(word, 7), Entry::Reenter); // the same causality never waits
//! assert_eq!(try_enter(word, 8), Entry::Wait);
//! assert_eq!(try_leave(word), Some(0));
//! assert_eq!(try_leave(with_waiters(word)), None); // the head of the line is handed the lock
//! ```

use alloc::{collections::VecDeque, vec::Vec};

/// Somebody waits.
const WAITERS: u64 = 1;

/// What a causality that arrives may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nobody is inside and nobody waits: it takes the lock, if this word replaces the one it saw.
    Take(u64),
    /// It is inside already: it goes on at once (O3).
    Reenter,
    /// It joins the line.
    Wait,
}

/// Whether `causality`, which is not zero, may enter an activity in this state.
#[inline]
pub const fn try_enter(word: u64, causality: u64) -> Entry {
    if word == 0 {
        Entry::Take(causality << 1)
    } else if word >> 1 == causality {
        Entry::Reenter
    } else {
        Entry::Wait
    }
}

/// The word after the owner's outermost leave; `None` when somebody waits and is handed the lock instead.
#[inline]
pub const fn try_leave(word: u64) -> Option<u64> {
    if word & WAITERS == 0 { Some(0) } else { None }
}

/// The same word, and somebody waits.
#[inline]
pub const fn with_waiters(word: u64) -> u64 {
    word | WAITERS
}

/// The same word, and nobody waits any more.
#[inline]
pub const fn without_waiters(word: u64) -> u64 {
    word & !WAITERS
}

/// The word of an activity that was handed to `causality`.
#[inline]
pub const fn handed_to(causality: u64, others_wait: bool) -> u64 {
    causality << 1 | others_wait as u64
}

/// Who is inside; zero is nobody.
#[inline]
pub const fn owner(word: u64) -> u64 {
    word >> 1
}

/// A place in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// One who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting<W> {
    /// Its place.
    pub ticket: Ticket,
    /// Its causality.
    pub causality: u64,
    /// What to wake: a blocked thread, a parked item of an STA, or asynchronous work.
    pub waiter: W,
}

/// Those who wait for an activity, in the order of their arrival (O2, O5, O6).
#[derive(Clone, Debug)]
pub struct Line<W> {
    waiting: VecDeque<Waiting<W>>,
    arrivals: u64,
}

impl<W> Line<W> {
    /// Nobody.
    pub const fn new() -> Self {
        Self { waiting: VecDeque::new(), arrivals: 0 }
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Somebody joins at the end.
    pub fn join(&mut self, causality: u64, waiter: W) -> Ticket {
        self.arrivals += 1;
        let ticket = Ticket(self.arrivals);
        self.waiting.push_back(Waiting { ticket, causality, waiter });
        ticket
    }

    /// The last one in the line.
    pub fn last_mut(&mut self) -> Option<&mut W> {
        self.waiting.back_mut().map(|waiting| &mut waiting.waiter)
    }

    /// What was handed the lock and does not need it now goes back to where it came from, the head of the line. It can
    /// not give up any more.
    pub fn put_back(&mut self, causality: u64, waiter: W) {
        self.waiting.push_front(Waiting { ticket: Ticket(0), causality, waiter });
    }

    /// Those who wait, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &W> {
        self.waiting.iter().map(|waiting| &waiting.waiter)
    }

    /// The head of the line, which is handed the lock; with the word that says so.
    pub fn hand_over(&mut self) -> (Option<Waiting<W>>, u64) {
        let head = self.waiting.pop_front();
        let word = head.as_ref().map_or(0, |head| handed_to(head.causality, !self.waiting.is_empty()));
        (head, word)
    }

    /// Somebody gives up; `None` when the lock was handed to it before.
    pub fn cancel(&mut self, ticket: Ticket) -> Option<Waiting<W>> {
        let place = self.waiting.binary_search_by_key(&ticket, |waiting| waiting.ticket).ok()?;
        self.waiting.remove(place)
    }

    /// The word of `owner` as the line stands now.
    pub fn word(&self, owner: u64) -> u64 {
        if owner == 0 { 0 } else { handed_to(owner, !self.is_empty()) }
    }

    /// Those of whom `gone` is true give up.
    pub fn abandon(&mut self, mut gone: impl FnMut(&W) -> bool) -> Vec<Waiting<W>> {
        let (leaving, staying): (Vec<_>, Vec<_>) =
            core::mem::take(&mut self.waiting).into_iter().partition(|it| gone(&it.waiter));
        self.waiting = staying.into();
        leaving
    }
}

impl<W> Default for Line<W> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec;

    /// A lock that is driven by one hand: what the runtime does with a compare-and-swap and a mutex.
    #[derive(Clone, Default)]
    struct Model {
        word: u64,
        line: Line<()>,
        entered: Vec<u64>,
    }

    impl Model {
        fn enter(&mut self, causality: u64) -> Option<Ticket> {
            match try_enter(self.word, causality) {
                Entry::Take(word) => {
                    self.word = word;
                    self.entered.push(causality);
                    None
                }
                Entry::Reenter => None,
                Entry::Wait => {
                    self.word = with_waiters(self.word);
                    Some(self.line.join(causality, ()))
                }
            }
        }

        fn leave(&mut self) {
            match try_leave(self.word) {
                Some(word) => self.word = word,
                None => {
                    let (head, word) = self.line.hand_over();
                    self.entered.extend(head.map(|head| head.causality));
                    self.word = word;
                }
            }
        }
    }

    #[test]
    fn waiters_enter_in_the_order_of_their_arrival_and_nobody_passes_them() {
        let mut lock = Model::default();
        for causality in 1..=4 {
            assert_eq!(lock.enter(causality).is_some(), causality > 1);
        }
        lock.leave();
        assert_eq!(owner(lock.word), 2);
        assert!(lock.enter(5).is_some(), "a newcomer goes to the end of the line");
        (0..4).for_each(|_| lock.leave());
        assert_eq!((lock.entered, lock.word), (vec![1, 2, 3, 4, 5], 0));
    }

    #[test]
    fn one_who_gives_up_leaves_the_order_of_the_others() {
        let mut lock = Model::default();
        let tickets: Vec<_> = (1..=4).filter_map(|causality| lock.enter(causality)).collect();
        assert_eq!(lock.line.cancel(tickets[1]).map(|gone| gone.causality), Some(3));
        assert_eq!(lock.line.cancel(tickets[1]), None);
        lock.word = lock.line.word(owner(lock.word));
        lock.leave();
        assert_eq!(lock.line.cancel(tickets[0]), None, "it was handed the lock");
        lock.leave();
        assert_eq!((lock.entered, lock.word, lock.line.len()), (vec![1, 2, 4], handed_to(4, false), 0));
    }

    #[test]
    fn what_is_put_back_is_the_head_again() {
        let mut line = Line::new();
        let tickets: Vec<_> = (2..=4).map(|causality| line.join(causality, causality)).collect();
        let (head, _) = line.hand_over();
        assert_eq!(head.map(|head| head.causality), Some(2));
        line.put_back(2, 20);
        assert_eq!((line.iter().copied().collect::<Vec<_>>(), line.last_mut()), (vec![20, 3, 4], Some(&mut 4)));
        assert_eq!(line.cancel(tickets[0]), None, "it was handed the lock before");
        assert_eq!(line.cancel(tickets[1]).map(|gone| gone.waiter), Some(3));
        assert_eq!(line.hand_over().0.map(|head| head.waiter), Some(20));
    }

    #[test]
    fn every_schedule_of_three_causalities_keeps_them_apart_and_in_order() {
        // Each causality arrives once and leaves once; all interleavings.
        fn explore(lock: &Model, arrived: u64, left: usize, orders: &mut usize) {
            if left == 3 {
                let mut sorted = lock.entered.clone();
                sorted.sort_unstable();
                assert_eq!((sorted, lock.word), (vec![1, 2, 3], 0));
                *orders += 1;
                return;
            }
            for causality in (1..=3).filter(|causality| arrived & 1 << causality == 0) {
                let mut next = lock.clone();
                let waits = next.enter(causality).is_some();
                assert_eq!(waits, lock.word != 0);
                explore(&next, arrived | 1 << causality, left, orders);
            }
            if lock.word != 0 {
                let mut next = lock.clone();
                next.leave();
                explore(&next, arrived, left + 1, orders);
            }
        }
        let mut orders = 0;
        explore(&Model::default(), 0, 0, &mut orders);
        assert_eq!(orders, 6 * 5, "six orders of arrival, five ways to mix three arrivals with three leaves");
    }
}
