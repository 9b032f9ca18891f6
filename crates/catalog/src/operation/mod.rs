//! Operations of the catalog as a whole (SEC A.9): look-up by name, installing classes, starting, copying,
//! moving and aliasing, export and import.

mod copy;
mod install;
mod start;
mod transfer;

pub(crate) use copy::move_component;
pub use install::{ClassDescriptor, InterfaceDescriptor, MethodDescriptor};
pub use transfer::{ApplicationFile, ExportOptions, InstallError, InstallOptions};

use crate::{
    Administrator,
    admin::guid,
    node::{Node, Path, Step},
    schema::{CollectionId, application as app, machine},
    value::{Value, ValueRef, same_name},
};
use complus_core::error::{CatalogError, Result};
use uuid::Uuid;

/// The application of an id in braces or of a name.
pub(crate) fn application(root: &Node, id_or_name: &str) -> Result<Uuid, CatalogError> {
    if let Some(id) = guid(id_or_name) {
        let found = root.find(CollectionId::Applications, ValueRef::Guid(id));
        return found.map(|_| id).ok_or(CatalogError::DoesNotExist);
    }
    let mut named = root.applications().iter().filter(|node| same_name(node.get(app::NAME), id_or_name));
    match (named.next(), named.next()) {
        (Some(node), None) => Ok(node.get(app::ID)),
        (Some(_), Some(_)) => Err(CatalogError::AmbiguousApplication),
        (None, _) => Err(CatalogError::DoesNotExist),
    }
}

/// The partition of an id in braces or of a name.
pub(crate) fn partition(root: &Node, id_or_name: &str) -> Result<Uuid, CatalogError> {
    use crate::schema::partition as part;
    if let Some(id) = guid(id_or_name) {
        let found = crate::rules::own::partition_exists(root, id);
        return if found { Ok(id) } else { Err(CatalogError::DoesNotExist) };
    }
    let all = root.below(CollectionId::Partitions);
    let mut named = all.iter().filter(|node| same_name(node.get(part::NAME), id_or_name));
    match (named.next(), named.next()) {
        (Some(node), None) => Ok(node.get(part::ID)),
        (Some(_), Some(_)) => Err(CatalogError::AmbiguousPartition),
        (None, _) => Err(CatalogError::DoesNotExist),
    }
}

pub(crate) fn of_application(id: Uuid) -> Path {
    vec![Step { collection: CollectionId::Applications, key: Value::Guid(id) }]
}

/// Partitions other than the global one may be named while they are enabled.
pub(crate) fn usable_partition(root: &Node, id: Uuid) -> Result<(), CatalogError> {
    if id.as_u128() == crate::schema::GLOBAL_PARTITION {
        return Ok(());
    }
    if !root.machine().get(machine::PARTITIONS_ENABLED) {
        return Err(CatalogError::PartitionsDisabled);
    }
    if crate::rules::own::partition_exists(root, id) { Ok(()) } else { Err(CatalogError::InvalidPartition) }
}

impl Administrator {
    /// The id of an application, by its id in braces or its name.
    ///
    /// # Errors
    /// COMADMIN_E_OBJECT_DOES_NOT_EXIST when there is none, COMADMIN_E_AMBIGUOUS_APPLICATION_NAME when several have the
    /// name.
    pub fn application(&self, id_or_name: &str) -> Result<Uuid> {
        application(&self.view(), id_or_name).map_err(Into::into)
    }

    /// The id of a partition, by its id in braces or its name (GetPartitionID).
    ///
    /// # Errors
    /// COMADMIN_E_OBJECT_DOES_NOT_EXIST when there is none, COMADMIN_E_AMBIGUOUS_PARTITION_NAME when several have the name.
    pub fn partition(&self, id_or_name: &str) -> Result<Uuid> {
        partition(&self.view(), id_or_name).map_err(Into::into)
    }
}
