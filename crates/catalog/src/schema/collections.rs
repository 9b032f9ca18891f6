//! [`Schema`]: the description of one collection, and [`CollectionId`], their list.

use super::{
    Property, application, assigned_role, class, component, error, instance, interface, machine, member, method, name,
    partition, partition_role, partition_user, principal, role, subscription, user,
};
use complus_core::error::CatalogError;

/// How the items of a collection stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Not at all.
    Absent,
    /// As one table: `[machine]`.
    Single(&'static str),
    /// As a table each: `[[application]]`.
    Tables(&'static str),
    /// As a list of their keys: `roles = ["Teller"]`.
    Names(&'static str),
}

impl Shape {
    /// The key in the file.
    pub fn key(self) -> Option<&'static str> {
        match self {
            Self::Absent => None,
            Self::Single(key) | Self::Tables(key) | Self::Names(key) => Some(key),
        }
    }
}

/// The description of one collection (SEC A.2).
#[derive(Debug)]
pub struct Schema {
    /// Which one it is.
    pub id: CollectionId,
    /// Its name.
    pub name: &'static str,
    /// The properties of its items.
    pub properties: &'static [Property],
    /// The position of the property that is the key.
    pub(crate) key: u8,
    /// The position of the property that is the name.
    pub(crate) title: u8,
    /// Whether items can be added.
    pub add: bool,
    /// Whether items can be removed.
    pub remove: bool,
    /// The collections stored below each item.
    pub stored: &'static [CollectionId],
    /// Further collections that can be reached from an item.
    pub related: &'static [CollectionId],
    /// Why a second item of the same key is refused.
    pub(crate) duplicate: CatalogError,
    /// How it stands in a file.
    pub shape: Shape,
}

impl Schema {
    /// The position of the property that `name` means.
    pub fn position(&self, name: &str) -> Option<u8> {
        let at = self.properties.iter().position(|property| property.is_called(name))?;
        u8::try_from(at).ok()
    }

    /// The property at a position.
    pub(crate) fn property(&self, at: u8) -> &'static Property {
        &self.properties[usize::from(at)]
    }

    /// The property that is the key.
    pub fn key(&self) -> &'static Property {
        self.property(self.key)
    }

    /// The property that is the name.
    pub fn title(&self) -> &'static Property {
        self.property(self.title)
    }

    /// The place of a stored collection among [`stored`](Self::stored).
    pub(crate) fn slot(&self, id: CollectionId) -> Option<usize> {
        self.stored.iter().position(|stored| *stored == id)
    }
}

macro_rules! collections {
    ($($(#[$meta:meta])* $id:ident: $module:ident $key:ident $title:ident, $rights:ident, $duplicate:ident, $shape:expr,
        stored [$($stored:ident)*], related [$($related:ident)*];)+) => {
        /// The collections of the database.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum CollectionId {
            $($(#[$meta])* $id,)+
        }

        static SCHEMAS: &[Schema] = &[$(
            Schema {
                id: CollectionId::$id,
                name: stringify!($id),
                properties: &$module::PROPERTIES,
                key: $module::$key.at,
                title: $module::$title.at,
                add: Rights::$rights.add(),
                remove: Rights::$rights.remove(),
                stored: &[$(CollectionId::$stored),*],
                related: &[$(CollectionId::$related),*],
                duplicate: CatalogError::$duplicate,
                shape: $shape,
            },
        )+];

        impl CollectionId {
            /// Every collection.
            pub const ALL: &'static [Self] = &[$(Self::$id),+];
        }
    };
}

enum Rights {
    AddRemove,
    Remove,
    Fixed,
}

impl Rights {
    const fn add(&self) -> bool {
        matches!(self, Self::AddRemove)
    }

    const fn remove(&self) -> bool {
        matches!(self, Self::AddRemove | Self::Remove)
    }
}

impl CollectionId {
    /// The description.
    pub fn schema(self) -> &'static Schema {
        &SCHEMAS[self as usize]
    }

    /// The collection of this name, letter case aside.
    pub fn named(name: &str) -> Option<Self> {
        SCHEMAS.iter().find(|schema| schema.name.eq_ignore_ascii_case(name)).map(|schema| schema.id)
    }
}

use Shape::{Absent, Names, Single, Tables};

collections! {
    /// What the top-level collections belong to.
    Root: name NAME NAME, Fixed, ObjectExists, Absent,
        stored [LocalComputer Principals Partitions PartitionUsers InprocServers LegacyServers Applications TransientSubscriptions],
        related [ApplicationInstances EventClassesForIID FilesForImport ComputerList DCOMProtocols ApplicationCluster WOWInprocServers WOWLegacyServers];
    /// The machine's settings, one item.
    LocalComputer: machine NAME NAME, Fixed, ObjectExists, Single("machine"), stored [], related [];
    /// Users and groups; the library's own.
    Principals: principal NAME NAME, AddRemove, ObjectExists, Tables("principal"), stored [PrincipalMembers], related [];
    /// Members of a group; the library's own.
    PrincipalMembers: member NAME NAME, AddRemove, ObjectExists, Names("members"), stored [], related [];
    /// Containers of independent configurations.
    Partitions: partition ID NAME, AddRemove, ObjectExists, Tables("partition"), stored [RolesForPartition], related [Applications];
    /// The roles of a partition: Activators.
    RolesForPartition: partition_role NAME NAME, Fixed, RoleExists, Tables("role"), stored [UsersInPartitionRole], related [];
    /// Who may activate from a partition.
    UsersInPartitionRole: user USER USER, AddRemove, ObjectExists, Names("users"), stored [], related [];
    /// Users with a default partition.
    PartitionUsers: partition_user ACCOUNT_NAME ACCOUNT_NAME, AddRemove, ObjectExists, Tables("partition_user"), stored [], related [];
    /// Classes that are registered and in no application.
    InprocServers: class CLSID PROG_ID, Remove, ObjectExists, Tables("class"), stored [], related [];
    /// Registered classes of the old kind.
    LegacyServers: class CLSID PROG_ID, Fixed, ObjectExists, Tables("legacy_server"), stored [], related [];
    /// Applications.
    Applications: application ID NAME, AddRemove, ApplicationExists, Tables("application"),
        stored [Roles Components LegacyComponents], related [ApplicationInstances];
    /// The roles of an application.
    Roles: role NAME NAME, AddRemove, RoleExists, Tables("role"), stored [UsersInRole], related [];
    /// The members of a role.
    UsersInRole: user USER USER, AddRemove, ObjectExists, Names("users"), stored [], related [];
    /// The configured components of an application.
    Components: component CLSID PROG_ID, Remove, ComponentExists, Tables("component"),
        stored [RolesForComponent InterfacesForComponent SubscriptionsForComponent], related [];
    /// The legacy components of an application.
    LegacyComponents: class CLSID PROG_ID, Remove, ObjectExists, Tables("legacy_component"), stored [], related [];
    /// Roles assigned to a component.
    RolesForComponent: assigned_role NAME NAME, AddRemove, ObjectExists, Names("roles"), stored [], related [];
    /// The interfaces of a component.
    InterfacesForComponent: interface IID NAME, Fixed, ObjectExists, Tables("interface"),
        stored [RolesForInterface MethodsForInterface], related [];
    /// Roles assigned to an interface.
    RolesForInterface: assigned_role NAME NAME, AddRemove, ObjectExists, Names("roles"), stored [], related [];
    /// The methods of an interface.
    MethodsForInterface: method INDEX NAME, Fixed, ObjectExists, Tables("method"), stored [RolesForMethod], related [];
    /// Roles assigned to a method.
    RolesForMethod: assigned_role NAME NAME, AddRemove, ObjectExists, Names("roles"), stored [], related [];
    /// Subscriptions of a component.
    SubscriptionsForComponent: subscription ID NAME, AddRemove, ObjectExists, Tables("subscription"),
        stored [PublisherProperties SubscriberProperties], related [];
    /// Named values for the publisher's filter.
    PublisherProperties: named NAME NAME, AddRemove, ObjectExists, Tables("publisher_property"), stored [], related [];
    /// Named values for the subscriber.
    SubscriberProperties: named NAME NAME, AddRemove, ObjectExists, Tables("subscriber_property"), stored [], related [];
    /// Subscriptions that die with the event system.
    TransientSubscriptions: subscription ID NAME, AddRemove, ObjectExists, Absent,
        stored [TransientPublisherProperties TransientSubscriberProperties], related [];
    /// Named values of a transient subscription, for the publisher's filter.
    TransientPublisherProperties: named NAME NAME, AddRemove, ObjectExists, Absent, stored [], related [];
    /// Named values of a transient subscription, for the subscriber.
    TransientSubscriberProperties: named NAME NAME, AddRemove, ObjectExists, Absent, stored [], related [];
    /// Running instances of applications.
    ApplicationInstances: instance INSTANCE_ID INSTANCE_ID, Fixed, ObjectExists, Absent, stored [], related [];
    /// Event classes that have an interface.
    EventClassesForIID: component CLSID PROG_ID, Fixed, ObjectExists, Absent, stored [], related [];
    /// Application files that could be imported; always empty.
    FilesForImport: name NAME NAME, Fixed, ObjectExists, Absent, stored [], related [];
    /// Computers; always empty.
    ComputerList: name NAME NAME, Fixed, ObjectExists, Absent, stored [], related [];
    /// Protocols; always empty.
    DCOMProtocols: name NAME NAME, Fixed, ObjectExists, Absent, stored [], related [];
    /// The servers of a cluster; always empty.
    ApplicationCluster: name NAME NAME, Fixed, ObjectExists, Absent, stored [], related [];
    /// Classes of the other bitness; always empty.
    WOWInprocServers: class CLSID PROG_ID, Fixed, ObjectExists, Absent, stored [], related [];
    /// Old classes of the other bitness; always empty.
    WOWLegacyServers: class CLSID PROG_ID, Fixed, ObjectExists, Absent, stored [], related [];
    /// The properties of a collection's items.
    PropertyInfo: name NAME NAME, Fixed, ObjectExists, Absent, stored [], related [];
    /// The collections that an item leads to.
    RelatedCollectionInfo: name NAME NAME, Fixed, ObjectExists, Absent, stored [], related [];
    /// What went wrong in the last save.
    ErrorInfo: error NAME NAME, Fixed, ObjectExists, Absent, stored [], related [];
}

use subscription::named;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Kind, Source};
    use complus_core::CatalogDefaults;

    #[test]
    fn every_collection_is_described_at_its_place() {
        for (id, schema) in CollectionId::ALL.iter().zip(SCHEMAS) {
            assert_eq!((*id, id.schema().id), (schema.id, *id));
            assert_eq!(CollectionId::named(&schema.name.to_uppercase()), Some(*id));
        }
    }

    #[test]
    fn no_two_properties_of_a_collection_have_the_same_name() {
        for schema in SCHEMAS {
            assert!(schema.properties.len() <= 64, "{}: a bit for each", schema.name);
            for (at, property) in schema.properties.iter().enumerate() {
                for name in property.names() {
                    assert_eq!(schema.position(name).map(usize::from), Some(at), "{}.{name}", schema.name);
                }
            }
            let children = schema.stored.iter().filter_map(|id| id.schema().shape.key());
            for key in children {
                assert_eq!(schema.position(key), None, "{}.{key} is a property and a collection", schema.name);
            }
        }
    }

    #[test]
    fn defaults_are_of_their_type_and_in_range() {
        for property in SCHEMAS.iter().flat_map(|schema| schema.properties) {
            for profile in [CatalogDefaults::Ws2003, CatalogDefaults::W2k] {
                let value = property.default(profile);
                assert!(property.accepts(&value.to_value()), "{}", property.name);
                let keyless = matches!(property.kind, Kind::Choice(_)) && property.source != Source::Record;
                assert!(keyless || crate::rules::in_range(property, value), "{}: {value:?}", property.name);
            }
        }
    }
}
