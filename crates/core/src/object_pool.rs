//! A pool of a class's objects as a state machine: who is given which instance, who waits, who may make one (ACT 7.6).
//!
//! The **general** part holds idle instances that anybody may have. Beside it each pending transaction has a part of
//! its own, with the instances that came back to the pool while it was pending (P8). **Total** counts every instance
//! there is, idle or not, and those that are being made: it never exceeds the maximum (P4). Whoever is given nothing
//! waits in one **line** (P3), and whatever becomes free is handed to who has waited longest and may have it; nobody
//! passes the line, since an instance is in the general part, and total below the maximum, only while nobody waits.
//!
//! Whoever drives it holds a mutex around it. It knows nothing of instances, waiters and transactions but that they
//! are different.
//!
//! ```
//! use complus_core::object_pool::{CheckIn, Grant, Limits, ObjectPool};
//! let mut pool = ObjectPool::<&str, &str, u32>::new(Limits { min: 0, max: 1 });
//! let Some(Grant::Create(lease)) = pool.check_out(None) else { panic!() };
//! pool.made();
//! assert!(pool.check_out(None).is_none());
//! pool.wait(None, "first in line");
//! assert_eq!(pool.check_in("it", lease, None), CheckIn::Handed("first in line", Grant::Idle("it", lease)));
//! ```

mod line;

use alloc::{
    collections::{BTreeMap, VecDeque, btree_map::Entry},
    vec::Vec,
};
use line::Line;
pub use line::Ticket;

/// MinPoolSize and MaxPoolSize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// So many idle instances are kept (P2, P6).
    pub min: u32,
    /// So many instances at most (P4).
    pub max: u32,
}

/// Under which life of the pool an instance was made: it goes back into no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease(u32);

/// What somebody is given who asked for an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant<I> {
    /// An idle one of the general part.
    Idle(I, Lease),
    /// One that belongs to the requester's transaction (P7).
    Affine(I, Lease),
    /// He may make one; it is counted already.
    Create(Lease),
}

/// What became of an instance that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckIn<I, W> {
    /// It is idle.
    Idle,
    /// It stays with its transaction (P8).
    Recycled,
    /// It went to somebody who waited.
    Handed(W, Grant<I>),
    /// It has to be destroyed: the pool was shut down since it was made, or has shrunk. It counts until
    /// [`destroyed`](ObjectPool::destroyed).
    Destroy(I),
}

/// What a change of the whole pool brings about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<I, W> {
    /// Those who waited and are given something, in the order of their arrival.
    pub served: Vec<(W, Grant<I>)>,
    /// Instances that have to be destroyed; each counts until [`destroyed`](ObjectPool::destroyed).
    pub surplus: Vec<I>,
    /// So many instances came to the general part.
    pub added: usize,
}

/// Figures of a pool at a moment (P11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    /// Instances there are, idle or not.
    pub pooled: u32,
    /// Those that somebody has.
    pub lent: u32,
    /// Those that anybody may have.
    pub idle: u32,
    /// Idle ones that belong to a pending transaction.
    pub affine: u32,
    /// Those that are being made.
    pub making: u32,
    /// Requests that wait.
    pub waiting: u32,
}

/// The pool. `I` is an instance, `W` what wakes somebody who waits, `T` names a transaction.
#[derive(Clone, Debug)]
pub struct ObjectPool<I, W, T> {
    limits: Limits,
    lease: Lease,
    /// The last one to come back is the first to go.
    general: VecDeque<I>,
    /// Those of each pending transaction.
    affine: BTreeMap<T, Vec<I>>,
    line: Line<W, T>,
    total: u32,
    making: u32,
    /// Those among them that are made to fill the pool.
    filling: u32,
    /// Instances that are about to be destroyed.
    ending: u32,
}

impl<I, W, T: Copy + Ord> ObjectPool<I, W, T> {
    /// An empty pool.
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            lease: Lease(0),
            general: VecDeque::new(),
            affine: BTreeMap::new(),
            line: Line::new(),
            total: 0,
            making: 0,
            filling: 0,
            ending: 0,
        }
    }

    /// Its limits.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Its figures.
    pub fn census(&self) -> Census {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let (idle, affine) = (count(self.general.len()), count(self.affine.values().map(Vec::len).sum()));
        let pooled = self.total - self.making - self.ending;
        let lent = pooled - idle - affine;
        Census { pooled, lent, idle, affine, making: self.making, waiting: count(self.line.len()) }
    }

    /// CHECKOUT a to c: what a requester in `transaction` is given at once; `None` when it has to [wait](Self::wait).
    pub fn check_out(&mut self, transaction: Option<T>) -> Option<Grant<I>> {
        if let Some(instance) = transaction.and_then(|transaction| self.affine.get_mut(&transaction)?.pop()) {
            return Some(Grant::Affine(instance, self.lease));
        }
        if let Some(instance) = self.general.pop_back() {
            return Some(Grant::Idle(instance, self.lease));
        }
        self.reserve().map(Grant::Create)
    }

    /// CHECKOUT d: the requester waits at the end of the line.
    pub fn wait(&mut self, transaction: Option<T>, waiter: W) -> Ticket {
        self.line.join(transaction, waiter)
    }

    /// Somebody gives up waiting (P5); `None` when he was given something before.
    pub fn cancel(&mut self, ticket: Ticket) -> Option<W> {
        self.line.cancel(ticket)
    }

    /// An instance that was to be made is there.
    pub fn made(&mut self) {
        self.making -= 1;
    }

    /// One that was to be made is not; whoever waits may try.
    pub fn failed(&mut self) -> Option<(W, Grant<I>)> {
        self.making -= 1;
        self.total -= 1;
        self.let_create()
    }

    /// CHECKIN with ok=false: an instance is not given back but destroyed. It counts until [`destroyed`](Self::destroyed).
    pub fn give_up(&mut self) {
        self.ending += 1;
    }

    /// An instance that was to be destroyed is gone; whoever waits may make another one.
    pub fn destroyed(&mut self) -> Option<(W, Grant<I>)> {
        self.ending -= 1;
        self.total -= 1;
        self.let_create()
    }

    /// CHECKIN with ok=true: an instance comes back that was deactivated in `transaction`.
    pub fn check_in(&mut self, instance: I, lease: Lease, transaction: Option<T>) -> CheckIn<I, W> {
        if lease != self.lease || self.surplus() > 0 {
            self.give_up();
            return CheckIn::Destroy(instance);
        }
        if let Some(transaction) = transaction
            && let Some(own) = self.affine.get_mut(&transaction)
        {
            return match self.line.first_of(transaction) {
                Some(waiter) => CheckIn::Handed(waiter, Grant::Affine(instance, lease)),
                None => {
                    own.push(instance);
                    CheckIn::Recycled
                }
            };
        }
        match self.line.first() {
            Some(waiter) => CheckIn::Handed(waiter, Grant::Idle(instance, lease)),
            None => {
                self.general.push_back(instance);
                CheckIn::Idle
            }
        }
    }

    /// Instances that come back in this transaction stay with it from now on, until it [ends](Self::transaction_ended);
    /// whether that is news.
    pub fn transaction_pends(&mut self, transaction: T) -> bool {
        let entry = self.affine.entry(transaction);
        let is_news = matches!(entry, Entry::Vacant(_));
        entry.or_default();
        is_news
    }

    /// Whether the transaction has a part of the pool.
    pub fn is_pending(&self, transaction: T) -> bool {
        self.affine.contains_key(&transaction)
    }

    /// TX_END: its instances go to those who wait, and to the general part.
    pub fn transaction_ended(&mut self, transaction: T) -> Change<I, W> {
        let mut freed = self.affine.remove(&transaction).unwrap_or_default();
        let surplus = self.surplus().min(freed.len());
        let surplus: Vec<I> = freed.drain(..surplus).collect();
        self.ending += surplus.len() as u32;
        let mut served = Vec::new();
        let mut added = 0;
        for instance in freed {
            match self.line.first() {
                Some(waiter) => served.push((waiter, Grant::Idle(instance, self.lease))),
                None => {
                    self.general.push_back(instance);
                    added += 1;
                }
            }
        }
        Change { served, surplus, added }
    }

    /// Other limits hold from now on.
    pub fn set_limits(&mut self, limits: Limits) -> Change<I, W> {
        self.limits = limits;
        let surplus = self.surplus().min(self.general.len());
        let surplus = self.end(surplus);
        Change { served: core::iter::from_fn(|| self.let_create()).collect(), surplus, added: 0 }
    }

    /// IPoolManager::ShutdownPool: every idle instance goes at once, those that somebody has when they come back.
    pub fn shut_down(&mut self) -> Vec<I> {
        self.lease.0 = self.lease.0.wrapping_add(1);
        let mut idle = self.end(self.general.len());
        self.affine.values_mut().for_each(|own| {
            self.ending += own.len() as u32;
            idle.append(own);
        });
        idle
    }

    /// P2, P6: an instance to be made so that enough are idle; it is counted already.
    pub fn fill(&mut self) -> Option<Lease> {
        let lease = if self.lacks() { self.reserve() } else { None };
        self.filling += u32::from(lease.is_some());
        lease
    }

    /// What [`fill`](Self::fill) asked for is there.
    pub fn filled(&mut self, instance: I, lease: Lease) -> CheckIn<I, W> {
        self.filling -= 1;
        self.made();
        self.check_in(instance, lease, None)
    }

    /// What [`fill`](Self::fill) asked for could not be made.
    pub fn not_filled(&mut self) -> Option<(W, Grant<I>)> {
        self.filling -= 1;
        self.failed()
    }

    /// P6: the idle instances above the minimum, those that have been idle longest; they are to be destroyed.
    pub fn trim(&mut self) -> Vec<I> {
        self.end(self.general.len().saturating_sub(self.limits.min as usize))
    }

    /// Whether fewer are idle than the minimum, and more may be made.
    pub fn lacks(&self) -> bool {
        self.general.len() + (self.filling as usize) < self.limits.min as usize && self.total < self.limits.max
    }

    /// Whether a clean-up cycle has something to do.
    pub fn is_uneven(&self) -> bool {
        self.general.len() > self.limits.min as usize || self.lacks()
    }

    fn reserve(&mut self) -> Option<Lease> {
        let room = self.total < self.limits.max;
        self.total += u32::from(room);
        self.making += u32::from(room);
        room.then_some(self.lease)
    }

    fn let_create(&mut self) -> Option<(W, Grant<I>)> {
        if self.line.is_empty() {
            return None;
        }
        let lease = self.reserve()?;
        Some((self.line.first()?, Grant::Create(lease)))
    }

    /// So many are too many.
    fn surplus(&self) -> usize {
        (self.total - self.ending).saturating_sub(self.limits.max) as usize
    }

    /// Takes out so many idle ones, which are to be destroyed.
    fn end(&mut self, idle: usize) -> Vec<I> {
        self.ending += idle as u32;
        self.general.drain(..idle).collect()
    }
}
