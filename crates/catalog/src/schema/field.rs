//! [`Field`]: the position of a property with its type, and the macro that declares a table.

use super::Property;
use std::{fmt, marker::PhantomData};

/// The position of a property in its table, with the type it is read as.
pub struct Field<T> {
    pub(crate) at: u8,
    /// A function, since the table is made with the positions.
    table: fn() -> &'static [Property],
    type_of: PhantomData<fn() -> T>,
}

impl<T> Field<T> {
    pub(super) const fn at(at: u8, table: fn() -> &'static [Property]) -> Self {
        Self { at, table, type_of: PhantomData }
    }

    /// The description of the property.
    pub fn property(self) -> &'static Property {
        &(self.table)()[usize::from(self.at)]
    }

    /// Whether the property is one of the table.
    pub(crate) fn is_of(self, table: &[Property]) -> bool {
        std::ptr::eq((self.table)(), table)
    }
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Field<T> {}

impl<T> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({})", self.at)
    }
}

/// Declares the table of a collection and a [`Field`] for each property of it:
/// `NAME "Name": Type, method(arguments), ..;`, where the methods are those of [`Property`].
macro_rules! properties {
    ($(#[$meta:meta])* $($name:ident $com:literal: $type:ty $(, $method:ident($($argument:expr),*))*;)+) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "positions, named like the constants")]
        enum At { $($name),+ }

        $(
            #[doc = concat!("`", $com, "`.")]
            pub const $name: $crate::schema::Field<$type> = $crate::schema::Field::at(At::$name as u8, table);
        )+

        fn table() -> &'static [$crate::schema::Property] {
            &PROPERTIES
        }

        $(#[$meta])*
        pub static PROPERTIES: [$crate::schema::Property; [$($com),+].len()] =
            [$($crate::schema::Property::new::<$type>($com)$(.$method($($argument),*))*),+];
    };
}
pub(super) use properties;
