//! SaveChanges: each pending item through the gate, the keys, the triggers, the ranges and the rules, whole or
//! not at all (SEC A.8).

use super::{
    Collection, Item,
    error_info::{ErrorInfo, Refusal, blame},
};
use crate::{
    node::{Node, Path, Step},
    record::Record,
    rules::{
        self, Fault, Place, cascade,
        gate::{self, Intent},
        keys, own,
    },
    schema::{CollectionId, Source, application, component, method, partition_role},
    value::{Value, ValueRef},
};
use complus_core::error::CatalogError;
use complus_sync::Arc;

/// Something pending, in the order in which it is saved.
enum Pending {
    Remove(Item),
    /// The item at this index, stored or new.
    Write(usize),
}

impl Collection {
    /// Saves what is pending; fills the errors.
    pub(super) fn save(&mut self) -> Result<(), CatalogError> {
        let administrator = self.administrator.clone();
        let atomic = administrator.catalog().options().compat.atomic_saves;
        let stored = |wanted: bool| {
            let indices = self.items.iter().enumerate();
            indices.filter(move |(_, item)| item.is_pending() && item.stored.is_some() == wanted).map(|(at, _)| at)
        };
        let removals = self.removed.iter().cloned().map(Pending::Remove);
        let pending: Vec<_> = removals.chain(stored(true).chain(stored(false)).map(Pending::Write)).collect();
        let (errors, done) = administrator.write(|root| {
            let mut current = (**root).clone();
            let (mut errors, mut done) = (Vec::new(), Vec::new());
            for one in pending {
                let mut next = current.clone();
                let (item, result) = match &one {
                    Pending::Remove(item) => (item, self.remove_item(&mut next, item).map(|()| None)),
                    Pending::Write(at) => (&self.items[*at], self.write_item(&mut next, &self.items[*at]).map(Some)),
                };
                match result {
                    Ok(saved) => {
                        current = next;
                        done.push((one, saved));
                    }
                    Err(Refusal { error, minor_ref }) => errors.push(ErrorInfo {
                        name: item.name(),
                        error: error.into(),
                        major_ref: item.key().to_string(),
                        minor_ref: minor_ref.into(),
                    }),
                }
            }
            let refused = atomic && !errors.is_empty();
            if refused {
                done.clear();
            }
            ((!done.is_empty()).then(|| Arc::new(current)), (errors, done))
        })?;
        self.errors = errors;
        for (one, saved) in done {
            match one {
                Pending::Remove(item) => self.removed.retain(|other| other.stored != item.stored),
                Pending::Write(at) => {
                    if let Some(saved) = saved {
                        self.items[at] = saved;
                    }
                }
            }
        }
        if self.errors.is_empty() { Ok(()) } else { Err(CatalogError::ObjectErrors) }
    }

    fn step(&self, key: Value) -> Step {
        Step { collection: self.id, key }
    }

    fn remove_item(&self, root: &mut Node, item: &Item) -> Result<(), Refusal> {
        let Some(key) = item.stored.clone() else { return Ok(()) };
        let path: Path = self.path.iter().cloned().chain([self.step(key)]).collect();
        let chain = root.chain(&path).ok_or(CatalogError::KeyMissing)?;
        if let [above @ .., node] = &chain[..] {
            gate::check(above, node, Intent::Remove)?;
        }
        cascade::remove(root, &path);
        blame(&[], &above_faults(root, &self.path), 0, self.id.schema())
    }

    /// Writes a stored or a new item; gives it as it then stands.
    fn write_item(&self, root: &mut Node, item: &Item) -> Result<Item, Refusal> {
        let schema = self.id.schema();
        let above = root.chain(&self.path).ok_or(CatalogError::ParentMissing)?;
        let stored = match &item.stored {
            Some(key) => {
                let found = above.last().and_then(|parent| parent.find(self.id, key.view()));
                Some(found.ok_or(CatalogError::KeyMissing)?.clone())
            }
            None => None,
        };
        let before = match &stored {
            Some(node) => (**node).clone(),
            None => self.new_node(root, item)?,
        };
        let intent = if stored.is_some() { Intent::Write(item.written) } else { Intent::Add };
        gate::check(&above, &before, intent)?;

        let mut node = before.clone();
        take_over(&mut node.record, &item.record, stored.is_some());
        let triggered = trigger(&before, &mut node);
        let key = node.record.key().to_value();
        let mut path: Path = self.path.iter().cloned().chain([self.step(key)]).collect();
        root.change(&self.path, |parent| {
            let items = parent.below_mut(self.id);
            let found = stored.and_then(|old| items.iter().position(|other| Arc::ptr_eq(other, &old)));
            match found {
                Some(at) => items[at] = Arc::new(node),
                None => items.push(Arc::new(node)),
            }
        });

        blame(&key_faults(root, &path), &[], item.written, schema)?;
        blame(&triggered, &[], item.written, schema)?;
        blame(&range_faults(item, item.stored.is_none()), &[], item.written, schema)?;
        let mut faults = own_faults(root, &path);
        faults.extend(auto_complete_fault(root, &path, item));
        let mut others = above_faults(root, &self.path);
        rules::check_below(root, &path, &mut |way, fault| {
            if way.len() > path.len() {
                others.push(fault);
            }
        });
        blame(&faults, &others, item.written, schema)?;
        if let Some(application) = self.moves_to(item) {
            path = crate::operation::move_component(root, &path, application)?;
        }
        root.at(&path).map(|node| self.item_of(node)).ok_or_else(|| CatalogError::KeyMissing.into())
    }

    /// What is stored for a new item, with what it gets by its place.
    fn new_node(&self, root: &Node, item: &Item) -> Result<Node, Refusal> {
        let mut node = Node::new(item.record.clone());
        match self.id {
            CollectionId::Applications => {
                let partition = match self.argument {
                    Some(Value::Guid(partition)) => partition,
                    _ => self.administrator.current_partition(),
                };
                if !own::partition_exists(root, partition) {
                    return Err(CatalogError::ParentMissing.into());
                }
                node.record.set(application::APP_PARTITION_ID, partition);
            }
            CollectionId::Partitions => node.push(activators(root)),
            _ => {}
        }
        Ok(node)
    }

    /// The application that writing ApplicationID moves a component to.
    fn moves_to(&self, item: &Item) -> Option<uuid::Uuid> {
        let written = self.id == CollectionId::Components && item.written & 1 << component::APPLICATION_ID.at != 0;
        let here = self.path.last().map(|step| step.key.view());
        let there = item.get(component::APPLICATION_ID);
        (written && here != Some(ValueRef::Guid(there))).then_some(there)
    }
}

/// The one role of a new partition (SEC C.1).
pub(crate) fn activators(root: &Node) -> Node {
    let mut role = Record::new(CollectionId::RolesForPartition, root.record.profile());
    role.set(partition_role::NAME, "Activators");
    Node::new(role)
}

/// Puts the values of the cache into what is stored: all of them, since the last writer's whole view counts.
fn take_over(record: &mut Record, cache: &Record, stored: bool) {
    let schema = record.schema();
    for (at, property) in (0..).zip(schema.properties) {
        // a new item's place was filled in already
        let placed = !stored && at == application::APP_PARTITION_ID.at && schema.id == CollectionId::Applications;
        if property.source != Source::Record || placed {
            if matches!(property.source, Source::Ancestor(_)) {
                record.put(at, property.default(record.profile()).to_value());
            }
            continue;
        }
        let value = cache.value(at);
        let value = match value {
            ValueRef::Text(text) if property.name_like => ValueRef::Text(text.trim()),
            value => value,
        };
        record.put(at, value.to_value());
    }
}

/// A.6.1: raises what follows from the change. Gives what contradicts it.
fn trigger(before: &Node, node: &mut Node) -> Vec<Fault> {
    if node.record.schema().id != CollectionId::Components {
        return Vec::new();
    }
    match own::services(before).settle(own::services(node)) {
        Ok(settled) => {
            node.record.set(component::JUST_IN_TIME_ACTIVATION, settled.just_in_time);
            node.record.set(component::SYNCHRONIZATION, settled.synchronization);
            Vec::new()
        }
        Err(refused) => {
            let fault = |at| Fault { rule: "A.6.1", error: CatalogError::PropertySaveFailed, properties: vec![at] };
            let both = [
                (refused.just_in_time, component::JUST_IN_TIME_ACTIVATION.at),
                (refused.synchronization, component::SYNCHRONIZATION.at),
            ];
            both.into_iter().filter(|(wrong, _)| *wrong).map(|(_, at)| fault(at)).collect()
        }
    }
}

fn own_faults(root: &Node, path: &[Step]) -> Vec<Fault> {
    root.chain(path).map(|chain| rules::check(Place::new(&chain))).unwrap_or_default()
}

/// What the objects above have to say, the root excepted.
fn above_faults(root: &Node, path: &[Step]) -> Vec<Fault> {
    (1..=path.len()).flat_map(|length| own_faults(root, &path[..length])).collect()
}

fn key_faults(root: &Node, path: &[Step]) -> Vec<Fault> {
    let Some(chain) = root.chain(path) else { return Vec::new() };
    match (&chain[..], path.last()) {
        ([.., parent, _], Some(step)) => keys::check(Place::new(&chain), parent.below(step.collection)),
        _ => Vec::new(),
    }
}

/// Written values out of range; of a new item all that differ from the defaults.
fn range_faults(item: &Item, new: bool) -> Vec<Fault> {
    let checked = |at: &u8| item.written & 1 << at != 0 || new && !item.record.is_default(*at);
    let positions = (0..).zip(item.record.schema().properties);
    let faults = positions.filter(|(at, _)| checked(at)).filter_map(|(at, property)| {
        let error = rules::range_fault(property, item.record.value(at))?;
        Some(Fault { rule: "R1", error, properties: vec![at] })
    });
    faults.collect()
}

/// ACT 3.4: auto-done needs JIT activation when it is switched on; switched off later, it lies idle.
fn auto_complete_fault(root: &Node, path: &[Step], item: &Item) -> Option<Fault> {
    let at = method::AUTO_COMPLETE.at;
    let switched_on = path.last().is_some_and(|step| step.collection == CollectionId::MethodsForInterface)
        && item.written & 1 << at != 0
        && item.get(method::AUTO_COMPLETE);
    let chain = root.chain(path).filter(|_| switched_on)?;
    let component = Place::new(&chain).nearest(CollectionId::Components)?;
    let fault = Fault { rule: "ACT 3.4", error: CatalogError::PropertySaveFailed, properties: vec![at] };
    (!component.get(component::JUST_IN_TIME_ACTIVATION)).then_some(fault)
}
