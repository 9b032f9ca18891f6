//! Partitions and who belongs to them (SWC 6.2, SEC C.1).

use complus_catalog::{
    Snapshot,
    schema::{CollectionId, partition, user},
};
use complus_core::{
    error::{Result, RuntimeError},
    id::PartitionId,
    rules::partition::Named,
};
use std::collections::BTreeSet;

/// A partition and its members. Without members it is open to everyone (O-54).
#[derive(Clone, Debug)]
pub struct Partition {
    id: PartitionId,
    members: BTreeSet<String>,
}

impl Partition {
    /// A partition that everyone belongs to, until members are named.
    pub fn new(id: PartitionId) -> Self {
        Self { id, members: BTreeSet::new() }
    }

    /// Adds a member; names of principals ignore letter case.
    #[must_use]
    pub fn member(mut self, principal: &str) -> Self {
        self.members.insert(principal.to_lowercase());
        self
    }
}

/// The partitions of a class registration database, but the global one, with their activators.
pub(crate) fn configured(state: &Snapshot) -> impl Iterator<Item = Partition> {
    let others = state.root().below(CollectionId::Partitions).iter().map(|node| {
        let roles = node.below(CollectionId::RolesForPartition).iter();
        let members = roles.flat_map(|role| role.below(CollectionId::UsersInPartitionRole));
        let empty = Partition::new(PartitionId(node.get(partition::ID)));
        members.fold(empty, |partition, member| partition.member(member.get(user::USER)))
    });
    others.filter(|partition| partition.id != PartitionId::GLOBAL)
}

/// The partitions of a machine; index 0 is the global one.
pub(crate) struct Partitions {
    enabled: bool,
    table: Vec<Partition>,
}

impl Partitions {
    pub(crate) fn new(enabled: bool, others: Vec<Partition>) -> Result<Self> {
        let mut table = vec![Partition::new(PartitionId::GLOBAL)];
        for partition in others {
            if partition.id == PartitionId::NULL || table.iter().any(|known| known.id == partition.id) {
                return Err(RuntimeError::DuplicatePartition.into());
            }
            if table.len() > usize::from(u16::MAX) {
                return Err(RuntimeError::TooManyPartitions.into());
            }
            table.push(partition);
        }
        Ok(Self { enabled, table })
    }

    pub(crate) fn enabled(&self) -> bool {
        self.enabled
    }

    /// The id at `index`.
    pub(crate) fn id(&self, index: u16) -> PartitionId {
        self.table.get(usize::from(index)).map_or(PartitionId::GLOBAL, |partition| partition.id)
    }

    /// The index of `id`.
    pub(crate) fn index(&self, id: PartitionId) -> Option<u16> {
        self.table.iter().position(|partition| partition.id == id).and_then(|index| u16::try_from(index).ok())
    }

    /// What the rule needs to know of `id` when `principal` asks for it.
    pub(crate) fn named(&self, id: PartitionId, principal: &str) -> Named {
        match id {
            PartitionId::NULL => Named::Nothing,
            PartitionId::GLOBAL => Named::Global,
            _ => {
                let partition = self.index(id).map(|index| &self.table[usize::from(index)]);
                let belongs = |p: &Partition| p.members.is_empty() || p.members.contains(&principal.to_lowercase());
                Named::Other {
                    enabled: self.enabled,
                    known: partition.is_some(),
                    member: partition.is_some_and(belongs),
                }
            }
        }
    }
}
