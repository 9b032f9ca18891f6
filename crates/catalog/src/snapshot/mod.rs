//! [`Snapshot`]: one committed state of the database, frozen for look-ups.

mod application;
mod class;
mod classes;
mod locate;
mod reader;

pub use application::Application;
pub use class::{Class, Interface, Method, Pool};
pub use classes::{Classes, Registration};
pub use locate::{Creator, Found};
pub use reader::Reader;

use crate::{
    node::Node,
    schema::{CollectionId, machine, member, principal},
    value::same_name,
};
use complus_core::attribute::{AuthenticationLevel, ImpersonationLevel};
use complus_sync::Arc;
use std::time::Duration;

/// One committed state. It never changes; a look into it takes no lock and no memory.
#[derive(Debug)]
pub struct Snapshot {
    generation: u64,
    root: Arc<Node>,
    classes: Classes,
    partitions_enabled: bool,
}

impl Snapshot {
    pub(crate) fn new(root: Arc<Node>, generation: u64) -> Self {
        let classes = Classes::new(&root);
        let partitions_enabled = root.machine().get(machine::PARTITIONS_ENABLED);
        Self { generation, root, classes, partitions_enabled }
    }

    /// The number of the state: 1 for the first one.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The root of the tree of objects.
    pub fn root(&self) -> &Node {
        &self.root
    }

    pub(crate) fn root_arc(&self) -> Arc<Node> {
        self.root.clone()
    }

    /// The classes, by CLSID and by ProgID.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// The applications.
    pub fn applications(&self) -> &[Application] {
        self.classes.applications()
    }

    /// Whether partitions are switched on.
    pub fn partitions_enabled(&self) -> bool {
        self.partitions_enabled
    }

    /// The time-out of a root transaction that has no other; none is for ever.
    pub fn transaction_timeout(&self) -> Option<Duration> {
        let seconds = self.root.machine().get(machine::TRANSACTION_TIMEOUT);
        u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
    }

    /// The authentication level that Default stands for (A.5): never Default itself.
    pub fn default_authentication(&self) -> AuthenticationLevel {
        match self.root.machine().get(machine::DEFAULT_AUTHENTICATION_LEVEL) {
            AuthenticationLevel::Default => AuthenticationLevel::Connect,
            level => level,
        }
    }

    /// The impersonation level of base clients.
    pub fn default_impersonation(&self) -> ImpersonationLevel {
        self.root.machine().get(machine::DEFAULT_IMPERSONATION_LEVEL)
    }

    /// Whether `user` is `account` or a member of it, over any number of groups.
    pub fn is_or_belongs_to(&self, user: &str, account: &str) -> bool {
        let groups = self.root.below(CollectionId::Principals);
        same_name(user, account) || self.belongs(user, account, groups.len())
    }

    /// `deep`: groups in groups end there, also where they hold each other.
    fn belongs(&self, user: &str, group: &str, deep: usize) -> bool {
        let all = self.root.below(CollectionId::Principals);
        let Some(found) = all.iter().find(|node| same_name(node.get(principal::NAME), group)) else { return false };
        let mut members = found.below(CollectionId::PrincipalMembers).iter().map(|node| node.get(member::NAME));
        members.any(|name| same_name(user, name) || deep > 0 && self.belongs(user, name, deep - 1))
    }
}
