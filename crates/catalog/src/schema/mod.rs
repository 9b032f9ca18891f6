//! The description of the database: which collections there are and which properties their items have
//! (SEC A.2 to A.5).
//!
//! One table per kind of item. Reading, writing, checking, showing and the text form all work from it; no
//! property has code of its own. Each table stands in a module of the item's name, beside a typed
//! [`Field`] per property.

mod collections;
mod field;
mod kind;
mod live;
mod parts;
mod property;
pub mod subscription;

pub mod application;
pub mod component;
pub mod machine;
pub use collections::{CollectionId, Schema, Shape};
pub use field::Field;
use field::properties;
pub(crate) use kind::same_word;
pub use kind::{Choice, Kind};
pub use live::{error, instance, name};
pub use parts::{
    assigned_role, class, interface, member, method, partition, partition_role, partition_user, principal, role, user,
};
pub use property::{Access, Condition, Property, Source};

/// The id of the global partition, the base application partition.
pub(crate) const GLOBAL_PARTITION: u128 = 0x41E9_0F3E_56C1_4633_81C3_6E8B_AC8B_DD70;
