//! A frame of a thread's context stack: the context itself, by value.
//!
//! A frame borrows its transaction and its activity from the frame that owns them, by position. Only when
//! somebody outside the thread needs the context, its transaction or a rare property does it get a
//! [`Shared`] part on the heap.

use complus_core::{
    attribute::IsolationLevel,
    context::{Deadline, Flags, SideBySide, StreamState, Tracker, TransactionStream, UserProperties},
    rules::leave::Role,
    stack::{self, PushedBy},
};
use complus_sync::Arc;
use complus_transaction::{Transaction, TransactionProxy};
use uuid::Uuid;

/// Position of a frame in its stack.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position(u32);

impl Position {
    /// No frame.
    pub(crate) const NONE: Self = Self(u32::MAX);

    #[inline]
    pub(crate) const fn new(index: usize) -> Self {
        Self(index as u32)
    }

    #[inline]
    pub(crate) const fn is_some(self) -> bool {
        self.0 != u32::MAX
    }

    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    /// The same frame after its whole segment moved by `offset`.
    fn moved(self, offset: isize) -> Self {
        if self.is_some() { Self::new(self.index().wrapping_add_signed(offset)) } else { self }
    }
}

/// A context on a thread.
pub(crate) struct Frame {
    /// Number of the context, and of the stream and the activity that were made with it.
    pub(crate) number: u64,
    /// Owner of the transaction.
    pub(crate) transaction: Position,
    /// Owner of the activity.
    pub(crate) activity: Position,
    /// Index in the machine's table of partitions; 0 is the global one.
    pub(crate) partition: u32,
    /// The vote and the done flag; they exist in a transaction only.
    pub(crate) flags: Flags,
    pub(crate) pushed_by: PushedBy,
    pub(crate) role: Role,
    /// The transaction, if this frame owns it and nobody shares it.
    pub(crate) stream: TransactionStream,
    pub(crate) shared: Option<Box<Shared>>,
}

/// What few frames have.
#[derive(Default)]
pub(crate) struct Shared {
    /// The transaction, once shared; the frame then is its owner's.
    pub(crate) transaction: Option<Transaction>,
    /// Number of the activity, where it was not made with this frame.
    pub(crate) activity: Option<u64>,
    /// A proxy through which the root commits.
    pub(crate) proxy: Option<(Uuid, Arc<dyn TransactionProxy>)>,
    /// Answers the brought transaction's vote request.
    pub(crate) ballot: Option<Arc<crate::interception::Ballot>>,
    /// What the new transaction is called.
    pub(crate) description: Option<Arc<str>>,
    pub(crate) details: Details,
}

/// Properties beside transaction, activity and partition.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Details {
    pub(crate) assembly: Option<Arc<SideBySide>>,
    pub(crate) tracker: Option<Arc<Tracker>>,
    pub(crate) properties: UserProperties,
}

/// A stream that no context is in.
const NO_STREAM: TransactionStream = TransactionStream {
    number: 0,
    deadline: Deadline::NEVER,
    timeout: 0,
    isolation: IsolationLevel::Any,
    state: StreamState::Active,
};

impl Frame {
    /// A context without any property.
    #[inline]
    pub(crate) const fn plain(number: u64, pushed_by: PushedBy) -> Self {
        Self {
            number,
            transaction: Position::NONE,
            activity: Position::NONE,
            partition: 0,
            flags: Flags::INITIAL,
            pushed_by,
            role: Role::None,
            stream: NO_STREAM,
            shared: None,
        }
    }

    /// The shared part, made if need be.
    pub(crate) fn shared_mut(&mut self) -> &mut Shared {
        self.shared.get_or_insert_default()
    }

    /// The rare properties, if there are any.
    pub(crate) fn details(&self) -> Option<&Details> {
        self.shared.as_deref().map(|shared| &shared.details)
    }

    /// The shared transaction, if this frame owns one.
    pub(crate) fn shared_transaction(&self) -> Option<&Transaction> {
        self.shared.as_deref().and_then(|shared| shared.transaction.as_ref())
    }

    /// The number of the activity that this frame owns.
    #[inline]
    pub(crate) fn activity_number(&self) -> u64 {
        self.shared.as_deref().and_then(|shared| shared.activity).unwrap_or(self.number)
    }

    /// The same frame after its segment moved by `offset` positions.
    pub(crate) fn moved(mut self, offset: isize) -> Self {
        self.transaction = self.transaction.moved(offset);
        self.activity = self.activity.moved(offset);
        self
    }
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
