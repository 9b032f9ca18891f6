//! The transaction stream: what a context's transaction property points to (TXN 1).

use crate::{
    attribute::IsolationLevel,
    rules::{plan::Class, transaction::Enclosing},
};
use core::time::Duration;

/// When a transaction times out: nanoseconds on the machine's clock, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(u64);

impl Deadline {
    /// No time-out.
    pub const NEVER: Self = Self(u64::MAX);

    /// `timeout` seconds after `now` (nanoseconds); zero seconds means never (SWC S-13).
    #[inline]
    pub const fn after(now: u64, timeout: u32) -> Self {
        if timeout == 0 { Self::NEVER } else { Self(now.saturating_add(timeout as u64 * 1_000_000_000)) }
    }

    /// Whether it has passed at `now`.
    #[inline]
    pub const fn has_passed(self, now: u64) -> bool {
        now >= self.0 && self.0 != u64::MAX
    }

    /// The moment itself, since the machine's start; `None` for never.
    pub const fn moment(self) -> Option<Duration> {
        if self.0 == u64::MAX { None } else { Some(Duration::from_nanos(self.0)) }
    }
}

/// What has become of a stream's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamState {
    /// It is active and may commit.
    Active,
    /// It is active and will abort: some deactivation was inconsistent. A latch.
    Doomed,
    /// It has committed.
    Committed,
    /// It has aborted.
    Aborted,
    /// Nobody knows.
    InDoubt,
}

impl StreamState {
    /// Committed, aborted or in doubt.
    #[inline]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Active | Self::Doomed)
    }
}

/// A holder of at most one current transaction, with the values its root gave it.
///
/// A service domain's stream carries exactly one transaction; its number is that of the root context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionStream {
    /// Number of the stream and of its first transaction.
    pub number: u64,
    /// When the current transaction times out.
    pub deadline: Deadline,
    /// The root's time-out, in seconds; zero means never.
    pub timeout: u32,
    /// The level that the transaction runs at; never `Any`.
    pub isolation: IsolationLevel,
    /// What has become of the current transaction.
    pub state: StreamState,
}

impl TransactionStream {
    /// A stream whose first transaction begins at `now` (nanoseconds).
    #[inline]
    pub const fn begin(number: u64, isolation: IsolationLevel, timeout: u32, now: u64) -> Self {
        Self::until(number, isolation, timeout, Deadline::after(now, timeout))
    }

    /// A stream whose first transaction ends at `deadline`, `timeout` seconds after it begins.
    #[inline]
    pub const fn until(number: u64, isolation: IsolationLevel, timeout: u32, deadline: Deadline) -> Self {
        Self { number, deadline, timeout, isolation, state: StreamState::Active }
    }

    /// Marks the current transaction for abort; without effect once it is over.
    #[inline]
    pub fn doom(&mut self) {
        if matches!(self.state, StreamState::Active) {
            self.state = StreamState::Doomed;
        }
    }

    /// Whether the transaction is active though its deadline has passed.
    #[inline]
    pub const fn has_expired(&self, now: u64) -> bool {
        !self.state.is_over() && self.deadline.has_passed(now)
    }

    /// Ends the transaction by time-out if its deadline has passed; tells whether it did just now.
    #[inline]
    pub fn settle(&mut self, now: u64) -> bool {
        let expired = self.has_expired(now);
        if expired {
            self.state = StreamState::Aborted;
        }
        expired
    }

    /// How a context in this stream looks to the flow rules, as a caller.
    #[inline]
    pub const fn enclosing(&self) -> Enclosing {
        match self.state {
            StreamState::Active => Enclosing::Active(self.isolation),
            StreamState::Doomed => Enclosing::Doomed,
            _ => Enclosing::Over,
        }
    }

    /// The same as a small number, for a plan.
    #[inline]
    pub const fn class(&self) -> Class {
        Class::of(self.enclosing())
    }
}
