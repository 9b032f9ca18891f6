//! Instances of server applications: processes that are started for activations and end when nobody needs them (SEC D.6).
//!
//! ```text
//!             activation, StartApplication
//!                        v
//!   pause <-------- Running --------> resume
//!     v                  | recycle, a limit is reached        last object gone, RecycleExpirationTimeout
//!   Paused               v                                                 |
//!     |              Recycled  ---------------------------------------->  Stopped
//!     +--- shutdown, ShutdownAfter without an object, failfast ----------^
//! ```
//!
//! An [`Instance`] is what a process is to the application that it was started for; a library application has none and
//! lives in its creator's process. [`Applications`] knows those of a machine and chooses the one that takes an activation
//! by `core::rules::application_instance`. What ends an instance by itself is in `life`; what administrators do with
//! it, in `control`.

mod control;
mod instance;
mod life;
mod memory;
mod table;

pub use control::ApplicationInstance;
pub(crate) use instance::Instance;
pub(crate) use life::{Arriving, object_left};
pub use memory::MemoryProbe;
pub(crate) use memory::left as memory_left;
pub(crate) use table::Applications;
