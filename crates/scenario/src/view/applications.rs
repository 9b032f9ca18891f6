//! How instances of server applications read in the call tree.

use super::style::Tone;
use crate::trace;
use complus_core::{event::ApplicationStep, rules::application_instance::RecycleReason};

/// The phrase of a turn in an instance's life.
pub(super) fn event(application: &str, instance: &str, step: ApplicationStep) -> (Tone, String) {
    let (tone, told) = match step {
        ApplicationStep::Started => (Tone::Plain, "started: a process of its own".into()),
        ApplicationStep::Paused(true) => (Tone::Warning, "paused: its objects go on, new ones are refused".into()),
        ApplicationStep::Paused(false) => (Tone::Plain, "resumed: it takes new objects again".into()),
        ApplicationStep::Recycled(reason) => (
            Tone::Warning,
            format!("recycled{}: another instance takes new objects, this one ends with its last", why(reason)),
        ),
        ApplicationStep::ShutDown => (Tone::Plain, "shut down".into()),
        ApplicationStep::ForcedDown => (Tone::Bad, "ended by force, whatever it was doing".into()),
    };
    (tone, format!("{application} ({instance}) {told}"))
}

fn why(reason: RecycleReason) -> String {
    match reason {
        RecycleReason::NONE => String::new(),
        RecycleReason::LIFETIME => ", its life time being over".into(),
        RecycleReason::ACTIVATIONS => ", having activated as many objects as it may".into(),
        RecycleReason::CALLS => ", having served as many calls as it may".into(),
        RecycleReason::MEMORY => ", taking up more memory than it may".into(),
        RecycleReason::ADMINISTRATOR => " by an administrator".into(),
        other => format!(" for the program's reason {}", trace::recycle_reason(other)),
    }
}
