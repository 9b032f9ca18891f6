//! Which named properties of the creator's context an activated object finds in its own (ACT 6, AD-42).

use super::placement::Placement;
use crate::context::PropertyKind;

/// The two settings of a component that select intrinsics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intrinsics {
    /// IISIntrinsics.
    pub iis: bool,
    /// COMTIIntrinsics.
    pub comti: bool,
}

/// Whether the object sees properties of this kind that its creator's context has.
///
/// In the creator's context it sees them all. Into a context of its own, in this process or another, they are copied:
/// the intrinsics if the component's settings say so, any other name always. A default context gets none.
pub const fn sees(kind: PropertyKind, placement: &Placement, intrinsics: Intrinsics) -> bool {
    match (placement, kind) {
        (Placement::CreatorsContext, _) | (Placement::OwnContext { .. }, PropertyKind::Custom) => true,
        (Placement::OwnContext { .. }, PropertyKind::Iis) => intrinsics.iis,
        (Placement::OwnContext { .. }, PropertyKind::Comti) => intrinsics.comti,
        (Placement::DefaultContext, _) => false,
    }
}
