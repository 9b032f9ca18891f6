//! What goes when something is removed (SEC A.6.3). What stands below an object goes with it; here is what
//! stands elsewhere.

use crate::{
    node::{Node, Step},
    schema::CollectionId,
    value::{Value, ValueRef},
};
use complus_sync::Arc;

/// Removes the object at the end of a way, and what goes with it. False if there is none. The way may begin
/// at any object: one that begins at an application is enough to remove its role.
pub(crate) fn remove(root: &mut Node, path: &[Step]) -> bool {
    let Some((last, above)) = path.split_last() else { return false };
    let taken = root.change(above, |parent| {
        let items = parent.below_mut(last.collection);
        let found = items.iter().position(|node| node.record.key().same_key(last.key.view()))?;
        items.remove(found);
        parent.settle();
        Some(())
    });
    if taken.flatten().is_none() {
        return false;
    }
    match (last.collection, &last.key) {
        (CollectionId::Partitions, Value::Guid(id)) => {
            root.below_mut(CollectionId::Applications).retain(|application| application.partition() != *id);
        }
        (CollectionId::Roles, name) => {
            root.change(above, |application| {
                for component in application.below_mut(CollectionId::Components) {
                    unassign(component, name.view());
                }
            });
        }
        _ => {}
    }
    true
}

/// Takes a role away from an object and from everything below it.
fn unassign(node: &mut Arc<Node>, role: ValueRef<'_>) {
    if !is_assigned(node, role) {
        return; // shared with other states of the database as it is
    }
    let node = Arc::make_mut(node);
    for id in node.record.schema().stored.iter().copied() {
        let items = node.below_mut(id);
        if ASSIGNMENTS.contains(&id) {
            items.retain(|assigned| !assigned.record.key().same_key(role));
        } else {
            items.iter_mut().for_each(|item| unassign(item, role));
        }
    }
}

fn is_assigned(node: &Node, role: ValueRef<'_>) -> bool {
    node.all_below().any(|(id, items)| match ASSIGNMENTS.contains(&id) {
        true => items.iter().any(|assigned| assigned.record.key().same_key(role)),
        false => items.iter().any(|item| is_assigned(item, role)),
    })
}

const ASSIGNMENTS: [CollectionId; 3] =
    [CollectionId::RolesForComponent, CollectionId::RolesForInterface, CollectionId::RolesForMethod];
