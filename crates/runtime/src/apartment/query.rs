//! What a thread is told of its apartment: CoGetApartmentType (ACT 2, SYN 6.8).

use crate::thread::{self, Binding, Membership};
use complus_core::{
    attribute::{ApartmentType, ApartmentTypeQualifier, CoInit, ThreadFlags},
    error::{ApartmentError, Result},
    rules::{
        apartment_type::{self, Member},
        initialization::{self, State},
    },
};

/// What CoGetApartmentType answers for this thread.
///
/// # Errors
/// CO_E_NOTINITIALIZED when the thread is in no apartment and the process has no MTA.
pub fn apartment_type() -> Result<(ApartmentType, ApartmentTypeQualifier)> {
    let answer = query()?;
    if answer.hresult.is_failure() {
        return Err(ApartmentError::NotInitialized.into());
    }
    Ok((answer.apartment, answer.qualifier))
}

/// The same, with what is written when it fails, and the type of the thread.
///
/// # Errors
/// E_UNEXPECTED when an observer calls or the thread is ending.
pub(crate) fn query() -> Result<apartment_type::Answer> {
    thread::bound(|binding| {
        let mta = binding.process.as_ref().is_some_and(|process| process.apartments.mta().is_some());
        apartment_type::query(member(binding), binding.neutral, mta, &mut ())
    })
}

/// The apartment that the thread belongs to.
pub(crate) fn member(binding: &Binding) -> Member {
    match &binding.membership {
        Membership::None => Member::None,
        Membership::Mta => Member::Mta,
        Membership::Sta(sta) if sta.is_main() => Member::MainSta,
        Membership::Sta(_) => Member::Sta,
    }
}

/// What CoInitializeEx finds the thread to be.
pub(super) fn state(binding: &Binding) -> State {
    if binding.neutral { State::Neutral } else { outside_neutral(binding) }
}

/// The same for a thread that has come back from the neutral apartment.
fn outside_neutral(binding: &Binding) -> State {
    match &binding.membership {
        Membership::None => State::None,
        Membership::Sta(_) => State::Sta,
        Membership::Mta if binding.made_by_com => State::MtaDispatch,
        Membership::Mta => State::Mta,
    }
}

/// What COM has noted about the thread, in its thread-local storage.
///
/// # Errors
/// E_UNEXPECTED when an observer calls or the thread is ending.
pub fn thread_flags() -> Result<ThreadFlags> {
    thread::bound(|binding| {
        let noted = binding.com.as_ref().map(|com| (com.flags, com.has_logical_id));
        let (flags, has_id) = noted.unwrap_or((CoInit::MULTITHREADED, false));
        initialization::thread_flags(outside_neutral(binding), flags, has_id)
    })
}
