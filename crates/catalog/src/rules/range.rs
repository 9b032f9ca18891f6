//! Types, ranges and lengths, from the description of the property.

use crate::{
    schema::{Kind, Property},
    value::ValueRef,
};
use complus_core::error::CatalogError;

/// Whether a value is one that the property takes.
pub(crate) fn in_range(property: &Property, value: ValueRef<'_>) -> bool {
    match (property.kind, value) {
        (Kind::Long { least, most }, ValueRef::Long(number)) => (least..=most).contains(&number),
        (Kind::OneOf(numbers), ValueRef::Long(number)) => numbers.contains(&number),
        (Kind::Choice(choice), ValueRef::Long(number)) => choice.name(number).is_some(),
        (Kind::Flags(flags), ValueRef::Long(number)) => number & !flags.iter().fold(0, |all, (bit, _)| all | bit) == 0,
        (Kind::Bool, ValueRef::Bool(_)) | (Kind::Text, ValueRef::Text(_)) | (Kind::Guid, ValueRef::Guid(_)) => true,
        _ => false,
    }
}

/// Why a value cannot be saved: out of range, blank where a name is needed, or too long.
pub(crate) fn range_fault(property: &Property, value: ValueRef<'_>) -> Option<CatalogError> {
    let ValueRef::Text(text) = value else {
        return (!in_range(property, value)).then_some(CatalogError::PropertySaveFailed);
    };
    if property.longest > 0 && text.chars().count() > property.longest {
        return Some(CatalogError::PropertyOverflow);
    }
    (property.name_like && text.trim().is_empty()).then_some(CatalogError::PropertySaveFailed)
}
