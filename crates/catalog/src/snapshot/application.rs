//! [`Application`]: what activation reads of an application, in its own types.

use crate::{
    node::Node,
    schema::{CollectionId, application as app, role, user},
};
use complus_core::{
    attribute::{AccessChecksLevel, Activation, AuthenticationLevel, ImpersonationLevel},
    id::PartitionId,
};
use complus_sync::Arc;
use uuid::Uuid;

/// An application, as an activation sees it.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its id.
    pub id: Uuid,
    /// Its partition.
    pub partition: PartitionId,
    /// In the creator's process or in its own.
    pub activation: Activation,
    /// False: activations fail with CO_E_CLASS_DISABLED.
    pub enabled: bool,
    /// ApplicationAccessChecksEnabled.
    pub access_checks: bool,
    /// How deep the checks go.
    pub access_checks_level: AccessChecksLevel,
    /// The lowest authentication level of incoming calls.
    pub authentication: AuthenticationLevel,
    /// What servers may do in its name.
    pub impersonation: ImpersonationLevel,
    /// EventsEnabled.
    pub events: bool,
    node: Arc<Node>,
}

impl Application {
    pub(super) fn new(node: &Arc<Node>) -> Self {
        Self {
            id: node.get(app::ID),
            partition: PartitionId(node.partition()),
            activation: node.get(app::ACTIVATION),
            enabled: node.get(app::IS_ENABLED),
            access_checks: node.get(app::APPLICATION_ACCESS_CHECKS_ENABLED),
            access_checks_level: node.get(app::ACCESS_CHECKS_LEVEL),
            authentication: node.get(app::AUTHENTICATION),
            impersonation: node.get(app::IMPERSONATION_LEVEL),
            events: node.get(app::EVENTS_ENABLED),
            node: node.clone(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.node.get(app::NAME)
    }

    /// The account of its process.
    pub fn identity(&self) -> &str {
        self.node.get(app::IDENTITY)
    }

    /// Whether its contexts have a security property (B.2, O-27).
    pub fn secures_contexts(&self) -> bool {
        self.access_checks && self.access_checks_level == AccessChecksLevel::Component
    }

    /// The members of its roles: role and user.
    pub fn role_members(&self) -> impl Iterator<Item = (&str, &str)> {
        self.node.below(CollectionId::Roles).iter().flat_map(|it| {
            it.below(CollectionId::UsersInRole).iter().map(|member| (it.get(role::NAME), member.get(user::USER)))
        })
    }

    /// All of its properties and what belongs to it.
    pub fn node(&self) -> &Node {
        &self.node
    }
}
