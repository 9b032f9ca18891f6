//! Security of the current context (SWC 6.6, ACT 9.2).

use super::ObjectContext;
use complus_core::{error::Result, rules::security};

/// What the context can say of its callers. A domain has no component, so nothing is checked in it.
#[derive(Clone, Copy, Debug)]
pub struct SecurityContext(pub(super) ObjectContext);

impl SecurityContext {
    /// IsSecurityEnabled.
    ///
    /// # Errors
    /// E_UNEXPECTED outside the context.
    pub fn is_security_enabled(&self) -> Result<bool> {
        self.0.with(|_| security::is_enabled(security::SERVICE_DOMAIN))
    }

    /// IsCallerInRole: true wherever security is not enabled; the role is not looked up then.
    ///
    /// # Errors
    /// E_UNEXPECTED outside the context.
    pub fn is_caller_in_role(&self, role: &str) -> Result<bool> {
        let _ = role;
        self.is_security_enabled().map(|enabled| !enabled)
    }

    /// The principal the thread runs as; entering a domain does not change it.
    ///
    /// # Errors
    /// E_UNEXPECTED outside the context.
    pub fn principal(&self) -> Result<String> {
        self.0.with(|binding| {
            let ambient = binding.machine.as_ref().map(|machine| &machine.principal);
            binding.principal.as_ref().or(ambient).map(|name| name.to_string()).unwrap_or_default()
        })
    }
}
