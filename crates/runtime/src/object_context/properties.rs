//! IContextProperties: properties by name (ACT 9.5).

use super::ObjectContext;
use crate::thread::frame::Frame;
use complus_core::{
    context::PropertyKind,
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
        self.0
            .with(|binding| binding.stack.top().and_then(Frame::details).map_or(0, |details| details.properties.len()))
    }

    /// GetProperty.
    ///
    /// # Errors
    /// E_INVALIDARG for an unknown name, CO_E_NOIISINTRINSICS for one of the five IIS names, E_UNEXPECTED.
    pub fn get(&self, name: &str) -> Result<String> {
        let found = self.0.with(|binding| binding.stack.top()?.details()?.properties.get(name).map(Into::into))?;
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
            let details = binding.stack.top().and_then(Frame::details);
            details.map(|details| details.properties.names().map(Into::into).collect()).unwrap_or_default()
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
        self.0.with(|binding| {
            if let Some(top) = binding.stack.top_mut() {
                top.rare_mut().details.properties.set(name, value);
            }
        })
    }

    /// RemoveProperty.
    ///
    /// # Errors
    /// E_INVALIDARG for an unknown name, E_UNEXPECTED.
    pub fn remove(&self, name: &str) -> Result<()> {
        let removed = self.0.with(|binding| {
            let details = binding.stack.top_mut().and_then(|top| top.rare.as_deref_mut());
            details.is_some_and(|rare| rare.details.properties.remove(name))
        })?;
        if removed { Ok(()) } else { Err(ContextError::NoSuchProperty.into()) }
    }
}
