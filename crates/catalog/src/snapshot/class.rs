//! [`Class`]: what activation reads of a configured class, in its own types.

use super::Application;
use crate::{
    node::Node,
    schema::{CollectionId, component as comp, interface, method},
};
use complus_core::{
    attribute::{AccessChecksLevel, SynchronizationAttribute, TransactionAttribute},
    error::CatalogError,
    explain::Explain,
    id::PartitionId,
    rules::{coherence, placement::Component, security::Switches},
};
use complus_sync::Arc;
use std::{ops::Deref, time::Duration};
use uuid::Uuid;

/// The pool of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Objects made when the application starts.
    pub min: u32,
    /// Objects at most.
    pub max: u32,
    /// How long an activation waits for one; none is for ever (O-06).
    pub creation_timeout: Option<Duration>,
}

/// A configured class, as an activation sees it: the properties that decide where an object goes, in their types.
#[derive(Clone, Debug)]
pub struct Class {
    /// The CLSID.
    pub clsid: Uuid,
    /// The partition of its application.
    pub partition: PartitionId,
    /// What placement asks about the class.
    pub component: Component,
    /// IsPrivateComponent.
    pub private: bool,
    /// IsEnabled of the component alone.
    pub enabled: bool,
    /// ConstructionEnabled.
    pub constructed: bool,
    /// IISIntrinsics.
    pub iis_intrinsics: bool,
    /// COMTIIntrinsics.
    pub comti_intrinsics: bool,
    /// The position of its application among [`Snapshot::applications`](super::Snapshot::applications).
    pub application: u32,
    /// Its pool, if objects are pooled.
    pub pool: Option<Pool>,
    /// The component's own time-out of a root transaction: none is the machine's, zero is never.
    pub transaction_timeout: Option<Duration>,
    node: Arc<Node>,
}

impl Class {
    pub(super) fn new(node: &Arc<Node>, application: &Application, index: u32) -> Self {
        let number = |value: i32| u32::try_from(value).unwrap_or(0);
        let pool = || Pool {
            min: number(node.get(comp::MIN_POOL_SIZE)),
            max: number(node.get(comp::MAX_POOL_SIZE)),
            creation_timeout: Some(number(node.get(comp::CREATION_TIMEOUT)))
                .filter(|milliseconds| *milliseconds > 0)
                .map(|milliseconds| Duration::from_millis(milliseconds.into())),
        };
        let seconds = || Duration::from_secs(number(node.get(comp::COMPONENT_TRANSACTION_TIMEOUT)).into());
        let services = crate::rules::own::services(node);
        let component = Component {
            transaction: services.transaction,
            isolation: node.get(comp::TX_ISOLATION_LEVEL),
            synchronization: services.synchronization,
            just_in_time: services.just_in_time,
            threading_model: node.get(comp::THREADING_MODEL),
            tracked: application.events && node.get(comp::EVENT_TRACKING_ENABLED),
            security: Switches {
                application_checks: application.access_checks,
                component_level: application.access_checks_level == AccessChecksLevel::Component,
                component_checks: node.get(comp::COMPONENT_ACCESS_CHECKS_ENABLED),
            },
            must_run_in_client_context: node.get(comp::MUST_RUN_IN_CLIENT_CONTEXT),
            must_run_in_default_context: node.get(comp::MUST_RUN_IN_DEFAULT_CONTEXT),
        };
        Self {
            component,
            clsid: node.get(comp::CLSID),
            application: index,
            partition: application.partition,
            transaction_timeout: node.get(comp::COMPONENT_TRANSACTION_TIMEOUT_ENABLED).then(seconds),
            pool: node.get(comp::OBJECT_POOLING_ENABLED).then(pool),
            enabled: node.get(comp::IS_ENABLED),
            private: node.get(comp::IS_PRIVATE_COMPONENT),
            constructed: node.get(comp::CONSTRUCTION_ENABLED),
            iis_intrinsics: node.get(comp::IIS_INTRINSICS),
            comti_intrinsics: node.get(comp::COMTI_INTRINSICS),
            node: node.clone(),
        }
    }

    /// The ProgID.
    pub fn progid(&self) -> &str {
        self.node.get(comp::PROG_ID)
    }

    /// The key of the factory that makes its objects.
    pub fn factory(&self) -> &str {
        self.node.get(comp::DLL)
    }

    /// The constructor string.
    pub fn constructor_string(&self) -> &str {
        self.node.get(comp::CONSTRUCTOR_STRING)
    }

    /// The services that the class insists on: `component::POOLING_REQUIRED` and its like.
    pub fn requires(&self) -> i32 {
        self.node.get(comp::REQUIRES)
    }

    /// The Transaction attribute.
    pub fn transaction(&self) -> TransactionAttribute {
        self.component.transaction
    }

    /// The Synchronization attribute.
    pub fn synchronization(&self) -> SynchronizationAttribute {
        self.component.synchronization
    }

    /// The dependencies once more, before an object is made of it (A.6.1, O-16).
    ///
    /// # Errors
    /// CO_E_NOSYNCHRONIZATION or CO_E_ACTIVATIONFAILED_CATALOGERROR.
    pub fn check_at_activation(&self, explain: &mut impl Explain) -> Result<(), CatalogError> {
        let Component { must_run_in_client_context, must_run_in_default_context, .. } = self.component;
        self.component.services().check_at_activation(explain)?;
        coherence::check_must_run(must_run_in_client_context, must_run_in_default_context)
    }

    /// Its interfaces.
    pub fn interfaces(&self) -> impl Iterator<Item = Interface<'_>> {
        self.node.below(CollectionId::InterfacesForComponent).iter().map(|node| Interface { node })
    }

    /// The roles assigned to the component itself.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        names(&self.node, CollectionId::RolesForComponent)
    }

    /// All of its properties and what belongs to it.
    pub fn node(&self) -> &Node {
        &self.node
    }
}

fn names(node: &Node, id: CollectionId) -> impl Iterator<Item = &str> {
    node.below(id).iter().map(|node| node.get(crate::schema::assigned_role::NAME))
}

/// An interface of a class.
#[derive(Clone, Copy, Debug)]
pub struct Interface<'c> {
    node: &'c Node,
}

impl<'c> Interface<'c> {
    /// The IID.
    pub fn iid(&self) -> Uuid {
        self.node.get(interface::IID)
    }

    /// The name.
    pub fn name(&self) -> &'c str {
        self.node.get(interface::NAME)
    }

    /// QueuingEnabled.
    pub fn queued(&self) -> bool {
        self.node.get(interface::QUEUING_ENABLED)
    }

    /// The roles assigned to the interface.
    pub fn roles(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        names(self.node, CollectionId::RolesForInterface)
    }

    /// Its methods.
    pub fn methods(&self) -> impl Iterator<Item = Method<'c>> + use<'c> {
        self.node.below(CollectionId::MethodsForInterface).iter().map(|node| Method { node: node.deref() })
    }
}

/// A method of an interface.
#[derive(Clone, Copy, Debug)]
pub struct Method<'c> {
    node: &'c Node,
}

impl<'c> Method<'c> {
    /// Its place in the interface.
    pub fn index(&self) -> i32 {
        self.node.get(method::INDEX)
    }

    /// The name.
    pub fn name(&self) -> &'c str {
        self.node.get(method::NAME)
    }

    /// The initial value of the done flag.
    pub fn auto_complete(&self) -> bool {
        self.node.get(method::AUTO_COMPLETE)
    }

    /// The roles assigned to the method.
    pub fn roles(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        names(self.node, CollectionId::RolesForMethod)
    }
}
