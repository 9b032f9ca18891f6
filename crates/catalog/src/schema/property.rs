//! [`Property`]: the description of one property, from which everything that is done with it follows.

use super::{Field, Kind, same_word};
use crate::value::{Stored, Value, ValueRef};
use complus_core::CatalogDefaults;
use uuid::Uuid;

/// Who may read and write a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody who administers.
    ReadWrite,
    /// Nobody writes it through a collection.
    ReadOnly,
    /// Written until the object is saved.
    WriteOnce,
    /// Never read.
    WriteOnly,
}

/// Where the value of a property comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is stored.
    Record,
    /// It is the key of an object above this one: 1 is the parent.
    Ancestor(u8),
    /// It follows from the objects below this one, and no file holds it.
    Below,
    /// It is taken and forgotten: a password.
    Nowhere,
}

/// A default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Preset {
    Bool(bool),
    Long(i32),
    Text(&'static str),
    Guid(u128),
}

impl Preset {
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::Bool(false),
            Kind::Text => Self::Text(""),
            Kind::Guid => Self::Guid(0),
            _ => Self::Long(0),
        }
    }

    fn view(self) -> ValueRef<'static> {
        match self {
            Self::Bool(value) => ValueRef::Bool(value),
            Self::Long(value) => ValueRef::Long(value),
            Self::Text(value) => ValueRef::Text(value),
            Self::Guid(value) => ValueRef::Guid(Uuid::from_u128(value)),
        }
    }
}

/// Under which value of another property of the same object a property has an effect (R3, R11).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// The position of the other property.
    pub(crate) at: u8,
    /// Its values.
    pub(crate) values: &'static [i32],
}

impl Condition {
    /// While the other one is True.
    pub(super) const fn on(field: Field<bool>) -> Self {
        Self { at: field.at, values: &[1] }
    }

    /// While the other one is False.
    pub(super) const fn off(field: Field<bool>) -> Self {
        Self { at: field.at, values: &[0] }
    }

    /// While the other one has one of these numbers.
    pub(super) const fn among<T>(field: Field<T>, values: &'static [i32]) -> Self {
        Self { at: field.at, values }
    }

    pub(crate) fn holds(self, value: ValueRef<'_>) -> bool {
        match value {
            ValueRef::Bool(value) => self.values.contains(&i32::from(value)),
            ValueRef::Long(value) => self.values.contains(&value),
            ValueRef::Text(_) | ValueRef::Guid(_) => true,
        }
    }
}

/// One property of a collection (SEC A.3 to A.5).
#[derive(Debug)]
pub struct Property {
    /// The name that the administration library uses.
    pub name: &'static str,
    /// The words of the Component Services console, where it shows the property.
    pub caption: &'static str,
    /// The type and the values it takes.
    pub kind: Kind,
    /// Who may read and write it.
    pub access: Access,
    /// Where its value comes from.
    pub source: Source,
    /// Other spellings that are read.
    pub spellings: &'static [&'static str],
    /// The name in a file, where that is not the library's.
    pub(crate) in_file: Option<&'static str>,
    /// The longest text, in characters; zero is any.
    pub longest: usize,
    /// A text that must not be blank, and loses its outer blanks.
    pub name_like: bool,
    /// A new object gets a new id here.
    pub generated: bool,
    /// A value below the range is read from a file, with a warning (O-03).
    pub zero_tolerated: bool,
    /// A property that must be set for this one to be set, and the rule that says so.
    pub(crate) needs: Option<(u8, &'static str)>,
    /// When it has an effect; stored at any time.
    pub(crate) effect: &'static [Condition],
    preset: Preset,
    preset_w2k: Option<Preset>,
}

impl Property {
    pub(super) const fn new<T: Stored>(name: &'static str) -> Self {
        Self {
            name,
            caption: "",
            kind: T::KIND,
            access: Access::ReadWrite,
            source: Source::Record,
            spellings: &[],
            in_file: None,
            longest: 0,
            name_like: false,
            generated: false,
            zero_tolerated: false,
            needs: None,
            effect: &[],
            preset: Preset::of(T::KIND),
            preset_w2k: None,
        }
    }

    pub(super) const fn caption(self, caption: &'static str) -> Self {
        Self { caption, ..self }
    }

    pub(super) const fn read_only(self) -> Self {
        Self { access: Access::ReadOnly, ..self }
    }

    pub(super) const fn write_once(self) -> Self {
        Self { access: Access::WriteOnce, ..self }
    }

    pub(super) const fn forgotten(self) -> Self {
        Self { access: Access::WriteOnly, source: Source::Nowhere, ..self }
    }

    pub(super) const fn ancestor(self, level: u8) -> Self {
        Self { source: Source::Ancestor(level), ..self }
    }

    pub(super) const fn below(self) -> Self {
        Self { source: Source::Below, access: Access::ReadOnly, ..self }
    }

    pub(super) const fn generated(self) -> Self {
        Self { generated: true, ..self }
    }

    pub(super) const fn number(self, number: i32) -> Self {
        Self { preset: Preset::Long(number), ..self }
    }

    pub(super) const fn yes(self) -> Self {
        Self { preset: Preset::Bool(true), ..self }
    }

    pub(super) const fn yes_in_w2k(self) -> Self {
        Self { preset_w2k: Some(Preset::Bool(true)), ..self }
    }

    pub(super) const fn text(self, text: &'static str) -> Self {
        Self { preset: Preset::Text(text), ..self }
    }

    pub(super) const fn id(self, id: u128) -> Self {
        Self { preset: Preset::Guid(id), ..self }
    }

    pub(super) const fn range(self, least: i32, most: i32) -> Self {
        Self { kind: Kind::Long { least, most }, ..self }
    }

    pub(super) const fn one_of(self, numbers: &'static [i32]) -> Self {
        Self { kind: Kind::OneOf(numbers), ..self }
    }

    pub(super) const fn flags(self, flags: &'static [(i32, &'static str)]) -> Self {
        Self { kind: Kind::Flags(flags), ..self }
    }

    pub(super) const fn zero_tolerated(self) -> Self {
        Self { zero_tolerated: true, ..self }
    }

    pub(super) const fn name_like(self) -> Self {
        Self { name_like: true, ..self }
    }

    pub(super) const fn longest(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    pub(super) const fn spelt(self, spellings: &'static [&'static str]) -> Self {
        Self { spellings, ..self }
    }

    /// Another name in files, which is written there.
    pub(super) const fn in_file(self, name: &'static str) -> Self {
        Self { in_file: Some(name), ..self }
    }

    pub(super) const fn needs<T>(self, field: Field<T>, rule: &'static str) -> Self {
        Self { needs: Some((field.at, rule)), ..self }
    }

    pub(super) const fn effect(self, effect: &'static [Condition]) -> Self {
        Self { effect, ..self }
    }

    /// The default, under a profile.
    pub fn default(&self, profile: CatalogDefaults) -> ValueRef<'static> {
        match (profile, self.preset_w2k) {
            (CatalogDefaults::W2k, Some(preset)) => preset.view(),
            _ => self.preset.view(),
        }
    }

    /// The name under which a file writes it.
    pub fn file_name(&self) -> &'static str {
        self.in_file.unwrap_or(self.name)
    }

    /// Every name that is read.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.in_file).chain(self.spellings.iter().copied())
    }

    /// Whether `name` means this property, letter case and separators aside.
    pub fn is_called(&self, name: &str) -> bool {
        self.names().any(|known| same_word(name, known))
    }

    /// Whether a value is of the property's type.
    pub fn accepts(&self, value: &Value) -> bool {
        matches!(
            (self.kind, value),
            (Kind::Bool, Value::Bool(_))
                | (Kind::Long { .. } | Kind::OneOf(_) | Kind::Choice(_) | Kind::Flags(_), Value::Long(_))
                | (Kind::Text, Value::Text(_))
                | (Kind::Guid, Value::Guid(_))
        )
    }

    /// The value as words where it has some: `RequiresNew`, `SecureReference+DynamicCloaking`.
    pub fn word(&self, value: ValueRef<'_>) -> Option<String> {
        match (self.kind, value) {
            (Kind::Choice(choice), ValueRef::Long(number)) => choice.name(number).map(Into::into),
            (Kind::Flags(flags), ValueRef::Long(number)) => {
                let set: Vec<_> = flags.iter().filter(|(flag, _)| number & flag != 0).collect();
                let all = set.iter().fold(0, |all, (flag, _)| all | flag);
                let words = set.iter().map(|(_, word)| *word).collect::<Vec<_>>().join("+");
                (all == number && number != 0).then_some(words)
            }
            _ => None,
        }
    }
}
