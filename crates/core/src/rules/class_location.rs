//! Which partition an activation looks in, and which configuration of the class it finds there
//! (ACT 4.8, SEC C.1).

use crate::{
    attribute::{Activation, ClassContext},
    error::CatalogError,
    explain::{Explain, Reason},
};
use alloc::format;

/// Where the partition of an activation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The partition moniker names it.
    Moniker,
    /// The creator's context is in it.
    Context,
    /// It is the user's default.
    User,
    /// Nothing names one: the global partition.
    Global,
}

/// A partition id as the machine sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The global partition's.
    Global,
    /// That of a partition.
    Known,
    /// Of no partition.
    Unknown,
}

/// Chooses the partition: moniker, then the creator's context, then the user's default, then the global one.
///
/// A partition that is named on purpose has to exist; one that was inherited and is gone falls back to the
/// global partition, and nothing further is asked (O-51, O-52).
///
/// # Errors
/// COMADMIN_E_PARTITIONS_DISABLED when a moniker names another than the global partition and partitions are
/// off, COMADMIN_E_INVALID_PARTITION when it names none.
#[inline]
pub fn partition(
    enabled: bool,
    moniker: Option<Named>,
    context: Option<Named>,
    user: Option<Named>,
    explain: &mut impl Explain,
) -> Result<Origin, CatalogError> {
    let origin = match (moniker, enabled, context, user) {
        (Some(Named::Global), ..) | (Some(Named::Known), true, ..) => Ok(Origin::Moniker),
        (Some(_), false, ..) => Err(CatalogError::PartitionsDisabled),
        (Some(Named::Unknown), ..) => Err(CatalogError::InvalidPartition),
        (None, false, ..) | (None, true, Some(Named::Unknown), _) => Ok(Origin::Global),
        (None, true, Some(_), _) => Ok(Origin::Context),
        (None, true, None, Some(Named::Known)) => Ok(Origin::User),
        (None, true, None, _) => Ok(Origin::Global),
    };
    explain.because(|| Reason {
        rule: "ACT 4.8",
        inputs: format!("partitions enabled {enabled}, moniker {moniker:?}, context {context:?}, user {user:?}"),
        verdict: match origin {
            Ok(Origin::Moniker) => "the moniker's partition".into(),
            Ok(Origin::Context) => "the partition of the creator's context".into(),
            Ok(Origin::User) => "the user's default partition".into(),
            Ok(Origin::Global) => "the global partition".into(),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "locating-partitions-during-activation.md",
    });
    origin
}

/// Whether a request for these class contexts may be served by a component of such an application: in the creator's
/// process or in another one. A component of the creator's own instance is both a part of a local server and in the
/// creator's process.
#[inline]
pub fn is_served(
    contexts: ClassContext,
    activation: Activation,
    own_instance: bool,
    explain: &mut impl Explain,
) -> bool {
    let served = match activation {
        Activation::Library => contexts.intersects(ClassContext::IN_PROCESS),
        Activation::Server if own_instance => {
            contexts.intersects(ClassContext::OUT_OF_PROCESS | ClassContext::IN_PROCESS)
        }
        Activation::Server => contexts.intersects(ClassContext::OUT_OF_PROCESS),
    };
    explain.because(|| Reason {
        rule: "ACT 3.1: CLSCTX",
        inputs: format!("{contexts:?}, {activation}, own instance {own_instance}"),
        verdict: if served { "may be served".into() } else { "REGDB_E_CLASSNOTREG".into() },
        source: "MS-COM 2.2.5",
    });
    served
}

/// A configuration of the class, seen from the creator's application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// It belongs to the creator's own application.
    pub own: bool,
    /// It is open to other applications.
    pub public: bool,
}

/// Which registration of a class is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The configuration in the chosen partition.
    Chosen,
    /// The one in the global partition.
    Global,
    /// The plain registration, without a configuration.
    Unconfigured,
}

/// Chooses among the configurations of a class: that in the chosen partition if the creator may see it, else a
/// public one in the global partition, else the plain registration.
///
/// `rights`: the user may use the chosen partition. Where the chosen partition is the global one, `chosen` and
/// `global` are the same.
///
/// # Errors
/// COMADMIN_E_PARTITION_ACCESSDENIED without rights, COMADMIN_E_PRIVATE_ACCESSDENIED when all that was found is
/// private, REGDB_E_CLASSNOTREG when nothing was (O-55).
#[inline]
pub fn component(
    rights: bool,
    chosen: Option<Candidate>,
    global: Option<Candidate>,
    registered: bool,
    explain: &mut impl Explain,
) -> Result<Place, CatalogError> {
    let place = match (chosen, global) {
        _ if !rights => Err(CatalogError::PartitionDenied),
        (Some(Candidate { own: true, .. } | Candidate { public: true, .. }), _) => Ok(Place::Chosen),
        // also the creator's own: in the fallback search only public ones are candidates (O-15, O-53)
        (_, Some(Candidate { public: true, .. })) => Ok(Place::Global),
        (Some(_), _) | (_, Some(_)) => Err(CatalogError::PrivateDenied),
        (None, None) if registered => Ok(Place::Unconfigured),
        (None, None) => Err(CatalogError::ClassNotRegistered),
    };
    explain.because(|| Reason {
        rule: "ACT 4.8",
        inputs: format!("rights {rights}, chosen {chosen:?}, global {global:?}, registered {registered}"),
        verdict: match place {
            Ok(Place::Chosen) => "the configuration in the chosen partition".into(),
            Ok(Place::Global) => "the public configuration in the global partition".into(),
            Ok(Place::Unconfigured) => "the registration, without a configuration".into(),
            Err(error) => format!("{}", error.hresult()),
        },
        source: "locating-a-component-for-activation.md",
    });
    place
}
