//! What a reference becomes that goes from one context to another (ACT 8.1).

use crate::explain::{Explain, Reason};
use alloc::format;

/// Where the reference goes, seen from the context of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Into the same context, also when it comes home again.
    SameContext,
    /// Into another context of the same apartment.
    SameApartment,
    /// Into the neutral apartment, or from it into the apartment of the running thread.
    AcrossNeutral,
    /// Into another apartment.
    OtherApartment,
    /// Into another process.
    OtherProcess,
}

impl Destination {
    /// Every destination.
    pub const ALL: [Self; 5] =
        [Self::SameContext, Self::SameApartment, Self::AcrossNeutral, Self::OtherApartment, Self::OtherProcess];
}

/// What arrives there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The raw pointer. Methods run in the caller's context.
    Raw,
    /// A lightweight proxy: context policies, no thread switch.
    Lightweight,
    /// A proxy with thread switch, by the message queue of a single-threaded apartment, and context policies.
    Switching,
    /// A proxy to another process.
    Remote,
}

/// What a reference becomes; `free_threaded` if its object aggregates the free-threaded marshaler, which makes it
/// agile within the process.
pub fn translate(destination: Destination, free_threaded: bool, explain: &mut impl Explain) -> Reference {
    let reference = match destination {
        Destination::OtherProcess => Reference::Remote,
        _ if free_threaded => Reference::Raw,
        Destination::SameContext => Reference::Raw,
        Destination::SameApartment | Destination::AcrossNeutral => Reference::Lightweight,
        Destination::OtherApartment => Reference::Switching,
    };
    explain.because(|| Reason {
        rule: "ACT 8.1",
        inputs: format!(
            "{destination:?}, {}",
            if free_threaded { "agile object" } else { "object bound to its context" }
        ),
        verdict: format!("{reference:?}"),
        source: "interception-of-cross-context-calls",
    });
    reference
}
