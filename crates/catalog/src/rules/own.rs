//! Rules between the properties of one object, and with the objects above and below it (SEC A.6.1, A.6.2).

use super::{Fault, Place};
use crate::{
    node::Node,
    schema::{
        CollectionId, application as app, assigned_role, component as comp, machine, partition_user,
        subscription as sub,
    },
};
use complus_core::{
    attribute::{Activation, AuthenticationLevel, ThreadingModel},
    error::CatalogError,
    rules::coherence::{Refused, Services},
};
use uuid::Uuid;

/// A rule: it looks at an object in its place and tells what is wrong.
pub(super) type Rule = fn(Place<'_>, &mut Vec<Fault>);

/// The rules for the objects of a collection.
pub(super) fn of(collection: CollectionId) -> &'static [Rule] {
    match collection {
        CollectionId::Applications => &[queued, library, service, cloaking, in_a_partition],
        CollectionId::Components => {
            &[coherent, pool_sizes, poolable, server_initialized, one_must_run, not_private_in_a_library]
        }
        CollectionId::RolesForComponent | CollectionId::RolesForInterface | CollectionId::RolesForMethod => {
            &[role_exists]
        }
        CollectionId::LegacyComponents => &[legacy_in_the_global_partition],
        CollectionId::SubscriptionsForComponent | CollectionId::TransientSubscriptions => &[subscription],
        CollectionId::PartitionUsers => &[default_partition_exists],
        CollectionId::LocalComputer => &[no_router],
        _ => &[],
    }
}

fn refuse(faults: &mut Vec<Fault>, wrong: bool, rule: &'static str, error: CatalogError, properties: &[u8]) {
    if wrong {
        faults.push(Fault { rule, error, properties: properties.to_vec() });
    }
}

const SAVE: CatalogError = CatalogError::PropertySaveFailed;

/// The three attributes of a component that depend on each other.
pub(crate) fn services(node: &Node) -> Services {
    Services {
        transaction: node.get(comp::TRANSACTION),
        just_in_time: node.get(comp::JUST_IN_TIME_ACTIVATION),
        synchronization: node.get(comp::SYNCHRONIZATION),
    }
}

/// A.6.1.
fn coherent(place: Place<'_>, faults: &mut Vec<Fault>) {
    let services = services(place.node());
    if let Err(Refused { just_in_time, synchronization }) = services.settle(services) {
        refuse(faults, just_in_time, "A.6.1", SAVE, &[comp::JUST_IN_TIME_ACTIVATION.at]);
        refuse(faults, synchronization, "A.6.1", SAVE, &[comp::SYNCHRONIZATION.at]);
    }
}

fn pool_sizes(place: Place<'_>, faults: &mut Vec<Fault>) {
    let (min, max) = (place.node().get(comp::MIN_POOL_SIZE), place.node().get(comp::MAX_POOL_SIZE));
    refuse(faults, min > max, "R1", SAVE, &[comp::MIN_POOL_SIZE.at, comp::MAX_POOL_SIZE.at]);
}

fn poolable(place: Place<'_>, faults: &mut Vec<Fault>) {
    let free = matches!(
        place.node().get(comp::THREADING_MODEL),
        ThreadingModel::Free | ThreadingModel::Both | ThreadingModel::Neutral
    );
    let wrong = place.node().get(comp::OBJECT_POOLING_ENABLED) && !free;
    refuse(faults, wrong, "R2", CatalogError::NotPoolable, &[comp::OBJECT_POOLING_ENABLED.at]);
}

fn is_library(application: Option<&Node>) -> bool {
    application.is_some_and(|node| node.get(app::ACTIVATION) == Activation::Library)
}

fn server_initialized(place: Place<'_>, faults: &mut Vec<Fault>) {
    let library = is_library(place.nearest(CollectionId::Applications));
    let wrong = library && place.node().get(comp::INITIALIZE_SERVER_APPLICATION);
    refuse(faults, wrong, "R4", SAVE, &[comp::INITIALIZE_SERVER_APPLICATION.at]);
}

fn one_must_run(place: Place<'_>, faults: &mut Vec<Fault>) {
    let (client, default) = (comp::MUST_RUN_IN_CLIENT_CONTEXT, comp::MUST_RUN_IN_DEFAULT_CONTEXT);
    refuse(faults, place.node().get(client) && place.node().get(default), "O-16", SAVE, &[client.at, default.at]);
}

fn not_private_in_a_library(place: Place<'_>, faults: &mut Vec<Fault>) {
    let library = is_library(place.nearest(CollectionId::Applications));
    let wrong = library && place.node().get(comp::IS_PRIVATE_COMPONENT);
    refuse(faults, wrong, "R19", SAVE, &[comp::IS_PRIVATE_COMPONENT.at]);
}

fn queued(place: Place<'_>, faults: &mut Vec<Fault>) {
    let node = place.node();
    let wrong = node.get(app::QUEUING_ENABLED) && (is_library(Some(node)) || !node.has_queueable_component());
    refuse(faults, wrong, "R8", SAVE, &[app::QUEUING_ENABLED.at, app::ACTIVATION.at]);
}

fn library(place: Place<'_>, faults: &mut Vec<Fault>) {
    let node = place.node();
    let level = node.get(app::AUTHENTICATION);
    let hosts = matches!(level, AuthenticationLevel::Default | AuthenticationLevel::None);
    let library = is_library(Some(node));
    refuse(faults, library && !hosts, "R11", SAVE, &[app::AUTHENTICATION.at, app::ACTIVATION.at]);
    let service = !node.get(app::SERVICE_NAME).is_empty();
    refuse(faults, library && service, "R11", CatalogError::LibraryService, &[app::ACTIVATION.at]);
}

fn service(place: Place<'_>, faults: &mut Vec<Fault>) {
    let node = place.node();
    if node.get(app::SERVICE_NAME).is_empty() {
        return;
    }
    let (rule, error) = ("R12", CatalogError::ServiceNotPoolable);
    refuse(faults, node.get(app::CONCURRENT_APPS) != 1, rule, error, &[app::CONCURRENT_APPS.at]);
    let limits = [
        app::RECYCLE_LIFETIME_LIMIT,
        app::RECYCLE_MEMORY_LIMIT,
        app::RECYCLE_CALL_LIMIT,
        app::RECYCLE_ACTIVATION_LIMIT,
    ];
    for limit in limits {
        refuse(faults, node.get(limit) != 0, rule, error, &[limit.at]);
    }
}

fn cloaking(place: Place<'_>, faults: &mut Vec<Fault>) {
    let both = place.node().get(app::AUTHENTICATION_CAPABILITY) & 0x60 == 0x60;
    refuse(faults, both, "R13", SAVE, &[app::AUTHENTICATION_CAPABILITY.at]);
}

/// Whether there is a partition of this id.
pub(crate) fn partition_exists(root: &Node, id: Uuid) -> bool {
    id.as_u128() == crate::schema::GLOBAL_PARTITION
        || root.find(CollectionId::Partitions, crate::value::ValueRef::Guid(id)).is_some()
}

fn in_a_partition(place: Place<'_>, faults: &mut Vec<Fault>) {
    let missing = !partition_exists(place.root(), place.node().partition());
    refuse(faults, missing, "A.1", CatalogError::InvalidPartition, &[app::APP_PARTITION_ID.at]);
}

fn role_exists(place: Place<'_>, faults: &mut Vec<Fault>) {
    let name = place.node().record.key();
    let application = place.nearest(CollectionId::Applications);
    let exists = application.is_some_and(|node| node.find(CollectionId::Roles, name).is_some());
    refuse(faults, !exists, "R15", CatalogError::RoleMissing, &[assigned_role::NAME.at]);
}

fn legacy_in_the_global_partition(place: Place<'_>, faults: &mut Vec<Fault>) {
    let application = place.nearest(CollectionId::Applications);
    let elsewhere = application.is_some_and(|node| node.partition().as_u128() != crate::schema::GLOBAL_PARTITION);
    refuse(faults, elsewhere, "R20", CatalogError::LegacyNotAllowed, &[]);
}

fn subscription(place: Place<'_>, faults: &mut Vec<Fault>) {
    let node = place.node();
    let (event_class, publisher) = (!node.get(sub::EVENT_CLSID).is_nil(), !node.get(sub::PUBLISHER_ID).is_empty());
    refuse(faults, event_class == publisher, "R21", SAVE, &[sub::EVENT_CLSID.at, sub::PUBLISHER_ID.at]);
    let nobody = node.get(sub::PER_USER) && node.get(sub::USER_NAME).is_empty();
    refuse(faults, nobody, "R21", SAVE, &[sub::USER_NAME.at, sub::PER_USER.at]);
    if let Some(subscriber) = place.nearest(CollectionId::Components) {
        let (event_class, imported) = (subscriber.get(comp::IS_EVENT_CLASS), !subscriber.get(comp::IS_INSTALLED));
        refuse(faults, event_class, "R21", CatalogError::EventClassSubscriber, &[]);
        refuse(faults, imported && !event_class, "R21", CatalogError::CannotSubscribe, &[]);
    }
}

fn default_partition_exists(place: Place<'_>, faults: &mut Vec<Fault>) {
    let missing = !partition_exists(place.root(), place.node().get(partition_user::DEFAULT_PARTITION_ID));
    refuse(faults, missing, "A.5", CatalogError::InvalidPartition, &[partition_user::DEFAULT_PARTITION_ID.at]);
}

fn no_router(place: Place<'_>, faults: &mut Vec<Fault>) {
    let router = place.node().get(machine::IS_ROUTER);
    refuse(faults, router, "A.5", CatalogError::RequiresPlatform, &[machine::IS_ROUTER.at]);
}
