//! [`Collection`]: the cache of a collection's items, with the changes that wait to be saved (ICatalogCollection).

use super::{Administrator, Item, error_info::ErrorInfo, key_of};
use crate::{
    node::{Path, Step},
    schema::{CollectionId, Schema},
    value::Value,
};
use complus_core::error::{CatalogError, Error, Result};

/// A collection: fresh, until it is populated; then clean, until an item is added, removed or written.
///
/// ```
/// use complus_catalog::{Catalog, Options, schema::application};
/// let catalog = Catalog::new(Options::default());
/// let mut applications = catalog.administer().collection("Applications")?;
/// applications.populate()?;
/// let bank = applications.add()?;
/// bank.set(application::NAME, "  Bank  ")?;
/// let saved = applications.save_changes();
/// assert_eq!((saved.attempted, saved.result), (1, Ok(())));
/// applications.populate()?;
/// assert_eq!(applications.item(0)?.name(), "Bank");
/// # Ok::<(), complus_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Collection {
    pub(super) administrator: Administrator,
    pub(super) id: CollectionId,
    /// The objects above it.
    pub(super) path: Path,
    /// The partition whose applications these are, or the interface whose event classes.
    pub(super) argument: Option<Value>,
    /// Of a collection that tells about another: which one.
    pub(super) about: CollectionId,
    pub(super) items: Vec<Item>,
    /// Keys of stored objects that are to be removed.
    pub(super) removed: Vec<Item>,
    /// Of the last operation.
    pub(super) errors: Vec<ErrorInfo>,
    /// Of an ErrorInfo collection: what it shows.
    pub(super) shown_errors: Vec<ErrorInfo>,
}

/// What came of [`Collection::save_changes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an item that was refused is not saved"]
pub struct Saved {
    /// How many changes were pending, whatever came of them.
    pub attempted: usize,
    /// COMADMIN_E_OBJECTERRORS when some were refused, another code when none could be tried.
    pub result: Result<()>,
}

impl Collection {
    pub(super) fn new(administrator: Administrator, id: CollectionId, path: Path, argument: Option<Value>) -> Self {
        Self {
            administrator,
            id,
            path,
            argument,
            about: CollectionId::Root,
            items: Vec::new(),
            removed: Vec::new(),
            errors: Vec::new(),
            shown_errors: Vec::new(),
        }
    }

    /// The description of the collection: its name, its properties, what can be done with it.
    pub fn schema(&self) -> &'static Schema {
        self.id.schema()
    }

    /// Reads all items. Changes that are not saved are lost.
    ///
    /// # Errors
    /// COMADMIN_E_PARTITIONS_DISABLED for a collection of partitions while they are off,
    /// COMADMIN_E_OBJECT_PARENT_MISSING when an object above the collection is gone.
    pub fn populate(&mut self) -> Result<()> {
        self.forget();
        self.items = self.list(&self.administrator.view())?;
        Ok(())
    }

    /// Reads the items of these keys, in the order of the keys. Changes that are not saved are lost.
    ///
    /// # Errors
    /// COMADMIN_E_OBJECTERRORS when an item is missing: it has a row in ErrorInfo, the others are there (O-23).
    /// Otherwise as [`populate`](Self::populate), and E_INVALIDARG for a key that is none.
    pub fn populate_by_key(&mut self, keys: &[Value]) -> Result<()> {
        let keys: Vec<_> = keys.iter().map(|key| key_of(self.schema().key(), key)).collect::<Result<_, _>>()?;
        self.forget();
        let all = self.list(&self.administrator.view())?;
        for key in keys {
            match all.iter().find(|item| item.key().view().same_key(key.view())) {
                Some(item) => self.items.push(item.clone()),
                None => self.errors.push(ErrorInfo::missing(&key)),
            }
        }
        if self.errors.is_empty() { Ok(()) } else { Err(CatalogError::ObjectErrors.into()) }
    }

    /// Reserved in COM+.
    ///
    /// # Errors
    /// E_NOTIMPL.
    pub fn populate_by_query(&mut self, _query: &str) -> Result<()> {
        Err(CatalogError::NotSupported.into())
    }

    fn forget(&mut self) {
        self.items.clear();
        self.removed.clear();
        self.errors.clear();
    }

    /// How many items there are.
    pub fn count(&self) -> usize {
        self.items.len()
    }

    /// The item at an index, from zero.
    ///
    /// # Errors
    /// E_INVALIDARG when there is none.
    pub fn item(&self, index: usize) -> Result<&Item> {
        self.items.get(index).ok_or_else(|| CatalogError::NoSuchItem.into())
    }

    /// The item at an index, to write.
    ///
    /// # Errors
    /// E_INVALIDARG when there is none.
    pub fn item_mut(&mut self, index: usize) -> Result<&mut Item> {
        self.items.get_mut(index).ok_or_else(|| CatalogError::NoSuchItem.into())
    }

    /// The items.
    pub fn iter(&self) -> std::slice::Iter<'_, Item> {
        self.items.iter()
    }

    /// The item of a key, to write.
    pub fn find_mut(&mut self, key: &Value) -> Option<&mut Item> {
        let key = key_of(self.schema().key(), key).ok()?;
        self.items.iter_mut().find(|item| item.key().view().same_key(key.view()))
    }

    /// Whether [`add`](Self::add) works (get_AddEnabled).
    pub fn add_enabled(&self) -> bool {
        self.schema().add
    }

    /// Whether [`remove`](Self::remove) works (get_RemoveEnabled).
    pub fn remove_enabled(&self) -> bool {
        self.schema().remove
    }

    /// Adds an item behind all others. What can be written once can be written until it is saved.
    ///
    /// # Errors
    /// E_NOTIMPL where nothing can be added (O-01).
    pub fn add(&mut self) -> Result<&mut Item> {
        self.errors.clear();
        if !self.add_enabled() {
            return Err(CatalogError::NotSupported.into());
        }
        let view = self.administrator.view();
        let mut item = Item::added(self.id, view.record.profile());
        for (at, property) in (0..).zip(self.schema().properties) {
            if property.generated {
                let taken = |id| view.find(self.id, crate::value::ValueRef::Guid(id)).is_some();
                item.record.put(at, Value::Guid(self.administrator.catalog().new_id(taken)));
            }
        }
        self.items.push(item);
        let last = self.items.len() - 1;
        Ok(&mut self.items[last])
    }

    /// Removes the item at an index; those above it move down. The stored object goes when this is saved.
    ///
    /// # Errors
    /// E_NOTIMPL where nothing can be removed (O-01), E_INVALIDARG when there is no such item.
    pub fn remove(&mut self, index: usize) -> Result<()> {
        self.errors.clear();
        if !self.remove_enabled() {
            return Err(CatalogError::NotSupported.into());
        }
        if index >= self.items.len() {
            return Err(CatalogError::NoSuchItem.into());
        }
        let item = self.items.remove(index);
        if item.stored.is_some() {
            self.removed.push(item);
        }
        Ok(())
    }

    /// A collection below an item, by the item's key (GetCollection). PropertyInfo, RelatedCollectionInfo and
    /// ErrorInfo are those of this collection; the key does not matter for them.
    ///
    /// # Errors
    /// E_INVALIDARG for a name that leads nowhere from here, or for a key that is none.
    pub fn collection(&self, name: &str, key: impl Into<Value>) -> Result<Collection> {
        let id = CollectionId::named(name).ok_or(CatalogError::UnknownCollection)?;
        if matches!(id, CollectionId::PropertyInfo | CollectionId::RelatedCollectionInfo | CollectionId::ErrorInfo) {
            let mut about = Self::new(self.administrator.clone(), id, Vec::new(), None);
            about.about = self.id;
            about.shown_errors = self.errors.clone();
            return Ok(about);
        }
        let schema = self.schema();
        if !schema.stored.contains(&id) && !schema.related.contains(&id) {
            return Err(CatalogError::UnknownCollection.into());
        }
        let key = key_of(schema.key(), &key.into())?;
        if schema.stored.contains(&id) {
            let path = self.path.iter().cloned().chain([Step { collection: self.id, key }]).collect();
            return Ok(Self::new(self.administrator.clone(), id, path, None));
        }
        Ok(Self::new(self.administrator.clone(), id, Vec::new(), Some(key)))
    }

    /// What went wrong in the last populate or save; the next operation forgets it.
    pub fn error_info(&self) -> &[ErrorInfo] {
        &self.errors
    }

    /// Saves what is pending: first removals, then changes, then additions, each in the order of the items.
    ///
    /// Each item is saved whole or not at all. A refused one stays pending and has a row in
    /// [`error_info`](Self::error_info); the others are saved nevertheless, unless `atomic_saves` says otherwise (O-21).
    pub fn save_changes(&mut self) -> Saved {
        self.errors.clear();
        let attempted = self.removed.len() + self.items.iter().filter(|item| item.is_pending()).count();
        if attempted == 0 {
            return Saved { attempted, result: Ok(()) };
        }
        Saved { attempted, result: self.save().map_err(Error::from) }
    }
}
