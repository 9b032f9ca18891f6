//! [`Item`]: an object of a collection, as the collection holds it until it is saved (ICatalogObject).

use super::guid;
use crate::{
    record::Record,
    schema::{Access, CollectionId, Field, Kind, Property, Source},
    value::{Stored, Value},
};
use complus_core::{
    CatalogDefaults,
    error::{CatalogError, Result},
};

/// An object in the cache of its [`Collection`](super::Collection).
#[derive(Clone, Debug)]
pub struct Item {
    /// What is to be saved.
    pub(super) record: Record,
    /// The key under which it is stored; none while it is new.
    pub(super) stored: Option<Value>,
    /// The properties that were written, a bit for each position.
    pub(super) written: u64,
    /// Whether all of it could be read.
    pub(super) valid: bool,
}

impl Item {
    /// An object that is not stored yet.
    pub(super) fn added(id: CollectionId, profile: CatalogDefaults) -> Self {
        Self { record: Record::new(id, profile), stored: None, written: 0, valid: true }
    }

    /// A stored object.
    pub(super) fn stored(record: Record) -> Self {
        let stored = Some(record.key().to_value());
        Self { record, stored, written: 0, valid: true }
    }

    /// The key (get_Key).
    pub fn key(&self) -> Value {
        self.record.key().to_value()
    }

    /// The name (get_Name).
    pub fn name(&self) -> String {
        self.record.name()
    }

    /// Whether all properties could be read (get_Valid).
    pub fn valid(&self) -> bool {
        self.valid
    }

    /// Whether the object waits to be saved.
    pub fn is_pending(&self) -> bool {
        self.stored.is_none() || self.written != 0
    }

    /// The value of a property (get_Value).
    ///
    /// # Errors
    /// E_INVALIDARG for an unknown name and for a property that is never read (O-22).
    pub fn value(&self, name: &str) -> Result<Value> {
        let at = self.position(name)?;
        if self.property(at).access == Access::WriteOnly {
            return Err(CatalogError::NotReadable.into());
        }
        Ok(self.record.value(at).to_value())
    }

    /// The value of a property, as its own type.
    pub fn get<T: Stored>(&self, field: Field<T>) -> T::View<'_> {
        self.record.get(field)
    }

    /// Sets a property in the cache (put_Value). Whether the value is allowed is found out when it is saved.
    ///
    /// # Errors
    /// E_INVALIDARG for an unknown name, a value of the wrong type, a property that is read-only, or one that is
    /// written once and was (O-22). The item is unchanged then.
    pub fn put(&mut self, name: &str, value: impl Into<Value>) -> Result<()> {
        let at = self.position(name)?;
        self.put_at(at, value.into()).map_err(Into::into)
    }

    /// Sets a property in the cache, as its own type.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn set<T: Stored>(&mut self, field: Field<T>, value: T::View<'_>) -> Result<()> {
        if !field.is_of(self.record.schema().properties) {
            return Err(CatalogError::UnknownProperty.into());
        }
        self.put_at(field.at, T::store(value)).map_err(Into::into)
    }

    fn put_at(&mut self, at: u8, value: Value) -> Result<(), CatalogError> {
        let property = self.property(at);
        if self.is_read_only(property) {
            return Err(CatalogError::NotWriteable);
        }
        let value = match (property.kind, value) {
            (Kind::Guid, Value::Text(text)) => Value::Guid(guid(&text).ok_or(CatalogError::WrongType)?),
            (_, value) => value,
        };
        if !property.accepts(&value) {
            return Err(CatalogError::WrongType);
        }
        if property.source != Source::Nowhere {
            self.record.put(at, value);
        }
        self.written |= 1 << at;
        Ok(())
    }

    /// Whether a property cannot be written (IsPropertyReadOnly).
    ///
    /// # Errors
    /// E_INVALIDARG for an unknown name.
    pub fn is_property_read_only(&self, name: &str) -> Result<bool> {
        self.position(name).map(|at| self.is_read_only(self.property(at)))
    }

    /// Whether a property cannot be read (IsPropertyWriteOnly).
    ///
    /// # Errors
    /// E_INVALIDARG for an unknown name.
    pub fn is_property_write_only(&self, name: &str) -> Result<bool> {
        self.position(name).map(|at| self.property(at).access == Access::WriteOnly)
    }

    fn is_read_only(&self, property: &Property) -> bool {
        match property.access {
            Access::ReadOnly => true,
            Access::WriteOnce => self.stored.is_some(),
            Access::ReadWrite | Access::WriteOnly => false,
        }
    }

    fn position(&self, name: &str) -> Result<u8> {
        Ok(self.record.schema().position(name).ok_or(CatalogError::UnknownProperty)?)
    }

    fn property(&self, at: u8) -> &'static Property {
        self.record.schema().property(at)
    }
}
