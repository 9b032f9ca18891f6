//! Copying, moving and aliasing (SEC A.9).

use super::{application, install, of_application, partition, usable_partition};
use crate::{
    Administrator,
    node::{Node, Path, Step},
    rules::{
        Place,
        gate::{self, Intent},
        keys::RESERVED,
    },
    schema::{CollectionId, application as app, component as comp},
    value::{Value, ValueRef},
};
use complus_core::{
    attribute::Activation,
    error::{CatalogError, Result},
};
use complus_sync::Arc;
use uuid::Uuid;

fn component(root: &Node, application: Uuid, clsid: Uuid) -> Result<Arc<Node>, CatalogError> {
    let application = root.find(CollectionId::Applications, ValueRef::Guid(application));
    let found = application.and_then(|node| node.find(CollectionId::Components, ValueRef::Guid(clsid)));
    found.cloned().ok_or(CatalogError::DoesNotExist)
}

fn find(root: &Node, application: Uuid) -> Result<&Arc<Node>, CatalogError> {
    root.find(CollectionId::Applications, ValueRef::Guid(application)).ok_or(CatalogError::DoesNotExist)
}

fn is_system(node: &Node) -> bool {
    node.get(app::IS_SYSTEM) || RESERVED.contains(&node.get(app::ID))
}

/// Whether components can be put into an application from elsewhere.
fn as_destination(node: &Node, component: &Node) -> Result<(), CatalogError> {
    if is_system(node) || node.get(app::APPLICATION_PROXY) || !node.get(app::CHANGEABLE) {
        return Err(CatalogError::MoveDestination);
    }
    let library = node.get(app::ACTIVATION) == Activation::Library;
    if library && component.get(comp::IS_PRIVATE_COMPONENT) { Err(CatalogError::MovePrivate) } else { Ok(()) }
}

/// Takes away the roles that an application does not have.
fn adapt_roles(node: &mut Node, application: &Node) {
    let has = |name: ValueRef<'_>| application.find(CollectionId::Roles, name).is_some();
    for id in node.record.schema().stored.iter().copied() {
        let items = node.below_mut(id);
        match id {
            CollectionId::RolesForComponent | CollectionId::RolesForInterface | CollectionId::RolesForMethod => {
                items.retain(|assigned| has(assigned.record.key()));
            }
            _ => items.iter_mut().for_each(|item| adapt_roles(Arc::make_mut(item), application)),
        }
    }
}

/// Moves the component at the end of a way to another application; its new way. Roles that the other application
/// does not have are taken away.
pub(crate) fn move_component(root: &mut Node, path: &[Step], there: Uuid) -> Result<Path, CatalogError> {
    let chain = root.chain(path).ok_or(CatalogError::KeyMissing)?;
    let [.., source, node] = &chain[..] else { return Err(CatalogError::KeyMissing) };
    let mut node = (*node).clone();
    let destination = root.find(CollectionId::Applications, ValueRef::Guid(there));
    let destination = destination.ok_or(CatalogError::MoveBadDestination)?.clone();
    if is_system(source) || !source.get(app::CHANGEABLE) {
        return Err(CatalogError::MoveLocked);
    }
    if source.get(app::APPLICATION_PROXY) {
        return Err(CatalogError::MoveSource);
    }
    as_destination(&destination, &node)?;
    adapt_roles(&mut node, &destination);
    crate::rules::cascade::remove(root, path);
    let key = node.record.key().to_value();
    install::put(root, there, node)?;
    // the application that loses it may have needed it (R8)
    let left = root.chain(&path[..path.len() - 1]).ok_or(CatalogError::KeyMissing)?;
    crate::rules::check(Place::new(&left)).first().map_or(Ok(()), |fault| Err(fault.error))?;
    let step = Step { collection: CollectionId::Components, key };
    Ok(of_application(there).into_iter().chain([step]).collect())
}

impl Administrator {
    /// Moves a component to another application. Roles that are not there are taken away from it.
    ///
    /// # Errors
    /// COMADMIN_E_COMP_MOVE_LOCKED when the source is locked or a system application, COMADMIN_E_COMP_MOVE_DEST when the
    /// destination is, COMADMIN_E_COMP_MOVE_PRIVATE for a private component and a library application,
    /// COMADMIN_E_COMPONENTEXISTS when the class is there already.
    pub fn move_component(&self, from: &str, clsid: Uuid, to: &str) -> Result<()> {
        let moved = self.try_write(|root| {
            let (from, to) = (application(root, from)?, application(root, to)?);
            component(root, from, clsid)?;
            let step = Step { collection: CollectionId::Components, key: Value::Guid(clsid) };
            let path: Path = of_application(from).into_iter().chain([step]).collect();
            move_component(root, &path, to).map(|_| ())
        });
        moved.map_err(Into::into)
    }

    /// Copies a component to an application of another partition (CopyComponents; O-25).
    ///
    /// # Errors
    /// E_INVALIDARG when both applications are in one partition, and the codes of
    /// [`move_component`](Self::move_component).
    pub fn copy_component(&self, from: &str, clsid: Uuid, to: &str) -> Result<()> {
        let copied = self.try_write(|root| {
            let (from, to) = (application(root, from)?, application(root, to)?);
            let mut node = (*component(root, from, clsid)?).clone();
            let destination = find(root, to)?.clone();
            if find(root, from)?.partition() == destination.partition() {
                return Err(CatalogError::BadKey);
            }
            as_destination(&destination, &node)?;
            adapt_roles(&mut node, &destination);
            install::put(root, to, node)
        });
        copied.map_err(Into::into)
    }

    /// Configures a class once more under another CLSID and ProgID, in an application of the same partition
    /// (AliasComponent). Gives the new CLSID; without a wish it is a new one.
    ///
    /// # Errors
    /// COMADMIN_E_CANNOT_ALIAS_EVENTCLASS, E_INVALIDARG when the applications are in different partitions,
    /// COMADMIN_E_COMPONENTEXISTS and COMADMIN_E_PROGIDINUSEBYCLSID when CLSID or ProgID are in use.
    pub fn alias_component(
        &self,
        from: &str,
        clsid: Uuid,
        to: &str,
        alias: Option<Uuid>,
        progid: &str,
    ) -> Result<Uuid> {
        let aliased = self.try_write(|root| {
            let (from, to) = (application(root, from)?, application(root, to)?);
            let mut node = (*component(root, from, clsid)?).clone();
            let destination = find(root, to)?.clone();
            if node.get(comp::IS_EVENT_CLASS) {
                return Err(CatalogError::AliasEventClass);
            }
            if find(root, from)?.partition() != destination.partition() {
                return Err(CatalogError::BadKey);
            }
            as_destination(&destination, &node)?;
            let used = |id: Uuid| root.components().any(|(_, node)| node.get(comp::CLSID) == id);
            let alias = alias.unwrap_or_else(|| self.catalog().new_id(used));
            if used(alias) {
                return Err(CatalogError::ComponentExists);
            }
            node.record.set(comp::CLSID, alias);
            node.record.set(comp::PROG_ID, progid);
            adapt_roles(&mut node, &destination);
            install::put(root, to, node).map(|()| alias)
        });
        aliased.map_err(Into::into)
    }

    /// Copies applications to another partition, all or none (CopyApplications). They get new ids; identity and
    /// role members are not copied. Gives the new ids.
    ///
    /// # Errors
    /// COMADMIN_E_PARTITIONS_DISABLED, COMADMIN_E_INVALID_PARTITION; E_INVALIDARG within one partition;
    /// COMADMIN_E_LEGACYCOMPS_NOT_ALLOWED_IN_NONBASE_PARTITIONS, COMADMIN_E_COMP_MOVE_SOURCE for a system application or a
    /// proxy, COMADMIN_E_NOTCHANGEABLE when the partition is locked, COMADMIN_E_COMPONENTEXISTS when it configures one of
    /// the classes.
    pub fn copy_applications(&self, ids_or_names: &[&str], to: &str) -> Result<Vec<Uuid>> {
        let copied = self.try_write(|root| {
            let to = partition(root, to)?;
            usable_partition(root, to)?;
            ids_or_names.iter().map(|name| self.copy_application(root, application(root, name)?, to)).collect()
        });
        copied.map_err(Into::into)
    }

    fn copy_application(&self, root: &mut Node, id: Uuid, to: Uuid) -> Result<Uuid, CatalogError> {
        let mut node = (**find(root, id)?).clone();
        if is_system(&node) || node.get(app::APPLICATION_PROXY) {
            return Err(CatalogError::MoveSource);
        }
        if node.partition() == to {
            return Err(CatalogError::BadKey);
        }
        if !node.below(CollectionId::LegacyComponents).is_empty() {
            return Err(CatalogError::LegacyNotAllowed);
        }
        let taken = |id: Uuid| root.find(CollectionId::Applications, ValueRef::Guid(id)).is_some();
        let copy = self.catalog().new_id(taken);
        node.record.set(app::ID, copy);
        node.record.set(app::APP_PARTITION_ID, to);
        let identity = app::IDENTITY.at;
        let default = node.record.schema().property(identity).default(node.record.profile()).to_value();
        node.record.put(identity, default);
        without_members(&mut node);
        add(root, node)?;
        Ok(copy)
    }
}

/// Empties the roles of an application.
pub(super) fn without_members(node: &mut Node) {
    for role in node.below_mut(CollectionId::Roles) {
        *role = Arc::new(Node::new(role.record.clone()));
    }
}

/// Adds a whole application, if nothing in it breaks a rule.
pub(super) fn add(root: &mut Node, node: Node) -> Result<(), CatalogError> {
    gate::check(&[&*root], &node, Intent::Add)?;
    root.push(node);
    // everything is looked at: an application is seldom added whole
    crate::rules::check_all(root).first().map_or(Ok(()), |violation| Err(violation.error))
}
