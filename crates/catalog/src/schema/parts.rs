//! Properties of what belongs to a component or an application: interfaces, methods, roles, users (SEC A.5).

/// An interface of a component.
pub mod interface {
    use crate::{schema::properties, value::Text};
    use uuid::Uuid;

    properties! {
        /// The table of InterfacesForComponent.
        CLSID "CLSID": Uuid, read_only(), ancestor(1);
        IID "IID": Uuid, read_only(), caption("IID");
        NAME "Name": Text, read_only(), caption("Name");
        DESCRIPTION "Description": Text, caption("Description");
        QUEUEING_SUPPORTED "QueueingSupported": bool, below();
        QUEUING_ENABLED "QueuingEnabled": bool, needs(QUEUEING_SUPPORTED, "R6"), caption("Queued");
    }
}

/// A method of an interface.
pub mod method {
    use crate::{schema::properties, value::Text};
    use uuid::Uuid;

    properties! {
        /// The table of MethodsForInterface.
        CLSID "CLSID": Uuid, read_only(), ancestor(2);
        IID "IID": Uuid, read_only(), ancestor(1);
        INDEX "Index": i32, read_only(), range(0, i32::MAX);
        NAME "Name": Text, read_only(), caption("Name");
        AUTO_COMPLETE "AutoComplete": bool, caption("Automatically deactivate this object when this method returns");
        DESCRIPTION "Description": Text, caption("Description");
        IN_ONLY "InOnly": bool, read_only();
    }
}

/// A role of an application.
pub mod role {
    use crate::{schema::properties, value::Text};

    properties! {
        /// The table of Roles.
        NAME "Name": Text, write_once(), text("New Role"), name_like(), caption("Name");
        DESCRIPTION "Description": Text, caption("Description");
    }
}

/// A role assigned to a component, an interface or a method.
pub mod assigned_role {
    use crate::{schema::properties, value::Text};

    properties! {
        /// The table of RolesForComponent, RolesForInterface and RolesForMethod.
        NAME "Name": Text, write_once(), text("New Role"), name_like(), caption("Roles explicitly set for selected item");
    }
}

/// A member of a role.
pub mod user {
    use crate::{schema::properties, value::Text};

    properties! {
        /// The table of UsersInRole and UsersInPartitionRole.
        USER "User": Text, write_once(), text("New User"), name_like(), caption("User");
    }
}

/// A partition.
pub mod partition {
    use crate::{schema::properties, value::Text};
    use uuid::Uuid;

    properties! {
        /// The table of Partitions.
        ID "ID": Uuid, write_once(), generated(), caption("Partition ID");
        NAME "Name": Text, text("New Partition"), caption("Name");
        DESCRIPTION "Description": Text, caption("Description");
        CHANGEABLE "Changeable": bool, yes(), caption("Disable changes (inverted)");
        DELETEABLE "Deleteable": bool, yes(), caption("Disable deletion (inverted)");
    }
}

/// A role of a partition; there is one, Activators.
pub mod partition_role {
    use crate::{schema::properties, value::Text};

    properties! {
        /// The table of RolesForPartition.
        NAME "Name": Text, read_only(), name_like(), caption("Name");
        DESCRIPTION "Description": Text, read_only(), caption("Description");
    }
}

/// A user with a default partition.
pub mod partition_user {
    use crate::{schema::properties, value::Text};
    use uuid::Uuid;

    properties! {
        /// The table of PartitionUsers.
        ACCOUNT_NAME "AccountName": Text, write_once(), text("New User"), name_like(), caption("Account name");
        DEFAULT_PARTITION_ID "DefaultPartitionID": Uuid, id(crate::schema::GLOBAL_PARTITION), in_file("DefaultPartition"), caption("Default partition");
    }
}

/// A class that is registered, and in no application.
pub mod class {
    use crate::{schema::properties, value::Text};
    use complus_core::attribute::ThreadingModel;
    use uuid::Uuid;

    properties! {
        /// The table of InprocServers, LegacyServers and LegacyComponents.
        CLSID "CLSID": Uuid, read_only(), caption("CLSID");
        PROG_ID "ProgID": Text, read_only(), longest(39), caption("ProgID");
        NAME "ClassName": Text, read_only(), caption("Name");
        INPROC_SERVER_32 "InprocServer32": Text, read_only(), in_file("Factory"), caption("DLL");
        THREADING_MODEL "ThreadingModel": ThreadingModel, read_only(), number(5), caption("Threading model");
    }
}

/// A user or a group, so that a file needs no directory.
pub mod principal {
    use crate::{schema::properties, value::Text};

    properties! {
        /// The table of principals, which is the library's own.
        NAME "Name": Text, write_once(), name_like();
        SID "SID": Text;
        GROUP "Group": bool;
    }
}

/// A user who belongs to a group.
pub mod member {
    use crate::{schema::properties, value::Text};

    properties! {
        /// The table of a group's members, which is the library's own.
        NAME "Name": Text, write_once(), name_like();
    }
}
