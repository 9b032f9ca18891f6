//! IIS and COMTI intrinsics: SWC 6.4.

use crate::{
    attribute::{ComtiIntrinsicsConfig, IisIntrinsicsConfig},
    explain::{Explain, Reason},
};
use alloc::format;

/// Whether the domain sees the caller's IIS intrinsics; `caller` says whether there are any.
#[inline]
pub fn iis(setting: IisIntrinsicsConfig, caller: bool, explain: &mut impl Explain) -> bool {
    let visible = caller && setting == IisIntrinsicsConfig::Inherit;
    explain.because(|| reason(setting.com_name(), caller, visible, "ne-comsvcs-csc_iisintrinsicsconfig"));
    visible
}

/// Whether the domain sees the caller's COMTI intrinsics; `caller` says whether there are any.
#[inline]
pub fn comti(setting: ComtiIntrinsicsConfig, caller: bool, explain: &mut impl Explain) -> bool {
    let visible = caller && setting == ComtiIntrinsicsConfig::Inherit;
    explain.because(|| reason(setting.com_name(), caller, visible, "ne-comsvcs-csc_comtiintrinsicsconfig"));
    visible
}

fn reason(setting: &str, caller: bool, visible: bool, source: &'static str) -> Reason {
    Reason {
        rule: "SWC 6.4",
        inputs: format!("setting {setting}, caller has {}", if caller { "some" } else { "none" }),
        verdict: if visible { "the caller's object" } else { "none" }.into(),
        source,
    }
}
