//! [`Classes`]: the classes of a state, to be found by CLSID and by ProgID without a lock or an allocation.

use super::{Application, Class};
use crate::{
    node::Node,
    schema::{CollectionId, class as plain, component as comp},
};
use complus_core::{attribute::ThreadingModel, id::PartitionId, rules::placement::Component};
use complus_sync::Arc;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use std::hash::{BuildHasher, Hasher};
use uuid::Uuid;

/// A class that is registered, and in no application.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The CLSID.
    pub clsid: Uuid,
    /// The threading model.
    pub threading_model: ThreadingModel,
    node: Arc<Node>,
}

impl Registration {
    /// The ProgID.
    pub fn progid(&self) -> &str {
        self.node.get(plain::PROG_ID)
    }

    /// The key of the factory.
    pub fn factory(&self) -> &str {
        self.node.get(plain::INPROC_SERVER_32)
    }
}

/// The frozen classes.
pub struct Classes {
    applications: Box<[Application]>,
    /// All configurations, those of one CLSID together.
    configured: Box<[Class]>,
    /// What a look-up and the decision read of each of them.
    entries: Box<[Entry]>,
    /// By CLSID: the position of its first configuration.
    by_clsid: HashTable<u32>,
    registered: HashMap<Uuid, Registration>,
    by_progid: HashTable<(Box<str>, Uuid)>,
    hasher: DefaultHashBuilder,
}

impl std::fmt::Debug for Classes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Classes")
            .field("configured", &self.configured.len())
            .field("registered", &self.registered.len())
            .finish_non_exhaustive()
    }
}

/// What a look-up and the decision read of a configuration: half a cache line, so that those of a thousand classes stay
/// at hand.
#[repr(C, align(32))]
struct Entry {
    clsid: Uuid,
    component: Component,
    /// It is the only configuration of its class, and nobody is kept from it while partitions are off.
    open: bool,
    /// The next one is of the same class.
    followed: bool,
}

const _: () = assert!(size_of::<Entry>() == 32, "an entry is half a cache line");

/// The hash of a ProgID, in which letter case does not count.
fn hash(hasher: &DefaultHashBuilder, progid: &str) -> u64 {
    let mut state = hasher.build_hasher();
    progid.bytes().for_each(|byte| state.write_u8(byte.to_ascii_lowercase()));
    state.finish()
}

/// The hash of a CLSID, as a number: in one step.
#[inline]
fn hash_id(hasher: &DefaultHashBuilder, clsid: Uuid) -> u64 {
    hasher.hash_one(clsid.as_u128())
}

impl Classes {
    pub(super) fn new(root: &Node) -> Self {
        let applications: Box<[Application]> = root.applications().iter().map(Application::new).collect();
        let mut configured =
            Vec::with_capacity(root.applications().iter().map(|it| it.below(CollectionId::Components).len()).sum());
        for (index, (node, application)) in (0..).zip(root.applications().iter().zip(&applications)) {
            let components = node.below(CollectionId::Components).iter();
            configured.extend(components.map(|component| Class::new(component, application, index)));
        }
        configured.sort_by_key(|class| class.clsid);
        let hasher = DefaultHashBuilder::default();
        let mut entries = Vec::with_capacity(configured.len());
        let mut by_clsid: HashTable<u32> = HashTable::with_capacity(configured.len());
        for same in configured.chunk_by(|one: &Class, next| one.clsid == next.clsid) {
            let hash_at = |at: &u32| hash_id(&hasher, configured[*at as usize].clsid);
            let first = u32::try_from(entries.len()).unwrap_or(u32::MAX);
            by_clsid.insert_unique(hash_id(&hasher, same[0].clsid), first, hash_at);
            entries.extend(same.iter().enumerate().map(|(at, class)| Entry {
                clsid: class.clsid,
                component: class.component,
                open: same.len() == 1 && class.partition == PartitionId::GLOBAL && !class.private,
                followed: at + 1 < same.len(),
            }));
        }
        let mut by_progid: HashTable<(Box<str>, Uuid)> = HashTable::with_capacity(configured.len());
        let mut called = |progid: &str, clsid| {
            let hashed = hash(&hasher, progid);
            let known = by_progid.find(hashed, |(name, _)| name.eq_ignore_ascii_case(progid)).is_some();
            if !progid.is_empty() && !known {
                by_progid.insert_unique(hashed, (progid.into(), clsid), |(name, _)| hash(&hasher, name));
            }
        };
        for class in &configured {
            called(class.progid(), class.clsid);
        }
        let mut registered = HashMap::new();
        let legacy = root.applications().iter().flat_map(|node| node.below(CollectionId::LegacyComponents));
        let all = [CollectionId::InprocServers, CollectionId::LegacyServers].map(|id| root.below(id));
        for node in all.into_iter().flatten().chain(legacy) {
            let (clsid, threading_model) = (node.get(plain::CLSID), node.get(plain::THREADING_MODEL));
            called(node.get(plain::PROG_ID), clsid);
            registered.entry(clsid).or_insert_with(|| Registration { clsid, threading_model, node: node.clone() });
        }
        let entries = entries.into();
        Self { applications, configured: configured.into(), entries, by_clsid, registered, by_progid, hasher }
    }

    /// The applications.
    pub fn applications(&self) -> &[Application] {
        &self.applications
    }

    /// The application of a class of the same state.
    pub fn application_of(&self, class: &Class) -> &Application {
        &self.applications[class.application as usize]
    }

    /// Every configuration of a class: at most one in a partition.
    pub fn configurations(&self, clsid: Uuid) -> &[Class] {
        let Some(first) = self.first(clsid) else { return &[] };
        let followed = self.entries[first..].iter().take_while(|entry| entry.followed).count();
        &self.configured[first..=first + followed]
    }

    /// The position of the first of them.
    #[inline(always)]
    fn first(&self, clsid: Uuid) -> Option<usize> {
        let is_same = |at: &u32| self.entries.get(*at as usize).is_some_and(|entry| entry.clsid == clsid);
        self.by_clsid.find(hash_id(&self.hasher, clsid), is_same).map(|first| *first as usize)
    }

    /// The configuration of a class that has but one, which nobody is kept from while partitions are off.
    #[inline(always)]
    pub(super) fn open(&self, clsid: Uuid) -> Option<(&Class, &Component)> {
        let first = self.first(clsid)?;
        let entry = self.entries.get(first).filter(|entry| entry.open)?;
        Some((self.configured.get(first)?, &entry.component))
    }

    /// The registration of a class that is in no application.
    pub fn registration(&self, clsid: Uuid) -> Option<&Registration> {
        self.registered.get(&clsid)
    }

    /// The CLSID of a ProgID, letter case aside (CLSIDFromProgID).
    pub fn clsid(&self, progid: &str) -> Option<Uuid> {
        let hashed = hash(&self.hasher, progid);
        self.by_progid.find(hashed, |(name, _)| name.eq_ignore_ascii_case(progid)).map(|(_, clsid)| *clsid)
    }

    /// How many configurations there are.
    pub fn len(&self) -> usize {
        self.configured.len()
    }

    /// Whether no class is configured.
    pub fn is_empty(&self) -> bool {
        self.configured.is_empty()
    }

    /// Every configuration.
    pub fn iter(&self) -> impl Iterator<Item = &Class> {
        self.configured.iter()
    }
}

impl Class {
    /// Whether the class is an event class.
    pub fn is_event_class(&self) -> bool {
        self.node().get(comp::IS_EVENT_CLASS)
    }
}
