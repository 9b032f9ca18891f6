//! [`Node`]: an object with everything below it. The whole database is one tree of them, shared between the
//! states of the database as far as they agree.

use crate::{
    record::Record,
    schema::{CollectionId, Field, application, component, interface, method},
    value::{Stored, Value, ValueRef},
};
use complus_core::CatalogDefaults;
use complus_sync::Arc;

/// An object and, for each collection stored below it, the objects in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its properties.
    pub record: Record,
    below: Box<[Vec<Arc<Node>>]>,
}

/// A step down the tree: a collection and the key of an item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The collection.
    pub collection: CollectionId,
    /// The key.
    pub key: Value,
}

/// The way from the root to an object.
pub type Path = Vec<Step>;

impl Node {
    /// An object with nothing below it.
    pub(crate) fn new(record: Record) -> Self {
        let below = record.schema().stored.iter().map(|_| Vec::new()).collect();
        Self { record, below }
    }

    /// The root of an empty database: the machine's settings, and nothing else.
    pub(crate) fn root(profile: CatalogDefaults) -> Self {
        let mut root = Self::new(Record::new(CollectionId::Root, profile));
        root.push(Self::new(Record::new(CollectionId::LocalComputer, profile)));
        root
    }

    /// The value of a property.
    pub fn get<T: Stored>(&self, field: Field<T>) -> T::View<'_> {
        self.record.get(field)
    }

    /// The objects in a collection below; none if it is not stored here.
    pub fn below(&self, collection: CollectionId) -> &[Arc<Node>] {
        self.record.schema().slot(collection).map_or(&[], |slot| &self.below[slot])
    }

    /// Every collection below with its objects.
    pub fn all_below(&self) -> impl Iterator<Item = (CollectionId, &[Arc<Node>])> {
        self.record.schema().stored.iter().copied().zip(self.below.iter().map(Vec::as_slice))
    }

    /// The objects in a collection below, to change.
    pub(crate) fn below_mut(&mut self, collection: CollectionId) -> &mut Vec<Arc<Node>> {
        let slot = self.record.schema().slot(collection);
        &mut self.below[slot.expect("a collection that is stored here")]
    }

    /// Puts an object into its collection below.
    pub(crate) fn push(&mut self, node: Node) {
        self.below_mut(node.record.schema().id).push(Arc::new(node));
    }

    /// The object of a key in a collection below.
    pub fn find(&self, collection: CollectionId, key: ValueRef<'_>) -> Option<&Arc<Node>> {
        self.below(collection).iter().find(|node| node.record.key().same_key(key))
    }

    /// The objects on the way, from this one on.
    pub(crate) fn chain(&self, path: &[Step]) -> Option<Vec<&Node>> {
        let mut chain = vec![self];
        for step in path {
            let next = chain[chain.len() - 1].find(step.collection, step.key.view())?;
            chain.push(next);
        }
        Some(chain)
    }

    /// The object at the end of a way.
    pub(crate) fn at(&self, path: &[Step]) -> Option<&Node> {
        self.chain(path).and_then(|chain| chain.last().copied())
    }

    /// Changes the object at the end of a way, and copies those on the way if others hold them.
    pub(crate) fn change<R>(&mut self, path: &[Step], change: impl FnOnce(&mut Node) -> R) -> Option<R> {
        let Some((step, rest)) = path.split_first() else { return Some(change(self)) };
        let items = self.below_mut(step.collection);
        let found = items.iter_mut().find(|node| node.record.key().same_key(step.key.view()))?;
        Arc::make_mut(found).change(rest, change)
    }

    /// The machine's settings.
    pub fn machine(&self) -> &Node {
        &self.below(CollectionId::LocalComputer)[0]
    }

    /// The applications.
    pub fn applications(&self) -> &[Arc<Node>] {
        self.below(CollectionId::Applications)
    }

    /// The components of all applications, each with its application.
    pub(crate) fn components(&self) -> impl Iterator<Item = (&Node, &Arc<Node>)> {
        let of = |application: &Arc<Node>| 0..application.below(CollectionId::Components).len();
        self.applications().iter().flat_map(move |application| {
            of(application).map(move |at| (&**application, &application.below(CollectionId::Components)[at]))
        })
    }

    /// Takes down what follows from the objects below (A.5): whether an interface can be queued, whether a
    /// component was installed with its interfaces.
    pub(crate) fn settle(&mut self) {
        match self.record.schema().id {
            CollectionId::InterfacesForComponent => {
                let methods = self.below(CollectionId::MethodsForInterface);
                let queueable = !methods.is_empty() && methods.iter().all(|node| node.get(method::IN_ONLY));
                self.record.set(interface::QUEUEING_SUPPORTED, queueable);
            }
            CollectionId::Components => {
                let installed = !self.below(CollectionId::InterfacesForComponent).is_empty();
                self.record.set(component::IS_INSTALLED, installed);
            }
            _ => {}
        }
    }

    /// Whether an application has a component with an interface that can be queued (R8).
    pub(crate) fn has_queueable_component(&self) -> bool {
        let interfaces = |node: &'_ Arc<Node>| {
            node.below(CollectionId::InterfacesForComponent).iter().any(|it| it.get(interface::QUEUEING_SUPPORTED))
        };
        self.below(CollectionId::Components).iter().any(interfaces)
    }

    /// The partition of an application.
    pub(crate) fn partition(&self) -> uuid::Uuid {
        self.get(application::APP_PARTITION_ID)
    }
}

/// The names on a way, for people: `Applications/{..}/Components/{..}`.
pub(crate) fn show(path: &[Step]) -> String {
    let steps = path.iter().map(|step| format!("{}/{}", step.collection.schema().name, step.key));
    steps.collect::<Vec<_>>().join("/")
}
