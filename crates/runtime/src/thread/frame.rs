//! What a thread's stack is made of: a frame per context, and a transaction per root.
//!
//! A frame is thirty-two bytes and lives by value in the thread's stack. It names its transaction and its
//! activity by position: the transaction in the thread's list of transactions, the activity by the frame that
//! made it. Only what somebody outside the thread needs, and the rare properties, are on the heap.

use crate::{activity::ActivityLock, apartment::CallContext, component::Component};
use complus_core::{
    attribute::IsolationLevel,
    context::{Flags, SideBySide, StreamState, Tracker, TransactionStream, UserProperties},
    id::TransactionId,
    rules::{leave::Role, transaction::Enclosing},
    stack::{self, PushedBy},
};
use complus_sync::Arc;
use complus_transaction::{Ballot, Transaction, TransactionProxy};
use std::num::NonZeroU64;
use uuid::Uuid;

/// Position of a frame in its stack, or of a transaction in its list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position(u32);

impl Position {
    /// Nowhere.
    pub(crate) const NONE: Self = Self(u32::MAX);

    #[inline]
    pub(crate) const fn new(index: usize) -> Self {
        Self(index as u32)
    }

    #[inline]
    pub(crate) const fn is_some(self) -> bool {
        self.0 != u32::MAX
    }

    /// The index, if it is somewhere.
    #[inline]
    pub(crate) const fn position(self) -> Option<usize> {
        if self.is_some() { Some(self.index()) } else { None }
    }

    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    /// This position or none.
    #[inline]
    pub(crate) const fn only_if(self, condition: bool) -> Self {
        Self(self.0 | (condition as u32).wrapping_sub(1))
    }

    /// The same thing after its whole segment moved by `offset`.
    fn moved(self, offset: isize) -> Self {
        if self.is_some() { Self::new(self.index().wrapping_add_signed(offset)) } else { self }
    }
}

/// A context on a thread.
pub(crate) struct Frame {
    /// Number of the context, and of the stream and the activity that were made with it.
    pub(crate) number: u64,
    /// Its transaction, in the thread's list of transactions.
    pub(crate) transaction: Position,
    /// The frame that owns its activity.
    pub(crate) activity: Position,
    /// Its partition's number in the machine; 0 is the global one.
    pub(crate) partition: u16,
    /// What the fast path asks first, kept beside what it follows from.
    pub(crate) kind: Kind,
    /// The vote and the done flag; they exist in a transaction only.
    pub(crate) flags: Flags,
    pub(crate) pushed_by: PushedBy,
    pub(crate) role: Role,
    pub(crate) rare: Option<Box<Rare>>,
}

/// A frame as the fast path sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    /// No transaction, no activity, nothing rare.
    Bare,
    /// In an activity, and nothing else.
    InActivity,
    /// A domain that is the root of a transaction, and nothing rare.
    Root,
    /// Anything else.
    Other,
}

/// What few frames have.
#[derive(Default)]
pub(crate) struct Rare {
    /// Number of the activity, where it was not made with this frame.
    pub(crate) activity: Option<u64>,
    /// The lock of the activity, where others can reach it.
    pub(crate) lock: Option<Arc<ActivityLock>>,
    /// What CoSwitchCallContext put there, for a call.
    pub(crate) call_context: Option<Arc<dyn CallContext>>,
    /// The configured object that lives in the context.
    pub(crate) component: Option<Arc<Component>>,
    pub(crate) details: Details,
}

/// A transaction that a frame of this thread began, or brought here.
pub(crate) struct Owned {
    /// The transaction itself, while nobody shares it; what it was when it was shared, afterwards.
    pub(crate) stream: TransactionStream,
    pub(crate) shared: Option<Box<SharedTransaction>>,
}

/// A transaction that others can reach.
pub(crate) struct SharedTransaction {
    pub(crate) handle: Transaction,
    /// A proxy through which the root commits, or through which a transaction was brought.
    pub(crate) proxy: Option<(Uuid, Arc<dyn TransactionProxy>)>,
    /// Answers a brought transaction's vote request.
    pub(crate) ballot: Option<Arc<Ballot>>,
}

impl SharedTransaction {
    pub(crate) fn new(handle: Transaction) -> Box<Self> {
        Box::new(Self { handle, proxy: None, ballot: None })
    }
}

impl Owned {
    /// How it looks to the flow rules; settles a shared one.
    pub(crate) fn enclosing(&self) -> Enclosing {
        match &self.shared {
            Some(shared) => shared.handle.stream().enclosing(),
            None => self.stream.enclosing(),
        }
    }

    /// What has become of it; settles a shared one.
    pub(crate) fn state(&self) -> StreamState {
        self.shared.as_ref().map_or(self.stream.state, |shared| shared.handle.state())
    }

    /// Its id, in a machine with this `seed`; a transaction of another manager has an id of its own.
    pub(crate) fn id(&self, seed: u64) -> Option<TransactionId> {
        match &self.shared {
            Some(shared) => Some(shared.handle.id()),
            None => NonZeroU64::new(self.stream.number).map(|number| TransactionId::new(seed, number)),
        }
    }

    /// The ballot of a brought transaction.
    pub(crate) fn ballot(&self) -> Option<&Arc<Ballot>> {
        self.shared.as_ref()?.ballot.as_ref()
    }
}

/// Properties beside transaction, activity and partition.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Details {
    pub(crate) assembly: Option<Arc<SideBySide>>,
    pub(crate) tracker: Option<Arc<Tracker>>,
    pub(crate) properties: UserProperties,
}

impl Frame {
    /// A context without any property.
    #[inline(always)]
    pub(crate) const fn plain(number: u64, pushed_by: PushedBy) -> Self {
        Self {
            number,
            transaction: Position::NONE,
            activity: Position::NONE,
            partition: 0,
            kind: match pushed_by {
                PushedBy::Apartment | PushedBy::Domain | PushedBy::Call | PushedBy::DefaultCall => Kind::Bare,
                PushedBy::Poll | PushedBy::Leaving | PushedBy::Masked => Kind::Other,
            },
            flags: Flags::INITIAL,
            pushed_by,
            role: Role::None,
            rare: None,
        }
    }

    /// The kind that follows from everything else.
    pub(crate) fn derive_kind(&mut self) {
        let bare = Self::plain(self.number, self.pushed_by).kind;
        self.kind = match (self.role, &self.rare) {
            (Role::None, None) if self.activity.is_some() => bare.max(Kind::InActivity),
            (Role::None, None) => bare,
            (Role::Root, None) => bare.max(Kind::Root),
            _ => Kind::Other,
        };
    }

    /// Makes a vacated frame that of a new domain; such a frame has no rare part.
    #[inline(always)]
    pub(crate) fn renew(&mut self, number: u64, role: Role, transaction: Position, activity: Position, partition: u16) {
        self.number = number;
        self.transaction = transaction;
        self.activity = activity;
        self.partition = partition;
        self.flags = Flags::INITIAL;
        self.pushed_by = PushedBy::Domain;
        self.role = role;
        self.kind = match role {
            Role::None if activity.is_some() => Kind::InActivity,
            Role::None => Kind::Bare,
            Role::Root => Kind::Root,
            Role::Interior | Role::Brought => Kind::Other,
        };
    }

    /// Makes a vacated frame that of a call into a context of this `kind`, without transaction.
    #[inline(always)]
    pub(crate) fn renew_for_call(&mut self, number: u64, activity: Position, kind: Kind, partition: u16) {
        self.number = number;
        self.transaction = Position::NONE;
        self.activity = activity;
        self.partition = partition;
        self.flags = Flags::INITIAL;
        self.pushed_by = PushedBy::Call;
        self.role = Role::None;
        self.kind = kind;
    }

    /// The rare part, made if need be.
    pub(crate) fn rare_mut(&mut self) -> &mut Rare {
        self.kind = Kind::Other;
        self.rare.get_or_insert_default()
    }

    /// The rare properties, if there are any.
    pub(crate) fn details(&self) -> Option<&Details> {
        self.rare.as_deref().map(|rare| &rare.details)
    }

    /// Its flags; those of a component's context are not kept here.
    pub(crate) fn all_flags(&self) -> Flags {
        self.component().map_or(self.flags, |component| component.flags.get())
    }

    /// Whether somebody looks at its flags.
    pub(crate) fn has_flags(&self) -> bool {
        self.role != Role::None || self.component().is_some_and(|component| component.is_just_in_time())
    }

    /// The configured object that lives in the context.
    #[inline]
    pub(crate) fn component(&self) -> Option<&Arc<Component>> {
        self.rare.as_deref()?.component.as_ref()
    }

    /// Whether it is a component's context that belongs to a transaction stream.
    pub(crate) fn is_in_stream(&self) -> bool {
        self.component().is_some_and(|component| component.membership().is_some())
    }

    /// Whether its transaction was put into the thread's list by this frame.
    #[inline]
    pub(crate) fn owns_transaction(&self) -> bool {
        match self.role {
            Role::None => false,
            Role::Root | Role::Brought => true,
            Role::Interior => matches!(self.pushed_by, PushedBy::Poll | PushedBy::Call),
        }
    }

    /// The number of the activity that this frame owns.
    #[inline]
    pub(crate) fn activity_number(&self) -> u64 {
        self.rare.as_deref().and_then(|rare| rare.activity).unwrap_or(self.number)
    }
}

/// The topmost frames of a thread with the transactions they own, taken off together.
#[derive(Default)]
pub(crate) struct Segment {
    pub(crate) frames: Vec<Frame>,
    pub(crate) transactions: Vec<Owned>,
}

impl Segment {
    /// The same segment with its positions counted from elsewhere.
    pub(crate) fn moved(mut self, frames: isize, transactions: isize) -> Self {
        for frame in &mut self.frames {
            frame.activity = frame.activity.moved(frames);
            frame.transaction = frame.transaction.moved(transactions);
        }
        self
    }
}

impl stack::Vacant for Frame {
    const VACANT: Self = Self::plain(0, PushedBy::Apartment);
}

impl stack::Vacant for Owned {
    const VACANT: Self = Self { stream: TransactionStream::begin(0, IsolationLevel::Any, 0, 0), shared: None };
}

impl stack::Frame for Frame {
    #[inline]
    fn pushed_by(&self) -> PushedBy {
        self.pushed_by
    }

    #[inline]
    fn number(&self) -> u64 {
        self.number
    }
}
