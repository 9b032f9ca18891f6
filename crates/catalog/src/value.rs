//! [`Value`]: what a property holds, and how the types of Rust are stored in one.

use crate::schema::{Choice, Kind};
use complus_core::attribute::{
    AccessChecksLevel, Activation, AuthenticationLevel, Bitness, ImpersonationLevel, IsolationLevel,
    QueueAuthentication, SynchronizationAttribute, ThreadingModel, TransactionAttribute,
};
use complus_sync::Arc;
use std::fmt;
use uuid::Uuid;

/// The value of a property, as a VARIANT would carry it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// VARIANT_BOOL.
    Bool(bool),
    /// A 32-bit integer: a number, one of an enumeration, or a word of flags.
    Long(i32),
    /// A string.
    Text(Arc<str>),
    /// An id, in COM a string in braces.
    Guid(Uuid),
}

/// A value that is looked at where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueRef<'a> {
    /// See [`Value::Bool`].
    Bool(bool),
    /// See [`Value::Long`].
    Long(i32),
    /// See [`Value::Text`].
    Text(&'a str),
    /// See [`Value::Guid`].
    Guid(Uuid),
}

impl Value {
    /// The same, to look at.
    pub fn view(&self) -> ValueRef<'_> {
        match self {
            Self::Bool(value) => ValueRef::Bool(*value),
            Self::Long(value) => ValueRef::Long(*value),
            Self::Text(value) => ValueRef::Text(value),
            Self::Guid(value) => ValueRef::Guid(*value),
        }
    }
}

impl ValueRef<'_> {
    /// The same, to keep.
    pub fn to_value(self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Long(value) => Value::Long(value),
            Self::Text(value) => Value::Text(value.into()),
            Self::Guid(value) => Value::Guid(value),
        }
    }

    /// Whether both are the same key: letter case does not count in names (O-35).
    pub fn same_key(self, other: ValueRef<'_>) -> bool {
        match (self, other) {
            (Self::Text(one), ValueRef::Text(other)) => same_name(one, other),
            _ => self == other,
        }
    }

    /// Whether it is False, zero, empty or the nil id: what does not count as set.
    pub fn is_unset(self) -> bool {
        match self {
            Self::Bool(value) => !value,
            Self::Long(value) => value == 0,
            Self::Text(value) => value.is_empty(),
            Self::Guid(value) => value.is_nil(),
        }
    }
}

/// Whether two names are the same, letter case aside (O-35).
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(other);
    }
    one.chars().flat_map(char::to_lowercase).eq(other.chars().flat_map(char::to_lowercase))
}

/// As COM writes it: `True`, the number, the text, the id in braces and upper case.
impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Long(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
            Self::Guid(value) => write!(f, "{:X}", value.braced()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

macro_rules! from {
    ($($type:ty => |$value:ident| $make:expr;)+) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self { $make }
        }
    )+};
}
from! {
    bool => |value| Self::Bool(value);
    i32 => |value| Self::Long(value);
    &str => |value| Self::Text(value.into());
    String => |value| Self::Text(value.into());
    Uuid => |value| Self::Guid(value);
}

/// A type of Rust that a property is read as.
pub trait Stored {
    /// The type of the property.
    const KIND: Kind;
    /// What is read.
    type View<'a>;
    /// Reads it; nothing when the value is of another type or none of the enumeration.
    fn view(value: ValueRef<'_>) -> Option<Self::View<'_>>;
    /// What is stored of it.
    fn store(view: Self::View<'_>) -> Value;
}

/// A string property.
#[derive(Debug)]
pub enum Text {}

impl Stored for Text {
    const KIND: Kind = Kind::Text;
    type View<'a> = &'a str;

    fn view(value: ValueRef<'_>) -> Option<&str> {
        match value {
            ValueRef::Text(text) => Some(text),
            _ => None,
        }
    }

    fn store(view: &str) -> Value {
        view.into()
    }
}

macro_rules! stored {
    ($($type:ty: $variant:ident, $kind:expr;)+) => {$(
        impl Stored for $type {
            const KIND: Kind = $kind;
            type View<'a> = Self;

            fn view(value: ValueRef<'_>) -> Option<Self> {
                match value {
                    ValueRef::$variant(value) => Some(value),
                    _ => None,
                }
            }

            fn store(view: Self) -> Value {
                view.into()
            }
        }
    )+};
}
stored! {
    bool: Bool, Kind::Bool;
    i32: Long, Kind::Long { least: i32::MIN, most: i32::MAX };
    Uuid: Guid, Kind::Guid;
}

macro_rules! enumerations {
    ($($type:ident: $caption:literal),+ $(,)?) => {$(
        impl Stored for $type {
            const KIND: Kind = Kind::Choice(&const {
                const WORDS: [(i32, &str, &str); $type::ALL.len()] = {
                    let mut words = [(0, "", ""); $type::ALL.len()];
                    let mut at = 0;
                    while at < words.len() {
                        let value = $type::ALL[at];
                        words[at] = (value.value(), value.name(), value.com_name());
                        at += 1;
                    }
                    words
                };
                Choice { enumeration: $caption, words: &WORDS }
            });
            type View<'a> = Self;

            fn view(value: ValueRef<'_>) -> Option<Self> {
                match value {
                    ValueRef::Long(number) => Self::try_from(number).ok(),
                    _ => None,
                }
            }

            fn store(view: Self) -> Value {
                Value::Long(view.value())
            }
        }
    )+};
}
enumerations! {
    AccessChecksLevel: "COMAdminAccessChecksLevelOptions",
    Activation: "COMAdminActivationOptions",
    AuthenticationLevel: "COMAdminAuthenticationLevelOptions",
    Bitness: "COMAdminComponentType",
    ImpersonationLevel: "COMAdminImpersonationLevelOptions",
    IsolationLevel: "COMAdminTxIsolationLevelOptions",
    QueueAuthentication: "COMAdminQCMessageAuthenticateOptions",
    SynchronizationAttribute: "COMAdminSynchronizationOptions",
    ThreadingModel: "COMAdminThreadingModels",
    TransactionAttribute: "COMAdminTransactionOptions",
}
