//! Services without components: domains, activity objects and the calls on them.

use super::Step;
use complus_core::id::PartitionId;
use complus_diagnostic::Span;
use complus_runtime::ServiceConfig;
use std::time::Duration;

/// A configuration, with what it does not say itself.
#[derive(Clone, Debug)]
pub struct Services {
    /// The configuration, without a brought transaction.
    pub config: ServiceConfig,
    /// The transaction it brings, by name.
    pub bring: Option<String>,
    /// The partition it asks for.
    pub partition_id: Option<PartitionId>,
    /// Side-by-side directory and name.
    pub assembly: (Option<String>, Option<String>),
    /// Whether application and context name of the tracker are given.
    pub tracker: (bool, bool),
}

/// A service domain to be entered.
#[derive(Clone, Debug)]
pub struct Enter {
    /// Its name: `as=`.
    pub name: Option<String>,
    /// Its configuration.
    pub services: Services,
    /// Its block; the end leaves. Without one it stays open until a `leave`.
    pub body: Option<Vec<Step>>,
}

/// An activity object to be made.
#[derive(Clone, Debug)]
pub struct ActivityDeclaration {
    /// Its name: `as=`.
    pub name: String,
    /// Its configuration.
    pub services: Services,
    /// How long calls wait for its activity; `None` is for ever.
    pub activity_timeout: Option<Duration>,
}

/// A call on an activity object.
#[derive(Clone, Debug)]
pub struct CallStep {
    /// Whether the caller waits for its end.
    pub is_synchronous: bool,
    /// The activity object.
    pub target: String,
    /// The call's own name: `as=`.
    pub name: Option<String>,
    /// What OnCall does.
    pub body: Vec<Step>,
    /// Its failure is told, even if nothing is done then.
    pub notify: bool,
    /// What OnError does.
    pub on_error: Option<OnErrorBlock>,
}

impl CallStep {
    /// Whether the call object has IAsyncErrorNotify.
    pub fn is_notified(&self) -> bool {
        self.notify || self.on_error.is_some()
    }
}

/// What is done when an asynchronous call has failed.
#[derive(Clone, Debug)]
pub struct OnErrorBlock {
    /// Its node.
    pub span: Span,
    /// Its line, from 1.
    pub line: usize,
    /// Its steps.
    pub body: Vec<Step>,
}
