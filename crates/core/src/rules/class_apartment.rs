//! The apartment of an in-process object: SYN 6.5, ACT 5.1, and which single-threaded one (SYN 4.9).

use super::reference::Destination;
use crate::{
    attribute::ThreadingModel,
    error::ActivationError,
    explain::{Explain, Reason},
};
use alloc::format;

/// Where the creator's thread executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creator {
    /// In a single-threaded apartment that is not the main one.
    Sta,
    /// In the main single-threaded apartment.
    MainSta,
    /// In the multithreaded apartment, also as an implicit member.
    Mta,
    /// In the neutral apartment, on a thread of a single-threaded one.
    NeutralOnSta,
    /// In the neutral apartment, on a thread of the multithreaded one.
    NeutralOnMta,
}

impl Creator {
    /// Every creator.
    pub const ALL: [Self; 5] = [Self::Sta, Self::MainSta, Self::Mta, Self::NeutralOnSta, Self::NeutralOnMta];
}

/// The apartment of the new object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// The single-threaded apartment of the creator's thread.
    ThreadsSta,
    /// The main single-threaded apartment, which COM makes if there is none.
    MainSta,
    /// A single-threaded apartment that COM hosts; [`host_sta`] says which.
    HostSta,
    /// The multithreaded apartment, which COM makes if there is none.
    Mta,
    /// The neutral apartment.
    Neutral,
}

/// Where an object is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Its apartment.
    pub home: Home,
    /// The creator gets a proxy: the object is in another apartment than the creator executes in.
    pub proxy: bool,
}

/// The threading model of a class, as it is registered (ACT 5.2).
///
/// # Errors
/// REGDB_E_BADTHREADINGMODEL for a text that is none.
pub fn registered(value: Option<&str>) -> Result<ThreadingModel, ActivationError> {
    ThreadingModel::from_registry(value).map_err(|_| ActivationError::BadThreadingModel)
}

/// Places an object by its class's threading model (SYN 6.5).
pub fn place(model: ThreadingModel, creator: Creator, explain: &mut impl Explain) -> Placement {
    use ThreadingModel as Model;
    let home = match (model, creator) {
        (Model::Apartment, Creator::Sta | Creator::MainSta | Creator::NeutralOnSta) => Home::ThreadsSta,
        (Model::Apartment, Creator::Mta | Creator::NeutralOnMta) => Home::HostSta,
        (Model::Free, _) | (Model::Both, Creator::Mta) => Home::Mta,
        (Model::Both, Creator::Sta | Creator::MainSta) => Home::ThreadsSta,
        (Model::Neutral, _) | (Model::Both, Creator::NeutralOnSta | Creator::NeutralOnMta) => Home::Neutral,
        (Model::Main | Model::NotSpecified, Creator::MainSta) => Home::ThreadsSta,
        (Model::Main | Model::NotSpecified, _) => Home::MainSta,
    };
    let proxy = match creator {
        Creator::Sta | Creator::MainSta => home != Home::ThreadsSta,
        Creator::Mta => home != Home::Mta,
        Creator::NeutralOnSta | Creator::NeutralOnMta => home != Home::Neutral,
    };
    explain.because(|| Reason {
        rule: "SYN 6.5",
        inputs: format!("threading model {model}, creator {creator:?}"),
        verdict: format!("{home:?}, {}", if proxy { "not the creator's apartment" } else { "the creator's apartment" }),
        source: "threading-model-attribute",
    });
    Placement { home, proxy }
}

/// What lies between the object's apartment and the creator's, seen from the object (ACT 8.1).
///
/// No thread is switched from the neutral apartment to that of the thread in it, so this border is as light as the one
/// into the neutral apartment.
pub const fn border(creator: Creator, placement: Placement) -> Destination {
    match (creator, placement.home) {
        _ if !placement.proxy => Destination::SameApartment,
        (_, Home::Neutral) | (Creator::NeutralOnSta, Home::ThreadsSta) | (Creator::NeutralOnMta, Home::Mta) => {
            Destination::AcrossNeutral
        }
        _ => Destination::OtherApartment,
    }
}

/// What is known of the activity of an object that needs a hosted single-threaded apartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostedActivity {
    /// The object is in no activity.
    None,
    /// It is in one that has no apartment yet.
    Unassigned,
    /// It is in one whose objects have an apartment.
    Assigned,
}

/// Which apartment COM hosts such an object in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostSta {
    /// That of its activity.
    Activitys,
    /// The least loaded one of the pool ([`bind`](super::thread_pool::bind)), which becomes its activity's.
    LeastLoaded,
    /// The pool's started ones in turn.
    InTurn,
    /// The one host STA of the process; it becomes the activity's, if there is an activity.
    TheHost,
}

/// Picks the apartment, in a process with a pool or without (SYN 4.9, ACT 5.2).
#[inline]
pub const fn host_sta(activity: HostedActivity, pool: bool) -> HostSta {
    match (activity, pool) {
        (HostedActivity::Assigned, _) => HostSta::Activitys,
        (HostedActivity::Unassigned, true) => HostSta::LeastLoaded,
        (HostedActivity::None, true) => HostSta::InTurn,
        (HostedActivity::Unassigned | HostedActivity::None, false) => HostSta::TheHost,
    }
}
