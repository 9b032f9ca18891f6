//! What a call into a context with a transaction starts with, and what becomes of the context when the call is
//! refused (ACT 9.10, TXN 6, 7.2).

use super::leave::Role;
use crate::{
    context::StreamState,
    error::CallError,
    explain::{Explain, Reason},
};
use alloc::format;

/// The transaction that a call starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// None.
    NoTransaction,
    /// The next one of the stream.
    Begin,
    /// The one that is there.
    Join,
}

/// What a call starts with, by what the context is to its stream and the transaction that the stream holds: `None`
/// between two of them. A transaction that is over is held only if the context was still at work in it.
///
/// # Errors
/// [`CallError::Aborting`] while the transaction is doomed, and once for a root that lost the one it was at work in.
/// [`CallError::OldReference`] for a context that is no root and has no transaction to follow. The method does not
/// run.
#[inline]
pub const fn start(role: Role, held: Option<StreamState>) -> Result<Start, CallError> {
    match (role, held) {
        (Role::None, _) => Ok(Start::NoTransaction),
        (_, Some(StreamState::Active)) => Ok(Start::Join),
        (_, Some(StreamState::Doomed)) => Err(CallError::Aborting),
        (Role::Root, None) => Ok(Start::Begin),
        (Role::Root, Some(_)) => Err(CallError::Aborting),
        (Role::Interior | Role::Brought, _) => Err(CallError::OldReference),
    }
}

/// A call into a component's context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// What the context is to its stream.
    pub role: Role,
    /// The transaction that the stream holds.
    pub held: Option<StreamState>,
    /// The caller speaks for an earlier transaction of the same stream.
    pub old_sequence: bool,
    /// Another call is being served in the context.
    pub nested: bool,
    /// The transaction manager can be reached.
    pub manager: bool,
}

/// What becomes of a context whose call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aftermath {
    /// Nothing.
    Nothing,
    /// Its instance is deactivated.
    Deactivate,
    /// Its instance is deactivated, its transaction aborted; the next call begins the next one.
    Abort,
    /// The transaction that it lost is forgotten; the next call begins the next one.
    Forget,
}

/// What a call starts with, or why it is refused and what becomes of the context then.
///
/// # Errors
/// The codes of [`start`]; [`CallError::Aborting`] for an old sequence number; [`CallError::ManagerUnavailable`] when a
/// transaction would have to begin and cannot.
pub fn enter(call: Call, explain: &mut impl Explain) -> Result<Start, (CallError, Aftermath)> {
    let Call { role, held, old_sequence, nested, manager } = call;
    let result = match start(role, held) {
        Ok(Start::NoTransaction) => Ok(Start::NoTransaction),
        _ if old_sequence => Err((CallError::Aborting, Aftermath::Nothing)),
        Ok(Start::Begin) if !manager => Err((CallError::ManagerUnavailable, Aftermath::Nothing)),
        Ok(start) => Ok(start),
        Err(error) => Err((error, aftermath(role, held, nested))),
    };
    explain.because(|| Reason {
        rule: match result {
            Err((CallError::OldReference, _)) => "ACT 9.10 (T-11)",
            Err((CallError::Aborting, Aftermath::Forget)) => "ACT 9.10 (T-16)",
            Err((CallError::ManagerUnavailable, _)) => "TXN 4 (T-5)",
            _ => "TXN 6",
        },
        inputs: format!(
            "{role:?}, transaction {held:?}, old sequence number {old_sequence}, nested {nested}, manager {manager}"
        ),
        verdict: match result {
            Ok(start) => format!("{start:?}"),
            Err((error, aftermath)) => format!("{}, {aftermath:?}", error.hresult()),
        },
        source: "com-error-codes-2",
    });
    result
}

/// A context that is serving a call keeps its instance, which is on the stack.
const fn aftermath(role: Role, held: Option<StreamState>, nested: bool) -> Aftermath {
    match (role, held) {
        (_, Some(StreamState::Doomed)) if nested => Aftermath::Nothing,
        (Role::Root, Some(StreamState::Doomed)) => Aftermath::Abort,
        (_, Some(StreamState::Doomed)) => Aftermath::Deactivate,
        (Role::Root, _) => Aftermath::Forget,
        _ => Aftermath::Nothing,
    }
}
