//! IContextProperties: properties by name (ACT 9.5).

use super::ObjectContext;
use complus_core::{
    context::{PropertyKind, UserProperties},
    error::{ContextError, Result},
};

/// The named properties of the current context, the intrinsics of IIS and COMTI among them. Names ignore
/// letter case; all methods are E_UNEXPECTED outside the context.
///
/// A property set here flows into domains entered from here: IIS and COMTI names as their settings say, all
/// others under CSC_Inherit.
#[derive(Clone, Copy, Debug)]
pub struct ContextProperties(pub(super) ObjectContext);

impl ContextProperties {
    /// Count.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn count(&self) -> Result<usize> {
        self.0.with(|binding| binding.with_properties(UserProperties::len))
    }

    /// GetProperty.
    ///
    /// # Errors
    /// E_INVALIDARG for an unknown name, CO_E_NOIISINTRINSICS for one of the five IIS names, E_UNEXPECTED.
    pub fn get(&self, name: &str) -> Result<String> {
        let get = |properties: &UserProperties| properties.get(name).map(Into::into);
        let found = self.0.with(|binding| binding.with_properties(get))?;
        found.ok_or_else(|| match PropertyKind::of(name) {
            PropertyKind::Iis => ContextError::NoIisIntrinsics.into(),
            _ => ContextError::NoSuchProperty.into(),
        })
    }

    /// EnumNames, in order.
    ///
    /// # Errors
    /// E_UNEXPECTED.
    pub fn names(&self) -> Result<Vec<String>> {
        let names = |binding: &mut crate::thread::Binding| {
            let names = |properties: &UserProperties| properties.names().map(Into::into).collect();
            binding.with_properties(names)
        };
        self.0.with(names)
    }

    /// SetProperty: sets or replaces.
    ///
    /// # Errors
    /// E_INVALIDARG for an empty name, E_UNEXPECTED.
    pub fn set(&self, name: &str, value: &str) -> Result<()> {
        if name.is_empty() {
            return Err(ContextError::InvalidArgument.into());
        }
        self.0.with(|binding| binding.change_properties(|properties| properties.set(name, value)))
    }

    /// RemoveProperty.
    ///
    /// # Errors
    /// E_INVALIDARG for an unknown name, E_UNEXPECTED.
    pub fn remove(&self, name: &str) -> Result<()> {
        let removed = self.0.with(|binding| {
            let is_there = binding.with_properties(|properties| properties.get(name).is_some());
            is_there && binding.change_properties(|properties| properties.remove(name))
        })?;
        if removed { Ok(()) } else { Err(ContextError::NoSuchProperty.into()) }
    }
}
