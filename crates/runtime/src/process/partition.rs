//! Partitions and who belongs to them (SWC 6.2, SEC C.1).

use complus_catalog::Catalog;
use complus_core::{
    error::{Result, RuntimeError},
    id::PartitionId,
    rules::partition::Named,
};
use complus_sync::RwLock;
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

/// The partitions of a machine: those it was built with, and those of its catalog as that stands.
///
/// A context keeps a number in place of the id: 0 is the global partition, the others are given out as they are first
/// used and stay, whatever becomes of the partition. So frames are small, and entering one asks nobody.
pub(crate) struct Partitions {
    /// The machine was built with partitions; null where the catalog alone has them.
    built: Option<Vec<Partition>>,
    catalog: Catalog,
    /// The ids by their numbers, from 1.
    numbered: RwLock<Vec<PartitionId>>,
}

impl Partitions {
    /// # Errors
    /// E_INVALIDARG when one was declared twice, or is in the catalog.
    pub(crate) fn new(built: Option<Vec<Partition>>, catalog: Catalog) -> Result<Self> {
        let state = catalog.snapshot();
        let mut known = BTreeSet::from([PartitionId::NULL, PartitionId::GLOBAL]);
        for partition in built.iter().flatten() {
            if !known.insert(partition.id) || state.has_partition(partition.id) {
                return Err(RuntimeError::DuplicatePartition.into());
            }
        }
        Ok(Self { built, catalog, numbered: RwLock::default() })
    }

    pub(crate) fn enabled(&self) -> bool {
        self.built.is_some() || self.catalog.snapshot().partitions_enabled()
    }

    /// The id of a number.
    pub(crate) fn id(&self, number: u16) -> PartitionId {
        match usize::from(number).checked_sub(1) {
            None => PartitionId::GLOBAL,
            Some(place) => self.numbered.read().get(place).copied().unwrap_or(PartitionId::GLOBAL),
        }
    }

    /// The number of a partition that is known; none if so many were in use that there is none left.
    pub(crate) fn number(&self, id: PartitionId) -> Option<u16> {
        if id == PartitionId::GLOBAL {
            return Some(0);
        }
        let find = |ids: &[PartitionId]| ids.iter().position(|known| *known == id);
        let place = find(&self.numbered.read());
        let place = place.or_else(|| {
            let mut numbered = self.numbered.write();
            find(&numbered).or_else(|| {
                let place = Some(numbered.len()).filter(|place| *place < usize::from(u16::MAX))?;
                numbered.push(id);
                Some(place)
            })
        });
        place.and_then(|place| u16::try_from(place + 1).ok())
    }

    /// What the rule needs to know of `id` when `principal` asks for it.
    pub(crate) fn named(&self, id: PartitionId, principal: &str) -> Named {
        match id {
            PartitionId::NULL => return Named::Nothing,
            PartitionId::GLOBAL => return Named::Global,
            _ => {}
        }
        if let Some(partition) = self.built.iter().flatten().find(|partition| partition.id == id) {
            let member = partition.members.is_empty() || partition.members.contains(&principal.to_lowercase());
            return Named::Other { enabled: true, known: self.number(id).is_some(), member };
        }
        let state = self.catalog.snapshot();
        let known = state.partitions_enabled() && state.has_partition(id) && self.number(id).is_some();
        let enabled = self.built.is_some() || state.partitions_enabled();
        Named::Other { enabled, known, member: known && state.may_use_partition(principal, id) }
    }
}
