//! Attribute values: the `CSC_*` settings of a service configuration, the values a catalog row may
//! hold, and the enumerations of apartments, calls, marshaling and votes, each with its number.
//!
//! Every enumeration here converts from its number (`TryFrom<i32>`), prints the name that the
//! headers use, and is read back from that name, from the Rust name, or from the Rust name in
//! kebab-case, in any letter case.

mod apartment;
mod application;
mod bits;
mod call;
mod component;
mod marshal;
mod service_config;
mod transaction;

pub use apartment::{ApartmentKind, ApartmentModel, ApartmentType, ApartmentTypeQualifier, ThreadType};
pub use application::{
    AccessChecksLevel, Activation, AuthenticationLevel, Bitness, ImpersonationLevel, QueueAuthentication,
};
pub use bits::{AuthenticationCapability, ClassContext, CoInit, ObjectWaitFlags, ThreadFlags, WaitFlags};
pub use call::{CallType, PendingMessage, PendingType, ServerCall};
pub use component::{RegistrationUse, SynchronizationAttribute, ThreadingModel, TransactionAttribute};
pub use marshal::{AgileReferenceOptions, MarshalContext, MarshalFlags};
pub use service_config::{
    Binding, ComtiIntrinsicsConfig, IisIntrinsicsConfig, InheritanceConfig, PartitionConfig, Property, SxsConfig,
    SynchronizationConfig, ThreadPool, TrackerConfig, TransactionConfig,
};
pub use transaction::{IsolationLevel, TransactionStatus, TransactionVote};

use core::fmt;

/// A number or a word that is no value of the enumeration asked for.
///
/// A setter that meets one answers E_INVALIDARG and changes nothing (SWC S-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAValue {
    /// The enumeration that was asked for, by its header name.
    pub enumeration: &'static str,
}

impl fmt::Display for NotAValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a value of {}", self.enumeration)
    }
}

impl core::error::Error for NotAValue {}

/// Whether `text` means `name`: same letters, letter case and separators (`-`, `_`, space) aside.
pub(crate) fn same_word(text: &str, name: &str) -> bool {
    let letters = |s| str::bytes(s).filter(|b| !matches!(b, b'-' | b'_' | b' ')).map(|b| b.to_ascii_lowercase());
    letters(text).eq(letters(name))
}

/// Declares a numbered enumeration: variant = number, header name, documentation.
macro_rules! attribute {
    ($(#[$meta:meta])* $name:ident: $header:literal { $($(#[$vmeta:meta])* $variant:ident = $value:literal $com:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(i8)]
        pub enum $name { $($(#[$vmeta])* $variant = $value,)+ }

        impl $name {
            /// Every value, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number that the binary interface uses.
            #[inline]
            pub const fn value(self) -> i32 { self as i32 }

            /// The name that the headers use.
            pub const fn com_name(self) -> &'static str {
                match self { $(Self::$variant => $com,)+ }
            }

            /// The Rust name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }
        }

        impl TryFrom<i32> for $name {
            type Error = $crate::attribute::NotAValue;
            fn try_from(value: i32) -> Result<Self, Self::Error> {
                match value {
                    $($value => Ok(Self::$variant),)+
                    _ => Err($crate::attribute::NotAValue { enumeration: $header }),
                }
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::attribute::NotAValue;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|v| $crate::attribute::same_word(text, v.name()) || $crate::attribute::same_word(text, v.com_name()))
                    .ok_or($crate::attribute::NotAValue { enumeration: $header })
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result { f.write_str(self.com_name()) }
        }
    };
}
pub(crate) use attribute;
