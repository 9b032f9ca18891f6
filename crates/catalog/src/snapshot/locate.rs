//! Finding the configuration of a class for an activation (ACT 4.8, SEC C.1): facts are taken down here, the rule
//! decides.

use super::{Class, Snapshot, classes::Registration};
use crate::{
    node::Node,
    schema::{CollectionId, machine, partition_user, user},
    value::{ValueRef, same_name},
};
use complus_core::{
    error::{CatalogError, Result},
    explain::Explain,
    id::PartitionId,
    rules::{
        class_location::{self, Candidate, Named, Origin, Place},
        placement::Component,
    },
};
use uuid::Uuid;

/// Who wants an object, as far as the choice of the configuration depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Creator<'a> {
    /// The partition that a moniker names.
    pub moniker: Option<PartitionId>,
    /// The partition of the creator's context.
    pub partition: Option<PartitionId>,
    /// The creator's application.
    pub application: Option<Uuid>,
    /// The user.
    pub user: &'a str,
}

/// What an activation uses.
#[derive(Clone, Copy, Debug)]
pub enum Found<'s> {
    /// A configuration.
    Configured {
        /// All of it.
        class: &'s Class,
        /// What placement asks about it.
        component: &'s Component,
        /// The partition that the new context is in.
        partition: PartitionId,
    },
    /// The plain registration.
    Registered(&'s Registration),
}

impl Snapshot {
    /// The partition of an activation.
    ///
    /// # Errors
    /// COMADMIN_E_PARTITIONS_DISABLED or COMADMIN_E_INVALID_PARTITION for the partition of a moniker.
    pub fn choose_partition(
        &self,
        creator: &Creator<'_>,
        explain: &mut impl Explain,
    ) -> Result<PartitionId, CatalogError> {
        let enabled = self.partitions_enabled();
        let default = || self.default_partition(creator.user).filter(|_| enabled && creator.partition.is_none());
        let (moniker, context) = (creator.moniker.map(|id| self.named(id)), creator.partition.map(|id| self.named(id)));
        let user = if moniker.is_none() { default() } else { None };
        let origin = class_location::partition(enabled, moniker, context, user.map(|id| self.named(id)), explain)?;
        let id = match origin {
            Origin::Moniker => creator.moniker,
            Origin::Context => creator.partition,
            Origin::User => user,
            Origin::Global => None,
        };
        Ok(id.unwrap_or(PartitionId::GLOBAL))
    }

    fn named(&self, id: PartitionId) -> Named {
        match id {
            PartitionId::GLOBAL => Named::Global,
            id if self.partition(id).is_some() => Named::Known,
            _ => Named::Unknown,
        }
    }

    /// Whether there is such a partition beside the global one; also while partitions are switched off.
    pub fn has_partition(&self, id: PartitionId) -> bool {
        self.partition(id).is_some()
    }

    fn partition(&self, id: PartitionId) -> Option<&Node> {
        self.root().find(CollectionId::Partitions, ValueRef::Guid(id.0)).map(|node| &**node)
    }

    /// The default partition of a user: the user's own entry before that of a group.
    pub fn default_partition(&self, user: &str) -> Option<PartitionId> {
        if !self.root().machine().get(machine::LOCAL_PARTITION_LOOKUP_ENABLED) {
            return None;
        }
        let entries = self.root().below(CollectionId::PartitionUsers);
        let own = entries.iter().find(|entry| same_name(entry.get(partition_user::ACCOUNT_NAME), user));
        let of_group =
            || entries.iter().find(|entry| self.is_or_belongs_to(user, entry.get(partition_user::ACCOUNT_NAME)));
        own.or_else(of_group).map(|entry| PartitionId(entry.get(partition_user::DEFAULT_PARTITION_ID)))
    }

    /// Whether a user may activate from a partition: everyone if nobody is an activator, else the activators and
    /// those whose default partition it is (O-54).
    pub fn may_use_partition(&self, user: &str, id: PartitionId) -> bool {
        let Some(node) = self.partition(id) else { return true };
        let roles = node.below(CollectionId::RolesForPartition).iter();
        let mut members = roles.flat_map(|role| role.below(CollectionId::UsersInPartitionRole)).peekable();
        members.peek().is_none()
            || members.any(|member| self.is_or_belongs_to(user, member.get(user::USER)))
            || self.default_partition(user) == Some(id)
    }

    /// Finds what an activation of a class uses, and tells why.
    ///
    /// # Errors
    /// Those of [`choose_partition`](Self::choose_partition); COMADMIN_E_PARTITION_ACCESSDENIED,
    /// COMADMIN_E_PRIVATE_ACCESSDENIED, REGDB_E_CLASSNOTREG (O-55).
    #[inline(always)]
    pub fn locate(
        &self,
        clsid: Uuid,
        creator: &Creator<'_>,
        explain: &mut impl Explain,
    ) -> Result<Found<'_>, CatalogError> {
        match self.classes().open(clsid) {
            // What nearly every look-up finds.
            Some((class, component)) if creator.moniker.is_none() && !self.partitions_enabled() => {
                let seen = Some(Candidate { own: self.is_own(class, creator), public: true });
                class_location::partition(false, None, None, None, explain)?;
                class_location::component(true, seen, seen, false, explain)?;
                Ok(Found::Configured { class, component, partition: PartitionId::GLOBAL })
            }
            _ => self.locate_among(clsid, creator, explain),
        }
    }

    /// Whether a configuration belongs to the creator's own application.
    #[inline(always)]
    fn is_own(&self, class: &Class, creator: &Creator<'_>) -> bool {
        let application = self.applications().get(class.application as usize).map(|application| application.id);
        creator.application.is_some() && creator.application == application
    }

    #[inline(never)]
    fn locate_among(
        &self,
        clsid: Uuid,
        creator: &Creator<'_>,
        explain: &mut impl Explain,
    ) -> Result<Found<'_>, CatalogError> {
        let all = self.classes().configurations(clsid);
        let partition = match (creator.moniker, self.partitions_enabled()) {
            (None, false) => {
                class_location::partition(false, None, None, None, explain)?; // nothing to look up: only the reason
                PartitionId::GLOBAL
            }
            _ => self.choose_partition(creator, explain)?,
        };
        let inside = |id| all.iter().find(|class| class.partition == id);
        let seen = |class: &Class| Candidate { own: self.is_own(class, creator), public: !class.private };
        let chosen = inside(partition);
        let global = if partition == PartitionId::GLOBAL { chosen } else { inside(PartitionId::GLOBAL) };
        let rights = partition == PartitionId::GLOBAL || self.may_use_partition(creator.user, partition);
        let plain = if all.is_empty() { self.classes().registration(clsid) } else { None };
        let place = class_location::component(rights, chosen.map(seen), global.map(seen), plain.is_some(), explain)?;
        match (place, chosen, global, plain) {
            (Place::Chosen, Some(class), ..) | (Place::Global, _, Some(class), _) => {
                // the context stays in the chosen partition, also when the configuration is the global one's
                Ok(Found::Configured { class, component: &class.component, partition })
            }
            (Place::Unconfigured, .., Some(plain)) => Ok(Found::Registered(plain)),
            _ => Err(CatalogError::ClassNotRegistered),
        }
    }
}
