//! How a service domain ends: SWC 7.2 and 7.3, TXN 14.3.

use crate::{
    attribute::TransactionStatus,
    compat::ByotAbort,
    context::StreamState,
    explain::{Explain, Reason},
};
use alloc::format;

/// What the domain is to its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It has none.
    None,
    /// It began the transaction.
    Root,
    /// It joined the caller's.
    Interior,
    /// It joined a brought one.
    Brought,
}

/// What is done to the transaction when the domain is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing.
    Nothing,
    /// Commit is attempted.
    Commit,
    /// It is aborted.
    Abort,
    /// It is marked for abort; somebody else ends it.
    Doom,
}

/// What leaving does. The return of the domain counts as the deactivation of its context, so the
/// consistent flag counts whatever the done flag says (SWC 7.2). COM+ never commits a brought transaction.
#[inline]
pub const fn ending(role: Role, consistent: bool, state: StreamState, byot_abort: ByotAbort) -> Ending {
    match (role, consistent, state) {
        (Role::None, _, _) => Ending::Nothing,
        (_, _, StreamState::Committed | StreamState::Aborted | StreamState::InDoubt) => Ending::Nothing,
        (Role::Root, true, StreamState::Active) => Ending::Commit,
        (Role::Root, _, _) => Ending::Abort,
        (Role::Interior | Role::Brought, true, _) => Ending::Nothing,
        (Role::Interior, false, _) => Ending::Doom,
        (Role::Brought, false, _) => match byot_abort {
            ByotAbort::Veto => Ending::Doom,
            ByotAbort::Immediate => Ending::Abort,
        },
    }
}

/// The status reported, given what has become of the transaction once [`ending`] was done. `None`: the
/// status callback is not called (S-20).
#[inline]
pub fn status(role: Role, state: StreamState, explain: &mut impl Explain) -> Option<TransactionStatus> {
    let status = match (role, state) {
        (Role::None, _) => None,
        (_, StreamState::Aborted) => Some(TransactionStatus::Aborted),
        (_, StreamState::InDoubt) => Some(TransactionStatus::InDoubt),
        // The root did not wait for a domain that outlived it: what it can say is that nothing failed here.
        (Role::Interior, StreamState::Committed) => Some(TransactionStatus::LocallyOk),
        (_, StreamState::Committed) => Some(TransactionStatus::Committed),
        (_, StreamState::Active) => Some(TransactionStatus::LocallyOk),
        (_, StreamState::Doomed) => Some(TransactionStatus::Aborting),
    };
    explain.because(|| Reason {
        rule: "SWC 7.3",
        inputs: format!("role {role:?}, transaction {state:?}"),
        verdict: status.map_or_else(|| "no status callback".into(), |status| format!("{}", status.hresult())),
        source: "nf-comsvcs-itransactionstatus-gettransactionstatus",
    });
    status
}
