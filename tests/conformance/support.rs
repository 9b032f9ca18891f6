//! What the themes share.

#[path = "../support/mod.rs"]
mod shared;

pub(crate) use shared::*;
