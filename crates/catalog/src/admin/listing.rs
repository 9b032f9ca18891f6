//! What a collection finds when it is populated.

use super::{Collection, Item, error_info::ErrorInfo};
use crate::{
    node::Node,
    record::Record,
    schema::{CollectionId, Schema, Source, component, error, interface, machine, name},
    value::{Value, ValueRef},
};
use complus_core::error::CatalogError;

/// The collections that errors of partitions being off concern (SEC C.1).
const OF_PARTITIONS: [CollectionId; 4] = [
    CollectionId::Partitions,
    CollectionId::RolesForPartition,
    CollectionId::UsersInPartitionRole,
    CollectionId::PartitionUsers,
];

impl Collection {
    /// The items of the collection in the state that its administrator sees.
    pub(super) fn list(&self, root: &Node) -> Result<Vec<Item>, CatalogError> {
        let of_partition = self.id == CollectionId::Applications && self.argument.is_some();
        let enabled = root.machine().get(machine::PARTITIONS_ENABLED);
        if (OF_PARTITIONS.contains(&self.id) || of_partition) && !enabled {
            return Err(CatalogError::PartitionsDisabled);
        }
        let profile = root.record.profile();
        let named = |names: &mut dyn Iterator<Item = &'static str>| {
            let record = |text| {
                let mut record = Record::new(self.id, profile);
                record.set(name::NAME, text);
                Item::stored(record)
            };
            Ok(names.map(record).collect())
        };
        match self.id {
            CollectionId::PropertyInfo => named(&mut self.about.schema().properties.iter().map(|it| it.name)),
            CollectionId::RelatedCollectionInfo => named(&mut related(self.about.schema())),
            CollectionId::ErrorInfo => Ok(self.shown_errors.iter().map(|row| row.item(profile)).collect()),
            CollectionId::EventClassesForIID => Ok(self.event_classes(root)),
            _ => self.stored_items(root),
        }
    }

    fn stored_items(&self, root: &Node) -> Result<Vec<Item>, CatalogError> {
        let parent = root.at(&self.path).ok_or(CatalogError::ParentMissing)?;
        if let (CollectionId::Applications, Some(partition)) = (self.id, &self.argument) {
            let Value::Guid(partition) = *partition else { return Err(CatalogError::BadKey) };
            if !crate::rules::own::partition_exists(root, partition) {
                return Err(CatalogError::ParentMissing);
            }
            let inside = parent.below(self.id).iter().filter(|node| node.partition() == partition);
            return Ok(inside.map(|node| self.item_of(node)).collect());
        }
        Ok(parent.below(self.id).iter().map(|node| self.item_of(node)).collect())
    }

    /// An item with the keys of the objects above it filled in.
    pub(super) fn item_of(&self, node: &Node) -> Item {
        let mut record = node.record.clone();
        for (at, property) in (0..).zip(self.id.schema().properties) {
            if let Source::Ancestor(level) = property.source
                && let Some(step) = self.path.len().checked_sub(usize::from(level)).and_then(|at| self.path.get(at))
            {
                record.put(at, step.key.clone());
            }
        }
        Item::stored(record)
    }

    fn event_classes(&self, root: &Node) -> Vec<Item> {
        let has = |node: &Node, iid: &Value| {
            node.below(CollectionId::InterfacesForComponent)
                .iter()
                .any(|it| it.record.value(interface::IID.at) == iid.view())
        };
        let asked = |node: &Node| self.argument.as_ref().is_none_or(|iid| has(node, iid));
        let found = root.components().filter(|(_, node)| node.get(component::IS_EVENT_CLASS) && asked(node));
        let item = |(application, node): (&Node, &complus_sync::Arc<Node>)| {
            let mut record = Record::new(self.id, root.record.profile());
            for at in (0u8..).take(self.id.schema().properties.len()) {
                record.put(at, node.record.value(at).to_value());
            }
            let ValueRef::Guid(id) = application.record.key() else { return Item::stored(record) };
            record.set(component::APPLICATION_ID, id);
            Item::stored(record)
        };
        found.map(item).collect()
    }
}

/// The names of the collections that an item, or the root, leads to.
fn related(schema: &'static Schema) -> impl Iterator<Item = &'static str> {
    let meta = [CollectionId::PropertyInfo, CollectionId::RelatedCollectionInfo, CollectionId::ErrorInfo];
    let all = schema.stored.iter().chain(schema.related).copied().chain(meta);
    // those that are not of COM+
    let own = [CollectionId::Principals, CollectionId::PrincipalMembers];
    all.filter(move |id| !own.contains(id)).map(|id| id.schema().name)
}

impl ErrorInfo {
    fn item(&self, profile: complus_core::CatalogDefaults) -> Item {
        let mut record = Record::new(CollectionId::ErrorInfo, profile);
        record.set(error::NAME, &self.name);
        record.set(error::ERROR_CODE, &format!("0x{:08X}", self.error.hresult()));
        record.set(error::MAJOR_REF, &self.major_ref);
        record.set(error::MINOR_REF, &self.minor_ref);
        Item::stored(record)
    }
}
