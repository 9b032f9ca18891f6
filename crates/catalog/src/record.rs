//! [`Record`]: the property values of one object. Only what differs from the defaults is kept.

use crate::{
    schema::{Access, CollectionId, Field, Property, Schema},
    value::{Stored, Value, ValueRef},
};
use complus_core::CatalogDefaults;

/// The properties of one object of a collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    id: CollectionId,
    profile: CatalogDefaults,
    /// By position; no value is the default.
    values: Vec<(u8, Value)>,
}

impl Record {
    /// An object of a collection, with the defaults of a profile.
    pub(crate) fn new(id: CollectionId, profile: CatalogDefaults) -> Self {
        Self { id, profile, values: Vec::new() }
    }

    /// The description of its collection.
    pub fn schema(&self) -> &'static Schema {
        self.id.schema()
    }

    /// The value of a property, as its own type; the default if the object is of another collection.
    pub fn get<T: Stored>(&self, field: Field<T>) -> T::View<'_> {
        let stored = field.is_of(self.schema().properties).then(|| T::view(self.value(field.at))).flatten();
        // what is stored was checked; a default always fits, which a test of the tables sees to
        stored.or_else(|| T::view(field.property().default(self.profile))).expect("a default fits its type")
    }

    /// Sets a property to a value of its own type; nothing if the object is of another collection.
    pub(crate) fn set<T: Stored>(&mut self, field: Field<T>, value: T::View<'_>) {
        if field.is_of(self.schema().properties) {
            self.put(field.at, T::store(value));
        }
    }

    /// Every property with its value, in the order of the description; a password is not among them.
    pub fn properties(&self) -> impl Iterator<Item = (&'static Property, ValueRef<'_>)> {
        let readable = |(_, property): &(u8, &'static Property)| property.access != Access::WriteOnly;
        let all = (0..).zip(self.schema().properties).filter(readable);
        all.map(|(at, property)| (property, self.value(at)))
    }

    /// The default of a property, in the profile of the database.
    pub fn default_of(&self, property: &Property) -> ValueRef<'static> {
        property.default(self.profile)
    }

    /// The value at a position.
    pub(crate) fn value(&self, at: u8) -> ValueRef<'_> {
        match self.values.binary_search_by_key(&at, |(at, _)| *at) {
            Ok(found) => self.values[found].1.view(),
            Err(_) => self.property(at).default(self.profile),
        }
    }

    /// Sets the value at a position.
    pub(crate) fn put(&mut self, at: u8, value: Value) {
        let default = value.view() == self.property(at).default(self.profile);
        match (self.values.binary_search_by_key(&at, |(at, _)| *at), default) {
            (Ok(found), true) => drop(self.values.remove(found)),
            (Ok(found), false) => self.values[found].1 = value,
            (Err(_), true) => {}
            (Err(place), false) => self.values.insert(place, (at, value)),
        }
    }

    /// The value of the key.
    pub fn key(&self) -> ValueRef<'_> {
        self.value(self.schema().key)
    }

    /// The value of the name, as text.
    pub fn name(&self) -> String {
        self.value(self.schema().title).to_string()
    }

    /// Whether the property at a position has its default.
    pub(crate) fn is_default(&self, at: u8) -> bool {
        self.values.binary_search_by_key(&at, |(at, _)| *at).is_err()
    }

    /// Whether a property has an effect, or other properties keep it from having one (R3, R11).
    pub fn is_effective(&self, property: &Property) -> bool {
        property.effect.iter().all(|condition| condition.holds(self.value(condition.at)))
    }

    /// The profile of the defaults.
    pub(crate) fn profile(&self) -> CatalogDefaults {
        self.profile
    }

    fn property(&self, at: u8) -> &'static Property {
        self.schema().property(at)
    }
}
