//! [`ErrorInfo`]: why one item was refused, and which property is to blame.

use crate::{rules::Fault, schema::Schema, value::Value};
use complus_core::error::{CatalogError, Error};

/// Why one item was refused: a row of the ErrorInfo collection (SEC A.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorInfo {
    /// The name of the object.
    pub name: String,
    /// The code and its reason.
    pub error: Error,
    /// The key of the object.
    pub major_ref: String,
    /// The property, or `<Invalid>` for none or several.
    pub minor_ref: String,
}

/// MinorRef where no single property is to blame.
const INVALID: &str = "<Invalid>";

impl ErrorInfo {
    pub(super) fn missing(key: &Value) -> Self {
        Self {
            name: key.to_string(),
            error: CatalogError::KeyMissing.into(),
            major_ref: key.to_string(),
            minor_ref: INVALID.into(),
        }
    }
}

/// Why an item is refused, before its name is known.
pub(super) struct Refusal {
    pub(super) error: CatalogError,
    pub(super) minor_ref: &'static str,
}

impl From<CatalogError> for Refusal {
    fn from(error: CatalogError) -> Self {
        Self { error, minor_ref: INVALID }
    }
}

/// Faults of the item itself, and of others through it.
pub(super) fn blame(own: &[Fault], others: &[Fault], written: u64, schema: &'static Schema) -> Result<(), Refusal> {
    let Some(first) = own.iter().chain(others).next() else { return Ok(()) };
    let is_written = |at: &u8| written & 1 << at != 0;
    let mut blamed: Vec<u8> = Vec::new();
    for fault in own {
        let written: Vec<u8> = fault.properties.iter().copied().filter(is_written).collect();
        blamed.extend(if written.is_empty() { fault.properties.iter().take(1).copied().collect() } else { written });
    }
    if own.is_empty() {
        blamed.extend((0..64).filter(is_written)); // what was written broke something else
    }
    blamed.sort_unstable();
    blamed.dedup();
    let minor_ref = match blamed[..] {
        [at] => schema.property(at).name,
        _ => INVALID,
    };
    Err(Refusal { error: first.error, minor_ref })
}
