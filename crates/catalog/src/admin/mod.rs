//! Administration: COMAdminCatalog, its collections and their objects (SEC A.8, A.9).
//!
//! | COM | here |
//! |---|---|
//! | ICOMAdminCatalog, ICOMAdminCatalog2 | [`Administrator`] |
//! | ICatalogCollection | [`Collection`] |
//! | ICatalogObject | [`Item`] |
//! | the ErrorInfo collection | [`Collection::error_info`], and the collection itself |

mod collection;
mod error_info;
mod item;
mod listing;
mod save;

pub use collection::{Collection, Saved};
pub use error_info::ErrorInfo;
pub use item::Item;
pub(crate) use save::activators;

use crate::{
    Catalog, Host,
    node::{Node, Step},
    schema::{CollectionId, Kind, Property},
    transaction::Work,
    value::Value,
};
use complus_core::error::{CatalogError, Result};
use complus_sync::Arc;
use uuid::Uuid;

/// What somebody may do with the database: the roles of the System Application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rights {
    /// Read only.
    Reader,
    /// Read and write.
    #[default]
    Administrator,
}

/// Somebody who administers the database, within a transaction or without.
///
/// ```
/// use complus_catalog::{Catalog, Options};
/// let catalog = Catalog::new(Options::default());
/// let mut machine = catalog.administer().collection("LocalComputer")?;
/// machine.populate()?;
/// machine.item_mut(0)?.put("TransactionTimeout", 30)?;
/// machine.save_changes().result?;
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Administrator {
    catalog: Catalog,
    work: Option<Arc<Work>>,
    host: Option<Arc<dyn Host>>,
    rights: Rights,
    partition: Uuid,
}

impl Administrator {
    pub(crate) fn new(catalog: Catalog, work: Option<Arc<Work>>) -> Self {
        let partition = Uuid::from_u128(crate::schema::GLOBAL_PARTITION);
        Self { catalog, work, host: None, rights: Rights::default(), partition }
    }

    /// The same with other rights.
    #[must_use]
    pub fn with_rights(self, rights: Rights) -> Self {
        Self { rights, ..self }
    }

    /// The same on a machine, in whose way its threads wait.
    #[must_use]
    pub fn hosted(self, host: Arc<dyn Host>) -> Self {
        Self { host: Some(host), ..self }
    }

    /// The database.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The state that this administrator sees: the transaction's own, else the committed one.
    pub fn view(&self) -> Arc<Node> {
        match &self.work {
            Some(work) => work.view(&self.catalog),
            None => self.catalog.snapshot().root_arc(),
        }
    }

    /// A top-level collection by its name; not populated yet (GetCollection).
    ///
    /// # Errors
    /// E_INVALIDARG when there is no top-level collection of this name.
    pub fn collection(&self, name: &str) -> Result<Collection> {
        let root = CollectionId::Root.schema();
        let id = CollectionId::named(name).ok_or(CatalogError::UnknownCollection)?;
        let meta = matches!(id, CollectionId::PropertyInfo | CollectionId::RelatedCollectionInfo);
        if id != CollectionId::Root && !root.stored.contains(&id) && !root.related.contains(&id) && !meta {
            return Err(CatalogError::UnknownCollection.into());
        }
        Ok(Collection::new(self.clone(), id, Vec::new(), None))
    }

    /// Any collection by its name and the keys of the objects above it, from the top (GetCollectionByQuery).
    ///
    /// # Errors
    /// E_INVALIDARG for an unknown name, and for keys of the wrong number or kind.
    pub fn collection_by_query(&self, name: &str, keys: &[Value]) -> Result<Collection> {
        let id = CollectionId::named(name).ok_or(CatalogError::UnknownCollection)?;
        if let (CollectionId::EventClassesForIID, [iid]) = (id, keys) {
            let iid = key_of(crate::schema::interface::PROPERTIES.first().ok_or(CatalogError::BadKey)?, iid)?;
            return Ok(Collection::new(self.clone(), id, Vec::new(), Some(iid)));
        }
        if let (CollectionId::Applications, [partition]) = (id, keys) {
            let key = key_of(CollectionId::Partitions.schema().key(), partition)?;
            return Ok(Collection::new(self.clone(), id, Vec::new(), Some(key)));
        }
        let above = ancestors(id);
        if above.len() != keys.len() {
            return Err(CatalogError::BadKey.into());
        }
        let steps = above.iter().zip(keys).map(|(collection, key)| {
            Ok(Step { collection: *collection, key: key_of(collection.schema().key(), key)? })
        });
        let path = steps.collect::<Result<_, CatalogError>>()?;
        Ok(Collection::new(self.clone(), id, path, None))
    }

    /// The partition that new applications go to (CurrentPartitionID).
    pub fn current_partition(&self) -> Uuid {
        self.partition
    }

    /// Chooses the partition that new applications go to, by id or name (put_CurrentPartition).
    ///
    /// # Errors
    /// COMADMIN_E_PARTITIONS_DISABLED while partitions are off, COMADMIN_E_OBJECT_DOES_NOT_EXIST when there is no such
    /// partition.
    pub fn set_current_partition(&mut self, id_or_name: &str) -> Result<()> {
        let view = self.view();
        if !view.machine().get(crate::schema::machine::PARTITIONS_ENABLED) {
            return Err(CatalogError::PartitionsDisabled.into());
        }
        self.partition = crate::operation::partition(&view, id_or_name)?;
        Ok(())
    }

    /// Changes the database: `change` makes the next state of the present one, or none.
    pub(crate) fn write<R>(
        &self,
        change: impl FnOnce(&Arc<Node>) -> (Option<Arc<Node>>, R),
    ) -> Result<R, CatalogError> {
        if self.rights != Rights::Administrator {
            return Err(CatalogError::AccessDenied);
        }
        let Some(work) = &self.work else {
            let turn = self.catalog.turn(self.host.as_deref(), &|| false)?;
            let (next, result) = change(&self.catalog.snapshot().root_arc());
            let published = next.is_none_or(|next| turn.publish(next));
            return if published { Ok(result) } else { Err(CatalogError::TransactionOver) };
        };
        work.write(&self.catalog, self.host.as_deref(), change)
    }

    /// Changes the database whole or not at all.
    pub(crate) fn try_write<R>(
        &self,
        change: impl FnOnce(&mut Node) -> Result<R, CatalogError>,
    ) -> Result<R, CatalogError> {
        self.write(|root| {
            let mut next = (**root).clone();
            match change(&mut next) {
                Ok(result) => (Some(Arc::new(next)), Ok(result)),
                Err(error) => (None, Err(error)),
            }
        })?
    }
}

/// The collections above a stored one, from the top.
fn ancestors(id: CollectionId) -> Vec<CollectionId> {
    let mut above = Vec::new();
    let mut at = id;
    while let Some(parent) = CollectionId::ALL.iter().copied().find(|it| it.schema().stored.contains(&at)) {
        if parent == CollectionId::Root {
            break;
        }
        above.insert(0, parent);
        at = parent;
    }
    above
}

/// A key as the property stores it: an id may come as text in braces, a number as digits.
pub(crate) fn key_of(property: &Property, key: &Value) -> Result<Value, CatalogError> {
    let key = match (property.kind, key) {
        (Kind::Guid, Value::Text(text)) => Value::Guid(guid(text).ok_or(CatalogError::BadKey)?),
        (Kind::Long { .. }, Value::Text(text)) => Value::Long(text.parse().map_err(|_| CatalogError::BadKey)?),
        _ => key.clone(),
    };
    if property.accepts(&key) { Ok(key) } else { Err(CatalogError::BadKey) }
}

/// An id in its text form, with braces or without.
pub(crate) fn guid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim()).ok()
}
