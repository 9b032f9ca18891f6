//! The steps of a thread or of a call.

use super::{ActivityDeclaration, CallStep, Cast, Create, Enter, Invoke};
use crate::expectation::Expectation;
use complus_core::{
    HResult,
    attribute::{IsolationLevel, TransactionVote},
};
use complus_diagnostic::Span;
use complus_sync::Arc;
use std::time::Duration;

/// A step of a thread.
#[derive(Clone, Debug)]
pub struct Step {
    /// The node, without its block.
    pub span: Span,
    /// Its line, from 1.
    pub line: usize,
    /// What it does.
    pub action: Action,
}

/// Work on a resource manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Take part.
    Enlist,
    /// Add to a balance.
    Add(String, i64),
    /// Assign a balance.
    Set(String, i64),
}

/// What an administrator does with the instances of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Administration {
    /// StartApplication.
    Start,
    /// PauseApplicationInstances.
    Pause,
    /// ResumeApplicationInstances.
    Resume,
    /// RecycleApplicationInstances.
    Recycle,
    /// ShutdownApplication.
    Shutdown,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Enter a service domain.
    Enter(Box<Enter>),
    /// Leave the domain on top.
    Leave,
    /// CoCreateActivity.
    Activity(Box<ActivityDeclaration>),
    /// IServiceActivity::SynchronousCall.
    SynchronousCall(Arc<CallStep>),
    /// IServiceActivity::AsynchronousCall.
    AsynchronousCall(Arc<CallStep>),
    /// IServiceActivity::BindToCurrentThread, on the activity object of this name.
    Bind(String),
    /// IServiceActivity::UnbindFromThread.
    Unbind(String),
    /// The last release of an activity object, or the release of a reference.
    Release(String),
    /// CoCreateInstance.
    Create(Box<Create>),
    /// A method of the object behind a reference is called.
    Invoke(Arc<Invoke>),
    /// QueryInterface.
    Cast(Box<Cast>),
    /// The method gives this reference back.
    Give(String),
    /// The object keeps a value under a name.
    State(String, String),
    /// Wait until the asynchronous calls of this name, or of the activity object of this name, have ended.
    Wait(String),
    /// Serve the queue of this thread's apartment: what is in it now, or until all are at the barrier of this name.
    Pump(Option<String>),
    /// Begin a transaction outside COM+.
    Begin {
        /// Its name.
        name: String,
        /// Its level.
        isolation: Option<IsolationLevel>,
        /// Its time-out.
        timeout: Option<Duration>,
    },
    /// Commit a transaction begun outside.
    Commit(String),
    /// Abort a transaction begun outside.
    Abort(String),
    /// IObjectContext::SetComplete.
    SetComplete,
    /// IObjectContext::SetAbort.
    SetAbort,
    /// IObjectContext::EnableCommit.
    EnableCommit,
    /// IObjectContext::DisableCommit.
    DisableCommit,
    /// IContextState::SetMyTransactionVote.
    Vote(TransactionVote),
    /// IContextState::SetDeactivateOnReturn.
    Done(bool),
    /// Work on a resource manager.
    Work {
        /// Its name.
        manager: String,
        /// In a transaction begun outside; else in the context's.
        transaction: Option<String>,
        /// The work.
        work: Work,
    },
    /// The manager refuses its next prepare request.
    RefusePrepare(String),
    /// Fail with this code.
    Fail(HResult),
    /// Panic with this text.
    Panic(String),
    /// A panic is expected inside, with this text if one is given.
    ExpectPanic {
        /// The text.
        text: Option<String>,
        /// What panics.
        body: Vec<Step>,
    },
    /// Set a property of the context.
    Property(String, String),
    /// Advance the clock.
    Advance(Duration),
    /// Wait for all other threads that name this barrier.
    Barrier(String),
    /// Do this so many times.
    Repeat(u32, Vec<Step>),
    /// Run as another principal.
    AsUser(String, Vec<Step>),
    /// A remark in the trace.
    Note(String),
    /// An administrator does something with the application of this name.
    Administer(Administration, String),
    /// Whether the transaction manager can be reached from now on.
    ManagerAvailable(bool),
    /// The next so many entries fail with E_FAIL.
    InjectFault(u32),
    /// Something has to hold.
    Expect(Box<Expectation>),
}

impl Step {
    /// The block of the step, if it has one.
    pub fn body(&self) -> Option<&[Step]> {
        match &self.action {
            Action::Enter(enter) => enter.body.as_deref(),
            Action::SynchronousCall(call) | Action::AsynchronousCall(call) => Some(&call.body),
            Action::Invoke(call) => call.body.as_deref(),
            Action::ExpectPanic { body, .. } | Action::Repeat(_, body) | Action::AsUser(_, body) => Some(body),
            _ => None,
        }
    }

    /// What is done when the call that the step makes has failed.
    pub fn on_error(&self) -> Option<&[Step]> {
        match &self.action {
            Action::AsynchronousCall(call) => call.on_error.as_ref().map(|block| &block.body[..]),
            _ => None,
        }
    }
}
