//! Security: what a service domain does about it (SWC 6.6), and when a component's context carries
//! the security property (SEC B.2).

/// The switches of an application and a component that govern role checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// ApplicationAccessChecksEnabled.
    pub application_checks: bool,
    /// AccessChecksLevel is 1: process and component.
    pub component_level: bool,
    /// ComponentAccessChecksEnabled.
    pub component_checks: bool,
}

/// Whether the component's context carries the security property (O-27, O-28).
#[inline]
pub const fn has_property(switches: Switches) -> bool {
    switches.application_checks && switches.component_level
}

/// Whether calls are checked against roles; what IsSecurityEnabled answers.
#[inline]
pub const fn is_enabled(switches: Switches) -> bool {
    has_property(switches) && switches.component_checks
}

/// A service domain has no component, so no switch is on: identity and call context stay the caller's,
/// IsSecurityEnabled is false and every role is granted (SWC 6.6, ACT 9.2).
pub const SERVICE_DOMAIN: Switches =
    Switches { application_checks: false, component_level: false, component_checks: false };

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC B.2, row by row: AAC, LVL, CAC, property, enabled.
    #[test]
    fn the_property_follows_application_and_level_and_checks_need_all_three() {
        for (application_checks, component_level, component_checks, property, enabled) in [
            (false, false, false, false, false),
            (false, true, true, false, false),
            (true, false, true, false, false),
            (true, true, false, true, false),
            (true, true, true, true, true),
        ] {
            let switches = Switches { application_checks, component_level, component_checks };
            assert_eq!((has_property(switches), is_enabled(switches)), (property, enabled), "{switches:?}");
        }
        assert!(!is_enabled(SERVICE_DOMAIN));
    }
}
