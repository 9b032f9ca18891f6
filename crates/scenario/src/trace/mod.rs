//! The trace of a run: what the machine reported, with the step that caused it, and what was expected.
//!
//! One list in the order in which things happened, over all threads. The views ([`crate::view`]) read it
//! and nothing else.

mod kinds;
mod names;
mod words;

pub(crate) use kinds::about;
pub use kinds::{EVENT_NAMES, name};
pub use names::Names;
pub use words::detail;
pub(crate) use words::{abort_reason, answer, diagnostic, duration, placement, recycle_reason, why_aborted};

use complus_core::{
    HResult,
    event::Event,
    explain::Reason,
    id::{ActivityId, ContextId},
    rules::{
        apartment::{Affinity, Pool},
        placement::Placement,
        service_domain::Resolution,
    },
};
use complus_diagnostic::Span;
use std::time::Duration;

/// Something that happened, was decided or was expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Place in the trace, from 1.
    pub number: usize,
    /// Time since the start, on the virtual clock.
    pub at: Duration,
    /// The thread, by its place in [`Run::threads`]; `None` is the machine itself, at its end.
    pub thread: Option<usize>,
    /// The step that caused it.
    pub step: Option<StepPlace>,
    /// What it is.
    pub kind: Kind,
}

/// Where a step is in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepPlace {
    /// Its line, from 1.
    pub line: usize,
    /// Its node.
    pub span: Span,
}

/// What a record is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A step began; what happens until its end belongs to it.
    Began,
    /// It ended, with this code.
    Ended {
        /// The code.
        hresult: HResult,
        /// What the error says, if it is one.
        message: Option<String>,
    },
    /// The call that this thread entered last is run now: OnCall begins, which the step says.
    Runs,
    /// The rules were asked about a domain that is about to be entered, or an activity object to be made.
    Decided(Box<Decision>),
    /// The machine's rules decided where an object is activated, or that it is not.
    Activated(Box<Activated>),
    /// The machine reported something.
    Event(Event),
    /// Something was expected.
    Expected(Verdict),
}

/// What a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A service domain.
    Domain,
    /// An activity object; the pool and the threads of it that serve it, unless it is refused.
    Activity(Option<(Pool, Affinity)>),
}

/// How the rules decided on an entry or a creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its name in the file.
    pub name: Option<String>,
    /// What it is about.
    pub subject: Subject,
    /// The reasons, in the order of the checks.
    pub reasons: Vec<Reason>,
    /// What they decided, or the code with which they refuse.
    pub answer: Result<Resolution, HResult>,
}

/// How the machine decided on an activation, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activated {
    /// The name of the reference in the file.
    pub name: Option<String>,
    /// The class.
    pub class: String,
    /// The reasons, in the order of the checks.
    pub reasons: Vec<Reason>,
    /// The context that a configured object gets, or the code that its creator gets.
    pub answer: Result<Option<Placement>, HResult>,
    /// That context and its activity, if it is another one than the creator's.
    pub other: Option<(ContextId, Option<ActivityId>)>,
}

impl Activated {
    /// Whether the object has a context of its own.
    pub fn is_own(&self) -> bool {
        matches!(self.answer, Ok(Some(Placement::OwnContext { .. })))
    }
}

/// Whether an expectation holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// It holds.
    pub holds: bool,
    /// What was expected, as the file says it.
    pub expected: String,
    /// What was found instead; one text per thing that does not hold.
    pub found: Vec<String>,
}

/// Something that ended a thread's work: a step that failed, a panic that nobody expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The name of the thread.
    pub thread: String,
    /// The step.
    pub step: StepPlace,
    /// What went wrong.
    pub message: String,
}

/// The outcome of running a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// What the scenario shows.
    pub title: String,
    /// The seed it ran with.
    pub seed: u64,
    /// The names of its threads: those of the file, then those of the pools in the order of their start.
    pub threads: Vec<String>,
    /// The trace.
    pub records: Vec<Record>,
    /// Steps that failed although nothing expected it.
    pub failures: Vec<Failure>,
    /// Short names of the ids in the trace.
    pub names: Names,
}

impl Run {
    /// The events, in order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.records.iter().filter_map(|record| match &record.kind {
            Kind::Event(event) => Some(event),
            _ => None,
        })
    }

    /// The expectations, in order.
    pub fn expectations(&self) -> impl Iterator<Item = (&Record, &Verdict)> {
        self.records.iter().filter_map(|record| match &record.kind {
            Kind::Expected(verdict) => Some((record, verdict)),
            _ => None,
        })
    }

    /// Whether every expectation holds and no step failed unexpectedly.
    pub fn holds(&self) -> bool {
        self.failures.is_empty() && self.expectations().all(|(_, verdict)| verdict.holds)
    }
}
