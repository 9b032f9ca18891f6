//! Properties of collections that are made when they are asked for: what runs, what exists, what went wrong.

/// A running instance of an application (SEC D.6).
pub mod instance {
    use crate::{schema::properties, value::Text};
    use uuid::Uuid;

    properties! {
        /// The table of ApplicationInstances.
        APPLICATION "Application": Uuid, read_only();
        INSTANCE_ID "InstanceID": Uuid, read_only();
        PARTITION_ID "PartitionID": Uuid, read_only();
        PROCESS_ID "ProcessID": i32, read_only();
        HAS_RECYCLED "HasRecycled": bool, read_only();
        IS_PAUSED "IsPaused": bool, read_only();
        MACHINE_NAME "MachineName": Text, read_only();
    }
}

/// A name and nothing else: properties, related collections, computers, protocols.
pub mod name {
    use crate::{schema::properties, value::Text};

    properties! {
        /// The table of PropertyInfo, RelatedCollectionInfo and of collections that are always empty.
        NAME "Name": Text, read_only();
    }
}

/// What went wrong with one item of a collection.
pub mod error {
    use crate::{schema::properties, value::Text};

    properties! {
        /// The table of ErrorInfo.
        NAME "Name": Text, read_only();
        ERROR_CODE "ErrorCode": Text, read_only();
        MAJOR_REF "MajorRef": Text, read_only();
        MINOR_REF "MinorRef": Text, read_only();
    }
}
