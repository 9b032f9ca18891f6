//! The write gate: what is locked, by itself or by what it belongs to (SEC A.6.2, R10 and R23).

use super::keys::RESERVED;
use crate::{
    node::Node,
    schema::{CollectionId, application as app, partition},
    value::ValueRef,
};
use complus_core::error::CatalogError;

/// What is to be done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Add it.
    Add,
    /// Write the properties of these positions, one bit each.
    Write(u64),
    /// Remove it.
    Remove,
}

/// Properties of an application proxy that still may be written.
const OF_PROXY: u64 = 1 << app::NAME.at
    | 1 << app::DESCRIPTION.at
    | 1 << app::CREATED_BY.at
    | 1 << app::APPLICATION_PROXY_SERVER_NAME.at
    | APPLICATION_LOCKS;
const APPLICATION_LOCKS: u64 = 1 << app::CHANGEABLE.at | 1 << app::DELETEABLE.at;
const PARTITION_LOCKS: u64 = 1 << partition::CHANGEABLE.at | 1 << partition::DELETEABLE.at;

impl Intent {
    fn writes_only(self, allowed: u64) -> bool {
        matches!(self, Self::Write(written) if written & !allowed == 0)
    }
}

/// Whether something may be done with `item`, which stands, or will stand, below the last of `above`; `above`
/// begins with the root.
pub(crate) fn check(above: &[&Node], item: &Node, intent: Intent) -> Result<(), CatalogError> {
    let collection = item.record.schema().id;
    let of = |id| above.iter().chain([&item]).find(|node| node.record.schema().id == id).copied();
    if let Some(application) = of(CollectionId::Applications) {
        // the lock on an application counts as it is stored, the item may be what is to be written
        let itself = collection == CollectionId::Applications;
        of_application(application, itself, collection, intent)?;
        let home = above[0].find(CollectionId::Partitions, ValueRef::Guid(application.partition()));
        let locked = home.is_some_and(|home| !home.get(partition::CHANGEABLE));
        if locked && !(itself && intent.writes_only(APPLICATION_LOCKS)) {
            return Err(CatalogError::NotChangeable);
        }
    }
    if let Some(home) = of(CollectionId::Partitions) {
        let itself = collection == CollectionId::Partitions;
        match intent {
            Intent::Add if itself => {}
            Intent::Remove if itself => removable_partition(above[0], home)?,
            _ if !(home.get(partition::CHANGEABLE) || itself && intent.writes_only(PARTITION_LOCKS)) => {
                return Err(CatalogError::NotChangeable);
            }
            _ => {}
        }
    }
    Ok(())
}

fn of_application(node: &Node, itself: bool, collection: CollectionId, intent: Intent) -> Result<(), CatalogError> {
    if intent == Intent::Add && itself {
        return Ok(());
    }
    let system = node.get(app::IS_SYSTEM) || RESERVED.contains(&node.get(app::ID));
    if system && collection != CollectionId::UsersInRole {
        return Err(CatalogError::SystemApplication);
    }
    if intent == Intent::Remove && itself {
        return if node.get(app::DELETEABLE) { Ok(()) } else { Err(CatalogError::NotDeleteable) };
    }
    if !(node.get(app::CHANGEABLE) || itself && intent.writes_only(APPLICATION_LOCKS)) {
        return Err(CatalogError::NotChangeable);
    }
    if node.get(app::APPLICATION_PROXY) && !(itself && intent.writes_only(OF_PROXY)) {
        return Err(CatalogError::NotChangeable);
    }
    Ok(())
}

/// R22: the global partition stays, so does one that is somebody's default or holds what may not be deleted.
fn removable_partition(root: &Node, node: &Node) -> Result<(), CatalogError> {
    use crate::schema::partition_user;
    let id = node.get(partition::ID);
    let users = root.below(CollectionId::PartitionUsers);
    if users.iter().any(|user| user.get(partition_user::DEFAULT_PARTITION_ID) == id) {
        return Err(CatalogError::PartitionInUse);
    }
    let mut applications = root.applications().iter().filter(|application| application.partition() == id);
    let kept = applications.any(|application| !application.get(app::DELETEABLE) || application.get(app::IS_SYSTEM));
    if kept || !node.get(partition::DELETEABLE) { Err(CatalogError::NotDeleteable) } else { Ok(()) }
}
