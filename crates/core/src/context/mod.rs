//! What a context carries: the two flags, the transaction stream, the properties beside them.

mod flags;
mod properties;
mod stream;

pub use flags::Flags;
pub use properties::{PropertyKind, SideBySide, Tracker, UserProperties};
pub use stream::{Deadline, StreamState, TransactionStream};
