//! What becomes of the result of a component's method (ACT 8.6, TXN 7.3).

use super::{
    activity_result::{Ended, Unit},
    leave::Role,
};
use crate::{
    context::StreamState,
    error::{CallError, Error, TransactionError},
    explain::{Explain, Reason},
    hresult::HResult,
};
use alloc::format;

/// What the caller is given: the method's code as it is, unless a root succeeded, asked for commit and did not get it.
/// Everything that the method has put out is taken back then. The call of a root that is not done changes nothing
/// (T-18).
///
/// # Errors
/// [`CallError::Aborted`] if the transaction aborted; [`TransactionError::InDoubt`] if nobody knows, since the work may
/// have been committed (T-17); [`CallError::ServerFault`] if the method panicked.
pub fn method(ended: Ended, unit: Unit, explain: &mut impl Explain) -> Result<HResult, Error> {
    let result = match (ended, unit) {
        (Ended::Panicked, _) => Err(CallError::ServerFault.into()),
        (Ended::Returned(code), Unit { role: Role::Root, wanted_commit: true, outcome }) if code.is_success() => {
            match outcome {
                Some(StreamState::Aborted) => Err(CallError::Aborted.into()),
                Some(StreamState::InDoubt) => Err(TransactionError::InDoubt.into()),
                _ => Ok(code),
            }
        }
        (Ended::Returned(code), _) => Ok(code),
    };
    explain.because(|| Reason {
        rule: "TXN 7.3 (T-17, T-18)",
        inputs: format!("method {ended:?}, {unit:?}"),
        verdict: format!("{}", result.as_ref().map_or_else(Error::hresult, |code| *code)),
        source: "how-com--modifies-return-values",
    });
    result
}
