//! [`Explain`]: rules tell why they decided as they did, to whoever listens.
//!
//! Every rule takes `&mut impl Explain`. With `()` nothing is recorded and nothing remains in the
//! machine code; with [`Reasons`] the decisions can be printed: the rule and the row that applied,
//! what went in, what came out, and the page it rests on.

use alloc::{string::String, vec::Vec};

/// One decision of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The rule: section of the specification, with row and column where it is a table.
    pub rule: &'static str,
    /// What the rule looked at.
    pub inputs: String,
    /// What it decided.
    pub verdict: String,
    /// The page or decision it rests on.
    pub source: &'static str,
}

/// Somebody who may want to know the reasons.
pub trait Explain {
    /// Told of each decision, in the order in which they are made. An implementation that records
    /// nothing never calls `reason`.
    fn because(&mut self, reason: impl FnOnce() -> Reason);

    /// Whether it records anything: where it does not, what was decided before need not be decided again.
    #[inline(always)]
    fn listens(&self) -> bool {
        true
    }
}

/// Records nothing, costs nothing.
impl Explain for () {
    #[inline(always)]
    fn because(&mut self, _: impl FnOnce() -> Reason) {}

    #[inline(always)]
    fn listens(&self) -> bool {
        false
    }
}

/// Records every reason, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasons(pub Vec<Reason>);

impl Explain for Reasons {
    fn because(&mut self, reason: impl FnOnce() -> Reason) {
        self.0.push(reason());
    }
}
