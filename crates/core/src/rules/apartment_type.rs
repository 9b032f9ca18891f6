//! What a thread is told of its apartment: CoGetApartmentType, CoGetDefaultContext (SYN 6.8, 11).

use crate::{
    attribute::{ApartmentType, ApartmentTypeQualifier as Qualifier, ThreadType},
    error::ApartmentError,
    explain::{Explain, Reason},
    hresult::{CO_E_NOTINITIALIZED, HResult, S_OK},
};
use alloc::format;

/// The apartment that a thread belongs to. It keeps it while it is inside a neutral call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// It never initialised COM.
    None,
    /// The main single-threaded apartment.
    MainSta,
    /// Another single-threaded apartment.
    Sta,
    /// The multithreaded apartment, by CoInitializeEx.
    Mta,
}

impl Member {
    /// Every membership.
    pub const ALL: [Self; 4] = [Self::None, Self::MainSta, Self::Sta, Self::Mta];

    /// It has a single-threaded apartment.
    #[inline]
    pub const fn is_sta(self) -> bool {
        matches!(self, Self::MainSta | Self::Sta)
    }
}

/// An answer of CoGetApartmentType, with the thread type that IComThreadingInfo adds. Both results are
/// written even when the code is a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// S_OK or CO_E_NOTINITIALIZED.
    pub hresult: HResult,
    /// The kind of apartment.
    pub apartment: ApartmentType,
    /// What lies beneath it.
    pub qualifier: Qualifier,
    /// Whether the thread pumps while it waits; `None` outside any apartment.
    pub thread: Option<ThreadType>,
}

/// The places for the results of CoGetApartmentType.
///
/// # Errors
/// [`ApartmentError::InvalidArgument`] if one of them is missing; nothing is written to the other.
#[inline]
pub const fn results(apartment: bool, qualifier: bool) -> Result<(), ApartmentError> {
    if apartment && qualifier { Ok(()) } else { Err(ApartmentError::InvalidArgument) }
}

/// CoGetApartmentType. `mta` says whether the process has a multithreaded apartment, of which a thread that
/// never initialised COM is an implicit member.
pub fn query(member: Member, neutral: bool, mta: bool, explain: &mut impl Explain) -> Answer {
    let within = |apartment, qualifier, beneath, thread| Answer {
        hresult: S_OK,
        apartment: if neutral { ApartmentType::Na } else { apartment },
        qualifier: if neutral { beneath } else { qualifier },
        thread: Some(thread),
    };
    use ThreadType::{BlockMessages, ProcessMessages};
    let answer = match (member, mta) {
        (Member::None, false) => Answer {
            hresult: CO_E_NOTINITIALIZED,
            apartment: ApartmentType::Current,
            qualifier: Qualifier::None,
            thread: None,
        },
        (Member::None, true) => {
            within(ApartmentType::Mta, Qualifier::ImplicitMta, Qualifier::NaOnImplicitMta, BlockMessages)
        }
        (Member::MainSta, _) => {
            within(ApartmentType::MainSta, Qualifier::None, Qualifier::NaOnMainSta, ProcessMessages)
        }
        (Member::Sta, _) => within(ApartmentType::Sta, Qualifier::None, Qualifier::NaOnSta, ProcessMessages),
        (Member::Mta, _) => within(ApartmentType::Mta, Qualifier::None, Qualifier::NaOnMta, BlockMessages),
    };
    explain.because(|| Reason {
        rule: "SYN 6.8",
        inputs: format!(
            "thread {member:?}, {} a neutral call, {} MTA in the process",
            if neutral { "inside" } else { "outside" },
            if mta { "an" } else { "no" }
        ),
        verdict: format!("{}, {}, {}", answer.hresult, answer.apartment, answer.qualifier),
        source: "ne-objidl-apttypequalifier",
    });
    answer
}

/// Whether CoGetDefaultContext can answer for `asked`: `initialized` if the thread is in an apartment, even
/// implicitly; `exists` says of the MTA and of the main STA whether the process has one. The call makes no
/// apartment; the neutral one is there as soon as any is (SYN 11, ACT 9.1).
///
/// # Errors
/// [`ApartmentError::Ambiguous`] for APTTYPE_STA, [`ApartmentError::NotInitialized`] on a thread without
/// apartment, [`ApartmentError::NoSuchApartment`] if the process lacks the one asked for; in this order.
pub fn default_context(
    asked: ApartmentType,
    initialized: bool,
    exists: impl FnOnce(ApartmentType) -> bool,
) -> Result<(), ApartmentError> {
    match asked {
        ApartmentType::Sta => Err(ApartmentError::Ambiguous),
        _ if !initialized => Err(ApartmentError::NotInitialized),
        ApartmentType::Current | ApartmentType::Na => Ok(()),
        ApartmentType::Mta | ApartmentType::MainSta => {
            if exists(asked) {
                Ok(())
            } else {
                Err(ApartmentError::NoSuchApartment)
            }
        }
    }
}
