//! Joining and leaving an apartment: CoInitializeEx, OleInitialize and their counterparts (SYN 6.1 to 6.3).

use crate::{
    attribute::{ApartmentModel, CoInit, ThreadFlags},
    error::ApartmentError,
    explain::{Explain, Reason},
    hresult::{HResult, S_FALSE, S_OK},
};
use alloc::format;

/// What a thread is to COM when it asks to be initialised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not initialised; it may be an implicit member of the MTA.
    None,
    /// It has a single-threaded apartment.
    Sta,
    /// It joined the multithreaded apartment.
    Mta,
    /// It is inside a call into the neutral apartment.
    Neutral,
    /// COM made it, and it executes an incoming call for the multithreaded apartment.
    MtaDispatch,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::None, Self::Sta, Self::Mta, Self::Neutral, Self::MtaDispatch];
}

/// A successful initialisation. Each adds one to the thread's count, and needs one CoUninitialize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// A new single-threaded apartment.
    NewSta,
    /// The multithreaded apartment, which is made if there is none.
    Mta,
    /// The thread was there already.
    Again,
}

impl Joined {
    /// S_OK, or S_FALSE where the thread already was in the apartment.
    #[inline]
    pub const fn hresult(self) -> HResult {
        match self {
            Self::NewSta | Self::Mta => S_OK,
            Self::Again => S_FALSE,
        }
    }
}

/// What CoUninitialize does, by the thread's count before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing: no initialisation is left to balance.
    Unbalanced,
    /// One less; the thread stays in its apartment.
    Stays,
    /// The thread leaves its apartment.
    Leaves,
}

/// A successful OleInitialize. It adds one to OLE's count and one to COM's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OleJoined {
    /// What it did to the apartment.
    pub apartment: Joined,
    /// S_OK or S_FALSE, by OLE's own count alone.
    pub hresult: HResult,
}

/// The model that a flag word asks for.
///
/// # Errors
/// [`ApartmentError::InvalidArgument`] for a reserved argument or a bit that is none of COINIT's four values.
#[inline]
pub const fn model(flags: CoInit, reserved_is_null: bool) -> Result<ApartmentModel, ApartmentError> {
    if !reserved_is_null || flags.unknown() != 0 {
        Err(ApartmentError::InvalidArgument)
    } else if flags.contains(CoInit::APARTMENT_THREADED) {
        Ok(ApartmentModel::ApartmentThreaded)
    } else {
        Ok(ApartmentModel::Multithreaded)
    }
}

/// CoInitializeEx, once its arguments are known to be good. An error leaves the count as it is (SYN 6.1).
///
/// # Errors
/// [`ApartmentError::ChangedMode`] in an apartment of the other kind, and inside a neutral call.
pub fn initialize(state: State, model: ApartmentModel, explain: &mut impl Explain) -> Result<Joined, ApartmentError> {
    use ApartmentModel::{ApartmentThreaded, Multithreaded};
    let result = match (state, model) {
        (State::None, ApartmentThreaded) => Ok(Joined::NewSta),
        (State::None, Multithreaded) => Ok(Joined::Mta),
        (State::Sta, ApartmentThreaded) | (State::Mta | State::MtaDispatch, Multithreaded) => Ok(Joined::Again),
        (State::Sta, Multithreaded)
        | (State::Mta | State::MtaDispatch, ApartmentThreaded)
        | (State::Neutral, ApartmentThreaded | Multithreaded) => Err(ApartmentError::ChangedMode),
    };
    explain.because(|| Reason {
        rule: "SYN 6.1",
        inputs: format!("thread {state:?}, model {model}"),
        verdict: match result {
            Ok(joined) => format!("{joined:?}, {}", joined.hresult()),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "nf-combaseapi-coinitializeex",
    });
    result
}

/// CoUninitialize on a thread that was initialised `count` times (SYN 6.2).
#[inline]
pub const fn uninitialize(count: u32) -> Left {
    match count {
        0 => Left::Unbalanced,
        1 => Left::Leaves,
        _ => Left::Stays,
    }
}

/// OleInitialize on a thread with `ole` of them before: one CoInitializeEx for a single-threaded apartment,
/// whose result it does not report (SYN 6.3).
///
/// # Errors
/// [`ApartmentError::ChangedMode`] as [`initialize`]; then OLE counts nothing, so that the OleUninitialize
/// that follows does nothing.
pub fn ole_initialize(state: State, ole: u32, explain: &mut impl Explain) -> Result<OleJoined, ApartmentError> {
    let apartment = initialize(state, ApartmentModel::ApartmentThreaded, explain)?;
    let hresult = if ole == 0 { S_OK } else { S_FALSE };
    explain.because(|| Reason {
        rule: "SYN 6.3: OleInitialize reports OLE's own count",
        inputs: format!("OLE initialised {ole} times"),
        verdict: format!("{hresult}"),
        source: "nf-ole2-oleinitialize",
    });
    Ok(OleJoined { apartment, hresult })
}

/// Whether OleUninitialize does a CoUninitialize and takes one from OLE's count: not when it is surplus.
#[inline]
pub const fn ole_uninitialize(ole: u32) -> bool {
    ole > 0
}

/// What is noted about a thread: `flags` are those with which it entered its apartment, `has_id` says whether it was
/// asked for its logical thread id (SYN 5.1, W19).
pub const fn thread_flags(state: State, flags: CoInit, has_id: bool) -> ThreadFlags {
    let apartment = match state {
        State::None | State::Neutral => 0,
        State::Sta if flags.contains(CoInit::DISABLE_OLE1DDE) => {
            ThreadFlags::APARTMENT_THREADED.0 | ThreadFlags::DISABLE_OLE1DDE.0
        }
        State::Sta => ThreadFlags::APARTMENT_THREADED.0,
        State::Mta | State::MtaDispatch => ThreadFlags::MULTITHREADED.0 | ThreadFlags::DISABLE_OLE1DDE.0,
    };
    ThreadFlags(apartment | if has_id { ThreadFlags::UUID_INITIALIZED.0 } else { 0 })
}

/// CoDecrementMTAUsage with a cookie that is `known`, which it is until its first decrement; an unknown one is
/// tolerated. `strict` is [`Compat::strict_misuse`](crate::Compat::strict_misuse) (SYN 6.7, Y-23).
///
/// # Errors
/// [`ApartmentError::UnknownCookie`] under `strict`.
#[inline]
pub const fn decrement_mta_usage(known: bool, strict: bool) -> Result<(), ApartmentError> {
    if known || !strict { Ok(()) } else { Err(ApartmentError::UnknownCookie) }
}
