//! What a context carries: the two flags, the transaction stream, the properties beside them, the activity as it travels.

mod activity_property;
mod flags;
mod properties;
mod stream;

pub use activity_property::ActivityProperty;
pub use flags::Flags;
pub use properties::{PropertyKind, SideBySide, Tracker, UserProperties};
pub use stream::{Deadline, StreamState, TransactionStream};
