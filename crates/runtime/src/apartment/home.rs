//! Which apartment a context belongs to.

use super::Sta;
use crate::thread::Binding;
use complus_core::attribute::{ApartmentKind, ApartmentType};
use complus_sync::Arc;

/// The apartment of a context: it says whose threads run the context's code.
#[derive(Clone)]
pub(crate) enum Home {
    /// Any thread of the MTA.
    Mta,
    /// Whatever thread enters.
    Neutral,
    /// One thread.
    Sta(Arc<Sta>),
}

impl Home {
    /// The apartment that the thread is in now, explicitly or implicitly.
    pub(crate) fn of(binding: &Binding) -> Option<Self> {
        if binding.neutral {
            return Some(Self::Neutral);
        }
        match binding.membership.sta() {
            Some(sta) => Some(Self::Sta(sta.clone())),
            None => binding.apartment().map(|_| Self::Mta),
        }
    }

    /// Whether the thread can run its code without another thread's help: it is in the apartment, it has its home
    /// there, or the apartment has no threads of its own.
    pub(crate) fn is_here(&self, binding: &Binding) -> bool {
        match self {
            Self::Neutral => true,
            Self::Sta(sta) => binding.membership.sta().is_some_and(|own| Arc::ptr_eq(own, sta)),
            Self::Mta => binding.membership.sta().is_none(),
        }
    }

    /// How the rules see it.
    pub(crate) fn kind(&self) -> ApartmentKind {
        match self {
            Self::Mta => ApartmentKind::Mta,
            Self::Neutral => ApartmentKind::Neutral,
            Self::Sta(_) => ApartmentKind::Sta,
        }
    }

    /// How programs see it.
    pub(crate) fn apartment_type(&self) -> ApartmentType {
        match self {
            Self::Mta => ApartmentType::Mta,
            Self::Neutral => ApartmentType::Na,
            Self::Sta(sta) if sta.is_main() => ApartmentType::MainSta,
            Self::Sta(_) => ApartmentType::Sta,
        }
    }
}
